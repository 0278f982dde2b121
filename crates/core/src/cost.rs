//! What an operation costs on the wire, as data: the plan predicts with it, the conformance suite measures against it.

use std::ops::{Add, AddAssign};

use crate::Party;

/// A message travels in frames of at most this many payload bytes.
pub const FRAME_BYTES: usize = 256 * 1024;

/// What each frame adds: stream, length and depth.
pub const FRAME_HEADER_BYTES: usize = 12;

/// How many values of `size` bytes go into one frame. `size` is at most [`FRAME_BYTES`].
pub const fn frame_values(size: usize) -> usize {
    FRAME_BYTES / size
}

/// Bytes that a message of `values` values of `size` bytes puts on the wire, frame headers included. An empty message sends nothing.
pub const fn wire_bytes(values: usize, size: usize) -> u64 {
    (values * size + values.div_ceil(frame_values(size)) * FRAME_HEADER_BYTES) as u64
}

/// Messages of one party: the bytes that it sends, and the longest chain of dependent messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// Rounds.
    pub rounds: u64,
    /// Bytes that the party sends, frame headers included.
    pub bytes: u64,
}

impl Cost {
    /// Nothing is sent.
    pub const FREE: Cost = Cost { rounds: 0, bytes: 0 };
}

impl Add for Cost {
    type Output = Cost;

    /// One after the other.
    fn add(self, other: Cost) -> Cost {
        Cost { rounds: self.rounds + other.rounds, bytes: self.bytes + other.bytes }
    }
}

impl AddAssign for Cost {
    fn add_assign(&mut self, other: Cost) {
        *self = *self + other;
    }
}

/// One vector operation of an engine, with what its cost depends on: public sizes only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// Agreeing on seeds, once a job.
    Setup,
    /// `from` hands in `n` ring elements.
    Input {
        /// Whose values.
        from: Party,
        /// How many.
        n: usize,
    },
    /// `from` hands in `n` values of `width` bits.
    InputBits {
        /// Whose values.
        from: Party,
        /// How many.
        n: usize,
        /// Bits of each.
        width: usize,
    },
    /// `n` ring elements are shown to `to`.
    Open {
        /// Who sees them.
        to: Party,
        /// How many.
        n: usize,
    },
    /// `n` ring elements are shown to every computing party.
    OpenAll {
        /// How many.
        n: usize,
    },
    /// `n` values of `width` bits are shown to every computing party.
    OpenBits {
        /// How many.
        n: usize,
        /// Bits of each.
        width: usize,
    },
    /// `n` products.
    Mul {
        /// How many.
        n: usize,
    },
    /// `n` inner products.
    Dot {
        /// How many.
        n: usize,
        /// Products in each.
        k: usize,
    },
    /// The product of an m×k and a k×n matrix.
    Matmul {
        /// Rows of the first.
        m: usize,
        /// Columns of the first, rows of the second.
        k: usize,
        /// Columns of the second.
        n: usize,
    },
    /// ANDs of `n` values of `width` bits.
    And {
        /// How many.
        n: usize,
        /// Bits of each.
        width: usize,
    },
    /// Signs of `n` ring elements, as bits.
    Msb {
        /// How many.
        n: usize,
    },
    /// Whether each of `n` ring elements is 0, as bits.
    IsZero {
        /// How many.
        n: usize,
    },
    /// The low `width` bits of `n` ring elements.
    ToBits {
        /// How many.
        n: usize,
        /// Bits of each.
        width: usize,
    },
    /// `n` values of `width` bits, as ring elements.
    ToRing {
        /// How many.
        n: usize,
        /// Bits of each.
        width: usize,
    },
    /// Faithful truncation of `n` ring elements.
    Truncate {
        /// How many.
        n: usize,
        /// By how many bits.
        bits: u32,
    },
    /// One secret random permutation of the rows of a table.
    Shuffle {
        /// Rows.
        n: usize,
        /// Ring columns.
        ring: usize,
        /// Columns of strings of bits.
        bits: usize,
        /// Bits of all these strings in a row.
        width: usize,
    },
}

/// A step of a protocol between two parties that makes correlations: party 0 is the one that holds Δ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Correlate {
    /// What comes first, once.
    Setup,
    /// The next correlations.
    Extend {
        /// How many there were before; 0 for the first call.
        before: usize,
        /// How many.
        n: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_counted() {
        assert_eq!(wire_bytes(0, 8), 0);
        assert_eq!(wire_bytes(1, 8), 20);
        assert_eq!(wire_bytes(FRAME_BYTES / 8, 8), (FRAME_BYTES + 12) as u64);
        assert_eq!(wire_bytes(FRAME_BYTES / 8 + 1, 8), (FRAME_BYTES + 8 + 24) as u64);
    }
}
