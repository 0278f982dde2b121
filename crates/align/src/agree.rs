//! What parties agree on while they work: where to begin, and how large buckets are.

use jointly_core::Error as Failed;
use serde::{Deserialize, Serialize};

use crate::intersect::SENDER;
use crate::payload::Encoding;
use crate::{Error, Parties, Result, Settings, Sizes, buckets};

/// The most buckets: each is a run of the protocol, and a file.
const MOST_BUCKETS: u32 = 1 << 15;

/// How far a party has come.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Progress {
    /// The alignment that it is in, if its table is read.
    pub id: Option<[u8; 16]>,
    /// Buckets that are done.
    pub done: u32,
}

/// What a party says of its size.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// Its rows.
    pub rows: u64,
    /// How many items of a bucket it has memory for.
    pub capacity: u64,
    /// What the words are of which it gives shares.
    pub payload: Option<Encoding>,
}

/// The last words: it has everything.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Done {
    /// Bytes that it sent.
    pub sent: u64,
}

/// The first bucket that a party lacks; none where they are not in the middle of the same alignment, and begin.
pub fn first(parties: &Parties, all: &[Progress]) -> Result<Option<u32>> {
    let mine = all[parties.me().index()];
    if mine.id.is_some() && all.iter().all(|party| party.id == mine.id) {
        // Nobody ends a bucket before its receiver has ended the one before, and that one waits for all: of two parties, neither is further ahead than one.
        let ahead = if parties.count() == 2 { 1 } else { 2 };
        if let Some(from) = parties.others().find(|other| all[other.index()].done.abs_diff(mine.done) > ahead) {
            return Err(Failed::Malformed { from, what: "it says that it lacks what it must have" }.into());
        }
        return Ok(all.iter().map(|party| party.done).min());
    }
    if all.iter().any(|party| party.done > 0) {
        let words = match parties.is_command() {
            true => {
                "only one of the two sides is in the middle of this alignment: the other one was started anew. Begin again with --restart at both sides"
            }
            false => {
                "only some of the parties are in the middle of this alignment: the others were started anew. Begin again with `restart`"
            }
        };
        return Err(Error::Refused(words.to_owned()));
    }
    Ok(None)
}

/// The sizes that follow from what all say.
pub fn sizes(parties: &Parties, settings: &Settings, agreed: Option<&[u64]>, offers: &[Offer]) -> Result<Sizes> {
    for from in parties.others() {
        let Offer { rows, capacity, .. } = offers[from.index()];
        let hidden = !settings.hide_size || rows.is_power_of_two();
        if !(1..=buckets::MOST_ROWS).contains(&rows) || capacity < buckets::LEAST_CAPACITY || !hidden {
            return Err(Failed::Malformed { from, what: "its sizes are none that a party may have" }.into());
        }
        if agreed.is_some_and(|agreed| agreed.get(from.index()) != Some(&rows)) {
            return Err(Failed::Malformed { from, what: "it brings another number of rows than was agreed on" }.into());
        }
    }
    let capacity = offers.iter().map(|offer| offer.capacity).min().unwrap_or(buckets::LEAST_CAPACITY);
    let sizes = Sizes::new(offers.iter().map(|offer| offer.rows).collect(), capacity);
    if sizes.buckets > MOST_BUCKETS {
        return Err(Error::Refused(format!(
            "the tables would be cut into {} buckets, of which there are at most {MOST_BUCKETS}: allow more memory at all parties",
            sizes.buckets
        )));
    }
    Ok(sizes)
}

/// What the shared words are.
pub fn payload(parties: &Parties, settings: &Settings, offers: &[Offer]) -> Result<Option<Encoding>> {
    for from in parties.others() {
        let due = settings.payload.is_some() && from == SENDER;
        if offers[from.index()].payload.is_some() != due {
            return Err(Failed::Malformed { from, what: "it does not share what was agreed on" }.into());
        }
    }
    Ok(settings.payload.as_ref().and_then(|_| offers[SENDER.index()].payload))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Learner, Protocol, Security, Variant};
    use jointly_core::Party;

    fn three() -> Parties {
        Parties::named(Party(0), ["a", "b", "c"].map(str::to_owned).to_vec()).unwrap()
    }

    #[test]
    fn one_begins_where_somebody_lacks_something() {
        let at = |id: u8, done| Progress { id: Some([id; 16]), done };
        let begin = |all: [Progress; 3]| first(&three(), &all);
        assert_eq!(begin([at(1, 4), at(1, 3), at(1, 5)]).unwrap(), Some(3));
        assert!(begin([at(1, 4), at(1, 1), at(1, 5)]).is_err());
        assert!(begin([at(1, 4), at(2, 0), at(1, 5)]).unwrap_err().to_string().contains("only some"));
        assert_eq!(begin([at(1, 0), at(2, 0), Progress { id: None, done: 0 }]).unwrap(), None);
    }

    #[test]
    fn sizes_that_nobody_has_are_refused() {
        let settings = |hide_size| Settings {
            normalise: Settings::NORMALISE,
            key: vec!["text".into()],
            result: Learner::Both.into(),
            variant: Variant::Inner,
            protocol: Protocol::Rr22,
            security: Security::SemiHonest,
            hide_size,
            payload: None,
        };
        let offer = |rows, capacity| Offer { rows, capacity, payload: None };
        let of = |theirs, hide| sizes(&three(), &settings(hide), None, &[offer(1024, 4096), offer(4096, 2048), theirs]);
        assert_eq!(of(offer(9000, 1024), false).unwrap(), Sizes { rows: vec![1024, 4096, 9000], buckets: 16 });
        for (rows, capacity, hide) in
            [(0, 1024, false), (u64::MAX, 1024, false), (9, 1, false), (9, 0, false), (9000, 1024, true)]
        {
            assert!(of(offer(rows, capacity), hide).is_err(), "{rows} {capacity} {hide}");
        }
        let tight = sizes(&three(), &settings(false), None, &[offer(1 << 30, 1024), offer(1, 1024), offer(1, 1024)]);
        assert!(tight.unwrap_err().to_string().contains("1048576 buckets"));
        let agreed = sizes(&three(), &settings(false), Some(&[9, 9, 8]), &[offer(9, 1024); 3]);
        assert!(agreed.unwrap_err().to_string().contains("another number of rows"));
        let shares = Offer { payload: Some(Encoding::Int64), ..offer(9, 1024) };
        assert!(payload(&three(), &settings(false), &[offer(9, 1024), shares, offer(9, 1024)]).is_err());
    }
}
