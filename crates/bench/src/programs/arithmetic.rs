//! Products, comparisons, matrix products.

use async_trait::async_trait;
use jointly_core::Result;
use jointly_share::{Engine, Secret};

use super::{Facts, Program, sample, values};

/// Products of 31-bit values, element by element.
pub(super) struct Mul;

#[async_trait]
impl Program for Mul {
    fn facts(&self) -> Facts {
        Facts { name: "mul", about: "n products", n: 1_000_000, unit: "products/s", width: 0 }
    }

    fn inputs(&self, n: usize, _: u32) -> Vec<Vec<i64>> {
        vec![values(1, n, 30), values(2, n, 30)]
    }

    async fn work(&self, e: &mut dyn Engine, _: usize, inputs: &[Secret]) -> Result<Vec<Secret>> {
        Ok(vec![e.mul(&inputs[0], &inputs[1]).await?])
    }

    async fn check(&self, e: &mut dyn Engine, n: usize, output: &[Secret]) -> Result<bool> {
        let (inputs, places) = (self.inputs(n, e.spec().width), sample(n));
        let opened = e.open(&e.gather(&output[0], &places)?).await?;
        let product = |i: u32| inputs[0][i as usize] * inputs[1][i as usize];
        Ok(opened == places.into_iter().map(product).collect::<Vec<_>>())
    }
}

/// Comparisons of values of one bit less than the engine has, to one bit each.
pub(super) struct LessThan;

#[async_trait]
impl Program for LessThan {
    fn facts(&self) -> Facts {
        Facts {
            name: "less-than",
            about: "n comparisons of 61-bit values, or as wide as the protocol takes",
            n: 1_000_000,
            unit: "comparisons/s",
            width: 0,
        }
    }

    fn inputs(&self, n: usize, width: u32) -> Vec<Vec<i64>> {
        vec![values(1, n, width - 1), values(2, n, width - 1)]
    }

    async fn work(&self, e: &mut dyn Engine, _: usize, inputs: &[Secret]) -> Result<Vec<Secret>> {
        let difference = e.sub(&inputs[0], &inputs[1])?;
        Ok(vec![e.msb(&difference).await?])
    }

    async fn check(&self, e: &mut dyn Engine, n: usize, output: &[Secret]) -> Result<bool> {
        let (inputs, places) = (self.inputs(n, e.spec().width), sample(n));
        let opened = e.open_bits(&e.gather(&output[0], &places)?).await?;
        let less = |i: u32| u64::from(inputs[0][i as usize] < inputs[1][i as usize]);
        Ok(opened == places.into_iter().map(less).collect::<Vec<_>>())
    }
}

/// The product of two square matrices of 20-bit values.
pub(super) struct Matmul;

#[async_trait]
impl Program for Matmul {
    fn facts(&self) -> Facts {
        Facts {
            name: "matmul",
            about: "the product of two n by n matrices",
            n: 1000,
            unit: "multiply-adds/s",
            width: 0,
        }
    }

    fn units(&self, n: usize) -> f64 {
        (n as f64).powi(3)
    }

    fn inputs(&self, n: usize, _: u32) -> Vec<Vec<i64>> {
        vec![values(1, n * n, 20), values(2, n * n, 20)]
    }

    async fn work(&self, e: &mut dyn Engine, n: usize, inputs: &[Secret]) -> Result<Vec<Secret>> {
        Ok(vec![e.matmul(&inputs[0], &inputs[1], n, n, n).await?])
    }

    async fn check(&self, e: &mut dyn Engine, n: usize, output: &[Secret]) -> Result<bool> {
        let (inputs, places) = (self.inputs(n, e.spec().width), sample(n * n));
        let opened = e.open(&e.gather(&output[0], &places)?).await?;
        let entry = |place: u32| {
            let (row, column) = (place as usize / n, place as usize % n);
            (0..n).map(|k| inputs[0][row * n + k] * inputs[1][k * n + column]).sum()
        };
        Ok(opened == places.into_iter().map(entry).collect::<Vec<i64>>())
    }
}
