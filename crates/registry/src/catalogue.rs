//! The list in words and numbers, for people and programs: `jointly protocols`, the console, the documentation.

use jointly_core::{Corrupt, Guarantee, Op, Parties, Party};
use serde::Serialize;

use crate::{ENGINES, EngineEntry};

/// A protocol's claims.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Its name in commands, projects and benchmarks.
    pub id: &'static str,
    /// What it is, in a line.
    pub about: &'static str,
    /// Where it is published, with its proof.
    pub paper: &'static str,
    /// How many computing parties.
    pub parties: String,
    /// How many of them may be corrupt.
    pub corrupt: String,
    /// What corrupt ones may do.
    pub adversary: String,
    /// Signed integers of this many bits can be computed on.
    pub width: u32,
    /// What it shows beyond the result.
    pub leaks: &'static [&'static str],
    /// What an honest party can rely on.
    pub guarantee: &'static str,
    /// What some operations cost.
    pub costs: Vec<CostExample>,
}

/// What an operation on a vector costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CostExample {
    /// Which operation.
    pub operation: &'static str,
    /// On how many values.
    pub n: usize,
    /// Bytes that each computing party sends, frame headers included.
    pub bytes: Vec<u64>,
    /// The longest chain of dependent messages.
    pub rounds: u64,
}

/// Values in a cost example.
const N: usize = 1_000_000;

const OPERATIONS: [(&str, Op); 8] = [
    ("input", Op::Input { from: Party(0), n: N }),
    ("open", Op::OpenAll { n: N }),
    ("multiply", Op::Mul { n: N }),
    ("less than", Op::Msb { n: N }),
    ("equal", Op::IsZero { n: N }),
    ("truncate", Op::Truncate { n: N }),
    ("to 32 bits", Op::ToBits { n: N, width: 32 }),
    ("shuffle", Op::Shuffle { n: N, ring: 1, bits: 0 }),
];

/// Every protocol with its claims, in the list's order.
pub fn catalogue() -> Vec<Entry> {
    ENGINES.iter().map(describe).collect()
}

fn describe(entry: &EngineEntry) -> Entry {
    let spec = entry.spec;
    let example = |(operation, op): (&'static str, Op)| {
        let costs: Vec<_> = Party::all(entry.computing).map(|party| (spec.cost)(op, party)).collect();
        let rounds = costs.iter().map(|c| c.rounds).max().unwrap_or(0);
        CostExample { operation, n: N, bytes: costs.iter().map(|c| c.bytes).collect(), rounds }
    };
    Entry {
        id: spec.id,
        about: spec.about,
        paper: spec.paper,
        parties: match spec.parties {
            Parties::Exactly(n) => n.to_string(),
            Parties::AtLeast(n) => format!("{n} or more"),
        },
        corrupt: match spec.corrupt {
            Corrupt::Nobody => "none".into(),
            Corrupt::UpTo(t) => format!("at most {t}"),
            Corrupt::Minority => "fewer than half".into(),
            Corrupt::AllButOne => "all but one".into(),
        },
        adversary: spec.adversary.to_string(),
        width: spec.width,
        leaks: spec.leaks,
        guarantee: match spec.guarantee {
            Guarantee::IfFollowed => "right if everyone follows the protocol",
            Guarantee::Abort => "right, or the honest parties stop",
            Guarantee::IdentifiableAbort => "right, or the honest parties stop and can say who cheated",
        },
        costs: OPERATIONS.map(example).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_has_every_engine_and_its_costs() {
        let catalogue = catalogue();
        assert_eq!(catalogue.len(), ENGINES.len());
        let rep3 = catalogue.iter().find(|e| e.id == "rep3").unwrap();
        assert_eq!((rep3.parties.as_str(), rep3.corrupt.as_str()), ("3", "at most 1"));
        let mul = rep3.costs.iter().find(|c| c.operation == "multiply").unwrap();
        assert_eq!((mul.bytes.len(), mul.rounds), (3, 1));
        assert!(mul.bytes.iter().all(|b| (8_000_000..8_001_000).contains(b)), "{mul:?}");
    }

    #[test]
    fn it_is_json() {
        let json = serde_json::to_value(catalogue()).unwrap();
        assert_eq!(json[0]["id"], "rep3");
        assert_eq!(json[0]["leaks"], serde_json::json!([]));
        assert_eq!(json[1]["corrupt"], "none");
        assert_eq!(json[0]["costs"][2]["operation"], "multiply");
    }
}
