//! Opening with MACs, comparing without showing, and tossing coins.

use std::ops::Range;

use jointly_core::{Error, Party, Result, wire_bytes};
use jointly_math::{
    Aes128, Block, Seed,
    bits::{low_bits, words},
    ct::ConstantTimeEq,
    hash::{Commitment, Opening, commit, hash},
};
use jointly_net::Ctx;

use super::auth::{Blocks, mask};

/// The name of one run, which nobody chooses alone: all keys and all hashes are under it.
#[derive(Clone)]
pub(super) struct Name([u8; 32]);

/// Bytes of a digest.
const DIGEST: usize = 32;
/// Words of it.
pub(super) const HASH_WORDS: usize = DIGEST / 8;
/// What is shown after the commitments: the opening, the digest, a coin.
const SHOWN: usize = 32 + DIGEST + 16;

/// What [`agree`] commits under.
const AGREE: &str = "jointly garble 1 two-party equality";

impl Name {
    /// Exchanges nonces with `peer`.
    pub async fn new(ctx: &mut Ctx, peer: Party) -> Result<Name> {
        let mine = *Seed::random().as_bytes();
        let theirs: Vec<[u8; 16]> = ctx.exchange(peer, &[mine], peer, 1).await?;
        let (first, second) = if ctx.me() < peer { (mine, theirs[0]) } else { (theirs[0], mine) };
        Ok(Name(hash("jointly garble 1 two-party session", &[ctx.path().as_bytes(), &first, &second])))
    }

    #[cfg(test)]
    pub fn new_for_tests() -> Name {
        Name([0; 32])
    }

    /// The name of a part of what is done under this one.
    pub fn part(&self, what: &str, which: &[u8]) -> Name {
        Name(self.digest(what, which))
    }

    /// The hash of `data` for one use.
    pub fn digest(&self, what: &str, data: &[u8]) -> [u8; DIGEST] {
        hash("jointly garble 1 two-party", &[&self.0, what.as_bytes(), data])
    }

    /// A key for hashing, public and of one use.
    pub fn key(&self, what: &str, which: usize) -> Aes128 {
        let digest = self.digest(what, &(which as u64).to_le_bytes());
        let mut key = [0; 16];
        key.copy_from_slice(&digest[..16]);
        Aes128::new(Block::from_bytes(key))
    }
}

/// What the peer is blamed for; between two parties it can be no one else.
pub(super) fn cheated(peer: Party, check: &'static str) -> Error {
    Error::Cheated { by: Some(peer), check, proof: None }
}

/// Fails with [`cheated`] unless the words are equal; how they differ takes no part in how long it takes.
pub(super) fn expect(peer: Party, check: &'static str, mine: &[u64], theirs: &[u64]) -> Result<()> {
    if bool::from(mine.ct_eq(theirs)) { Ok(()) } else { Err(cheated(peer, check)) }
}

/// KRRW18 F_eq in the random oracle model, and a coin: both commit to a digest and to a random seed, and then open. Gives the sum of both seeds if
/// the digests are equal. A commitment names its party, so that it cannot be sent back as one's own.
pub(super) async fn agree(ctx: &mut Ctx, peer: Party, digest: [u8; DIGEST], check: &'static str) -> Result<Block> {
    let coin = *Seed::random().as_bytes();
    let message = |party: Party, shown: &[u8]| [&party.0.to_le_bytes()[..], shown].concat();
    let mine = [&digest[..], &coin].concat();
    let (commitment, opening) = commit(AGREE, &message(ctx.me(), &mine));
    let theirs: Vec<[u8; 32]> = ctx.exchange(peer, &[*commitment.as_bytes()], peer, 1).await?;
    let theirs = Commitment::from_bytes(theirs[0]);
    let mut shown = [0; SHOWN];
    shown[..32].copy_from_slice(opening.as_bytes());
    shown[32..].copy_from_slice(&mine);
    let got: [u8; SHOWN] = ctx.exchange(peer, &[shown], peer, 1).await?[0];
    let mut opening = [0; 32];
    opening.copy_from_slice(&got[..32]);
    if !theirs.verify(AGREE, &message(peer, &got[32..]), &Opening::from_bytes(opening)) {
        return Err(cheated(peer, "the opening of a commitment"));
    }
    if !bool::from(digest.ct_eq(&got[32..32 + DIGEST])) {
        return Err(cheated(peer, check));
    }
    let mut theirs = [0; 16];
    theirs.copy_from_slice(&got[32 + DIGEST..]);
    Ok(Block::from_bytes(coin) ^ Block::from_bytes(theirs))
}

/// What [`agree`] takes.
pub(super) const AGREE_ROUNDS: u64 = 2;
/// In bytes, frame headers included.
pub(super) const AGREE_BYTES: u64 = wire_bytes(1, 32) + wire_bytes(1, SHOWN);

/// Bits are opened in pieces of so many, so that their MACs need not stand in memory together.
const PIECE: usize = 1 << 13;

/// What opens `n` bits: the bits, and one hash of all their MACs (KRRW18 §2: MACs are checked by a hash of all of them). `macs` appends a range of them to a vector.
pub(super) fn opened(name: &Name, what: &str, n: usize, macs: impl Fn(Range<usize>, &mut Vec<Block>)) -> Vec<u64> {
    let mut message = Vec::with_capacity(opened_words(n));
    let digest = hashed(name, what, n, |range, piece| {
        macs(range, piece);
        message.extend(low_bits(piece));
    });
    message.extend(digest);
    message
}

/// Words of what opens `n` bits.
pub(super) const fn opened_words(n: usize) -> usize {
    if n == 0 { 0 } else { words(n) + HASH_WORDS }
}

/// The `n` bits that `message` of `peer` opens, under `delta` and the keys that `keys` appends.
pub(super) fn check_opened(
    name: &Name,
    what: &str,
    peer: Party,
    message: Vec<u64>,
    (n, delta): (usize, Block),
    keys: impl Fn(Range<usize>, &mut Vec<Block>),
) -> Result<Vec<u64>> {
    let mut plane = message;
    let told = plane.split_off(words(n));
    let digest = hashed(name, what, n, |range, piece| {
        let first = range.start;
        keys(range, piece);
        piece.iter_mut().enumerate().for_each(|(i, key)| *key ^= mask(&plane, first + i) & delta);
    });
    expect(peer, "the MACs of opened bits", digest.as_slice(), &told)?;
    Ok(plane)
}

/// The hash of blocks that come one after the other: of the hashes of their pieces.
pub(super) struct Hashing<'a> {
    name: &'a Name,
    what: &'a str,
    piece: Blocks,
    digests: Vec<u8>,
}

impl<'a> Hashing<'a> {
    pub fn new(name: &'a Name, what: &'a str) -> Self {
        Hashing { name, what, piece: Blocks(Vec::with_capacity(PIECE)), digests: Vec::new() }
    }

    pub fn push(&mut self, block: Block) {
        self.piece.push(block);
        if self.piece.len() == PIECE {
            self.end_piece();
        }
    }

    pub fn finish(mut self) -> [u64; HASH_WORDS] {
        if !self.piece.is_empty() {
            self.end_piece();
        }
        bytemuck::pod_read_unaligned(&self.name.digest(self.what, &self.digests))
    }

    fn end_piece(&mut self) {
        self.digests.extend(self.name.digest(self.what, bytemuck::cast_slice(&self.piece)));
        self.piece.clear();
    }
}

/// The hash of `n` blocks, piece by piece, or nothing if there are none.
fn hashed(name: &Name, what: &str, n: usize, mut blocks: impl FnMut(Range<usize>, &mut Vec<Block>)) -> Vec<u64> {
    let mut hashing = Hashing::new(name, what);
    for first in (0..n).step_by(PIECE) {
        blocks(first..n.min(first + PIECE), &mut hashing.piece);
        hashing.end_piece();
    }
    if n == 0 { Vec::new() } else { hashing.finish().to_vec() }
}
