//! Small tables: k rows of N by oblivious transfer (Naor, Pinkas, STOC 1999, §2: 1-of-N from log N OTs and a pseudo-random function).
//!
//! Every row is masked under a key of its own and sent; the querier gets the key of its row, and no other, by a 1-of-N OT of 16-byte
//! strings. Unlike the [private fetch](crate::fetch), this hides the other rows from the querier by itself, and rests on no lattice; but
//! the whole table travels.
//!
//! The querier's choices are fixed before the holder sends anything that depends on rows: so they can be extracted from whoever cheats
//! in the correlated OTs' malicious protocol, and the masked table can be simulated.

use jointly_core::{Error, Party, Result};
use jointly_math::{Aes128, Block, Prg, Seed, bits, ct::ConstantTimeEq, hash::hash};
use jointly_net::Ctx;
use jointly_ot::{CotReceiver, CotSender};
use zeroize::Zeroize;

use crate::{protocol::MAX_BATCH, shape::Shape};

/// The most rows of a table that is sent whole for every batch.
pub const MAX_ROWS: usize = 1 << 16;

/// Fetches the rows with these indices from the table that `from` [transfers](transfer); `from` learns how many they are, and nothing
/// else, and the querier nothing of other rows, both as far as `ot` stands against the other's cheating. The holder of the table can
/// make rows wrong.
///
/// # Errors
/// Refuses tables that are too large; a misuse if an index lies outside of the table, or there are none or more than [`MAX_BATCH`];
/// what the OTs find.
pub async fn receive(
    ctx: &mut Ctx,
    from: Party,
    ot: &mut dyn CotReceiver,
    shape: Shape,
    indices: &[usize],
) -> Result<Vec<Vec<u8>>> {
    let depth = depth(shape)?;
    if indices.is_empty() || indices.len() > MAX_BATCH || indices.iter().any(|i| *i >= shape.rows) {
        return Err(Error::Misuse("a batch has one to 64 rows of the table"));
    }
    ctx.send(from, &[indices.len() as u64]).await?;
    let mut random = ot.receive(ctx, indices.len() * depth).await?;
    // d = x ⊕ i turns random choices into those of the index.
    let wanted: Vec<u64> = indices.iter().flat_map(|i| (0..depth).map(move |j| (*i >> j & 1) as u64)).collect();
    let corrections: Vec<u64> = bits::pack(&wanted).iter().zip(&random.choices).map(|(i, x)| i ^ x).collect();
    ctx.send(from, &corrections).await?;
    let masked = ctx.recv::<u8>(from, shape.rows * shape.row_bytes).await?;
    let mut rows = Vec::with_capacity(indices.len());
    for (k, index) in indices.iter().enumerate() {
        let wrapped = ctx.recv::<[u8; 16]>(from, shape.rows).await?;
        let keys = (k * depth..).zip(&random.blocks[k * depth..][..depth]);
        let keys: Vec<Aes128> = keys.map(|(at, block)| key(ctx.path(), at, *block)).collect();
        let pad = keys.iter().fold(Block::ZERO, |pad, key| pad ^ key.encrypt(Block([*index as u64, 0])));
        let wrapped = Block::from_bytes(pick(wrapped.as_flattened(), 16, *index).try_into().unwrap_or([0; 16]));
        let mut row = pick(&masked, shape.row_bytes, *index);
        mask(&mut row, wrapped ^ pad);
        rows.push(row);
    }
    random.blocks.zeroize();
    Ok(rows)
}

/// Answers one batch that `to` [receives](receive); returns how many rows that were. `rows` stand one after the other.
///
/// # Errors
/// Refuses tables that are too large; a misuse if `rows` do not have the shape; [`Error::Malformed`] for a batch that no honest program
/// asks for; what the OTs find.
pub async fn transfer(ctx: &mut Ctx, to: Party, ot: &mut dyn CotSender, shape: Shape, rows: &[u8]) -> Result<usize> {
    let depth = depth(shape)?;
    if shape.rows.checked_mul(shape.row_bytes) != Some(rows.len()) {
        return Err(Error::Misuse("a table has as many rows as its shape says"));
    }
    let count = ctx.recv::<u64>(to, 1).await?[0];
    if count == 0 || count > MAX_BATCH as u64 {
        return Err(Error::Malformed { from: to, what: "a batch has one to 64 rows" });
    }
    let count = count as usize;
    let mut random = ot.send(ctx, count * depth).await?;
    let corrections = ctx.recv::<u64>(to, bits::words(count * depth)).await?;
    let corrections = bits::unpack(&corrections, count * depth);

    let mut keys = Prg::new(Seed::random()).blocks(shape.rows);
    let mut masked = rows.to_vec();
    masked.chunks_exact_mut(shape.row_bytes).zip(&keys).for_each(|(row, key)| mask(row, *key));
    ctx.send(to, &masked).await?;
    for k in 0..count {
        let ots = (k * depth..(k + 1) * depth).map(|at| {
            let both = [0, 1].map(|i| Block::mask(((corrections[at] as u8 ^ i) & 1).into()) & ot.delta());
            both.map(|delta| key(ctx.path(), at, random[at] ^ delta))
        });
        let mut wrapped = pads(&ots.collect::<Vec<_>>(), shape.rows);
        wrapped.iter_mut().zip(&keys).for_each(|(wrapped, key)| *wrapped ^= *key);
        ctx.send(to, &wrapped.iter().map(|block| block.to_bytes()).collect::<Vec<_>>()).await?;
    }
    random.zeroize();
    keys.zeroize();
    Ok(count)
}

/// log₂ N, rounded up: OTs for one row.
fn depth(shape: Shape) -> Result<usize> {
    if shape.rows == 0 || shape.row_bytes == 0 || shape.rows > MAX_ROWS {
        return Err(Error::Refused(format!(
            "oblivious transfer serves tables of 1 to {MAX_ROWS} rows, not {}",
            shape.rows
        )));
    }
    Ok((shape.rows.next_power_of_two().ilog2() as usize).max(1))
}

/// The key that OT number `at` of this run gives: a random oracle of the correlated block breaks the correlation.
fn key(path: &str, at: usize, block: Block) -> Aes128 {
    let digest =
        hash("jointly pir 1 key of a transfer", &[path.as_bytes(), &(at as u64).to_le_bytes(), &block.to_bytes()]);
    Aes128::new(Block::from_bytes(std::array::from_fn(|i| digest[i])))
}

/// ⊕ⱼ F of the key of bit j of I, at I, for every I below `rows`.
fn pads(keys: &[[Aes128; 2]], rows: usize) -> Vec<Block> {
    let mut pads = vec![Block::ZERO; rows];
    for (j, keys) in keys.iter().enumerate() {
        for (bit, key) in keys.iter().enumerate() {
            let chosen = (0..rows).filter(|i| i >> j & 1 == bit);
            let mut blocks: Vec<Block> = chosen.clone().map(|i| Block([i as u64, 0])).collect();
            key.encrypt_blocks(&mut blocks);
            chosen.zip(blocks).for_each(|(i, block)| pads[i] ^= block);
        }
    }
    pads
}

/// row ⊕ the key's stream.
fn mask(row: &mut [u8], key: Block) {
    let mut stream = vec![0; row.len()];
    Prg::new(Seed::from_bytes(key.to_bytes())).fill_bytes(&mut stream);
    row.iter_mut().zip(&stream).for_each(|(byte, stream)| *byte ^= stream);
    stream.zeroize();
}

/// The `index`-th of the values of `width` bytes; all of them are read, so that memory accesses do not tell which.
fn pick(values: &[u8], width: usize, index: usize) -> Vec<u8> {
    let mut out = vec![0; width];
    for (i, value) in values.chunks_exact(width).enumerate() {
        let here = (i as u64).ct_eq(&(index as u64)).unwrap_u8().wrapping_neg();
        out.iter_mut().zip(value).for_each(|(out, byte)| *out |= byte & here);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_of_one_index_make_its_pad_and_no_other() {
        let (mut prg, rows, depth) = (Prg::new(Seed::random()), 13, 4);
        let keys: Vec<[Aes128; 2]> = (0..depth).map(|_| [(); 2].map(|()| Aes128::new(prg.block()))).collect();
        let pads = pads(&keys, rows);
        let folded = |index: usize, at: usize| {
            (0..depth).fold(Block::ZERO, |pad, j| pad ^ keys[j][index >> j & 1].encrypt(Block([at as u64, 0])))
        };
        for index in 0..rows {
            for (at, pad) in pads.iter().enumerate() {
                assert_eq!(bool::from(folded(index, at).ct_eq(pad)), at == index, "the keys of {index} at {at}");
            }
        }
    }

    #[test]
    fn picking_reads_one_value() {
        let values: Vec<u8> = (0..30).collect();
        assert_eq!(pick(&values, 3, 0), [0, 1, 2]);
        assert_eq!(pick(&values, 3, 9), [27, 28, 29]);
    }
}
