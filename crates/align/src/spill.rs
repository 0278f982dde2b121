//! The own rows and their items on disk, in shards by the top bits of the item: what memory cannot hold, read once.
//!
//! A shard is three files: the rows as they stood in the source (Arrow IPC), while it is written the items of its rows and their numbers, and then
//! its different items in ascending order, and behind them for each the place of the first row that has it. Shards are this side's affair: their
//! number follows from the file's size, buckets are made of them.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use datafusion::arrow::array::{RecordBatch, UInt32Array};
use datafusion::arrow::compute::{concat_batches, take_record_batch};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::ipc::reader::StreamReader;
use datafusion::arrow::ipc::writer::StreamWriter;
use futures::StreamExt;
use jointly_data::Rows;
use jointly_psi::items::Salt;
use serde::{Deserialize, Serialize};

use crate::{Duplicates, Error, Key, Parties, Result, buckets};

/// The most bytes of text for each shard, and the most shards there are: each keeps two files open while it is written.
const SHARD_BYTES: u64 = 16 << 20;
const MOST_SHARDS: u64 = 256;
/// Rows that are sorted into shards at a time, for each shard; and the most bytes of them.
const ROWS_AT_ONCE: usize = 1024;
const BYTES_AT_ONCE: usize = 32 << 20;
/// Bytes of an item, with its row's number, and with its place.
const ITEM: usize = 16;
const WITH_ROW: usize = 24;
const WITH_PLACE: usize = 20;
/// How many rows are named to the person whose rows they are.
const EXAMPLES: usize = 5;

/// What the own file has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Rows.
    pub rows: u64,
    /// Rows of which a key column is empty: they match nothing.
    pub empty: u64,
    /// Rows whose key an earlier row has: they are left out.
    pub duplicates: u64,
    /// The numbers of some rows with an empty key.
    pub empty_examples: Vec<u64>,
    /// The numbers of some rows that are left out, each with that of the first row with its key.
    pub duplicate_examples: Vec<[u64; 2]>,
}

impl Counts {
    /// What the person whose rows they are should look at.
    pub fn warnings(&self) -> Vec<String> {
        let note = |rows: u64, have: &str, named: Vec<u64>| {
            let more = if rows > named.len() as u64 { ", …" } else { "" };
            let named: Vec<String> = named.iter().map(u64::to_string).collect();
            format!("{rows} {have}: row {}{more}", named.join(", "))
        };
        let mut warnings = Vec::new();
        if self.empty > 0 {
            let have = "of the rows have an empty key and match nothing";
            warnings.push(note(self.empty, have, self.empty_examples.clone()));
        }
        if self.duplicates > 0 {
            let named = self.duplicate_examples.iter().map(|[row, _]| *row).collect();
            let have = "of the rows have the key of an earlier one and were left out";
            warnings.push(note(self.duplicates, have, named));
        }
        warnings
    }
}

/// The shards in a folder.
#[derive(Clone, Debug)]
pub struct Spill {
    folder: PathBuf,
    shards: u32,
}

/// How many shards rows of so many bytes are put into, where so many bytes of memory may be used: some 64 shards fit.
pub fn shards(bytes: Option<u64>, memory: u64) -> u32 {
    let shard = (memory / 64).clamp(16 << 10, SHARD_BYTES);
    let shards = bytes.map_or(MOST_SHARDS / 4, |bytes| bytes / shard);
    shards.clamp(1, MOST_SHARDS).next_power_of_two() as u32
}

impl Spill {
    /// The shards in `folder`, made or to be made.
    pub fn new(folder: &Path, shards: u32) -> Self {
        Self { folder: folder.to_owned(), shards }
    }

    /// How many shards there are.
    pub fn shards(&self) -> u32 {
        self.shards
    }

    fn path(&self, what: &str, shard: u32) -> PathBuf {
        self.folder.join(format!("{what}-{shard:03}"))
    }

    /// Reads the whole source into the shards. Rows without an item are put aside where `keep_empty`.
    pub async fn write(
        &self,
        source: &dyn Rows,
        key: &Key,
        salt: &Salt,
        keep_empty: bool,
        mut told: impl FnMut(u64) + Send,
    ) -> Result<Counts> {
        let columns = key.find(source.schema(), source.origin())?;
        let mut writer = Writer::new(self, source.schema(), keep_empty)?;
        let mut batches = source.batches();
        while let Some(batch) = batches.next().await {
            let batch = batch?;
            let keys = key.of(&batch, &columns)?;
            let items = salt.items(&keys.iter().collect::<Vec<_>>());
            writer.put(batch, items.into_iter().map(|item| item.map(u128::from)))?;
            told(writer.counts.rows);
        }
        writer.finish()
    }

    /// Sorts every shard's items and takes out repetitions.
    pub fn sort(&self, parties: &Parties, duplicates: Duplicates, counts: &mut Counts) -> Result<()> {
        let mut pairs = Vec::new();
        for shard in 0..self.shards {
            let path = self.path("items", shard);
            let bytes = std::fs::read(&path).map_err(Error::file("read", &path))?;
            let (records, _) = bytes.as_chunks::<WITH_ROW>();
            let mut items = ascending(records, self.shards);
            let row = |place: u32| u64_at(&records[place as usize], ITEM);
            for run in items.chunk_by(|a, b| a.0 == b.0).filter(|run| run.len() > 1) {
                counts.duplicates += run.len() as u64 - 1;
                pairs.extend(run[1..].iter().map(|(_, place)| [row(*place), row(run[0].1)]));
            }
            pairs.sort_unstable();
            pairs.truncate(EXAMPLES);
            items.dedup_by_key(|(item, _)| *item);
            self.keep(shard, &items)?;
            std::fs::remove_file(&path).map_err(Error::file("delete", &path))?;
        }
        counts.duplicate_examples = pairs;
        if duplicates == Duplicates::Refuse && counts.duplicates > 0 {
            let named: Vec<String> = counts
                .duplicate_examples
                .iter()
                .map(|[row, first]| format!("row {row} has that of row {first}"))
                .collect();
            return Err(Error::Own(format!(
                "{} rows have the key of an earlier row: {}. Correct the table, or let the first row stand ({})",
                counts.duplicates,
                named.join(", "),
                parties.given("duplicates", "first")
            )));
        }
        Ok(())
    }

    /// Writes down the different items of a shard, and their places.
    fn keep(&self, shard: u32, items: &[(u128, u32)]) -> Result<()> {
        let path = self.path("set", shard);
        let written = || {
            let mut file = BufWriter::with_capacity(1 << 16, File::create(&path)?);
            items.iter().try_for_each(|(item, _)| file.write_all(&item.to_le_bytes()))?;
            items.iter().try_for_each(|(_, place)| file.write_all(&place.to_le_bytes()))?;
            file.flush()
        };
        written().map_err(Error::file("write", &path))
    }

    /// The shards in which a bucket's items are.
    fn shards_of(&self, bucket: u32, buckets: u32) -> std::ops::Range<u32> {
        let (s, b) = (u64::from(self.shards), u64::from(buckets));
        let first = u64::from(bucket) * s / b;
        let last = (u64::from(bucket) + 1) * s / b;
        first as u32..last.max(first + 1) as u32
    }

    /// The different items of a bucket, ascending, with room for so many.
    pub fn bucket(&self, bucket: u32, buckets: u32, room: usize) -> Result<Vec<u128>> {
        let mut items = Vec::with_capacity(room);
        for shard in self.shards_of(bucket, buckets) {
            self.read_items(shard, &mut items)?;
        }
        if buckets > self.shards {
            items.retain(|item| buckets::of(*item, buckets) == bucket);
        }
        Ok(items)
    }

    /// The rows of a bucket's items, in the items' order; of `column` alone, if one is named.
    pub fn bucket_rows(&self, bucket: u32, buckets: u32, column: Option<usize>) -> Result<RecordBatch> {
        let mut parts = Vec::new();
        for shard in self.shards_of(bucket, buckets) {
            let mut places = self.places(shard)?;
            if buckets > self.shards {
                let mut here = self.items(shard)?.into_iter().map(|item| buckets::of(item, buckets) == bucket);
                places.retain(|_| here.next() == Some(true));
            }
            let mut rows = self.rows(shard)?;
            if let Some(column) = column {
                rows = rows.project(&[column]).map_err(Error::rows)?;
            }
            parts.push(take_record_batch(&rows, &UInt32Array::from(places)).map_err(Error::rows)?);
        }
        let schema = parts.first().map(RecordBatch::schema).ok_or_else(|| Error::rows("a bucket has a shard"))?;
        concat_batches(&schema, &parts).map_err(Error::rows)
    }

    /// How many different items each bucket has.
    pub fn sizes(&self, buckets: u32) -> Result<Vec<u64>> {
        let mut sizes = vec![0; buckets as usize];
        for shard in 0..self.shards {
            // A shard is in one bucket, or some buckets are in it.
            if buckets <= self.shards {
                let bucket = u64::from(shard) * u64::from(buckets) / u64::from(self.shards);
                sizes[bucket as usize] += self.set(shard)?.2 as u64;
            } else {
                self.items(shard)?.into_iter().for_each(|item| sizes[buckets::of(item, buckets) as usize] += 1);
            }
        }
        Ok(sizes)
    }

    /// The different items of a shard, ascending.
    pub fn items(&self, shard: u32) -> Result<Vec<u128>> {
        let mut items = Vec::new();
        self.read_items(shard, &mut items)?;
        Ok(items)
    }

    /// Of each of the [items](Spill::items) its row's place in the shard.
    pub fn places(&self, shard: u32) -> Result<Vec<u32>> {
        let (path, mut file, n) = self.set(shard)?;
        let mut places = vec![0; n];
        let read = file.seek(SeekFrom::Start((n * ITEM) as u64));
        read.and_then(|_| file.read_exact(bytemuck::cast_slice_mut(&mut places)))
            .map_err(Error::file("read", &path))?;
        Ok(places)
    }

    /// Appends the items of a shard. They are little-endian, as numbers in memory are.
    fn read_items(&self, shard: u32, items: &mut Vec<u128>) -> Result<()> {
        let (path, mut file, n) = self.set(shard)?;
        let before = items.len();
        items.resize(before + n, 0);
        file.read_exact(bytemuck::cast_slice_mut(&mut items[before..])).map_err(Error::file("read", &path))
    }

    /// The file of a shard's different items, and how many there are.
    fn set(&self, shard: u32) -> Result<(PathBuf, File, usize)> {
        let path = self.path("set", shard);
        let file = File::open(&path).map_err(Error::file("open", &path))?;
        let bytes = file.metadata().map_err(Error::file("read", &path))?.len();
        Ok((path, file, bytes as usize / WITH_PLACE))
    }

    /// The rows of a shard, in the source's order.
    pub fn rows(&self, shard: u32) -> Result<RecordBatch> {
        read(&self.path("rows", shard))
    }

    /// The rows without an item, if they were put aside.
    pub fn keyless(&self) -> Result<RecordBatch> {
        read(&self.path("rows", self.shards))
    }
}

/// Items in ascending order, each with its place: first put into parts by the bits behind those of the shard, so that each is sorted in a core's cache.
fn ascending(records: &[[u8; WITH_ROW]], shards: u32) -> Vec<(u128, u32)> {
    let parts = records.len().div_ceil(512).next_power_of_two().min(1 << 11);
    let part = |item: u128| buckets::of(item << shards.ilog2(), parts as u32) as usize;
    let mut starts = vec![0; parts + 1];
    records.iter().for_each(|record| starts[part(number(record)) + 1] += 1);
    (0..parts).for_each(|i| starts[i + 1] += starts[i]);
    let (mut items, mut next) = (vec![(0, 0); records.len()], starts.clone());
    for (record, place) in records.iter().zip(0..) {
        let to = &mut next[part(number(record))];
        items[*to] = (number(record), place);
        *to += 1;
    }
    starts.array_windows().for_each(|[start, end]| items[*start..*end].sort_unstable());
    items
}

fn number<const N: usize>(bytes: &[u8; N]) -> u128 {
    bytes.first_chunk().map_or(0, |bytes| u128::from_le_bytes(*bytes))
}

fn u64_at<const N: usize>(bytes: &[u8; N], at: usize) -> u64 {
    bytes[at..].first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

fn read(path: &Path) -> Result<RecordBatch> {
    let file = File::open(path).map_err(Error::file("open", path))?;
    let reader = StreamReader::try_new(BufReader::new(file), None).map_err(Error::file("read", path))?;
    let schema = reader.schema();
    let batches = reader.collect::<std::result::Result<Vec<_>, _>>().map_err(Error::file("read", path))?;
    concat_batches(&schema, &batches).map_err(Error::file("read", path))
}

/// A shard that is being written.
struct Shard {
    path: PathBuf,
    rows: StreamWriter<BufWriter<File>>,
    items: BufWriter<File>,
}

/// Sorts rows into shards, many at a time.
struct Writer {
    shards: Vec<Shard>,
    /// Where rows without an item go.
    keyless: Option<usize>,
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
    /// Item and number of each row of the batches.
    items: Vec<(Option<u128>, u64)>,
    bytes: usize,
    counts: Counts,
}

impl Writer {
    fn new(spill: &Spill, schema: &SchemaRef, keep_empty: bool) -> Result<Self> {
        let shard = |shard| {
            let (path, list) = (spill.path("rows", shard), spill.path("items", shard));
            let create = |path: &PathBuf| File::create(path).map(BufWriter::new).map_err(Error::file("write", path));
            let (rows, items) = (create(&path)?, create(&list)?);
            Ok(Shard { rows: StreamWriter::try_new(rows, schema).map_err(Error::file("write", &path))?, items, path })
        };
        let keyless = keep_empty.then_some(spill.shards as usize);
        let shards = (0..spill.shards + u32::from(keep_empty)).map(shard).collect::<Result<_>>()?;
        let (batches, items, bytes, counts) = Default::default();
        Ok(Self { shards, keyless, schema: schema.clone(), batches, items, bytes, counts })
    }

    fn put(&mut self, batch: RecordBatch, items: impl Iterator<Item = Option<u128>>) -> Result<()> {
        for item in items {
            self.counts.rows += 1;
            if item.is_none() {
                self.counts.empty += 1;
                if self.counts.empty_examples.len() < EXAMPLES {
                    self.counts.empty_examples.push(self.counts.rows);
                }
            }
            self.items.push((item, self.counts.rows));
        }
        if self.counts.rows > buckets::MOST_ROWS {
            return Err(Error::Own("the table has more than 2^32 rows: cut it into several".to_owned()));
        }
        self.bytes += batch.get_array_memory_size();
        self.batches.push(batch);
        if self.items.len() >= ROWS_AT_ONCE * self.shards.len() || self.bytes >= BYTES_AT_ONCE {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        let keyed = self.shards.len() - usize::from(self.keyless.is_some());
        let of = |item: &Option<u128>| item.map_or(self.keyless, |item| Some(buckets::of(item, keyed as u32) as usize));
        let mut parts: Vec<Vec<u32>> = vec![Vec::new(); self.shards.len()];
        for ((item, _), at) in self.items.iter().zip(0..) {
            if let Some(part) = of(item) {
                parts[part].push(at);
            }
        }
        let rows = concat_batches(&self.schema, &self.batches).map_err(Error::rows)?;
        for (shard, part) in self.shards.iter_mut().zip(parts).filter(|(_, part)| !part.is_empty()) {
            let mut records = Vec::with_capacity(part.len() * WITH_ROW);
            for at in &part {
                let (item, row) = self.items[*at as usize];
                records.extend_from_slice(&item.unwrap_or(0).to_le_bytes());
                records.extend_from_slice(&row.to_le_bytes());
            }
            shard.items.write_all(&records).map_err(Error::file("write", &shard.path))?;
            let part = match part.len() == rows.num_rows() {
                true => rows.clone(),
                false => take_record_batch(&rows, &UInt32Array::from(part)).map_err(Error::rows)?,
            };
            shard.rows.write(&part).map_err(Error::file("write", &shard.path))?;
        }
        (self.bytes, self.batches, self.items) = Default::default();
        Ok(())
    }

    fn finish(mut self) -> Result<Counts> {
        self.flush()?;
        for Shard { path, mut rows, mut items } in self.shards {
            rows.finish().map_err(Error::file("write", &path))?;
            rows.into_inner().map_err(Error::file("write", &path))?.flush().map_err(Error::file("write", &path))?;
            items.flush().map_err(Error::file("write", &path))?;
        }
        Ok(self.counts)
    }
}
