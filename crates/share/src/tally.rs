//! Runs a program with no network and no values, to learn what it will cost.

use std::{
    any::Any,
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use jointly_core::{Cost, Error, Op, Party, Result, Spec};

use crate::{Domain, Engine, Secret};

/// Counts what parties of `spec` would send. Opened values are zeros; a program must not branch on them but under [`Engine::is_dry`].
pub struct Tally {
    spec: &'static Spec,
    parties: Vec<Party>,
    /// Bytes and memory are counted over all forks, rounds along the longest branch.
    books: Arc<Mutex<Books>>,
    rounds: Vec<u64>,
}

struct Books {
    /// What each party sends.
    bytes: Vec<u64>,
    /// Words that a party would hold now, and at most held.
    held: u64,
    peak: u64,
}

/// What a secret holds here: its place in memory.
struct Held {
    books: Arc<Mutex<Books>>,
    words: u64,
}

impl Drop for Held {
    fn drop(&mut self) {
        lock(&self.books).held -= self.words;
    }
}

fn lock(books: &Mutex<Books>) -> MutexGuard<'_, Books> {
    books.lock().unwrap_or_else(PoisonError::into_inner)
}

const TALLY: u64 = 0;

impl Tally {
    /// Counts for party `me`.
    pub fn new(spec: &'static Spec, me: Party) -> Self {
        Self::over(spec, vec![me])
    }

    /// Counts for the first `n` parties, in one run.
    pub fn of_all(spec: &'static Spec, n: u16) -> Self {
        Self::over(spec, (0..n).map(Party).collect())
    }

    fn over(spec: &'static Spec, parties: Vec<Party>) -> Self {
        let rounds = vec![0; parties.len()];
        let books = Books { bytes: rounds.clone(), held: 0, peak: 0 };
        Self { spec, parties, books: Arc::new(Mutex::new(books)), rounds }
    }

    /// What each party pays.
    pub fn costs(&self) -> Vec<Cost> {
        let books = lock(&self.books);
        self.rounds.iter().zip(&books.bytes).map(|(&rounds, &bytes)| Cost { rounds, bytes }).collect()
    }

    /// The most bytes of shares that a party holds at a time; what operations take for themselves comes on top.
    pub fn peak_bytes(&self) -> u64 {
        lock(&self.books).peak * self.spec.parts * 8
    }

    fn pay(&mut self, op: Op) {
        let mut books = lock(&self.books);
        for (i, party) in self.parties.iter().enumerate() {
            let cost = (self.spec.cost)(op, *party);
            books.bytes[i] += cost.bytes;
            self.rounds[i] += cost.rounds;
        }
    }

    fn hold(&self, domain: Domain, n: usize) -> Result<Secret> {
        let words = match domain {
            Domain::Ring => n,
            Domain::Bits { width } => n.div_ceil(64) * width,
        } as u64;
        let mut books = lock(&self.books);
        books.held += words;
        books.peak = books.peak.max(books.held);
        Ok(Secret::new(TALLY, domain, n, Held { books: self.books.clone(), words }))
    }

    fn ring(&self, n: usize) -> Result<Secret> {
        self.hold(Domain::Ring, n)
    }

    fn bits(&self, n: usize, width: usize) -> Result<Secret> {
        self.hold(Domain::Bits { width }, n)
    }

    fn like(&self, x: &Secret, y: &Secret) -> Result<Secret> {
        y.check(TALLY, x.domain())?;
        if x.len() != y.len() {
            return Err(Error::Misuse("vectors of unlike length"));
        }
        self.again(x)
    }

    fn again(&self, x: &Secret) -> Result<Secret> {
        self.hold(x.domain(), x.len())
    }

    fn resized(&self, x: &Secret, n: usize) -> Result<Secret> {
        self.hold(x.domain(), n)
    }
}

#[async_trait]
impl Engine for Tally {
    fn spec(&self) -> &'static Spec {
        self.spec
    }

    fn me(&self) -> Party {
        self.parties.first().copied().unwrap_or(Party(0))
    }

    fn is_dry(&self) -> bool {
        true
    }

    fn measured(&self) -> Cost {
        self.costs().first().copied().unwrap_or(Cost::FREE)
    }

    fn fork(&mut self, _: &str) -> Box<dyn Engine> {
        let (parties, books, rounds) = (self.parties.clone(), self.books.clone(), self.rounds.clone());
        Box::new(Self { spec: self.spec, parties, books, rounds })
    }

    fn join(&mut self, fork: Box<dyn Engine>) -> Result<()> {
        let fork = fork.into_any().downcast::<Self>().map_err(|_| Error::Misuse("a fork of another engine"))?;
        for (rounds, branch) in self.rounds.iter_mut().zip(fork.rounds) {
            *rounds = (*rounds).max(branch);
        }
        Ok(())
    }

    fn public(&self, x: &[i64]) -> Result<Secret> {
        self.ring(x.len())
    }

    fn public_bits(&self, x: &[u64], width: usize) -> Result<Secret> {
        self.bits(x.len(), width)
    }

    fn add(&self, x: &Secret, y: &Secret) -> Result<Secret> {
        self.like(x, y)
    }

    fn sub(&self, x: &Secret, y: &Secret) -> Result<Secret> {
        self.like(x, y)
    }

    fn scale(&self, x: &Secret, _: i64) -> Result<Secret> {
        self.again(x)
    }

    fn mul_public(&self, x: &Secret, _: &[i64]) -> Result<Secret> {
        self.again(x)
    }

    fn prefix_sum(&self, x: &Secret) -> Result<Secret> {
        self.again(x)
    }

    fn sum(&self, x: &Secret, k: usize) -> Result<Secret> {
        if k == 0 || !x.len().is_multiple_of(k) {
            return Err(Error::Misuse("sums of neighbours need a whole number of groups"));
        }
        self.resized(x, x.len() / k)
    }

    fn gather(&self, x: &Secret, places: &[u32]) -> Result<Secret> {
        self.resized(x, places.len())
    }

    fn concat(&self, list: &[&Secret]) -> Result<Secret> {
        let first = list.first().ok_or(Error::Misuse("nothing to concatenate"))?;
        self.resized(first, list.iter().map(|s| s.len()).sum())
    }

    fn slice(&self, x: &Secret, range: Range<usize>) -> Result<Secret> {
        if range.start > range.end || range.end > x.len() {
            return Err(Error::Misuse("a range outside the vector"));
        }
        self.resized(x, range.len())
    }

    fn xor(&self, x: &Secret, y: &Secret) -> Result<Secret> {
        self.like(x, y)
    }

    fn not(&self, x: &Secret) -> Result<Secret> {
        self.again(x)
    }

    fn planes(&self, x: &Secret, range: Range<usize>) -> Result<Secret> {
        if range.is_empty() || range.end > x.width()? {
            return Err(Error::Misuse("bits outside the string"));
        }
        self.bits(x.len(), range.len())
    }

    fn stack(&self, list: &[&Secret]) -> Result<Secret> {
        let first = list.first().ok_or(Error::Misuse("nothing to stack"))?;
        self.bits(first.len(), list.iter().map(|s| s.width()).sum::<Result<usize>>()?)
    }

    async fn input(&mut self, from: Party, _: Option<&[i64]>, n: usize) -> Result<Secret> {
        self.pay(Op::Input { from, n });
        self.ring(n)
    }

    async fn input_bits(&mut self, from: Party, _: Option<&[u64]>, n: usize, width: usize) -> Result<Secret> {
        self.pay(Op::InputBits { from, n, width });
        self.bits(n, width)
    }

    async fn open(&mut self, x: &Secret) -> Result<Vec<i64>> {
        self.pay(Op::OpenAll { n: x.len() });
        Ok(vec![0; x.len()])
    }

    async fn open_to(&mut self, x: &Secret, to: Party) -> Result<Option<Vec<i64>>> {
        self.pay(Op::Open { to, n: x.len() });
        Ok((to == self.me()).then(|| vec![0; x.len()]))
    }

    async fn open_bits(&mut self, x: &Secret) -> Result<Vec<u64>> {
        self.pay(Op::OpenAll { n: x.len().div_ceil(64) * x.width()? });
        Ok(vec![0; x.len()])
    }

    async fn mul(&mut self, x: &Secret, y: &Secret) -> Result<Secret> {
        self.pay(Op::Mul { n: x.len() });
        self.like(x, y)
    }

    async fn mul_prefix_sums(&mut self, list: &[&Secret]) -> Result<Secret> {
        let first = list.first().ok_or(Error::Misuse("nothing to multiply"))?;
        list.iter().try_for_each(|x| self.like(first, x).map(|_| ()))?;
        self.pay(Op::Dot { n: first.len() });
        self.ring(first.len())
    }

    async fn dot(&mut self, x: &Secret, y: &Secret, k: usize) -> Result<Secret> {
        self.like(x, y)?;
        let z = self.sum(x, k)?;
        self.pay(Op::Dot { n: z.len() });
        Ok(z)
    }

    async fn matmul(&mut self, _: &Secret, _: &Secret, m: usize, _: usize, n: usize) -> Result<Secret> {
        self.pay(Op::Dot { n: m * n });
        self.ring(m * n)
    }

    async fn and(&mut self, x: &Secret, y: &Secret) -> Result<Secret> {
        self.pay(Op::And { n: x.len(), width: x.width()? });
        self.like(x, y)
    }

    async fn msb(&mut self, x: &Secret) -> Result<Secret> {
        self.pay(Op::Msb { n: x.len() });
        self.bits(x.len(), 1)
    }

    async fn is_zero(&mut self, x: &Secret) -> Result<Secret> {
        self.pay(Op::IsZero { n: x.len() });
        self.bits(x.len(), 1)
    }

    async fn to_bits(&mut self, x: &Secret, width: usize) -> Result<Secret> {
        self.pay(Op::ToBits { n: x.len(), width });
        self.bits(x.len(), width)
    }

    async fn to_ring(&mut self, x: &Secret) -> Result<Secret> {
        self.pay(Op::ToRing { n: x.len(), width: x.width()? });
        self.ring(x.len())
    }

    async fn truncate(&mut self, x: &Secret, bits: u32) -> Result<Secret> {
        if bits > 0 {
            self.pay(Op::Truncate { n: x.len() });
        }
        self.again(x)
    }

    async fn shuffle(&mut self, columns: &[&Secret]) -> Result<Vec<Secret>> {
        let n = columns.first().ok_or(Error::Misuse("nothing to shuffle"))?.len();
        let ring = columns.iter().filter(|c| c.domain() == Domain::Ring).count();
        self.pay(Op::Shuffle { n, ring, bits: columns.len() - ring });
        columns.iter().map(|c| self.again(c)).collect()
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
