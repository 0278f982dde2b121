//! Semi-honest additive secret sharing among n ≥ 2 parties, of which all but one may be corrupt, with everything that it takes made over OT.
//!
//! A secret is x = Σxᵢ in Z_2^64 (bits: ⊕xᵢ); party i holds xᵢ. Sums are local. Products are Beaver's (CRYPTO 1991), ANDs those of Goldreich, Micali
//! and Wigderson (STOC 1987) in Beaver's form; the triples are Gilboa's (CRYPTO 1999), as in Demmler, Schneider, Zohner, "ABY", NDSS 2015, between every
//! pair of parties. See `docs/protocols/additive.md`.

mod client;
mod convert;
mod cost;
mod dealer;
pub(crate) mod network;
mod online;
mod pack;
mod peers;
mod prepare;
mod shuffle;
mod source;
mod stock;

use std::{collections::BTreeMap, sync::Arc};

use jointly_core::{
    Adversary, Among, Corrupt, Demand, Guarantee, Needs, Parties, Party, Prices, Result, Spec, Unchecked,
};
use jointly_math::{Prg, Seed};
use jointly_net::Ctx;
use zeroize::Zeroizing;

pub use client::AdditiveClient;
pub use dealer::Dealer;
pub use source::{Ots, Source};

use self::{
    online::{BITS, RING},
    stock::Stock,
};
use crate::{Bits, Receiver, Ring, Scheme, Share, Z64};

const SPEC: Spec = Spec {
    id: "additive",
    about: "additive sharing among two or more parties over Z_2^64 and bits; all but one may be corrupt",
    paper: "Demmler, Schneider, Zohner (ABY), NDSS 2015; Gilboa, CRYPTO 1999; Beaver, CRYPTO 1991",
    parties: Parties::AtLeast(2),
    corrupt: Corrupt::AllButOne,
    adversary: Adversary::SemiHonest,
    width: 62,
    cost: Prices {
        cost: cost::cost,
        takes: cost::takes,
        prepare: |demand, among, party| prepare::cost(demand, among.parties, party),
        holds: |demand, among| stock::bytes(demand, among.parties),
        ..Prices::plain(cost::cost)
    },
    parts: 1,
    leaks: &[],
    guarantee: Guarantee::IfFollowed,
};

/// A party's end of the protocol; what operations take comes from `S`.
pub struct Additive<S: Source = Ots> {
    ctx: Ctx,
    among: Among,
    source: Arc<S>,
    /// What is drawn with each other party.
    streams: BTreeMap<Party, Prg>,
    stock: Stock,
}

impl<S: Source> Additive<S> {
    /// Meets the other parties.
    pub async fn new(mut ctx: Ctx, among: Among) -> Result<Self> {
        let source = Arc::new(S::meet(&mut ctx, among.parties).await?);
        // Whoever came to this point first waits for the others: they count rounds from here together.
        let path = program(&ctx);
        Ok(Self::with_source(ctx.apart(ctx.mesh(), &path, None), among, source, Stock::default()))
    }

    fn with_source(ctx: Ctx, among: Among, source: Arc<S>, stock: Stock) -> Self {
        let stream = |(peer, seed): (Party, Seed)| (peer, Prg::new(seed.derive("jointly additive stream", ctx.path())));
        Self { streams: source.seeds().into_iter().map(stream).collect(), ctx, among, source, stock }
    }

    fn me(&self) -> Party {
        self.ctx.me()
    }

    /// The sharing in which party 0's component is the value.
    fn known_to_first(&self, x: Vec<u64>) -> Share<u64> {
        Share::new(vec![if self.me() == Party(0) { x } else { vec![0; x.len()] }])
    }

    async fn and_bits(&mut self, x: &Bits, y: &Bits) -> Result<Bits> {
        let planes = self.and_words(x.planes.part(0), y.planes.part(0)).await?;
        Ok(Bits { planes: Share::new(vec![planes]), n: x.n, width: x.width })
    }
}

/// Where a program's messages travel, clients' included.
fn program(ctx: &Ctx) -> String {
    format!("{}/program", ctx.path())
}

impl<S: Source> Scheme for Additive<S> {
    type Ring = Z64;

    const SPEC: Spec = S::SPEC;

    fn ctx(&self) -> &Ctx {
        &self.ctx
    }

    fn among(&self) -> Among {
        self.among
    }

    async fn stock(&mut self, needs: &Needs) -> Result<()> {
        let lacking = needs.total().lacking(&self.stock.held());
        if !lacking.is_empty() {
            // Not joined: the parties come through sooner or later, and what follows counts its rounds from where all are alike.
            let mut apart = self.ctx.fork("stock");
            self.stock.put(self.source.prepare(&mut apart, &lacking).await?);
        }
        self.stock = std::mem::take(&mut self.stock).deal(needs)?;
        Ok(())
    }

    fn pack(&mut self, part: &Demand) -> Result<Zeroizing<Vec<u8>>> {
        Ok(pack::pack(self.stock.split(part)?))
    }

    fn unpack(&mut self, packed: &[u8]) -> Result<()> {
        self.stock.put(pack::unpack(packed)?);
        Ok(())
    }

    async fn supply(&mut self, demand: &Demand) -> Result<()> {
        let lacking = demand.lacking(&self.stock.held());
        if !lacking.is_empty() {
            self.stock.put(self.source.prepare(&mut self.ctx, &lacking).await?);
        }
        Ok(())
    }

    fn fork(&mut self, label: &str) -> Self {
        let stock = self.stock.branches.pop_front().unwrap_or_default();
        Self::with_source(self.ctx.fork(label), self.among, self.source.clone(), stock)
    }

    fn join(&mut self, fork: Self) {
        self.ctx.join(fork.ctx);
    }

    fn public(&self, x: &[u64]) -> Share<u64> {
        self.known_to_first(x.to_vec())
    }

    fn public_words(&self, x: &[u64]) -> Share<u64> {
        self.known_to_first(x.to_vec())
    }

    async fn input(&mut self, from: Party, x: Option<&[u64]>, n: usize) -> Result<Share<u64>> {
        self.hand_in(from, x, n, RING).await
    }

    async fn input_words(&mut self, from: Party, x: Option<&[u64]>, n: usize) -> Result<Share<u64>> {
        self.hand_in(from, x, n, BITS).await
    }

    async fn open(&mut self, x: &Share<u64>, to: Receiver) -> Result<Unchecked<Option<Vec<u64>>>> {
        self.show(x, to, RING).await
    }

    async fn open_words(&mut self, x: &Share<u64>, to: Receiver) -> Result<Unchecked<Option<Vec<u64>>>> {
        self.show(x, to, BITS).await
    }

    async fn verify<T: Send>(&mut self, x: Unchecked<T>) -> Result<T> {
        Ok(x.release_after_checks())
    }

    async fn settle(&mut self) -> Result<()> {
        Ok(())
    }

    async fn mul(&mut self, x: &Share<u64>, y: &Share<u64>) -> Result<Share<u64>> {
        Ok(Share::new(vec![self.multiply(x.part(0), y.part(0)).await?]))
    }

    async fn mul_prefix_sums(&mut self, list: &[&Share<u64>]) -> Result<Share<u64>> {
        let all = Share::gather(list, |parts| parts.concat());
        let sums = all.map(|x| Z64::prefix_sum(x));
        let products = self.mul(&all, &sums).await?;
        let n = list.first().map_or(0, |x| x.part(0).len());
        let mut out = vec![0u64; n];
        products.part(0).chunks(n.max(1)).for_each(|part| jointly_math::ring::add_to(&mut out, part));
        Ok(Share::new(vec![out]))
    }

    async fn dot(&mut self, x: &Share<u64>, y: &Share<u64>, k: usize) -> Result<Share<u64>> {
        self.inner(x.part(0), y.part(0), k).await
    }

    async fn matmul(&mut self, x: &Share<u64>, y: &Share<u64>, [m, k, n]: [usize; 3]) -> Result<Share<u64>> {
        self.matrix(x.part(0), y.part(0), [m, k, n]).await
    }

    async fn and(&mut self, x: &Bits, y: &Bits) -> Result<Bits> {
        self.and_bits(x, y).await
    }

    async fn and_both(&mut self, x: &Bits, y: &Bits, z: &Bits) -> Result<(Bits, Bits)> {
        let [xy, xz] = self.and_twins(x.planes.part(0), y.planes.part(0), z.planes.part(0)).await?;
        let bits = |planes, width| Bits { planes: Share::new(vec![planes]), n: x.n, width };
        Ok((bits(xy, x.width), bits(xz, z.width)))
    }

    async fn msb(&mut self, x: &Share<u64>) -> Result<Bits> {
        self.sign(x).await
    }

    async fn is_zero(&mut self, x: &Share<u64>) -> Result<Bits> {
        self.all_clear(x).await
    }

    async fn to_bits(&mut self, x: &Share<u64>, width: usize) -> Result<Bits> {
        self.decompose(x, width).await
    }

    async fn to_ring(&mut self, x: &Bits) -> Result<Share<u64>> {
        self.compose(x).await
    }

    async fn truncate(&mut self, x: &Share<u64>, bits: u32) -> Result<Share<u64>> {
        self.shift_down(x, bits).await
    }

    async fn shuffle(
        &mut self,
        ring: &[&Share<u64>],
        bits: &[&Bits],
        n: usize,
    ) -> Result<(Vec<Share<u64>>, Vec<Bits>)> {
        self.permute(ring, bits, n).await
    }
}
