//! The exponential function: the integer part of x·log₂e as bits, a polynomial for 2 to the fraction.
//!
//! After Aly and Smart, "Benchmarking privacy preserving scientific operations", ACNS 2019, and Keller and Sun, "Secure quantized training for
//! deep learning", ICML 2022: y = x·log₂e + low ≥ 0 is taken apart into bits once. Its integer part i = Σ bⱼ2ʲ gives 2ⁱ as Π (1 + bⱼ(2^(2ʲ) − 1)),
//! and 2ʳ, for the fraction r = y − i, is a polynomial of degree 4 (minimax, `scripts/minimax`: relative error 2.6·10⁻⁶), computed as
//! (a₄s + a₃r + a₂)·s + a₁r + a₀ with s = r².
//!
//! Relative errors: of y 2⁻¹⁸·ln 2 and, from log₂e, 1.4·10⁻⁶ (10⁻⁶ more where x is cut first); of the polynomial 2.6·10⁻⁶; of s 0.3·2⁻¹⁸; of 2ʳ, cut
//! to 15 bits so that all of e^−16 … e^15 fits, 2⁻¹⁵. In all 4.1·10⁻⁵.

use jointly_core::{Error, Result};
use jointly_share::{Engine, Secret};

use crate::{
    fixed::{Fixed, LIMIT_BITS, check},
    polynomial::{linear, products, scaled},
    vector::{add_constant, join, planes, shift, split},
};

/// 2^r for 0 ≤ r < 1.
const POWER: [f64; 5] = [1.000002593370665, 0.693003834471064, 0.241442756886190, 0.052011460619055, 0.013534167911695];

/// Fraction bits of y, of the coefficients beyond those, of log₂e, and of 2^r when it meets 2^i.
const T: u32 = 18;
const C: u32 = 22;
const LOG_BITS: u32 = 22;
const P: u32 = 15;

/// Where values get too large, and below what power of two they count as 0.
const TOP: f64 = 15.0;
const BOTTOM: f64 = 16.0;
const LOWEST: u32 = 24;

/// e^x at `frac` fraction bits, for x ≤ 15: the error is at most 10⁻⁴·e^x, or 2 units in the last place where that is more; in figures,
/// 4.1·10⁻⁵·e^x and one unit. Below −16, where the bound of x allows for such values, it is at most 6·10⁻⁸ and 2 units: below −24·ln 2 the result is 0.
/// For values above 15 the result means nothing.
///
/// Refused where the bound of x reaches 2^18, or e^min(15, bound) · 2^`frac` does 2^61. Of x's fraction bits 20 count at least, 34 with a bound of 16.
///
/// For a bound of 16 and 16 fraction bits 21 rounds and 73 elements a value; 2 rounds and 9 elements more for larger bounds.
pub async fn exp(e: &mut dyn Engine, x: &Fixed, frac: u32) -> Result<Fixed> {
    let plan = Plan::new(x, frac)?;
    let y = plan.base_two(e, x).await?;
    let (y, factors) = plan.whole(e, &y).await?;
    let product = powers(e, &y, factors).await?;
    let secret = shift(e, &product, frac as i32 - (P + plan.low) as i32).await?;
    Fixed::new(secret, frac, plan.bound)
}

/// Public sizes.
struct Plan {
    /// Fraction bits of x that are used.
    frac: u32,
    /// What is added to x·log₂e.
    low: u32,
    /// Bits of the integer part of y, and of all of y with its sign, if it can be negative.
    whole: usize,
    signed: Option<usize>,
    bound: f64,
}

impl Plan {
    fn new(x: &Fixed, frac: u32) -> Result<Self> {
        let reach = x.bound * std::f64::consts::LOG2_E + 2f64.powi(-8);
        let most = LIMIT_BITS - LOG_BITS as i32 - reach.log2().ceil() as i32;
        if most < 20 {
            return Err(Error::Refused(format!(
                "the exponential of values of up to {:.3e} is asked for; declare a bound below 2^18",
                x.bound
            )));
        }
        let bound = x.bound.min(TOP).exp() * (1.0 + 1e-4) + 2f64.powi(1 - frac as i32);
        check(bound, frac)?;
        let up = (reach.ceil() as u32).min(22);
        let low = if x.bound > BOTTOM { LOWEST } else { (reach.ceil() as u32).max(1) };
        let whole = (u32::BITS - (low + up - 1).leading_zeros()) as usize;
        let bits = T as usize + 1 + (u64::BITS - (reach.ceil() as u64 + u64::from(low)).leading_zeros()) as usize;
        let signed = (x.bound > BOTTOM).then_some(bits);
        Ok(Self { frac: x.frac.min(most as u32), low, whole, signed, bound })
    }

    /// y = x·log₂e + low, with T fraction bits.
    async fn base_two(&self, e: &mut dyn Engine, x: &Fixed) -> Result<Secret> {
        let x = x.rescale(e, self.frac).await?;
        let y = e.scale(&x.secret, scaled(std::f64::consts::LOG2_E, LOG_BITS))?;
        let y = shift(e, &y, T as i32 - (self.frac + LOG_BITS) as i32).await?;
        add_constant(e, &y, i64::from(self.low) << T)
    }

    /// The fraction of y, and what 2^i is the product of. Where y < 0, everything is 0.
    async fn whole(&self, e: &mut dyn Engine, y: &Secret) -> Result<(Secret, Vec<Secret>)> {
        let t = T as usize;
        let string = e.to_bits(y, self.signed.unwrap_or(t + self.whole)).await?;
        let mut whole = e.planes(&string, t..t + self.whole)?;
        let mut y = y.clone();
        if let Some(bits) = self.signed {
            let keep = e.not(&e.planes(&string, bits - 1..bits)?)?;
            whole = e.and(&whole, &e.stack(&vec![&keep; self.whole])?).await?;
            whole = e.stack(&[&whole, &keep])?;
        }
        let flags = e.to_ring(&join(e, &planes(e, &whole)?)?).await?;
        let mut flags = split(e, &flags, whole.width()?)?;
        let keep = if self.signed.is_some() { flags.pop() } else { None };
        if let Some(keep) = &keep {
            y = e.mul(&y, keep).await?;
        }
        let mut factors = Vec::with_capacity(self.whole);
        for (j, b) in flags.iter().enumerate() {
            y = e.sub(&y, &e.scale(b, 1 << (t + j))?)?;
            let more = e.scale(b, (1i64 << (1 << j)) - 1)?;
            factors.push(match &keep {
                Some(keep) if j == 0 => e.add(keep, &more)?,
                _ => add_constant(e, &more, 1)?,
            });
        }
        Ok((y, factors))
    }
}

/// 2^r · Π factors, with P fraction bits. While 2^r is computed, factors are multiplied in pairs.
async fn powers(e: &mut dyn Engine, r: &Secret, factors: Vec<Secret>) -> Result<Secret> {
    let (square, factors) = beside(e, r, r, factors).await?;
    let s = e.truncate(&square, T).await?;
    let [a0, a1, a2, a3, a4] = POWER;
    let high = linear(e, scaled(a2, T + C), &[(r, scaled(a3, C)), (&s, scaled(a4, C))])?;
    let low = linear(e, scaled(a0, 2 * T + C), &[(r, scaled(a1, T + C))])?;
    let (high, mut factors) = beside(e, &high, &s, factors).await?;
    let power = e.add(&high, &low)?;
    factors.push(e.truncate(&power, 2 * T + C - P).await?);
    while factors.len() > 2 {
        factors = halved(e, factors, &[]).await?;
    }
    match &factors[..] {
        [x, y] => e.mul(x, y).await,
        list => join(e, list),
    }
}

/// x·y, and in the same round the factors in pairs.
async fn beside(e: &mut dyn Engine, x: &Secret, y: &Secret, factors: Vec<Secret>) -> Result<(Secret, Vec<Secret>)> {
    let mut all = halved(e, factors, &[(x, y)]).await?;
    Ok((all.remove(0), all))
}

/// The products of `first`, then those of the factors in pairs; an odd one stays.
async fn halved(e: &mut dyn Engine, factors: Vec<Secret>, first: &[(&Secret, &Secret)]) -> Result<Vec<Secret>> {
    let pairs: Vec<_> = first.iter().copied().chain(factors.chunks_exact(2).map(|p| (&p[0], &p[1]))).collect();
    let mut out = products(e, &pairs).await?;
    out.extend(factors.chunks_exact(2).remainder().iter().cloned());
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::POWER;

    #[test]
    fn the_polynomial_is_as_near_as_stated() {
        let error = |r: f64| (POWER.iter().rev().fold(0.0, |p, a| p * r + a) / r.exp2() - 1.0).abs();
        let worst = (0..=1_000_000).map(|i| error(f64::from(i) / 1e6)).fold(0.0, f64::max);
        assert!((2.5e-6..2.6e-6).contains(&worst), "{worst}");
    }
}
