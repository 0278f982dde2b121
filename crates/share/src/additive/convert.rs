//! Between the ring and bits, and truncation.
//!
//! From the ring (ABY, arithmetic to Boolean, with additions by a parallel-prefix adder): each party's share is its own input to a Boolean
//! computation, shared without a message: all bits at that party, zeros at the others. The addends are summed by carry-save adders
//! down to two, and these by what is cheapest for the question.

use jointly_core::{Party, Result};
use jointly_math::{Wiped, bits, ring};

use super::{Additive, Source, online::BITS};
use crate::{Bits, Share, adder};

impl<S: Source> Additive<S> {
    /// The sign.
    pub(super) async fn sign(&mut self, x: &Share<u64>) -> Result<Bits> {
        if self.among.parties == 2 {
            let (sum, generate) = self.known_addends(x, 64).await?;
            let carry = adder::carry_out_of(self, generate, sum.range(0, 63)).await?;
            return Ok(sum.range(63, 64).xor(&carry));
        }
        let [s, t] = self.two_addends(x, 64).await?;
        adder::top_of_sum(self, s, t).await
    }

    /// The low `width` bits.
    pub(super) async fn decompose(&mut self, x: &Share<u64>, width: usize) -> Result<Bits> {
        if self.among.parties == 2 && width > 1 {
            let (sum, generate) = self.known_addends(x, width).await?;
            let carries = adder::carries_of(self, generate, sum.range(0, width - 1)).await?;
            return Ok(Bits::stack(&[&sum.range(0, 1), &sum.range(1, width).xor(&carries)]));
        }
        let [s, t] = self.two_addends(x, width).await?;
        adder::sum(self, &s, &t).await
    }

    /// Of two addends, each known to one of two parties, the sum without carries, and the carries that arise at each place but the last.
    async fn known_addends(&mut self, x: &Share<u64>, width: usize) -> Result<(Bits, Bits)> {
        let sum = self.own_bits(x.part(0), width);
        let low = &sum.planes.part(0)[..(width - 1) * sum.words()];
        let planes = Share::new(vec![self.and_cross(low).await?]);
        let generate = Bits { planes, n: sum.n, width: width - 1 };
        Ok((sum, generate))
    }

    /// Whether x = 0. For two parties, whether x₀ and −x₁ agree in every bit. For more, with the sum of the addends s + t = 2·(s ∨ t) − (s ⊕ t), whether
    /// s ⊕ t and 2·(s ∨ t) do.
    pub(super) async fn all_clear(&mut self, x: &Share<u64>) -> Result<Bits> {
        let n = x.part(0).len();
        let differences = if self.among.parties == 2 {
            let mine = if self.me() == Party(0) { x.part(0).to_vec() } else { ring::neg(x.part(0)) };
            self.own_bits(&Wiped::new(mine), 64)
        } else {
            let [s, t] = self.two_addends(x, 64).await?;
            let xor = s.xor(&t);
            let (s, t) = (s.lowest(63), t.lowest(63));
            let or = self.and_bits(&s, &t).await?.xor(&s).xor(&t);
            xor.xor(&doubled(&or))
        };
        let ones = self.known_to_first(vec![u64::MAX; 64 * differences.words()]);
        adder::all_ones(self, differences.xor(&Bits { planes: ones, n, width: 64 })).await
    }

    /// Strings of this party's own bits: its component of the sum of all parties' strings modulo 2.
    fn own_bits(&self, x: &[u64], width: usize) -> Bits {
        Bits { planes: Share::new(vec![bits::to_planes(x, width)]), n: x.len(), width }
    }

    /// Two strings whose sum modulo 2^width is x.
    async fn two_addends(&mut self, x: &Share<u64>, width: usize) -> Result<[Bits; 2]> {
        let (me, n) = (self.me(), x.part(0).len());
        let addend = |party: Party| match party == me {
            true => self.own_bits(x.part(0), width),
            false => Bits { planes: Share::new(vec![vec![0; width * bits::words(n)]]), n, width },
        };
        let mut addends: Vec<Bits> = self.among.all().map(addend).collect();
        while addends.len() > 2 {
            addends = self.save_carries(addends).await?;
        }
        let both: Result<[Bits; 2], _> = addends.try_into();
        both.map_err(|_| jointly_core::Error::Misuse("sharing takes two parties or more"))
    }

    /// Of each three addends two: their sums without carries, and the carries, which are 1 where two of three bits are: ((a ⊕ c) ∧ (b ⊕ c)) ⊕ c.
    async fn save_carries(&mut self, addends: Vec<Bits>) -> Result<Vec<Bits>> {
        let (threes, rest) = addends.as_chunks::<3>();
        let carried = addends[0].width - 1;
        let mut out: Vec<Bits> = threes.iter().map(|[a, b, c]| a.xor(b).xor(c)).collect();
        if carried > 0 {
            let low = |x: &Bits| x.range(0, carried);
            let left: Vec<Bits> = threes.iter().map(|[a, _, c]| low(a).xor(&low(c))).collect();
            let right: Vec<Bits> = threes.iter().map(|[_, b, c]| low(b).xor(&low(c))).collect();
            let stack = |list: &[Bits]| Bits::stack(&list.iter().collect::<Vec<_>>());
            let both = self.and_bits(&stack(&left), &stack(&right)).await?;
            for (i, [.., c]) in threes.iter().enumerate() {
                out.push(doubled(&both.range(i * carried, (i + 1) * carried).xor(&low(c))));
            }
        } else {
            let zero = |[a, ..]: &[Bits; 3]| a.xor(a);
            out.extend(threes.iter().map(zero));
        }
        out.extend(rest.iter().map(|b| b.range(0, b.width)));
        Ok(out)
    }

    /// Each string as an unsigned integer: with random bits r that are shared in both domains, c = b ⊕ r is opened, and b = c + r − 2cr.
    pub(super) async fn compose(&mut self, x: &Bits) -> Result<Share<u64>> {
        let words = x.planes.part(0).len();
        let (r, planes) = (self.stock.shared_bits.take(64 * words)?, self.stock.shared_planes.take(words)?);
        let open = x.planes.part(0).iter().zip(planes.iter()).map(|(b, r)| b ^ r).collect();
        let open = self.masked(open, BITS).await?;
        let one = u64::from(self.me() == Party(0));
        let mut out = vec![0u64; x.n];
        let planes = open.chunks(x.words().max(1)).zip(r.chunks(64 * x.words().max(1)));
        for (j, (open, r)) in planes.enumerate() {
            for ((out, r), i) in out.iter_mut().zip(r).zip(0..) {
                // c is public: r if it is 0, 1 − r if it is 1.
                let c = (open[i / 64] >> (i % 64) & 1).wrapping_neg();
                *out = out.wrapping_add((r ^ c).wrapping_sub(c).wrapping_add(one & c) << j);
            }
        }
        Ok(Share::new(vec![out]))
    }

    /// Faithful truncation of |x| < 2^62, which is x' = x + 2^62 in [0, 2^63).
    ///
    /// Two parties, who have u + v = x' + 2^64·w: as x' < 2^63, w is the OR of the two top bits (Dalskov, Escudero, Keller, PoPETs 2020, ePrint 2019/131, §5),
    /// 1 − pq with p, q their complements, and 2pq = p + q − (p ⊕ q). With v rounded up, ⌊u/2^f⌋ + ⌈v/2^f⌉ − 2^(64−f)·w − 2^(62−f)
    /// is x/2^f rounded up or down. One bit goes from the Boolean world to the ring.
    pub(super) async fn shift_down(&mut self, x: &Share<u64>, f: u32) -> Result<Share<u64>> {
        if self.among.parties > 2 {
            return self.shift_sum(x, f).await;
        }
        let (n, first) = (x.part(0).len(), self.me() == Party(0));
        let mine = if first { self.lifted(x) } else { Wiped::new(x.part(0).to_vec()) };
        let clear = Wiped::new(mine.iter().map(|u| 1 ^ u >> 63).collect());
        let differ = self.compose(&Bits { planes: Share::new(vec![bits::pack(&clear)]), n, width: 1 }).await?;
        let (half, offset) =
            (1u64 << (63 - f), if first { (1u64 << (62 - f)).wrapping_add(1u64.wrapping_shl(64 - f)) } else { 0 });
        let up = if first { 0 } else { (1 << f) - 1 };
        let shifted = mine.iter().zip(clear.iter().zip(differ.part(0))).map(|(u, (clear, differ))| {
            let shifted = (u >> f) + u64::from(u & up != 0);
            shifted.wrapping_add(clear.wrapping_sub(*differ).wrapping_mul(half)).wrapping_sub(offset)
        });
        Ok(Share::new(vec![shifted.collect()]))
    }

    /// More parties, by the same thought: Σuᵢ = x' + 2^64·w, and Σ(uᵢ mod 2^f) = x' mod 2^f + 2^f·c. Of each sum the top b bits of every term tell enough, where n ≤ 2^(b−1).
    ///
    /// With S = Σ⌊uᵢ/2^(64−b)⌋, Σuᵢ lies in [S, S + n)·2^(64−b), and x' is below 2^63: so w = ⌊(S + n)/2^b⌋. In the same way ⌊(S' + n)/2^b⌋ is above Σ(uᵢ mod 2^f)/2^f − 1 and below that
    /// sum + 1, so that Σ⌊uᵢ/2^f⌋ + ⌊(S' + n)/2^b⌋ − 2^(64−f)·w − 2^(62−f) is x/2^f rounded up or down.
    async fn shift_sum(&mut self, x: &Share<u64>, f: u32) -> Result<Share<u64>> {
        let (n, first) = (x.part(0).len(), self.me() == Party(0));
        let mine = if first { self.lifted(x) } else { Wiped::new(x.part(0).to_vec()) };
        let [b, width] = wrap_bits(self.among.parties);
        let more = if first { u64::from(self.among.parties) } else { 0 };
        // All f bits tell the sum exactly.
        let (cut, up, round) = if f as usize > b { (f as usize - b, 0, more) } else { (0, b - f as usize, 0) };
        let wraps = mine.iter().map(|u| (u >> (64 - b)) + more);
        let carries = mine.iter().map(|u| ((u & ((1 << f) - 1)) >> cut << up) + round);
        let tops = Share::new(vec![wraps.chain(carries).collect()]);
        let [s, t] = self.two_addends(&tops, width).await?;
        let sums = adder::sum(self, &s, &t).await?;
        let counts = self.compose(&sums.range(b, width)).await?;
        let (wraps, carries) = counts.part(0).split_at(n);
        let offset = if first { 1u64 << (62 - f) } else { 0 };
        let shifted = mine.iter().zip(wraps.iter().zip(carries)).map(|(u, (wraps, carries))| {
            (u >> f).wrapping_add(*carries).wrapping_sub(wraps << (64 - f)).wrapping_sub(offset)
        });
        Ok(Share::new(vec![shifted.collect()]))
    }

    fn lifted(&self, x: &Share<u64>) -> Wiped {
        Wiped::new(x.part(0).iter().map(|x| x.wrapping_add(1 << 62)).collect())
    }
}

/// Each string times 2, with one bit more.
fn doubled(x: &Bits) -> Bits {
    let shift = |plane: &Vec<u64>| [&vec![0; x.words()][..], plane].concat();
    Bits { planes: x.planes.map(shift), n: x.n, width: x.width + 1 }
}

/// How many top bits of each party's term tell how often a sum wraps, and how many bits the sum of these has.
pub(super) fn wrap_bits(parties: u16) -> [usize; 2] {
    let b = parties.next_power_of_two().ilog2() as usize + 1;
    // (n·(2^b − 1) + n)/2^b = n wraps at most.
    [b, b + 1 + parties.ilog2() as usize]
}

/// Planes of ANDs in each round of what leaves two of so many addends.
pub(super) fn save_carries_layers(mut addends: usize, width: usize) -> Vec<usize> {
    let mut layers = Vec::new();
    while addends > 2 && width > 1 {
        layers.push(addends / 3 * (width - 1));
        addends -= addends / 3;
    }
    layers
}
