//! Which protocol for correlated OT fits a link, and why.

use std::fmt;

use jointly_core::{Adversary, Correlate, Party};

use crate::{COTS, CotEntry};

/// Seconds that an OT costs the slower side, by the beginning of its protocol's name; from `docs/benchmarks.md`. Only ratios matter.
const COMPUTING: [(&str, f64); 4] =
    [("ot/softspoken-2", 9e-9), ("ot/softspoken-4", 10e-9), ("ot/softspoken-8", 37e-9), ("ot/ferret", 20e-9)];

/// The OTs that Ferret makes at a time, about, whether all of them are wanted or not.
const AT_ONCE: usize = 2_000_000;

/// A protocol for correlated OT, and what it is the fastest for.
pub struct Fitting {
    /// The protocol.
    pub entry: &'static CotEntry,
    n: usize,
    mbit: f64,
    sent: u64,
}

/// The protocol with which `n` correlated OTs are there first over a link of `mbit` Mbit/s, set-up included, among those that stand
/// against `adversary`. `None` if there is none. Sending and computing overlap: the slower one counts.
pub fn fitting(adversary: Adversary, n: usize, mbit: f64) -> Option<Fitting> {
    let fits = COTS.iter().filter(|entry| entry.spec.adversary == adversary);
    let fastest = fits.min_by(|a, b| seconds(a, n, mbit).total_cmp(&seconds(b, n, mbit)));
    fastest.map(|entry| Fitting { entry, n, mbit, sent: sent(entry, n) })
}

/// Bytes of the party that sends more.
fn sent(entry: &CotEntry, n: usize) -> u64 {
    let bytes = |party, step| (entry.spec.cost)(step, party).bytes;
    let all = |party| bytes(party, Correlate::Setup) + bytes(party, Correlate::Extend { before: 0, n });
    all(Party(0)).max(all(Party(1)))
}

fn seconds(entry: &CotEntry, n: usize, mbit: f64) -> f64 {
    let id = entry.spec.id;
    let each = COMPUTING.iter().find(|(name, _)| id.starts_with(name)).map_or(f64::INFINITY, |(_, seconds)| *seconds);
    let computed = if id.starts_with("ot/ferret") { n.next_multiple_of(AT_ONCE) } else { n };
    (computed as f64 * each).max(sent(entry, n) as f64 * 8.0 / (mbit * 1e6))
}

impl fmt::Display for Fitting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Fitting { entry, n, mbit, sent } = self;
        let kilobytes = sent.div_ceil(1000);
        write!(f, "{}: the fastest for {n} OTs at {mbit} Mbit/s; a party sends at most {kilobytes} kB", entry.spec.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(adversary: Adversary, n: usize, mbit: f64) -> &'static str {
        fitting(adversary, n, mbit).unwrap().entry.spec.id
    }

    #[test]
    fn thin_links_compute_more_and_send_less() {
        let few = [1e6, 1000.0, 100.0].map(|mbit| id(Adversary::SemiHonest, 100_000, mbit));
        assert_eq!(few, ["ot/softspoken-2", "ot/softspoken-4", "ot/softspoken-8"]);
        assert_eq!(id(Adversary::Malicious, 10_000_000, 100.0), "ot/ferret-malicious");
        let words = fitting(Adversary::SemiHonest, 10_000_000, 100.0).unwrap().to_string();
        assert!(words.contains("ot/ferret: ") && words.contains("100 Mbit/s"), "{words}");
        assert!(fitting(Adversary::Covert { one_in: 2 }, 1, 1.0).is_none());
    }
}
