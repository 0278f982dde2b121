//! The querier's side: a query under a fresh key, and the row in its answer.

use jointly_core::{Error, Result};
use jointly_math::{
    Prg, Seed,
    ct::{ConditionallySelectable, ConstantTimeEq},
    ntt::DEGREE,
};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{
    bits::{pack, unpack},
    params::{A_BITS, B_BITS, GADGET_BITS, PACKED, PRIMES, RESIDUE_BITS, SCALE, WORD_BITS},
    ring::{NTTS, Poly, Reference, chi},
    shape::{Layout, Shape},
};

/// What the querier keeps of a query until its answer: the key, and which shelf it asked for. Used once, erased on drop.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Secret {
    /// s in slots.
    s: Poly,
    shelf: u64,
    #[zeroize(skip)]
    layout: Layout,
    #[zeroize(skip)]
    row_bytes: usize,
}

/// A query for row `index` of a table of this shape, and what reads the answer. The key is fresh, which the proof asks for: the random
/// parts of all queries are the same (InsPIRe, App. F.1).
///
/// # Errors
/// Refuses a shape that has no layout; a misuse if there is no such row.
pub fn query(shape: Shape, index: usize) -> Result<(Secret, Vec<u8>)> {
    let layout = shape.layout()?;
    if index >= shape.rows {
        return Err(Error::Misuse("a row that is asked for lies in the table"));
    }
    // The quotient and the rest by comparisons: a division may take longer for some numbers than for others.
    let (index, columns) = (index as u64, layout.columns as u64);
    let shelf = (1..layout.shelves as u64).map(|shelf| at_least(index, shelf * columns)).sum();
    Ok(select(shape, layout, &[index - shelf * columns], shelf))
}

/// A query for the sum of the rows that stand in `columns` on `shelf`. How many columns it names is public.
pub(crate) fn select(shape: Shape, layout: Layout, columns: &[u64], shelf: u64) -> (Secret, Vec<u8>) {
    let mut prg = Prg::new(Seed::random());
    let crs = Reference::new();
    let s = chi(&mut prg).forward();
    let mut out = Vec::with_capacity(layout.query_bytes());
    // b = −a·s + e + Δ·m, with m one at the selected columns (algorithm 4, GenQuery; a polynomial of 2048 at a time).
    for j in 0..layout.columns / DEGREE {
        let mut b = chi(&mut prg).minus(&crs.a(j).times(&s).inverse());
        for (p, b) in b.0.iter_mut().enumerate() {
            let scale = (SCALE % u64::from(PRIMES[p])) as u32;
            for (i, b) in b.iter_mut().enumerate() {
                for column in columns {
                    let here = column.ct_eq(&((j * DEGREE + i) as u64));
                    let add = u32::conditional_select(&0, &scale, here);
                    *b = NTTS[p].reduce(u64::from(*b) + u64::from(add));
                }
            }
        }
        write(&b, &mut out);
    }
    // yᵢ = −wᵢ·s + eᵢ + gᵢ·τ(s), in slots (GenKsMatY).
    for (i, bits) in GADGET_BITS.into_iter().enumerate() {
        let y = chi(&mut prg).forward().minus(&crs.w(i).times(&s)).plus(&s.rotated(1).shifted(bits));
        write(&y, &mut out);
    }
    (Secret { s, shelf, layout, row_bytes: shape.row_bytes }, out)
}

fn write(poly: &Poly, out: &mut Vec<u8>) {
    poly.0.iter().for_each(|values| pack(values.iter().copied(), RESIDUE_BITS, out));
}

impl Secret {
    /// The row in the answer.
    ///
    /// Any bytes of the right length are an answer: a peer that does not follow the protocol can make the row wrong, and whoever
    /// needs to know must be able to tell from the row.
    ///
    /// # Errors
    /// What is wrong with the answer's length.
    pub fn extract(self, answer: &[u8]) -> Result<Vec<u8>, &'static str> {
        if answer.len() != self.layout.answer_bytes() {
            return Err("an answer does not have the length that the table's size asks for");
        }
        let outputs = answer.chunks_exact(answer.len() / self.layout.outputs);
        let mut words: Vec<u16> = outputs.flat_map(|output| self.decrypt(output)).collect();
        // Every shelf is looked at, so that memory accesses do not depend on which one is meant.
        let mut row = vec![0u16; self.layout.words];
        for (shelf, words) in words.chunks_exact(self.layout.words).take(self.layout.shelves).enumerate() {
            let here = self.shelf.ct_eq(&(shelf as u64));
            row.iter_mut().zip(words).for_each(|(row, word)| row.conditional_assign(word, here));
        }
        let bytes = row.iter().flat_map(|word| word.to_le_bytes()).take(self.row_bytes).collect();
        words.zeroize();
        row.zeroize();
        Ok(bytes)
    }

    /// The γ numbers of one output, rounded.
    fn decrypt(&self, output: &[u8]) -> Vec<u16> {
        let round = |phase: &i64| ((phase + (1 << (A_BITS - WORD_BITS - 1))) >> (A_BITS - WORD_BITS)) as u16;
        let mut phases = self.phases(output);
        let words = phases.iter().map(round).collect();
        phases.zeroize();
        words
    }

    /// b + a·s: the numbers in units of 2^−28, and the noise.
    fn phases(&self, output: &[u8]) -> Vec<i64> {
        let (a, b) = output.split_at(DEGREE * A_BITS as usize / 8);
        // Centred, |a·s| stays below 2^27 · 2048 · 21 < q/2: residues modulo q give it exactly.
        let centred = |x: u32| ((x << (32 - A_BITS)) as i32) >> (32 - A_BITS);
        let a: Vec<i32> = unpack(a, A_BITS as usize).map(centred).collect();
        let mut phases = Poly::of(&a).forward().times(&self.s).inverse().centred();
        let b = unpack(b, B_BITS as usize).take(PACKED);
        phases.iter_mut().zip(b).for_each(|(phase, b)| *phase += i64::from(b) << (A_BITS - B_BITS));
        phases[PACKED..].zeroize();
        phases.truncate(PACKED);
        phases
    }
}

/// 1 if x ≥ y, else 0, for numbers below 2^63.
fn at_least(x: u64, y: u64) -> u64 {
    (x.wrapping_sub(y) >> 63) ^ 1
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Table, params::noise};

    /// The noise of an answer from a table whose words are `word`, against the bound that the parameters are chosen by.
    fn measure(word: impl Fn(usize) -> u16) -> (f64, f64) {
        let shape = Shape { rows: 4 * DEGREE, row_bytes: 2 * PACKED };
        let row = |i: usize| (0..PACKED).flat_map(|w| word(i * PACKED + w).to_le_bytes()).collect::<Vec<u8>>();
        let table = Table::new(shape, (0..shape.rows).map(row)).unwrap();
        let (secret, query) = query(shape, 3000).unwrap();
        let answer = table.answer(&[&query]).unwrap().remove(0);
        let layout = secret.layout;
        let outputs = answer.chunks_exact(answer.len() / layout.outputs);
        let phases: Vec<i64> = outputs.flat_map(|output| secret.phases(output)).collect();
        let mut sum = 0.0;
        for (w, phase) in phases[secret.shelf as usize * PACKED..][..PACKED].iter().enumerate() {
            let expected = i64::from(word(3000 * PACKED + w)) << (A_BITS - WORD_BITS);
            let noise = ((phase - expected) << (64 - A_BITS)) >> (64 - A_BITS);
            sum += (noise * noise) as f64;
        }
        (sum / PACKED as f64, noise(layout.columns) + 256.0 * 256.0 / 12.0)
    }

    #[test]
    fn measured_noise_keeps_the_bound_that_the_parameters_are_chosen_by() {
        let random = |i: usize| (i as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_shr(40) as u16;
        for table in [random as fn(usize) -> u16, |_| 0x8000, |i| 0x7fff + (i % 2) as u16, |_| 0] {
            let (measured, bound) = measure(table);
            assert!(measured < bound, "variance {measured}, bound {bound}");
            // Digits are uniform rather than extreme, so a third of the bound is typical; much less would mean a mistake in it.
            assert!(table(1) == 0 || measured > bound / 12.0, "variance {measured}, bound {bound}");
        }
    }

    #[test]
    fn shelves_are_found_without_division() {
        for (x, y) in [(0, 1), (1, 1), (5, 4), (1 << 62, 3)] {
            assert_eq!(at_least(x, y), u64::from(x >= y));
        }
    }
}
