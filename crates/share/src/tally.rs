//! Runs a program with no network and no values, to learn what it will cost.

use std::{
    any::Any,
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use jointly_core::{Among, Cost, Demand, Error, Needs, Op, Party, Result, Spec, Work};
use zeroize::Zeroizing;

use crate::{Domain, Engine, Secret};

/// Counts what parties of `spec` would send. Opened values are zeros; a program must not branch on them but under [`Engine::is_dry`].
pub struct Tally {
    spec: &'static Spec,
    among: Among,
    parties: Vec<Party>,
    /// Bytes and memory are counted over all forks, rounds along the longest branch.
    books: Arc<Mutex<Books>>,
    rounds: Vec<u64>,
    /// What this branch takes from stock, and its branches in turn.
    needs: Arc<Mutex<Branch>>,
    /// What is not checked yet.
    owed: Demand,
}

struct Books {
    /// What each party sends.
    bytes: Vec<u64>,
    /// Words that a party would hold now, and at most held.
    held: u64,
    peak: u64,
    /// What is done, from a full stock.
    work: Work,
}

#[derive(Default)]
struct Branch {
    here: Demand,
    forks: Vec<Arc<Mutex<Branch>>>,
}

impl Branch {
    fn needs(&self) -> Needs {
        Needs { here: self.here.clone(), forks: self.forks.iter().map(|fork| lock(fork).needs()).collect() }
    }
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

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

const TALLY: u64 = 0;

/// What a program will cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prediction {
    /// What each computing party sends, and the rounds, preparing included.
    pub costs: Vec<Cost>,
    /// What each of the others sends, in their order.
    pub clients: Vec<Cost>,
    /// What is computed.
    pub work: Work,
    /// What it takes from stock.
    pub needs: Needs,
    /// The most bytes of shares that one of them holds at a time, and all that it takes from stock.
    pub peak_bytes: u64,
}

impl Tally {
    /// Counts for party `me`.
    pub fn new(spec: &'static Spec, among: Among, me: Party) -> Self {
        Self::over(spec, among, vec![me])
    }

    /// Counts for every computing party, in one run.
    pub fn of_all(spec: &'static Spec, among: Among) -> Self {
        Self::over(spec, among, among.all().collect())
    }

    /// Counts for every computing party, and for the `clients` that come after them: what they hand in.
    pub fn of_everyone(spec: &'static Spec, among: Among, clients: u16) -> Self {
        Self::over(spec, among, Party::all(among.parties + clients).collect())
    }

    fn over(spec: &'static Spec, among: Among, parties: Vec<Party>) -> Self {
        let rounds = vec![0; parties.len()];
        let books = Books { bytes: rounds.clone(), held: 0, peak: 0, work: Work::default() };
        let (books, needs) = (Arc::new(Mutex::new(books)), Arc::default());
        Self { spec, among, parties, books, rounds, needs, owed: Demand::none() }
    }

    /// What each party pays, from a full stock.
    pub fn costs(&self) -> Vec<Cost> {
        let books = lock(&self.books);
        self.rounds.iter().zip(&books.bytes).map(|(&rounds, &bytes)| Cost { rounds, bytes }).collect()
    }

    /// What the program takes from stock.
    pub fn needs(&self) -> Needs {
        lock(&self.needs).needs()
    }

    /// What each computing party pays for preparing that, in one go.
    pub fn preparing(&self) -> Vec<Cost> {
        let total = self.needs().total();
        let computing = self.parties.iter().filter(|party| self.among.computes(**party));
        computing.map(|party| (self.spec.cost.prepare)(&total, self.among, *party)).collect()
    }

    /// What is done from a full stock.
    pub fn online_work(&self) -> Work {
        lock(&self.books).work.clone()
    }

    /// What is done in all, preparing included.
    pub fn work(&self) -> Work {
        let mut work = self.online_work();
        work.demand(&self.needs().total());
        work
    }

    /// All of it, as it is told to people before a program runs.
    pub fn prediction(&self) -> Prediction {
        let mut costs = self.costs();
        let clients = costs.split_off(usize::from(self.among.parties));
        costs.iter_mut().zip(self.preparing()).for_each(|(cost, preparing)| *cost += preparing);
        let (work, needs) = (self.work(), self.needs());
        let peak_bytes = self.peak_bytes().saturating_add((self.spec.cost.holds)(&needs.total(), self.among));
        Prediction { costs, clients, work, needs, peak_bytes }
    }

    /// The most bytes of shares that a party holds at a time; what operations take for themselves comes on top.
    pub fn peak_bytes(&self) -> u64 {
        lock(&self.books).peak * self.spec.parts * 8
    }

    /// An operation: what it sends, takes and leaves to be checked.
    fn pay(&mut self, op: Op) {
        let (prices, among) = (&self.spec.cost, self.among);
        if self.owed.things() >= prices.most_owed {
            self.discharge();
        }
        lock(&self.needs).here += &(prices.takes)(op, among);
        self.owed += &(prices.owes)(op, among);
        lock(&self.books).work.operation(op);
        let hands_in = |party| matches!(op, Op::Input { from, .. } | Op::InputBits { from, .. } if from == party);
        let concerns = |party| among.computes(party) || hands_in(party);
        self.send(|party| if concerns(party) { (prices.cost)(op, among, party) } else { Cost::FREE });
    }

    /// Everything owed is checked.
    fn discharge(&mut self) {
        let (prices, among, owed) = (&self.spec.cost, self.among, std::mem::take(&mut self.owed));
        lock(&self.books).work.demand(&owed);
        let settle = |party| if among.computes(party) { (prices.settle)(&owed, among, party) } else { Cost::FREE };
        self.send(settle);
    }

    fn send(&mut self, cost: impl Fn(Party) -> Cost) {
        let mut books = lock(&self.books);
        for (i, party) in self.parties.iter().enumerate() {
            let cost = cost(*party);
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

    fn among(&self) -> Among {
        self.among
    }

    fn is_dry(&self) -> bool {
        true
    }

    fn measured(&self) -> Cost {
        self.costs().first().copied().unwrap_or(Cost::FREE)
    }

    async fn stock(&mut self, _: &Needs) -> Result<()> {
        Ok(())
    }

    fn pack(&mut self, _: &Demand) -> Result<Zeroizing<Vec<u8>>> {
        Ok(Zeroizing::default())
    }

    fn unpack(&mut self, _: &[u8]) -> Result<()> {
        Ok(())
    }

    async fn save(&mut self, _: &Secret) -> Result<Zeroizing<Vec<u8>>> {
        self.discharge();
        Ok(Zeroizing::default())
    }

    fn load(&mut self, _: &[u8], n: usize) -> Result<Secret> {
        self.ring(n)
    }

    async fn settle(&mut self) -> Result<()> {
        self.discharge();
        Ok(())
    }

    async fn fork(&mut self, _: &str) -> Result<Box<dyn Engine>> {
        self.discharge();
        let needs: Arc<Mutex<Branch>> = Arc::default();
        lock(&self.needs).forks.push(needs.clone());
        let (parties, books, rounds) = (self.parties.clone(), self.books.clone(), self.rounds.clone());
        Ok(Box::new(Self { spec: self.spec, among: self.among, parties, books, rounds, needs, owed: Demand::none() }))
    }

    fn join(&mut self, fork: Box<dyn Engine>) -> Result<()> {
        let fork = fork.into_any().downcast::<Self>().map_err(|_| Error::Misuse("a fork of another engine"))?;
        for (rounds, branch) in self.rounds.iter_mut().zip(fork.rounds) {
            *rounds = (*rounds).max(branch);
        }
        self.owed += &fork.owed;
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
        self.discharge();
        self.pay(Op::OpenAll { n: x.len() });
        Ok(vec![0; x.len()])
    }

    async fn open_to(&mut self, x: &Secret, to: Party) -> Result<Option<Vec<i64>>> {
        self.discharge();
        self.pay(Op::Open { to, n: x.len() });
        Ok((to == self.me()).then(|| vec![0; x.len()]))
    }

    async fn open_bits(&mut self, x: &Secret) -> Result<Vec<u64>> {
        self.discharge();
        self.pay(Op::OpenBits { n: x.len(), width: x.width()? });
        Ok(vec![0; x.len()])
    }

    async fn mul(&mut self, x: &Secret, y: &Secret) -> Result<Secret> {
        self.pay(Op::Mul { n: x.len() });
        self.like(x, y)
    }

    async fn mul_prefix_sums(&mut self, list: &[&Secret]) -> Result<Secret> {
        let first = list.first().ok_or(Error::Misuse("nothing to multiply"))?;
        list.iter().try_for_each(|x| self.like(first, x).map(|_| ()))?;
        self.pay(Op::Dot { n: first.len(), k: list.len() });
        self.ring(first.len())
    }

    async fn dot(&mut self, x: &Secret, y: &Secret, k: usize) -> Result<Secret> {
        self.like(x, y)?;
        let z = self.sum(x, k)?;
        self.pay(Op::Dot { n: z.len(), k });
        Ok(z)
    }

    async fn matmul(&mut self, _: &Secret, _: &Secret, m: usize, k: usize, n: usize) -> Result<Secret> {
        self.pay(Op::Matmul { m, k, n });
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
            self.pay(Op::Truncate { n: x.len(), bits });
        }
        self.again(x)
    }

    async fn shuffle(&mut self, columns: &[&Secret]) -> Result<Vec<Secret>> {
        let n = columns.first().ok_or(Error::Misuse("nothing to shuffle"))?.len();
        let ring = columns.iter().filter(|c| c.domain() == Domain::Ring).count();
        let width = columns.iter().filter_map(|c| c.width().ok()).sum();
        self.pay(Op::Shuffle { n, ring, bits: columns.len() - ring, width });
        columns.iter().map(|c| self.again(c)).collect()
    }

    fn into_any(self: Box<Self>) -> Box<dyn Any> {
        self
    }
}
