//! From bits to the field.

use jointly_core::{Error, Result};
use jointly_math::{
    Wiped, bits,
    mersenne::{Mersenne, scale},
};

use super::{
    super::world::{Elements, Strings},
    Modulus, ShamirMalicious, weight_in,
};
use crate::{Bits, Share};

impl<F: Modulus> ShamirMalicious<F> {
    /// Strings of bits as unsigned integers.
    pub(super) async fn compose(&mut self, x: &Bits) -> Result<Share<F>> {
        let weights: Vec<F> = (0..x.width).map(F::power).collect();
        self.weighted_sum(x, &weights).await
    }

    /// The sum of each string's bits with public weights. A random bit r is the sum of bits r_A that sets of t + 1 parties draw: shared bit by bit without a message, and in the field too, where the product of all
    /// 1 − 2r_A is 1 − 2r (ABY3, §5.4, for two factors). c = b ⊕ r is opened, and uniform; 1 − 2b = (1 − 2c)(1 − 2r) (doubly shared bits: Rotaru and Wood, "MArBled circuits", INDOCRYPT 2019). The last products are summed with
    /// their weights before they are brought back to degree t.
    pub(super) async fn weighted_sum(&mut self, x: &Bits, weights: &[F]) -> Result<Share<F>> {
        let (n, width) = (x.n, x.width);
        let halves: Vec<F> = weights.iter().map(|weight| *weight * F::power(F::BITS - 1)).collect();
        if !self.computes() || n == 0 {
            return Ok(self.blank::<Elements>(n));
        }
        let (r, known) = self.draw::<Strings>(x.planes.part(0).len());
        let masked = x.planes.zip(&r, |x, r| x.iter().zip(r).map(|(x, r)| x ^ r).collect());
        let opened = self.show_masked::<Strings>(&masked).await?;
        let points = self.core.points.clone();
        let mut factors = Vec::with_capacity(known.len());
        for (i, (set, planes)) in known.into_iter().enumerate() {
            let weight = weight_in(&points.sets, &points.ring.sets, set);
            let signs = planes.zip(weight).map(|(planes, weight)| {
                let mut signs = Wiped::new(signs(&planes, n, width));
                if i == 0 {
                    weigh(&mut signs, &opened, n, &halves);
                }
                scale(&signs, weight)
            });
            factors.push(Share::new(vec![signs.unwrap_or_else(|| vec![F::default(); n * width])]));
        }
        while factors.len() > 2 {
            factors = self.multiply_pairs(factors).await?;
        }
        let [s, t] = &factors[..] else { return Err(Error::Misuse("a product has two factors")) };
        let dots = self.inner(s, t, width).await?;
        // Σ wⱼbⱼ = Σ wⱼ/2 − Σ (wⱼ/2)(1 − 2bⱼ).
        let all = halves.iter().fold(F::default(), |sum, half| sum + *half);
        Ok(dots.map(|dots| dots.iter().map(|dot| all - *dot).collect()))
    }

    /// Half as many vectors: neighbours multiplied, all in one go.
    async fn multiply_pairs(&mut self, list: Vec<Share<F>>) -> Result<Vec<Share<F>>> {
        let pairs = list.chunks_exact(2);
        let rest: Vec<Share<F>> = pairs.remainder().iter().map(|x| x.map(Vec::clone)).collect();
        let side =
            |k: usize| Share::gather(&pairs.clone().map(|pair| &pair[k]).collect::<Vec<_>>(), |parts| parts.concat());
        let (count, len) = (pairs.len(), list[0].part(0).len());
        let products = self.inner(&side(0), &side(1), 1).await?;
        let product = |k: usize| products.map(|p| p[k * len..(k + 1) * len].to_vec());
        Ok((0..count).map(product).chain(rest).collect())
    }
}

/// 1 − 2b for each bit of each string.
fn signs<F: Mersenne>(planes: &[u64], n: usize, width: usize) -> Vec<F> {
    let mut out = vec![F::default(); n * width];
    for (j, plane) in planes.chunks(bits::words(n).max(1)).enumerate() {
        let both = F::ONE + F::ONE;
        for (i, row) in out.chunks_exact_mut(width).enumerate() {
            row[j] = F::ONE - both.only_if(plane[i / 64] >> (i % 64) & 1);
        }
    }
    out
}

/// Times wⱼ(1 − 2c) for public bits c.
fn weigh<F: Mersenne>(signs: &mut [F], planes: &[u64], n: usize, weights: &[F]) {
    for ((j, plane), weight) in planes.chunks(bits::words(n).max(1)).enumerate().zip(weights) {
        let either = [*weight, F::default() - *weight];
        for (i, row) in signs.chunks_exact_mut(weights.len()).enumerate() {
            row[j] = row[j] * either[(plane[i / 64] >> (i % 64) & 1) as usize];
        }
    }
}
