//! One AND, in 64-bit words: what the garbler and the evaluator make of hashes and labels. Everything is linear, and choices are made by masks.

use super::Table;

/// A label, or a sum of labels, in halves: left and right.
pub(super) type Halves = [u64; 2];

/// A hash: 64 bits, and one further bit.
#[derive(Clone, Copy)]
pub(super) struct Hash {
    pub half: u64,
    pub bit: u64,
}

/// The hashes of A, of B and of A ⊕ B.
pub(super) type Hashes = [Hash; 3];

/// What the garbler has of an AND.
pub(super) struct Known {
    /// A and B of colour 0.
    pub a: Halves,
    pub b: Halves,
    pub delta: Halves,
    /// Hashes of the labels of colour 0, and of those of colour 1.
    pub hashes: [Hashes; 2],
    /// The colours of A⁰ and B⁰.
    pub colours: [u64; 2],
    /// ρ.
    pub coins: [u64; 2],
}

/// All ones for 1, zero for 0.
fn mask(bit: u64) -> u64 {
    bit.wrapping_neg()
}

/// R_ij · (A_L, A_R, B_L, B_R), with R_ij = r₁·S₁ ⊕ r₂·S₂ ⊕ P_ij.
fn diced([i, j]: [u64; 2], [r1, r2]: [u64; 2], [al, ar]: Halves, [bl, br]: Halves) -> Halves {
    let (s1, s2) = ([al ^ ar ^ bl, al ^ br], [al ^ br, ar ^ bl ^ br]);
    let (r1, r2) = (mask(r1), mask(r2));
    [(r1 & s1[0]) ^ (r2 & s2[0]) ^ (!mask(i) & bl), (r1 & s1[1]) ^ (r2 & s2[1]) ^ (!mask(j) & ar)]
}

/// The evaluator's r_ij: which of S₁ and S₂ are in R_ij.
pub(super) fn dice([i, j]: [u64; 2], [a, b, ab]: Hashes, bits: u8) -> [u64; 2] {
    let z = |k: u32| u64::from(bits) >> k & 1;
    let both = ((i ^ j) & z(4)) ^ ab.bit;
    [z(0) ^ (i & z(2)) ^ a.bit ^ both, z(1) ^ (j & z(3)) ^ b.bit ^ both]
}

/// C of what the evaluator has: A and B of the colours i and j.
pub(super) fn evaluate(colours: [u64; 2], a: Halves, b: Halves, hashes: Hashes, table: &Table) -> Halves {
    let [i, j] = colours;
    let [ha, hb, hab] = hashes.map(|hash| hash.half);
    let both = (mask(i ^ j) & table.halves[2]) ^ hab;
    let [left, right] = diced(colours, dice(colours, hashes, table.bits), a, b);
    [ha ^ both ^ (mask(i) & table.halves[0]) ^ left, hb ^ both ^ (mask(j) & table.halves[1]) ^ right]
}

/// What is told, and C⁰. The equations of the colours (0, 0), (1, 1) and, on the right, (1, 0) are solved; the other three hold with them.
pub(super) fn garble(known: &Known) -> (Table, Halves) {
    let Known { a, b, delta, hashes: [[a0, b0, ab0], [a1, b1, ab1]], colours: [pa, pb], coins: [c1, c2] } = *known;
    // The colours of the labels for 1: where the AND is 1.
    let (alpha, beta) = (1 ^ pa, 1 ^ pb);
    let at = |i: u64, j: u64| {
        let dice = [[c1, c2], [alpha ^ beta ^ c1, alpha ^ c2], [beta ^ c1, alpha ^ beta ^ c2], [alpha ^ c1, beta ^ c2]];
        let shift = |x: Halves, bit: u64| [x[0] ^ (mask(bit) & delta[0]), x[1] ^ (mask(bit) & delta[1])];
        // R·(A, B), and Δ where the AND is 1: of C⁰ or C¹, that the evaluator shall find.
        let one = (1 ^ alpha ^ i) & (1 ^ beta ^ j);
        shift(diced([i, j], dice[(2 * i + j) as usize], shift(a, i), shift(b, j)), one)
    };
    let (none, both, first) = (at(0, 0), at(1, 1), at(1, 0));
    let halves = [
        a0.half ^ a1.half ^ none[0] ^ both[0],
        b0.half ^ b1.half ^ none[1] ^ both[1],
        ab0.half ^ ab1.half ^ none[1] ^ first[1],
    ];
    let bits = [
        c1 ^ a0.bit ^ ab0.bit,
        c2 ^ b0.bit ^ ab0.bit,
        alpha ^ a0.bit ^ a1.bit,
        beta ^ b0.bit ^ b1.bit,
        alpha ^ beta ^ ab0.bit ^ ab1.bit,
    ];
    let bits = bits.iter().rev().fold(0, |all, bit| all << 1 | *bit as u8);
    let zero = [a0.half ^ ab0.half ^ none[0], b0.half ^ ab0.half ^ none[1]];
    (Table { halves, bits }, zero)
}

#[cfg(test)]
mod tests;
