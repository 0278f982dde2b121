//! Products, quotients and square roots.

use super::{BIAS, Parts, WIDE, finish, round, round_any, sum_wide};
use crate::{
    Builder, Wire, Word,
    word::{constant, nots, zero_extend},
};

/// x · y.
pub fn mul(b: &mut Builder, x: &[Wire], y: &[Wire]) -> Word {
    let (x, y) = (Parts::of(b, x), Parts::of(b, y));
    let product = b.mul_wide(&x.significand, &y.significand);
    // Between 1 and 4, the highest bit tells which half: 53 bits, one to round by, and whether there is anything below.
    let top = product[105];
    let below = b.any(&product[..51]);
    let more = b.or(below, product[51]);
    let sticky = b.choose(top, more, below);
    let rest = b.select(top, &product[52..], &product[51..105]);
    let exponent = sum_wide(b, &x.exponent, &y.exponent, &minus_bias());
    let exponent = b.increment_if(top, &exponent);
    let (magnitude, large) = round_any(b, &exponent, &[&[sticky], &rest[..]].concat());

    let sign = b.xor(x.sign, y.sign);
    let (nan_x, nan_y) = (x.nan(b), y.nan(b));
    let special = b.or(x.special, y.special);
    let zero = b.or(x.zero, y.zero);
    let invalid = b.and(special, zero);
    let nan = [nan_y, invalid].into_iter().fold(nan_x, |any, bit| b.or(any, bit));
    let large = b.and(large, !zero);
    let infinite = b.or(special, large);
    let magnitude = b.mask(!zero, &magnitude);
    finish(b, sign, &magnitude, nan, infinite)
}

/// x / y.
pub fn div(b: &mut Builder, x: &[Wire], y: &[Wire]) -> Word {
    let (x, y) = (Parts::of(b, x), Parts::of(b, y));
    let (quotient, sticky) = ratio(b, &x.significand, &y.significand);
    // Between 1/2 and 2.
    let top = quotient[54];
    let more = b.or(sticky, quotient[0]);
    let sticky = b.choose(top, more, sticky);
    let rest = b.select(top, &quotient[1..], &quotient[..54]);
    // −y = ¬y + 1: the bias goes on, less one that ¬y lacks, less one if the quotient is below 1.
    let bias = constant(BIAS, WIDE);
    let exponent = sum_wide(b, &x.exponent, &nots(&y.exponent), &bias);
    let exponent = b.increment_if(top, &exponent);
    let (magnitude, large) = round_any(b, &exponent, &[&[sticky], &rest[..]].concat());

    let sign = b.xor(x.sign, y.sign);
    let (nan_x, nan_y) = (x.nan(b), y.nan(b));
    let zeros = b.and(x.zero, y.zero);
    let specials = b.and(x.special, y.special);
    let nan = [nan_y, zeros, specials].into_iter().fold(nan_x, |any, bit| b.or(any, bit));
    let zero = b.or(x.zero, y.special);
    let large = b.and(large, !zero);
    let infinite = [y.zero, large].into_iter().fold(x.special, |any, bit| b.or(any, bit));
    let magnitude = b.mask(!zero, &magnitude);
    finish(b, sign, &magnitude, nan, infinite)
}

/// x · 2⁵⁴ / y in 55 bits, and whether anything is left, for significands of 53 bits with the highest bit set. The remainder is
/// not restored: it lies between −y and y.
fn ratio(b: &mut Builder, x: &[Wire], y: &[Wire]) -> (Word, Wire) {
    let y = zero_extend(y, 54);
    let mut rest = b.sub(&zero_extend(x, 54), &y);
    let mut quotient = vec![!rest[53]];
    for _ in 0..54 {
        let subtract = !rest[53];
        rest.pop();
        rest.insert(0, Wire::ZERO);
        let term = b.flip(subtract, &y);
        rest = b.add_carry(&rest, &term, subtract).0;
        quotient.insert(0, !rest[53]);
    }
    let back = b.mask(rest[53], &y);
    let rest = b.add(&rest, &back);
    (quotient, b.any(&rest))
}

/// √x; of −0 it is −0.
pub fn sqrt(b: &mut Builder, x: &[Wire]) -> Word {
    let x = Parts::of(b, x);
    // An exponent that is odd without its bias gives one bit to the significand.
    let odd = !x.exponent[0];
    let mut radicand = vec![Wire::ZERO; 54];
    let single = [&x.significand[..], &[Wire::ZERO]].concat();
    let doubled = [&[Wire::ZERO], &x.significand[..]].concat();
    radicand.extend(b.select(odd, &doubled, &single));
    let (root, exact) = b.sqrt(&radicand);
    let exponent = b.add(&x.exponent, &constant(BIAS, WIDE));
    let magnitude = round(b, &exponent[1..12], &[&[!exact], &root[..]].concat());

    let negative = b.and(x.sign, !x.zero);
    let nan = x.nan(b);
    let nan = b.or(nan, negative);
    let magnitude = b.mask(!x.zero, &magnitude);
    finish(b, x.sign, &magnitude, nan, x.special)
}

fn minus_bias() -> Word {
    constant(BIAS.wrapping_neg(), WIDE)
}
