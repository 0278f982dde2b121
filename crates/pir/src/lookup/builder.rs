//! Making a database of rows that come in parts, so that they need not all be in memory as their dataset has them.

use std::fmt;

use jointly_core::Result;
use jointly_math::{Prg, Seed};
use jointly_ot::oprf::{Evaluator, SecretKey};

use super::{
    Database, GROUPS, Manifest, Terms,
    database::{self, CHUNK, Entry},
    row::{RowKey, Tag},
};

/// A database to which rows come in parts: their IDs are evaluated and forgotten, their records are kept until all are there.
pub struct Builder {
    manifest: Manifest,
    evaluator: Evaluator,
    /// The end of each record in `records`, beside what its ID came to.
    entries: Vec<(Tag, RowKey, u8, usize)>,
    records: Vec<u8>,
}

impl Builder {
    /// What follows after a version and an epoch, (0, 0) if there is nothing: under another key, and on other terms if so wished.
    pub fn new(terms: Terms, key: &SecretKey, (version, epoch): (u64, u64)) -> Result<Self> {
        terms.check()?;
        let mut prg = Prg::new(Seed::random());
        let public = *key.public()?.as_bytes();
        let manifest = Manifest {
            terms,
            version: version.saturating_add(1),
            epoch: epoch.saturating_add(1),
            key: public,
            generations: (0..GROUPS).map(|_| prg.block().to_bytes()).collect(),
            seed: prg.block().to_bytes(),
            table: [0; 32],
        };
        manifest.check()?;
        let evaluator = key.evaluator(&manifest.info())?;
        Ok(Self { manifest, evaluator, entries: Vec::new(), records: Vec::new() })
    }

    /// Takes some IDs and records. Every ID stands once among all that come.
    pub fn add<I: AsRef<[u8]>, R: AsRef<[u8]>>(&mut self, rows: &[(I, R)]) -> Result<()> {
        for chunk in rows.chunks(CHUNK) {
            if self.entries.len() + chunk.len() > self.manifest.terms.capacity {
                return Err(database::full());
            }
            let ids: Vec<&[u8]> = chunk.iter().map(|(id, _)| id.as_ref()).collect();
            let evaluated = self.manifest.evaluate(&self.evaluator, &ids)?;
            for ((tag, key, group), (_, record)) in evaluated.into_iter().zip(chunk) {
                self.records.extend_from_slice(record.as_ref());
                self.entries.push((tag, key, group, self.records.len()));
            }
        }
        Ok(())
    }

    /// The database.
    pub fn finish(self) -> Result<Database> {
        let Self { manifest, entries, records, .. } = self;
        let mut start = 0;
        let entry = |(tag, key, group, end)| {
            let record = &records[start..end];
            start = end;
            Entry { tag, key, group, record }
        };
        Database::new(manifest, entries.into_iter().map(entry).collect())
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Builder(..)")
    }
}
