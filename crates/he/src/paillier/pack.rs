//! Several bounded integers in one plaintext, which no computation that is let through can make run into each other.

use jointly_core::{Error, Result};
use zeroize::Zeroizing;

use super::{Ciphertext, Plaintext, PublicKey, SecretKey, Size};

/// What a mask is longer than the values that it hides: a masked value says which of two values it hides with probability at most 2^-40.
pub const MASK_BITS: u32 = 40;

/// The widest values, growth included: with a mask they still fit into 128 bits.
const MAX_BITS: u32 = 80;

/// How integers stand in a plaintext: slot i has the weight 2^(i·width).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    size: Size,
    value_bits: u32,
    /// Of the largest value that may come out, growth included.
    bits: u32,
    masks: bool,
}

/// An encrypted plaintext of packed values, with the largest absolute value that a slot can have: sums and multiples that could overflow are refused.
#[derive(Clone, Debug)]
pub struct Packed {
    ciphertext: Ciphertext,
    largest: u128,
}

impl Layout {
    /// For values of absolute value below 2^`value_bits`, and computations after which they are below 2^(`value_bits` + `growth_bits`): 2^`growth_bits` sums, or one multiple by that much.
    ///
    /// Refused where that is more than 80 bits, or there are no bits.
    pub fn new(size: Size, value_bits: u32, growth_bits: u32) -> Result<Self> {
        let bits = value_bits.saturating_add(growth_bits);
        if !(1..=63).contains(&value_bits) || bits > MAX_BITS {
            return Err(Error::Refused(
                "packed values have 1 to 63 bits, and at most 80 with what they may grow by".into(),
            ));
        }
        Ok(Self { size, value_bits, bits, masks: false })
    }

    /// The same with room for a [mask](Self::mask) in each slot.
    pub fn maskable(size: Size, value_bits: u32, growth_bits: u32) -> Result<Self> {
        Ok(Self { masks: true, ..Self::new(size, value_bits, growth_bits)? })
    }

    /// Values in a plaintext.
    pub fn slots(&self) -> usize {
        // So the sum of all slots stays below n/2.
        (self.size.bits() - 2) / self.width()
    }

    /// Bits of a slot: a value, its sign, and a mask, which is below 2^(bits + 1 + 40).
    fn width(&self) -> usize {
        self.bits as usize + 1 + if self.masks { MASK_BITS as usize + 2 } else { 0 }
    }

    /// Packs at most [`Self::slots`] values; slots that are left have the value 0. Misuse where there are more, or one is too large.
    pub fn pack(&self, key: &PublicKey, values: &[i64]) -> Result<Plaintext> {
        let fits = |value: &i64| value.unsigned_abs() >> self.value_bits == 0;
        if values.len() > self.slots() || !values.iter().all(fits) {
            return Err(Error::Misuse("there are no more packed values than slots, each below the declared bound"));
        }
        self.place(key, values.iter().map(|value| i128::from(*value)))
    }

    /// The values of all slots.
    pub fn unpack(&self, key: &PublicKey, plaintext: &Plaintext) -> Result<Vec<i128>> {
        self.check(key)?;
        let bytes = plaintext.to_twos_complement(key);
        let words = bytes.as_rchunks::<8>().1.iter().rev().map(|word| u64::from_be_bytes(*word));
        let mut words: Zeroizing<Vec<u64>> = Zeroizing::new(words.collect());
        self.shift(&mut words, Shift::ToSlots);
        let value = |slot: usize| take(&words, slot * self.width(), self.width()) as i128 - (1 << (self.width() - 1));
        Ok((0..self.slots()).map(value).collect())
    }

    /// Packs and encrypts any number of values, [`Self::slots`] to a ciphertext.
    pub fn encrypt(&self, key: &PublicKey, values: &[i64]) -> Result<Vec<Packed>> {
        let plaintexts: Result<Vec<_>> = values.chunks(self.slots()).map(|values| self.pack(key, values)).collect();
        Ok(key.encrypt(&plaintexts?)?.into_iter().map(|ciphertext| self.declared(ciphertext)).collect())
    }

    /// Decrypts and unpacks `count` values.
    pub fn decrypt(&self, key: &SecretKey, ciphertexts: &[Ciphertext], count: usize) -> Result<Vec<i128>> {
        if ciphertexts.len() != count.div_ceil(self.slots()) {
            return Err(Error::Misuse("there are as many ciphertexts as the packed values fill"));
        }
        let mut values = Vec::with_capacity(ciphertexts.len() * self.slots());
        for plaintext in key.decrypt(ciphertexts)? {
            values.extend(self.unpack(key.public(), &plaintext)?);
        }
        values.truncate(count);
        Ok(values)
    }

    /// A ciphertext whose values are said to be as small as fresh ones. Nothing proves it: a peer that lies spoils the values beside its own, and what masks hide.
    pub fn declared(&self, ciphertext: Ciphertext) -> Packed {
        Packed { ciphertext, largest: (1 << self.value_bits) - 1 }
    }

    /// Slot by slot, the sum.
    pub fn add(&self, key: &PublicKey, a: &Packed, b: &Packed) -> Result<Packed> {
        let largest = self.bounded(a.largest.checked_add(b.largest))?;
        Ok(Packed { ciphertext: key.add(&a.ciphertext, &b.ciphertext)?, largest })
    }

    /// In each slot, the public multiple; time tells the factor.
    pub fn vartime_scale(&self, key: &PublicKey, a: &Packed, factor: i64) -> Result<Packed> {
        let largest = self.bounded(a.largest.checked_mul(u128::from(factor.unsigned_abs())))?;
        Ok(Packed { ciphertext: key.vartime_scale(&a.ciphertext, factor)?, largest })
    }

    /// For the key's holder to decrypt without learning a value: each slot with a random number below 2^(bits + 41) added, in a fresh encryption; and the numbers' negatives, with
    /// which the decrypted values are additive shares.
    pub fn mask(&self, key: &PublicKey, packed: &Packed) -> Result<(Ciphertext, Zeroizing<Vec<i128>>)> {
        if !self.masks {
            return Err(Error::Misuse("only a maskable layout has room for masks"));
        }
        self.bounded(Some(packed.largest))?;
        let mut random = Zeroizing::new(vec![0u8; 16 * self.slots()]);
        getrandom::fill(&mut random).map_err(|_| Error::Refused("the operating system has no randomness".into()))?;
        let below = (1i128 << (self.bits + 1 + MASK_BITS)) - 1;
        let mut masks: Zeroizing<Vec<i128>> =
            Zeroizing::new(random.as_chunks::<16>().0.iter().map(|r| i128::from_le_bytes(*r) & below).collect());
        let plaintext = self.place(key, masks.iter().copied())?;
        let mask = key.encrypt(&[plaintext])?.remove(0);
        masks.iter_mut().for_each(|mask| *mask = -*mask);
        Ok((key.add(&packed.ciphertext, &mask)?, masks))
    }

    fn bounded(&self, largest: Option<u128>) -> Result<u128> {
        largest.filter(|largest| *largest >> self.bits == 0).ok_or_else(|| {
            Error::Refused("packed values could overflow their slots: declare more bits for them to grow by".into())
        })
    }

    fn check(&self, key: &PublicKey) -> Result<()> {
        if key.size() == self.size { Ok(()) } else { Err(Error::Misuse("a layout and its key have one size")) }
    }

    /// Σ vᵢ·2^(i·width): each value plus 2^(width − 1) is not negative and fills its slot alone; what that adds up to is taken off again.
    fn place(&self, key: &PublicKey, values: impl Iterator<Item = i128>) -> Result<Plaintext> {
        self.check(key)?;
        let mut words = Zeroizing::new(vec![0u64; self.size.bytes() / 8]);
        let middle = 1i128 << (self.width() - 1);
        for (slot, value) in values.chain(std::iter::repeat(0)).take(self.slots()).enumerate() {
            put(&mut words, slot * self.width(), (value + middle) as u128);
        }
        self.shift(&mut words, Shift::ToNumber);
        let bytes = Zeroizing::new(words.iter().rev().flat_map(|word| word.to_be_bytes()).collect());
        Ok(Plaintext::from_twos_complement(key, bytes))
    }

    /// Adds 2^(width − 1) in every slot, so that none is negative, or takes it off.
    fn shift(&self, words: &mut [u64], to: Shift) {
        let mut middles = vec![0u64; words.len()];
        (0..self.slots()).for_each(|slot| put(&mut middles, slot * self.width(), 1 << (self.width() - 1)));
        let (flip, mut carry) = match to {
            Shift::ToSlots => (0, 0),
            Shift::ToNumber => (u64::MAX, 1),
        };
        for (word, middle) in words.iter_mut().zip(&middles) {
            let sum = u128::from(*word) + u128::from(middle ^ flip) + carry;
            *word = sum as u64;
            carry = sum >> 64;
        }
    }
}

impl Packed {
    /// The ciphertext, to be sent. Whoever decrypts it learns how it was computed unless it is [rerandomised](PublicKey::rerandomise) or [masked](Layout::mask).
    pub fn ciphertext(&self) -> &Ciphertext {
        &self.ciphertext
    }
}

enum Shift {
    ToSlots,
    ToNumber,
}

/// Puts a number into bits that are zero.
fn put(words: &mut [u64], at: usize, value: u128) {
    let (mut rest, mut shift) = (value, at % 64);
    for word in &mut words[at / 64..] {
        *word |= (rest << shift) as u64;
        rest >>= 64 - shift;
        shift = 0;
    }
}

/// The number in these bits, fewer than 128.
fn take(words: &[u64], at: usize, width: usize) -> u128 {
    let word = |i: usize| u128::from(words.get(at / 64 + i).copied().unwrap_or(0));
    let low = (word(0) | word(1) << 64) >> (at % 64);
    let high = if at.is_multiple_of(64) { 0 } else { word(2) << (128 - at % 64) };
    (low | high) & ((1 << width) - 1)
}
