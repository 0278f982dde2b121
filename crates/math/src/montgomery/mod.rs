//! Multiplication modulo large odd numbers, 2,000 to 6,200 bits, in constant time: what Paillier's kernels are made of.
//!
//! Montgomery, "Modular multiplication without trial division", Math. Comp. 44 (1985), with digits of 52 bits, as AVX-512 IFMA multiplies them
//! (Gueron and Krasnov, "Accelerating big integer arithmetic using Intel IFMA extensions", ARITH 2016), and without the last subtraction: residues are
//! kept below 2m (Walter, "Montgomery exponentiation needs no final subtractions", Electronics Letters 1999). Every path computes the same digits.
//!
//! Nothing here branches on, or reads memory at a place that depends on, a residue or a secret exponent; moduli are public to whoever sees time, by their length alone.

mod digits;
mod fixed;
#[cfg(target_arch = "x86_64")]
mod ifma;
mod portable;

use zeroize::{DefaultIsZeroes, Zeroize};

pub use fixed::FixedBase;

/// Bits of a digit.
const DIGIT_BITS: usize = 52;
const DIGIT_MASK: u64 = (1 << DIGIT_BITS) - 1;
/// Digits of the largest modulus.
const MAX_DIGITS: usize = 120;
/// Room between a modulus and R: sums of a few residues may be multiplied without being reduced.
const SLACK_BITS: usize = 6;

/// Bits of the largest modulus.
pub const MAX_BITS: usize = MAX_DIGITS * DIGIT_BITS - SLACK_BITS;

/// Eight digits: a register of 512 bits, where it lies well in memory.
#[derive(Clone, Copy, Default)]
#[repr(C, align(64))]
struct Lane([u64; 8]);

// SAFETY: eight words side by side, without padding, for which every pattern of bits is valid.
unsafe impl bytemuck::Zeroable for Lane {}
// SAFETY: as above.
unsafe impl bytemuck::Pod for Lane {}

impl DefaultIsZeroes for Lane {}

/// An odd number to multiply modulo. R is the power of 2^52 that has as many digits. Wiped when dropped: it may be a secret prime's.
pub struct Modulus {
    lanes: Vec<Lane>,
    /// −m⁻¹ mod 2^52.
    inverse: u64,
    digits: usize,
    bytes: usize,
    one: Residue,
    square: Residue,
    fast: bool,
}

/// A residue, in Montgomery's form (its product with R) where functions do not say otherwise; below 2m. Wiped when dropped.
#[derive(Clone)]
pub struct Residue(Vec<Lane>);

impl Modulus {
    /// The modulus with these big-endian bytes; `None` where it is even, below 3, or above [`MAX_BITS`].
    pub fn new(bytes: &[u8]) -> Option<Self> {
        let bytes = &bytes[bytes.iter().position(|b| *b != 0)?..];
        let bits = bytes.len() * 8 - bytes[0].leading_zeros() as usize;
        if !(2..=MAX_BITS).contains(&bits) || bytes[bytes.len() - 1] & 1 == 0 {
            return None;
        }
        let digits = (bits + SLACK_BITS).div_ceil(DIGIT_BITS);
        let mut lanes = vec![Lane::default(); digits.div_ceil(8)];
        digits::read(bytes, bytemuck::cast_slice_mut(&mut lanes));
        let inverse = digits::inverse(lanes[0].0[0]).wrapping_neg() & DIGIT_MASK;
        let zero = Residue(vec![Lane::default(); lanes.len()]);
        let fast = fast(lanes.len());
        let mut modulus =
            Self { lanes, inverse, digits, bytes: bytes.len(), one: zero.clone(), square: zero.clone(), fast };
        let mut power = zero;
        power.digits_mut()[0] = 1;
        modulus.double(&mut power, digits * DIGIT_BITS);
        modulus.one = power.clone();
        modulus.double(&mut power, digits * DIGIT_BITS);
        modulus.square = power;
        Some(modulus)
    }

    /// Bytes of the modulus, and of a residue's encoding.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The modulus itself, big-endian.
    pub fn number(&self) -> Vec<u8> {
        let mut bytes = vec![0; self.bytes];
        digits::write(self.as_digits(), &mut bytes);
        bytes
    }

    /// Whether this machine has vectors for it: without them, other libraries' exponentiations are faster.
    pub fn fast(&self) -> bool {
        self.fast
    }

    /// 1.
    pub fn one(&self) -> &Residue {
        &self.one
    }

    /// The residue with these big-endian bytes, in Montgomery's form; `None` unless it is below the modulus and has [`Self::bytes`] bytes.
    pub fn decode(&self, bytes: &[u8]) -> Option<Residue> {
        let plain = self.plain(bytes).filter(|_| bytes.len() == self.bytes)?;
        bool::from(digits::below(plain.digits(), self.as_digits())).then(|| self.enter(&plain))
    }

    /// Its canonical big-endian bytes, as many as the modulus has.
    pub fn encode(&self, residue: &Residue) -> Vec<u8> {
        let mut plain = self.zero();
        plain.digits_mut()[0] = 1;
        let mut plain = self.mul(residue, &plain);
        digits::subtract_if_not_below(plain.digits_mut(), self.as_digits());
        let mut bytes = vec![0; self.bytes];
        digits::write(plain.digits(), &mut bytes);
        bytes
    }

    /// A number of at most [`Self::bytes`] big-endian bytes as it stands, not in Montgomery's form. One that is not below the modulus counts as what is left of it.
    pub fn plain(&self, bytes: &[u8]) -> Option<Residue> {
        let mut plain = self.zero();
        (bytes.len() <= self.bytes).then(|| digits::read(bytes, plain.digits_mut()))?;
        Some(plain)
    }

    /// Montgomery's form of a number that stands as it is; of one in that form, twice the form: its product with a number as it stands is in the form.
    pub fn enter(&self, plain: &Residue) -> Residue {
        self.mul(plain, &self.square)
    }

    /// Both in Montgomery's form: so is the product. With one as it stands, so does the product.
    pub fn mul(&self, a: &Residue, b: &Residue) -> Residue {
        let mut out = self.zero();
        self.mul_to(&a.0, &b.0, &mut out.0);
        out
    }

    /// Replaces a factor by the product.
    pub fn mul_assign(&self, a: &mut Residue, b: &Residue) {
        let mut out = [Lane::default(); MAX_DIGITS / 8];
        let out = &mut out[..self.lanes.len()];
        self.mul_to(&a.0, &b.0, out);
        a.0.copy_from_slice(out);
    }

    /// The sum, still good as a factor where both are products.
    pub fn add(&self, a: &Residue, b: &Residue) -> Residue {
        let mut sum = a.clone();
        digits::add(sum.digits_mut(), b.digits());
        sum
    }

    /// The power, for a public exponent (big-endian), which time tells.
    pub fn vartime_pow(&self, base: &Residue, exponent: &[u8]) -> Residue {
        let mut small = vec![self.one.clone(), base.clone()];
        while small.len() < 16 {
            small.push(self.mul(&small[small.len() - 1], base));
        }
        let nibbles = exponent.iter().flat_map(|byte| [byte >> 4, byte & 15]).skip_while(|nibble| *nibble == 0);
        let mut power: Option<Residue> = None;
        for nibble in nibbles {
            match &mut power {
                None => power = Some(small[usize::from(nibble)].clone()),
                Some(power) => {
                    (0..4).for_each(|_| self.square_assign(power));
                    if nibble != 0 {
                        self.mul_assign(power, &small[usize::from(nibble)]);
                    }
                }
            }
        }
        power.unwrap_or_else(|| self.one.clone())
    }

    /// The power, for a secret exponent (big-endian), of which time tells the number of bytes alone: windows of 4 bits, all 16 small powers read for each.
    pub fn pow(&self, base: &Residue, exponent: &[u8]) -> Residue {
        let width = self.lanes.len();
        let mut small = vec![Lane::default(); 16 * width];
        small[..width].copy_from_slice(&self.one.0);
        for i in 1..16 {
            let (done, next) = small.split_at_mut(i * width);
            self.mul_to(&done[(i - 1) * width..], &base.0, &mut next[..width]);
        }
        let (mut power, mut factor) = (self.one.clone(), self.zero());
        for nibble in exponent.iter().flat_map(|byte| [byte >> 4, byte & 15]) {
            (0..4).for_each(|_| self.square_assign(&mut power));
            portable::select(&small, u64::from(nibble), &mut factor.0);
            self.mul_assign(&mut power, &factor);
        }
        small.zeroize();
        power
    }

    fn square_assign(&self, a: &mut Residue) {
        let mut out = [Lane::default(); MAX_DIGITS / 8];
        let out = &mut out[..self.lanes.len()];
        self.mul_to(&a.0, &a.0, out);
        a.0.copy_from_slice(out);
    }

    fn mul_to(&self, a: &[Lane], b: &[Lane], out: &mut [Lane]) {
        #[cfg(target_arch = "x86_64")]
        if self.fast {
            return ifma::mul(&self.lanes, self.inverse, self.digits, a, b, out);
        }
        let [m, a, b] = [&self.lanes, a, b].map(|lanes| &bytemuck::cast_slice::<_, u64>(lanes)[..self.digits]);
        portable::mul(m, self.inverse, a, b, &mut bytemuck::cast_slice_mut(out)[..self.digits]);
    }

    fn zero(&self) -> Residue {
        Residue(vec![Lane::default(); self.lanes.len()])
    }

    fn as_digits(&self) -> &[u64] {
        bytemuck::cast_slice(&self.lanes)
    }

    /// Doubles a number below the modulus, again and again.
    fn double(&self, number: &mut Residue, times: usize) {
        for _ in 0..times {
            let same = number.clone();
            digits::add(number.digits_mut(), same.digits());
            digits::subtract_if_not_below(number.digits_mut(), self.as_digits());
        }
    }
}

impl Drop for Modulus {
    fn drop(&mut self) {
        self.lanes.zeroize();
        self.inverse.zeroize();
    }
}

impl Residue {
    fn digits(&self) -> &[u64] {
        bytemuck::cast_slice(&self.0)
    }

    fn digits_mut(&mut self) -> &mut [u64] {
        bytemuck::cast_slice_mut(&mut self.0)
    }
}

impl Drop for Residue {
    fn drop(&mut self) {
        self.0.as_mut_slice().zeroize();
    }
}

#[cfg(target_arch = "x86_64")]
fn fast(lanes: usize) -> bool {
    ifma::fits(lanes)
}

#[cfg(not(target_arch = "x86_64"))]
fn fast(_: usize) -> bool {
    false
}

#[cfg(test)]
mod tests;
