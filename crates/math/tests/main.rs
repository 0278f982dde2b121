//! The kernels together, as protocols use them: through the public interface alone.

#[allow(dead_code)]
#[path = "../examples/dudect/mod.rs"]
mod dudect;

use jointly_math::{Aes128, Block, Prg, Seed, bits, ct::ConstantTimeEq, matmul, prg, random_permutation, ring};
use proptest::prelude::*;

/// Three parties' generators in a ring: party i shares seed i with the one before and seed i + 1 with the one after.
fn generators(i: usize) -> (Prg, Prg) {
    let seed = |i: usize| Seed::from_bytes([i as u8 % 3; 16]).derive("zero share", "test");
    (Prg::new(seed(i)), Prg::new(seed(i + 1)))
}

/// Splits into three terms by `minus`.
fn split(x: &[u64], minus: fn(u64, u64) -> u64) -> [Vec<u64>; 3] {
    let mut prg = Prg::new(Seed::random());
    let (a, b) = (prg.words(x.len()), prg.words(x.len()));
    let c = (0..x.len()).map(|i| minus(minus(x[i], a[i]), b[i])).collect();
    [a, b, c]
}

fn xor(x: u64, y: u64) -> u64 {
    x ^ y
}

fn join(terms: &[Vec<u64>], plus: fn(u64, u64) -> u64) -> Vec<u64> {
    (0..terms[0].len()).map(|i| terms.iter().fold(0, |sum, term| plus(sum, term[i]))).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn replicated_products_of_three_parties_add_up(x in prop::collection::vec(any::<u64>(), 0..200)) {
        let y = Prg::new(Seed::random()).words(x.len());
        let (xs, ys) = (split(&x, u64::wrapping_sub), split(&y, u64::wrapping_sub));
        let party = |i: usize| {
            let (mut a, mut b) = generators(i);
            ring::rep_mul_masked(&xs[i], &xs[(i + 1) % 3], &ys[i], &ys[(i + 1) % 3], &mut a, &mut b)
        };
        let terms = [0, 1, 2].map(party);
        prop_assert_eq!(join(&terms, u64::wrapping_add), ring::mul(&x, &y));

        let bare = |i: usize| ring::rep_mul(&xs[i], &xs[(i + 1) % 3], &ys[i], &ys[(i + 1) % 3]);
        prop_assert_eq!(join(&[0, 1, 2].map(bare), u64::wrapping_add), ring::mul(&x, &y));
        prop_assert!(x.is_empty() || terms[0] != bare(0), "the zero share hides the term");
    }

    #[test]
    fn replicated_ands_of_three_parties_add_up(x in prop::collection::vec(any::<u64>(), 0..200)) {
        let y = Prg::new(Seed::random()).words(x.len());
        let (xs, ys) = (split(&x, xor), split(&y, xor));
        let party = |i: usize| {
            let (mut a, mut b) = generators(i);
            ring::rep_and_masked(&xs[i], &xs[(i + 1) % 3], &ys[i], &ys[(i + 1) % 3], &mut a, &mut b)
        };
        let and: Vec<u64> = x.iter().zip(&y).map(|(x, y)| x & y).collect();
        prop_assert_eq!(join(&[0, 1, 2].map(party), xor), and);
    }

    #[test]
    fn replicated_inner_products_add_up(k in 1usize..40, rows in 0usize..20) {
        let mut prg = Prg::new(Seed::random());
        let (x, y) = (prg.words(k * rows), prg.words(k * rows));
        let (xs, ys) = (split(&x, u64::wrapping_sub), split(&y, u64::wrapping_sub));
        let party = |i: usize| {
            let (mut a, mut b) = generators(i);
            ring::rep_dot_masked(&xs[i], &xs[(i + 1) % 3], &ys[i], &ys[(i + 1) % 3], k, &mut a, &mut b)
        };
        let expected: Vec<u64> = x.chunks(k).zip(y.chunks(k)).map(|(x, y)| ring::dot(x, y)).collect();
        prop_assert_eq!(join(&[0, 1, 2].map(party), u64::wrapping_add), expected);
    }

    #[test]
    fn products_with_running_sums_in_pieces(x in prop::collection::vec(any::<[u64; 2]>(), 0..50), at in 0usize..50) {
        let [x0, x1]: [Vec<u64>; 2] = [0, 1].map(|k| x.iter().map(|x| x[k]).collect());
        let (mut sums, mut out, at) = ([3, 5], vec![7; x.len()], at.min(x.len()));
        ring::rep_mul_running(&x0[..at], &x1[..at], &mut sums, &mut out[..at]);
        ring::rep_mul_running(&x0[at..], &x1[at..], &mut sums, &mut out[at..]);
        let upto = |s: u64, x: &[u64]| ring::prefix_sum(x).into_iter().map(|sum| sum.wrapping_add(s)).collect::<Vec<_>>();
        let products = ring::rep_mul(&x0, &x1, &upto(3, &x0), &upto(5, &x1));
        prop_assert_eq!(out, ring::add(&products, &vec![7; x.len()]));
        prop_assert_eq!(sums, [ring::sum(&x0).wrapping_add(3), ring::sum(&x1).wrapping_add(5)]);
    }

    #[test]
    fn ring_kernels_meet_their_definitions(x in prop::collection::vec(any::<u64>(), 0..100), k in any::<u64>()) {
        let y = Prg::new(Seed::random()).words(x.len());
        prop_assert_eq!(ring::sub(&ring::add(&x, &y), &y), x.clone());
        prop_assert_eq!(ring::add(&ring::neg(&x), &x), vec![0; x.len()]);
        prop_assert_eq!(ring::scale(&x, k), ring::mul(&x, &vec![k; x.len()]));
        prop_assert_eq!(ring::dot(&x, &y), ring::sum(&ring::mul(&x, &y)));
        let sums = ring::prefix_sum(&x);
        prop_assert_eq!(sums.last().copied().unwrap_or(0), ring::sum(&x));
        prop_assert_eq!(ring::sub(&sums, &x), [&[0], &sums[..]].concat()[..x.len()].to_vec());
    }

    #[test]
    fn scatter_undoes_gather(x in prop::collection::vec(any::<u64>(), 0..300)) {
        let idx = random_permutation(&mut Prg::new(Seed::random()), x.len());
        prop_assert_eq!(ring::scatter(&ring::gather(&x, &idx), &idx), Some(x));
    }
}

#[test]
fn scatter_takes_permutations_only() {
    assert_eq!(ring::scatter(&[7, 8, 9], &[2, 0, 1]), Some(vec![8, 9, 7]));
    assert_eq!(ring::scatter(&[7, 8, 9], &[2, 0, 0]), None);
    assert_eq!(ring::scatter(&[7, 8, 9], &[2, 0, 3]), None);
    assert_eq!(ring::scatter(&[7, 8, 9], &[2, 0]), None);
}

#[test]
fn zero_shares_of_three_parties_vanish() {
    let share = |i: usize| {
        let (mut a, mut b) = generators(i);
        prg::differences(&mut a, &mut b, 101)
    };
    assert_eq!(join(&[0, 1, 2].map(share), u64::wrapping_add), vec![0; 101]);
}

/// Ishai, Kilian, Nissim, Petrank: column j of the sender's matrix is the receiver's, plus the choices where Δⱼ = 1; so
/// row i is the receiver's row, plus Δ where choice i is 1, and the hashes meet.
#[test]
fn the_relation_of_ot_extension_holds_after_the_transpose() {
    let n = 777;
    let words = bits::words(n);
    let mut prg = Prg::new(Seed::random());
    let (delta, choices) = (prg.block(), prg.words(words));
    let received = prg.words(128 * words);
    let mut sent = received.clone();
    for (j, column) in sent.chunks_exact_mut(words).enumerate() {
        let mask = Block::mask(delta.bit(j)).0[0];
        column.iter_mut().zip(&choices).for_each(|(word, choice)| *word ^= choice & mask);
    }
    let (mut q, mut t) = (bits::transpose128(&sent, n), bits::transpose128(&received, n));
    for (i, q) in q.iter_mut().enumerate() {
        let choice = Block([0, choices[i / 64] >> (i % 64) & 1]).bit(64);
        *q ^= Block::mask(choice) & delta;
    }
    Aes128::fixed().tccr(5, &mut q);
    Aes128::fixed().tccr(5, &mut t);
    assert!(q.iter().zip(&t).all(|(q, t)| bool::from(q.ct_eq(t))));
}

#[test]
fn products_of_shares_are_shares_of_products() {
    let (m, k, n) = (33, 40, 21);
    let mut prg = Prg::new(Seed::random());
    let (a, b) = (prg.words(m * k), prg.words(k * n));
    let terms = split(&a, u64::wrapping_sub).map(|a| matmul(&a, &b, m, k, n));
    assert_eq!(join(&terms, u64::wrapping_add), matmul(&a, &b, m, k, n));
}

#[test]
#[should_panic(expected = "equally long")]
fn lengths_must_fit() {
    ring::add(&[1, 2], &[1]);
}

/// Worked by hand: means 2 and 6, variances 1 and 4, of three and of four.
#[test]
fn the_statistic_of_the_constant_time_examples_is_welchs() {
    let sample = |times: &[f64]| {
        let mut sample = dudect::Sample::default();
        times.iter().for_each(|time| sample.add(*time));
        sample
    };
    let (a, b) = (sample(&[1.0, 2.0, 3.0]), sample(&[6.0, 6.0, 6.0 - 6f64.sqrt(), 6.0 + 6f64.sqrt()]));
    assert!((a.variance() - 1.0).abs() < 1e-12 && (b.variance() - 4.0).abs() < 1e-12);
    let t = (2.0 - 6.0) / (1.0f64 / 3.0 + 1.0).sqrt();
    assert!((dudect::welch(&a, &b) - t).abs() < 1e-12 && (dudect::welch(&b, &a) + t).abs() < 1e-12);
    assert_eq!(dudect::welch(&a, &sample(&[1.0])), 0.0, "one time has no variance");
    assert_eq!(dudect::welch(&sample(&[3.0; 4]), &sample(&[3.0; 9])), 0.0);
    assert_eq!(dudect::welch(&sample(&[3.0; 4]), &sample(&[4.0; 9])), f64::INFINITY);
}

#[test]
fn classes_that_differ_are_told_apart_and_others_are_not() {
    // A number between 0 and 1 for each measurement, always the same ones.
    let noise = Prg::new(Seed::from_bytes([1; 16])).words(20_000);
    let time = |shift: f64| -> Vec<(bool, f64)> {
        let class = |word: &u64| word & 1 == 1;
        let time = move |word: &u64| (word >> 11) as f64 / (1u64 << 53) as f64;
        let late = |word: &u64| if word >> 1 & 0x3f == 0 { 1e4 } else { 0.0 };
        noise
            .iter()
            .map(|word| (class(word), time(word) + late(word) + if class(word) { shift } else { 0.0 }))
            .collect()
    };
    let t = |shift| dudect::largest_t(&time(shift));
    assert!(t(0.0) < dudect::THRESHOLD, "{}", t(0.0));
    // A tenth of the spread, under interruptions that hide it in the mean of all.
    assert!(t(0.03) > dudect::THRESHOLD, "{}", t(0.03));
    assert_eq!(dudect::largest_t(&[]), 0.0);
}
