//! A block: 128 bits, the unit of AES, of OT and of garbling.

use std::{
    fmt,
    ops::{BitAnd, BitXor, BitXorAssign},
};

use bytemuck::{Pod, Zeroable};
use jointly_core::Wire;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::DefaultIsZeroes;

/// 128 bits as two words, the low one first; in memory the 16 bytes are little-endian on every machine we support.
///
/// A block is usually a key, a label or a mask: its `Debug` shows nothing and it has no `==`, only
/// [`ct_eq`](ConstantTimeEq::ct_eq).
#[derive(Clone, Copy, Default)]
#[repr(C, align(16))]
pub struct Block(pub [u64; 2]);

// SAFETY: two words without padding (16 bytes, aligned to 16), every bit pattern is a value; all zero is one of them.
unsafe impl Zeroable for Block {}
// SAFETY: as above; the type is `Copy`, `repr(C)` and holds neither pointers nor padding.
unsafe impl Pod for Block {}

impl Block {
    /// The block of 128 zero bits.
    pub const ZERO: Block = Block([0; 2]);
    /// The block of 128 one bits.
    pub const ONES: Block = Block([u64::MAX; 2]);

    /// The block of these 16 bytes, least significant first.
    pub fn from_bytes(bytes: [u8; 16]) -> Block {
        u128::from_le_bytes(bytes).into()
    }

    /// The 16 bytes, least significant first.
    pub fn to_bytes(self) -> [u8; 16] {
        u128::from(self).to_le_bytes()
    }

    /// All ones if `choice` is 1, else all zeros: `Block::mask(bit) & delta` is `bit · delta` without a branch.
    pub fn mask(choice: Choice) -> Block {
        let word = u64::from(choice.unwrap_u8()).wrapping_neg();
        Block([word, word])
    }

    /// Bit `j`, counted from the least significant, as a choice.
    ///
    /// # Panics
    /// If `j` is 128 or more.
    pub fn bit(self, j: usize) -> Choice {
        Choice::from((self.0[j / 64] >> (j % 64) & 1) as u8)
    }
}

/// So that whole slices can be wiped.
impl DefaultIsZeroes for Block {}

impl From<u128> for Block {
    fn from(value: u128) -> Block {
        Block([value as u64, (value >> 64) as u64])
    }
}

impl From<Block> for u128 {
    fn from(block: Block) -> u128 {
        u128::from(block.0[0]) | u128::from(block.0[1]) << 64
    }
}

/// The 16 bytes, least significant first.
impl Wire for Block {
    const BYTES: usize = 16;

    fn encode(values: &[Block], out: &mut Vec<u8>) {
        if cfg!(target_endian = "little") {
            out.extend_from_slice(bytemuck::cast_slice(values));
        } else {
            values.iter().for_each(|v| out.extend_from_slice(&v.to_bytes()));
        }
    }

    fn decode(bytes: &[u8], out: &mut Vec<Block>) -> bool {
        let (blocks, rest) = bytes.as_chunks::<16>();
        out.extend(blocks.iter().map(|b| Block::from_bytes(*b)));
        rest.is_empty()
    }
}

impl BitXor for Block {
    type Output = Block;
    fn bitxor(self, other: Block) -> Block {
        Block([self.0[0] ^ other.0[0], self.0[1] ^ other.0[1]])
    }
}

impl BitXorAssign for Block {
    fn bitxor_assign(&mut self, other: Block) {
        *self = *self ^ other;
    }
}

impl BitAnd for Block {
    type Output = Block;
    fn bitand(self, other: Block) -> Block {
        Block([self.0[0] & other.0[0], self.0[1] & other.0[1]])
    }
}

impl ConstantTimeEq for Block {
    fn ct_eq(&self, other: &Block) -> Choice {
        self.0.ct_eq(&other.0)
    }
}

impl ConditionallySelectable for Block {
    fn conditional_select(a: &Block, b: &Block, choice: Choice) -> Block {
        *a ^ (Block::mask(choice) & (*a ^ *b))
    }
}

impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Block(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_words_and_numbers_agree() {
        let bytes: [u8; 16] = std::array::from_fn(|i| i as u8);
        let block = Block::from_bytes(bytes);
        assert_eq!(block.0, [0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908]);
        assert_eq!(block.to_bytes(), bytes);
        assert_eq!(bytemuck::bytes_of(&block), bytes);
        assert_eq!(u128::from(block), u128::from_le_bytes(bytes));
        assert_eq!(block.bit(8).unwrap_u8(), 1);
        assert_eq!(block.bit(9).unwrap_u8(), 0);
        assert_eq!(block.bit(64 + 59).unwrap_u8(), 1);
    }

    #[test]
    fn selection_and_comparison_without_branches() {
        let (a, b) = (Block([1, 2]), Block([3, 4]));
        assert_eq!(Block::conditional_select(&a, &b, Choice::from(0)).0, a.0);
        assert_eq!(Block::conditional_select(&a, &b, Choice::from(1)).0, b.0);
        assert!(bool::from(a.ct_eq(&Block([1, 2]))));
        assert!(!bool::from(a.ct_eq(&Block([1, 3]))));
        assert_eq!((a ^ b).0, [2, 6]);
        assert_eq!((Block::mask(Choice::from(1)) & a).0, a.0);
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Block([7, 9])), "Block(..)");
    }
}
