//! The path for every machine.

use subtle::{ConditionallySelectable, ConstantTimeEq};

use super::{DIGIT_BITS, DIGIT_MASK, Lane, MAX_DIGITS};

/// out = (ab + qm) / R, for the q that makes it whole: below 2m where ab < mR. Digit by digit, each followed by its part of the reduction.
pub(super) fn mul(m: &[u64], inverse: u64, a: &[u64], b: &[u64], out: &mut [u64]) {
    let n = m.len();
    let mut sum = [0u64; MAX_DIGITS];
    let sum = &mut sum[..n];
    let (a, wide) = (&a[..n], |x: u64, y: u64| u128::from(x) * u128::from(y));
    for &b in &b[..n] {
        let low = u128::from(sum[0]) + wide(a[0], b);
        let q = (low as u64).wrapping_mul(inverse) & DIGIT_MASK;
        let mut carry = (low + wide(m[0], q)) >> DIGIT_BITS;
        for j in 1..n {
            let x = u128::from(sum[j]) + wide(a[j], b) + wide(m[j], q) + carry;
            sum[j - 1] = x as u64 & DIGIT_MASK;
            carry = x >> DIGIT_BITS;
        }
        sum[n - 1] = carry as u64;
    }
    out.copy_from_slice(sum);
}

/// Entry `index` of a table, all of which is read.
pub(super) fn select(table: &[Lane], index: u64, out: &mut [Lane]) {
    out.fill(Lane::default());
    for (i, entry) in (0u64..).zip(table.chunks_exact(out.len())) {
        // The barrier within keeps compilers from making a branch of it.
        let this = u64::conditional_select(&0, &u64::MAX, i.ct_eq(&index));
        for (out, lane) in out.iter_mut().zip(entry) {
            out.0.iter_mut().zip(&lane.0).for_each(|(out, digit)| *out |= digit & this);
        }
    }
}
