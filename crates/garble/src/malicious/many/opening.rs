//! Shares that are shown, with their MACs: to all, or to one party.
//!
//! MACs travel as one hash of all that stand in a message (as the two-party protocols of the family do): to pass with a false bit a party has to guess a MAC.

use jointly_core::{Party, Result};
use jointly_math::{Block, bits::words, ct::ConstantTimeEq, hash::hash};
use jointly_net::Ctx;
use zeroize::Zeroizing;

use super::{
    board::cheated,
    shares::{Shares, add_bits, clear_behind, mask, others},
};

/// Words of a hash.
const HASH: usize = 4;

/// Words in which `n` bits are shown.
pub(super) const fn shown_words(n: usize) -> usize {
    match n {
        0 => 0,
        n => words(n) + HASH,
    }
}

/// Shows shared bits to everybody: the sum of all shares. Every bit is authenticated towards every party, so that nobody can tell two parties different ones.
pub(super) async fn open(ctx: &mut Ctx, label: &str, shares: &Shares, delta: Block) -> Result<Vec<u64>> {
    let all: Vec<Party> = others(ctx.me(), ctx.parties()).collect();
    let out: Vec<_> = all.iter().map(|to| (*to, show(ctx, label, shares, *to))).collect();
    let out: Vec<(Party, &[u64])> = out.iter().map(|(to, message)| (*to, &message[..])).collect();
    let from: Vec<(Party, usize)> = all.iter().map(|from| (*from, shown_words(shares.len))).collect();
    let messages = ctx.exchange_all(&out, &from).await?;
    let mut sum = shares.bits.clone();
    for (from, message) in all.iter().zip(&messages) {
        add_bits(&mut sum, &check(ctx, label, message, shares, *from, delta)?);
    }
    Ok(sum)
}

/// Shows to each party the bits that are for it: `of[p]` to party p. What this party learns of its own: the sum of all shares.
pub(super) async fn open_each(ctx: &mut Ctx, label: &str, of: &[Shares], delta: Block) -> Result<Vec<u64>> {
    let me = ctx.me();
    let all: Vec<Party> = others(me, ctx.parties()).collect();
    let mine = &of[me.index()];
    let out: Vec<_> = all.iter().map(|to| (*to, show(ctx, label, &of[to.index()], *to))).collect();
    let out: Vec<(Party, &[u64])> = out.iter().map(|(to, message)| (*to, &message[..])).collect();
    let from: Vec<(Party, usize)> = all.iter().map(|from| (*from, shown_words(mine.len))).collect();
    let messages = ctx.exchange_all(&out, &from).await?;
    let mut sum = mine.bits.clone();
    for (from, message) in all.iter().zip(&messages) {
        add_bits(&mut sum, &check(ctx, label, message, mine, *from, delta)?);
    }
    Ok(sum)
}

/// This party's bits, and the hash of their MACs under Δ of `to`.
fn show(ctx: &Ctx, label: &str, shares: &Shares, to: Party) -> Vec<u64> {
    if shares.len == 0 {
        return Vec::new();
    }
    let mut message = shares.bits.clone();
    message.extend(seal(ctx.path(), label, ctx.me(), to, &shares.macs[to.index()]));
    message
}

/// What `from` shows, if its MACs are right.
fn check(ctx: &Ctx, label: &str, message: &[u64], shares: &Shares, from: Party, delta: Block) -> Result<Vec<u64>> {
    if shares.len == 0 {
        return Ok(Vec::new());
    }
    let (bits, told) = message.split_at(words(shares.len));
    let keys = &shares.keys[from.index()];
    let macs: Zeroizing<Vec<Block>> =
        Zeroizing::new(keys.iter().enumerate().map(|(k, key)| *key ^ (mask(bits, k) & delta)).collect());
    if !bool::from(seal(ctx.path(), label, from, ctx.me(), &macs).ct_eq(told)) {
        return Err(cheated(Some(from), "the MACs of opened bits"));
    }
    let mut bits = bits.to_vec();
    clear_behind(&mut bits, shares.len);
    Ok(bits)
}

/// The hash of MACs in a message from one party to another.
fn seal(path: &str, label: &str, from: Party, to: Party, macs: &[Block]) -> [u64; HASH] {
    let bytes: Zeroizing<Vec<u8>> = Zeroizing::new(macs.iter().flat_map(|mac| mac.to_bytes()).collect());
    let ends = [from.0.to_le_bytes(), to.0.to_le_bytes()].concat();
    words_of(hash("jointly garble 1 many: opened MACs", &[path.as_bytes(), label.as_bytes(), &ends, &bytes]))
}

/// A hash as words.
pub(super) fn words_of(hash: [u8; 32]) -> [u64; HASH] {
    let (words, _) = hash.as_chunks::<8>();
    std::array::from_fn(|i| u64::from_le_bytes(words[i]))
}
