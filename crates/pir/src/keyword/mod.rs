//! Rows by key instead of index: a linear filter over the table, as ChalametPIR has it (Celi, Davidson, CCS 2024, ePrint 2024/092).
//!
//! The rows are not stored as they are, but such that the row of a key is the sum of the three entries that the key's hashes name:
//! a binary fuse filter (Graf, Lemire, JEA 2022). A fetch is linear in the table, so a query with three ones instead of one brings the
//! sum: one pass, one answer, no look-up of the index before. A key that is not there brings a sum of three entries that begins with
//! the wrong check value; the holder of the table sees no difference.
//!
//! Each shelf of the matrix is a filter of its own, since a query selects the same columns on every shelf. What a querier must know
//! beforehand is the [`Directory`], some hundred bytes.
//!
//! The other two ways have keys too: [`ListedTable`] is fetched from by oblivious transfer, or copied.

mod directory;
mod filter;
mod listed;
mod table;

use jointly_core::{Error, Party, Result};
use jointly_net::Ctx;

pub use directory::Directory;
pub use listed::{ListedTable, Listing};
pub use table::KeywordTable;

use crate::{client::select, protocol::run};

/// A key: a pseudo-random tag.
pub type Tag = [u8; 16];

/// Bytes that an entry begins with, by which a querier knows that the row is that of its key: a wrong one passes with probability 2^-64.
pub const CHECK_BYTES: usize = 8;

/// Fetches the rows of these keys from the table that `from` serves with [`serve`](crate::serve), and whose directory this is; `None` for a
/// key that is not there. `from` learns how many keys they are, and nothing else: neither which, nor whether they are there.
///
/// As with [`fetch`](crate::fetch), a peer that does not follow the protocol can make any result wrong, and must not learn what the result was.
///
/// # Errors
/// As [`fetch`](crate::fetch).
pub async fn fetch_by_key(
    ctx: &mut Ctx,
    from: Party,
    directory: &Directory,
    keys: &[Tag],
) -> Result<Vec<Option<Vec<u8>>>> {
    let (shape, layout) = (directory.shape(), directory.shape().layout()?);
    let queries = keys.iter().map(|key| {
        let (shelf, columns) = directory.places(key);
        select(shape, layout, &columns, shelf)
    });
    let entries = run(ctx, from, shape, queries.collect()).await?;
    Ok(keys.iter().zip(entries).map(|(key, entry)| directory.open(key, &entry)).collect())
}

/// What a builder that cannot place its keys says.
fn full() -> Error {
    Error::Refused("the keys could not be placed; are they pseudo-random tags?".into())
}
