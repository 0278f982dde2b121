//! From bits to Z_2^64, and truncation.

use jointly_core::Result;
use jointly_math::ring;

use super::Rep3Malicious;
use crate::{
    Bits, Share, adder,
    rep3::convert::{unpack, weighted_xor},
};

impl Rep3Malicious {
    /// A bit is b₀ ⊕ b₁ ⊕ b₂, of which each term is known to two parties, who hold it as a ring element without a message; b ⊕ b' is b + b' − 2bb'
    /// (Mohassel and Rindal, "ABY3", CCS 2018 (ePrint 2018/403), §5.4), with proved products. `width` + 1 elements a string, two rounds.
    pub(super) async fn compose(&mut self, x: &Bits) -> Result<Share<u64>> {
        let weights: Vec<u64> = (0..x.width).map(|j| 1 << j).collect();
        self.weigh(x, &weights).await
    }

    /// The sum of each string's bits with these weights.
    async fn weigh(&mut self, x: &Bits, weights: &[u64]) -> Result<Share<u64>> {
        let [a, b] = [0, 1].map(|index| self.known_bits(x, index, &|_| 1));
        let c = self.known_bits(x, 2, &|j| weights[j]);
        let both = self.inner(&a, &b, 1).await?;
        let first_two = a.zip(&b, ring::add).zip(&both.map(|z| ring::scale(z, 2)), ring::sub);
        weighted_xor(self, first_two, &c, weights).await
    }

    /// Component `index` of each bit as a ring element, times the weight of its place.
    fn known_bits(&self, x: &Bits, index: u16, weight: &dyn Fn(usize) -> u64) -> Share<u64> {
        let (n, width) = (x.n, x.width);
        self.of_component(&x.planes, index, &|planes| unpack(planes, n, width, weight), n * width)
    }

    /// Truncation of |x| < 2^62, rounded down. With x' = x + 2^62 in [0, 2^63), the components of x' sum up to x' + 2^64·w, and
    ///   ⌊x'₀/2^f⌋ + ⌊x'₁/2^f⌋ + ⌊x'₂/2^f⌋ + c − 2^(64−f)·w − 2^(62−f)
    /// is ⌊x/2^f⌋, if c is what the components' low f bits carry over. As x' < 2^63, the components' three top bits, with 2 for what lies below them, sum
    /// up to 8w and less than 8 more (the wrap bit of Dalskov, Escudero and Keller, PoPETs 2020 (ePrint 2019/131), §5, for three addends).
    pub(super) async fn shift_down(&mut self, x: &Share<u64>, f: u32) -> Result<Share<u64>> {
        let n = x.part(0).len();
        let lifted = x.zip(&self.core.component(0, &|| vec![1 << 62; n], n), ring::add);
        let top = self.tops(&lifted);
        let (carries, highest) = self.carried(&lifted, &top, f).await?;
        let wrap = 1u64 << (64 - f);
        let mut weights = vec![1; carries.width];
        let wraps = weights.len() - 2;
        weights[wraps..].fill(wrap.wrapping_neg());
        let corrections = self.weigh(&carries, &weights).await?;
        let offset = self.core.component(0, &|| vec![1 << (62 - f); n], n);
        let high = lifted.map(|part| part.iter().map(|x| x >> f).collect());
        let sum = high.zip(&corrections, ring::add).zip(&offset, ring::sub);
        Ok(sum.zip(&highest.map(|h| ring::scale(h, wrap)), ring::sub))
    }

    /// Three top bits of each component; 2 more in component 0.
    fn tops(&self, lifted: &Share<u64>) -> Share<u64> {
        let n = lifted.part(0).len();
        let tops = lifted.map(|part| part.iter().map(|x| x >> 61).collect());
        tops.zip(&self.core.component(0, &|| vec![2; n], n), ring::add)
    }

    /// Bits that make up c, then two of the three that make up w; and the third, which component 0's holders know: the fourth bit of its `top`.
    async fn carried(&mut self, lifted: &Share<u64>, top: &Share<u64>, f: u32) -> Result<(Bits, Share<u64>)> {
        let (n, f) = (top.part(0).len(), f as usize);
        let (low, tops) = (self.three_addends(lifted, 0, f), self.three_addends(top, 0, 3));
        let both = [0, 1, 2].map(|i| Bits::stack(&[&low[i], &tops[i]]));
        // a + b + c = s + 2m, in the low places and in the top ones.
        let (s, m) = self.carry_save(&both, f + 3).await?;
        // Of the top ones' sum, what is 8 and above: places 1 and 2 of s meet 0 and 1 of m.
        let into_8 = adder::carry_out(self, &s.range(f + 1, f + 3), &m.range(f, f + 2)).await?;
        let wraps = Bits::stack(&[&m.range(f + 2, f + 3), &into_8]);
        let of_low = match f {
            1 => m.range(0, 1),
            _ => {
                let over = adder::carry_out(self, &s.range(1, f), &m.range(0, f - 1)).await?;
                Bits::stack(&[&m.range(f - 1, f), &over])
            }
        };
        let highest = self.of_component(top, 0, &|top| top.iter().map(|t| t >> 3).collect(), n);
        Ok((Bits::stack(&[&of_low, &wraps]), highest))
    }
}
