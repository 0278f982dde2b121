//! The holder's side: making a look-up database, changing it, rotating its key.

use std::{collections::BTreeSet, fmt};

use jointly_core::{Error, Result};
use jointly_math::{Prg, Seed};
use jointly_ot::oprf::{Evaluator, SecretKey};

use super::{
    GROUPS, Manifest, Terms,
    place::{Places, SLOTS},
    row::{self, RowKey, Tag},
};

/// IDs that are evaluated at a time.
const CHUNK: usize = 4096;

/// A look-up database with what only its holder keeps of it.
#[derive(Clone)]
pub struct Database {
    manifest: Manifest,
    table: Vec<u8>,
    places: Places,
    /// For each slot the group of the ID that stands there.
    groups: Vec<u8>,
}

/// What an update changed, for tables that a [`Database`] is served from.
#[derive(Debug, PartialEq, Eq)]
pub struct Changes {
    /// Tables by tag: new rows, and tags that are gone.
    pub by_tag: Vec<([u8; 16], Option<Vec<u8>>)>,
    /// Tables by index: the buckets that have changed, ascending.
    pub buckets: Vec<usize>,
}

/// A row that is to be put in.
struct Entry<'a> {
    tag: Tag,
    key: RowKey,
    group: u8,
    record: &'a [u8],
}

impl Database {
    /// Version 1, epoch 1 of a database of these IDs and records, under a key of mode [`Mode::Poprf`](jointly_ot::oprf::Mode::Poprf). Every
    /// ID stands once.
    pub fn publish<I: AsRef<[u8]>, R: AsRef<[u8]>>(terms: Terms, key: &SecretKey, rows: &[(I, R)]) -> Result<Self> {
        Self::build(Builder::new(terms, key, (0, 0))?, rows)
    }

    /// The next version under another key, in a new epoch: everything is evaluated and encrypted anew, and no answer of before opens any of
    /// it.
    pub fn rotate<I: AsRef<[u8]>, R: AsRef<[u8]>>(&self, key: &SecretKey, rows: &[(I, R)]) -> Result<Self> {
        let Manifest { terms, version, epoch, .. } = &self.manifest;
        Self::build(Builder::new(terms.clone(), key, (*version, *epoch))?, rows)
    }

    fn build<I: AsRef<[u8]>, R: AsRef<[u8]>>(mut builder: Builder, rows: &[(I, R)]) -> Result<Self> {
        builder.add(rows)?;
        builder.finish()
    }

    /// The next version, in which the IDs of these groups are the ones in `rows`: all that these groups have now, changed or not. They move
    /// on to their next generation. After an error everything is as it was.
    pub fn update<I: AsRef<[u8]>, R: AsRef<[u8]>>(
        &mut self,
        key: &SecretKey,
        groups: &[usize],
        rows: &[(I, R)],
    ) -> Result<Changes> {
        if groups.iter().any(|group| *group >= GROUPS) {
            return Err(Error::Misuse("there are 256 groups"));
        }
        if rows.iter().any(|(id, _)| !groups.contains(&self.manifest.group(id.as_ref()))) {
            return Err(Error::Misuse("an update has rows of the groups that it names only"));
        }
        let evaluator = self.evaluator(key)?;
        let gone: Vec<usize> = (0..self.groups.len())
            .filter(|slot| self.places.tags()[*slot].is_some() && groups.contains(&usize::from(self.groups[*slot])))
            .collect();
        let mut next = self.manifest.clone();
        next.version += 1;
        for group in (0..GROUPS).filter(|group| groups.contains(group)) {
            next.generations[group] = *Seed::random().as_bytes();
        }
        if rows.iter().any(|(_, record)| record.as_ref().len() > self.manifest.terms.record_bytes) {
            return Err(Error::Refused("a record is longer than was offered: publish again with room for it".into()));
        }
        let last = std::mem::replace(&mut self.manifest, next);
        let left: Vec<Tag> = gone.iter().filter_map(|slot| self.places.tags()[*slot]).collect();
        let put = self.entries(&evaluator, rows).and_then(|entries| Ok((self.put(&gone, &entries)?, entries)));
        let (buckets, entries) = put.inspect_err(|_| self.manifest = last)?;
        let new =
            entries.iter().filter_map(|entry| self.places.find(&entry.tag).map(|slot| (entry.tag, self.row(slot))));
        let by_tag = left.into_iter().map(|tag| (tag, None)).chain(new.map(|(tag, row)| (tag, Some(row.to_vec()))));
        Ok(Changes { by_tag: by_tag.collect(), buckets })
    }

    /// Tags, keys and records, ascending by tags: the order in which they are put in says nothing about the dataset's.
    fn entries<'a, I: AsRef<[u8]>, R: AsRef<[u8]>>(
        &self,
        evaluator: &Evaluator,
        rows: &'a [(I, R)],
    ) -> Result<Vec<Entry<'a>>> {
        let mut entries = Vec::with_capacity(rows.len());
        for chunk in rows.chunks(CHUNK) {
            let ids: Vec<&[u8]> = chunk.iter().map(|(id, _)| id.as_ref()).collect();
            let evaluated = self.manifest.evaluate(evaluator, &ids)?;
            entries.extend(evaluated.into_iter().zip(chunk).map(|((tag, key, group), (_, record))| Entry {
                tag,
                key,
                group,
                record: record.as_ref(),
            }));
        }
        sort(&mut entries)?;
        Ok(entries)
    }

    /// Takes the rows in `gone` out, puts others in, and states the new table's hash: the buckets that have changed. Or refuses, and
    /// everything is as it was.
    fn put(&mut self, gone: &[usize], entries: &[Entry<'_>]) -> Result<Vec<usize>> {
        if self.len() - gone.len() + entries.len() > self.manifest.terms.capacity {
            return Err(full());
        }
        let mut places = self.places.clone();
        gone.iter().for_each(|slot| places.remove(*slot));
        let ways: Option<Vec<_>> = entries.iter().map(|entry| places.insert(entry.tag)).collect();
        let ways = ways.ok_or_else(full)?;

        self.places = places;
        let (info, mut prg) = (self.manifest.info(), Prg::new(Seed::random()));
        gone.iter().for_each(|slot| prg.fill_bytes(self.row_mut(*slot)));
        let bytes = self.manifest.row_bytes();
        for (entry, way) in entries.iter().zip(&ways) {
            for pair in way.windows(2).rev() {
                self.table.copy_within(pair[0] * bytes..(pair[0] + 1) * bytes, pair[1] * bytes);
                self.groups[pair[1]] = self.groups[pair[0]];
            }
            let mut nonce = [0; 12];
            prg.fill_bytes(&mut nonce);
            row::seal(&info, &entry.key, nonce, entry.record, self.row_mut(way[0]))?;
            self.groups[way[0]] = entry.group;
        }
        self.manifest.table = Manifest::hash_table(&self.table);

        let touched: BTreeSet<usize> = ways.iter().flatten().chain(gone).map(|slot| slot / SLOTS).collect();
        Ok(touched.into_iter().collect())
    }

    /// What evaluates queries. The key must be the one that the database was made with.
    pub fn evaluator(&self, key: &SecretKey) -> Result<Evaluator> {
        if key.public()?.as_bytes() != &self.manifest.key {
            return Err(Error::Misuse("a look-up database is answered for with the key that it was made with"));
        }
        key.evaluator(&self.manifest.info())
    }

    /// What is public.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The table that is fetched from: [`Manifest::buckets`] rows of [`Manifest::bucket_bytes`]. Safe to hand to queriers as a copy.
    pub fn rows(&self) -> &[u8] {
        &self.table
    }

    /// Its rows by their tags, each of [`Manifest::row_bytes`]: for a table that is fetched from by tag instead of bucket.
    pub fn rows_by_tag(&self) -> impl Iterator<Item = ([u8; 16], &[u8])> {
        self.places.tags().iter().enumerate().filter_map(|(slot, tag)| Some(((*tag)?, self.row(slot))))
    }

    /// IDs in it.
    pub fn len(&self) -> usize {
        self.places.tags().iter().flatten().count()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What the holder keeps to itself, beside manifest and table, to change the database later: a tag and a group for each slot.
    pub fn private_index(&self) -> Vec<u8> {
        let slot = |(tag, group): (&Option<Tag>, &u8)| {
            let mut bytes = [0; INDEX];
            if let Some(tag) = tag {
                bytes[0] = 1;
                bytes[1] = *group;
                bytes[2..].copy_from_slice(tag);
            }
            bytes
        };
        self.places.tags().iter().zip(&self.groups).flat_map(slot).collect()
    }

    /// The database that was stored in these three parts. One that was cut short, whose table was changed, or whose index is none that
    /// [`private_index`](Database::private_index) writes is refused.
    pub fn restore(manifest: Manifest, table: Vec<u8>, private_index: &[u8]) -> Result<Self> {
        manifest.check()?;
        check_copy(&manifest, &table)?;
        let slots: Vec<&[u8; INDEX]> = private_index.as_chunks().0.iter().collect();
        let tag = |slot: &&[u8; INDEX]| (slot[0] == 1).then(|| std::array::from_fn(|i| slot[i + 2]));
        let written = |slot: &&[u8; INDEX]| slot[0] == 1 || **slot == [0; INDEX];
        let whole = slots.len() * INDEX == private_index.len() && slots.iter().all(written);
        let places = Places::restore(manifest.seed, manifest.buckets(), slots.iter().map(tag).collect());
        let places = places.filter(|_| whole).ok_or_else(|| damaged("index"))?;
        Ok(Self { manifest, table, places, groups: slots.iter().map(|slot| slot[1]).collect() })
    }

    fn row(&self, slot: usize) -> &[u8] {
        let bytes = self.manifest.row_bytes();
        &self.table[slot * bytes..][..bytes]
    }

    fn row_mut(&mut self, slot: usize) -> &mut [u8] {
        let bytes = self.manifest.row_bytes();
        &mut self.table[slot * bytes..][..bytes]
    }
}

impl Manifest {
    /// Tag, key and group of each of these IDs.
    fn evaluate(&self, evaluator: &Evaluator, ids: &[&[u8]]) -> Result<Vec<(Tag, RowKey, u8)>> {
        let info = self.info();
        let inputs: Vec<_> = ids.iter().map(|id| self.input(id)).collect();
        let outputs = evaluator.evaluate(&inputs)?;
        let evaluated = ids.iter().zip(&outputs).map(|(id, output)| {
            let (tag, key) = row::tag_and_key(&info, output);
            (tag, key, self.group(id) as u8)
        });
        Ok(evaluated.collect())
    }
}

/// By tag; refuses an ID that stands more than once.
fn sort(entries: &mut [Entry<'_>]) -> Result<()> {
    entries.sort_unstable_by_key(|entry| entry.tag);
    if entries.windows(2).any(|pair| pair[0].tag == pair[1].tag) {
        return Err(Error::Refused("an ID stands more than once: choose one record for it".into()));
    }
    Ok(())
}

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
            version: version + 1,
            epoch: epoch + 1,
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
                return Err(full());
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
        // Slots that are nobody's look like rows.
        let mut table = vec![0; manifest.buckets() * manifest.bucket_bytes()];
        Prg::new(Seed::random()).fill_bytes(&mut table);
        let (buckets, seed) = (manifest.buckets(), manifest.seed);
        let mut database =
            Database { manifest, table, places: Places::new(seed, buckets), groups: vec![0; buckets * SLOTS] };
        let mut start = 0;
        let entry = |(tag, key, group, end)| {
            let record = &records[start..end];
            start = end;
            Entry { tag, key, group, record }
        };
        let mut entries: Vec<Entry<'_>> = entries.into_iter().map(entry).collect();
        sort(&mut entries)?;
        database.put(&[], &entries)?;
        Ok(database)
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Builder(..)")
    }
}

/// Says what it is, not what is in it.
impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Database({}, version {}, ..)", self.manifest.terms.dataset, self.manifest.version)
    }
}

/// Bytes of a slot in the private index.
const INDEX: usize = 18;

/// Refuses a table that is not the manifest's: cut short, of another version, or changed.
pub(super) fn check_copy(manifest: &Manifest, table: &[u8]) -> Result<()> {
    let whole = table.len() == manifest.buckets() * manifest.bucket_bytes();
    if !whole || Manifest::hash_table(table) != manifest.table {
        return Err(damaged("table"));
    }
    Ok(())
}

fn damaged(what: &str) -> Error {
    Error::Refused(format!("the look-up database's {what} is not the one of its manifest: fetch or publish it again"))
}

fn full() -> Error {
    Error::Refused("the look-up database has no room for so many IDs: publish it again with a larger capacity".into())
}
