//! A row of bits, packed.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop};

/// Bits of inputs and outputs: bit i at bit i mod 64 of word i / 64; the bits behind the last are zero. Wiped when dropped.
#[derive(Clone, Default, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Bits {
    words: Vec<u64>,
    len: usize,
}

impl Bits {
    /// `len` zeros.
    pub fn zeros(len: usize) -> Bits {
        Bits { words: vec![0; len.div_ceil(64)], len }
    }

    /// The low `width` bits of `value`, the lowest first.
    ///
    /// # Panics
    /// If `width` exceeds 128.
    pub fn from_number(value: u128, width: usize) -> Bits {
        assert!(width <= 128, "a number has at most 128 bits");
        (0..width).map(|i| value >> i & 1 == 1).collect()
    }

    /// All bits of `bytes`, the lowest bit of each byte first.
    pub fn from_bytes(bytes: &[u8]) -> Bits {
        bytes.iter().flat_map(|byte| (0..8).map(move |i| byte >> i & 1 == 1)).collect()
    }

    /// A number of any length in hexadecimal digits, its lowest bit first, in `width` bits: as the vectors in Bristol Fashion are given.
    /// None if the text has other signs, or the number does not fit.
    pub fn from_hex(text: &str, width: usize) -> Option<Bits> {
        let mut bits = Bits::zeros(width);
        for (place, digit) in text.trim().trim_start_matches("0x").chars().rev().enumerate() {
            let digit = digit.to_digit(16)?;
            for i in (0..4).filter(|i| digit >> i & 1 == 1) {
                if 4 * place + i >= width {
                    return None;
                }
                bits.set(4 * place + i, true);
            }
        }
        Some(bits)
    }

    /// As [`from_hex`](Bits::from_hex) reads it, with all leading zeros.
    pub fn to_hex(&self) -> String {
        let digits = self.words.iter().rev().map(|word| format!("{word:016x}")).collect::<String>();
        digits[digits.len() - self.len.div_ceil(4)..].to_string()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bit `i`.
    ///
    /// # Panics
    /// If there is none.
    pub fn get(&self, i: usize) -> bool {
        assert!(i < self.len, "bit {i} of {}", self.len);
        self.words[i / 64] >> (i % 64) & 1 == 1
    }

    /// Sets bit `i`.
    ///
    /// # Panics
    /// If there is none.
    pub fn set(&mut self, i: usize, bit: bool) {
        assert!(i < self.len, "bit {i} of {}", self.len);
        self.words[i / 64] = self.words[i / 64] & !(1 << (i % 64)) | u64::from(bit) << (i % 64);
    }

    /// Appends a bit.
    pub fn push(&mut self, bit: bool) {
        if self.len.is_multiple_of(64) {
            self.words.push(0);
        }
        self.len += 1;
        self.set(self.len - 1, bit);
    }

    /// All of them, one after the other.
    pub fn iter(&self) -> impl Iterator<Item = bool> + '_ {
        (0..self.len).map(|i| self.get(i))
    }

    /// `count` bits from bit `first` on.
    ///
    /// # Panics
    /// If there are fewer.
    pub fn slice(&self, first: usize, count: usize) -> Bits {
        (first..first + count).map(|i| self.get(i)).collect()
    }

    /// The packed words.
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// The first 128 bits as a number, the lowest first.
    pub fn to_number(&self) -> u128 {
        self.iter().take(128).enumerate().fold(0, |sum, (i, bit)| sum | u128::from(bit) << i)
    }

    /// As bytes, the lowest bit of each first; the last is filled up with zeros.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.words.iter().flat_map(|word| word.to_le_bytes()).take(self.len.div_ceil(8)).collect()
    }
}

impl FromIterator<bool> for Bits {
    fn from_iter<I: IntoIterator<Item = bool>>(bits: I) -> Bits {
        let mut all = Bits::default();
        bits.into_iter().for_each(|bit| all.push(bit));
        all
    }
}

impl Extend<bool> for Bits {
    fn extend<I: IntoIterator<Item = bool>>(&mut self, bits: I) {
        bits.into_iter().for_each(|bit| self.push(bit));
    }
}

impl fmt::Debug for Bits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bits({})", self.len)
    }
}
