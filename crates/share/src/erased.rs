//! Every scheme is an engine: written once. Checks what callers can get wrong, so that schemes need not.

use std::{
    any::Any,
    ops::Range,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
};

use async_trait::async_trait;
use jointly_core::{Among, Cost, Demand, Error, Needs, Op, Party, Result, Spec, Unchecked, Wire};
use jointly_math::bits;
use zeroize::Zeroizing;

use crate::{Bits, Domain, Engine, Receiver, Ring, Scheme, Secret, Share, packed};

type Word<S> = <<S as Scheme>::Ring as Ring>::Word;

type Pair<'a, T> = (&'a T, &'a T);

static INSTANCES: AtomicU64 = AtomicU64::new(1);

/// A scheme behind the [`Engine`] trait: one downcast per vector.
pub struct Erased<S: Scheme> {
    scheme: S,
    id: u64,
    /// What is not checked yet.
    owed: Demand,
}

impl<S: Scheme> Erased<S> {
    /// A new instance: its secrets do not mix with those of others.
    pub fn new(scheme: S) -> Self {
        Self { scheme, id: INSTANCES.fetch_add(1, Relaxed), owed: Demand::none() }
    }

    fn ring(&self, share: Share<Word<S>>, len: usize) -> Secret {
        Secret::new(self.id, Domain::Ring, len, share)
    }

    fn bits(&self, bits: Bits) -> Secret {
        Secret::new(self.id, Domain::Bits { width: bits.width }, bits.n, bits)
    }

    fn words<'a>(&self, x: &'a Secret) -> Result<&'a Share<Word<S>>> {
        x.check(self.id, Domain::Ring)?;
        x.share()
    }

    fn planes_of<'a>(&self, x: &'a Secret) -> Result<&'a Bits> {
        x.check(self.id, Domain::Bits { width: x.width()? })?;
        x.share()
    }

    fn pair<'a>(&self, x: &'a Secret, y: &'a Secret) -> Result<Pair<'a, Share<Word<S>>>> {
        alike(x, y)?;
        Ok((self.words(x)?, self.words(y)?))
    }

    fn pair_bits<'a>(&self, x: &'a Secret, y: &'a Secret) -> Result<Pair<'a, Bits>> {
        alike(x, y)?;
        y.check(self.id, x.domain())?;
        Ok((self.planes_of(x)?, self.planes_of(y)?))
    }

    fn encode(&self, x: &[i64]) -> Result<Vec<Word<S>>> {
        let bound = 1i64 << S::SPEC.width.min(62);
        if x.iter().any(|x| *x <= -bound || *x >= bound) {
            return Err(Error::Misuse("a value outside the engine's range"));
        }
        Ok(x.iter().map(|&x| S::Ring::encode(x)).collect())
    }

    /// Puts in stock what `op` takes. Checks what is owed if that has become too much to keep.
    async fn begin(&mut self, op: Op) -> Result<()> {
        let prices = &S::SPEC.cost;
        if self.owed.things() >= prices.most_owed {
            self.discharge().await?;
        }
        self.owed += &(prices.owes)(op, self.scheme.among());
        let takes = (prices.takes)(op, self.scheme.among());
        if takes.is_empty() { Ok(()) } else { self.scheme.supply(&takes).await }
    }

    /// Checks all that is owed.
    async fn discharge(&mut self) -> Result<()> {
        self.owed = Demand::none();
        self.scheme.settle().await
    }

    async fn show(&mut self, x: &Secret, to: Receiver) -> Result<Option<Vec<i64>>> {
        let (share, n) = (self.words(x)?, x.len());
        self.begin(match to {
            Receiver::All => Op::OpenAll { n },
            Receiver::One(to) => Op::Open { to, n },
        })
        .await?;
        self.discharge().await?;
        let opened = self.scheme.open(share, to).await?;
        let opened = self.scheme.verify(opened).await?;
        Ok(opened.map(|words| words.into_iter().map(S::Ring::decode).collect()))
    }
}

fn alike(x: &Secret, y: &Secret) -> Result<()> {
    if x.len() == y.len() { Ok(()) } else { Err(Error::Misuse("vectors of unlike length")) }
}

/// Refuses to keep shares that are bound to their run.
fn refuse_passing(spec: &Spec) -> Result<()> {
    match spec.cost.keeps {
        true => Ok(()),
        false => Err(Error::Refused(format!(
            "shares of the protocol {} are bound to the keys of their run and cannot be kept: what is to stay shared takes another protocol",
            spec.id
        ))),
    }
}

fn check_width(width: usize) -> Result<()> {
    if (1..=64).contains(&width) { Ok(()) } else { Err(Error::Misuse("strings of 1 to 64 bits")) }
}

#[async_trait]
impl<S: Scheme> Engine for Erased<S> {
    fn spec(&self) -> &'static Spec {
        &S::SPEC
    }

    fn me(&self) -> Party {
        self.scheme.ctx().me()
    }

    fn among(&self) -> Among {
        self.scheme.among()
    }

    fn is_dry(&self) -> bool {
        false
    }

    fn measured(&self) -> Cost {
        let meter = self.scheme.ctx().meter();
        Cost { rounds: meter.rounds(), bytes: meter.bytes() }
    }

    async fn stock(&mut self, needs: &Needs) -> Result<()> {
        self.scheme.stock(needs).await
    }

    fn pack(&mut self, part: &Demand) -> Result<Zeroizing<Vec<u8>>> {
        self.scheme.pack(part)
    }

    fn unpack(&mut self, packed: &[u8]) -> Result<()> {
        self.scheme.unpack(packed)
    }

    async fn save(&mut self, x: &Secret) -> Result<Zeroizing<Vec<u8>>> {
        refuse_passing(&S::SPEC)?;
        self.discharge().await?;
        let share = self.words(x)?;
        let bytes = share.0.len() * x.len() * Word::<S>::BYTES;
        let mut out = Zeroizing::new(Vec::with_capacity(bytes));
        share.0.iter().for_each(|part| Word::<S>::encode(part, &mut out));
        Ok(out)
    }

    fn load(&mut self, saved: &[u8], n: usize) -> Result<Secret> {
        refuse_passing(&S::SPEC)?;
        let parts = self.scheme.public(&[S::Ring::encode(0)]).0.len();
        if n == 0 || saved.len() != parts * n * Word::<S>::BYTES {
            return Err(Error::Misuse("what was saved of as many elements by the same protocol"));
        }
        let part = |bytes: &[u8]| {
            let mut words = Vec::with_capacity(n);
            Word::<S>::decode(bytes, &mut words).then_some(words)
        };
        let share = saved.chunks(n * Word::<S>::BYTES).map(part).collect::<Option<_>>().map(Share::new);
        Ok(self.ring(share.ok_or(Error::Misuse("what was saved by the same protocol"))?, n))
    }

    async fn settle(&mut self) -> Result<()> {
        self.discharge().await
    }

    async fn fork(&mut self, label: &str) -> Result<Box<dyn Engine>> {
        self.discharge().await?;
        Ok(Box::new(Self { scheme: self.scheme.fork(label), id: self.id, owed: Demand::none() }))
    }

    fn join(&mut self, fork: Box<dyn Engine>) -> Result<()> {
        let fork = fork.into_any().downcast::<Self>().map_err(|_| Error::Misuse("a fork of another engine"))?;
        if fork.id != self.id {
            return Err(Error::Misuse("a fork of another engine"));
        }
        self.owed += &fork.owed;
        self.scheme.join(fork.scheme);
        Ok(())
    }

    fn public(&self, x: &[i64]) -> Result<Secret> {
        Ok(self.ring(self.scheme.public(&self.encode(x)?), x.len()))
    }

    fn public_bits(&self, x: &[u64], width: usize) -> Result<Secret> {
        check_width(width)?;
        let planes = self.scheme.public_words(&bits::to_planes(x, width));
        Ok(self.bits(Bits { planes, n: x.len(), width }))
    }

    fn add(&self, x: &Secret, y: &Secret) -> Result<Secret> {
        let (a, b) = self.pair(x, y)?;
        Ok(self.ring(a.zip(b, S::Ring::add), x.len()))
    }

    fn sub(&self, x: &Secret, y: &Secret) -> Result<Secret> {
        let (a, b) = self.pair(x, y)?;
        Ok(self.ring(a.zip(b, S::Ring::sub), x.len()))
    }

    fn scale(&self, x: &Secret, k: i64) -> Result<Secret> {
        Ok(self.ring(self.words(x)?.map(|p| S::Ring::scale(p, S::Ring::encode(k))), x.len()))
    }

    fn mul_public(&self, x: &Secret, k: &[i64]) -> Result<Secret> {
        if k.len() != x.len() {
            return Err(Error::Misuse("vectors of unlike length"));
        }
        let k: Vec<_> = k.iter().map(|&k| S::Ring::encode(k)).collect();
        Ok(self.ring(self.words(x)?.map(|p| S::Ring::mul(p, &k)), x.len()))
    }

    fn prefix_sum(&self, x: &Secret) -> Result<Secret> {
        Ok(self.ring(self.words(x)?.map(|p| S::Ring::prefix_sum(p)), x.len()))
    }

    fn sum(&self, x: &Secret, k: usize) -> Result<Secret> {
        if k == 0 || !x.len().is_multiple_of(k) {
            return Err(Error::Misuse("sums of neighbours need a whole number of groups"));
        }
        Ok(self.ring(self.words(x)?.map(|p| S::Ring::sum(p, k)), x.len() / k))
    }

    fn gather(&self, x: &Secret, places: &[u32]) -> Result<Secret> {
        if places.iter().any(|&p| p as usize >= x.len()) {
            return Err(Error::Misuse("a place outside the vector"));
        }
        let n = places.len();
        if x.domain() == Domain::Ring {
            let pick = |p: &Vec<Word<S>>| places.iter().map(|&i| p[i as usize]).collect();
            return Ok(self.ring(self.words(x)?.map(pick), n));
        }
        let b = self.planes_of(x)?;
        let planes = b.planes.map(|p| packed::gather(p, b.n, b.width, places));
        Ok(self.bits(Bits { planes, n, width: b.width }))
    }

    fn concat(&self, list: &[&Secret]) -> Result<Secret> {
        let first = list.first().ok_or(Error::Misuse("nothing to concatenate"))?;
        let n = list.iter().map(|s| s.len()).sum();
        if first.domain() == Domain::Ring {
            let shares = list.iter().map(|s| self.words(s)).collect::<Result<Vec<_>>>()?;
            return Ok(self.ring(Share::gather(&shares, |parts| parts.concat()), n));
        }
        let width = first.width()?;
        list.iter().try_for_each(|s| s.check(self.id, first.domain()))?;
        let shares = list.iter().map(|s| self.planes_of(s)).collect::<Result<Vec<_>>>()?;
        let lens: Vec<usize> = list.iter().map(|s| s.len()).collect();
        let planes = Share::gather(&shares.iter().map(|b| &b.planes).collect::<Vec<_>>(), |parts| {
            packed::concat(parts, &lens, width)
        });
        Ok(self.bits(Bits { planes, n, width }))
    }

    fn slice(&self, x: &Secret, range: Range<usize>) -> Result<Secret> {
        if range.start > range.end || range.end > x.len() {
            return Err(Error::Misuse("a range outside the vector"));
        }
        if x.domain() == Domain::Ring {
            return Ok(self.ring(self.words(x)?.map(|p| p[range.clone()].to_vec()), range.len()));
        }
        let b = self.planes_of(x)?;
        let planes = b.planes.map(|p| packed::slice(p, b.n, &range));
        Ok(self.bits(Bits { planes, n: range.len(), width: b.width }))
    }

    fn xor(&self, x: &Secret, y: &Secret) -> Result<Secret> {
        let (a, b) = self.pair_bits(x, y)?;
        Ok(self.bits(a.xor(b)))
    }

    fn not(&self, x: &Secret) -> Result<Secret> {
        let b = self.planes_of(x)?;
        let ones = self.scheme.public_words(&vec![u64::MAX; b.words() * b.width]);
        Ok(self.bits(b.xor(&Bits { planes: ones, n: b.n, width: b.width })))
    }

    fn planes(&self, x: &Secret, range: Range<usize>) -> Result<Secret> {
        let b = self.planes_of(x)?;
        if range.is_empty() || range.end > b.width {
            return Err(Error::Misuse("bits outside the string"));
        }
        Ok(self.bits(b.range(range.start, range.end)))
    }

    fn stack(&self, list: &[&Secret]) -> Result<Secret> {
        let first = list.first().ok_or(Error::Misuse("nothing to stack"))?;
        list.iter().try_for_each(|s| alike(first, s))?;
        let list = list.iter().map(|s| self.planes_of(s)).collect::<Result<Vec<_>>>()?;
        let stacked = Bits::stack(&list);
        check_width(stacked.width)?;
        Ok(self.bits(stacked))
    }

    async fn input(&mut self, from: Party, x: Option<&[i64]>, n: usize) -> Result<Secret> {
        let x = x.map(|x| self.encode(x)).transpose()?;
        if x.is_some() != (from == self.me()) || x.as_ref().is_some_and(|x| x.len() != n) {
            return Err(Error::Misuse("the owner, and nobody else, gives as many values as are announced"));
        }
        self.begin(Op::Input { from, n }).await?;
        let share = self.scheme.input(from, x.as_deref(), n).await?;
        Ok(self.ring(share, n))
    }

    async fn input_bits(&mut self, from: Party, x: Option<&[u64]>, n: usize, width: usize) -> Result<Secret> {
        check_width(width)?;
        if x.is_some() != (from == self.me()) || x.is_some_and(|x| x.len() != n) {
            return Err(Error::Misuse("the owner, and nobody else, gives as many values as are announced"));
        }
        self.begin(Op::InputBits { from, n, width }).await?;
        let words = x.map(|x| bits::to_planes(x, width));
        let planes = self.scheme.input_words(from, words.as_deref(), bits::words(n) * width).await?;
        Ok(self.bits(Bits { planes, n, width }))
    }

    async fn open(&mut self, x: &Secret) -> Result<Vec<i64>> {
        self.show(x, Receiver::All).await?.ok_or(Error::Misuse("an opening to all reaches all"))
    }

    async fn open_to(&mut self, x: &Secret, to: Party) -> Result<Option<Vec<i64>>> {
        self.show(x, Receiver::One(to)).await
    }

    async fn open_bits(&mut self, x: &Secret) -> Result<Vec<u64>> {
        let b = self.planes_of(x)?;
        self.begin(Op::OpenBits { n: b.n, width: b.width }).await?;
        self.discharge().await?;
        let opened: Unchecked<Option<Vec<u64>>> = self.scheme.open_words(&b.planes, Receiver::All).await?;
        let planes = self.scheme.verify(opened).await?.ok_or(Error::Misuse("an opening to all reaches all"))?;
        Ok(bits::from_planes(&planes, b.n, b.width))
    }

    async fn mul(&mut self, x: &Secret, y: &Secret) -> Result<Secret> {
        let (a, b) = self.pair(x, y)?;
        self.begin(Op::Mul { n: x.len() }).await?;
        let z = self.scheme.mul(a, b).await?;
        Ok(self.ring(z, x.len()))
    }

    async fn mul_prefix_sums(&mut self, list: &[&Secret]) -> Result<Secret> {
        let first = list.first().ok_or(Error::Misuse("nothing to multiply"))?;
        list.iter().try_for_each(|x| alike(first, x))?;
        let shares = list.iter().map(|x| self.words(x)).collect::<Result<Vec<_>>>()?;
        self.begin(Op::Dot { n: first.len(), k: list.len() }).await?;
        let z = self.scheme.mul_prefix_sums(&shares).await?;
        Ok(self.ring(z, first.len()))
    }

    async fn dot(&mut self, x: &Secret, y: &Secret, k: usize) -> Result<Secret> {
        if k == 0 || !x.len().is_multiple_of(k) {
            return Err(Error::Misuse("inner products need a whole number of groups"));
        }
        let (a, b) = self.pair(x, y)?;
        self.begin(Op::Dot { n: x.len() / k, k }).await?;
        let z = self.scheme.dot(a, b, k).await?;
        Ok(self.ring(z, x.len() / k))
    }

    async fn matmul(&mut self, x: &Secret, y: &Secret, m: usize, k: usize, n: usize) -> Result<Secret> {
        if m.checked_mul(k) != Some(x.len()) || k.checked_mul(n) != Some(y.len()) {
            return Err(Error::Misuse("matrices of other sizes than announced"));
        }
        let (a, b) = (self.words(x)?, self.words(y)?);
        self.begin(Op::Matmul { m, k, n }).await?;
        let z = self.scheme.matmul(a, b, [m, k, n]).await?;
        Ok(self.ring(z, m * n))
    }

    async fn and(&mut self, x: &Secret, y: &Secret) -> Result<Secret> {
        let (a, b) = self.pair_bits(x, y)?;
        self.begin(Op::And { n: a.n, width: a.width }).await?;
        let z = self.scheme.and(a, b).await?;
        Ok(self.bits(z))
    }

    async fn msb(&mut self, x: &Secret) -> Result<Secret> {
        let share = self.words(x)?;
        self.begin(Op::Msb { n: x.len() }).await?;
        let z = self.scheme.msb(share).await?;
        Ok(self.bits(z))
    }

    async fn is_zero(&mut self, x: &Secret) -> Result<Secret> {
        let share = self.words(x)?;
        self.begin(Op::IsZero { n: x.len() }).await?;
        let z = self.scheme.is_zero(share).await?;
        Ok(self.bits(z))
    }

    async fn to_bits(&mut self, x: &Secret, width: usize) -> Result<Secret> {
        check_width(width)?;
        let share = self.words(x)?;
        self.begin(Op::ToBits { n: x.len(), width }).await?;
        let z = self.scheme.to_bits(share, width).await?;
        Ok(self.bits(z))
    }

    async fn to_ring(&mut self, x: &Secret) -> Result<Secret> {
        let b = self.planes_of(x)?;
        if b.width > S::SPEC.width as usize {
            return Err(Error::Misuse("strings wider than the ring's integers"));
        }
        self.begin(Op::ToRing { n: b.n, width: b.width }).await?;
        let z = self.scheme.to_ring(b).await?;
        Ok(self.ring(z, x.len()))
    }

    async fn truncate(&mut self, x: &Secret, bits: u32) -> Result<Secret> {
        match bits {
            0 => Ok(x.clone()),
            1..=61 => {
                let share = self.words(x)?;
                self.begin(Op::Truncate { n: x.len(), bits }).await?;
                let z = self.scheme.truncate(share, bits).await?;
                Ok(self.ring(z, x.len()))
            }
            _ => Err(Error::Misuse("a truncation by more bits than there are")),
        }
    }

    async fn shuffle(&mut self, columns: &[&Secret]) -> Result<Vec<Secret>> {
        let n = columns.first().ok_or(Error::Misuse("nothing to shuffle"))?.len();
        let (mut ring, mut strings) = (Vec::new(), Vec::new());
        for c in columns {
            alike(columns[0], c)?;
            match c.domain() {
                Domain::Ring => ring.push(self.words(c)?),
                Domain::Bits { .. } => strings.push(self.planes_of(c)?),
            }
        }
        self.begin(Op::Shuffle {
            n,
            ring: ring.len(),
            bits: strings.len(),
            width: strings.iter().map(|b| b.width).sum(),
        })
        .await?;
        let (ring, strings) = self.scheme.shuffle(&ring, &strings, n).await?;
        let (mut ring, mut strings) = (ring.into_iter(), strings.into_iter());
        let back = |c: &&Secret| match c.domain() {
            Domain::Ring => ring.next().map(|r| self.ring(r, n)),
            Domain::Bits { .. } => strings.next().map(|b| self.bits(b)),
        };
        columns.iter().map(back).collect::<Option<_>>().ok_or(Error::Misuse("a shuffle returns every column"))
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
