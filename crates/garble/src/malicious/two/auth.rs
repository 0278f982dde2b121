//! Authenticated bits (KRRW18 §2, the figure of F_pre): x = x_A ⊕ x_B, where each party has a MAC of its own part under the other's key.
//!
//! Party P has (x_P, M_P, K_P), and M_A = K_B ⊕ x_A·Δ_B, M_B = K_A ⊕ x_B·Δ_A. Of what a party holds nothing but M and K is stored: bit 0 of
//! each M is the bit itself, bit 0 of each K is 0, and bit 0 of each Δ is 1. Bit 1 of Δ is 1 for party 0 and 0 for party 1, so that
//! bit 1 of Δ_A ⊕ Δ_B is 1, as the leaky AND needs it. 126 bits of each Δ are secret.

use std::ops::{Deref, DerefMut};

use jointly_core::Party;
use jointly_math::{Block, ct::Choice};
use zeroize::Zeroize;

/// Secret blocks, wiped when dropped.
#[derive(Default)]
pub(super) struct Blocks(pub Vec<Block>);

/// A party's part of a row of authenticated bits.
#[derive(Default)]
pub(super) struct Auth {
    /// The bits, in bit 0, and the MACs on them.
    pub mac: Blocks,
    /// The keys of the peer's MACs.
    pub key: Blocks,
}

/// A party's part of one authenticated bit.
#[derive(Clone, Copy, Default)]
pub(super) struct Bit {
    pub mac: Block,
    pub key: Block,
}

impl Auth {
    pub fn len(&self) -> usize {
        self.mac.len()
    }

    pub fn with_capacity(n: usize) -> Auth {
        Auth { mac: Blocks(Vec::with_capacity(n)), key: Blocks(Vec::with_capacity(n)) }
    }

    pub fn get(&self, i: usize) -> Bit {
        Bit { mac: self.mac[i], key: self.key[i] }
    }

    pub fn push(&mut self, bit: Bit) {
        self.mac.push(bit.mac);
        self.key.push(bit.key);
    }

    /// The bits from `at` on, taken off.
    pub fn split_off(&mut self, at: usize) -> Auth {
        Auth { mac: Blocks(self.mac.split_off(at)), key: Blocks(self.key.split_off(at)) }
    }
}

/// a ⊕ b: linear combinations need no communication.
impl std::ops::BitXor for Bit {
    type Output = Bit;
    fn bitxor(self, other: Bit) -> Bit {
        Bit { mac: self.mac ^ other.mac, key: self.key ^ other.key }
    }
}

impl Bit {
    /// The bit times a public one, as a mask.
    pub fn times(self, mask: Block) -> Bit {
        Bit { mac: self.mac & mask, key: self.key & mask }
    }

    /// The bit plus a public one, as a mask, given what [`constant`] says at this party.
    pub fn plus(self, mask: Block, one: Bit) -> Bit {
        self ^ one.times(mask)
    }
}

/// The constant 1: party 0 takes it as its part, with a MAC of 0, and party 1 has the key that fits.
pub(super) fn constant(me: Party, delta: Block) -> Bit {
    match me {
        Party(0) => Bit { mac: Block([1, 0]), key: Block::ZERO },
        _ => Bit { mac: Block::ZERO, key: delta ^ Block([1, 0]) },
    }
}

/// The low bits of every Δ of `party`.
pub(super) fn low_bits_of_delta(party: Party) -> u64 {
    if party == Party(0) { 0b11 } else { 0b01 }
}

/// Bit `i` of a plane as a mask of a block.
pub(super) fn mask(plane: &[u64], i: usize) -> Block {
    let word = (plane[i / 64] >> (i % 64) & 1).wrapping_neg();
    Block([word, word])
}

/// Bit 0 of a block as a mask.
pub(super) fn low_mask(block: Block) -> Block {
    Block::mask(Choice::from((block.0[0] & 1) as u8))
}

impl Deref for Blocks {
    type Target = Vec<Block>;
    fn deref(&self) -> &Vec<Block> {
        &self.0
    }
}

impl DerefMut for Blocks {
    fn deref_mut(&mut self) -> &mut Vec<Block> {
        &mut self.0
    }
}

impl Drop for Blocks {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// Overwrites secret blocks.
pub(super) fn wipe(blocks: &mut [Block]) {
    bytemuck::cast_slice_mut::<Block, u64>(blocks).zeroize();
}
