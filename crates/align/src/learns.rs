//! Who learns what, in plain words.

use crate::intersect::{RECEIVER, SENDER};
use crate::plan::table;
use crate::{Learners, Parties, Settings};

/// When something is learnt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tense {
    /// It will be.
    Ahead,
    /// It has been.
    Over,
}

/// Who learns what, as this party reads it.
pub(crate) fn learns(parties: &Parties, settings: &Settings, tense: Tense) -> Vec<String> {
    let [one, all] = if tense == Tense::Ahead { ["learns", "learn"] } else { ["learnt", "learnt"] };
    let rounded = if settings.hide_size { ", rounded up to a power of two" } else { "" };
    let mut lines = match settings.result {
        Learners::Shared => shared(parties, settings, one),
        Learners::Revealed(_) => revealed(parties, settings, one),
    };
    let table = table(parties);
    if parties.count() == 2 {
        let agreed = if parties.is_command() { "the settings of the command" } else { "the settings of the alignment" };
        lines.push(format!("both {all} how many rows the other's {table} has{rounded}, and {agreed}"));
        let names = if parties.is_command() {
            "the names of the other's columns, or any value in them"
        } else {
            "any value in the other's columns"
        };
        lines.push(format!("neither {one} {names}"));
    } else {
        lines.push(format!(
            "all {all} how many rows each of the others' tables has{rounded}, and the settings of the alignment"
        ));
        lines.push(format!("nobody {one} any value in another's columns"));
    }
    lines
}

fn revealed(parties: &Parties, settings: &Settings, one: &str) -> Vec<String> {
    // Oneself first.
    let order = std::iter::once(parties.me()).chain(parties.others());
    let line = |party| {
        let who = parties.who(party);
        if !settings.result.includes(party) {
            return format!("{who} {one} nothing of which rows are common");
        }
        let mut others = parties.all().filter(|other| *other != party);
        match (others.next(), others.next()) {
            (Some(other), None) => {
                format!("{who} {one} which of its rows {} has too, and nothing of the others", parties.who(other))
            }
            _ => format!(
                "{who} {one} which of its rows all others have too, and nothing of the others, nor of what only some have in common"
            ),
        }
    };
    order.map(line).collect()
}

fn shared(parties: &Parties, settings: &Settings, one: &str) -> Vec<String> {
    let (a, b) = (parties.who(RECEIVER), parties.who(SENDER));
    let mut lines = vec![format!(
        "nobody {one} which rows are common, or how many: {a} and {b} get shares of it, which tell nothing by themselves"
    )];
    if let Some(column) = &settings.payload {
        lines.push(format!(
            "{a} {one} that {b} has a numeric column `{column}`, and what kind of number it is; of its values both get shares alone"
        ));
    }
    lines
}
