//! What will happen, in plain words, before it does.

use serde::{Deserialize, Serialize};

use crate::{Learner, Protocol, Role, Security, Settings, Variant, buckets, intersect};

/// The public sizes of an alignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sizes {
    /// What this side said of the number of its rows.
    pub mine: u64,
    /// What the other side said.
    pub theirs: u64,
    /// How many buckets the items are cut into.
    pub buckets: u32,
}

impl Sizes {
    /// To what this side's buckets and the other's are filled up.
    pub fn filled(self) -> intersect::Filled {
        let size = |rows| buckets::size(rows, self.buckets) as usize;
        intersect::Filled { mine: size(self.mine), theirs: size(self.theirs) }
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
    /// What this side writes.
    pub writes: String,
    /// The sizes, once both sides have said theirs.
    pub sizes: Option<Sizes>,
    /// About how many bytes both sides send, all in all.
    pub bytes: Option<u64>,
}

impl Plan {
    /// The plan of the side `role`.
    pub fn new(role: Role, settings: &Settings, sizes: Option<Sizes>) -> Plan {
        let (protocol, paper) = intersect::claims(settings);
        let bytes = sizes.map(|sizes| {
            let filled = sizes.filled();
            let (listener, connector) = match role {
                Role::Listener => (filled.mine, filled.theirs),
                Role::Connector => (filled.theirs, filled.mine),
            };
            u64::from(sizes.buckets) * intersect::bytes(settings, listener, connector)
        });
        Plan {
            protocol,
            paper,
            security: security(role, settings, sizes),
            learns: learns(role, settings, Tense::Ahead),
            writes: writes(role, settings),
            sizes,
            bytes,
        }
    }
}

fn security(role: Role, settings: &Settings, sizes: Option<Sizes>) -> Vec<String> {
    if settings.security == Security::SemiHonest {
        let spoilt = if settings.protocol == Protocol::Ecdh { ", and may make the other's result wrong" } else { "" };
        return vec![format!("secure if both sides follow the protocol; one that does not may learn more{spoilt}")];
    }
    let mut lines = vec![
        "secure also against a side that does not follow the protocol: it learns no more than below, and finds nothing common that is not".to_owned(),
        "no protocol can see whether the keys that a side brings are those of its file".to_owned(),
    ];
    if settings.result.includes(role.other()) {
        let asked = sizes.map_or("more than it says".to_owned(), |sizes| {
            let asked = intersect::most_asked(sizes.filled().theirs) as u64 * u64::from(sizes.buckets);
            format!("some {asked}, where it says {}", sizes.theirs)
        });
        lines.push(format!("how many keys the other side may ask about if it cheats: {asked}"));
    }
    if settings.result == Learner::Both {
        lines.push(
            "the protocol runs once in each direction: a side that cheats may bring other keys in the second, so that what the two sides find does not fit together".to_owned(),
        );
    }
    lines
}

/// When something is learnt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tense {
    /// It will be.
    Ahead,
    /// It has been.
    Over,
}

/// Who learns what, for the side `role`.
pub(crate) fn learns(role: Role, settings: &Settings, tense: Tense) -> Vec<String> {
    let [one, both] = if tense == Tense::Ahead { ["learns", "learn"] } else { ["learnt", "learnt"] };
    let rounded = if settings.hide_size { ", rounded up to a power of two" } else { "" };
    let side = |learns, whose, other| match learns {
        true => format!("{whose} {one} which of its rows {other} too, and nothing of the others"),
        false => format!("{whose} {one} nothing of which rows are common"),
    };
    vec![
        side(settings.result.includes(role), "this side", "the other side has"),
        side(settings.result.includes(role.other()), "the other side", "this side has"),
        format!("both {both} how many rows the other's file has{rounded}, and the settings of the command"),
        format!("neither {one} the names of the other's columns, or any value in them"),
    ]
}

fn writes(role: Role, settings: &Settings) -> String {
    let what = match settings.variant {
        _ if !settings.result.includes(role) => "nothing: this side does not learn the result",
        Variant::Inner => "its common rows, in the same order as at the other side",
        Variant::Left => {
            "all its rows with the column `jointly_matched`; the common ones among them in the same order as at the other side"
        }
        Variant::Anti => "those of its rows that are not common",
    };
    what.to_owned()
}
