//! Truncation. v = x + 2^(w−2), which lies between 0 and 2^(w−1), is Σ c_A − kp with numbers c_A each of which t + 1 parties know ([`decompose`](super::decompose)). With c_A = 2^f·h_A + l_A and p = 2^w − 1,
//!   Σ l_A + k = 2^f·u + (v modulo 2^f),  ⌊v/2^f⌋ = Σ h_A + u − 2^(w−f)·k.
//! All of A know h_A too, so that Σ h_A is shared in the field without a message. A circuit that adds the numbers up modulo p carries from below place f to above it u times, and around k times: in every carry-save
//! step, and in the last sum. These carries, counted, are all that goes from bits to the field.

use jointly_core::Result;
use jointly_math::Wiped;

use super::{
    super::world::{Elements, World},
    Modulus, ShamirMalicious,
    add_up::{Counter, add_up_layers},
    decompose::moved,
    weight_in,
};
use crate::{
    Bits, Share,
    adder::{pick, xor_at},
};

/// What neighbouring places generate and propagate together.
struct Blocks {
    g: Bits,
    p: Bits,
}

impl Blocks {
    /// What joining neighbours multiplies.
    fn operands(&self) -> (Bits, Bits) {
        let (low, high): (Vec<usize>, Vec<usize>) = (0..self.g.width / 2).map(|j| (2 * j, 2 * j + 1)).unzip();
        (pick(&[(&self.p, &high), (&self.p, &high)]), pick(&[(&self.g, &low), (&self.p, &low)]))
    }

    /// Half as many.
    fn joined(&self, products: &Bits) -> Self {
        let (width, pairs) = (self.g.width, self.g.width / 2);
        let high: Vec<usize> = (0..pairs).map(|j| 2 * j + 1).collect();
        let (first, odd) = (Vec::from_iter(0..pairs), Vec::from_iter(2 * pairs..width));
        let mut g = pick(&[(&self.g, &high), (&self.g, &odd)]);
        xor_at(&mut g, &first, products);
        Self { g, p: pick(&[(products, &Vec::from_iter(pairs..2 * pairs)), (&self.p, &odd)]) }
    }
}

impl<F: Modulus> ShamirMalicious<F> {
    /// Faithful truncation of |x| < 2^(w−2), rounded down.
    pub(super) async fn shift_down(&mut self, x: &Share<F>, f: u32) -> Result<Share<F>> {
        let (n, at, place) = (x.part(0).len(), F::BITS - 2, f as usize);
        if place == 0 {
            return Ok(x.map(Vec::clone));
        }
        if place > at {
            // |x| < 2^f: 0 is x/2^f rounded up or down.
            return Ok(self.blank::<Elements>(n));
        }
        let numbers = self.numbers(&moved(x, at)).await?;
        let points = self.core.points.clone();
        let mut sum = self.blank::<Elements>(n);
        for (set, number) in &numbers {
            if let (Some(number), Some(weight)) = (number, weight_in(&points.sets, &points.ring.sets, *set)) {
                let high = Wiped::new(number.iter().map(|c| c.shifted(f)).collect::<Vec<F>>());
                <Elements as World<F>>::spread(weight, &high, &mut sum, 0..n);
            }
        }
        let (carries, weights) = self.carries(self.strings(numbers, n, false), place).await?;
        let carried = self.weighted_sum(&carries, &weights).await?;
        let offset = F::power(at - place);
        Ok(sum.zip(&carried, |sum, carried| sum.iter().zip(carried).map(|(x, y)| *x + *y - offset).collect()))
    }

    /// All carries into place f and around, and what each counts: 1 and −2^(w−f), times 2^i in a counter's column i. The sum is not 0 modulo p, so that what comes around is what the two last strings
    /// carry without it.
    async fn carries(&mut self, strings: Vec<Bits>, f: usize) -> Result<(Bits, Vec<F>)> {
        let mut counter = Counter::of(vec![f - 1, F::BITS - 1]);
        let (s, t) = self.add_up(strings, &mut counter).await?;
        let propagated = s.xor(&t);
        let generated = self.layer(vec![(s, t)], &mut counter).await?;
        let part = |from, to| Blocks { g: generated[0].range(from, to), p: propagated.range(from, to) };
        let mut parts = [part(0, f), part(f, F::BITS)];
        while parts.iter().any(|part| part.g.width > 1) {
            let products = self.layer(parts.iter().map(Blocks::operands).collect(), &mut counter).await?;
            parts = std::array::from_fn(|i| parts[i].joined(&products[i]));
        }
        let [low, high] = parts;
        let around =
            self.layer(vec![(Bits::stack(&[&low.p, &high.p]), Bits::stack(&[&high.g, &low.g]))], &mut counter).await?;
        let last = Bits::stack(&[&low.g, &high.g]).xor(&around[0]);
        let all: Vec<(usize, Bits)> = counter.into_items().chain([(0, last)]).collect();
        let wrapped = F::default() - F::power(F::BITS - f);
        let weights = all.iter().flat_map(|(i, _)| [F::power(*i), F::power(*i) * wrapped]).collect();
        Ok((Bits::stack(&all.iter().map(|(_, bits)| bits).collect::<Vec<_>>()), weights))
    }
}

/// Layers of ANDs for truncation of numbers of `width` bits, of which `count` are added up, by `f`; and how many bits go to the field.
pub(super) fn carries_layers(count: usize, width: usize, f: usize) -> (Vec<usize>, usize) {
    let mut counter = Counter::of(vec![f - 1, width - 1]);
    let mut layers = add_up_layers(count, width, &mut counter);
    layers.push(width + counter.layer());
    let mut blocks = [f, width - f];
    while blocks.iter().any(|blocks| *blocks > 1) {
        layers.push(blocks.iter().map(|blocks| blocks / 2 * 2).sum::<usize>() + counter.layer());
        blocks = blocks.map(|blocks| blocks.div_ceil(2));
    }
    layers.push(2 + counter.layer());
    (layers, 2 * (counter.into_items().count() + 1))
}
