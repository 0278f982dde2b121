//! The natural logarithm: a normalisation and a polynomial.
//!
//! After Aly and Smart, "Benchmarking privacy preserving scientific operations", ACNS 2019: x is shifted to c in [1/2, 1) by the power of two that its
//! highest bit names, and ln x = ln c + ln 2 · (the shift). Instead of their quotient of polynomials, which takes a division, ln c is a polynomial of degree 7 in
//! u = 4c − 3 (minimax, `scripts/minimax`: error 1.93·10⁻⁷), computed as (a₄ + a₅u + a₆u² + a₇u³)·u⁴ + a₀ + a₁u + a₂u² + a₃u³. Roundings are below 0.7·10⁻⁷.

use jointly_core::Result;
use jointly_share::{Engine, Secret};

use crate::{
    fixed::{Fixed, bit_length, check},
    polynomial::{linear, scaled},
    prefix::{one_hot_msb, reversed},
    vector::{add_constant, halves, planes, repeat, shift},
};

/// ln((3 + u)/4) for −1 ≤ u < 1.
const LOG: [f64; 8] = [
    -0.287681888983141,
    0.333332877755351,
    -0.055561350366704,
    0.012350611289893,
    -0.003058061949740,
    0.000808194202942,
    -0.000272096777961,
    0.000081907031788,
];

/// Fraction bits of u, of the coefficients, and of products of both.
const T: u32 = 24;
const C: u32 = 30;
const SUM: u32 = T + C;

/// ln x at `frac` fraction bits, for x from one unit in its last place on: the error is below 3·10⁻⁷ and one unit in the result's last place. Where x = 0,
/// the result means nothing (mask it), but nothing fails; x must not be negative.
///
/// Refused where more than 54 fraction bits are asked for.
///
/// For x of 32 bits 30 rounds and 99 elements a value; 32 and 139 for 58 bits.
pub async fn ln(e: &mut dyn Engine, x: &Fixed, frac: u32) -> Result<Fixed> {
    check(64.0, frac)?;
    let bits = bit_length(x.bound, x.frac).max(1);
    let (c, top) = normalise(e, &x.secret, bits).await?;
    let u = shift(e, &c, T as i32 + 2 - bits as i32).await?;
    let u = add_constant(e, &u, -(3 << T))?;
    let fraction = polynomial(e, &u).await?;
    // x = 2^(top + 1 − frac) · c.
    let one = scaled(std::f64::consts::LN_2, SUM);
    let shifts = linear(e, one * (1 - i64::from(x.frac)), &[(&top, one)])?;
    let sum = e.add(&shifts, &fraction)?;
    let secret = shift(e, &sum, frac as i32 - SUM as i32).await?;
    // The polynomial is −2.95 where x = 0.
    let most = 3.0 + x.bound.max(1.0).ln().max(f64::from(x.frac) * std::f64::consts::LN_2);
    Fixed::new(secret, frac, most)
}

/// x·2^(bits − 1 − top) for the place `top` of the highest bit of x, and `top`.
async fn normalise(e: &mut dyn Engine, x: &Secret, bits: u32) -> Result<(Secret, Secret)> {
    let string = e.to_bits(x, bits as usize).await?;
    let hot = one_hot_msb(e, &string).await?;
    let up = e.to_ring(&reversed(e, &hot)?).await?;
    let top = e.to_ring(&place(e, &hot)?).await?;
    Ok((e.mul(x, &up).await?, top))
}

/// Which bit of each string is 1, in binary. Local.
fn place(e: &dyn Engine, hot: &Secret) -> Result<Secret> {
    let hot = planes(e, hot)?;
    let digits = (usize::BITS - (hot.len() - 1).leading_zeros()).max(1);
    let mut binary = Vec::new();
    for digit in 0..digits {
        // A plane is XORed with itself where no place has this digit.
        let mut sum = e.xor(&hot[0], &hot[0])?;
        for (_, plane) in hot.iter().enumerate().filter(|(j, _)| j >> digit & 1 == 1) {
            sum = e.xor(&sum, plane)?;
        }
        binary.push(sum);
    }
    e.stack(&binary.iter().collect::<Vec<_>>())
}

/// ln c, with SUM fraction bits.
async fn polynomial(e: &mut dyn Engine, u: &Secret) -> Result<Secret> {
    let square = e.mul(u, u).await?;
    let square = e.truncate(&square, T).await?;
    let higher = e.mul(&e.concat(&[u, &square])?, &repeat(e, &square, 2)?).await?;
    let higher = e.truncate(&higher, T).await?;
    let (cube, fourth) = halves(e, &higher)?;
    let cubic = |e: &dyn Engine, a: &[f64]| {
        let terms = [(u, scaled(a[1], C)), (&square, scaled(a[2], C)), (&cube, scaled(a[3], C))];
        linear(e, scaled(a[0], SUM), &terms)
    };
    let (low, high) = (cubic(e, &LOG[..4])?, cubic(e, &LOG[4..])?);
    let high = e.truncate(&high, T).await?;
    let high = e.mul(&high, &fourth).await?;
    e.add(&low, &high)
}

#[cfg(test)]
mod tests {
    use super::LOG;

    #[test]
    fn the_polynomial_is_as_near_as_stated() {
        let error = |u: f64| (LOG.iter().rev().fold(0.0, |p, a| p * u + a) - ((3.0 + u) / 4.0).ln()).abs();
        let worst = (0..=1_000_000).map(|i| error(f64::from(i) / 5e5 - 1.0)).fold(0.0, f64::max);
        assert!((1.92e-7..1.93e-7).contains(&worst), "{worst}");
    }
}
