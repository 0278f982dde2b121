//! The third way: a copy of the whole table, for who asks all day.
//!
//! Whoever publishes a table so must have encrypted every row under a key of its own, which a querier gets by other means, one record at a
//! time: the copy itself hides nothing. The holder of the table learns nothing at all of the queries then, not even how many they are.

use jointly_core::{Error, Party, Result};
use jointly_net::Ctx;

use crate::shape::Shape;

/// Sends all rows, which stand one after the other.
///
/// # Errors
/// A misuse if `rows` do not have the shape.
pub async fn send_copy(ctx: &mut Ctx, to: Party, shape: Shape, rows: &[u8]) -> Result<()> {
    if shape.rows.checked_mul(shape.row_bytes) != Some(rows.len()) {
        return Err(Error::Misuse("a table has as many rows as its shape says"));
    }
    ctx.send(to, rows).await
}

/// Receives all rows.
///
/// # Errors
/// Refuses a size that no memory holds.
pub async fn receive_copy(ctx: &mut Ctx, from: Party, shape: Shape) -> Result<Vec<u8>> {
    let bytes = shape.rows.checked_mul(shape.row_bytes).filter(|bytes| *bytes <= isize::MAX as usize);
    let bytes = bytes.ok_or_else(|| Error::Refused("a table of this size cannot be copied".into()))?;
    ctx.recv(from, bytes).await
}
