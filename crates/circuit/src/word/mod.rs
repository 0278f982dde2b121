//! Arithmetic of words: what [`Builder`] can do with more than a bit.
//!
//! A word is as wide as it is long; numbers have their lowest bit first, signed ones are in two's complement. Operands of one operation
//! have one width, or the operation panics: a defect of the caller, not of data.

mod arith;
mod compare;
mod count;
mod divide;
mod multiply;
mod shift;
mod sort;

pub use shift::{rotl, shl, shr};
pub use sort::batcher;

use crate::{Builder, Wire, Word};

/// The low `width` bits of `value` as a word of constants.
///
/// # Panics
/// If `width` exceeds 128.
pub fn constant(value: u128, width: usize) -> Word {
    assert!(width <= 128, "a constant has at most 128 bits");
    (0..width).map(|i| Wire::constant(value >> i & 1 == 1)).collect()
}

/// `x` in `width` bits: zeros are put on top, or top bits left out.
pub fn zero_extend(x: &[Wire], width: usize) -> Word {
    (0..width).map(|i| x.get(i).copied().unwrap_or(Wire::ZERO)).collect()
}

/// `x` in `width` bits: its sign is put on top, or top bits left out.
///
/// # Panics
/// If `x` is empty.
pub fn sign_extend(x: &[Wire], width: usize) -> Word {
    (0..width).map(|i| x[i.min(x.len() - 1)]).collect()
}

/// How many bits of `x` there are without copies of its top bit: of a word that was widened, those from before and at most one more.
pub(crate) fn signed_width(x: &[Wire]) -> usize {
    let copies = x.iter().rev().take_while(|bit| Some(*bit) == x.last()).count();
    x.len() - copies.saturating_sub(1)
}

/// ¬x, bit by bit: free.
pub fn nots(x: &[Wire]) -> Word {
    x.iter().map(|bit| !*bit).collect()
}

impl Builder {
    /// x ⊕ y, bit by bit: free.
    pub fn xors(&mut self, x: &[Wire], y: &[Wire]) -> Word {
        pairs(x, y).map(|(a, b)| self.xor(a, b)).collect()
    }

    /// x · y, bit by bit.
    pub fn ands(&mut self, x: &[Wire], y: &[Wire]) -> Word {
        pairs(x, y).map(|(a, b)| self.and(a, b)).collect()
    }

    /// x or y, bit by bit.
    pub fn ors(&mut self, x: &[Wire], y: &[Wire]) -> Word {
        pairs(x, y).map(|(a, b)| self.or(a, b)).collect()
    }

    /// x if `keep` is 1, else 0: one AND a bit.
    pub fn mask(&mut self, keep: Wire, x: &[Wire]) -> Word {
        x.iter().map(|bit| self.and(keep, *bit)).collect()
    }

    /// ¬x if `flip` is 1, else x: free.
    pub fn flip(&mut self, flip: Wire, x: &[Wire]) -> Word {
        x.iter().map(|bit| self.xor(flip, *bit)).collect()
    }

    /// `yes` if `choice` is 1, else `no`: one AND a bit.
    pub fn select(&mut self, choice: Wire, yes: &[Wire], no: &[Wire]) -> Word {
        pairs(yes, no).map(|(yes, no)| self.choose(choice, yes, no)).collect()
    }

    /// Whether all bits are 1, in a tree: n − 1 ANDs.
    pub fn all(&mut self, x: &[Wire]) -> Wire {
        match x {
            [] => Wire::ONE,
            [bit] => *bit,
            _ => {
                let (low, high) = x.split_at(x.len() / 2);
                let (low, high) = (self.all(low), self.all(high));
                self.and(low, high)
            }
        }
    }

    /// Whether any bit is 1: n − 1 ANDs.
    pub fn any(&mut self, x: &[Wire]) -> Wire {
        !self.all(&nots(x))
    }
}

fn pairs<'a>(x: &'a [Wire], y: &'a [Wire]) -> impl Iterator<Item = (Wire, Wire)> + 'a {
    assert_eq!(x.len(), y.len(), "words of one width");
    x.iter().copied().zip(y.iter().copied())
}
