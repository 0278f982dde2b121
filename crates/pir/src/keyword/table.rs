//! The owner's side: rows by key.

use std::collections::HashMap;

use jointly_core::{Error, Result};
use jointly_math::{Prg, Seed};

use super::{
    CHECK_BYTES, Directory, Tag,
    filter::{ARITY, capacity, distinct, peel, segment_bits, solve},
    full,
};
use crate::{
    shape::{Layout, Shape},
    table::Table,
};

/// Attempts at a shelf before the keys are spread anew.
const ATTEMPTS: u8 = 100;

/// Times that keys are spread over shelves before giving up.
const SPREADS: usize = 20;

/// A table whose rows are fetched by key. Serve it with [`serve`](crate::serve), as its [`table`](KeywordTable::table).
pub struct KeywordTable {
    directory: Directory,
    table: Table,
    /// The keys on each shelf.
    keys: Vec<Vec<Tag>>,
}

impl KeywordTable {
    /// Prepares a table of these rows of `row_bytes` bytes. Keys must be pseudo-random tags, such as outputs of an OPRF.
    ///
    /// # Errors
    /// A misuse if a key stands there twice or a row has another width; refuses what is too large.
    pub fn new(row_bytes: usize, rows: &[(Tag, Vec<u8>)]) -> Result<KeywordTable> {
        if rows.iter().any(|(_, row)| row.len() != row_bytes) {
            return Err(Error::Misuse("a row has the table's width"));
        }
        if !distinct(&rows.iter().map(|(key, _)| *key).collect::<Vec<_>>()) {
            return Err(Error::Misuse("a key stands in a table once"));
        }
        let layout = fitting(rows.len(), row_bytes + CHECK_BYTES)?;
        let shape = Shape { rows: layout.columns * layout.shelves, row_bytes: row_bytes + CHECK_BYTES };
        let bits = segment_bits(layout.columns, rows.len() / layout.shelves);
        for _ in 0..SPREADS {
            let (seed, attempts) = (*Seed::random().as_bytes(), vec![0; layout.shelves]);
            let mut directory = Directory { seed, shape, segment_bits: bits as u8, attempts };
            let mut shelves = vec![Vec::new(); layout.shelves];
            rows.iter().for_each(|(key, row)| shelves[directory.shelf(key) as usize].push((*key, &row[..])));
            let mut table = Table::empty(shape)?;
            if !write_all(&mut directory, &mut table, &shelves)? {
                continue;
            }
            table.prepare_all();
            let keys = shelves.iter().map(|shelf| shelf.iter().map(|(key, _)| *key).collect()).collect();
            return Ok(KeywordTable { directory, table, keys });
        }
        Err(full())
    }

    /// Sets the rows of keys, and removes those keys that come with `None`. The directory changes with it.
    ///
    /// # Errors
    /// A misuse if a key stands there twice or a row has another width; refuses more keys than the table has room for: make a new one.
    /// After an error nothing has changed.
    pub fn update(&mut self, changes: &[(Tag, Option<Vec<u8>>)]) -> Result<()> {
        let width = self.directory.shape.row_bytes - CHECK_BYTES;
        if changes.iter().any(|(_, row)| row.as_ref().is_some_and(|row| row.len() != width)) {
            return Err(Error::Misuse("a row has the table's width"));
        }
        if !distinct(&changes.iter().map(|(key, _)| *key).collect::<Vec<_>>()) {
            return Err(Error::Misuse("a key is changed once at a time"));
        }
        let mut by_shelf = HashMap::<u64, Vec<_>>::new();
        changes.iter().for_each(|change| by_shelf.entry(self.directory.shelf(&change.0)).or_default().push(change));
        let (layout, mut directory) = (self.table.layout(), self.directory.clone());
        let mut written = Vec::new();
        for (shelf, changes) in by_shelf {
            let mut rows = self.shelf_rows(shelf as usize);
            for (key, row) in changes {
                match row {
                    Some(row) => rows.insert(*key, row.clone()),
                    None => rows.remove(key),
                };
            }
            let rows: Vec<(Tag, &[u8])> = rows.iter().map(|(key, row)| (*key, &row[..])).collect();
            let entries = shelf_entries(&mut directory, layout, shelf as usize, &rows).ok_or_else(full)?;
            written.push((shelf as usize, rows.iter().map(|(key, _)| *key).collect::<Vec<_>>(), entries));
        }
        let rows = written.iter().flat_map(|(shelf, _, entries)| {
            entries.iter().enumerate().map(move |(column, entry)| (shelf * layout.columns + column, entry))
        });
        self.table.update(rows)?;
        written.into_iter().for_each(|(shelf, keys, _)| self.keys[shelf] = keys);
        self.directory = directory;
        Ok(())
    }

    /// What queriers must know.
    pub fn directory(&self) -> &Directory {
        &self.directory
    }

    /// The table of entries.
    pub fn table(&self) -> &Table {
        &self.table
    }

    fn shelf_rows(&self, shelf: usize) -> HashMap<Tag, Vec<u8>> {
        let attempt = self.directory.attempts[shelf];
        let row = |key: &Tag| {
            let columns =
                self.directory.columns(key, attempt).map(|c| shelf * self.table.layout().columns + c as usize);
            let mut sum = vec![0; self.table.layout().words];
            columns.iter().for_each(|i| add(&mut sum, &self.table.words(*i)));
            (*key, to_bytes(&sum, self.directory.shape.row_bytes).split_off(CHECK_BYTES))
        };
        self.keys[shelf].iter().map(row).collect()
    }
}

/// The cheapest layout whose shelves take so many keys, spread at random: six standard deviations more than the mean.
fn fitting(keys: usize, entry_bytes: usize) -> Result<Layout> {
    let mut rows = keys.max(1);
    loop {
        let layout = Shape { rows, row_bytes: entry_bytes }.layout()?;
        // As many shelves as the numbers of a column allow.
        let full = Shape { rows: layout.columns * layout.shelves, row_bytes: entry_bytes };
        let mean = keys as f64 / layout.shelves as f64;
        if full.layout()? == layout && mean + 6.0 * mean.sqrt() <= capacity(layout.columns) as f64 {
            return Ok(layout);
        }
        rows += (rows / 64).max(1024);
    }
}

/// Writes the entries of all shelves; `false` if a shelf's keys could not be placed.
fn write_all(directory: &mut Directory, table: &mut Table, shelves: &[Vec<(Tag, &[u8])>]) -> Result<bool> {
    let layout = table.layout();
    for (shelf, rows) in shelves.iter().enumerate() {
        let Some(entries) = shelf_entries(directory, layout, shelf, rows) else { return Ok(false) };
        for (column, entry) in entries.iter().enumerate() {
            table.write(shelf * layout.columns + column, entry)?;
        }
    }
    Ok(true)
}

/// The entries of a shelf, for the first attempt that goes well, which the directory notes. Entries that belong to no key are random.
fn shelf_entries(
    directory: &mut Directory,
    layout: Layout,
    shelf: usize,
    rows: &[(Tag, &[u8])],
) -> Option<Vec<Vec<u8>>> {
    for attempt in 0..ATTEMPTS {
        let places: Vec<[u64; ARITY]> = rows.iter().map(|(key, _)| directory.columns(key, attempt)).collect();
        let Some(order) = peel(&places, layout.columns) else { continue };
        let value = |(key, row): &(Tag, &[u8])| to_words(&[&directory.check(key), *row].concat());
        let values: Vec<Vec<u16>> = rows.iter().map(value).collect();
        let mut prg = Prg::new(Seed::random());
        let random = |_| to_words(bytes_of(&mut prg, directory.shape.row_bytes).as_slice());
        let mut entries: Vec<Vec<u16>> = (0..layout.columns).map(random).collect();
        solve(&order, &places, &values, &mut entries);
        directory.attempts[shelf] = attempt;
        return Some(entries.iter().map(|entry| to_bytes(entry, directory.shape.row_bytes)).collect());
    }
    None
}

fn bytes_of(prg: &mut Prg, n: usize) -> Vec<u8> {
    let mut out = vec![0; n];
    prg.fill_bytes(&mut out);
    out
}

fn add(sum: &mut [u16], other: &[u16]) {
    sum.iter_mut().zip(other).for_each(|(sum, other)| *sum = sum.wrapping_add(*other));
}

fn to_words(bytes: &[u8]) -> Vec<u16> {
    let word = |bytes: &[u8]| u16::from_le_bytes([bytes[0], bytes.get(1).copied().unwrap_or(0)]);
    bytes.chunks(2).map(word).collect()
}

fn to_bytes(words: &[u16], n: usize) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).take(n).collect()
}
