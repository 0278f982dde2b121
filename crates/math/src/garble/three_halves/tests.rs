use super::*;
use crate::{Aes128, Seed, gf64};

fn prg() -> Prg {
    Prg::new(Seed::from_bytes(*b"garbling's tests"))
}

fn coins() -> Prg {
    Prg::new(Seed::from_bytes(*b"garbling's coins"))
}

fn words(blocks: &[Block]) -> &[u64] {
    bytemuck::cast_slice(blocks)
}

/// ANDs of slots 2k and 2k + 1 to slot 2k, in an order of their own.
fn ands(n: u32) -> Vec<[u32; 3]> {
    (0..n).rev().map(|k| [2 * k + 1, 2 * k, 2 * k]).collect()
}

/// Two layers, so that the second does not begin at gate 0.
fn garbled(path: AesPath, n: u32, lanes: usize) -> (Block, Vec<Block>, Vec<Block>, Vec<Table>) {
    let mut prg = prg();
    let mut garbler = Garbler::on(path, prg.block(), prg.block(), coins());
    let inputs = prg.blocks(2 * n as usize * lanes);
    let (mut slots, mut out) = (inputs.clone(), Vec::new());
    for _ in 0..2 {
        garbler.garble(&ands(n), |and| *and, lanes, &mut slots, &mut out);
    }
    (garbler.delta(), inputs, slots, out)
}

#[test]
fn every_path_garbles_and_evaluates_alike() {
    for (n, lanes) in
        [(1, 1), (2, 1), (3, 1), (5, 1), (8, 1), (13, 1), (100, 1), (1, 5), (3, 3), (2, 16), (7, 33), (2, 64)]
    {
        let (delta, inputs, slots, tables) = garbled(AesPath::Portable, n, lanes);
        for path in AesPath::available() {
            let other = garbled(path, n, lanes);
            assert_eq!(tables, other.3, "{path:?}: tables of {n} ANDs on {lanes} lanes");
            assert_eq!(words(&slots), words(&other.2), "{path:?}: labels");

            let mut prg = Prg::new(Seed::from_bytes(*b"garbling's bits."));
            let bits: Vec<Block> = inputs.iter().map(|_| Block::mask(prg.block().bit(7))).collect();
            let mut active: Vec<Block> = inputs.iter().zip(&bits).map(|(zero, bit)| *zero ^ (*bit & delta)).collect();
            let mut values = bits;
            let mut evaluator = Evaluator::on(path, self::prg().block());
            for tables in tables.chunks(tables.len() / 2) {
                evaluator.evaluate(&ands(n), |and| *and, lanes, &mut active, tables);
                for [a, b, out] in ands(n).into_iter().map(|and| and.map(|slot| slot as usize * lanes)) {
                    (0..lanes).for_each(|lane| values[out + lane] = values[a + lane] & values[b + lane]);
                }
            }
            let expected: Vec<Block> = slots.iter().zip(&values).map(|(zero, bit)| *zero ^ (*bit & delta)).collect();
            assert_eq!(words(&active), words(&expected), "{path:?}: {n} ANDs on {lanes} lanes");
        }
    }
}

/// The formulas of the module's page, with nothing of its code, for all colours.
#[test]
fn the_tables_are_as_defined() {
    let (start, delta) = (prg().block(), Block([9, 7]));
    let h = |x: Block, i: u64| {
        let key = start ^ Block([i, u64::from_le_bytes(*b"3 halves")]);
        let Block([low, high]) = Aes128::new(key).encrypt(x);
        (low ^ gf64::mul(2, x.0[0]), (high ^ gf64::mul(2, x.0[1])) >> 63)
    };
    let both = |x: Block, i: u64| {
        let (x, y) = (h(x, i), h(x ^ delta, i));
        (x.0 ^ y.0, x.1 ^ y.1)
    };
    for colours in 0..4 {
        let (a, b) = (Block([0x1234 | colours & 1, 0x5678]), Block([0xfff0 | colours >> 1, 1]));
        let mut slots = [Block::ZERO, a, b];
        let mut out = Vec::new();
        let mut garbler = Garbler::new(start, delta, coins());
        garbler.garble(&[[0, 0, 0]; 6], |and| *and, 1, &mut slots, &mut Vec::new());
        garbler.garble(&[[1, 2, 0]], |and| *and, 1, &mut slots, &mut out);
        let (ga, gb, gab) = (both(a, 18), both(b, 19), both(a ^ b, 20));
        let (alpha, beta) = (1 ^ colours & 1, 1 ^ colours >> 1);
        let bits = u64::from(out[0].bits);
        assert_eq!(bits >> 2, alpha ^ ga.1 | (beta ^ gb.1) << 1 | (alpha ^ beta ^ gab.1) << 2, "z₂, z₃, z₄");
        // What is left of G without the hashes is a sum of halves of labels and of Δ.
        let halves = [a.0, b.0, delta.0].concat();
        for (told, hashed) in out[0].halves.iter().zip([ga.0, gb.0, gab.0]) {
            let sums = (0..64u32).map(|set| (0..6).filter(|k| set >> k & 1 == 1).fold(0, |sum, k| sum ^ halves[k]));
            assert!(sums.into_iter().any(|sum| told ^ hashed == sum), "colours {colours:02b}");
        }
    }
}

/// Coins go by the number of the AND, not by how ANDs are handed in.
#[test]
fn layers_do_not_matter() {
    let garbled = |pieces: &[usize]| {
        let (mut garbler, mut out) = (Garbler::new(Block([5, 5]), Block([9, 7]), coins()), Vec::new());
        let mut slots: Vec<Block> = prg().blocks(400);
        let ands: Vec<[u32; 3]> = (0..200).map(|k| [2 * k, 2 * k + 1, 2 * k]).collect();
        let mut left = ands.as_slice();
        for piece in pieces {
            let (now, later) = left.split_at(*piece);
            garbler.garble(now, |and| *and, 1, &mut slots, &mut out);
            left = later;
        }
        out
    };
    assert_eq!(garbled(&[200]), garbled(&[1, 63, 64, 3, 69]));
}

/// What is hashed of Δ, cut, and any sum of the halves of Δ that the garbler adds, is of rank 65 in the 128 bits of Δ: who sees it learns nothing that
/// helps to find what AES has encrypted. The σ of half-gates is of rank 1 for one of the sums, whichever half is taken.
#[test]
fn sigma_keeps_its_rank() {
    let ours = |[low, high]: [u64; 2]| (gf64::mul(2, low), gf64::mul(2, high) >> 63);
    let half_gates = |[low, high]: [u64; 2]| (high, (high ^ low) >> 63);
    let sums = [[0, 0], [0, 1], [1, 0], [1, 1]];
    assert_eq!(sums.map(|sum| rank(ours, sum)), [65; 4]);
    assert_eq!(sums.map(|sum| rank(half_gates, sum)).into_iter().min(), Some(1));
}

/// The rank of Δ ↦ the half of σ(Δ) ⊕ the sum of these halves of Δ, and the further bit of σ(Δ).
fn rank(sigma: impl Fn([u64; 2]) -> (u64, u64), sum: [u64; 2]) -> usize {
    let column = |k: u32| {
        let delta = u128::from(1u8) << k;
        let delta = [delta as u64, (delta >> 64) as u64];
        let (half, bit) = sigma(delta);
        u128::from(half ^ (sum[0] * delta[0]) ^ (sum[1] * delta[1])) | u128::from(bit) << 64
    };
    let mut basis: Vec<u128> = Vec::new();
    for column in (0..128).map(column) {
        let rest = basis.iter().fold(column, |rest, b| rest.min(rest ^ b));
        if rest != 0 {
            basis.push(rest);
            basis.sort_unstable_by(|x, y| y.cmp(x));
        }
    }
    basis.len()
}

#[test]
#[should_panic(expected = "slots exist")]
fn slots_that_do_not_exist_are_refused() {
    let mut slots = vec![Block::ZERO; 8];
    Evaluator::new(Block::ZERO).evaluate(&[[0, 4, 1]], |and| *and, 2, &mut slots, &[Table::default(); 2]);
}

#[test]
fn debug_shows_nothing() {
    assert_eq!(format!("{:?}", Garbler::new(Block::ZERO, Block::ONES, coins())), "Garbler(..)");
    assert_eq!(format!("{:?}", Evaluator::new(Block::ZERO)), "Evaluator(..)");
}
