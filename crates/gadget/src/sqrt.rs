//! Square roots: a normalised inverse root by Goldschmidt's iteration, one step with the exact remainder, one exact correction.
//!
//! X, the scaled integer, is shifted by an even number of bits to c in [1/4, 1). From a quadratic first guess at 1/√c (relative error
//! below 0.025) three steps of g ← g + g·(1/2 − g·h), h ← h + h·(1/2 − g·h) bring g to √c and h to 1/(2√c), up to roundings of some
//! units of 2⁻³⁰. Where more bits are needed, c − g², computed exactly, gives 20 more. The root is then shifted back, rounded, and corrected by
//! its exact remainder.

use jointly_core::{Error, Result};
use jointly_share::{Engine, Secret};

use crate::{
    compare::outside,
    fixed::{Fixed, bit_length, check},
    prefix::{one_hot_msb, reversed},
    vector::{add_constant, constant, halves, planes, repeat, shift, split},
};

/// Fraction bits of normalised values.
const T: u32 = 30;

/// √x at `frac` fraction bits. Negative x, as roundings leave them, count as 0, and √0 is exactly 0.
///
/// While x · 4^`frac` < 2^58 for the bound of x (and `frac` is at least half of x's fraction bits), the error is below 0.63 units in the
/// last place, and roots that are multiples of 2^−`frac` are exact. Beyond, up to roots of 44 bits, it is below 1.3 units; with fewer fraction bits than half of
/// those of x, below 1.7 units. Refused where the bound of x reaches 2^58 · 2^−x.frac, or the root 44 bits.
///
/// About 60 rounds and 200 elements a value.
pub async fn sqrt(e: &mut dyn Engine, x: &Fixed, frac: u32) -> Result<Fixed> {
    let plan = Plan::new(x, frac)?;
    let scaled = e.scale(&x.secret, 1 << plan.odd)?;
    let normal = normalise(e, &scaled, plan.bits).await?;
    let c = shift(e, &normal.value, T as i32 - plan.bits as i32).await?;
    let (g, h) = roots(e, &c).await?;
    // √X · 2^fine = g · 2^(top + 1 + fine − T), with as many bits of g behind T as the root needs.
    let mut root = e.mul(&g, &normal.top).await?;
    root = e.scale(&root, 1 << plan.guard)?;
    if plan.more > 0 {
        let digit = refine(e, &normal.value, &g, &h, &plan).await?;
        let digit = e.mul(&digit, &normal.top).await?;
        let digit = shift(e, &digit, plan.guard as i32 - plan.more as i32).await?;
        root = e.add(&root, &digit)?;
    }
    root = e.truncate(&root, T - 1 + plan.guard - plan.fine).await?;
    if plan.exact {
        let square = e.scale(&normal.positive, 1 << (2 * plan.fine))?;
        root = correct(e, &root, &square).await?;
    }
    let bound = x.bound.sqrt() + 2f64.powi(-(plan.frac as i32));
    Fixed::new(root, plan.frac, bound)?.rescale(e, frac).await
}

/// Public sizes.
struct Plan {
    /// 1 if X takes one more fraction bit, to have an even number of them.
    odd: u32,
    /// Bits of X, an even number.
    bits: u32,
    /// Fraction bits of the root before the last rescaling, and how many of them √X does not have.
    frac: u32,
    fine: u32,
    /// Bits to find behind the first T, and those that the sum of both parts is computed with.
    more: u32,
    guard: u32,
    exact: bool,
}

impl Plan {
    fn new(x: &Fixed, frac: u32) -> Result<Self> {
        let odd = x.frac % 2;
        check(8.0 * x.bound, x.frac)?;
        let bits = bit_length(x.bound, x.frac + odd).next_multiple_of(2);
        let half = (x.frac + odd) / 2;
        let fine = frac.saturating_sub(half);
        let root = bits / 2 + fine;
        if root > 44 {
            return Err(Error::Refused(format!(
                "roots of up to {:.3e} with {frac} fraction bits need more than 44 bits; declare a smaller bound or ask for fewer fraction bits",
                x.bound.sqrt()
            )));
        }
        let more = (root + 6).saturating_sub(T);
        Ok(Self {
            odd,
            bits,
            frac: half + fine,
            fine,
            more,
            guard: (fine + 4).saturating_sub(T),
            exact: bits + 2 * fine <= 60,
        })
    }
}

struct Normal {
    /// X without negative values.
    positive: Secret,
    /// X · 4^(bits/2 − 1 − top), in [2^(bits−2), 2^bits).
    value: Secret,
    /// 2^top, where pair `top` of bits holds the highest 1 of X; 0 for X = 0.
    top: Secret,
}

async fn normalise(e: &mut dyn Engine, x: &Secret, bits: u32) -> Result<Normal> {
    let bits = bits as usize;
    let string = e.to_bits(x, bits + 1).await?;
    let (string, sign) = (e.planes(&string, 0..bits)?, e.planes(&string, bits..bits + 1)?);
    let singles = planes(e, &string)?;
    let even = e.stack(&singles.iter().step_by(2).collect::<Vec<_>>())?;
    let odd = e.stack(&singles.iter().skip(1).step_by(2).collect::<Vec<_>>())?;
    let pairs = crate::logic::or(e, &even, &odd).await?;
    let keep = e.not(&sign)?;
    let pairs = e.and(&pairs, &e.stack(&vec![&keep; bits / 2])?).await?;
    let top = one_hot_msb(e, &pairs).await?;
    let shifts = e.to_ring(&e.concat(&[&top, &reversed(e, &top)?])?).await?;
    let keep = e.to_ring(&keep).await?;
    let (top, up) = halves(e, &shifts)?;
    let both = e.mul(&e.concat(&[x, &up])?, &e.concat(&[&keep, &up])?).await?;
    let (positive, up) = halves(e, &both)?;
    let value = e.mul(&positive, &up).await?;
    Ok(Normal { positive, value, top })
}

/// g = √c and h = 1/(2√c).
async fn roots(e: &mut dyn Engine, c: &Secret) -> Result<(Secret, Secret)> {
    // 2h₀ = 2.6709 − 3.2852c + 1.6406c², from the top 21 bits of c and c².
    let square = e.mul(c, c).await?;
    let both = e.truncate(&e.concat(&[&e.scale(c, 1 << T)?, &square])?, 39).await?;
    let (linear, square) = halves(e, &both)?;
    let h = e.sub(&e.scale(&square, 420)?, &e.scale(&linear, 841)?)?;
    let mut h = add_constant(e, &h, (2.6709 / 2.0 * f64::from(1u32 << T)) as i64)?;
    let mut g = e.mul(c, &e.scale(&h, 2)?).await?;
    g = e.truncate(&g, T).await?;
    for _ in 0..3 {
        let product = e.mul(&g, &h).await?;
        let product = e.truncate(&product, T).await?;
        let rest = e.sub(&constant(e, 1 << (T - 1), c.len())?, &product)?;
        let both = e.concat(&[&g, &h])?;
        let gain = e.mul(&both, &repeat(e, &rest, 2)?).await?;
        let gain = e.truncate(&gain, T).await?;
        let next = split(e, &e.add(&both, &gain)?, 2)?;
        (g, h) = (next[0].clone(), next[1].clone());
    }
    Ok((g, h))
}

/// The next `more` bits of g: (c − g²) · h, where c − g² is exact and cut so far that its product fits.
async fn refine(e: &mut dyn Engine, value: &Secret, g: &Secret, h: &Secret, plan: &Plan) -> Result<Secret> {
    let square = e.mul(g, g).await?;
    let rest = e.sub(&e.scale(value, 1 << (2 * T - plan.bits))?, &square)?;
    let rest = e.truncate(&rest, T - 3 - plan.more).await?;
    let digit = e.mul(&rest, h).await?;
    e.truncate(&digit, T + 3).await
}

/// One more where N − root² > root, one less where it is below −root: right whatever way the root was rounded, and nothing happens at 0.
async fn correct(e: &mut dyn Engine, root: &Secret, n: &Secret) -> Result<Secret> {
    let square = e.mul(root, root).await?;
    let rest = e.sub(n, &square)?;
    // Below −root: rest + root < 0. Above: rest + root ≥ 2·root + 1.
    let lifted = e.add(&rest, root)?;
    let limit = add_constant(e, &e.scale(root, 2)?, 1)?;
    let (below, above) = outside(e, &lifted, &limit).await?;
    e.add(&e.sub(root, &below)?, &above)
}
