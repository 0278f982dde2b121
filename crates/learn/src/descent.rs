//! Gradient descent by batches, for large data: linear and logistic models, held small by L1 and L2.
//!
//! After each batch a proximal [step](Step), on columns of variance 1.

use jointly_core::{Error, Result};
use jointly_gadget::{Fixed, sigmoid};
use jointly_share::{Engine, Secret};

use crate::{
    column::FRAC,
    model::Linear,
    samples::Samples,
    step::{GAMMA, Step},
};

/// Fraction bits of scores, and of what is subtracted from labels.
const SCORE: u32 = 16;

/// What makes a prediction of a score.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// The score itself: values between −1 and 1, as owners encode them.
    Identity,
    /// σ(score): labels 0 and 1.
    Logistic,
}

/// How to go down.
#[derive(Clone, Debug, PartialEq)]
pub struct Descent {
    /// What a prediction is.
    pub link: Link,
    /// How often all rows are gone through, in their order.
    pub epochs: usize,
    /// Rows of a step.
    pub batch: usize,
    /// How far a step goes, in (0, 1].
    pub rate: f64,
    /// Weight of Σ|γ|, in 0 ..= 1; the constant is not counted.
    pub l1: f64,
    /// Weight of Σγ²/2, in 0 ..= 1; the constant is not counted.
    pub l2: f64,
}

impl Descent {
    /// Goes down from 0, for labels or values `y`, one a row. Rows are taken as they stand: shuffle what is sorted, by an agreed seed. Opens nothing.
    ///
    /// Where it is secret which rows count, a batch is taken to hold its share of them, no matter how many it does: all batches together weigh the same as without the others.
    ///
    /// About 60 rounds a batch; a row sends what one sigmoid does and two products.
    pub async fn fit(&self, e: &mut dyn Engine, samples: &Samples, y: &Secret) -> Result<Linear> {
        self.check()?;
        if y.len() != samples.rows {
            return Err(Error::Misuse("a label for each row"));
        }
        let y = match self.link {
            Link::Identity => Fixed::new(y.clone(), FRAC, 1.0)?,
            Link::Logistic => Fixed::integer(y.clone(), 1.0)?,
        };
        let mut gamma = Fixed::public(e, &vec![0.0; samples.width()], GAMMA)?;
        for _ in 0..self.epochs {
            gamma = self.through(e, samples.fill(), &samples.z, &y, gamma).await?;
        }
        let coefficients = samples.on_columns(e, &gamma).await?;
        Ok(Linear { columns: samples.columns.clone(), coefficients })
    }

    /// Once through the rows of `z`, whose first column is of ones.
    pub async fn epoch(&self, e: &mut dyn Engine, z: &Fixed, y: &Fixed, gamma: Fixed) -> Result<Fixed> {
        self.through(e, None, z, y, gamma).await
    }

    /// With rows by those that count, if not all do.
    async fn through(
        &self,
        e: &mut dyn Engine,
        fill: Option<Fixed>,
        z: &Fixed,
        y: &Fixed,
        mut gamma: Fixed,
    ) -> Result<Fixed> {
        let (rows, d) = (y.len(), gamma.len());
        let step = Step { rate: self.rate, l1: self.l1, l2: self.l2, free: 1 };
        for start in (0..rows).step_by(self.batch) {
            let end = rows.min(start + self.batch);
            let (batch, range) = (end - start, start * d..end * d);
            let part = Fixed::new(e.slice(&z.secret, range)?, z.frac, z.bound)?;
            let labels = Fixed::new(e.slice(&y.secret, start..end)?, y.frac, y.bound)?;
            let score = part.matmul(e, &gamma, [batch, d, 1], SCORE).await?;
            let said = match self.link {
                Link::Identity => score,
                Link::Logistic => sigmoid(e, &score, SCORE).await?,
            };
            let residual = said.sub(e, &labels)?;
            // rᵀZ, so that Z is not turned.
            let gradient = residual.matmul(e, &part, [1, batch, d], GAMMA).await?;
            gamma = step.take(e, &gamma, &gradient, (batch, fill.as_ref())).await?;
        }
        Ok(gamma)
    }

    fn check(&self) -> Result<()> {
        let weight = |x: f64| (0.0..=1.0).contains(&x);
        let rate = self.rate > 0.0 && self.rate <= 1.0;
        if self.epochs == 0 || self.batch == 0 || !rate || !weight(self.l1) || !weight(self.l2) {
            return Err(Error::Refused(
                "a descent takes an epoch and a row a batch at least, a rate above 0 and up to 1, and weights of L1 and L2 from 0 to 1".into(),
            ));
        }
        Ok(())
    }
}
