//! What will happen, in plain words, before it does.

use jointly_core::Party;
use jointly_psi::multiparty;
use serde::{Deserialize, Serialize};

use crate::intersect::{self, Way};
use crate::learns::{Tense, learns};
use crate::{Learners, Parties, Security, Settings, Variant, buckets};

/// The public sizes of an alignment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sizes {
    /// What each party says of the number of its rows.
    pub rows: Vec<u64>,
    /// How many buckets the items are cut into.
    pub buckets: u32,
}

impl Sizes {
    /// Those of parties with so many rows, who may each use so many bytes of memory: what will be agreed on, if it is so.
    pub fn predict(settings: &Settings, rows: &[u64], memory: u64) -> Sizes {
        let told: Vec<u64> = rows.iter().map(|rows| buckets::told(*rows, settings.hide_size)).collect();
        let way = Way::of(settings, u16::try_from(rows.len()).unwrap_or(u16::MAX));
        Sizes::new(told, buckets::capacity(memory).min(way.most_items()))
    }

    /// Buckets for these numbers of rows, of which none has many more items than the smallest capacity.
    pub(crate) fn new(rows: Vec<u64>, capacity: u64) -> Sizes {
        let buckets = buckets::count(rows.iter().copied().max().unwrap_or(0), capacity);
        Sizes { rows, buckets }
    }

    /// To what each party's buckets are filled up.
    pub fn filled(&self) -> Vec<usize> {
        self.rows.iter().map(|rows| buckets::size(*rows, self.buckets) as usize).collect()
    }
}

/// What will happen.
#[derive(Clone, Debug, Serialize)]
pub struct Plan {
    /// The protocol's name.
    pub protocol: &'static str,
    /// Where it is published.
    pub paper: &'static str,
    /// Against whom it is secure, and what a cheater can do nevertheless.
    pub security: Vec<String>,
    /// Who learns what.
    pub learns: Vec<String>,
    /// What this party writes.
    pub writes: String,
    /// The sizes, once all have said theirs.
    pub sizes: Option<Sizes>,
    /// About how many bytes all parties send, all in all.
    pub bytes: Option<u64>,
}

impl Plan {
    /// The plan as this party reads it.
    pub fn new(parties: &Parties, settings: &Settings, sizes: Option<&Sizes>) -> Plan {
        let way = Way::of(settings, parties.count());
        let (protocol, paper) = way.claims(settings);
        Plan {
            protocol,
            paper,
            security: security(parties, settings, sizes),
            learns: learns(parties, settings, Tense::Ahead),
            writes: writes(parties, settings),
            sizes: sizes.cloned(),
            bytes: sizes.map(|sizes| u64::from(sizes.buckets).saturating_mul(way.bytes(settings, &sizes.filled()))),
        }
    }
}

fn security(parties: &Parties, settings: &Settings, sizes: Option<&Sizes>) -> Vec<String> {
    if settings.security == Security::SemiHonest {
        return semi_honest(parties, settings);
    }
    let side = if parties.is_command() { "side" } else { "party" };
    let mut lines = vec![
        format!(
            "secure also against a {side} that does not follow the protocol: it learns no more than below, and finds nothing common that is not"
        ),
        format!("no protocol can see whether the keys that a {side} brings are those of its {}", table(parties)),
    ];
    for other in parties.others().filter(|other| settings.result.includes(*other)) {
        let asked = sizes.map_or("more than it says".to_owned(), |sizes| asked(sizes, other));
        lines.push(format!("how many keys {} may ask about if it cheats: {asked}", parties.who(other)));
    }
    if settings.result.parties().count() > 1 {
        lines.push(format!(
            "a {side} that cheats may let the other find only some of the keys that it asks about itself, if it chooses those of a bucket before it learns anything of \
             that bucket; and one that leaves in the middle may know the result while the other has none"
        ));
    }
    lines
}

fn asked(sizes: &Sizes, party: Party) -> String {
    let of = |list: &[u64]| list.get(party.index()).copied().unwrap_or(0);
    let filled: Vec<u64> = sizes.filled().into_iter().map(|size| size as u64).collect();
    let asked = intersect::most_asked(of(&filled) as usize) as u64 * u64::from(sizes.buckets);
    format!("some {asked}, where it says {}", of(&sizes.rows))
}

fn semi_honest(parties: &Parties, settings: &Settings) -> Vec<String> {
    let spoilt = match Way::of(settings, parties.count()) {
        Way::Ecdh => ", and may make the other's result wrong",
        Way::Many | Way::Shared => ", and may make the result wrong",
        Way::Rr22(_) => "",
    };
    let all = match (parties.is_command(), parties.count()) {
        (true, _) => "both sides follow",
        (_, 2) => "both parties follow",
        _ => "all parties follow",
    };
    let mut lines = vec![format!("secure if {all} the protocol; one that does not may learn more{spoilt}")];
    if parties.count() > 2 {
        lines.extend(multiparty::SPEC.leaks.iter().skip(1).map(ToString::to_string));
    }
    lines
}

/// What a party's rows are in.
pub(crate) fn table(parties: &Parties) -> &'static str {
    if parties.is_command() { "file" } else { "table" }
}

fn writes(parties: &Parties, settings: &Settings) -> String {
    let me = parties.me();
    let others = match (parties.is_command(), parties.count()) {
        (true, _) => "at the other side".to_owned(),
        (_, 2) => format!("at {}", parties.others().map(|other| parties.name(other)).collect::<String>()),
        _ => "at the others".to_owned(),
    };
    let it = if parties.is_command() { "this side" } else { "this party" };
    match settings.variant {
        _ if settings.result == Learners::Shared && me == intersect::RECEIVER => format!(
            "its rows in bins, in an order that is random to the other, each with a share of whether it is common; the shares in the same order as {others}"
        ),
        _ if settings.result == Learners::Shared => {
            format!("its shares alone, none of its rows, in the same order as {others}")
        }
        _ if !settings.result.includes(me) => format!("nothing: {it} does not learn the result"),
        Variant::Inner => format!("its common rows, in the same order as {others}"),
        Variant::Left => format!(
            "all its rows with the column `jointly_matched`; the common ones among them in the same order as {others}"
        ),
        Variant::Anti => "those of its rows that are not common".to_owned(),
    }
}
