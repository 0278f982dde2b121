//! What a querier knows of a table before it asks for a key.

use jointly_core::{Error, Party, Result};
use jointly_math::{
    ct::{ConditionallySelectable, ConstantTimeEq},
    hash::hash,
};
use jointly_net::Ctx;

use super::{
    CHECK_BYTES, Tag,
    filter::{ARITY, columns},
};
use crate::shape::Shape;

/// Bytes before the attempts.
const HEADER_BYTES: usize = 16 + 8 + 8 + 1;

/// The most shelves that a layout has: 64 outputs of 1024 numbers, and an entry is at least a check value and a byte.
const MAX_SHELVES: usize = 64 * 1024 / 5;

/// Entries that a small table may have beyond twice its keys.
const MOST_SPARE: usize = 8192;

/// Where the entries of keys stand. Public, and the same for all queriers; made anew with every change of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directory {
    pub(super) seed: [u8; 16],
    /// Of the entries: check value and row.
    pub(super) shape: Shape,
    pub(super) segment_bits: u8,
    /// Which attempt at each shelf's filter went well.
    pub(super) attempts: Vec<u8>,
}

impl Directory {
    /// The public size of the table behind it, whose rows are entries: a check value and a row.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// Sends the directory to `to`.
    pub async fn send(&self, ctx: &mut Ctx, to: Party) -> Result<()> {
        let bytes = self.to_bytes();
        ctx.send(to, &[bytes.len() as u64]).await?;
        ctx.send(to, &bytes).await
    }

    /// Receives the directory of a table of at most this many rows of this width, as its holder has published it.
    ///
    /// # Errors
    /// [`Error::Malformed`] if no such table has this directory.
    pub async fn receive(ctx: &mut Ctx, from: Party, published: Shape) -> Result<Directory> {
        let malformed = Error::Malformed { from, what: "no table has such a directory" };
        let bytes = ctx.recv::<u64>(from, 1).await?[0];
        if bytes > (HEADER_BYTES + MAX_SHELVES) as u64 {
            return Err(malformed);
        }
        let directory = Directory::from_bytes(&ctx.recv::<u8>(from, bytes as usize).await?).ok_or(malformed.clone())?;
        // A filter has less than twice as many entries as keys, and at least one for each of some columns.
        let most = published.rows.saturating_mul(2).saturating_add(MOST_SPARE);
        let fits = directory.shape.rows <= most && directory.shape.row_bytes - CHECK_BYTES == published.row_bytes;
        if fits { Ok(directory) } else { Err(malformed) }
    }

    /// The directory as bytes, to be published.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = self.seed.to_vec();
        out.extend((self.shape.rows as u64).to_le_bytes());
        out.extend((self.shape.row_bytes as u64).to_le_bytes());
        out.push(self.segment_bits);
        out.extend(&self.attempts);
        out
    }

    /// The directory in these bytes; `None` if no table has it.
    pub fn from_bytes(bytes: &[u8]) -> Option<Directory> {
        let (seed, rest) = bytes.split_first_chunk()?;
        let (rows, rest) = rest.split_first_chunk()?;
        let (row_bytes, rest) = rest.split_first_chunk()?;
        let (segment_bits, attempts) = rest.split_first()?;
        let size = |bytes: &[u8; 8]| usize::try_from(u64::from_le_bytes(*bytes)).ok();
        let shape = Shape { rows: size(rows)?, row_bytes: size(row_bytes)? };
        let layout = shape.layout().ok()?;
        let whole = layout.columns * layout.shelves == shape.rows && attempts.len() == layout.shelves;
        let segments = layout.columns.checked_shr(u32::from(*segment_bits))?;
        let valid = whole && shape.row_bytes > CHECK_BYTES && *segment_bits <= 20 && segments >= ARITY;
        let directory = Directory { seed: *seed, shape, segment_bits: *segment_bits, attempts: attempts.to_vec() };
        valid.then_some(directory)
    }

    /// The shelf of a key, and its three columns; without a branch or an index that depends on the key.
    pub(super) fn places(&self, key: &Tag) -> (u64, [u64; ARITY]) {
        let shelf = self.shelf(key);
        let mut attempt = 0u8;
        for (i, a) in self.attempts.iter().enumerate() {
            attempt.conditional_assign(a, shelf.ct_eq(&(i as u64)));
        }
        (shelf, self.columns(key, attempt))
    }

    pub(super) fn shelf(&self, key: &Tag) -> u64 {
        let word = u64::from_le_bytes(self.hash("jointly pir 1 shelf of a key", &[key]));
        ((u128::from(word) * self.attempts.len() as u128) >> 64) as u64
    }

    pub(super) fn columns(&self, key: &Tag, attempt: u8) -> [u64; ARITY] {
        let hash = self.hash("jointly pir 1 columns of a key", &[key, &[attempt]]);
        columns(&hash, self.shape.rows / self.attempts.len(), u32::from(self.segment_bits))
    }

    pub(super) fn check(&self, key: &Tag) -> [u8; CHECK_BYTES] {
        self.hash("jointly pir 1 check value of a key", &[key])
    }

    /// The row in a key's entry, if it is the key's.
    pub(super) fn open(&self, key: &Tag, entry: &[u8]) -> Option<Vec<u8>> {
        let (check, row) = entry.split_at(CHECK_BYTES);
        bool::from(self.check(key).ct_eq(check)).then(|| row.to_vec())
    }

    fn hash<const N: usize>(&self, domain: &str, parts: &[&[u8]]) -> [u8; N] {
        let digest = hash(domain, &[&[&self.seed[..]], parts].concat());
        std::array::from_fn(|i| digest[i])
    }
}
