//! The querier's side.

use std::fmt;

use jointly_core::{Error, Result};
use jointly_math::{Prg, Seed};
use jointly_ot::oprf::{self, Blinded, Element, Evaluation, Output};

use super::{
    Manifest,
    database::check_copy,
    place::{SLOTS, buckets_of},
    row::{self, RowKey, Tag},
};

/// A querier of one version of a look-up database.
pub struct Client {
    manifest: Manifest,
    oprf: oprf::Client,
}

/// A query under way: secret.
pub struct Pending {
    inputs: Vec<Vec<u8>>,
    blinded: Blinded,
}

/// What a querier knows of one ID after the evaluation: where its row would be, and what would open it.
pub struct Wanted {
    info: [u8; 32],
    tag: Tag,
    key: RowKey,
    buckets: [usize; 2],
    bucket_bytes: usize,
}

impl Client {
    /// A querier of a manifest that its holder signed; `last` is the one that it used before, if there was one.
    pub fn new(manifest: Manifest, last: Option<&Manifest>) -> Result<Self> {
        let key = manifest.check()?;
        last.map_or(Ok(()), |last| manifest.check_follows(last))?;
        let oprf = oprf::Client::new(&key, &manifest.info())?;
        Ok(Self { manifest, oprf })
    }

    /// The manifest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    pub(super) fn oprf(&self) -> &oprf::Client {
        &self.oprf
    }

    /// Refuses a copy of the table that was cut short, changed, or is another version's.
    pub fn check_copy(&self, table: &[u8]) -> Result<()> {
        check_copy(&self.manifest, table)
    }

    /// Step 2: blinds `n` IDs, random ones beyond those given, for who carries messages by itself; [`ask`](super::ask) does all of it.
    pub fn blind<I: AsRef<[u8]>>(&self, ids: &[I], n: usize) -> Result<Pending> {
        let inputs = self.inputs(ids, n)?;
        Ok(Pending { blinded: self.oprf.blind(&inputs)?, inputs })
    }

    /// Step 4: where the rows would be and what opens them, for all `n`, those given first. An answer under another key, or for another
    /// dataset, purpose or epoch, is refused.
    pub fn finalize(&self, pending: Pending, answer: &Evaluation) -> Result<Vec<Wanted>> {
        let outputs = self.oprf.finalize(&pending.inputs, pending.blinded, answer)?;
        Ok(outputs.iter().map(|output| self.wanted(output)).collect())
    }

    pub(super) fn inputs<I: AsRef<[u8]>>(&self, ids: &[I], n: usize) -> Result<Vec<Vec<u8>>> {
        let missing = n.checked_sub(ids.len()).ok_or(Error::Misuse("a query has no more IDs than was agreed on"))?;
        let mut prg = Prg::new(Seed::random());
        let mut inputs: Vec<_> = ids.iter().map(|id| self.manifest.input(id.as_ref())).collect();
        inputs.extend((0..missing).map(|_| {
            let mut random = vec![0; 48];
            prg.fill_bytes(&mut random);
            random
        }));
        Ok(inputs)
    }

    pub(super) fn wanted(&self, output: &Output) -> Wanted {
        let info = self.manifest.info();
        let (tag, key) = row::tag_and_key(&info, output);
        let buckets = buckets_of(&self.manifest.seed, &tag, self.manifest.buckets());
        Wanted { info, tag, key, buckets, bucket_bytes: self.manifest.bucket_bytes() }
    }
}

impl Pending {
    /// What to send to the holder.
    pub fn elements(&self) -> &[Element] {
        self.blinded.elements()
    }
}

impl Wanted {
    /// The two rows of the table to fetch, obliviously: they are as good as the ID to whoever can guess it and has an evaluation.
    pub fn buckets(&self) -> [usize; 2] {
        self.buckets
    }

    /// What the row is found by, for a way of fetching that has its own order.
    pub fn tag(&self) -> &[u8; 16] {
        &self.tag
    }

    /// The record, if there is one in these two buckets. All slots are tried, so that the time does not say where it was.
    pub fn open(&self, fetched: [&[u8]; 2]) -> Result<Option<Vec<u8>>> {
        if fetched.iter().any(|bucket| bucket.len() != self.bucket_bytes) {
            return Err(Error::Misuse("a bucket has the length that the manifest says"));
        }
        let rows = fetched.into_iter().flat_map(|bucket| bucket.chunks_exact(self.bucket_bytes / SLOTS));
        Ok(rows.filter_map(|bytes| row::open(&self.info, &self.key, bytes)).fold(None, |_, record| Some(record)))
    }

    /// The record, out of the row that was fetched by [tag](Wanted::tag).
    pub fn open_row(&self, row: &[u8]) -> Result<Option<Vec<u8>>> {
        if row.len() != self.bucket_bytes / SLOTS {
            return Err(Error::Misuse("a row has the length that the manifest says"));
        }
        Ok(row::open(&self.info, &self.key, row))
    }

    /// The record, out of a copy of the table that was [checked](Client::check_copy).
    pub fn open_copy(&self, table: &[u8]) -> Result<Option<Vec<u8>>> {
        let bucket = |i: usize| {
            let bytes = table.get(i * self.bucket_bytes..(i + 1) * self.bucket_bytes);
            bytes.ok_or(Error::Misuse("a copy has all rows of the table"))
        };
        self.open([bucket(self.buckets[0])?, bucket(self.buckets[1])?])
    }
}

impl fmt::Debug for Pending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pending(..)")
    }
}

impl fmt::Debug for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wanted(..)")
    }
}
