//! Every engine operation against plain integers.

use jointly_core::{Error, Party, Result};
use jointly_share::Engine;
use jointly_testkit::{subjects, usual};
use proptest::prelude::*;

use crate::operations::{LOCAL, Plain, joint, reveal};

/// Up to what an engine of `width` bits can add.
fn values(width: u32) -> [i64; 7] {
    [0, 1, -1, 1 << 40, -(1 << (width - 2)), 123_456_789, -987_654_321]
}

/// What a program opens, of an engine's values, on every engine and at every party.
fn opens(expected: impl Fn(&[i64]) -> Vec<i64>, program: impl AsyncFn(&mut dyn Engine) -> Result<Vec<i64>>) {
    for subject in subjects() {
        let expected = expected(&values(subject.entry.spec.width));
        for (out, _) in subject.world().run_program(subject, &program) {
            assert_eq!(out, expected, "{subject}");
        }
    }
}

fn each(f: impl Fn(i64) -> i64) -> impl Fn(&[i64]) -> Vec<i64> {
    move |x| x.iter().map(|x| f(*x)).collect()
}

/// An engine's values, handed in by the party of this number, as far as there are so many.
async fn x(e: &mut dyn Engine, from: u16) -> Result<jointly_share::Secret> {
    let (from, x) = (from % e.among().parties, values(e.spec().width));
    let mine = (e.me() == Party(from)).then_some(&x[..]);
    e.input(Party(from), mine, x.len()).await
}

#[test]
fn inputs_of_every_party_open() {
    for from in 0..3 {
        opens(each(|x| x), async |e| {
            let x = x(e, from).await?;
            e.open(&x).await
        });
    }
}

#[test]
fn signs() {
    opens(each(|x| i64::from(x < 0)), async |e| {
        let x = x(e, 1).await?;
        let s = e.msb(&x).await?;
        let s = e.to_ring(&s).await?;
        e.open(&s).await
    });
}

#[test]
fn zeros() {
    opens(each(|x| i64::from(x == 0)), async |e| {
        let x = x(e, 2).await?;
        let z = e.is_zero(&x).await?;
        let z = e.to_ring(&z).await?;
        e.open(&z).await
    });
}

#[test]
fn products() {
    opens(each(|x| x.wrapping_mul(3) - x), async |e| {
        let x = x(e, 2).await?;
        let three = e.public(&[3; 7])?;
        let y = e.mul(&x, &three).await?;
        let y = e.sub(&y, &x)?;
        e.open(&y).await
    });
}

#[test]
fn low_bits() {
    for bits in [1, 2, 5, 13, 33, 61] {
        let width = |most: u32| bits.min(most as usize - 1);
        let low = |x: &[i64]| {
            let most = 64 - x[4].leading_ones() + 2;
            x.iter().map(|x| x & ((1 << width(most)) - 1)).collect()
        };
        opens(low, async |e| {
            let x = x(e, 0).await?;
            let width = width(e.spec().width);
            let b = e.to_bits(&x, width).await?;
            let r = e.to_ring(&b).await?;
            e.open(&r).await
        });
    }
}

#[test]
fn truncation_rounds_up_or_down() {
    for f in [1, 7, 20, 40, 61] {
        for subject in subjects() {
            let (f, values) = (f.min(subject.entry.spec.width - 1), values(subject.entry.spec.width));
            for (out, _) in subject.world().run_program(subject, async |e| {
                let x = x(e, 1).await?;
                let y = e.truncate(&x, f).await?;
                e.open(&y).await
            }) {
                for (x, y) in values.iter().zip(out) {
                    let (low, exact) = (x >> f, x & ((1 << f) - 1) == 0);
                    assert!(y == low || (!exact && y == low + 1), "{subject}: {x} by {f} bits gave {y}");
                }
            }
        }
    }
}

#[test]
fn shuffles_keep_rows_together() {
    for subject in subjects() {
        let n = if subject.is_slow() { 100 } else { 1000 };
        let values: Vec<i64> = (0..n).collect();
        for (out, _) in subject.world().run_program(subject, async |e| {
            let mine = (e.me() == Party(0)).then_some(&values[..]);
            let x = e.input(Party(0), mine, n as usize).await?;
            let b = e.to_bits(&x, 10).await?;
            // More bits in a row than a word has.
            let wide = e.public_bits(&values.iter().map(|x| !(*x as u64) >> 4).collect::<Vec<_>>(), 60)?;
            let s = e.shuffle(&[&x, &b, &wide]).await?;
            let (x, b, wide) = (e.open(&s[0]).await?, e.open_bits(&s[1]).await?, e.open_bits(&s[2]).await?);
            assert!(x.iter().zip(&b).all(|(x, b)| *x as u64 == *b));
            assert!(x.iter().zip(&wide).all(|(x, wide)| !(*x as u64) >> 4 == *wide));
            Ok(x)
        }) {
            assert_ne!(out, values, "{subject}");
            let mut sorted = out;
            sorted.sort();
            assert_eq!(sorted, values, "{subject}");
        }
    }
}

#[test]
fn dot_and_matrix_products() {
    opens(
        |_| vec![14, 77, 5],
        async |e| {
            let x = e.public(&[1, 2, 3, 4, 5, 6])?;
            let d = e.dot(&x, &x, 3).await?;
            let (a, b) = (e.public(&[1, 2])?, e.public(&[1, 2])?);
            let m = e.matmul(&a, &b, 1, 2, 1).await?;
            let all = e.concat(&[&d, &m])?;
            e.open(&all).await
        },
    );
}

#[test]
fn branches_run_side_by_side() {
    opens(
        |_| vec![12, 30, 42],
        async |e| {
            let other = Party(e.among().parties - 1);
            let x = e.input(Party(0), (e.me() == Party(0)).then_some(&[3, 5, 6]), 3).await?;
            let y = e.input(other, (e.me() == other).then_some(&[4, 6, 7]), 3).await?;
            let (mut left, mut right) = (e.fork("left").await?, e.fork("right").await?);
            let (a, b) = futures::future::try_join(left.mul(&x, &y), right.msb(&x)).await?;
            e.join(right)?;
            e.join(left)?;
            let none = e.to_ring(&b).await?;
            let out = e.add(&a, &none)?;
            e.open(&out).await
        },
    );
}

#[test]
fn mistakes_of_the_caller_are_misuse() {
    for subject in usual() {
        subject.world().run_program(subject, async |e| {
            let (x, y) = (e.public(&[1, 2, 3])?, e.public(&[1, 2])?);
            let (a, b) = (e.public_bits(&[1, 2, 3], 2)?, e.public_bits(&[1, 2, 3], 3)?);
            let mut local = vec![e.add(&x, &y), e.sub(&x, &a), e.xor(&a, &b), e.xor(&a, &x), e.not(&x)];
            local.extend([e.gather(&x, &[3]), e.slice(&x, 2..4), e.planes(&a, 1..3), e.planes(&a, 0..0), e.sum(&x, 2)]);
            local.extend([e.sum(&x, 0), e.mul_public(&x, &[1]), e.concat(&[]), e.concat(&[&x, &a]), e.stack(&[])]);
            local.extend([
                e.public_bits(&[1], 0),
                e.public_bits(&[1], 65),
                e.public(&[i64::MAX]),
                e.public(&[i64::MIN]),
            ]);
            let others = (e.me() != Party(0)).then_some(&[1, 2][..]);
            local.push(e.input(Party(0), others, 2).await);
            local.extend([e.mul(&x, &y).await, e.mul(&a, &b).await, e.dot(&x, &x, 2).await, e.and(&a, &b).await]);
            local.extend([e.mul_prefix_sums(&[]).await, e.mul_prefix_sums(&[&x, &y]).await]);
            local.extend([e.matmul(&x, &x, 2, 2, 2).await, e.matmul(&x, &x, usize::MAX, 3, 3).await]);
            local.extend([e.to_bits(&x, 65).await, e.truncate(&x, 62).await, e.msb(&a).await, e.to_ring(&x).await]);
            for (i, out) in local.into_iter().enumerate() {
                assert!(matches!(out, Err(Error::Misuse(_))), "{subject}: mistake {i}");
            }
            assert!(matches!(e.open(&a).await, Err(Error::Misuse(_))));
            assert!(matches!(e.open_bits(&x).await, Err(Error::Misuse(_))));
            assert!(matches!(e.shuffle(&[&x, &y]).await, Err(Error::Misuse(_))));
            Ok(())
        });
    }
}

fn plains() -> impl Strategy<Value = Plain> {
    let wide = || prop_oneof![8 => -(1i64 << 60) + 1..1 << 60, 1 => Just(0), 1 => Just(-1), 1 => Just((1 << 60) - 1)];
    let narrow = || -(1i64 << 28) + 1..1 << 28;
    (0usize..150, 1usize..=61, 1u32..=61).prop_flat_map(move |(n, width, shift)| {
        let ring = (prop::collection::vec(wide(), n), prop::collection::vec(wide(), n));
        let small = (prop::collection::vec(narrow(), n), prop::collection::vec(narrow(), n));
        let string = || prop::collection::vec(0u64..1 << width, n);
        (ring, small, string(), string()).prop_map(move |((x, y), (p, q), a, b)| Plain {
            x,
            y,
            p,
            q,
            a,
            b,
            width,
            shift,
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_operation_is_its_ideal_function(plain in plains()) {
        for subject in subjects() {
            let plain = plain.within(subject.bits());
            let plain = if subject.is_slow() { plain.first(7) } else { plain };
            subject.world().run_program(subject, async |e| {
                let shared = plain.share(e).await?;
                for operation in LOCAL.into_iter().chain(joint(subject.among)) {
                    let out = operation.run(e, &plain, &shared).await?;
                    if let Some((out, rows)) = reveal(e, out).await? {
                        assert!(operation.holds(&plain, &out, &rows), "{subject}: {operation:?} gave {out:?}");
                    }
                }
                Ok(())
            });
        }
    }
}
