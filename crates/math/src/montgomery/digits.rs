//! Numbers as digits of 52 bits, lowest first.

use subtle::{Choice, ConditionallySelectable};

use super::{DIGIT_BITS, DIGIT_MASK};

/// Reads big-endian bytes.
pub(super) fn read(bytes: &[u8], digits: &mut [u64]) {
    let (mut held, mut bits, mut bytes) = (0u128, 0, bytes.iter().rev());
    for digit in digits {
        while bits < DIGIT_BITS {
            held |= u128::from(bytes.next().copied().unwrap_or(0)) << bits;
            bits += 8;
        }
        *digit = held as u64 & DIGIT_MASK;
        held >>= DIGIT_BITS;
        bits -= DIGIT_BITS;
    }
}

/// Writes big-endian bytes, the lowest of the number.
pub(super) fn write(digits: &[u64], bytes: &mut [u8]) {
    let (mut held, mut bits, mut digits) = (0u128, 0, digits.iter());
    for byte in bytes.iter_mut().rev() {
        if bits < 8 {
            held |= u128::from(digits.next().copied().unwrap_or(0)) << bits;
            bits += DIGIT_BITS;
        }
        *byte = held as u8;
        held >>= 8;
        bits -= 8;
    }
}

/// The inverse of an odd digit modulo 2^64, by Newton's iteration.
pub(super) fn inverse(odd: u64) -> u64 {
    // Right in the three lowest bits; each step doubles them.
    (0..5).fold(odd, |x, _| x.wrapping_mul(2u64.wrapping_sub(odd.wrapping_mul(x))))
}

/// a += b. What does not fit in the digits is lost.
pub(super) fn add(a: &mut [u64], b: &[u64]) {
    let mut carry = 0;
    for (a, b) in a.iter_mut().zip(b) {
        let sum = *a + b + carry;
        *a = sum & DIGIT_MASK;
        carry = sum >> DIGIT_BITS;
    }
}

/// Whether a < b.
pub(super) fn below(a: &[u64], b: &[u64]) -> Choice {
    let borrow = a.iter().zip(b).fold(0, |borrow, (a, b)| a.wrapping_sub(*b).wrapping_sub(borrow) >> 63);
    Choice::from(borrow as u8)
}

/// Subtracts b from an a below 2b unless a is below it.
pub(super) fn subtract_if_not_below(a: &mut [u64], b: &[u64]) {
    let not_below = !below(a, b);
    let mut borrow = 0;
    for (a, b) in a.iter_mut().zip(b) {
        let less = a.wrapping_sub(*b).wrapping_sub(borrow);
        borrow = less >> 63;
        a.conditional_assign(&(less & DIGIT_MASK), not_below);
    }
}
