//! Between the ring and bits, and truncation: by random bits r that are shared in both domains (ePrint 2019/599).

use jointly_core::{Need, Result};
use jointly_math::bits;

use super::{
    Spdz2k,
    bits::{PARTS, mask, xor},
    wide::{add, scale, sub, times},
};
use crate::{Bits, Share, adder, packed};

/// Random numbers of so many bits: the numbers, their bits in the ring one number after the other, and as words, if they are wanted.
struct Numbers {
    ring: Share<u128>,
    planes: Bits,
}

impl Spdz2k {
    /// `n` random numbers of `width` bits.
    fn numbers(&mut self, n: usize, width: usize) -> Result<Numbers> {
        let lot = self.stock.take(Need::SharedBits, shared_bits(n * width))?;
        let ring = lot.ring(0).map(|x| x[..n * width].to_vec());
        let words = lot.words(0);
        // Bit after bit of all numbers, without gaps; in planes each bit begins a word.
        let planes =
            words.map(|x| (0..width).flat_map(|j| packed::slice(x, 64 * x.len(), &(j * n..(j + 1) * n))).collect());
        Ok(Numbers { ring, planes: Bits { planes, n, width } })
    }

    /// Σ 2^j·(bit j), for the bits from `from` on.
    fn weighed(ring: &Share<u128>, n: usize, from: usize) -> Share<u128> {
        ring.map(|x| {
            let mut sum = vec![0u128; n];
            for (j, bits) in x.chunks(n.max(1)).skip(from).enumerate() {
                sum.iter_mut().zip(bits).for_each(|(sum, bit)| *sum = sum.wrapping_add(bit << j));
            }
            sum
        })
    }

    /// x + r modulo 2^width is opened: multiplied by 2^(64 − width), with a mask above bit 64.
    async fn open_sum(&mut self, x: &Share<u128>, r: &Share<u128>, width: usize) -> Result<Vec<u64>> {
        let masks = self.stock.take(Need::Masks, x.part(0).len())?.unknown(self.table.me());
        let up = 64 - width;
        let sum = add(&scale(&add(x, r), 1 << up), &scale(&masks, 1 << 64));
        Ok(self.table.open(&sum).await?.into_iter().map(|c| (c as u64) >> up).collect())
    }

    /// Of c = x + r: x = c − r, whose complement is (the complement of c) + r. The bits that an addition generates and propagates.
    async fn addends(&mut self, x: &Share<u128>, width: usize) -> Result<(Bits, Bits)> {
        let n = x.part(0).len();
        let Numbers { ring, planes: r } = self.numbers(n, width)?;
        let c = self.open_sum(x, &Self::weighed(&ring, n, 0), width).await?;
        let complement = bits::to_planes(&c.iter().map(|c| !c).collect::<Vec<_>>(), width);
        let generate = mask(&r.planes, &complement);
        let propagate = xor(&r.planes, &self.table.public_words(&complement));
        let bits = |planes| Bits { planes, n, width };
        Ok((bits(generate), bits(propagate)))
    }

    fn not(&self, x: &Bits) -> Bits {
        let ones = self.table.public_words(&vec![u64::MAX; x.planes.part(0).len()]);
        Bits { planes: xor(&x.planes, &ones), n: x.n, width: x.width }
    }

    fn no_bits(width: usize) -> Bits {
        Bits { planes: Share::new(vec![Vec::new(); PARTS]), n: 0, width }
    }

    /// The sign.
    pub(super) async fn sign(&mut self, x: &Share<u128>) -> Result<Bits> {
        if x.part(0).is_empty() {
            return Ok(Self::no_bits(1));
        }
        let (generate, propagate) = self.addends(x, 64).await?;
        let carry = adder::carry_out_of(self, generate.range(0, 63), propagate.range(0, 63)).await?;
        Ok(self.not(&propagate.range(63, 64).xor(&carry)))
    }

    /// The low `width` bits.
    pub(super) async fn decompose(&mut self, x: &Share<u128>, width: usize) -> Result<Bits> {
        if x.part(0).is_empty() {
            return Ok(Self::no_bits(width));
        }
        let (generate, propagate) = self.addends(x, width).await?;
        let mut sum = propagate.range(0, 1);
        if width > 1 {
            let low = propagate.range(0, width - 1);
            let carries = adder::carries_of(self, generate.range(0, width - 1), low).await?;
            sum = Bits::stack(&[&sum, &propagate.range(1, width).xor(&carries)]);
        }
        Ok(self.not(&sum))
    }

    /// Whether x = 0: whether x + r is r.
    pub(super) async fn all_clear(&mut self, x: &Share<u128>) -> Result<Bits> {
        if x.part(0).is_empty() {
            return Ok(Self::no_bits(1));
        }
        // c and r agree where the complement of c and r differ.
        let (_, differ) = self.addends(x, 64).await?;
        adder::all_ones(self, differ).await
    }

    /// Each string as an unsigned integer: c = b ⊕ r is opened, and b = c + r − 2cr.
    pub(super) async fn compose(&mut self, x: &Bits) -> Result<Share<u128>> {
        if x.n == 0 {
            return Ok(self.table.public(&[]));
        }
        let Numbers { ring, planes: r } = self.numbers(x.n, x.width)?;
        let opened = self.table.open_bits(&xor(&x.planes, &r.planes)).await?;
        let planes = opened.chunks_exact(x.words());
        let c: Vec<u128> =
            planes.flat_map(|plane| (0..x.n).map(|i| u128::from(plane[i / 64] >> (i % 64) & 1))).collect();
        let signs: Vec<u128> = c.iter().map(|c| 1u128.wrapping_sub(2 * c)).collect();
        Ok(Self::weighed(&add(&times(&ring, &signs), &self.table.public(&c)), x.n, 0))
    }

    /// Faithful truncation of |x| < 2^62, which is x' = x + 2^62 in [0, 2^63).
    ///
    /// c = x' + r modulo 2^64 is opened. As x' < 2^63, the sum has passed 2^64 just where the top bit of r is 1 and that of c is not: w. So ⌊c/2^f⌋ − ⌊r/2^f⌋ + 2^(64−f)·w is x'/2^f, rounded
    /// up or down as the low bits of r, which nobody knows, will have it.
    pub(super) async fn shift_down(&mut self, x: &Share<u128>, f: u32) -> Result<Share<u128>> {
        let n = x.part(0).len();
        if n == 0 {
            return Ok(self.table.public(&[]));
        }
        let Numbers { ring, .. } = self.numbers(n, 64)?;
        let lifted = add(x, &self.table.public(&vec![1 << 62; n]));
        let c = self.open_sum(&lifted, &Self::weighed(&ring, n, 0), 64).await?;
        let top = ring.map(|x| x[63 * n..].to_vec());
        let passed: Vec<u128> = c.iter().map(|c| u128::from(1 ^ c >> 63) << (64 - f)).collect();
        let known: Vec<u128> = c.iter().map(|c| u128::from(c >> f).wrapping_sub(1 << (62 - f))).collect();
        let shifted = sub(&self.table.public(&known), &Self::weighed(&ring, n, f as usize));
        Ok(add(&shifted, &times(&top, &passed)))
    }
}

/// Bits in both domains that so many take: they come in words.
pub(super) fn shared_bits(n: usize) -> usize {
    n.next_multiple_of(64)
}
