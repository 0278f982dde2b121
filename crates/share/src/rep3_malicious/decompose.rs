//! From Z_2^64 to bits. Each component of x = x₀ + x₁ + x₂ is known to two parties, and so are its bits: they are a sharing of which two components are
//! 0, without a message and without trust (Araki et al., CCS 2016 (ePrint 2016/768), §4, "local conversion"). A layer of carry-save adders
//! makes two addends of the three (Mohassel and Rindal, "ABY3", CCS 2018 (ePrint 2018/403), §5.3), then circuits of proved ANDs go on.

use jointly_core::Result;
use jointly_math::{Wiped, bits};

use super::Rep3Malicious;
use crate::{Bits, Share, adder};

impl Rep3Malicious {
    /// A function of component `index`, which its two holders compute.
    pub(super) fn of_component(
        &self,
        x: &Share<u64>,
        index: u16,
        f: &dyn Fn(&[u64]) -> Vec<u64>,
        n: usize,
    ) -> Share<u64> {
        let mine = usize::from(self.core.me().0 != index);
        self.core.component(index, &|| f(x.part(mine)), n)
    }

    /// The sign: only the carry into bit 63 is computed.
    pub(super) async fn sign(&mut self, x: &Share<u64>) -> Result<Bits> {
        let addends = self.three_addends(x, 0, 64);
        let (s, carries) = self.carry_save(&addends, 63).await?;
        adder::top_of_sum(self, s.range(1, 64), carries).await
    }

    /// The low `width` bits.
    pub(super) async fn decompose(&mut self, x: &Share<u64>, width: usize) -> Result<Bits> {
        let addends = self.three_addends(x, 0, width);
        if width == 1 {
            return Ok(sum_without_carries(&addends));
        }
        let (s, carries) = self.carry_save(&addends, width - 1).await?;
        let high = adder::sum(self, &s.range(1, width), &carries).await?;
        Ok(Bits::stack(&[&s.range(0, 1), &high]))
    }

    /// Whether x = 0. For two addends s and t, s + t = 0 just if in every place s ⊕ t is what s | t is one place below (Cortadella and Llabería,
    /// "Evaluation of A + B = K conditions without carry propagation", IEEE Transactions on Computers, 1992).
    pub(super) async fn all_clear(&mut self, x: &Share<u64>) -> Result<Bits> {
        let addends = self.three_addends(x, 0, 64);
        let (s, carries) = self.carry_save(&addends, 63).await?;
        // t has the carries from place 1 on.
        let (high, below) = (s.range(1, 64).xor(&carries), carries.range(0, 62));
        let both = self.and_planes(&s.range(1, 63), &below).await?;
        let either = Bits::stack(&[&s.range(0, 1), &high.range(0, 62).xor(&both)]);
        let differ = Bits::stack(&[&s.range(0, 1), &high.xor(&either)]);
        let ones = self.core.component(0, &|| vec![u64::MAX; 64 * s.words()], 64 * s.words());
        adder::all_ones(self, differ.xor(&Bits { planes: ones, n: s.n, width: 64 })).await
    }

    /// Bits `from` … `from` + `width` − 1 of each component.
    pub(super) fn three_addends(&self, x: &Share<u64>, from: u32, width: usize) -> [Bits; 3] {
        let n = x.part(0).len();
        [0, 1, 2].map(|index| {
            let planes = |component: &[u64]| {
                let shifted = Wiped::new(component.iter().map(|x| x >> from).collect());
                bits::to_planes(&shifted, width)
            };
            Bits { planes: self.of_component(x, index, &planes, width * bits::words(n)), n, width }
        })
    }

    /// a + b + c = s + 2m: s, and the lowest `width` places of m.
    pub(super) async fn carry_save(&mut self, [a, b, c]: &[Bits; 3], width: usize) -> Result<(Bits, Bits)> {
        let (left, right) = (a.xor(c), b.xor(c));
        let both = self.and_planes(&left.range(0, width), &right.range(0, width)).await?;
        Ok((left.xor(b), both.xor(&c.range(0, width))))
    }

    pub(super) async fn and_planes(&mut self, x: &Bits, y: &Bits) -> Result<Bits> {
        let planes = self.and_words(&x.planes, &y.planes).await?;
        Ok(Bits { planes, n: x.n, width: x.width })
    }
}

fn sum_without_carries([a, b, c]: &[Bits; 3]) -> Bits {
    a.xor(b).xor(c)
}
