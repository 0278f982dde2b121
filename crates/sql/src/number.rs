//! Arithmetic on shared numbers with a public scale, bound and validity: what SQL expressions over aggregates are made of.

use jointly_core::Error;
use jointly_gadget::{
    compare::select,
    divide::{divide, divide_public},
    fixed::Fixed,
};
use jointly_share::{Engine, Secret};

use crate::error::Result;

/// Bits that a stored number may take.
const BITS: f64 = 60.0;

/// A vector of numbers: `fixed` divided by the public `unit`. NULL where `valid` is 0.
#[derive(Clone)]
pub struct Number {
    /// Units.
    pub fixed: Fixed,
    /// How many units make 1.
    pub unit: i64,
    /// 1 where there is a value; `None` if there always is.
    pub valid: Option<Secret>,
}

/// A vector of truth values: TRUE where `yes` is 1, FALSE where `no` is 1, NULL where neither is.
#[derive(Clone)]
pub struct Truth {
    /// 1 where TRUE.
    pub yes: Secret,
    /// 1 where FALSE.
    pub no: Secret,
}

fn too_large() -> crate::Error {
    Error::Refused("a number in the question could outgrow 60 bits: declare narrower bounds or fewer decimals".into())
        .into()
}

impl Number {
    /// Whole numbers of at most `bound` units.
    pub fn whole(secret: Secret, bound: f64, unit: i64) -> Self {
        Self { fixed: Fixed { secret, frac: 0, bound }, unit, valid: None }
    }

    /// The same everywhere.
    pub fn public(e: &dyn Engine, units: &[i64], unit: i64) -> Result<Self> {
        let bound = units.iter().fold(0.0, |b: f64, x| b.max(x.unsigned_abs() as f64));
        Ok(Self::whole(e.public(units)?, bound, unit))
    }

    /// Refuses what may not fit an engine's integers.
    pub fn fits(&self) -> Result<()> {
        let bits = magnitude(self.fixed.bound) + f64::from(self.fixed.frac);
        if bits <= BITS { Ok(()) } else { Err(too_large()) }
    }

    /// With NULL where `valid` is 0, too.
    pub async fn only_where(mut self, e: &mut dyn Engine, valid: &Secret) -> Result<Self> {
        self.valid = Some(both(e, self.valid.as_ref(), Some(valid)).await?.unwrap_or_else(|| valid.clone()));
        Ok(self)
    }

    /// Fewer or more fractional bits. More must fit.
    async fn at(&self, e: &mut dyn Engine, frac: u32) -> Result<Secret> {
        let have = self.fixed.frac;
        if frac >= have {
            return Ok(e.scale(&self.fixed.secret, 1 << (frac - have))?);
        }
        Ok(e.truncate(&self.fixed.secret, have - frac).await?)
    }

    /// With so few fractional bits that it takes at most `bits`.
    async fn within(&self, e: &mut dyn Engine, bits: f64) -> Result<Self> {
        let over = (magnitude(self.fixed.bound) + f64::from(self.fixed.frac) - bits).ceil().max(0.0) as u32;
        if over > self.fixed.frac {
            return Err(too_large());
        }
        let frac = self.fixed.frac - over;
        let fixed = Fixed { secret: self.at(e, frac).await?, frac, bound: self.fixed.bound + f64::from(over.min(1)) };
        Ok(Self { fixed, ..self.clone() })
    }

    /// Both with one unit and one number of fractional bits.
    async fn aligned(&self, e: &mut dyn Engine, other: &Number) -> Result<(Number, Number)> {
        let common = lcm(self.unit, other.unit).ok_or_else(too_large)?;
        let bound = |n: &Number| (n.fixed.bound + 1.0) * (common / n.unit) as f64;
        let room = BITS - 1.0 - magnitude(bound(self).max(bound(other)));
        if room < 0.0 {
            return Err(too_large());
        }
        let frac = self.fixed.frac.max(other.fixed.frac).min(room as u32);
        Ok((self.to(e, common, frac).await?, other.to(e, common, frac).await?))
    }

    /// With this unit, a multiple of its own, and so many fractional bits. Bits are dropped before the unit grows: nothing overflows between.
    async fn to(&self, e: &mut dyn Engine, unit: i64, frac: u32) -> Result<Number> {
        let by = unit / self.unit;
        let bound = (self.fixed.bound + if frac < self.fixed.frac { 1.0 } else { 0.0 }) * by as f64;
        let secret = self.at(e, frac).await?;
        let secret = e.scale(&secret, by)?;
        Ok(Number { fixed: Fixed { secret, frac, bound }, unit, valid: self.valid.clone() })
    }

    /// The sum.
    pub async fn add(&self, e: &mut dyn Engine, other: &Number) -> Result<Number> {
        let (x, y) = self.aligned(e, other).await?;
        let bound = x.fixed.bound + y.fixed.bound;
        let fixed = Fixed { secret: e.add(&x.fixed.secret, &y.fixed.secret)?, frac: x.fixed.frac, bound };
        Ok(Number { fixed, unit: x.unit, valid: both(e, x.valid.as_ref(), y.valid.as_ref()).await? })
    }

    /// The opposite.
    pub fn negated(&self, e: &dyn Engine) -> Result<Number> {
        let secret = e.scale(&self.fixed.secret, -1)?;
        Ok(Number { fixed: Fixed { secret, ..self.fixed }, ..self.clone() })
    }

    /// The product.
    pub async fn mul(&self, e: &mut dyn Engine, other: &Number) -> Result<Number> {
        let bits = |n: &Number| magnitude(n.fixed.bound) + f64::from(n.fixed.frac);
        let half = (BITS - bits(self)).max(BITS / 2.0).max(magnitude(other.fixed.bound));
        let y = other.within(e, half).await?;
        let x = self.within(e, BITS - bits(&y)).await?;
        let unit = x.unit.checked_mul(y.unit).ok_or_else(too_large)?;
        let secret = e.mul(&x.fixed.secret, &y.fixed.secret).await?;
        let fixed = Fixed { secret, frac: x.fixed.frac + y.fixed.frac, bound: x.fixed.bound * y.fixed.bound };
        Ok(Number { fixed, unit, valid: both(e, x.valid.as_ref(), y.valid.as_ref()).await? })
    }

    /// The quotient; NULL where `other` is 0.
    pub async fn div(&self, e: &mut dyn Engine, other: &Number) -> Result<Number> {
        let y = other.within(e, 29.0).await?;
        let steps = y.fixed.bound * (1u64 << y.fixed.frac) as f64;
        // Signs are moved to the dividend.
        let negative = e.msb(&y.fixed.secret).await?;
        let negative = e.to_ring(&negative).await?;
        let sign = signs(e, &negative)?;
        let zero = e.is_zero(&y.fixed.secret).await?;
        let zero = e.to_ring(&zero).await?;
        let x = self.within(e, 50.0).await?;
        let common = lcm(self.unit, other.unit).ok_or_else(too_large)?;
        let (by, unit) = (common / self.unit, common / other.unit);
        let room = 54.0 - magnitude(x.fixed.bound) - magnitude(by as f64);
        let frac = room.min(f64::from(y.fixed.frac) + 30.0).max(0.0) as u32;
        let kept = x.fixed.frac.min(frac);
        let x = Fixed { secret: x.at(e, kept).await?, frac: kept, bound: x.fixed.bound + 1.0 };
        let n = sign.len();
        let signed = e.mul(&e.concat(&[&x.secret, &y.fixed.secret])?, &e.concat(&[&sign, &sign])?).await?;
        let a = Fixed { secret: e.slice(&signed, 0..n)?, ..x };
        let b = e.slice(&signed, n..2 * n)?;
        let q = divide(e, &a, &b, steps.ceil() as u64 + 1, a.bound, frac).await?;
        // The divisor counted in steps of 2^-f: the quotient is 2^f times as large.
        let (up, left) = (y.fixed.frac.saturating_sub(q.frac), q.frac.saturating_sub(y.fixed.frac));
        let bound = q.bound * (1u64 << y.fixed.frac) as f64;
        let q = Fixed { secret: e.scale(&q.secret, 1 << up)?, frac: left, bound };
        // value = q · unit(other) / unit(self)
        let fixed = Fixed { secret: e.scale(&q.secret, by)?, bound: q.bound * by as f64, ..q };
        let one = e.public(&vec![1; n])?;
        let defined = e.sub(&one, &zero)?;
        let valid = both(e, self.valid.as_ref(), other.valid.as_ref()).await?;
        let valid = both(e, valid.as_ref(), Some(&defined)).await?;
        let quotient = Number { fixed, unit, valid };
        quotient.fits()?;
        Ok(quotient)
    }

    /// 1 where this is less than `other`, as ring elements; whatever where one is NULL.
    async fn below(&self, e: &mut dyn Engine, other: &Number) -> Result<(Secret, Option<Secret>)> {
        let (x, y) = self.aligned(e, other).await?;
        let less = e.msb(&e.sub(&x.fixed.secret, &y.fixed.secret)?).await?;
        let less = e.to_ring(&less).await?;
        Ok((less, both(e, x.valid.as_ref(), y.valid.as_ref()).await?))
    }

    /// Whether this is less than `other`.
    pub async fn less(&self, e: &mut dyn Engine, other: &Number) -> Result<Truth> {
        let (less, valid) = self.below(e, other).await?;
        Truth::of(e, less, valid).await
    }

    /// Whether this equals `other`.
    pub async fn equal(&self, e: &mut dyn Engine, other: &Number) -> Result<Truth> {
        let (x, y) = self.aligned(e, other).await?;
        let same = e.is_zero(&e.sub(&x.fixed.secret, &y.fixed.secret)?).await?;
        let same = e.to_ring(&same).await?;
        let valid = both(e, x.valid.as_ref(), y.valid.as_ref()).await?;
        Truth::of(e, same, valid).await
    }

    /// This where `c` is TRUE, else `other`.
    pub async fn or_else(&self, e: &mut dyn Engine, c: &Truth, other: &Number) -> Result<Number> {
        let (x, y) = self.aligned(e, other).await?;
        let n = c.yes.len();
        let ones = e.public(&vec![1; n])?;
        let (vx, vy) = (x.valid.clone().unwrap_or(ones.clone()), y.valid.clone().unwrap_or(ones));
        let twice = e.concat(&[&c.yes, &c.yes])?;
        let (left, right) = (e.concat(&[&x.fixed.secret, &vx])?, e.concat(&[&y.fixed.secret, &vy])?);
        let chosen = select(e, &twice, &left, &right).await?;
        let bound = x.fixed.bound.max(y.fixed.bound);
        let fixed = Fixed { secret: e.slice(&chosen, 0..n)?, frac: x.fixed.frac, bound };
        let valid = (x.valid.is_some() || y.valid.is_some()).then(|| e.slice(&chosen, n..2 * n)).transpose()?;
        Ok(Number { fixed, unit: x.unit, valid })
    }

    /// Without a fraction: exactly the next whole number of units below.
    pub async fn floor(&self, e: &mut dyn Engine) -> Result<Number> {
        if self.fixed.frac == 0 {
            return Ok(self.clone());
        }
        let low = e.to_bits(&self.fixed.secret, self.fixed.frac as usize).await?;
        let low = e.to_ring(&low).await?;
        let secret = e.truncate(&e.sub(&self.fixed.secret, &low)?, self.fixed.frac).await?;
        Ok(Number { fixed: Fixed { secret, frac: 0, bound: self.fixed.bound + 1.0 }, ..self.clone() })
    }

    /// Towards zero, to a whole number of units.
    pub async fn towards_zero(&self, e: &mut dyn Engine) -> Result<Number> {
        let negative = e.msb(&self.fixed.secret).await?;
        let negative = e.to_ring(&negative).await?;
        let sign = signs(e, &negative)?;
        let size = Fixed { secret: e.mul(&self.fixed.secret, &sign).await?, ..self.fixed };
        let down = Number { fixed: size, ..self.clone() }.floor(e).await?;
        let secret = e.mul(&down.fixed.secret, &sign).await?;
        Ok(Number { fixed: Fixed { secret, ..down.fixed }, ..down })
    }

    /// Rounded to `places` decimals, halves away from zero as SQL does. Exact: with 10^places/unit = m/w in lowest terms and f fractional bits,
    /// it is ⌊(|x|·m + w·2^(f−1)) / (w·2^f)⌋, in two floors.
    pub async fn round(&self, e: &mut dyn Engine, places: u32) -> Result<Number> {
        let wanted = 10i64.checked_pow(places).ok_or_else(too_large)?;
        let common = lcm(wanted, self.unit).ok_or_else(too_large)?;
        let (m, w) = (common / self.unit, common / wanted);
        let x = self.within(e, BITS - 1.0 - magnitude(m as f64).max(magnitude(w as f64))).await?;
        let f = x.fixed.frac.max(1);
        let negative = e.msb(&x.fixed.secret).await?;
        let negative = e.to_ring(&negative).await?;
        let sign = signs(e, &negative)?;
        let x_at = x.at(e, f).await?;
        let size = e.mul(&x_at, &sign).await?;
        let half = e.public(&vec![w << (f - 1); sign.len()])?;
        let sum = e.add(&e.scale(&size, m)?, &half)?;
        let fixed = Fixed { secret: sum, frac: f, bound: x.fixed.bound * m as f64 + w as f64 };
        let down = Number { fixed, unit: wanted, valid: None }.floor(e).await?;
        if w > 1 && magnitude(down.fixed.bound) >= 49.0 {
            return Err(too_large());
        }
        let quotient = if w == 1 { down.fixed.secret } else { divide_public(e, &down.fixed.secret, w as u64).await? };
        let secret = e.mul(&quotient, &sign).await?;
        let fixed = Fixed { secret, frac: 0, bound: down.fixed.bound / w as f64 + 1.0 };
        Ok(Number { fixed, unit: wanted, valid: self.valid.clone() })
    }
}

impl Truth {
    /// TRUE where `yes` is 1 and `valid`, FALSE where it is 0 and `valid`.
    async fn of(e: &mut dyn Engine, yes: Secret, valid: Option<Secret>) -> Result<Truth> {
        let Some(valid) = valid else {
            let no = e.sub(&e.public(&vec![1; yes.len()])?, &yes)?;
            return Ok(Truth { yes, no });
        };
        let yes = e.mul(&yes, &valid).await?;
        Ok(Truth { no: e.sub(&valid, &yes)?, yes })
    }

    /// The opposite.
    pub fn not(&self) -> Truth {
        Truth { yes: self.no.clone(), no: self.yes.clone() }
    }

    /// Both TRUE; FALSE if one is.
    pub async fn and(&self, e: &mut dyn Engine, other: &Truth) -> Result<Truth> {
        let n = self.yes.len();
        let both = e.mul(&e.concat(&[&self.yes, &self.no])?, &e.concat(&[&other.yes, &other.no])?).await?;
        let no = e.sub(&e.add(&self.no, &other.no)?, &e.slice(&both, n..2 * n)?)?;
        Ok(Truth { yes: e.slice(&both, 0..n)?, no })
    }
}

/// 1 for 0, −1 for 1.
fn signs(e: &dyn Engine, negative: &Secret) -> Result<Secret> {
    Ok(e.sub(&e.public(&vec![1; negative.len()])?, &e.scale(negative, 2)?)?)
}

/// The product of two validities.
pub async fn both(e: &mut dyn Engine, x: Option<&Secret>, y: Option<&Secret>) -> Result<Option<Secret>> {
    Ok(match (x, y) {
        (Some(x), Some(y)) => Some(e.mul(x, y).await?),
        (one, other) => one.or(other).cloned(),
    })
}

/// log₂ of a bound, at least 0.
pub fn magnitude(bound: f64) -> f64 {
    bound.max(1.0).log2()
}

fn lcm(a: i64, b: i64) -> Option<i64> {
    let (mut x, mut y) = (a, b);
    while y != 0 {
        (x, y) = (y, x % y);
    }
    (a / x).checked_mul(b)
}
