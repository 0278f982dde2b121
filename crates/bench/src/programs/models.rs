//! Models: trained by descent, fitted by Newton's method, and asked.

use async_trait::async_trait;
use jointly_core::{Error, Result};
use jointly_gadget::{Fixed, sigmoid};
use jointly_learn::{Column, Descent, Link, Samples, logistic};
use jointly_share::{Engine, Secret};

use super::{Facts, Program, values};

/// Fraction bits of what is known, of coefficients, and of what is asked for.
const FRAC: u32 = 16;
const GAMMA: u32 = 24;

/// Values are at most this.
const MOST: f64 = 4.0;

fn real(x: i64, frac: u32) -> f64 {
    x as f64 / 2f64.powi(frac as i32)
}

/// Row by row: a one, and values in ±4; and a label for each row, which follows from its first values but in one of nine.
fn samples(rows: usize, width: usize) -> Vec<Vec<i64>> {
    let mut x = values(1, rows * width, FRAC + 2);
    x.iter_mut().step_by(width).for_each(|one| *one = 1 << FRAC);
    let label = |(i, row): (usize, &[i64])| i64::from((row[1] + row[2] - row[3] > 0) != (i % 9 == 0));
    let labels = x.chunks(width).enumerate().map(label).collect();
    vec![x, labels]
}

/// One epoch of logistic regression by batches, over n rows.
pub(super) struct Epoch {
    pub facts: Facts,
    /// Columns, and rows of a batch.
    pub columns: usize,
    pub batch: usize,
}

/// The sizes that peers are measured at.
pub(super) static LARGE: Epoch = Epoch {
    facts: Facts {
        name: "learn/logistic-epoch",
        about: "one epoch of logistic regression over n rows of 100 columns, in batches of 4,096",
        n: 80_000,
        unit: "rows/s",
        width: 62,
    },
    columns: 100,
    batch: 4096,
};
pub(super) static SMALL: Epoch = Epoch {
    facts: Facts {
        name: "learn/logistic-epoch-small",
        about: "one epoch of logistic regression over n rows of 30 columns, in batches of 64",
        n: 455,
        unit: "rows/s",
        width: 62,
    },
    columns: 30,
    batch: 64,
};

impl Epoch {
    fn descent(&self) -> Descent {
        Descent { link: Link::Logistic, epochs: 1, batch: self.batch, rate: 0.1, l1: 0.0, l2: 0.0 }
    }

    /// The same on plain numbers.
    fn plain(&self, n: usize) -> Vec<f64> {
        let (width, inputs) = (self.columns + 1, self.inputs(n, 0));
        let mut gamma = vec![0.0; width];
        for (rows, labels) in inputs[0].chunks(self.batch * width).zip(inputs[1].chunks(self.batch)) {
            let mut gradient = vec![0.0; width];
            for (row, label) in rows.chunks(width).zip(labels) {
                let score: f64 = row.iter().zip(&gamma).map(|(x, g)| real(*x, FRAC) * g).sum();
                let off = 1.0 / (1.0 + (-score).exp()) - *label as f64;
                gradient.iter_mut().zip(row).for_each(|(g, x)| *g += off * real(*x, FRAC));
            }
            gamma.iter_mut().zip(gradient).for_each(|(w, g)| *w -= 0.1 * g / labels.len() as f64);
        }
        gamma
    }
}

#[async_trait]
impl Program for Epoch {
    fn facts(&self) -> Facts {
        self.facts
    }

    fn inputs(&self, n: usize, _: u32) -> Vec<Vec<i64>> {
        samples(n, self.columns + 1)
    }

    async fn work(&self, e: &mut dyn Engine, _: usize, inputs: &[Secret]) -> Result<Vec<Secret>> {
        let x = Fixed::new(inputs[0].clone(), FRAC, MOST)?;
        let y = Fixed::integer(inputs[1].clone(), 1.0)?;
        let gamma = Fixed::public(e, &vec![0.0; self.columns + 1], GAMMA)?;
        Ok(vec![self.descent().epoch(e, &x, &y, gamma).await?.secret])
    }

    async fn check(&self, e: &mut dyn Engine, n: usize, output: &[Secret]) -> Result<bool> {
        let opened = e.open(&output[0]).await?;
        let near = |(got, plain): (i64, f64)| (real(got, GAMMA) - plain).abs() < 1e-3;
        Ok(opened.into_iter().zip(self.plain(n)).all(near))
    }
}

/// Rows that are fitted beside n, as a fit needs some.
const MORE: usize = 100;

/// Logistic regression with its inverse of second derivatives, over 20 columns.
pub(super) struct Newton;

#[async_trait]
impl Program for Newton {
    fn facts(&self) -> Facts {
        Facts {
            name: "learn/logistic-fit",
            about: "logistic regression of n + 100 rows of 20 columns, by nine steps of Newton's method, samples brought to one scale before",
            n: 3_900,
            unit: "rows/s",
            width: 62,
        }
    }

    /// Column by column, as owners hand them in.
    fn inputs(&self, n: usize, _: u32) -> Vec<Vec<i64>> {
        let all = samples(n + MORE, 21);
        let column = |j: usize| all[0].iter().skip(j).step_by(21).map(|x| x << 5).collect();
        (1..21).map(column).chain([all[1].clone()]).collect()
    }

    async fn work(&self, e: &mut dyn Engine, _: usize, inputs: &[Secret]) -> Result<Vec<Secret>> {
        let (labels, values) = inputs.split_last().ok_or(Error::Misuse("labels"))?;
        let columns = (1..21).map(|j| Column::new(format!("x{j}"), -1.0, 1.0)).collect::<Result<Vec<_>>>()?;
        let samples = Samples::new(e, columns, values).await?;
        let fitted = logistic(e, samples, labels).await?;
        Ok(vec![fitted.model.probability(e, values, GAMMA).await?.secret])
    }

    /// Residuals add up to nothing on every column, where the fit is the best.
    async fn check(&self, e: &mut dyn Engine, n: usize, output: &[Secret]) -> Result<bool> {
        let (inputs, said) = (self.inputs(n, 0), e.open(&output[0]).await?);
        let residual: Vec<f64> = inputs[20].iter().zip(&said).map(|(y, p)| *y as f64 - real(*p, GAMMA)).collect();
        let mean =
            |x: &Vec<i64>| x.iter().zip(&residual).map(|(x, r)| real(*x, 23) * r).sum::<f64>() / (n + MORE) as f64;
        Ok(inputs[..20].iter().all(|x| mean(x).abs() < 2e-4))
    }
}

/// What a logistic model of 100 columns says of n rows.
pub(super) struct Predict;

const ASKED: usize = 101;

#[async_trait]
impl Program for Predict {
    fn facts(&self) -> Facts {
        Facts {
            name: "learn/predict",
            about: "a logistic model of 100 columns, asked about n rows",
            n: 1,
            unit: "rows/s",
            width: 62,
        }
    }

    fn inputs(&self, n: usize, _: u32) -> Vec<Vec<i64>> {
        vec![samples(n, ASKED).swap_remove(0), values(2, ASKED, GAMMA - 3)]
    }

    async fn work(&self, e: &mut dyn Engine, n: usize, inputs: &[Secret]) -> Result<Vec<Secret>> {
        let rows = Fixed::new(inputs[0].clone(), FRAC, MOST)?;
        let gamma = Fixed::new(inputs[1].clone(), GAMMA, 0.125)?;
        let score = rows.matmul(e, &gamma, [n, ASKED, 1], FRAC).await?;
        Ok(vec![sigmoid(e, &score, FRAC).await?.secret])
    }

    async fn check(&self, e: &mut dyn Engine, n: usize, output: &[Secret]) -> Result<bool> {
        let (inputs, opened) = (self.inputs(n, 0), e.open(&output[0]).await?);
        let near = |(row, got): (&[i64], i64)| {
            let score: f64 = row.iter().zip(&inputs[1]).map(|(x, g)| real(*x, FRAC) * real(*g, GAMMA)).sum();
            (real(got, FRAC) - 1.0 / (1.0 + (-score).exp())).abs() < 2e-4
        };
        Ok(inputs[0].chunks(ASKED).zip(opened).all(near))
    }
}
