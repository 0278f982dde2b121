//! Sums and differences.

use super::{FRACTION, SIGN, at_least_one, double, finish, neg, none, round, shift_sticky};
use crate::{Builder, Wire, Word, word::zero_extend};

/// x − y.
pub fn sub(b: &mut Builder, x: &[Wire], y: &[Wire]) -> Word {
    add(b, x, &neg(y))
}

/// x + y.
pub fn add(b: &mut Builder, x: &[Wire], y: &[Wire]) -> Word {
    double(x);
    double(y);
    let swap = b.lt(&x[..SIGN], &y[..SIGN]);
    let (large, small) = b.swap_if(swap, x, y);
    let subtract = b.xor(x[SIGN], y[SIGN]);
    let (exponent, sum) = aligned_sum(b, &large, &small, subtract);
    let (field, significand) = normalise(b, &exponent, &sum);
    let magnitude = round(b, &field, &significand);

    // The larger of the two is not a number if one of them is not.
    let special = b.all(&large[FRACTION..SIGN]);
    let fraction = b.any(&large[..FRACTION]);
    let both = b.all(&small[FRACTION..SIGN]);
    let invalid = b.and(both, subtract);
    let invalid = b.or(invalid, fraction);
    let nan = b.and(special, invalid);
    let overflow = b.all(&field);
    let infinite = b.or(special, overflow);
    let zero = none(b, &sum);
    let both_negative = b.and(x[SIGN], y[SIGN]);
    let sign = b.choose(zero, both_negative, large[SIGN]);
    finish(b, sign, &magnitude, nan, infinite)
}

/// The exponent of the larger, and the sum or difference in 57 bits: of the larger's significand 53, above them a carry, below
/// them three.
fn aligned_sum(b: &mut Builder, large: &[Wire], small: &[Wire], subtract: Wire) -> (Word, Word) {
    let mut parts = |x: &[Wire]| {
        let normal = b.any(&x[FRACTION..SIGN]);
        let exponent = at_least_one(b, &x[FRACTION..SIGN], normal);
        let mut significand = vec![Wire::ZERO; 3];
        significand.extend(&x[..FRACTION]);
        significand.push(normal);
        (exponent, significand)
    };
    let ((exponent, large), (exponent_small, small)) = (parts(large), parts(small));
    let by = b.sub(&exponent, &exponent_small);
    let small = shift_sticky(b, &small, &by);
    let small = b.flip(subtract, &small);
    let (mut sum, carry) = b.add_carry(&large, &small, subtract);
    sum.push(b.and(carry, !subtract));
    (exponent, sum)
}

/// Shifts the sum up, but not below the lowest exponent. Gives the exponent's bits, and 55 of the significand.
fn normalise(b: &mut Builder, exponent: &[Wire], sum: &[Wire]) -> (Word, Word) {
    let zeros = b.leading_zeros(sum);
    let zeros = zero_extend(&zeros, exponent.len());
    let by = b.min(&zeros, exponent);
    let sum = b.shl(sum, &by[..6]);
    // The top bit counts for one exponent more; without it the number is subnormal.
    let next = b.increment_if(Wire::ONE, exponent);
    let field = b.sub(&next, &by);
    let field = b.mask(sum[56], &field);
    let mut significand = vec![b.any(&sum[..3])];
    significand.extend(&sum[3..]);
    (field, significand)
}
