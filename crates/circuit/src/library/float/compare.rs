//! Comparisons: what is not a number compares with nothing, and the zeros are equal.

use super::{FRACTION, SIGN, double, none};
use crate::{Builder, Wire, word::constant};

/// x = y.
pub fn eq(b: &mut Builder, x: &[Wire], y: &[Wire]) -> Wire {
    let compared = Compared::of(b, x, y);
    let equal = compared.equal(b);
    b.and(equal, !compared.unordered)
}

/// x < y.
pub fn lt(b: &mut Builder, x: &[Wire], y: &[Wire]) -> Wire {
    let compared = Compared::of(b, x, y);
    let less = compared.less(b);
    b.and(less, !compared.unordered)
}

/// x ≤ y.
pub fn le(b: &mut Builder, x: &[Wire], y: &[Wire]) -> Wire {
    let compared = Compared::of(b, x, y);
    let (less, equal) = (compared.less(b), compared.equal(b));
    let any = b.or(less, equal);
    b.and(any, !compared.unordered)
}

struct Compared {
    /// The sign of x, and whether that of y is another.
    negative: Wire,
    signs_differ: Wire,
    /// Of the numbers without their signs: whether they are the same, whether x is less, whether both are zero.
    same: Wire,
    below: Wire,
    zeros: Wire,
    /// Whether one is not a number.
    unordered: Wire,
}

impl Compared {
    fn of(b: &mut Builder, x: &[Wire], y: &[Wire]) -> Compared {
        double(x);
        double(y);
        let (signs_differ, negative) = (b.xor(x[SIGN], y[SIGN]), x[SIGN]);
        let (x, y) = (&x[..SIGN], &y[..SIGN]);
        let same = b.eq(x, y);
        let below = b.lt(x, y);
        let zero = none(b, x);
        let infinity = constant(0x7ff << FRACTION, SIGN);
        let (nan_x, nan_y) = (b.lt(&infinity, x), b.lt(&infinity, y));
        Compared { negative, signs_differ, same, below, zeros: b.and(same, zero), unordered: b.or(nan_x, nan_y) }
    }

    fn equal(&self, b: &mut Builder) -> Wire {
        let signs = b.or(!self.signs_differ, self.zeros);
        b.and(self.same, signs)
    }

    fn less(&self, b: &mut Builder) -> Wire {
        let other_sign = b.and(self.negative, !self.zeros);
        // Of two negative numbers that differ, the one with more below the sign is less.
        let below = b.xor(self.below, self.negative);
        let same_sign = b.and(below, !self.same);
        b.choose(self.signs_differ, other_sign, same_sign)
    }
}
