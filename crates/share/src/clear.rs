//! No security at all: every computing party holds every value. The same programs run on it, for tests and for checking results.

use async_trait::async_trait;
use jointly_core::{
    Adversary, Among, Corrupt, Cost, Guarantee, Op, Parties, Party, Prices, Result, Spec, Unchecked, wire_bytes,
};
use jointly_math::{bits, matmul};
use jointly_net::Ctx;

use crate::{Bits, Client, Receiver, Ring, Scheme, Share, Z64};

/// A party's end: the values themselves.
pub struct Clear {
    ctx: Ctx,
    parties: u16,
    shuffles: u64,
}

const SPEC: Spec = Spec {
    id: "clear",
    about: "no security: every computing party sees every value; for tests and for checking results",
    paper: "none",
    parties: Parties::AtLeast(1),
    corrupt: Corrupt::Nobody,
    adversary: Adversary::SemiHonest,
    width: 62,
    cost: Prices::plain(cost),
    parts: 1,
    leaks: &["everything, to every computing party"],
    guarantee: Guarantee::IfFollowed,
};

/// Inputs go to every other computing party; nothing else is sent, but for results to clients.
fn cost(op: Op, among: Among, party: Party) -> Cost {
    let inputs = |from, n| {
        let others = u64::from(among.parties) - u64::from(among.computes(from));
        Cost {
            rounds: u64::from(n > 0 && others > 0),
            bytes: if party == from { others * wire_bytes(n, 8) } else { 0 },
        }
    };
    match op {
        Op::Input { from, n } => inputs(from, n),
        Op::InputBits { from, n, width } => inputs(from, bits::words(n) * width),
        Op::Open { to, n } if !among.computes(to) => {
            Cost { rounds: u64::from(n > 0), bytes: if party == Party(0) { wire_bytes(n, 8) } else { 0 } }
        }
        _ => Cost::FREE,
    }
}

impl Clear {
    /// Among the first `parties` participants of `ctx`.
    pub fn new(ctx: Ctx, parties: u16) -> Self {
        Self { ctx, parties, shuffles: 0 }
    }

    async fn hand_out(&mut self, from: Party, x: Option<&[u64]>, n: usize) -> Result<Share<u64>> {
        let Some(x) = x else {
            return Ok(Share::new(vec![self.ctx.recv(from, n).await?]));
        };
        let out: Vec<_> = Party::all(self.parties).filter(|p| *p != from).map(|p| (p, x)).collect();
        self.ctx.exchange_all(&out, &[]).await?;
        Ok(Share::new(vec![x.to_vec()]))
    }

    async fn show(&mut self, x: &Share<u64>, to: Receiver) -> Result<Unchecked<Option<Vec<u64>>>> {
        let me = self.ctx.me();
        if let Receiver::One(to) = to
            && to.0 >= self.parties
            && me == Party(0)
        {
            self.ctx.send(to, x.part(0)).await?;
        }
        let mine = to == Receiver::All || to == Receiver::One(me);
        Ok(Unchecked::new(mine.then(|| x.part(0).to_vec())))
    }
}

fn one(x: Vec<u64>) -> Result<Share<u64>> {
    Ok(Share::new(vec![x]))
}

impl Scheme for Clear {
    type Ring = Z64;

    const SPEC: Spec = SPEC;

    fn ctx(&self) -> &Ctx {
        &self.ctx
    }

    fn among(&self) -> Among {
        Among::new(self.parties, 0)
    }

    fn fork(&mut self, label: &str) -> Self {
        self.shuffles += 1;
        Self { ctx: self.ctx.fork(label), parties: self.parties, shuffles: self.shuffles << 32 }
    }

    fn join(&mut self, fork: Self) {
        self.ctx.join(fork.ctx);
    }

    fn public(&self, x: &[u64]) -> Share<u64> {
        Share::new(vec![x.to_vec()])
    }

    fn public_words(&self, x: &[u64]) -> Share<u64> {
        Share::new(vec![x.to_vec()])
    }

    async fn input(&mut self, from: Party, x: Option<&[u64]>, n: usize) -> Result<Share<u64>> {
        self.hand_out(from, x, n).await
    }

    async fn input_words(&mut self, from: Party, x: Option<&[u64]>, n: usize) -> Result<Share<u64>> {
        self.hand_out(from, x, n).await
    }

    async fn open(&mut self, x: &Share<u64>, to: Receiver) -> Result<Unchecked<Option<Vec<u64>>>> {
        self.show(x, to).await
    }

    async fn open_words(&mut self, x: &Share<u64>, to: Receiver) -> Result<Unchecked<Option<Vec<u64>>>> {
        self.show(x, to).await
    }

    async fn verify<T: Send>(&mut self, x: Unchecked<T>) -> Result<T> {
        Ok(x.release_after_checks())
    }

    async fn settle(&mut self) -> Result<()> {
        Ok(())
    }

    async fn mul(&mut self, x: &Share<u64>, y: &Share<u64>) -> Result<Share<u64>> {
        one(Z64::mul(x.part(0), y.part(0)))
    }

    async fn mul_prefix_sums(&mut self, list: &[&Share<u64>]) -> Result<Share<u64>> {
        let (mut out, mut sum) = (vec![0u64; list.first().map_or(0, |x| x.part(0).len())], 0u64);
        for x in list {
            for (out, x) in out.iter_mut().zip(x.part(0)) {
                sum = sum.wrapping_add(*x);
                *out = out.wrapping_add(x.wrapping_mul(sum));
            }
        }
        one(out)
    }

    async fn dot(&mut self, x: &Share<u64>, y: &Share<u64>, k: usize) -> Result<Share<u64>> {
        one(Z64::sum(&Z64::mul(x.part(0), y.part(0)), k))
    }

    async fn matmul(&mut self, x: &Share<u64>, y: &Share<u64>, [m, k, n]: [usize; 3]) -> Result<Share<u64>> {
        one(matmul::matmul(x.part(0), y.part(0), m, k, n))
    }

    async fn and(&mut self, x: &Bits, y: &Bits) -> Result<Bits> {
        let planes = x.planes.part(0).iter().zip(y.planes.part(0)).map(|(x, y)| x & y).collect();
        Ok(Bits { planes: one(planes)?, n: x.n, width: x.width })
    }

    async fn msb(&mut self, x: &Share<u64>) -> Result<Bits> {
        let signs: Vec<u64> = x.part(0).iter().map(|x| x >> 63).collect();
        Ok(Bits { planes: one(bits::to_planes(&signs, 1))?, n: signs.len(), width: 1 })
    }

    async fn is_zero(&mut self, x: &Share<u64>) -> Result<Bits> {
        let zeros: Vec<u64> = x.part(0).iter().map(|x| u64::from(*x == 0)).collect();
        Ok(Bits { planes: one(bits::to_planes(&zeros, 1))?, n: zeros.len(), width: 1 })
    }

    async fn to_bits(&mut self, x: &Share<u64>, width: usize) -> Result<Bits> {
        Ok(Bits { planes: one(bits::to_planes(x.part(0), width))?, n: x.part(0).len(), width })
    }

    async fn to_ring(&mut self, x: &Bits) -> Result<Share<u64>> {
        one(bits::from_planes(x.planes.part(0), x.n, x.width))
    }

    async fn truncate(&mut self, x: &Share<u64>, bits: u32) -> Result<Share<u64>> {
        one(x.part(0).iter().map(|&x| ((x as i64) >> bits) as u64).collect())
    }

    /// A fixed scrambling: the order is no secret here, but programs must not rely on it.
    async fn shuffle(
        &mut self,
        ring: &[&Share<u64>],
        strings: &[&Bits],
        n: usize,
    ) -> Result<(Vec<Share<u64>>, Vec<Bits>)> {
        self.shuffles += 1;
        let mut places: Vec<u32> = (0..n as u32).collect();
        places.sort_by_key(|&i| {
            jointly_math::hash::hash("jointly clear shuffle", &[&self.shuffles.to_le_bytes(), &i.to_le_bytes()])
        });
        let pick = |p: &Vec<u64>| places.iter().map(|&i| p[i as usize]).collect();
        let pick_bits = |b: &&Bits| {
            let pick = |p: &Vec<u64>| p.chunks(b.words().max(1)).flat_map(|p| bits::gather_bits(p, &places)).collect();
            Bits { planes: b.planes.map(pick), n, width: b.width }
        };
        Ok((ring.iter().map(|r| r.map(pick)).collect(), strings.iter().map(pick_bits).collect()))
    }
}

/// A participant that does not compute: it hands its values to everyone.
pub struct ClearClient {
    ctx: Ctx,
    parties: u16,
}

impl ClearClient {
    /// Of a computation among the first `parties` participants.
    pub fn new(ctx: Ctx, parties: u16) -> Self {
        Self { ctx, parties }
    }

    async fn hand_out(&mut self, x: &[u64]) -> Result<()> {
        let out: Vec<_> = Party::all(self.parties).map(|p| (p, x)).collect();
        self.ctx.exchange_all(&out, &[]).await.map(|_| ())
    }
}

#[async_trait]
impl Client for ClearClient {
    async fn give(&mut self, x: &[i64]) -> Result<()> {
        self.hand_out(&x.iter().map(|&x| Z64::encode(x)).collect::<Vec<_>>()).await
    }

    async fn give_bits(&mut self, x: &[u64], width: usize) -> Result<()> {
        self.hand_out(&bits::to_planes(x, width)).await
    }

    async fn take(&mut self, n: usize) -> Result<Vec<i64>> {
        Ok(self.ctx.recv::<u64>(Party(0), n).await?.into_iter().map(Z64::decode).collect())
    }

    fn measured(&self) -> Cost {
        Cost { rounds: self.ctx.meter().rounds(), bytes: self.ctx.meter().bytes() }
    }
}
