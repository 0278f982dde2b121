//! What is public of a look-up database.

use jointly_core::{Error, Result};
use jointly_math::hash::hash;
use jointly_ot::oprf::{Mode, PublicKey};
use serde::{Deserialize, Serialize};

use super::{place::SLOTS, row};

/// Groups of IDs that change together: more of them make an update cheaper and say more about what has changed.
pub const GROUPS: usize = 256;

/// What an answer is good for. One database has one purpose: who may only check cannot open records.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Purpose {
    /// Whether the ID is there: do these belong together? Records are empty.
    Check,
    /// One column of the record.
    Score(String),
    /// The record.
    Record,
}

/// What a holder offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The dataset's name, unique to its holder.
    pub dataset: String,
    /// What answers are good for.
    pub purpose: Purpose,
    /// How IDs are written, in words that both sides compare: the key columns' rule.
    pub rule: String,
    /// The longest record, in bytes; all take as much. At most 65,535; 0 for [`Purpose::Check`].
    pub record_bytes: usize,
    /// IDs that there is room for, at most 2^30.
    pub capacity: usize,
}

/// A look-up database's public description.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// What is offered.
    pub terms: Terms,
    /// Counts every change.
    pub version: u64,
    /// Counts rotations of the key.
    pub epoch: u64,
    /// The public key of the OPRF, mode [`Mode::Poprf`].
    pub key: [u8; 32],
    /// For each group a random name of its present state: nobody can have asked about a coming one.
    pub generations: Vec<[u8; 16]>,
    /// Chooses the two buckets of each tag.
    pub seed: [u8; 16],
    /// Hash of the table.
    pub table: [u8; 32],
}

impl Terms {
    /// Which group an ID is in.
    pub fn group(&self, id: &[u8]) -> usize {
        usize::from(hash("jointly pir 1 lookup group", &[self.dataset.as_bytes(), id])[0]) % GROUPS
    }

    /// Rows of the table that is fetched from, and how many bytes each has.
    pub(super) fn shape(&self) -> (usize, usize) {
        // Nine tenths full; with two buckets of four slots for each up to 0.98 would fit (Cain, Sanders, Wormald, SODA 2007).
        let buckets = self.capacity.saturating_mul(10).div_ceil(9 * SLOTS) + 2;
        (buckets, row::bytes(self.record_bytes).saturating_mul(SLOTS))
    }

    pub(super) fn check(&self) -> Result<()> {
        if self.record_bytes > usize::from(u16::MAX) || self.capacity > 1 << 30 {
            return Err(Error::Misuse("a record has at most 65,535 bytes, a look-up database at most 2^30 of them"));
        }
        if self.purpose == Purpose::Check && self.record_bytes != 0 {
            return Err(Error::Misuse("a look-up database for checks has empty records"));
        }
        Ok(())
    }
}

impl Manifest {
    /// Rows of the table that is fetched from.
    pub fn buckets(&self) -> usize {
        self.terms.shape().0
    }

    /// Bytes of such a row.
    pub fn bucket_bytes(&self) -> usize {
        self.terms.shape().1
    }

    /// Bytes of one ID's row, of which a bucket has four.
    pub fn row_bytes(&self) -> usize {
        row::bytes(self.terms.record_bytes)
    }

    /// The hash that names this manifest in evidence.
    pub fn digest(&self) -> [u8; 32] {
        let Terms { dataset, rule, record_bytes, capacity, .. } = &self.terms;
        let numbers = [self.version, self.epoch, *record_bytes as u64, *capacity as u64].map(u64::to_le_bytes);
        let (kind, column) = self.purpose();
        let texts = [dataset.as_bytes(), rule.as_bytes(), kind, column];
        let rest: [&[u8]; 5] =
            [numbers.as_flattened(), &self.key, self.generations.as_flattened(), &self.seed, &self.table];
        hash("jointly pir 1 lookup manifest", &[&texts[..], &rest[..]].concat())
    }

    /// Which group an ID is in.
    pub fn group(&self, id: &[u8]) -> usize {
        self.terms.group(id)
    }

    /// The OPRF's private input for an ID.
    pub(super) fn input(&self, id: &[u8]) -> Vec<u8> {
        [&self.generations[self.group(id)], id].concat()
    }

    /// The OPRF's public input, and what rows are bound to.
    pub(super) fn info(&self) -> [u8; 32] {
        let (kind, column) = self.purpose();
        let epoch = self.epoch.to_le_bytes();
        hash("jointly pir 1 lookup public input", &[self.terms.dataset.as_bytes(), kind, column, &epoch])
    }

    /// The hash that a table of this manifest must have.
    pub(super) fn hash_table(table: &[u8]) -> [u8; 32] {
        hash("jointly pir 1 lookup table", &[table])
    }

    /// The public key, once all of the manifest has been seen to be well-formed.
    pub(super) fn check(&self) -> Result<PublicKey> {
        self.terms.check()?;
        let key = PublicKey::from_bytes(Mode::Poprf, &self.key);
        key.filter(|_| self.generations.len() == GROUPS).ok_or_else(|| {
            Error::Refused("the look-up database's manifest is malformed: ask its holder for it again".into())
        })
    }

    /// Whether a querier that has seen `last` may use this one: the same database, and not an older version of it. Who gets two different
    /// manifests of one version has proof of it in both.
    pub fn check_follows(&self, last: &Manifest) -> Result<()> {
        let same = |m: &Manifest| (m.terms.dataset.clone(), m.terms.purpose.clone());
        if same(self) != same(last) {
            return Err(Error::Misuse("a manifest follows one of the same look-up database"));
        }
        if self.version < last.version || self.epoch < last.epoch {
            return Err(Error::Refused(format!(
                "version {} of the look-up database is out of date: version {} was seen before. Ask its holder for the current one",
                self.version, last.version
            )));
        }
        if self.version == last.version && self.digest() != last.digest() {
            let check = "that one version of a look-up database is one database";
            return Err(Error::Cheated { by: None, check, proof: None });
        }
        Ok(())
    }

    fn purpose(&self) -> (&'static [u8], &[u8]) {
        match &self.terms.purpose {
            Purpose::Check => (b"check", b""),
            Purpose::Score(column) => (b"score", column.as_bytes()),
            Purpose::Record => (b"record", b""),
        }
    }
}
