//! Hashes of output labels: who has a label can tell which it is, or that it is neither, and nobody finds another one.

use jointly_circuit::Bits;
use jointly_math::{
    Block,
    ct::{Choice, ConstantTimeEq},
    hash::hash as digest,
    hash_each,
};
use zeroize::Zeroize;

/// BLAKE3, keyed for this function by S, of each label and its register: 128 bits.
pub(super) fn hash(start: Block, registers: &[u32], labels: impl Iterator<Item = Block>) -> Vec<Block> {
    let key = digest("jointly garble 1 output labels", &[&start.to_bytes()]);
    let message = |(label, register): (Block, &u32)| {
        let mut message = [0; 20];
        message[..16].copy_from_slice(&label.to_bytes());
        message[16..].copy_from_slice(&register.to_le_bytes());
        message
    };
    let mut messages: Vec<[u8; 20]> = labels.zip(registers).map(message).collect();
    let mut hashes = vec![Block::ZERO; messages.len()];
    hash_each(&key, &messages, &mut hashes);
    messages.zeroize();
    hashes
}

/// Which of its two hashes each label has; nothing if one has neither, or both.
pub(super) fn decode(
    start: Block,
    registers: &[u32],
    labels: impl Iterator<Item = Block>,
    hashes: &[[Block; 2]],
) -> Option<Bits> {
    assert_eq!(registers.len(), hashes.len(), "two hashes for each register");
    let mut known = Choice::from(1);
    let bit = |(hash, [zero, one]): (Block, &[Block; 2])| {
        let one = hash.ct_eq(one);
        known &= one ^ hash.ct_eq(zero);
        one.into()
    };
    let bits: Bits = hash(start, registers, labels).into_iter().zip(hashes).map(bit).collect();
    bool::from(known).then_some(bits)
}
