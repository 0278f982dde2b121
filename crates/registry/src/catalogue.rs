//! The list in words and numbers, for people and programs: `jointly protocols`, the console, the documentation.

use jointly_core::{Adversary, Among, Correlate, Corrupt, Cost, Guarantee, Op, Parties, Party, Price, Spec, Work};
use jointly_psi::rr22::Sizes;
use serde::Serialize;

use crate::{
    COTS, ENGINES, EngineEntry, PSIS, VOLES,
    singles::{circuits, fetches, sets, transfers},
};

/// A protocol's claims.
#[derive(Clone, Debug, PartialEq, Serialize)]
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
    /// Signed integers of this many bits can be computed on; 0 where it computes on none.
    pub width: u32,
    /// What it shows beyond the result.
    pub leaks: &'static [&'static str],
    /// What an honest party can rely on.
    pub guarantee: &'static str,
    /// What some operations cost.
    pub costs: Vec<CostExample>,
}

/// What an operation on a vector costs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CostExample {
    /// Which operation.
    pub operation: &'static str,
    /// On how many values.
    pub n: usize,
    /// Bytes that each party sends, frame headers included: of two, first the sender of OTs, the holder of Δ, of a key or of a table, or
    /// the receiver of what two sets have in common.
    pub bytes: Vec<u64>,
    /// The longest chain of dependent messages.
    pub rounds: u64,
    /// Seconds that each party computes, where it was measured.
    pub seconds: Option<f64>,
}

/// Values in a cost example.
pub(crate) const N: usize = 1_000_000;

const OPERATIONS: [(&str, Op); 8] = [
    ("input", Op::Input { from: Party(0), n: N }),
    ("open", Op::OpenAll { n: N }),
    ("multiply", Op::Mul { n: N }),
    ("less than", Op::Msb { n: N }),
    ("equal", Op::IsZero { n: N }),
    ("truncate", Op::Truncate { n: N, bits: 20 }),
    ("to 32 bits", Op::ToBits { n: N, width: 32 }),
    ("shuffle", Op::Shuffle { n: N, ring: 1, bits: 0, width: 0 }),
];

/// The steps of a protocol for correlated OT: as many values as the second says.
const STEPS: [(&str, usize, Correlate); 2] =
    [("set up", 0, Correlate::Setup), ("correlated OT", N, Correlate::Extend { before: 0, n: N })];

/// Every protocol with its claims, in the lists' order.
pub fn catalogue() -> Vec<Entry> {
    let engines = ENGINES.iter().map(|entry| {
        let costs = OPERATIONS.map(|(operation, op)| on_engine(entry, operation, op));
        describe(entry.spec, costs.into())
    });
    let cots = COTS.iter().map(|entry| {
        let costs = STEPS.map(|(operation, n, step)| example(entry.spec, 2, operation, n, step));
        describe(entry.spec, costs.into())
    });
    let psis = PSIS.iter().map(|entry| {
        let sizes = Sizes { receiver: N, sender: N };
        describe(entry.spec, vec![example(entry.spec, 2, "intersect", N, sizes)])
    });
    let voles = VOLES.iter().map(|entry| single(entry.spec, 2, "random VOLE, from base OT on", N, N));
    let chains = engines.chain(cots).chain(transfers()).chain(voles).chain(psis);
    chains.chain(sets()).chain(fetches()).chain(circuits()).collect()
}

/// An entry with one example.
pub(crate) fn single<O: Clone>(spec: &Spec<Price<O>>, parties: u16, operation: &'static str, n: usize, op: O) -> Entry {
    describe(spec, vec![example(spec, parties, operation, n, op)])
}

/// What an operation costs in all: preparing what it takes, itself, and the checks that it leaves.
fn on_engine(entry: &EngineEntry, operation: &'static str, op: Op) -> CostExample {
    let (prices, among) = (entry.spec.cost, entry.usual());
    let takes = (prices.takes)(op, among);
    let owes = (prices.owes)(op, among);
    let cost = |party| {
        (prices.prepare)(&takes, among, party) + (prices.cost)(op, among, party) + (prices.settle)(&owes, among, party)
    };
    let mut work = Work::default();
    work.operation(op);
    [takes.clone(), owes.clone()].iter().for_each(|demand| work.demand(demand));
    let seconds = Some(entry.computing(among, &work)).filter(|seconds| *seconds > 0.0);
    CostExample { seconds, ..in_numbers(operation, N, among.all().map(cost).collect()) }
}

fn example<O: Clone>(spec: &Spec<Price<O>>, parties: u16, operation: &'static str, n: usize, op: O) -> CostExample {
    in_numbers(operation, n, Party::all(parties).map(|party| (spec.cost)(op.clone(), party)).collect())
}

fn in_numbers(operation: &'static str, n: usize, costs: Vec<Cost>) -> CostExample {
    let rounds = costs.iter().map(|c| c.rounds).max().unwrap_or(0);
    CostExample { operation, n, bytes: costs.iter().map(|c| c.bytes).collect(), rounds, seconds: None }
}

fn describe<C>(spec: &Spec<C>, costs: Vec<CostExample>) -> Entry {
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
        costs,
    }
}

/// A place in the security matrix: an adversary model, and who computes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// What corrupt parties may do.
    pub adversary: String,
    /// How many compute.
    pub parties: u16,
    /// How many of them may be corrupt together.
    pub corrupt: u16,
    /// The engines that stand this, whatever else they stand.
    pub engines: Vec<&'static str>,
}

/// The security matrix of engines: each adversary model, with an honest majority and without.
pub fn matrix() -> Vec<Place> {
    let models = [Adversary::SemiHonest, Adversary::PubliclyVerifiable { one_in: 2 }, Adversary::Malicious];
    let among = [Among::new(3, 1), Among::new(5, 2), Among::new(2, 1), Among::new(3, 2)];
    let place = |(adversary, among): (Adversary, Among)| {
        let secure = ENGINES.iter().filter(|e| e.spec.corrupt != Corrupt::Nobody);
        let fits = |e: &&EngineEntry| e.spec.fits(among.parties, among.corrupt, adversary);
        Place {
            adversary: adversary.to_string(),
            parties: among.parties,
            corrupt: among.corrupt,
            engines: secure.filter(fits).map(|e| e.spec.id).collect(),
        }
    };
    models.into_iter().flat_map(|model| among.map(|among| (model, among))).map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_has_every_protocol_and_its_costs() {
        let catalogue = catalogue();
        let ids: std::collections::HashSet<_> = catalogue.iter().map(|e| e.id).collect();
        assert_eq!(ids.len(), catalogue.len(), "each name once");
        let listed = ENGINES.iter().map(|e| e.spec.id).chain(COTS.iter().map(|e| e.spec.id));
        let listed = listed.chain(PSIS.iter().map(|e| e.spec.id)).chain(VOLES.iter().map(|e| e.spec.id));
        assert!(listed.into_iter().all(|id| ids.contains(id)));
        for entry in &catalogue {
            assert!(!entry.id.is_empty() && !entry.about.is_empty() && !entry.paper.is_empty(), "{}", entry.id);
            // An input may come out of seeds that parties share.
            let free = |c: &CostExample| c.operation == "input" && c.rounds == 0;
            let costs = entry.costs.iter().all(|c| free(c) || c.rounds > 0 && c.bytes.iter().any(|b| *b > 0));
            assert!(entry.id == "clear" || costs && !entry.costs.is_empty(), "{}: {:?}", entry.id, entry.costs);
        }
        let ot = catalogue.iter().find(|e| e.id == "ot/softspoken-4-malicious").unwrap();
        assert!((3_870_000..3_890_000).contains(&ot.costs[1].bytes[1]), "{:?}", ot.costs);
        let rep3 = catalogue.iter().find(|e| e.id == "rep3").unwrap();
        assert_eq!((rep3.parties.as_str(), rep3.corrupt.as_str()), ("3", "at most 1"));
        let mul = rep3.costs.iter().find(|c| c.operation == "multiply").unwrap();
        assert_eq!((mul.bytes.len(), mul.rounds), (3, 1));
        assert!(mul.bytes.iter().all(|b| (8_000_000..8_001_000).contains(b)), "{mul:?}");
    }

    #[test]
    fn the_matrix_has_rep3_where_it_stands() {
        let all = matrix();
        let with =
            |n, t| all.iter().find(|p| p.adversary == "semi-honest" && (p.parties, p.corrupt) == (n, t)).unwrap();
        assert_eq!(all.len(), 12);
        assert!(with(3, 1).engines.contains(&"rep3") && !with(3, 2).engines.contains(&"rep3"));
    }

    #[test]
    fn it_is_json() {
        let json = serde_json::to_value(catalogue()).unwrap();
        assert_eq!(json[0]["id"], "rep3");
        assert_eq!(json[0]["leaks"], serde_json::json!([]));
        assert_eq!(json[1]["corrupt"], "fewer than half");
        assert_eq!(json[0]["costs"][2]["operation"], "multiply");
    }
}
