//! From Z_2^64 to bits: x = s + t with s = x₀ + x₁, which party 0 knows, and t = x₂, which parties 1 and 2 know. Both are shared
//! as bits (t without a message) and added in a Boolean circuit: Araki et al., §4, "local conversion"; Mohassel and Rindal,
//! "ABY3", CCS 2018 (ePrint 2018/403), §5.3, with a parallel-prefix adder.

use jointly_core::{Party, Result};
use jointly_math::{Wiped, bits, ring};

use super::Rep3;
use crate::{Bits, Share, adder};

type Local = dyn Fn(&[u64]) -> Vec<u64> + Sync;

impl Rep3 {
    /// The sign: only the carry into bit 63 is computed. 181 ANDs a value in 7 rounds, after 64 bits sent by party 0 in one.
    pub(super) async fn sign(&mut self, x: &Share<u64>) -> Result<Bits> {
        let (s, t) = self.two_addends(x, 64).await?;
        adder::top_of_sum(self, s, t).await
    }

    /// The low `width` bits, by a Sklansky adder: w + 2·(w/2)·log₂ w ANDs at most, log₂ w + 1 rounds.
    pub(super) async fn decompose(&mut self, x: &Share<u64>, width: usize) -> Result<Bits> {
        let (s, t) = self.two_addends(x, width).await?;
        adder::sum(self, &s, &t).await
    }

    /// Whether x = 0: whether s and −t agree in every bit. 63 ANDs a value in 6 rounds, after 64 bits sent by party 0 in one.
    pub(super) async fn all_clear(&mut self, x: &Share<u64>) -> Result<Bits> {
        let (s, t) = self.addends(x, 64, &ring::neg).await?;
        let ones = self.component(0, &|| vec![u64::MAX; 64 * s.words()], 64 * s.words());
        adder::all_ones(self, s.xor(&t).xor(&Bits { planes: ones, n: s.n, width: 64 })).await
    }

    /// s and t as bits, modulo 2^width.
    async fn two_addends(&mut self, x: &Share<u64>, width: usize) -> Result<(Bits, Bits)> {
        self.addends(x, width, &|t| t.to_vec()).await
    }

    /// s and a function of t as bits, modulo 2^width.
    async fn addends(&mut self, x: &Share<u64>, width: usize, f: &Local) -> Result<(Bits, Bits)> {
        let n = x.part(0).len();
        let words = bits::words(n) * width;
        let s = (self.me() == Party(0)).then(|| {
            let sum = Wiped::new(ring::add(x.part(0), x.part(1)));
            Wiped::new(bits::to_planes(&sum, width))
        });
        let s = self.hand_in_words(Party(0), s.as_deref().map(|s| &s[..]), words).await?;
        let mine = if self.me() == Party(2) { 0 } else { 1 };
        let t = self.component(2, &|| bits::to_planes(&f(x.part(mine)), width), words);
        Ok((Bits { planes: s, n, width }, Bits { planes: t, n, width }))
    }
}
