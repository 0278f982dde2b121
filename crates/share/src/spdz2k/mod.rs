//! SPDZ2k: malicious security among n ≥ 2 parties, of whom all but one may be corrupt, with no dealer; a cheater makes honest parties stop.
//!
//! Cramer, Damgård, Escudero, Scholl, Xing, CRYPTO 2018, ePrint 2018/482. A secret x is shared modulo 2^128, of which the lower 64 bits count: party i holds xᵢ and mᵢ with x = Σxᵢ and
//! α·x = Σmᵢ, where α = Σαᵢ is known to nobody. Bits have MACs in GF(2^64) in the same way. Products are Beaver's; what is opened on the way is owed a check, which comes before
//! anything else is shown. See `docs/protocols/spdz2k.md`.

mod bits;
mod client;
mod convert;
mod cost;
mod keys;
mod mesh;
mod online;
mod prepare;
mod shuffle;
mod stock;
mod table;
mod wide;

use std::sync::Arc;

use jointly_core::{
    Adversary, Among, Corrupt, Demand, Error, Guarantee, Needs, Parties, Party, Prices, Result, Spec, Unchecked,
};
use jointly_net::{Ctx, Mesh};
use zeroize::Zeroizing;

pub use client::Spdz2kClient;
pub use wide::Wide;

use self::{keys::Keys, mesh::Computing, stock::Stock, table::Table};
use crate::{Bits, Receiver, Scheme, Share};

const SPEC: Spec = Spec {
    id: "spdz2k",
    about: "authenticated additive sharing among two or more parties over Z_2^64 and bits; all but one may be corrupt",
    paper: "Cramer, Damgård, Escudero, Scholl, Xing, CRYPTO 2018 (ePrint 2018/482); Damgård et al., S&P 2019 (ePrint 2019/599)",
    parties: Parties::AtLeast(2),
    corrupt: Corrupt::AllButOne,
    adversary: Adversary::Malicious,
    width: 62,
    cost: Prices {
        cost: cost::cost,
        takes: cost::takes,
        prepare: |demand, among, _| prepare::cost(demand, among.parties),
        holds: |demand, among| stock::bytes(demand, among.parties),
        keeps: false,
        owes: cost::owes,
        settle: |owed, among, _| cost::settle(owed, among),
        most_owed: MOST_OWED,
    },
    parts: 65,
    leaks: &["whether a corrupt party's guess at bits of the MAC keys was right; a wrong one ends the run"],
    guarantee: Guarantee::Abort,
};

/// Values that are opened before they are checked: 32 bytes each are kept till then, 16 for a bit.
const MOST_OWED: u64 = 1 << 22;

/// A party's end of the protocol.
pub struct Spdz2k {
    table: Table,
    /// All participants, clients included: at the place where the table is.
    everyone: Ctx,
    stock: Stock,
}

impl Spdz2k {
    /// Meets the other parties.
    pub async fn new(ctx: Ctx, among: Among) -> Result<Self> {
        let mesh: Arc<dyn Mesh> = Arc::new(Computing { all: ctx.mesh(), parties: among.parties });
        let path = ctx.path().to_string();
        let mut start = ctx.apart(mesh.clone(), &format!("{path}/start"), None);
        let keys = Arc::new(Keys::start(&mut start).await?);
        // Whoever came to this point first waits for the others: they count rounds from here together.
        let path = program(&ctx);
        let mut ctx = ctx;
        ctx.reach_of(&start);
        let table = Table::new(ctx.apart(mesh, &format!("{path}/table"), None), keys, among);
        Ok(Self { table, everyone: ctx.apart(ctx.mesh(), &path, None), stock: Stock::default() })
    }

    /// Lets what follows among all participants come after what happened among those who compute.
    fn leave_table(&mut self) -> &mut Ctx {
        self.everyone.reach_of(&self.table.ctx);
        &mut self.everyone
    }

    /// And the other way round.
    fn back_at_table(&mut self) -> &mut Table {
        self.table.ctx.reach_of(&self.everyone);
        &mut self.table
    }

    async fn make(&mut self, lacking: &Demand) -> Result<Table> {
        let mut apart = self.table.fork("stock");
        self.stock.put_all(prepare::prepare(&mut apart, lacking).await?);
        Ok(apart)
    }
}

/// Where a program's messages travel, clients' included.
fn program(ctx: &Ctx) -> String {
    format!("{}/program", ctx.path())
}

impl Scheme for Spdz2k {
    type Ring = Wide;

    const SPEC: Spec = SPEC;

    fn ctx(&self) -> &Ctx {
        &self.table.ctx
    }

    fn among(&self) -> Among {
        self.table.among
    }

    async fn stock(&mut self, needs: &Needs) -> Result<()> {
        let lacking = needs.total().lacking(&self.stock.held());
        if !lacking.is_empty() {
            // Not joined: the parties come through sooner or later, and what follows counts its rounds from where all are alike.
            self.make(&lacking).await?;
        }
        self.stock = std::mem::take(&mut self.stock).deal(needs)?;
        Ok(())
    }

    async fn supply(&mut self, demand: &Demand) -> Result<()> {
        let lacking = demand.lacking(&self.stock.held());
        if !lacking.is_empty() {
            let apart = self.make(&lacking).await?;
            self.table.join(apart);
        }
        Ok(())
    }

    /// Everything in stock has MACs under keys of this run, which are gone with it.
    fn pack(&mut self, _: &Demand) -> Result<Zeroizing<Vec<u8>>> {
        Err(Error::Refused("what SPDZ2k prepares serves one run: its MAC keys are drawn anew for each".into()))
    }

    fn fork(&mut self, label: &str) -> Self {
        let stock = self.stock.branches.pop_front().unwrap_or_default();
        let table = self.table.fork(label);
        Self { table, everyone: self.everyone.fork(label), stock }
    }

    fn join(&mut self, fork: Self) {
        self.table.join(fork.table);
        self.everyone.join(fork.everyone);
    }

    fn public(&self, x: &[u128]) -> Share<u128> {
        self.table.public(x)
    }

    fn public_words(&self, x: &[u64]) -> Share<u64> {
        self.table.public_words(x)
    }

    async fn input(&mut self, from: Party, x: Option<&[u128]>, n: usize) -> Result<Share<u128>> {
        if self.table.among.computes(from) { self.hand_in(from, x, n).await } else { self.take_from(from, n).await }
    }

    async fn input_words(&mut self, from: Party, x: Option<&[u64]>, n: usize) -> Result<Share<u64>> {
        match self.table.among.computes(from) {
            true => self.hand_in_words(from, x, n).await,
            false => self.take_words_from(from, n).await,
        }
    }

    async fn open(&mut self, x: &Share<u128>, to: Receiver) -> Result<Unchecked<Option<Vec<u128>>>> {
        match to {
            Receiver::All => self.show_all(x).await.map(|values| Unchecked::new(Some(values))),
            Receiver::One(to) if self.table.among.computes(to) => self.show_one(x, to).await.map(Unchecked::new),
            Receiver::One(to) => self.give_to(x, to).await.map(|()| Unchecked::new(None)),
        }
    }

    async fn open_words(&mut self, x: &Share<u64>, to: Receiver) -> Result<Unchecked<Option<Vec<u64>>>> {
        match to {
            Receiver::All => self.table.open_bits(x).await.map(|words| Unchecked::new(Some(words))),
            Receiver::One(_) => Err(Error::Misuse("bits are shown to all")),
        }
    }

    /// Nothing is released while a check is open in any branch.
    async fn verify<T: Send>(&mut self, x: Unchecked<T>) -> Result<T> {
        self.table.settle().await?;
        self.table.keys.exposure.closed().await?;
        Ok(x.release_after_checks())
    }

    async fn settle(&mut self) -> Result<()> {
        self.table.settle().await?;
        self.table.keys.exposure.closed().await
    }

    async fn mul(&mut self, x: &Share<u128>, y: &Share<u128>) -> Result<Share<u128>> {
        self.multiply(x, y).await
    }

    async fn mul_prefix_sums(&mut self, list: &[&Share<u128>]) -> Result<Share<u128>> {
        self.multiply_running(list).await
    }

    async fn dot(&mut self, x: &Share<u128>, y: &Share<u128>, k: usize) -> Result<Share<u128>> {
        self.inner(x, y, k).await
    }

    async fn matmul(&mut self, x: &Share<u128>, y: &Share<u128>, shape: [usize; 3]) -> Result<Share<u128>> {
        self.matrix(x, y, shape).await
    }

    async fn and(&mut self, x: &Bits, y: &Bits) -> Result<Bits> {
        let planes = self.and_words(&x.planes, &y.planes).await?;
        Ok(Bits { planes, n: x.n, width: x.width })
    }

    async fn msb(&mut self, x: &Share<u128>) -> Result<Bits> {
        self.sign(x).await
    }

    async fn is_zero(&mut self, x: &Share<u128>) -> Result<Bits> {
        self.all_clear(x).await
    }

    async fn to_bits(&mut self, x: &Share<u128>, width: usize) -> Result<Bits> {
        self.decompose(x, width).await
    }

    async fn to_ring(&mut self, x: &Bits) -> Result<Share<u128>> {
        self.compose(x).await
    }

    async fn truncate(&mut self, x: &Share<u128>, bits: u32) -> Result<Share<u128>> {
        self.shift_down(x, bits).await
    }

    async fn shuffle(
        &mut self,
        ring: &[&Share<u128>],
        bits: &[&Bits],
        n: usize,
    ) -> Result<(Vec<Share<u128>>, Vec<Bits>)> {
        self.permute(ring, bits, n).await
    }
}
