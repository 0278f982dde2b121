//! How long each operation of each engine takes, for predictions: `jointly bench --speeds` writes the table that `registry` holds.
//!
//! A line is `engine,parties,corrupt,operation,nanoseconds a value,nanoseconds a call`: CPU time of the slowest party, fitted through a small and
//! a large run in memory. What an operation takes from stock stands in lines of its own.

use async_trait::async_trait;
use jointly_core::{Adversary, Among, Corrupt, Cost, Demand, Need, Needs, Op, Party, Result};
use jointly_net::Ctx;
use jointly_registry::{ENGINES, EngineEntry};
use jointly_share::{Engine, Tally};

use crate::{
    Error, Network, Phase,
    benchmark::{Benchmark, Task},
    party::Sample,
    setting::Setting,
    threads,
};

/// Values of the two runs.
const SIZES: [usize; 2] = [1 << 6, 1 << 12];

/// The same where all that is taken is made and checked between every two parties.
const FEW: [usize; 2] = [1 << 4, 1 << 7];

fn sizes(entry: &EngineEntry) -> [usize; 2] {
    match (entry.spec.corrupt, entry.spec.adversary) {
        (Corrupt::AllButOne, Adversary::Malicious) => FEW,
        _ => SIZES,
    }
}

/// Bits of strings.
const WIDTH: usize = 32;

/// Which operation is measured.
#[derive(Clone, Copy)]
pub(crate) enum Timed {
    /// With what it takes in stock.
    Operation(fn(usize) -> Op),
    /// Making what of that name an operation takes.
    Preparing(fn(usize) -> Op, &'static str),
    /// Checking what an operation leaves.
    Checking(fn(usize) -> Op),
}

const OPERATIONS: [fn(usize) -> Op; 15] = [
    |n| Op::Input { from: Party(0), n },
    |n| Op::InputBits { from: Party(0), n, width: WIDTH },
    |n| Op::Open { to: Party(0), n },
    |n| Op::OpenAll { n },
    |n| Op::OpenBits { n, width: WIDTH },
    |n| Op::Mul { n },
    |n| Op::Dot { n: n / 16, k: 16 },
    |n| Op::Matmul { m: 16, k: n / 16, n: 16 },
    |n| Op::And { n, width: WIDTH },
    |n| Op::Msb { n },
    |n| Op::IsZero { n },
    |n| Op::ToBits { n, width: WIDTH },
    |n| Op::ToRing { n, width: WIDTH },
    |n| Op::Truncate { n, bits: 20 },
    |n| Op::Shuffle { n, ring: 1, bits: 1, width: WIDTH },
];

/// What leaves one kind of thing to be checked that no operation above leaves alone.
const CHECKED: [fn(usize) -> Op; 2] =
    [|n| Op::Dot { n: n / 64, k: 64 }, |n| Op::Shuffle { n, ring: 0, bits: 1, width: WIDTH }];

/// The table, line by line, of the engines whose id is one of `only`; of all where nothing is named.
pub(crate) fn speeds(only: &[String], mut line: impl FnMut(String)) -> Result<(), Error> {
    let wanted = |e: &&EngineEntry| {
        e.spec.corrupt != Corrupt::Nobody && (only.is_empty() || only.iter().any(|id| *id == e.spec.id))
    };
    for entry in ENGINES.iter().filter(wanted) {
        for among in entry.shapes {
            for (name, timed) in timed(entry, *among) {
                let [small, large] = sizes(entry).map(|n| run(entry, *among, timed, n));
                let ((few, at_few), (many, at_many)) = (small?, large?);
                let each = (at_many - at_few).max(0.0) / (many - few) as f64;
                let call = (at_few - each * few as f64).max(0.0);
                let Among { parties, corrupt } = *among;
                line(format!("{},{parties},{corrupt},{name},{each:.3},{call:.0}", entry.spec.id));
            }
        }
    }
    Ok(())
}

/// Every operation, and each kind of thing that any of them takes or leaves, by the operation that takes or leaves it alone.
fn timed(entry: &EngineEntry, among: Among) -> Vec<(&'static str, Timed)> {
    let prices = entry.spec.cost;
    let mut all: Vec<_> = OPERATIONS.iter().map(|op| (op(64).name(), Timed::Operation(*op))).collect();
    let mut add = |name: &'static str, timed| {
        if all.iter().all(|(known, _)| *known != name) {
            all.push((name, timed));
        }
    };
    for op in OPERATIONS {
        (prices.takes)(op(64), among).iter().for_each(|(need, _)| add(need.name(), Timed::Preparing(op, need.name())));
    }
    for op in OPERATIONS.into_iter().chain(CHECKED) {
        let kinds: Vec<Need> = (prices.owes)(op(64), among).iter().map(|(need, _)| need).collect();
        if let [need] = kinds[..] {
            add(need.name(), Timed::Checking(op));
        }
    }
    all
}

/// What of `demand` has this name.
fn named(demand: &Demand, name: &str) -> Demand {
    let kinds = demand.iter().filter(|(need, _)| need.name() == name);
    kinds.fold(Demand::none(), |sum, (need, count)| sum + Demand::of(need, count as usize))
}

/// Values that were worked on, and nanoseconds of the slowest party.
fn run(entry: &'static EngineEntry, among: Among, timed: Timed, n: usize) -> Result<(u64, f64), Error> {
    let benchmark = Benchmark::of_operation(entry, timed);
    let Among { parties, corrupt } = among;
    let setting =
        Setting { n, network: Network::Mem, parties: Some(parties), threshold: Some(corrupt), phase: Phase::Online };
    let outcomes = threads::run(&benchmark, parties, setting, 5);
    let mut slowest = 0f64;
    for (party, outcome) in (0..).map(Party).zip(outcomes) {
        let failed = |what| Error::Party { id: benchmark.id.clone(), network: Network::Mem, party, what };
        let samples: Vec<Sample> = outcome.map_err(|stopped| failed(stopped.what))?;
        let mut times: Vec<f64> = samples.iter().map(|s| s.cpu_seconds * 1e9).collect();
        times.sort_by(f64::total_cmp);
        slowest = slowest.max(times[times.len() / 2]);
    }
    Ok((values(entry, among, timed, n), slowest))
}

fn values(entry: &EngineEntry, among: Among, timed: Timed, n: usize) -> u64 {
    let prices = entry.spec.cost;
    let counted = |demand: Demand| demand.iter().map(|(need, count)| need.values(count)).sum();
    match timed {
        Timed::Operation(op) => op(n).values() as u64,
        Timed::Preparing(op, name) => counted(named(&(prices.takes)(op(n), among), name)),
        Timed::Checking(op) => counted((prices.owes)(op(n), among)),
    }
}

/// An operation at one party.
pub(crate) struct Operating {
    engine: Box<dyn Engine>,
    timed: Timed,
    op: Op,
    needs: Needs,
}

impl Operating {
    pub(crate) async fn start(ctx: Ctx, entry: &EngineEntry, setting: Setting, timed: Timed) -> Result<Self> {
        let among = setting.among(entry.usual());
        let (Timed::Operation(op) | Timed::Preparing(op, _) | Timed::Checking(op)) = timed;
        let op = op(setting.n);
        let mut dry = Tally::new(entry.spec, among, ctx.me());
        once(&mut dry, op).await?;
        let needs = match timed {
            // Set apart for a branch that never comes, so that the next run makes as much.
            Timed::Preparing(_, name) => {
                let here = named(&dry.needs().total(), name);
                Needs { here: Demand::none(), forks: vec![Needs { here, forks: Vec::new() }] }
            }
            _ => dry.needs(),
        };
        Ok(Self { engine: (entry.start)(ctx, among).await?, timed, op, needs })
    }
}

#[async_trait]
impl Task for Operating {
    fn measured(&self) -> Cost {
        self.engine.measured()
    }

    async fn ready(&mut self) -> Result<()> {
        self.engine.settle().await?;
        match self.timed {
            Timed::Operation(_) => self.engine.stock(&self.needs).await,
            Timed::Preparing(..) => Ok(()),
            Timed::Checking(_) => once(&mut *self.engine, self.op).await,
        }
    }

    async fn work(&mut self) -> Result<()> {
        match self.timed {
            Timed::Operation(_) => once(&mut *self.engine, self.op).await,
            Timed::Preparing(..) => self.engine.stock(&self.needs).await,
            Timed::Checking(_) => self.engine.settle().await,
        }
    }

    async fn check(&mut self) -> Result<bool> {
        Ok(true)
    }
}

/// The operation, on ones that everyone knows.
async fn once(e: &mut dyn Engine, op: Op) -> Result<()> {
    let ones = |e: &dyn Engine, n: usize| e.public(&vec![1; n]);
    let strings = |e: &dyn Engine, n: usize, width: usize| e.public_bits(&vec![1; n], width);
    match op {
        Op::Setup => {}
        Op::Input { from, n } => {
            e.input(from, (e.me() == from).then(|| vec![1; n]).as_deref(), n).await?;
        }
        Op::InputBits { from, n, width } => {
            e.input_bits(from, (e.me() == from).then(|| vec![1; n]).as_deref(), n, width).await?;
        }
        Op::OpenBits { n, width } => {
            e.open_bits(&strings(e, n, width)?).await?;
        }
        Op::And { n, width } => {
            let x = strings(e, n, width)?;
            e.and(&x, &x).await?;
        }
        Op::ToRing { n, width } => {
            e.to_ring(&strings(e, n, width)?).await?;
        }
        Op::Matmul { m, k, n } => {
            let (x, y) = (ones(e, m * k)?, ones(e, k * n)?);
            e.matmul(&x, &y, m, k, n).await?;
        }
        Op::Shuffle { n, ring, width, .. } => {
            let mut columns = vec![strings(e, n, width)?];
            columns.extend((0..ring).map(|_| ones(e, n)).collect::<Result<Vec<_>>>()?);
            e.shuffle(&columns.iter().collect::<Vec<_>>()).await?;
        }
        Op::Dot { n, k } => {
            let x = ones(e, n * k)?;
            e.dot(&x, &x, k).await?;
        }
        Op::Open { to, n } => {
            e.open_to(&ones(e, n)?, to).await?;
        }
        Op::OpenAll { n } => {
            e.open(&ones(e, n)?).await?;
        }
        Op::Mul { n } => {
            let x = ones(e, n)?;
            e.mul(&x, &x).await?;
        }
        Op::Msb { n } => {
            e.msb(&ones(e, n)?).await?;
        }
        Op::IsZero { n } => {
            e.is_zero(&ones(e, n)?).await?;
        }
        Op::ToBits { n, width } => {
            e.to_bits(&ones(e, n)?, width).await?;
        }
        Op::Truncate { n, bits } => {
            e.truncate(&ones(e, n)?, bits).await?;
        }
    }
    Ok(())
}
