//! Up to eight elements: bytes into lanes, and back.

use zeroize::Zeroizing;

use super::{
    Bytes,
    curve::{Digits, WINDOWS},
    encoding::{decode, encode, map},
    field::Field,
};

/// Elements side by side.
pub(super) const LANES: usize = 8;

/// The exponents of up to eight lanes, each digit of 4 bits made one between −8 and 7. They are below 2^255, so the last has no carry to hand on.
pub(super) fn digits<'a>(exponent: impl Fn(usize) -> &'a Bytes, lanes: usize) -> Zeroizing<Digits> {
    let mut digits = Zeroizing::new([[0; LANES]; WINDOWS]);
    for lane in 0..lanes {
        let (bytes, mut carry) = (exponent(lane), 0);
        for (i, digits) in digits.iter_mut().enumerate() {
            let digit = i64::from(bytes[i / 2] >> (4 * (i % 2)) & 15) + carry;
            carry = if i + 1 < WINDOWS { (digit + 8) >> 4 } else { 0 };
            digits[lane] = digit - (carry << 4);
        }
    }
    digits
}

#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn valid(encodings: &[Bytes]) -> bool {
    let used = (1u16 << encodings.len()) - 1;
    // §4.3.1, step 1 and 2: below p, and even. The identity is 0.
    let canonical = encodings.iter().all(|bytes| {
        let words = words(bytes);
        let (_, borrow) = words[0].overflowing_sub(MODULUS[0]);
        let borrow = words[1..].iter().zip(&MODULUS[1..]).fold(borrow, |borrow, (a, b)| {
            let (difference, less) = a.overflowing_sub(*b);
            less | difference.overflowing_sub(u64::from(borrow)).1
        });
        borrow && bytes[0] & 1 == 0 && *bytes != [0; 32]
    });
    let (decoded, _) = decode(field(encodings.iter()));
    canonical && u16::from(decoded) & used == used
}

#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn multiply(digits: &Digits, encodings: &[Bytes]) -> [Bytes; LANES] {
    let (_, point) = decode(field(encodings.iter()));
    bytes(encode(&point.multiply(digits)))
}

#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn multiply_mapped(digits: &Digits, uniform: &[[u8; 64]]) -> [Bytes; LANES] {
    let half = |i: usize| field(uniform.iter().map(move |bytes| &bytes.as_chunks::<32>().0[i]));
    let point = map(half(0)).add(&map(half(1)));
    bytes(encode(&point.multiply(digits)))
}

/// 2^255 − 19.
const MODULUS: [u64; 4] = [0xffff_ffff_ffff_ffed, u64::MAX, u64::MAX, u64::MAX >> 1];

fn words(bytes: &Bytes) -> [u64; 4] {
    let words = bytes.as_chunks::<8>().0;
    std::array::from_fn(|i| u64::from_le_bytes(words[i]))
}

/// The lower 255 bits of each string.
#[target_feature(enable = "avx512f,avx512ifma")]
fn field<'a>(strings: impl Iterator<Item = &'a Bytes>) -> Field {
    let mut lanes = [[0; LANES]; 4];
    for (lane, bytes) in strings.enumerate() {
        lanes.iter_mut().zip(words(bytes)).for_each(|(words, word)| words[lane] = word);
    }
    Field::from_words(&lanes)
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn bytes(field: Field) -> [Bytes; LANES] {
    let (words, mut out) = (field.to_words(), [[0; 32]; LANES]);
    for (lane, bytes) in out.iter_mut().enumerate() {
        for (i, word) in bytes.as_chunks_mut::<8>().0.iter_mut().enumerate() {
            *word = words[i][lane].to_le_bytes();
        }
    }
    out
}
