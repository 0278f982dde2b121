//! The ring Z_q\[X\]/(X^2048 + 1) by its values at the roots of X^2048 + 1, for primes q of at most 25 bits.
//!
//! A polynomial is 2048 coefficients, or its 2048 values, called slots. Slot u of the first half is the value at ζ^(5^u), slot u
//! of the second half the value at ζ^(−5^u), where ζ is a primitive 4096th root of unity: so the automorphism X ↦ X^5 rotates
//! both halves by one place, and X ↦ X^(−1) swaps them. Products and sums are taken slot by slot.
//!
//! Nothing here branches on, or indexes with, a coefficient: the transforms may be used on secrets.

use crate::simd::{WordPath, vectorised};

/// Coefficients of a polynomial.
pub const DEGREE: usize = 2048;

/// Slots of a half.
pub const HALF: usize = DEGREE / 2;

/// A factor with ⌊factor · 2^32 / q⌋, which makes products with it cheap (Shoup's method).
#[derive(Clone, Copy)]
struct Factor {
    value: u32,
    quotient: u32,
}

/// In the last three layers groups are shorter than a register. There the coefficients stand turned: the first of every group of
/// eight, then the second of every group, and so on.
const EIGHT: usize = 8;

/// Groups of eight.
const LANES: usize = DEGREE / EIGHT;

/// Coefficients turned.
type Turned = [[u32; LANES]; EIGHT];

/// The factors of a layer's butterflies for all groups of eight.
type Factors = Vec<Factor>;

/// The transforms between coefficients and slots for one prime.
pub struct Ntt {
    q: u32,
    /// ⌊2^64 / q⌋.
    barrett: u64,
    /// Powers of ζ in bit-reversed order, and of ζ^(−1).
    roots: Vec<Factor>,
    inverse_roots: Vec<Factor>,
    /// Those of the last three layers: one for each group in the first of them, then two, then four.
    short: Vec<Factors>,
    inverse_short: Vec<Factors>,
    /// 1 / 2048.
    scale: Factor,
    /// Where each slot stands in the transform's own order: bit-reversed, and turned.
    place: Vec<u16>,
}

impl Ntt {
    /// The transforms modulo `q`.
    ///
    /// # Panics
    /// If `q` is not a prime of at most 25 bits that is 1 modulo 4096.
    pub fn new(q: u32) -> Ntt {
        assert!(q < 1 << 25 && q as usize % (2 * DEGREE) == 1, "{q} has too many bits, or no 4096th roots of unity");
        assert!((2..).take_while(|k| k * k <= q).all(|k| !q.is_multiple_of(k)), "{q} is no prime");
        let zeta =
            (2..).map(|x| power(x, (q - 1) / (2 * DEGREE as u32), q)).find(|z| power(*z, DEGREE as u32, q) == q - 1);
        let zeta = zeta.expect("a prime that is 1 modulo 4096 has 4096th roots of unity");
        let reversed = |i: usize| (i as u32).reverse_bits() >> (32 - DEGREE.ilog2());
        let roots = |root: u32| (0..DEGREE).map(|i| factor(power(root, reversed(i), q), q)).collect::<Vec<_>>();
        // The transform leaves the value at ζ^(2 · reversed(i) + 1) at place i.
        let turned = |i: u32| (i as usize % EIGHT * LANES + i as usize / EIGHT) as u16;
        let mut place = vec![0; DEGREE];
        let mut exponent = 1;
        for u in 0..HALF {
            place[u] = turned(reversed(exponent / 2));
            place[HALF + u] = turned(reversed((2 * DEGREE - exponent) / 2));
            exponent = exponent * 5 % (2 * DEGREE);
        }
        let scale = factor(power(DEGREE as u32, q - 2, q), q);
        let (roots, inverse_roots) = (roots(zeta), roots(power(zeta, q - 2, q)));
        let (short, inverse_short) = (short_layers(&roots), short_layers(&inverse_roots));
        let barrett = u64::MAX / u64::from(q);
        Ntt { q, barrett, roots, inverse_roots, short, inverse_short, scale, place }
    }

    /// The prime.
    pub fn modulus(&self) -> u32 {
        self.q
    }

    /// Coefficients, of any 32 bits, to slots below q.
    ///
    /// # Panics
    /// If there are not 2048 coefficients.
    pub fn forward(&self, poly: &mut [u32]) {
        self.forward_on(WordPath::best(), poly.try_into().expect("a polynomial has 2048 coefficients"));
    }

    fn forward_on(&self, path: WordPath, poly: &mut [u32; DEGREE]) {
        let mut values = [[0; LANES]; EIGHT];
        match path {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: every path but the portable one has AVX2.
            WordPath::Avx2 | WordPath::Avx512 => unsafe { avx2::butterflies(self, poly, &mut values) },
            _ => self.butterflies(poly, &mut values),
        }
        let values = values.as_flattened();
        poly.iter_mut().zip(&self.place).for_each(|(slot, place)| *slot = values[usize::from(*place) % DEGREE]);
    }

    /// Slots below q to coefficients below q.
    ///
    /// # Panics
    /// If there are not 2048 slots.
    pub fn inverse(&self, slots: &mut [u32]) {
        self.inverse_on(WordPath::best(), slots.try_into().expect("a polynomial has 2048 slots"));
    }

    fn inverse_on(&self, path: WordPath, slots: &mut [u32; DEGREE]) {
        let mut values = [[0; LANES]; EIGHT];
        let flat = values.as_flattened_mut();
        slots.iter().zip(&self.place).for_each(|(slot, place)| flat[usize::from(*place) % DEGREE] = *slot);
        match path {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: every path but the portable one has AVX2.
            WordPath::Avx2 | WordPath::Avx512 => unsafe { avx2::inverse_butterflies(self, &mut values, slots) },
            _ => self.inverse_butterflies(&mut values, slots),
        }
    }

    /// A number of up to 64 bits modulo q, in constant time.
    #[inline(always)]
    pub fn reduce(&self, x: u64) -> u32 {
        let quotient = ((u128::from(x) * u128::from(self.barrett)) >> 64) as u64;
        let rest = x.wrapping_sub(quotient.wrapping_mul(u64::from(self.q))) as u32;
        // ⌊x/q⌋ is underestimated by at most one.
        once(rest, self.q)
    }

    /// A signed number of less than q · 2^37 modulo q, in constant time.
    #[inline(always)]
    pub fn reduce_signed(&self, x: i64) -> u32 {
        self.reduce((u64::from(self.q) << 38).wrapping_add(x as u64))
    }

    /// Slot by slot: `sums += x · y`, with room for 2^14 products of slots in a sum.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn multiply_add(sums: &mut [u64], x: &[u32], y: &[u32]) {
        assert!(sums.len() == x.len() && x.len() == y.len(), "polynomials of one length");
        vectorised(|| {
            for ((sum, x), y) in sums.iter_mut().zip(x).zip(y) {
                *sum = sum.wrapping_add(u64::from(*x) * u64::from(*y));
            }
        });
    }

    /// x · y, slot by slot, below q.
    ///
    /// # Panics
    /// If the lengths differ.
    pub fn multiply(&self, x: &[u32], y: &[u32]) -> Vec<u32> {
        assert_eq!(x.len(), y.len(), "polynomials of one length");
        x.iter().zip(y).map(|(x, y)| self.reduce(u64::from(*x) * u64::from(*y))).collect()
    }

    /// Cooley and Tukey's butterflies. A value grows by less than 2q in each of the 11 layers, from below 2q on: it stays below
    /// 24 · 2^25.
    #[inline(always)]
    fn butterflies(&self, poly: &mut [u32; DEGREE], out: &mut Turned) {
        let q = self.q;
        let one = factor(1, q);
        poly.iter_mut().for_each(|x| *x = times(*x, one, q));
        let (mut groups, mut length) = (1, HALF);
        while length >= EIGHT {
            for (group, root) in poly.chunks_exact_mut(2 * length).zip(&self.roots[groups..2 * groups]) {
                let (low, high) = group.split_at_mut(length);
                for (x, y) in low.iter_mut().zip(high) {
                    let t = times(*y, *root, q);
                    (*x, *y) = (*x + t, *x + 2 * q - t);
                }
            }
            (groups, length) = (2 * groups, length / 2);
        }
        for (i, out) in out.iter_mut().enumerate() {
            out.iter_mut().zip(poly.as_chunks::<EIGHT>().0).for_each(|(out, group)| *out = group[i]);
        }
        for (low, high, factors) in SHORT {
            let [x, y] = out.get_disjoint_mut([low, high]).expect("two places");
            for ((x, y), factor) in x.iter_mut().zip(y).zip(&self.short[factors]) {
                let t = times(*y, *factor, q);
                (*x, *y) = (*x + t, *x + 2 * q - t);
            }
        }
        out.as_flattened_mut().iter_mut().for_each(|x| *x = once(times(*x, one, q), q));
    }

    /// Gentleman and Sande's butterflies: all values stay below 2q.
    #[inline(always)]
    fn inverse_butterflies(&self, values: &mut Turned, out: &mut [u32; DEGREE]) {
        let q = self.q;
        for (low, high, factors) in SHORT.into_iter().rev() {
            let [x, y] = values.get_disjoint_mut([low, high]).expect("two places");
            for ((x, y), factor) in x.iter_mut().zip(y).zip(&self.inverse_short[factors]) {
                (*x, *y) = (once(*x + *y, 2 * q), times(*x + 2 * q - *y, *factor, q));
            }
        }
        for (i, values) in values.iter().enumerate() {
            out.as_chunks_mut::<EIGHT>().0.iter_mut().zip(values).for_each(|(group, value)| group[i] = *value);
        }
        let (mut groups, mut length) = (LANES / 2, EIGHT);
        while groups > 0 {
            for (group, root) in out.chunks_exact_mut(2 * length).zip(&self.inverse_roots[groups..2 * groups]) {
                let (low, high) = group.split_at_mut(length);
                for (x, y) in low.iter_mut().zip(high) {
                    (*x, *y) = (once(*x + *y, 2 * q), times(*x + 2 * q - *y, *root, q));
                }
            }
            (groups, length) = (groups / 2, 2 * length);
        }
        out.iter_mut().for_each(|x| *x = once(times(*x, self.scale, q), q));
    }
}

/// The butterflies of the last three layers: lower place, higher place, and which factors.
const SHORT: [(usize, usize, usize); 12] = [
    (0, 4, 0),
    (1, 5, 0),
    (2, 6, 0),
    (3, 7, 0),
    (0, 2, 1),
    (1, 3, 1),
    (4, 6, 2),
    (5, 7, 2),
    (0, 1, 3),
    (2, 3, 4),
    (4, 5, 5),
    (6, 7, 6),
];

/// The butterflies, compiled for registers of eight coefficients.
#[cfg(target_arch = "x86_64")]
mod avx2 {
    use super::{DEGREE, Ntt, Turned};

    /// # Safety
    /// Needs AVX2.
    #[target_feature(enable = "avx2")]
    pub unsafe fn butterflies(ntt: &Ntt, poly: &mut [u32; DEGREE], out: &mut Turned) {
        ntt.butterflies(poly, out);
    }

    /// # Safety
    /// Needs AVX2.
    #[target_feature(enable = "avx2")]
    pub unsafe fn inverse_butterflies(ntt: &Ntt, values: &mut Turned, out: &mut [u32; DEGREE]) {
        ntt.inverse_butterflies(values, out);
    }
}

/// The factors of the last three layers.
fn short_layers(roots: &[Factor]) -> Vec<Factors> {
    let factors =
        |layer: usize, within: usize| (0..LANES).map(move |lane| roots[((LANES + lane) << layer) + within]).collect();
    [(0, 0), (1, 0), (1, 1), (2, 0), (2, 1), (2, 2), (2, 3)].map(|(layer, within)| factors(layer, within)).into()
}

/// x less `q`, if x is at least that; x is below 2 · `q`.
#[inline(always)]
fn once(x: u32, q: u32) -> u32 {
    x.min(x.wrapping_sub(q))
}

/// x · factor modulo q, below 2q, for any x.
#[inline(always)]
fn times(x: u32, factor: Factor, q: u32) -> u32 {
    let quotient = ((u64::from(x) * u64::from(factor.quotient)) >> 32) as u32;
    x.wrapping_mul(factor.value).wrapping_sub(quotient.wrapping_mul(q))
}

#[inline(always)]
fn factor(value: u32, q: u32) -> Factor {
    Factor { value, quotient: ((u64::from(value) << 32) / u64::from(q)) as u32 }
}

/// Of public numbers.
fn power(x: u32, exponent: u32, q: u32) -> u32 {
    let (mut x, mut exponent, mut product) = (u64::from(x), exponent, 1);
    while exponent > 0 {
        if exponent % 2 == 1 {
            product = product * x % u64::from(q);
        }
        (x, exponent) = (x * x % u64::from(q), exponent / 2);
    }
    product as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Prg, Seed};

    const Q: u32 = 33_550_337;

    fn random(n: usize) -> Vec<u32> {
        Prg::new(Seed::random()).words(n).into_iter().map(|x| (x % u64::from(Q)) as u32).collect()
    }

    fn product(x: &[u32], y: &[u32]) -> Vec<u32> {
        let (mut sums, q) = (vec![0i128; DEGREE], i128::from(Q));
        for (i, x) in x.iter().enumerate() {
            for (j, y) in y.iter().enumerate() {
                let sign = if i + j < DEGREE { 1 } else { -1 };
                sums[(i + j) % DEGREE] += sign * i128::from(*x) * i128::from(*y);
            }
        }
        sums.iter().map(|x| x.rem_euclid(q) as u32).collect()
    }

    #[test]
    fn products_of_slots_are_products_of_polynomials() {
        let ntt = Ntt::new(Q);
        let (x, y) = (random(DEGREE), random(DEGREE));
        let (mut a, mut b) = (x.clone(), y.clone());
        ntt.forward(&mut a);
        ntt.forward(&mut b);
        let mut sums = vec![0; DEGREE];
        Ntt::multiply_add(&mut sums, &a, &b);
        let mut c = ntt.multiply(&a, &b);
        assert!(c.iter().zip(&sums).all(|(c, sum)| u64::from(*c) == sum % u64::from(Q)));
        ntt.inverse(&mut c);
        assert_eq!(c, product(&x, &y));
        ntt.inverse(&mut a);
        assert_eq!(a, x);
    }

    #[test]
    fn automorphisms_rotate_and_swap() {
        let ntt = Ntt::new(Q);
        let x = random(DEGREE);
        let automorphism = |g: usize| {
            let mut out = vec![0; DEGREE];
            for (i, x) in x.iter().enumerate() {
                let e = i * g % (2 * DEGREE);
                out[e % DEGREE] = if e < DEGREE { *x } else { (Q - x) % Q };
            }
            ntt.forward(&mut out);
            out
        };
        let mut slots = automorphism(1);
        assert_eq!(automorphism(2 * DEGREE - 1), [&slots[HALF..], &slots[..HALF]].concat());
        slots.chunks_exact_mut(HALF).for_each(|half| half.rotate_left(1));
        assert_eq!(automorphism(5), slots);
    }

    #[test]
    fn every_path_computes_the_same() {
        let ntt = Ntt::new(Q);
        let start: [u32; DEGREE] = random(DEGREE).try_into().unwrap();
        let mut slots = start;
        ntt.forward_on(WordPath::Portable, &mut slots);
        for path in WordPath::available() {
            let mut x = start;
            ntt.forward_on(path, &mut x);
            assert_eq!(x, slots, "{path:?}");
            ntt.inverse_on(path, &mut x);
            assert_eq!(x, start, "{path:?}");
        }
    }

    #[test]
    fn extremes_are_reduced() {
        let ntt = Ntt::new(Q);
        for x in [0, 1, u64::from(Q) - 1, u64::from(Q), u64::MAX, u64::MAX - u64::from(Q), 1 << 63] {
            assert_eq!(u64::from(ntt.reduce(x)), x % u64::from(Q));
        }
        for x in [0, -1, 1, (1 << 61) + 12345, -(1 << 61), -(1 << 61) - 777] {
            assert_eq!(i64::from(ntt.reduce_signed(x)), x.rem_euclid(i64::from(Q)));
        }
        let mut all = vec![u32::MAX; DEGREE];
        ntt.forward(&mut all);
        ntt.inverse(&mut all);
        assert!(all.iter().all(|x| *x == u32::MAX % Q));
    }
}
