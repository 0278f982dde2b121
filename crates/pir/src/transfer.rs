//! Small tables: k rows of N by oblivious transfer (Naor and Pinkas, as in [`jointly_ot::send_rows`]).
//!
//! Unlike the [private fetch](crate::fetch), this hides the other rows from the querier by itself, and rests on no lattice; but the whole
//! table travels.

use jointly_core::{Error, Party, Result};
use jointly_net::Ctx;
use jointly_ot::{RandomReceiver, RandomSender, receive_rows, send_rows};

use crate::{protocol::MAX_BATCH, shape::Shape};

pub use jointly_ot::MAX_ROWS;

/// Fetches the rows with these indices from the table that `from` [transfers](transfer); `from` learns how many they are, and nothing
/// else, and the querier nothing of other rows, both as far as `ots` stand against the other's cheating. The holder of the table can
/// make rows wrong, and must not learn whether one was: what the caller does next must not show it.
///
/// # Errors
/// Refuses tables that are too large; a misuse if an index lies outside of the table, or there are none or more than [`MAX_BATCH`];
/// what the OTs find.
pub async fn receive(
    ctx: &mut Ctx,
    from: Party,
    ots: &mut RandomReceiver,
    shape: Shape,
    indices: &[usize],
) -> Result<Vec<Vec<u8>>> {
    check(shape)?;
    if indices.is_empty() || indices.len() > MAX_BATCH || indices.iter().any(|i| *i >= shape.rows) {
        return Err(Error::Misuse("a batch has one to 64 rows of the table"));
    }
    ctx.send(from, &[indices.len() as u64]).await?;
    receive_rows(ctx, ots, from, shape.rows, shape.row_bytes, indices).await
}

/// Answers one batch that `to` [receives](receive); returns how many rows that were. `rows` stand one after the other.
///
/// # Errors
/// Refuses tables that are too large; a misuse if `rows` do not have the shape; [`Error::Malformed`] for a batch that no honest program
/// asks for; what the OTs find.
pub async fn transfer(ctx: &mut Ctx, to: Party, ots: &mut RandomSender, shape: Shape, rows: &[u8]) -> Result<usize> {
    check(shape)?;
    if shape.rows.checked_mul(shape.row_bytes) != Some(rows.len()) {
        return Err(Error::Misuse("a table has as many rows as its shape says"));
    }
    let count = ctx.recv::<u64>(to, 1).await?[0];
    if count == 0 || count > MAX_BATCH as u64 {
        return Err(Error::Malformed { from: to, what: "a batch has one to 64 rows" });
    }
    send_rows(ctx, ots, to, rows, shape.row_bytes, count as usize).await?;
    Ok(count as usize)
}

fn check(shape: Shape) -> Result<()> {
    match shape.rows == 0 || shape.row_bytes == 0 || shape.rows > MAX_ROWS {
        true => {
            Err(Error::Refused(format!("oblivious transfer serves tables of 1 to {MAX_ROWS} rows, not {}", shape.rows)))
        }
        false => Ok(()),
    }
}
