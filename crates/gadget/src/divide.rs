//! Division: a normalised reciprocal, then long division with exact remainders.
//!
//! After Catrina and Saxena, "Secure computation with fixed-point numbers", FC 2010: the divisor is shifted to c in [1/2, 1), and 1/c comes
//! from w₀ = 2.9142 − 2c by Goldschmidt's iteration. With |1 − c·w₀| ≤ 0.0858, three steps leave 0.0858⁸ ≈ 3.2·2⁻³⁰ beside the roundings;
//! in all w is 1/c with a relative error ε ≤ 11.4·2⁻³⁰.
//!
//! That is too little for a quotient of 55 bits, so the quotient is found digit by digit, as on paper: a digit is r·w, shifted and rounded,
//! for the remainder r, and r loses digit · b exactly. A digit's error is below 1 (rounding) + 1 (the low bits of r are cut before they meet
//! w; not so in the last step) + 2·2⁻ʰ (h guard bits) + size·ε < 3, so each digit after the first must take in 3·2²³ instead of 2²³, and
//! the last remainder is below 1.4·b. Two sign tests then round to the nearest integer, exactly.

use jointly_core::{Error, Result};
use jointly_share::{Engine, Secret};

use crate::{
    compare::outside,
    fixed::{Fixed, LIMIT_BITS, check},
    logic::not_ring,
    prefix::{one_hot_msb, reversed},
    vector::{add_constant, constant, halves, repeat, shift},
};

/// Fraction bits of the normalised reciprocal.
pub(crate) const T: u32 = 30;

/// a / b, rounded to the nearest multiple of 2^−`frac`, ties upwards: the error is at most *half* a unit in the last place, and every
/// engine gives the same result. b are integers in 1 ..= `b_bound`; where b = 0, the result means nothing (mask it), but nothing fails.
///
/// `q_bound` bounds |a/b|. Refused unless |a| · 2^a.frac ≤ 2^60, `q_bound` · 2^`frac` < 2^61, `b_bound` · 2^(a.frac − `frac`) < 2^34, and
/// `q_bound` · `b_bound` · 2^a.frac ≤ about 2^82 (for b up to 2^30: quotients up to 2^52, with any `frac` that fits).
///
/// For b of 30 bits 44 rounds and 140 elements a value for quotients of up to 24 bits with the fraction; 9 rounds and 24 elements more for every 23
/// bits beyond.
pub async fn divide(e: &mut dyn Engine, a: &Fixed, b: &Secret, b_bound: u64, q_bound: f64, frac: u32) -> Result<Fixed> {
    let plan = Plan::new(a, b_bound, q_bound, frac)?;
    let (v, w) = reciprocal(e, b, plan.b_bits).await?;
    let b = e.scale(b, 1 << plan.b_shift)?;
    let (mut rest, mut up) = (a.secret.clone(), 0);
    let mut quotient = constant(e, 0, b.len())?;
    for step in &plan.steps {
        let weight = step.place - plan.fine;
        if -weight > up {
            rest = e.scale(&rest, 1 << (-weight - up))?;
            up = -weight;
        }
        // rest / (2^weight · b) = (rest / 2^weight) · v / 2^b_bits / c, and w = 2^T / c.
        let high = shift(e, &rest, -weight.max(0)).await?;
        let normal = e.mul(&high, &v).await?;
        let normal = shift(e, &normal, step.guard - plan.width).await?;
        let digit = e.mul(&normal, &w).await?;
        let digit = e.truncate(&digit, T + step.guard as u32).await?;
        let taken = e.mul(&digit, &b).await?;
        rest = e.sub(&rest, &e.scale(&taken, 1 << weight.max(0))?)?;
        quotient = e.add(&quotient, &e.scale(&digit, 1 << step.place)?)?;
    }
    let quotient = nearest(e, &quotient, &rest, &b).await?;
    Fixed::new(quotient, frac, q_bound)
}

/// ⌊x / d⌋, exactly, for 0 ≤ x < 2^50 and a public d > 0. At most 16 rounds and 42 elements a value.
pub async fn divide_public(e: &mut dyn Engine, x: &Secret, d: u64) -> Result<Secret> {
    const GUARD: u32 = 33;
    let length = u64::BITS - d.leading_zeros();
    match d {
        0 => return Err(Error::Refused("a division by 0 is asked for; divide by a positive number".into())),
        1 => return Ok(x.clone()),
        _ if length > 50 => return constant(e, 0, x.len()),
        _ => {}
    }
    // Digits of 26 bits at most. What lies more than 4 bits below the top of d is cut off the remainder: 1/16 in the quotient.
    let cut = length.saturating_sub(5);
    let inverse = ((1u128 << (cut + GUARD + 1)) / u128::from(d)) as i64;
    let weights: &[u32] = if length > 25 { &[0] } else { &[25, 0] };
    let (mut rest, mut quotient) = (x.clone(), constant(e, 0, x.len())?);
    for &weight in weights {
        let high = e.truncate(&rest, cut + weight).await?;
        let product = e.scale(&high, inverse)?;
        // Half a unit less, so that the last remainder lies in (−d, 2d).
        let product = add_constant(e, &product, -(1 << GUARD))?;
        let digit = e.truncate(&product, GUARD + 1).await?;
        rest = e.sub(&rest, &e.scale(&digit, (d << weight) as i64)?)?;
        quotient = e.add(&quotient, &e.scale(&digit, 1 << weight)?)?;
    }
    let divisor = constant(e, d as i64, x.len())?;
    let (below, above) = outside(e, &rest, &divisor).await?;
    e.add(&e.sub(&quotient, &below)?, &above)
}

/// Which digits are found. Places are counted from the last bit of the quotient.
struct Plan {
    /// Bits of b as given, and with the factor that brings it to the scale of a.
    b_bits: usize,
    width: i32,
    b_shift: u32,
    /// Bits that the quotient has behind the last bit of a.
    fine: i32,
    steps: Vec<Step>,
}

struct Step {
    place: i32,
    guard: i32,
}

impl Plan {
    fn new(a: &Fixed, b_bound: u64, q_bound: f64, frac: u32) -> Result<Self> {
        check(q_bound, frac)?;
        check(2.0 * a.bound, a.frac)?;
        let b_bits = u64::BITS - b_bound.max(1).leading_zeros();
        let b_shift = a.frac.saturating_sub(frac);
        let fine = frac.saturating_sub(a.frac) as i32;
        let width = (b_bits + b_shift) as i32;
        let digits = (q_bound * 2f64.powi(frac as i32)).log2().ceil().max(1.0) as i32;
        // A first digit of 26 bits is followed by others of 23 and three times their size; the last of all has 24 at most.
        let mut place = if digits <= 24 { 0 } else { (digits - 26).max(1) };
        let mut steps = vec![Step { place, guard: 4 }];
        while place > 0 {
            place = (place - 23).max(0);
            steps.push(Step { place, guard: 5 });
        }
        // Neither (first digit + 3) · b nor the first remainder may outgrow the engine.
        if width > 34 || steps[0].place - fine + width > LIMIT_BITS - 3 {
            return Err(Error::Refused(format!(
                "quotients of up to {q_bound:.3e} with {frac} fraction bits by divisors of up to {b_bound} are too large to be computed; \
                 declare smaller bounds, or ask for other fraction bits (the dividend has {})",
                a.frac
            )));
        }
        Ok(Self { b_bits: b_bits as usize, width, b_shift, fine, steps })
    }
}

/// (v, w) with v the power of two that brings b to c = b·v / 2^`bits` in [1/2, 1), and w = 2^T / c; v = 0 for b = 0.
pub(crate) async fn reciprocal(e: &mut dyn Engine, b: &Secret, bits: usize) -> Result<(Secret, Secret)> {
    let b_bits = e.to_bits(b, bits).await?;
    let top = one_hot_msb(e, &b_bits).await?;
    let v = reversed(e, &top)?;
    let v = e.to_ring(&v).await?;
    let c = e.mul(b, &v).await?;
    let c = shift(e, &c, T as i32 - bits as i32).await?;
    let start = constant(e, (2.9142 * f64::from(1u32 << T)) as i64, b.len())?;
    let mut w = e.sub(&start, &e.scale(&c, 2)?)?;
    let mut d = e.mul(&c, &w).await?;
    d = e.truncate(&d, T).await?;
    // w ← w·(2 − d), d ← d·(2 − d), where d = c·w tends to 1.
    for last in [false, false, true] {
        let factor = e.sub(&constant(e, 2 << T, d.len())?, &d)?;
        if last {
            let product = e.mul(&w, &factor).await?;
            w = e.truncate(&product, T).await?;
        } else {
            let both = e.mul(&e.concat(&[&w, &d])?, &repeat(e, &factor, 2)?).await?;
            let both = e.truncate(&both, T).await?;
            (w, d) = halves(e, &both)?;
        }
    }
    Ok((v, w))
}

/// The quotient with its remainder, |rest| < 1.5·b, rounded: one more where 2·rest ≥ b, one less where 2·rest < −b.
async fn nearest(e: &mut dyn Engine, quotient: &Secret, rest: &Secret, b: &Secret) -> Result<Secret> {
    let twice = e.scale(rest, 2)?;
    let signs = e.msb(&e.concat(&[&e.sub(&twice, b)?, &e.add(&twice, b)?])?).await?;
    let signs = e.to_ring(&signs).await?;
    let (not_more, less) = halves(e, &signs)?;
    e.sub(&e.add(quotient, &not_ring(e, &not_more)?)?, &less)
}
