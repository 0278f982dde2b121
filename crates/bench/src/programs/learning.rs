//! What learning is made of, on numbers with 16 fraction bits.

use async_trait::async_trait;
use jointly_core::Result;
use jointly_gadget::{Fixed, exp, sigmoid};
use jointly_share::{Engine, Secret};

use super::{Facts, Program, sample, values};

const FRAC: u32 = 16;

/// Of the values, and of the exponents.
const BOUND: f64 = 16.0;

/// Exponentials of values between −16 and 15.
pub(super) struct Exp;

#[async_trait]
impl Program for Exp {
    fn facts(&self) -> Facts {
        Facts {
            name: "exp",
            about: "n exponentials of values in [-16, 15]",
            n: 100_000,
            unit: "exponentials/s",
            width: 62,
        }
    }

    fn inputs(&self, n: usize, _: u32) -> Vec<Vec<i64>> {
        vec![values(1, n, 20).into_iter().map(|x| x.min(15 << FRAC)).collect()]
    }

    async fn work(&self, e: &mut dyn Engine, _: usize, inputs: &[Secret]) -> Result<Vec<Secret>> {
        let x = Fixed::new(inputs[0].clone(), FRAC, BOUND)?;
        Ok(vec![exp(e, &x, FRAC).await?.secret])
    }

    async fn check(&self, e: &mut dyn Engine, n: usize, output: &[Secret]) -> Result<bool> {
        let unit = real(1);
        near(e, &self.inputs(n, 0)[0], &output[0], |x| (x.exp(), (1e-4 * x.exp()).max(2.0 * unit))).await
    }
}

/// Logistic functions of values between −16 and 16.
pub(super) struct Sigmoid;

#[async_trait]
impl Program for Sigmoid {
    fn facts(&self) -> Facts {
        Facts {
            name: "sigmoid",
            about: "n logistic functions of values in [-16, 16]",
            n: 100_000,
            unit: "functions/s",
            width: 62,
        }
    }

    fn inputs(&self, n: usize, _: u32) -> Vec<Vec<i64>> {
        vec![values(1, n, 20)]
    }

    async fn work(&self, e: &mut dyn Engine, _: usize, inputs: &[Secret]) -> Result<Vec<Secret>> {
        let x = Fixed::new(inputs[0].clone(), FRAC, BOUND)?;
        Ok(vec![sigmoid(e, &x, FRAC).await?.secret])
    }

    async fn check(&self, e: &mut dyn Engine, n: usize, output: &[Secret]) -> Result<bool> {
        near(e, &self.inputs(n, 0)[0], &output[0], |x| (1.0 / (1.0 + (-x).exp()), 1e-4)).await
    }
}

/// The product of two square matrices of values below 16.
pub(super) struct MatmulFixed;

#[async_trait]
impl Program for MatmulFixed {
    fn facts(&self) -> Facts {
        let about = "the product of two n by n matrices of fixed-point values, cut to their 16 fraction bits";
        Facts { name: "matmul-fixed", about, n: 1000, unit: "multiply-adds/s", width: 62 }
    }

    fn units(&self, n: usize) -> f64 {
        (n as f64).powi(3)
    }

    fn inputs(&self, n: usize, _: u32) -> Vec<Vec<i64>> {
        vec![values(1, n * n, 20), values(2, n * n, 20)]
    }

    async fn work(&self, e: &mut dyn Engine, n: usize, inputs: &[Secret]) -> Result<Vec<Secret>> {
        let x = Fixed::new(inputs[0].clone(), FRAC, BOUND)?;
        let y = Fixed::new(inputs[1].clone(), FRAC, BOUND)?;
        Ok(vec![x.matmul(e, &y, [n, n, n], FRAC).await?.secret])
    }

    async fn check(&self, e: &mut dyn Engine, n: usize, output: &[Secret]) -> Result<bool> {
        let (inputs, places) = (self.inputs(n, 0), sample(n * n));
        let opened = e.open(&e.gather(&output[0], &places)?).await?;
        let entry = |place: u32| -> i64 {
            let (row, column) = (place as usize / n, place as usize % n);
            (0..n).map(|k| inputs[0][row * n + k] * inputs[1][k * n + column]).sum()
        };
        let right = |(place, got): (u32, i64)| ((got << FRAC) - entry(place)).abs() < 1 << FRAC;
        Ok(places.into_iter().zip(opened).all(right))
    }
}

/// Whether a sample of the outputs is as near to `f` of its inputs as `f` says.
async fn near(e: &mut dyn Engine, inputs: &[i64], output: &Secret, f: impl Fn(f64) -> (f64, f64)) -> Result<bool> {
    let places = sample(inputs.len());
    let opened = e.open(&e.gather(output, &places)?).await?;
    let right = |(place, got): (u32, i64)| {
        let (exact, error) = f(real(inputs[place as usize]));
        (real(got) - exact).abs() <= error
    };
    Ok(places.into_iter().zip(opened).all(right))
}

fn real(x: i64) -> f64 {
    x as f64 / f64::from(1u32 << FRAC)
}
