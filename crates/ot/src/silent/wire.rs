//! Blocks on the wire: two little-endian words each.

use jointly_core::{Party, Result};
use jointly_math::Block;
use jointly_net::Ctx;

/// Sends `blocks` to `to`.
pub(super) async fn send_blocks(ctx: &mut Ctx, to: Party, blocks: &[Block]) -> Result<()> {
    ctx.send::<u64>(to, bytemuck::cast_slice(blocks)).await
}

/// Receives `n` blocks from `from`.
pub(super) async fn recv_blocks(ctx: &mut Ctx, from: Party, n: usize) -> Result<Vec<Block>> {
    let words: Vec<u64> = ctx.recv(from, 2 * n).await?;
    Ok(words.as_chunks().0.iter().map(|words| Block(*words)).collect())
}
