//! How long a program takes: what its operations were measured to take, and what a link adds.
//!
//! The measurements are in `speeds.csv`, which `jointly bench --speeds` writes; `docs/benchmarks.md` says on which machine. Other machines are
//! faster or slower by a factor that is the same for all engines, about, so that the choice among them stands.

use std::sync::LazyLock;

use jointly_core::{Among, Cost, Work};

use crate::EngineEntry;

/// What connects computing parties.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// There and back, in seconds.
    pub round_trip: f64,
    /// What a party can send in a second, in bits.
    pub bits_per_second: f64,
}

impl Line {
    /// One data centre.
    pub const LAN: Line = Line { round_trip: 200e-6, bits_per_second: 10e9 };
    /// Cities of one country.
    pub const WAN: Line = Line { round_trip: 40e-3, bits_per_second: 100e6 };
    /// A thin line far away.
    pub const THIN: Line = Line { round_trip: 100e-3, bits_per_second: 2e6 };

    /// Seconds that messages of `cost` take: a round is half of there and back.
    pub fn seconds(self, cost: Cost) -> f64 {
        cost.rounds as f64 * self.round_trip / 2.0 + cost.bytes as f64 * 8.0 / self.bits_per_second
    }
}

/// One line of the table.
struct Speed {
    engine: &'static str,
    among: Among,
    operation: &'static str,
    /// Nanoseconds.
    each: f64,
    call: f64,
}

static SPEEDS: LazyLock<Vec<Speed>> = LazyLock::new(|| include_str!("speeds.csv").lines().filter_map(read).collect());

fn read(line: &'static str) -> Option<Speed> {
    let mut fields = line.split(',');
    let mut field = || fields.next();
    let (engine, parties, corrupt, operation) = (field()?, field()?, field()?, field()?);
    let among = Among::new(parties.parse().ok()?, corrupt.parse().ok()?);
    Some(Speed { engine, among, operation, each: field()?.parse().ok()?, call: field()?.parse().ok()? })
}

impl EngineEntry {
    /// Seconds of computing that `work` takes each party. Among numbers of parties that were not measured, what the next larger one takes, or
    /// in proportion to what the largest takes.
    pub fn computing(&self, among: Among, work: &Work) -> f64 {
        let seconds = |(name, done): (&'static str, jointly_core::Done)| {
            let (each, call) = self.speed(among, name);
            (each * done.values as f64 + call * done.calls as f64) * 1e-9
        };
        work.iter().map(seconds).sum()
    }

    /// Nanoseconds of an operation, for each value and for each call; nothing for what was not measured.
    pub fn speed(&self, among: Among, operation: &str) -> (f64, f64) {
        let mine = || SPEEDS.iter().filter(|s| s.engine == self.spec.id && s.operation == operation);
        let larger = mine().filter(|s| s.among.parties >= among.parties).min_by_key(|s| s.among.parties);
        let Some(known) = larger.or_else(|| mine().max_by_key(|s| s.among.parties)) else { return (0.0, 0.0) };
        let others = |among: Among| f64::from(among.parties.max(2) - 1);
        let factor = (others(among) / others(known.among)).max(1.0);
        (known.each * factor, known.call * factor)
    }
}

#[cfg(test)]
mod tests {
    use jointly_core::{Corrupt, Op};

    use super::*;
    use crate::{ENGINES, engine};

    #[test]
    fn every_operation_of_every_engine_was_measured() {
        let operations =
            [Op::Mul { n: 1 }, Op::And { n: 1, width: 1 }, Op::Msb { n: 1 }, Op::Truncate { n: 1, bits: 1 }];
        for entry in ENGINES.iter().filter(|e| e.spec.corrupt != Corrupt::Nobody) {
            for op in operations {
                let (each, _) = entry.speed(entry.usual(), op.name());
                assert!(each > 0.0, "{}: {}", entry.spec.id, op.name());
            }
        }
        assert!(SPEEDS.len() > 10 && SPEEDS.iter().all(|s| engine(s.engine).is_ok()));
    }

    #[test]
    fn time_grows_with_work_and_with_the_line() {
        let rep3 = engine("rep3").unwrap();
        let time = |n| {
            let mut work = Work::default();
            work.operation(Op::Mul { n });
            rep3.computing(rep3.usual(), &work)
        };
        assert!(time(1000) > 0.0 && time(1_000_000) > 50.0 * time(1000));
        let cost = Cost { rounds: 10, bytes: 1_000_000 };
        let lines = [Line::LAN, Line::WAN, Line::THIN].map(|line| line.seconds(cost));
        assert!(lines.is_sorted() && lines[1] > 0.27 && lines[1] < 0.29, "{lines:?}");
    }
}
