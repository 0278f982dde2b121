//! From and to integers.

use super::{BIAS, FRACTION, SIGN, double, round};
use crate::{
    Builder, Wire, Word,
    word::{constant, zero_extend},
};

/// The nearest double of a signed 64-bit integer.
///
/// # Panics
/// If `x` has not 64 bits.
pub fn from_i64(b: &mut Builder, x: &[Wire]) -> Word {
    let magnitude = b.abs(x);
    let mut result = from_u64(b, &magnitude);
    result[SIGN] = x[SIGN];
    result
}

/// The nearest double of a 64-bit integer from 0 on.
///
/// # Panics
/// If `x` has not 64 bits.
pub fn from_u64(b: &mut Builder, x: &[Wire]) -> Word {
    double(x);
    let zeros = b.leading_zeros(x);
    let x = b.shl(x, &zeros[..6]);
    let sticky = b.any(&x[..10]);
    // Bit 63 counts 2⁶³, unless all bits are zero.
    let exponent = b.sub(&constant(BIAS + 63, 11), &zero_extend(&zeros, 11));
    let exponent = b.mask(x[63], &exponent);
    let mut result = round(b, &exponent, &[&[sticky], &x[10..]].concat());
    result.push(Wire::ZERO);
    result
}

/// The integer part of a double as a signed 64-bit integer, as Rust's `as`: what is too large becomes the highest or the lowest
/// integer, what is not a number 0.
pub fn to_i64(b: &mut Builder, x: &[Wire]) -> Word {
    double(x);
    let exponent = &x[FRACTION..SIGN];
    // The significand at the top of 64 bits, shifted down: numbers below 1 disappear.
    let mut word = vec![Wire::ZERO; 11];
    word.extend(&x[..FRACTION]);
    word.push(Wire::ONE);
    let (by, large) = b.sub_borrow(&constant(BIAS + 62, 11), exponent);
    let whole = b.shr(&crate::word::shr(&word, 1, Wire::ZERO), &by);
    let whole = b.negate_if(x[SIGN], &whole);
    let mut bound = vec![!x[SIGN]; 63];
    bound.push(x[SIGN]);
    let result = b.select(large, &bound, &whole);
    let infinity = constant(0x7ff << FRACTION, SIGN);
    let nan = b.lt(&infinity, &x[..SIGN]);
    b.mask(!nan, &result)
}
