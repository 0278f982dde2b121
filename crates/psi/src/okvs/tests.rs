use std::collections::HashMap;

use jointly_core::Error;
use jointly_math::{Block, Prg, Seed};
use proptest::prelude::*;

use super::{
    Dense, Okvs, Shape,
    peel::Peeler,
    shape::{expansion, log2_tail},
};

fn words(blocks: &[Block]) -> Vec<[u64; 2]> {
    blocks.iter().map(|block| block.0).collect()
}

fn random(n: usize) -> Vec<Block> {
    Prg::new(Seed::random()).blocks(n)
}

#[test]
fn what_was_encoded_is_decoded() {
    let sizes = [0, 1, 2, 3, 63, 64, 65, 1000, 51_000, 60_000, 250_000];
    for (n, kind) in sizes.into_iter().flat_map(|n| [(n, Dense::Powers), (n, Dense::Bits)]) {
        let (keys, values) = (random(n), random(n));
        let okvs = Okvs::new(Shape::clustered(n, kind).unwrap(), &Seed::random());
        let p = okvs.encode(&keys, &values).unwrap();
        assert_eq!(words(&okvs.decode(&keys, &p)), words(&values), "{n}");
        // Other keys get something else.
        let others = words(&okvs.decode(&random(1000), &p));
        assert!(n == 0 || others.iter().filter(|other| **other == [0, 0]).count() < 1000);
        assert!(okvs.decode(&[], &p).is_empty());
    }
}

#[test]
fn spare_columns_are_filled() {
    let n = 5000;
    let (keys, values) = (random(n), random(n));
    let shape = Shape::clustered(n, Dense::Powers).unwrap();
    let okvs = Okvs::new(shape, &Seed::random());
    let rows = okvs.rows(&keys);
    let p = okvs.encode_rows(&rows, &values, Some(&mut Prg::new(Seed::random()))).unwrap();
    assert_eq!(words(&okvs.decode_rows(&rows, &p)), words(&values));
    let mut seen = words(&p);
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), shape.columns(), "no column is 0, and no two are equal");
}

#[test]
fn gaps_are_closed_by_the_dense_columns() {
    // Far too few columns for every row to have a pivot, and many dense ones: the gap is large, and solved.
    for (kind, dense) in [(Dense::Powers, 40), (Dense::Bits, 64)] {
        for spare in [false, true] {
            let n = 200;
            let shape = Shape { pairs: n, clusters: 1, load: n, sparse: 200, gap: 40, dense, kind };
            let (keys, mut values) = (random(n), random(n));
            values.iter_mut().for_each(|value| value.0[1] = 0);
            let okvs = Okvs::new(shape, &Seed::random());
            let rows = okvs.rows(&keys);
            let mut prg = Prg::new(Seed::random());
            let p = okvs.encode_rows(&rows, &values, spare.then_some(&mut prg)).unwrap();
            assert_eq!(words(&okvs.decode(&keys, &p)), words(&values));
            // Bits keep values in their subspace.
            assert!(kind == Dense::Powers || spare || p.iter().all(|column| column.0[1] == 0));
        }
    }
}

#[test]
fn keys_that_stand_twice_are_refused() {
    for n in [2, 100, 120_000] {
        let mut keys = random(n);
        keys[n - 1] = keys[0];
        let okvs = Okvs::new(Shape::clustered(n, Dense::Powers).unwrap(), &Seed::random());
        assert!(matches!(okvs.encode(&keys, &random(n)), Err(Error::Misuse(_))));
        // Three pairs of equal keys are within the gap that can be solved for.
        if n > 10 {
            (0..3).for_each(|i| keys[n - 1 - i] = keys[i]);
            assert!(matches!(okvs.encode(&keys, &random(n)), Err(Error::Misuse(_))));
        }
        let same = vec![keys[0]; n];
        assert!(matches!(okvs.encode(&same, &random(n)), Err(Error::Misuse(_))));
    }
}

#[test]
fn too_many_pairs_are_refused() {
    let okvs = Okvs::new(Shape::clustered(10, Dense::Powers).unwrap(), &Seed::random());
    assert!(matches!(okvs.encode(&random(11), &random(11)), Err(Error::Misuse(_))));
    assert!(matches!(okvs.encode(&random(10), &random(9)), Err(Error::Misuse(_))));
}

/// How often `trials` random systems of `n` rows and `sparse` columns leave a gap of more than `most`.
fn failures(trials: usize, n: usize, sparse: usize, most: usize) -> usize {
    let mut prg = Prg::new(Seed::random());
    let mut peeler = Peeler::new();
    let mut fails = || {
        let words = prg.words(2 * n);
        for (row, word) in peeler.places.iter_mut().zip(words.chunks(2)) {
            let scaled = |bits: u64, n: usize| ((bits & 0xffff_ffff) * n as u64) >> 32;
            let a = scaled(word[0], sparse);
            let b = scaled(word[0] >> 32, sparse - 1);
            let b = b + u64::from(b >= a);
            let c = scaled(word[1], sparse - 2);
            let c = c + u64::from(c >= a.min(b));
            let c = c + u64::from(c >= a.max(b));
            *row = [a, b, c, 0].map(|place| place as u16);
        }
        !peeler.triangulate(n, sparse, most)
    };
    (0..trials).filter(|_| fails()).count()
}

/// The estimate of §3.2 against counts, where failures are frequent enough to be counted: with a gap of at most
/// ĝ = ⌊λ / log₂(e·n)⌋ the formula promises 2^−λ.
#[test]
fn the_failure_estimate_is_an_upper_bound_where_it_can_be_counted() {
    for (n, lambda, trials) in [(256, 6.0, 40_000), (1024, 6.0, 10_000), (1024, 8.0, 20_000), (4096, 7.0, 4_000)] {
        let sparse = (expansion(n, lambda) * n as f64).ceil();
        let gap = (lambda / sparse.log2()).floor() as usize;
        let expected = trials as f64 * (-lambda).exp2();
        let counted = failures(trials, n, sparse as usize, gap) as f64;
        assert!(
            counted <= expected + 4.0 * expected.sqrt(),
            "n = {n}, λ = {lambda}: {counted} of {trials}, not {expected}"
        );
    }
}

/// At the sizes in use, what is left are equal rows: about 3/(e³·n) of all systems have a pair of them (lemma 3.4).
#[test]
fn at_the_full_size_only_equal_rows_make_a_gap() {
    let shape = Shape::clustered(1000, Dense::Powers).unwrap();
    let e = shape.sparse as f64 / 1000.0;
    let trials = 20_000;
    let expected = trials as f64 * 3.0 / (e.powi(3) * 1000.0);
    let counted = failures(trials, 1000, shape.sparse, 0) as f64;
    assert!((counted - expected).abs() < 5.0 * expected.sqrt() + 3.0, "{counted}, not {expected}");
    assert_eq!(failures(trials, 1000, shape.sparse, shape.gap), 0);
}

#[test]
fn loads_stay_below_their_bound() {
    // 2^−6 for the largest of 20 clusters: found by counting as well.
    let (n, clusters, trials) = (2000, 20, 4000);
    let load = (100..).find(|load| log2_tail(n, clusters, *load) + (clusters as f64).log2() <= -6.0).unwrap();
    let mut prg = Prg::new(Seed::random());
    let over = (0..trials).filter(|_| {
        let mut loads = vec![0; clusters];
        prg.words(n).iter().for_each(|word| loads[(((word >> 32) * clusters as u64) >> 32) as usize] += 1);
        loads.iter().any(|l| *l > load)
    });
    let over = over.count() as f64;
    let expected = f64::from(trials) / 64.0;
    assert!(over <= expected + 4.0 * expected.sqrt(), "{over} of {trials} exceed {load}");
}

proptest! {
    #[test]
    fn any_map_is_held(map: HashMap<(u64, u64), (u64, u64)>, seed: [u8; 16]) {
        let block = |(a, b): &(u64, u64)| Block([*a, *b]);
        let (keys, values): (Vec<Block>, Vec<Block>) = map.iter().map(|(k, v)| (block(k), block(v))).unzip();
        let okvs = Okvs::new(Shape::clustered(keys.len(), Dense::Powers).unwrap(), &Seed::from_bytes(seed));
        let p = okvs.encode(&keys, &values).unwrap();
        prop_assert_eq!(words(&okvs.decode(&keys, &p)), words(&values));
    }
}
