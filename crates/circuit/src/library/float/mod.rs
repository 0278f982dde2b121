//! IEEE 754 doubles (binary64), as a processor computes them: rounded to nearest, ties to even, with subnormal numbers, signed zeros and
//! infinities. Where a processor leaves a choice: a result that is not a number has the bits 0x7ff8_0000_0000_0000, whatever came in.

mod compare;
mod convert;
mod product;
mod sum;

pub use compare::{eq, le, lt};
pub use convert::{from_i64, from_u64, to_i64};
pub use product::{div, mul, sqrt};
pub use sum::{add, sub};

use crate::{
    Builder, Wire, Word,
    word::{nots, sign_extend, zero_extend},
};

/// Bits of a fraction.
const FRACTION: usize = 52;
/// Where the exponent ends and the sign is.
const SIGN: usize = 63;
/// What is added to an exponent.
const BIAS: u128 = 1023;
/// Width of exponents in between: signed, and wide enough for sums of two.
const WIDE: usize = 13;

/// −x: the sign turned, as for x = 0.
///
/// # Panics
/// As all here, if a number has not 64 bits.
pub fn neg(x: &[Wire]) -> Word {
    double(x);
    let mut result = x.to_vec();
    result[SIGN] = !result[SIGN];
    result
}

/// |x|: the sign cleared.
pub fn abs(x: &[Wire]) -> Word {
    double(x);
    let mut result = x.to_vec();
    result[SIGN] = Wire::ZERO;
    result
}

fn double(x: &[Wire]) {
    assert_eq!(x.len(), 64, "a double has 64 bits");
}

/// A number in parts.
struct Parts {
    sign: Wire,
    /// Whether the exponent has all bits set: an infinity, or no number.
    special: Wire,
    /// Whether a bit of the fraction is set.
    fraction: Wire,
    zero: Wire,
    /// Signed, [`WIDE`] bits, biased.
    exponent: Word,
    /// 53 bits, of which the highest is set if the number is neither zero nor special.
    significand: Word,
}

impl Parts {
    /// With subnormal numbers shifted up as if their exponent had no lower bound.
    fn of(b: &mut Builder, x: &[Wire]) -> Parts {
        double(x);
        let exponent = &x[FRACTION..SIGN];
        let normal = b.any(exponent);
        let special = b.all(exponent);
        let fraction = b.any(&x[..FRACTION]);
        let zero = b.and(!normal, !fraction);
        let mut raw = x[..FRACTION].to_vec();
        raw.push(normal);
        let zeros = b.leading_zeros(&raw);
        let significand = b.shl(&raw, &zeros);
        let exponent = at_least_one(b, exponent, normal);
        let exponent = b.sub(&zero_extend(&exponent, WIDE), &zero_extend(&zeros, WIDE));
        Parts { sign: x[SIGN], special, fraction, zero, exponent, significand }
    }

    fn nan(&self, b: &mut Builder) -> Wire {
        b.and(self.special, self.fraction)
    }
}

/// An exponent's bits, or 1 if they are 0: subnormal numbers count like the lowest normal ones.
fn at_least_one(b: &mut Builder, exponent: &[Wire], normal: Wire) -> Word {
    let mut exponent = exponent.to_vec();
    exponent[0] = b.xor(exponent[0], !normal);
    exponent
}

/// x shifted down, bit 0 of the result collecting all that falls off.
fn shift_sticky(b: &mut Builder, x: &[Wire], by: &[Wire]) -> Word {
    let stages = x.len().next_power_of_two().ilog2() as usize;
    let mut word = x.to_vec();
    for (i, bit) in by.iter().enumerate().take(stages) {
        let lost = b.any(&word[..1 << i]);
        let mut moved = crate::word::shr(&word, 1 << i, Wire::ZERO);
        moved[0] = b.or(moved[0], lost);
        word = b.select(*bit, &moved, &word);
    }
    let beyond = b.any(&by[stages.min(by.len())..]);
    let lost = b.any(&word);
    let mut gone = vec![Wire::ZERO; x.len()];
    gone[0] = lost;
    b.select(beyond, &gone, &word)
}

/// Rounds a positive number of any exponent ([`WIDE`] bits, biased) whose significand has its highest bit set: bit 0 collects what
/// is below, bit 1 is the one to round by, 53 more follow. Gives the 63 bits below the sign, and whether that number is too large.
fn round_any(b: &mut Builder, exponent: &[Wire], significand: &[Wire]) -> (Word, Wire) {
    // From exponent 0 downwards the number is subnormal: shifted down by 1 − exponent.
    let one = crate::word::constant(1, WIDE);
    let down = b.sub(&one, exponent);
    let subnormal = !down[WIDE - 1];
    let not_zero = b.any(&down);
    let subnormal = b.and(subnormal, not_zero);
    let down = b.mask(subnormal, &down[..WIDE - 1]);
    let significand = shift_sticky(b, significand, &down);
    let field = b.mask(!subnormal, &exponent[..11]);
    // Positive, and 2047 or more.
    let all = b.all(&exponent[..11]);
    let above = b.or(all, exponent[11]);
    let large = b.and(above, !exponent[WIDE - 1]);
    (round(b, &field, &significand), large)
}

/// Rounds to nearest, ties to even. The exponent has 11 bits, and is 0 for subnormal numbers; a carry out of the fraction goes into it.
fn round(b: &mut Builder, exponent: &[Wire], significand: &[Wire]) -> Word {
    let [sticky, guard, rest @ ..] = significand else { unreachable!("a significand has 55 bits") };
    let up = b.or(*sticky, rest[0]);
    let up = b.and(up, *guard);
    let word = [&rest[..FRACTION], exponent].concat();
    b.increment_if(up, &word)
}

/// A number of its sign and the 63 bits below it, unless it is not a number or an infinity.
fn finish(b: &mut Builder, sign: Wire, magnitude: &[Wire], nan: Wire, infinite: Wire) -> Word {
    let special = b.or(nan, infinite);
    let mut result = b.mask(!special, magnitude);
    for bit in &mut result[FRACTION..] {
        // The mask has cleared it.
        *bit = b.xor(*bit, special);
    }
    result[FRACTION - 1] = b.xor(result[FRACTION - 1], nan);
    result.push(b.and(sign, !nan));
    result
}

/// x + y + z of signed numbers in [`WIDE`] bits.
fn sum_wide(b: &mut Builder, x: &[Wire], y: &[Wire], z: &[Wire]) -> Word {
    b.sum(&[sign_extend(x, WIDE), sign_extend(y, WIDE), sign_extend(z, WIDE)], WIDE)
}

fn none(b: &mut Builder, x: &[Wire]) -> Wire {
    b.all(&nots(x))
}
