//! Powers of one base, for many secret exponents.

use zeroize::Zeroize;

#[cfg(target_arch = "x86_64")]
use super::ifma;
use super::{Lane, Modulus, Residue, portable};

/// Bits of an exponent that one entry stands for. Reading a table of 2^w entries for w bits, against a multiplication for each: 6 is the best where it was measured.
const WINDOW: usize = 6;

/// A table of base^(d · 64^i) for every digit d of 6 bits at every place i (Brickell, Gordon, McCurley and Wilson, EUROCRYPT 1992): one multiplication for each digit of an
/// exponent, no squarings. All 64 entries of a place are read, whichever is wanted.
pub struct FixedBase(Vec<Lane>);

impl FixedBase {
    /// For exponents of so many bits. 7 MB for 1024 bits modulo 4096, 16 MB for 1536 modulo 6144.
    ///
    /// # Panics
    /// If the exponents have no bits.
    pub fn new(modulus: &Modulus, base: &Residue, bits: usize) -> Self {
        assert!(bits > 0, "an exponent has bits");
        let (windows, width) = (bits.div_ceil(WINDOW), modulus.lanes.len());
        let mut table = Vec::with_capacity((windows << WINDOW) * width);
        let mut base = base.clone();
        for _ in 0..windows {
            let mut power = modulus.one.clone();
            for _ in 0..1 << WINDOW {
                table.extend_from_slice(&power.0);
                modulus.mul_assign(&mut power, &base);
            }
            base = power;
        }
        Self(table)
    }

    /// The powers. Each exponent is little-endian, of as many bytes; bits above those that the table is for do not count.
    pub fn powers<const N: usize>(&self, modulus: &Modulus, exponents: &[[u8; N]]) -> Vec<Residue> {
        let mut powers = vec![modulus.one.clone(); exponents.len()];
        #[cfg(target_arch = "x86_64")]
        if modulus.fast && modulus.lanes.len().is_multiple_of(5) {
            let (groups, rest) = exponents.as_chunks::<{ ifma::TOGETHER }>();
            let (group_powers, rest_powers) = powers.as_chunks_mut();
            groups.iter().zip(group_powers).for_each(|(e, p)| self.raise(modulus, e, p, ifma::select));
            for (e, p) in rest.iter().zip(rest_powers) {
                self.raise(modulus, std::array::from_ref(e), std::array::from_mut(p), ifma::select);
            }
            return powers;
        }
        for (e, p) in exponents.iter().zip(&mut powers) {
            let select = |table: &[Lane], index: &[u64; 1], out: &mut [&mut [Lane]; 1]| {
                portable::select(table, index[0], out[0]);
            };
            self.raise(modulus, std::array::from_ref(e), std::array::from_mut(p), select);
        }
        powers
    }

    /// E powers at once, from 1 on.
    fn raise<const E: usize, const N: usize>(
        &self,
        modulus: &Modulus,
        exponents: &[[u8; N]; E],
        powers: &mut [Residue; E],
        select: impl Fn(&[Lane], &[u64; E], &mut [&mut [Lane]; E]),
    ) {
        let width = modulus.lanes.len();
        let mut factors = [(); E].map(|()| modulus.zero());
        for (i, entries) in self.0.chunks_exact(width << WINDOW).enumerate() {
            let mut digits = exponents.each_ref().map(|exponent| digit(exponent, i * WINDOW));
            select(entries, &digits, &mut factors.each_mut().map(|f| f.0.as_mut_slice()));
            powers.iter_mut().zip(&factors).for_each(|(power, factor)| modulus.mul_assign(power, factor));
            digits.zeroize();
        }
    }
}

/// The digit of an exponent that begins at this bit.
fn digit(exponent: &[u8], bit: usize) -> u64 {
    let byte = |i: usize| exponent.get(i).copied().unwrap_or(0);
    let two = u16::from_le_bytes([byte(bit / 8), byte(bit / 8 + 1)]);
    u64::from(two >> (bit % 8)) & ((1 << WINDOW) - 1)
}
