use super::*;
use crate::{Aes128, Prg, Seed};

fn prg() -> Prg {
    Prg::new(Seed::from_bytes(*b"garbling's tests"))
}

fn words(blocks: &[Block]) -> &[u64] {
    bytemuck::cast_slice(blocks)
}

/// ANDs of slots 2k and 2k + 1 to slot 2k, in an order of their own.
fn ands(n: u32) -> Vec<[u32; 3]> {
    (0..n).rev().map(|k| [2 * k + 1, 2 * k, 2 * k]).collect()
}

/// Two layers, so that the second does not begin at gate 0.
fn garbled(path: AesPath, n: u32, lanes: usize) -> (Block, Vec<Block>, Vec<Block>, Vec<Block>) {
    let mut prg = prg();
    let mut garbler = Garbler::on(path, prg.block(), prg.block());
    let inputs = prg.blocks(2 * n as usize * lanes);
    let (mut slots, mut out) = (inputs.clone(), Vec::new());
    for _ in 0..2 {
        garbler.garble(&ands(n), |and| *and, lanes, &mut slots, &mut out);
    }
    (garbler.delta(), inputs, slots, out)
}

#[test]
fn every_path_garbles_and_evaluates_alike() {
    for (n, lanes) in [(1, 1), (2, 1), (3, 1), (5, 1), (8, 1), (13, 1), (100, 1), (1, 5), (3, 3), (2, 16), (7, 33)] {
        let (delta, inputs, slots, tables) = garbled(AesPath::Portable, n, lanes);
        for path in AesPath::available() {
            let other = garbled(path, n, lanes);
            assert_eq!(words(&tables), words(&other.3), "{path:?}: ciphertexts of {n} ANDs on {lanes} lanes");
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

/// The formulas of the module's page, with nothing of its code.
#[test]
fn the_ciphertexts_are_as_defined() {
    let (start, delta, a, b) = (prg().block(), Block([9, 7]), Block([0x1234, 0x5678]), Block([0xffff, 1]));
    let h = |x: Block, i: u64| {
        let x = u128::from(x);
        let (high, low) = (x >> 64, x & u128::from(u64::MAX));
        let sigma = Block::from((high ^ low) << 64 | high);
        Aes128::new(start ^ Block([i, 0])).encrypt(sigma) ^ sigma
    };
    let mut slots = [Block::ZERO, a, b];
    let mut out = Vec::new();
    let mut garbler = Garbler::new(start, delta);
    garbler.garble(&[[0, 0, 0]; 6], |and| *and, 1, &mut slots, &mut Vec::new());
    garbler.garble(&[[1, 2, 0]], |and| *and, 1, &mut slots, &mut out);
    let tg = h(a, 12) ^ h(a ^ delta, 12) ^ delta;
    let te = h(b, 13) ^ h(b ^ delta, 13) ^ a;
    assert_eq!(words(&out), words(&[tg, te]));
    assert_eq!(slots[0].0, (h(a, 12) ^ h(b, 13) ^ te ^ a).0, "of a the bit is 0, of b it is 1");
}

#[test]
#[should_panic(expected = "slots exist")]
fn slots_that_do_not_exist_are_refused() {
    let mut slots = vec![Block::ZERO; 8];
    Evaluator::new(Block::ZERO).evaluate(&[[0, 4, 1]], |and| *and, 2, &mut slots, &[Block::ZERO; 4]);
}

#[test]
fn debug_shows_nothing() {
    assert_eq!(format!("{:?}", Garbler::new(Block::ZERO, Block::ONES)), "Garbler(..)");
    assert_eq!(format!("{:?}", Evaluator::new(Block::ZERO)), "Evaluator(..)");
}
