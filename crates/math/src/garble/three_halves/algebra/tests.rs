//! What the scheme rests on, verified in full: each word of 64 bits is a sum of symbols, a bit for each, so that equations hold for all values
//! if they hold for these words.

use super::*;

/// Symbols: what words are sums of.
const A: Halves = [1 << 0, 1 << 1];
const B: Halves = [1 << 2, 1 << 3];
const DELTA: Halves = [1 << 4, 1 << 5];
/// Of the hashes of A, B, A ⊕ B: first of colour 0, then of colour 1.
const HALVES: [[u64; 3]; 2] = [[1 << 6, 1 << 7, 1 << 8], [1 << 9, 1 << 10, 1 << 11]];
const PAIRS: [[u64; 2]; 4] = [[0, 0], [0, 1], [1, 0], [1, 1]];

fn add(x: Halves, y: Halves, bit: u64) -> Halves {
    [x[0] ^ (mask(bit) & y[0]), x[1] ^ (mask(bit) & y[1])]
}

/// An AND of these colours and coins, with these six further bits.
fn known(colours: [u64; 2], coins: [u64; 2], further: u64) -> Known {
    let hash = |c: usize, k: usize| Hash { half: HALVES[c][k], bit: further >> (3 * c + k) & 1 };
    Known { a: A, b: B, delta: DELTA, hashes: [0, 1].map(|c| [0, 1, 2].map(|k| hash(c, k))), colours, coins }
}

/// What an evaluator has of it whose labels have the colours i and j.
fn active(known: &Known, [i, j]: [u64; 2]) -> (Halves, Halves, Hashes) {
    let hash = |k: usize, colour: u64| known.hashes[colour as usize][k];
    (add(A, DELTA, i), add(B, DELTA, j), [hash(0, i), hash(1, j), hash(2, i ^ j)])
}

fn all() -> impl Iterator<Item = ([u64; 2], [u64; 2], u64)> {
    PAIRS
        .into_iter()
        .flat_map(|colours| PAIRS.into_iter().flat_map(move |coins| (0..64).map(move |f| (colours, coins, f))))
}

/// For all colours of A⁰ and B⁰, coins and further bits: the 8 equations for z and the 8 for G and C⁰ hold, that is, the evaluator finds C⁰ or C¹,
/// whichever it shall, from labels of all four pairs of colours.
#[test]
fn garbler_and_evaluator_agree() {
    for (colours, coins, further) in all() {
        let known = known(colours, coins, further);
        let (table, zero) = garble(&known);
        assert!(table.bits < 32);
        for pair in PAIRS {
            let (a, b, hashes) = active(&known, pair);
            let values = [pair[0] ^ colours[0], pair[1] ^ colours[1]];
            let expected = add(zero, DELTA, values[0] & values[1]);
            assert_eq!(evaluate(pair, a, b, hashes, &table), expected, "{colours:?} {coins:?} {further:06b} {pair:?}");
        }
    }
}

/// For each pair of the evaluator's colours, r_ij takes each value for just one ρ, whatever is 1 where: R_ij says nothing of α and β.
#[test]
fn dice_are_uniform() {
    for (pair, colours) in PAIRS.into_iter().flat_map(|pair| PAIRS.map(|colours| (pair, colours))) {
        for further in 0..64 {
            let mut seen = PAIRS.map(|coins| {
                let known = known(colours, coins, further);
                dice(pair, active(&known, pair).2, garble(&known).0.bits)
            });
            seen.sort_unstable();
            assert_eq!(seen, PAIRS, "{colours:?} {pair:?} {further:06b}");
        }
    }
}

/// The whole of z, given what the evaluator hashes itself, is uniform for each α and β: each of the 32 values comes from just one choice of ρ
/// and of the further bits of the three hashes that it cannot compute.
#[test]
fn told_bits_are_uniform() {
    for (pair, colours) in PAIRS.into_iter().flat_map(|pair| PAIRS.map(|colours| (pair, colours))) {
        let mine = [pair[0], pair[1], pair[0] ^ pair[1]];
        let place = |k: usize, colour: u64| 3 * colour as usize + k;
        for own in 0..8u64 {
            let mut seen = [0; 32];
            for (coins, others) in PAIRS.into_iter().flat_map(|coins| (0..8u64).map(move |others| (coins, others))) {
                let further =
                    (0..3).map(|k| (own >> k & 1) << place(k, mine[k]) | (others >> k & 1) << place(k, 1 ^ mine[k]));
                seen[usize::from(garble(&known(colours, coins, further.sum())).0.bits)] += 1;
            }
            assert_eq!(seen, [1; 32], "{colours:?} {pair:?} {own:03b}");
        }
    }
}

/// Of the three hashes that the evaluator cannot compute, each is in one G alone: given all that it knows, G is uniform.
#[test]
fn told_halves_are_masked() {
    for (colours, coins, further) in all() {
        let halves = garble(&known(colours, coins, further)).0.halves;
        for pair in PAIRS {
            for (k, colour) in [pair[0], pair[1], pair[0] ^ pair[1]].into_iter().enumerate() {
                let unknown = HALVES[1 ^ colour as usize];
                assert_eq!(halves[k] & (unknown[0] | unknown[1] | unknown[2]), HALVES[1 ^ colour as usize][k]);
            }
        }
    }
}

/// The sums of halves of Δ that are added to hashes which the evaluator cannot compute, in the terms of the labels that it has: all four occur,
/// and each must leave the hash its rank (`sigma_keeps_its_rank`).
#[test]
fn every_sum_of_halves_of_delta_occurs() {
    let mut seen = [false; 4];
    for (colours, coins, further) in all() {
        let halves = garble(&known(colours, coins, further)).0.halves;
        for [i, j] in PAIRS {
            for half in halves {
                // A of colour 0 is A of colour i plus i·Δ.
                let delta = |k: usize| half >> (4 + k) & 1 ^ (i & (half >> k)) ^ (j & (half >> (2 + k)));
                seen[(delta(0) << 1 | delta(1)) as usize] = true;
            }
        }
    }
    assert_eq!(seen, [true; 4]);
}
