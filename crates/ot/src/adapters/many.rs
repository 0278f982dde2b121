//! One, or k, of N rows (Naor and Pinkas, STOC 1999, protocol 3.1: 1-of-N from log N OTs; k rows take k runs over the same rows, whose keys
//! alone are sent each time).
//!
//! The receiver's choices are fixed before anything is sent that depends on rows, so that they can be extracted from a corrupt one.
//! Every row is encrypted under a key of its own and sent once. For each row that is asked for, log N OTs give the receiver one of two keys a
//! bit of the index; row x's key is masked by Σ_j F(k_j^{x_j}, x), of which the receiver can compute one.

use jointly_core::{Error, Party, Result};
use jointly_math::{
    Aes128, Block, Prg, Seed,
    bits::words,
    ct::{ConditionallySelectable, ConstantTimeEq},
};
use jointly_net::Ctx;
use zeroize::Zeroizing;

use super::{
    chosen::{index_bit, recv_flips, send_flips},
    random::{RandomReceiver, RandomSender, bit},
};

/// The most rows that are sent: all of them travel.
pub const MAX_ROWS: usize = 1 << 16;

/// Sends `rows`, each of `row_bytes` bytes, of which `receiver` can read `k` of its choice.
pub async fn send_rows(
    ctx: &mut Ctx,
    ots: &mut RandomSender,
    receiver: Party,
    rows: &[u8],
    row_bytes: usize,
    k: usize,
) -> Result<()> {
    let n = number_of_rows(rows.len(), row_bytes)?;
    let bits = index_bits(n);
    let pads = Zeroizing::new(ots.send(ctx, k * bits).await?);
    let flips = recv_flips(ctx, receiver, k * bits).await?;
    let keys = Zeroizing::new(Prg::new(ctx.seed()).blocks(n));
    let mut encrypted = rows.to_vec();
    encrypted.chunks_exact_mut(row_bytes).zip(&*keys).for_each(|(row, key)| encrypt(row, *key));
    ctx.send(receiver, &encrypted).await?;
    for query in 0..k {
        let mut masked = keys.to_vec();
        for j in 0..bits {
            let ot = query * bits + j;
            let [zero, one] = pads[ot];
            let flip = bit(&flips, ot);
            let zero_key = Aes128::new(Block::conditional_select(&zero, &one, flip));
            let one_key = Aes128::new(Block::conditional_select(&one, &zero, flip));
            mask(&mut masked, j, &zero_key, &one_key);
        }
        ctx.send(receiver, &masked).await?;
    }
    Ok(())
}

/// Receives the rows at these places among `n`, each of `row_bytes` bytes. The sender learns how many are asked for. A sender that cheats
/// can make any row wrong, for one place and not for another, and must not learn whether one was: what the caller does next must not show it.
pub async fn receive_rows(
    ctx: &mut Ctx,
    ots: &mut RandomReceiver,
    sender: Party,
    n: usize,
    row_bytes: usize,
    places: &[usize],
) -> Result<Vec<Vec<u8>>> {
    number_of_rows(n.saturating_mul(row_bytes), row_bytes)?;
    if places.iter().any(|place| *place >= n) {
        return Err(Error::Misuse("a row that is asked for lies in the table"));
    }
    let (k, bits) = (places.len(), index_bits(n));
    let received = ots.receive(ctx, k * bits).await?;
    let mut choices = vec![0u64; words(k * bits)];
    for ot in 0..k * bits {
        choices[ot / 64] |= u64::from(index_bit(places[ot / bits], ot % bits).unwrap_u8()) << (ot % 64);
    }
    send_flips(ctx, sender, &choices, &received.choices, k * bits).await?;
    let encrypted: Vec<u8> = ctx.recv(sender, n * row_bytes).await?;
    let mut out = Vec::with_capacity(k);
    for (query, place) in places.iter().enumerate() {
        let masked: Vec<Block> = ctx.recv(sender, n).await?;
        let pads = received.blocks[query * bits..(query + 1) * bits].iter();
        let index = Block([*place as u64, 0]);
        let key = pads.fold(pick(&masked, *place), |key, pad| key ^ Aes128::new(*pad).encrypt(index));
        let mut row = pick_row(&encrypted, row_bytes, *place);
        encrypt(&mut row, key);
        out.push(row);
    }
    Ok(out)
}

fn number_of_rows(bytes: usize, row_bytes: usize) -> Result<usize> {
    let n = bytes.checked_div(row_bytes).unwrap_or(0);
    match (1..=MAX_ROWS).contains(&n) && bytes == n * row_bytes {
        true => Ok(n),
        false => Err(Error::Misuse("1 to 65,536 whole rows are sent obliviously")),
    }
}

/// OTs that a row takes.
pub(super) fn index_bits(n: usize) -> usize {
    n.next_power_of_two().trailing_zeros() as usize
}

/// Adds F(k^{x_j}, x) to the key of each row x.
fn mask(keys: &mut [Block], j: usize, zero: &Aes128, one: &Aes128) {
    let mut streams = [zero, one].map(|key| (key, Vec::new()));
    for (half, (key, stream)) in streams.iter_mut().enumerate() {
        *stream = (0..keys.len() as u64).filter(|x| (x >> j & 1) as usize == half).map(|x| Block([x, 0])).collect();
        key.encrypt_blocks(stream);
    }
    let [mut zeros, mut ones] = streams.map(|(_, stream)| stream.into_iter());
    for (x, key) in keys.iter_mut().enumerate() {
        let next = if x >> j & 1 == 0 { zeros.next() } else { ones.next() };
        *key ^= next.unwrap_or_default();
    }
}

/// The block at `place`, by a pass over all of them: which memory is read does not tell the place.
fn pick(blocks: &[Block], place: usize) -> Block {
    let chosen = |(i, block): (usize, &Block)| Block::mask((i as u64).ct_eq(&(place as u64))) & *block;
    blocks.iter().enumerate().map(chosen).fold(Block::ZERO, |sum, block| sum ^ block)
}

/// The row at `place`, as above.
fn pick_row(rows: &[u8], row_bytes: usize, place: usize) -> Vec<u8> {
    let mut out = vec![0; row_bytes];
    for (i, row) in rows.chunks_exact(row_bytes).enumerate() {
        let mask = (i as u64).ct_eq(&(place as u64)).unwrap_u8().wrapping_neg();
        out.iter_mut().zip(row).for_each(|(out, byte)| *out |= byte & mask);
    }
    out
}

/// A row under a key that encrypts nothing else.
fn encrypt(row: &mut [u8], key: Block) {
    let mut pad = Zeroizing::new(vec![0; row.len()]);
    Prg::new(Seed::from_bytes(key.to_bytes())).fill_bytes(&mut pad);
    row.iter_mut().zip(pad.iter()).for_each(|(byte, pad)| *byte ^= pad);
}
