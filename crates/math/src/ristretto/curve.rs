//! The curve −x² + y² = 1 + d·x²·y² that ristretto255 is made on, eight points side by side: Hisil, Wong, Carter, Dawson, "Twisted Edwards Curves
//! Revisited", ASIACRYPT 2008 (ePrint 2008/522), §3.1, §3.3 and §4.3, whose formulas have no exceptions here.

use std::arch::x86_64::*;

use super::field::Field;

/// d = −121665/121666, and its double.
pub(super) const D: [u64; 5] = [0x34dca135978a3, 0x1a8283b156ebd, 0x5e7a26001c029, 0x739c663a03cbb, 0x52036cee2b6ff];
const D2: [u64; 5] = [0x69b9426b2f159, 0x35050762add7a, 0x3cf44c0038052, 0x6738cc7407977, 0x2406d9dc56dff];

/// Bits that a digit of an exponent takes, and digits of an exponent below 2^255.
const WINDOW: usize = 4;
pub(super) const WINDOWS: usize = 64;

/// Digits between −8 and 8 of eight exponents, the lowest first.
pub(super) type Digits = [[i64; 8]; WINDOWS];

/// (X : Y : Z : T) with x = X/Z, y = Y/Z, xy = T/Z.
#[derive(Clone, Copy)]
pub(super) struct Point {
    pub x: Field,
    pub y: Field,
    pub z: Field,
    pub t: Field,
}

/// A point to be added: Y + X, Y − X, Z, 2d·T.
#[derive(Clone, Copy)]
struct Addend([Field; 4]);

/// What additions and doublings come to first: x = E/G, y = H/F.
struct Halfway {
    e: Field,
    f: Field,
    g: Field,
    h: Field,
}

impl Halfway {
    /// Without T, which doublings do not need.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    fn coordinates(&self) -> [Field; 3] {
        [self.e.mul(self.f), self.g.mul(self.h), self.f.mul(self.g)]
    }

    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    fn point(&self) -> Point {
        let [x, y, z] = self.coordinates();
        Point { x, y, z, t: self.e.mul(self.h) }
    }
}

/// §3.3 with a = −1.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn double([x, y, z]: [Field; 3]) -> Halfway {
    let (xx, yy, zz) = (x.square(), y.square(), z.square());
    let (h, g) = (yy.add(xx), yy.sub(xx));
    Halfway { e: x.add(y).square().sub(h), f: zz.add(zz).sub(g), g, h }
}

impl Point {
    /// §3.1 with a = −1, and 2d taken into the addend.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    fn plus(&self, Addend([sum, difference, z, t]): &Addend) -> Halfway {
        let a = self.y.sub(self.x).mul(*difference);
        let b = self.y.add(self.x).mul(*sum);
        let (c, d) = (self.t.mul(*t), self.z.mul(*z));
        let d = d.add(d);
        Halfway { e: b.sub(a), f: d.sub(c), g: d.add(c), h: b.add(a) }
    }

    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn add(&self, other: &Self) -> Self {
        self.plus(&other.addend()).point()
    }

    #[target_feature(enable = "avx512f,avx512ifma")]
    fn addend(&self) -> Addend {
        Addend([self.y.add(self.x), self.y.sub(self.x), self.z, self.t.mul(Field::all(D2))])
    }

    /// Each point times the exponent with these digits, in constant time: a window at a time, its multiple selected out of eight, all of which are read.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn multiply(&self, digits: &Digits) -> Self {
        let first = self.addend();
        let mut table = [first; 8];
        let mut multiple = *self;
        for entry in &mut table[1..] {
            multiple = multiple.plus(&first).point();
            *entry = multiple.addend();
        }
        let (zero, one) = (Field::all([0; 5]), Field::all([1, 0, 0, 0, 0]));
        let mut sum = Point { x: zero, y: one, z: one, t: zero };
        for (i, digit) in digits.iter().enumerate().rev() {
            if i + 1 < WINDOWS {
                let mut doubled = [sum.x, sum.y, sum.z];
                for _ in 1..WINDOW {
                    doubled = double(doubled).coordinates();
                }
                sum = double(doubled).point();
            }
            sum = sum.plus(&select(&table, digit)).point();
        }
        sum
    }
}

/// The multiples that eight digits name. Ternary logic, not masked loads: whether those touch memory at all may depend on the mask.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn select(table: &[Addend; 8], digit: &[i64; 8]) -> Addend {
    // SAFETY: eight words are 64 bytes, which need not be aligned.
    let digit = unsafe { _mm512_loadu_si512(digit.as_ptr().cast()) };
    let (zero, size) = (_mm512_setzero_si512(), _mm512_abs_epi64(digit));
    let is = |n: i64| _mm512_maskz_set1_epi64(_mm512_cmpeq_epi64_mask(size, _mm512_set1_epi64(n)), -1);
    // The identity, where the digit is zero: 1, 1, 1, 0.
    let one = _mm512_and_si512(is(0), _mm512_set1_epi64(1));
    let mut chosen = [[one, zero, zero, zero, zero]; 4];
    chosen[3][0] = zero;
    for (n, entry) in (1..).zip(table) {
        let this = is(n);
        for (chosen, coordinate) in chosen.iter_mut().zip(&entry.0) {
            for (chosen, digit) in chosen.iter_mut().zip(&coordinate.0) {
                // chosen | digit & this
                *chosen = _mm512_ternarylogic_epi64::<0xf8>(*chosen, *digit, this);
            }
        }
    }
    let [sum, difference, z, t] = chosen.map(Field);
    let negative = _mm512_cmplt_epi64_mask(digit, zero);
    Addend([sum.or(negative, difference), difference.or(negative, sum), z, t.or(negative, t.neg())])
}
