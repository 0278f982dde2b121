//! The dataset, read row by row: which rows can be looked up, and what each group of them has now.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use futures::StreamExt;
use jointly_data::Rows;
use jointly_math::hash::{hash, hash_to};
use jointly_pir::lookup::GROUPS;
use serde::{Deserialize, Serialize};

use crate::{Error, Offer, Result, Step};

/// How many rows are named to the person whose rows they are.
const EXAMPLES: usize = 5;

/// Rows after which progress is told.
const TOLD: u64 = 100_000;

/// What the dataset has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Rows.
    pub rows: u64,
    /// Rows of which a key column is empty: nobody finds them.
    pub empty: u64,
    /// Rows whose key an earlier row has: they are left out.
    pub duplicates: u64,
    /// The numbers of some rows with an empty key.
    pub empty_examples: Vec<u64>,
    /// The numbers of some rows that are left out, each with that of the first row with its key.
    pub duplicate_examples: Vec<[u64; 2]>,
}

/// A keyed digest of each group's IDs and records, whatever their order: the sum of a pseudo-random value for each, all of which differ.
#[derive(Clone, PartialEq, Eq)]
pub struct Digests(pub Vec<[u8; 32]>);

/// What a row is found by, and its record.
pub type Row = (Vec<u8>, Vec<u8>);

/// One pass over a dataset.
pub struct Pass<'a> {
    offer: &'a Offer,
    rows: &'a dyn Rows,
    /// Makes digests, which say nothing without it.
    secret: &'a [u8; 32],
    seen: HashMap<[u8; 16], u64>,
    counts: Counts,
    digests: Digests,
}

impl<'a> Pass<'a> {
    /// Over these rows.
    pub fn new(offer: &'a Offer, rows: &'a dyn Rows, secret: &'a [u8; 32]) -> Self {
        let digests = Digests(vec![[0; 32]; GROUPS]);
        Self { offer, rows, secret, seen: HashMap::new(), counts: Counts::default(), digests }
    }

    /// Reads all rows; the first of each ID goes to `take`, some at a time.
    pub async fn run(
        mut self,
        told: &mut (dyn FnMut(Step) + Send),
        take: &mut (dyn FnMut(Vec<Row>) -> Result<()> + Send),
    ) -> Result<(Counts, Digests)> {
        let (schema, origin) = (self.rows.schema(), self.rows.origin());
        let (terms, layout) = (self.offer.terms()?, self.offer.layout()?);
        let (key, columns) = (self.offer.key.find(schema, origin)?, layout.find(schema, origin)?);
        let mut batches = self.rows.batches();
        while let Some(batch) = batches.next().await {
            let batch = batch?;
            let (ids, values) = (self.offer.key.of(&batch, &key)?, layout.values(&batch, &columns)?);
            let mut taken = Vec::new();
            for (at, id) in ids.iter().enumerate() {
                self.counts.rows += 1;
                let row = self.counts.rows;
                if row.is_multiple_of(TOLD) {
                    told(Step::Rows(row));
                }
                let Some(id) = self.first(id.map(<[u8]>::to_vec)) else { continue };
                let mut record = Vec::with_capacity(layout.bytes());
                let misfit = |what| Error::Refused(format!("{origin}, row {row}: {what}"));
                values.encode(at, &mut record).map_err(misfit)?;
                self.digest(terms.group(&id), &id, &record);
                taken.push((id, record));
            }
            take(taken)?;
        }
        told(Step::Rows(self.counts.rows));
        Ok((self.counts, self.digests))
    }

    /// The row's ID if it has one and no earlier row has it; else the row is counted as left out.
    fn first(&mut self, id: Option<Vec<u8>>) -> Option<Vec<u8>> {
        let row = self.counts.rows;
        let Some(id) = id else {
            self.counts.empty += 1;
            if self.counts.empty_examples.len() < EXAMPLES {
                self.counts.empty_examples.push(row);
            }
            return None;
        };
        match self.seen.entry(hash_to("jointly lookup 1 id", &[self.secret, &id])) {
            Entry::Vacant(place) => {
                place.insert(row);
                Some(id)
            }
            Entry::Occupied(first) => {
                self.counts.duplicates += 1;
                if self.counts.duplicate_examples.len() < EXAMPLES {
                    self.counts.duplicate_examples.push([row, *first.get()]);
                }
                None
            }
        }
    }

    fn digest(&mut self, group: usize, id: &[u8], record: &[u8]) {
        let value = hash("jointly lookup 1 digest", &[self.secret, id, record]);
        self.digests.0[group].iter_mut().zip(value).for_each(|(sum, byte)| *sum ^= byte);
    }
}

impl Digests {
    /// The groups in which two differ.
    pub fn changed(&self, other: &Digests) -> Vec<usize> {
        (0..GROUPS).filter(|group| self.0[*group] != other.0[*group]).collect()
    }
}
