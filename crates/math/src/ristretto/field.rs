//! Numbers modulo 2^255 − 19, eight side by side: five digits of 51 bits each, a register a digit.
//!
//! A number is *reduced* when its digits are below 2^51 + 2^18, so below the 52 bits that the instructions multiply; every function takes and gives reduced ones.

use std::arch::x86_64::*;

/// Eight numbers.
#[derive(Clone, Copy)]
pub(super) struct Field(pub [__m512i; 5]);

/// A bit for each of the eight.
pub(super) type Mask = __mmask8;

const BITS: u32 = 51;
const DIGIT: i64 = (1 << BITS) - 1;

/// 4·(2^255 − 19), digit by digit: what is added so that no difference of digits is below zero.
const FOUR_P: [i64; 5] = [4 * (DIGIT - 18), 4 * DIGIT, 4 * DIGIT, 4 * DIGIT, 4 * DIGIT];

impl Field {
    /// One number, eight times.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(super) fn all(digits: [u64; 5]) -> Self {
        Self(digits.map(|digit| _mm512_set1_epi64(digit as i64)))
    }

    /// Of numbers below 2^255, each as four words, the lowest first: `words[i][lane]`.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn from_words(words: &[[u64; 8]; 4]) -> Self {
        // SAFETY: eight words are 64 bytes, which need not be aligned.
        let words = words.map(|words| unsafe { _mm512_loadu_si512(words.as_ptr().cast()) });
        let digit = |x| _mm512_and_si512(x, _mm512_set1_epi64(DIGIT));
        Self([
            digit(words[0]),
            digit(_mm512_or_si512(_mm512_srli_epi64::<51>(words[0]), _mm512_slli_epi64::<13>(words[1]))),
            digit(_mm512_or_si512(_mm512_srli_epi64::<38>(words[1]), _mm512_slli_epi64::<26>(words[2]))),
            digit(_mm512_or_si512(_mm512_srli_epi64::<25>(words[2]), _mm512_slli_epi64::<39>(words[3]))),
            digit(_mm512_srli_epi64::<12>(words[3])),
        ])
    }

    /// As [`Field::from_words`] takes them, each number below 2^255 − 19.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn to_words(self) -> [[u64; 8]; 4] {
        let d = self.canonical().0;
        let words = [
            _mm512_or_si512(d[0], _mm512_slli_epi64::<51>(d[1])),
            _mm512_or_si512(_mm512_srli_epi64::<13>(d[1]), _mm512_slli_epi64::<38>(d[2])),
            _mm512_or_si512(_mm512_srli_epi64::<26>(d[2]), _mm512_slli_epi64::<25>(d[3])),
            _mm512_or_si512(_mm512_srli_epi64::<39>(d[3]), _mm512_slli_epi64::<12>(d[4])),
        ];
        words.map(|words| {
            let mut out = [0; 8];
            // SAFETY: eight words are 64 bytes, which need not be aligned.
            unsafe { _mm512_storeu_si512(out.as_mut_ptr().cast(), words) };
            out
        })
    }

    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(super) fn add(self, other: Self) -> Self {
        let (a, b) = (self.0, other.0);
        reduced(std::array::from_fn(|i| _mm512_add_epi64(a[i], b[i])))
    }

    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(super) fn sub(self, other: Self) -> Self {
        let (a, b) = (self.0, other.0);
        reduced(std::array::from_fn(|i| _mm512_sub_epi64(_mm512_add_epi64(a[i], _mm512_set1_epi64(FOUR_P[i])), b[i])))
    }

    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(super) fn neg(self) -> Self {
        Self([_mm512_setzero_si512(); 5]).sub(self)
    }

    /// Products of digits i and j count at digit i + j by their low 52 bits, and twice at the next by what is above.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(super) fn mul(self, other: Self) -> Self {
        let (a, b) = (self.0, other.0);
        let mut low = [_mm512_setzero_si512(); 10];
        let mut high = low;
        for i in 0..5 {
            for j in 0..5 {
                low[i + j] = _mm512_madd52lo_epu64(low[i + j], a[i], b[j]);
                high[i + j + 1] = _mm512_madd52hi_epu64(high[i + j + 1], a[i], b[j]);
            }
        }
        folded(std::array::from_fn(|k| _mm512_add_epi64(low[k], _mm512_slli_epi64::<1>(high[k]))))
    }

    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(super) fn square(self) -> Self {
        let a = self.0;
        let zero = _mm512_setzero_si512();
        // What counts once, what twice, and what four times.
        let (mut once, mut twice, mut four) = ([zero; 10], [zero; 10], [zero; 10]);
        for i in 0..5 {
            once[2 * i] = _mm512_madd52lo_epu64(zero, a[i], a[i]);
            twice[2 * i + 1] = _mm512_madd52hi_epu64(zero, a[i], a[i]);
        }
        for i in 0..5 {
            for j in i + 1..5 {
                twice[i + j] = _mm512_madd52lo_epu64(twice[i + j], a[i], a[j]);
                four[i + j + 1] = _mm512_madd52hi_epu64(four[i + j + 1], a[i], a[j]);
            }
        }
        folded(std::array::from_fn(|k| {
            let twice = _mm512_add_epi64(twice[k], _mm512_slli_epi64::<1>(four[k]));
            _mm512_add_epi64(once[k], _mm512_slli_epi64::<1>(twice))
        }))
    }

    /// Squared so many times.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn squares(mut self, times: usize) -> Self {
        for _ in 0..times {
            self = self.square();
        }
        self
    }

    /// To the power of 2^252 − 3 = (p − 5)/8, as in RFC 9496 §4.2.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn root_power(self) -> Self {
        let two = self.square();
        let nine = two.squares(2).mul(self);
        let eleven = two.mul(nine);
        // ones(n): to the power of 2^n − 1.
        let ones_5 = eleven.square().mul(nine);
        let ones_10 = ones_5.squares(5).mul(ones_5);
        let ones_20 = ones_10.squares(10).mul(ones_10);
        let ones_40 = ones_20.squares(20).mul(ones_20);
        let ones_50 = ones_40.squares(10).mul(ones_10);
        let ones_100 = ones_50.squares(50).mul(ones_50);
        let ones_200 = ones_100.squares(100).mul(ones_100);
        let ones_250 = ones_200.squares(50).mul(ones_50);
        ones_250.squares(2).mul(self)
    }

    /// Where `mask` has a bit the other's numbers, elsewhere these.
    #[target_feature(enable = "avx512f,avx512ifma")]
    #[inline]
    pub(super) fn or(self, mask: Mask, other: Self) -> Self {
        let (a, b) = (self.0, other.0);
        Self(std::array::from_fn(|i| _mm512_mask_blend_epi64(mask, a[i], b[i])))
    }

    /// The number or its negative, whichever is even.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn abs(self) -> Self {
        self.or(self.is_negative(), self.neg())
    }

    /// Which are odd.
    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn is_negative(self) -> Mask {
        _mm512_test_epi64_mask(self.canonical().0[0], _mm512_set1_epi64(1))
    }

    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn is_zero(self) -> Mask {
        let d = self.canonical().0;
        let any = d[1..].iter().fold(d[0], |any, digit| _mm512_or_si512(any, *digit));
        _mm512_testn_epi64_mask(any, any)
    }

    #[target_feature(enable = "avx512f,avx512ifma")]
    pub(super) fn equals(self, other: Self) -> Mask {
        self.sub(other).is_zero()
    }

    /// Digits below 2^51 of a number below p. A reduced one is below 2p: p is taken off once if adding 19 carries out of its 255 bits.
    #[target_feature(enable = "avx512f,avx512ifma")]
    fn canonical(self) -> Self {
        let mut d = self.0;
        let mut above = _mm512_set1_epi64(19);
        for digit in d {
            above = _mm512_srli_epi64::<BITS>(_mm512_add_epi64(digit, above));
        }
        let mut carry = _mm512_madd52lo_epu64(_mm512_setzero_si512(), above, _mm512_set1_epi64(19));
        for digit in &mut d {
            let sum = _mm512_add_epi64(*digit, carry);
            *digit = _mm512_and_si512(sum, _mm512_set1_epi64(DIGIT));
            carry = _mm512_srli_epi64::<BITS>(sum);
        }
        Self(d)
    }
}

/// The upper digits count 19 times at the lower: 2^255 = 19. From reduced factors no digit of a product is above 2^57 here, nor above 2^62 below.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn folded(d: [__m512i; 10]) -> Field {
    reduced(std::array::from_fn(|k| {
        let up = d[k + 5];
        let three = _mm512_add_epi64(up, _mm512_slli_epi64::<1>(up));
        _mm512_add_epi64(_mm512_add_epi64(d[k], three), _mm512_slli_epi64::<4>(up))
    }))
}

/// Of any digits: each hands what is above 51 bits, at most 2^13, to the next.
#[target_feature(enable = "avx512f,avx512ifma")]
#[inline]
fn reduced(d: [__m512i; 5]) -> Field {
    let low = d.map(|digit| _mm512_and_si512(digit, _mm512_set1_epi64(DIGIT)));
    let above = d.map(|digit| _mm512_srli_epi64::<BITS>(digit));
    Field(std::array::from_fn(|i| match i {
        0 => _mm512_madd52lo_epu64(low[0], above[4], _mm512_set1_epi64(19)),
        i => _mm512_add_epi64(low[i], above[i - 1]),
    }))
}
