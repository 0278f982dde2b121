//! Products: those of [`Rep3`](crate::Rep3), each written down to be proved.

use jointly_core::Result;
use jointly_math::Prg;

use super::{
    Rep3Malicious,
    owed::{Matrix, Rows},
};
use crate::Share;

impl Rep3Malicious {
    /// What draws again what will mask the next result.
    fn masks(&self) -> [Prg; 2] {
        [&self.core.mine, &self.core.next].map(|prg| prg.again(prg.place()))
    }

    /// Inner products of `k` neighbours each.
    pub(super) async fn inner(&mut self, x: &Share<u64>, y: &Share<u64>, k: usize) -> Result<Share<u64>> {
        let masks = self.masks();
        let z = match k {
            1 => self.core.multiply(x, y).await?,
            _ => self.core.inner(x, y, k).await?,
        };
        self.owe(x.map(Vec::clone), y.map(Vec::clone), &z, k, masks);
        Ok(z)
    }

    /// Each vector times the running sums through all of them.
    pub(super) async fn multiply_running(&mut self, list: &[&Share<u64>]) -> Result<Share<u64>> {
        let masks = self.masks();
        let z = self.core.multiply_running(list).await?;
        let vectors = |parts: &[&[u64]]| side_by_side(parts);
        let sums = |parts: &[&[u64]]| {
            let mut sum = 0u64;
            let mut running = |x: &u64| {
                sum = sum.wrapping_add(*x);
                sum
            };
            let running: Vec<Vec<u64>> = parts.iter().map(|part| part.iter().map(&mut running).collect()).collect();
            let out = side_by_side(&running.iter().map(|r| &r[..]).collect::<Vec<_>>());
            drop(Share::new(running));
            out
        };
        self.owe(Share::gather(list, vectors), Share::gather(list, sums), &z, list.len(), masks);
        Ok(z)
    }

    pub(super) async fn matrix(&mut self, x: &Share<u64>, y: &Share<u64>, shape: [usize; 3]) -> Result<Share<u64>> {
        let [m, k, n] = shape;
        if m * k * n == 0 {
            return Ok(Share::new(vec![vec![0; m * n]; 2]));
        }
        let masks = self.masks();
        let z = self.core.matrix(x, y, shape).await?;
        let (x, y, sent) = (x.map(Vec::clone), y.map(Vec::clone), z.part(1).to_vec());
        self.owed.ring.matrices.push(Matrix { x, y, z: sent, shape, masks });
        Ok(z)
    }

    /// ANDs of words.
    pub(super) async fn and_words(&mut self, x: &Share<u64>, y: &Share<u64>) -> Result<Share<u64>> {
        let masks = self.masks();
        let z = self.core.and_words(x, y).await?;
        if !z.part(1).is_empty() {
            let (x, y, sent) = (x.map(Vec::clone), y.map(Vec::clone), z.part(1).to_vec());
            self.owed.bits.rows.push(Rows { x, y, z: sent, k: 1, masks });
        }
        Ok(z)
    }

    fn owe(&mut self, x: Share<u64>, y: Share<u64>, z: &Share<u64>, k: usize, masks: [Prg; 2]) {
        if !z.part(1).is_empty() {
            self.owed.ring.rows.push(Rows { x, y, z: z.part(1).to_vec(), k, masks });
        }
    }
}

/// The first elements of all vectors, then the second ones, and so on.
fn side_by_side(parts: &[&[u64]]) -> Vec<u64> {
    let n = parts.first().map_or(0, |part| part.len());
    (0..n).flat_map(|i| parts.iter().map(move |part| part[i])).collect()
}
