//! The logistic function: a polynomial of degree 3 on each of eight pieces.
//!
//! Piecewise minimax polynomials as in Fan et al., "NFGen: automatic non-linear function evaluation code generator for general-purpose MPC
//! platforms", CCS 2022, but with pieces of one length, so that three bits of |x|·55/64 name the piece and no comparison is needed. With the sign, what lies
//! beyond eight pieces, and those bits from one decomposition, as flags, the coefficients are sums of products of flags; with 15 fraction bits the
//! powers of t, the place within a piece, are exact, so that nothing is cut between x and the result.
//!
//! σ(x) = 1/2 ± g(|x|). Errors of g: of the polynomials 6.46·10⁻⁵ (`scripts/minimax`), of t 2⁻¹⁵·64/55/4, of the coefficients 0.3·10⁻⁵.

use jointly_core::{Error, Result};
use jointly_share::{Engine, Secret};

use crate::{
    fixed::{Fixed, LIMIT_BITS, bit_length, check},
    logic::any,
    polynomial::{linear, products, scaled},
    vector::{add_constant, join, planes, shift, split},
};

/// σ − 1/2 on piece p, for t = |x|·55/64 − p − 1/2 in [−1/2, 1/2].
const PIECES: [[f64; 4]; 8] = [
    [0.141421428698567, 0.267559363791431, -0.041958462423630, -0.022266123042973],
    [0.351350859508348, 0.147298216386828, -0.059311108506577, 0.007278634043935],
    [0.448304314609287, 0.057061468448839, -0.030098534001406, 0.009023276963313],
    [0.483261941009594, 0.019154730284446, -0.011018170311995, 0.003955112170940],
    [0.494711522485663, 0.006122217877293, -0.003619642561161, 0.001368340167351],
    [0.498342176421974, 0.001926154955447, -0.001148660488768, 0.000441145692326],
    [0.499481595861149, 0.000602995836520, -0.000360567049567, 0.000139156980501],
    [0.499838020118381, 0.000188478147215, -0.000112797315345, 0.000043599466569],
];

/// A piece has length 64/55.
const PER_UNIT: i64 = 55;
const UNIT_BITS: u32 = 6;

/// Fraction bits of t, of the coefficient of t³, and of the sum.
const T: u32 = 15;
const C: u32 = 15;
const SUM: u32 = 3 * T + C;

/// 1/(1 + e^−x) at `frac` fraction bits. Beyond ±9.31 it is exactly 0 or 1. The error is below 7.8·10⁻⁵ and a unit in the last place: with 16
/// fraction bits or more, below 10⁻⁴.
///
/// Refused where the bound of x reaches 2^38, or without fraction bits. Of x's fraction bits 16 count at least, 50 with a bound of 16.
///
/// For a bound of 16 and 16 fraction bits 19 rounds and 65 elements a value; 22 and 67 for one of 1000.
pub async fn sigmoid(e: &mut dyn Engine, x: &Fixed, frac: u32) -> Result<Fixed> {
    check(2.0, frac)?;
    if frac == 0 {
        return Err(Error::Refused("a sigmoid without fraction bits is asked for; ask for some".into()));
    }
    let (x, len) = scale(e, x).await?;
    let flags = Flags::new(e, &x, len).await?;
    // |x|, or 0 beyond the pieces, and products of the piece's bits.
    let [b0, b1, b2] = &flags.piece;
    let first = products(e, &[(&flags.inside, &x), (b0, b1), (b0, b2), (b1, b2)]).await?;
    let [size, b01, b02, b12] = &first[..] else { return Err(Error::Misuse("four products")) };
    let whole = linear(e, 1 << (T - 1), &[(b0, 1 << T), (b1, 2 << T), (b2, 4 << T)])?;
    let t = e.sub(size, &whole)?;
    let second = products(e, &[(&t, &t), (b0, b12)]).await?;
    let cube = e.mul(&t, &second[0]).await?;
    let g = evaluate(e, [&t, &second[0], &cube], [b0, b1, b01, b2, b02, b12, &second[1]]).await?;
    let g = shift(e, &g, frac as i32 - SUM as i32).await?;
    let secret = e.mul(&flags.inside, &g).await?;
    let mut secret = add_constant(e, &secret, 1 << (frac - 1))?;
    if let Some(outside) = &flags.outside {
        secret = e.add(&secret, &e.scale(outside, 1 << (frac - 1))?)?;
    }
    Fixed::new(secret, frac, 1.0 + 1e-4 + 2f64.powi(-(frac as i32)))
}

/// x·55/64 with T fraction bits, and how many bits its integer part has, at least three.
async fn scale(e: &mut dyn Engine, x: &Fixed) -> Result<(Secret, usize)> {
    let most = LIMIT_BITS - 1 - bit_length(x.bound * PER_UNIT as f64, 0) as i32;
    if most < 16 {
        return Err(Error::Refused(format!(
            "the sigmoid of values of up to {:.3e} is asked for; declare a bound below 2^38",
            x.bound
        )));
    }
    let x = x.rescale(e, x.frac.min(most as u32)).await?;
    let pieces = e.scale(&x.secret, PER_UNIT)?;
    let len = bit_length(x.bound * PER_UNIT as f64 / 2f64.powi(UNIT_BITS as i32) + 2f64.powi(-(T as i32)), 0);
    Ok((shift(e, &pieces, T as i32 - (x.frac + UNIT_BITS) as i32).await?, len.max(3) as usize))
}

struct Flags {
    /// The sign as −1 or 1 where x lies on a piece, else 0; and the sign where it lies beyond, else 0.
    inside: Secret,
    outside: Option<Secret>,
    /// Bits of the piece's number, 0 beyond the pieces.
    piece: [Secret; 3],
}

impl Flags {
    async fn new(e: &mut dyn Engine, x: &Secret, len: usize) -> Result<Self> {
        let (t, top) = (T as usize, T as usize + len);
        let string = e.to_bits(x, top + 1).await?;
        let sign = e.planes(&string, top..top + 1)?;
        // −x − 1 for negative x: one unit off, which puts a piece's end on the piece before.
        let size = e.xor(&e.planes(&string, t..top)?, &e.stack(&vec![&sign; len])?)?;
        let mut bits = vec![sign];
        let piece = e.planes(&size, 0..3)?;
        if len > 3 {
            let high = planes(e, &e.planes(&size, 3..len)?)?;
            let beyond = any(e, &high.iter().collect::<Vec<_>>()).await?;
            let within = e.not(&beyond)?;
            let left = e.stack(&[&piece, &bits[0]])?;
            let right = e.stack(&[&within, &within, &within, &beyond])?;
            let masked = e.and(&left, &right).await?;
            bits.extend(planes(e, &masked)?);
            bits.push(beyond);
        } else {
            bits.extend(planes(e, &piece)?);
        }
        let flags = e.to_ring(&join(e, &bits)?).await?;
        let flags = split(e, &flags, bits.len())?;
        let piece = [flags[1].clone(), flags[2].clone(), flags[3].clone()];
        let mut inside = linear(e, 1, &[(&flags[0], -2)])?;
        let mut outside = None;
        if let [both, beyond] = &flags[4..] {
            let signed = linear(e, 0, &[(beyond, 1), (both, -2)])?;
            inside = e.sub(&inside, &signed)?;
            outside = Some(signed);
        }
        Ok(Self { inside, outside, piece })
    }
}

/// Σ aᵢtⁱ, with the coefficients of the piece named by b: `monomials` are b₀, b₁, b₀b₁, b₂, b₀b₂, b₁b₂, b₀b₁b₂.
async fn evaluate(e: &mut dyn Engine, powers: [&Secret; 3], monomials: [&Secret; 7]) -> Result<Secret> {
    let n = powers[0].len();
    let mut coefficients = Vec::with_capacity(4);
    for degree in 0..4 {
        let k = expansion(degree);
        let terms: Vec<_> = monomials.iter().zip(&k[1..]).map(|(m, k)| (*m, *k)).collect();
        coefficients.push(linear(e, k[0], &terms)?);
    }
    let places: Vec<u32> = (0..n as u32).flat_map(|i| (0..3).map(move |d| d * n as u32 + i)).collect();
    let powers = e.gather(&e.concat(&powers)?, &places)?;
    let high = e.gather(&join(e, &coefficients[1..])?, &places)?;
    let sum = e.dot(&high, &powers, 3).await?;
    e.add(&sum, &coefficients[0])
}

/// The pieces' coefficients of t^`degree`, scaled, as the coefficients of a polynomial in the bits of the piece's number: that of the product
/// of the bits in m is Σ (−1)^|m − p| a(p) over all p within m.
fn expansion(degree: usize) -> [i64; 8] {
    let mut k = PIECES.map(|a| scaled(a[degree], C + (3 - degree as u32) * T));
    for j in [1, 2, 4] {
        for m in (0..8).filter(|m| m & j != 0) {
            k[m] -= k[m ^ j];
        }
    }
    k
}

#[cfg(test)]
mod tests {
    use super::{PIECES, expansion};

    #[test]
    fn the_polynomials_are_as_near_as_stated() {
        let mut worst: f64 = 0.0;
        for (p, a) in PIECES.iter().enumerate() {
            for i in 0..=100_000 {
                let t = f64::from(i) / 1e5 - 0.5;
                let x = (p as f64 + 0.5 + t) * 64.0 / 55.0;
                let g = a.iter().rev().fold(0.0, |g, a| g * t + a);
                worst = worst.max((g + 0.5 - 1.0 / (1.0 + (-x).exp())).abs());
            }
        }
        assert!((6.4e-5..6.47e-5).contains(&worst), "{worst}");
    }

    #[test]
    fn expansions_give_the_coefficients_back() {
        for degree in 0..4 {
            let k = expansion(degree);
            for (p, a) in PIECES.iter().enumerate() {
                let sum: i64 = (0..8).filter(|m| m & p == *m).map(|m| k[m]).sum();
                let expected = a[degree] * 2f64.powi(15 * (4 - degree as i32));
                assert!((sum as f64 - expected).abs() <= 64.0);
            }
        }
    }
}
