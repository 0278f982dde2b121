//! Every engine operation against plain integers, and against its claimed cost.

use jointly_core::{Party, Result};
use jointly_share::{Engine, Tally};
use jointly_testkit::world;

const ENGINES: [&str; 2] = ["clear", "rep3"];
const X: [i64; 7] = [0, 1, -1, 1 << 40, -(1 << 60), 123_456_789, -987_654_321];

/// What a program opens, on every engine and at every party.
fn opens(expected: &[i64], program: impl AsyncFn(&mut dyn Engine) -> Result<Vec<i64>>) {
    for id in ENGINES {
        for (out, _) in world(3).run_program(id, &program) {
            assert_eq!(out, expected, "{id}");
        }
    }
}

async fn x(e: &mut dyn Engine, from: u16) -> Result<jointly_share::Secret> {
    let mine = (e.me() == Party(from)).then_some(&X[..]);
    e.input(Party(from), mine, X.len()).await
}

#[test]
fn inputs_of_every_party_open() {
    for from in 0..3 {
        opens(&X, async |e| {
            let x = x(e, from).await?;
            e.open(&x).await
        });
    }
}

#[test]
fn signs() {
    opens(&X.map(|x| i64::from(x < 0)), async |e| {
        let x = x(e, 1).await?;
        let s = e.msb(&x).await?;
        let s = e.to_ring(&s).await?;
        e.open(&s).await
    });
}

#[test]
fn zeros() {
    opens(&X.map(|x| i64::from(x == 0)), async |e| {
        let x = x(e, 2).await?;
        let z = e.is_zero(&x).await?;
        let z = e.to_ring(&z).await?;
        e.open(&z).await
    });
}

#[test]
fn products() {
    opens(&X.map(|x| x.wrapping_mul(3) - x), async |e| {
        let x = x(e, 2).await?;
        let three = e.public(&[3; 7])?;
        let y = e.mul(&x, &three).await?;
        let y = e.sub(&y, &x)?;
        e.open(&y).await
    });
}

#[test]
fn low_bits() {
    for width in [1, 2, 5, 13, 33, 61] {
        opens(&X.map(|x| x & ((1 << width) - 1)), async |e| {
            let x = x(e, 0).await?;
            let b = e.to_bits(&x, width).await?;
            let r = e.to_ring(&b).await?;
            e.open(&r).await
        });
    }
}

#[test]
fn truncation_rounds_up_or_down() {
    for f in [1, 7, 20, 40, 61] {
        for id in ENGINES {
            for (out, _) in world(3).run_program(id, async |e| {
                let x = x(e, 1).await?;
                let y = e.truncate(&x, f).await?;
                e.open(&y).await
            }) {
                for (x, y) in X.iter().zip(out) {
                    let (low, exact) = (x >> f, x & ((1 << f) - 1) == 0);
                    assert!(y == low || (!exact && y == low + 1), "{id}: {x} by {f} bits gave {y}");
                }
            }
        }
    }
}

#[test]
fn shuffles_keep_rows_together() {
    for id in ENGINES {
        let n = 1000;
        let values: Vec<i64> = (0..n).collect();
        for (out, _) in world(3).run_program(id, async |e| {
            let mine = (e.me() == Party(0)).then_some(&values[..]);
            let x = e.input(Party(0), mine, n as usize).await?;
            let b = e.to_bits(&x, 10).await?;
            let s = e.shuffle(&[&x, &b]).await?;
            let (x, b) = (e.open(&s[0]).await?, e.open_bits(&s[1]).await?);
            assert!(x.iter().zip(&b).all(|(x, b)| *x as u64 == *b));
            Ok(x)
        }) {
            assert_ne!(out, values, "{id}");
            let mut sorted = out;
            sorted.sort();
            assert_eq!(sorted, values, "{id}");
        }
    }
}

#[test]
fn dot_and_matrix_products() {
    opens(&[14, 77, 5], async |e| {
        let x = e.public(&[1, 2, 3, 4, 5, 6])?;
        let d = e.dot(&x, &x, 3).await?;
        let (a, b) = (e.public(&[1, 2])?, e.public(&[1, 2])?);
        let m = e.matmul(&a, &b, 1, 2, 1).await?;
        let all = e.concat(&[&d, &m])?;
        e.open(&all).await
    });
}

#[test]
fn predicted_cost_is_measured_cost() {
    let program = async |e: &mut dyn Engine| {
        let x = x(e, 1).await?;
        let x = e.concat(&[&x; 11])?;
        let y = e.mul(&x, &x).await?;
        let b = e.to_bits(&y, 21).await?;
        let r = e.to_ring(&b).await?;
        let t = e.truncate(&r, 3).await?;
        let s = e.msb(&t).await?;
        let z = e.is_zero(&t).await?;
        let s = e.and(&s, &z).await?;
        let out = e.shuffle(&[&r, &b, &s]).await?;
        e.open_bits(&out[1]).await?;
        e.open_to(&out[0], Party(2)).await?;
        e.open(&out[0]).await
    };
    for (i, (_, cost)) in world(3).run_program("rep3", program).into_iter().enumerate() {
        let mut tally = Tally::new(&<jointly_share::Rep3 as jointly_share::Scheme>::SPEC, Party(i as u16));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(program(&mut tally)).unwrap();
        assert_eq!(tally.measured().bytes, cost.bytes, "party {i}");
        assert!(cost.rounds <= tally.measured().rounds, "party {i}: {} of {}", cost.rounds, tally.measured().rounds);
    }
}
