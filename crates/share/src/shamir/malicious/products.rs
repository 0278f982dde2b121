//! Products: those of [`Shamir`](super::super::Shamir), each written down to be checked.

use jointly_core::Result;
use jointly_math::{
    Wiped,
    mersenne::{dots, matmul, mul_scaled, scale},
};

use super::{
    super::world::{Elements, Strings, and},
    Modulus, ShamirMalicious,
    owed::{Ands, Matrix, Products},
};
use crate::Share;

impl<F: Modulus> ShamirMalicious<F> {
    /// What `local` makes of shares, brought back to degree t.
    async fn product(&mut self, n: usize, local: impl FnOnce(F) -> Vec<F>) -> Result<Share<F>> {
        if !self.computes() || n == 0 {
            return Ok(self.blank::<Elements>(n));
        }
        let mine = Wiped::new(local(self.core.points.product));
        #[cfg(test)]
        let mine = self.lied(mine);
        self.core.reduce::<Elements>(Some(mine), n).await
    }

    #[cfg(test)]
    fn lied(&self, mut mine: Wiped<F>) -> Wiped<F> {
        mine[0] = mine[0] + F::from_signed(self.lie as i64);
        mine
    }

    pub(super) async fn inner(&mut self, x: &Share<F>, y: &Share<F>, k: usize) -> Result<Share<F>> {
        let (a, b, n) = (x.part(0), y.part(0), x.part(0).len() / k);
        let z = match k {
            1 => self.product(n, |weight| mul_scaled(a, b, weight)).await?,
            _ => self.product(n, |weight| scale(&Wiped::new(dots(a, b, k)), weight)).await?,
        };
        self.owe(|| (x.map(Vec::clone), y.map(Vec::clone)), &z, k);
        Ok(z)
    }

    fn owe(&mut self, factors: impl FnOnce() -> (Share<F>, Share<F>), z: &Share<F>, k: usize) {
        if self.computes() && !z.part(0).is_empty() {
            let (x, y) = factors();
            self.owed.products.push(Products { x, y, z: z.map(Vec::clone), k });
        }
    }

    pub(super) async fn matrix(&mut self, x: &Share<F>, y: &Share<F>, shape: [usize; 3]) -> Result<Share<F>> {
        let [m, k, n] = shape;
        if m * k * n == 0 {
            return Ok(self.blank::<Elements>(m * n));
        }
        let local = |weight| scale(&Wiped::new(matmul(x.part(0), y.part(0), shape)), weight);
        let z = self.product(m * n, local).await?;
        if self.computes() {
            let [x, y, z] = [x, y, &z].map(|share| share.map(Vec::clone));
            self.owed.matrices.push(Matrix { x, y, z, shape });
        }
        Ok(z)
    }

    pub(super) async fn and_words(&mut self, x: &Share<u64>, y: &Share<u64>) -> Result<Share<u64>> {
        let n = x.part(0).len();
        if !self.computes() || n == 0 {
            return Ok(self.blank::<Strings>(n));
        }
        let mine = Wiped::new(and(&self.core.points.form, x, y));
        #[cfg(test)]
        let mine = Wiped::new(mine.iter().enumerate().map(|(i, w)| if i == 0 { w ^ self.lie } else { *w }).collect());
        let z = self.core.reduce::<Strings>(Some(mine), n).await?;
        let [x, y, kept] = [x, y, &z].map(|share| share.map(Vec::clone));
        self.owed.ands.push(Ands { x, y, z: kept });
        Ok(z)
    }
}
