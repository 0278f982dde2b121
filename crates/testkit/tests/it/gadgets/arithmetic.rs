//! Fixed point, division, roots.

use jointly_core::Error;
use jointly_gadget::{Fixed, divide, divide_public, sqrt};

use super::{checked, give, opens, random};

#[test]
fn products_are_right_to_the_last_place() {
    let x = [0, 1, -1, 1_000_000 << 16, -(1_000_000 << 16), 12_345_678_901, -9_876_543];
    let y = [5, 1, -1, 1000 << 10, 1000 << 10, -1_023_999, 77_777];
    let judge = |id: &str, out: &[i64]| {
        for i in 0..x.len() {
            let exact = x[i] as f64 / 65536.0 * y[i] as f64 / 1024.0;
            let got = out[i] as f64 / 65536.0;
            assert!((got - exact).abs() < 2f64.powi(-16), "{id}: {exact} became {got}");
        }
    };
    checked(judge, async |e| {
        let x = Fixed::new(give(e, &x).await?, 16, 1e6)?;
        let y = Fixed::new(give(e, &y).await?, 10, 1e3)?;
        let z = x.mul(e, &y, 16).await?;
        assert_eq!(z.frac, 16);
        e.open(&z.secret).await
    });
}

#[test]
fn operands_that_do_not_fit_are_cut_first() {
    let (a, b) = (1e9, 1e4);
    let x = [a, -a, 123_456_789.123].map(|x: f64| (x * 2f64.powi(30)) as i64);
    let y = [b, b, -1.000_001].map(|y: f64| (y * 2f64.powi(40)) as i64);
    let judge = |id: &str, out: &[i64]| {
        let frac = out[3];
        for i in 0..x.len() {
            let (x, y) = (x[i] as f64 / 2f64.powi(30), y[i] as f64 / 2f64.powi(40));
            let got = out[i] as f64 / 2f64.powi(frac as i32);
            // Of 61 bits 17 are left behind the point, for y, as |x| is larger: errors of 10^9 / 2^17 and of 10^4 remain.
            assert!(frac >= 16 && (got - x * y).abs() < 3e4, "{id}: {} became {got} ({frac} bits)", x * y);
        }
    };
    checked(judge, async |e| {
        let x = Fixed::new(give(e, &x).await?, 30, a)?;
        let y = Fixed::new(give(e, &y).await?, 40, b)?;
        let z = x.mul(e, &y, 40).await?;
        let mut out = e.open(&z.secret).await?;
        out.push(i64::from(z.frac));
        Ok(out)
    });
}

#[test]
fn scales_are_aligned() {
    opens(&[3 * 16 + 2, -3 * 16 + 2, 3, 250, -250], async |e| {
        let x = Fixed::integer(give(e, &[3, -3]).await?, 3.0)?;
        let y = Fixed::public(e, &[0.125, 0.125], 4)?;
        let (sum, half) = (x.add(e, &y)?, x.sub(e, &y)?.rescale(e, 0).await?);
        let tenth = Fixed::integer(give(e, &[1000, -1000]).await?, 1000.0)?.mul_public(e, 0.25, 10).await?;
        let tenth = tenth.rescale(e, 0).await?;
        let out = e.concat(&[&sum.secret, &half.secret, &tenth.secret])?;
        let out = e.open(&out).await?;
        assert!(e.is_dry() || (out[2] == 2 || out[2] == 3) && (out[3] == -3 || out[3] == -4));
        assert_eq!(sum.decode(&[50]), [3.125]);
        Ok(vec![out[0], out[1], 3, out[4], out[5]])
    });
}

#[test]
fn what_does_not_fit_is_refused() {
    let refused = |x: jointly_core::Result<Fixed>| assert!(matches!(x, Err(Error::Refused(_))), "{x:?}");
    opens(&[], async |e| {
        let x = e.public(&[1])?;
        refused(Fixed::new(x.clone(), 40, 1e7));
        refused(Fixed::new(x.clone(), 10, f64::NAN));
        refused(Fixed::new(x.clone(), 100, 1.0));
        refused(Fixed::public(e, &[f64::INFINITY], 3));
        let big = Fixed::integer(x.clone(), 1e10)?;
        refused(big.mul(e, &big, 0).await);
        refused(big.rescale(e, 30).await);
        refused(divide(e, &big, &x, 1 << 35, 1e10, 0).await);
        refused(divide(e, &big, &x, 1 << 20, 1e10, 40).await);
        refused(sqrt(e, &Fixed::integer(x.clone(), 1e18)?, 10).await);
        assert!(matches!(divide_public(e, &x, 0).await, Err(Error::Refused(_))));
        Ok(vec![])
    });
}

/// ⌊(2·a·2^f + b) / 2b⌋: the nearest multiple of 2^−f.
fn nearest(a: i64, b: i64, from: u32, to: u32) -> i64 {
    let (a, b) = (i128::from(a) << to, i128::from(b) << from);
    (2 * a + b).div_euclid(2 * b) as i64
}

fn divides(a: &[i64], a_frac: u32, a_bound: f64, b: &[i64], b_bound: u64, q_bound: f64, frac: u32) {
    let expected: Vec<i64> = a.iter().zip(b).map(|(&a, &b)| nearest(a, b, a_frac, frac)).collect();
    opens(&expected, async |e| {
        let a = Fixed::new(give(e, a).await?, a_frac, a_bound)?;
        let b = give(e, b).await?;
        let q = divide(e, &a, &b, b_bound, q_bound, frac).await?;
        e.open(&q.secret).await
    });
}

#[test]
fn quotients_are_the_nearest() {
    let divisors = |seed, n, bits: u64| -> Vec<i64> {
        let sizes = random(seed, n, bits);
        random(seed + 1, n, 1 << 62)
            .iter()
            .zip(sizes)
            .map(|(x, s)| x % (1 << (s + 1)) + 1)
            .map(|b| b.min((1 << bits) - 1))
            .collect()
    };
    // Means: sums of up to 2^50 by counts of up to 2^30, at several scales.
    for (frac, q_bits) in [(0, 50), (4, 50), (10, 50), (20, 30), (30, 24)] {
        let mut b = divisors(3, 60, 30);
        b.extend([1, 1, (1 << 30) - 1, (1 << 30) - 1, 1 << 29, 3, 7]);
        let a: Vec<i64> = random(5, b.len(), 1 << 50)
            .iter()
            .zip(&b)
            .enumerate()
            .map(|(i, (a, b))| (a % (b << q_bits.min(60 - 30)).min(1 << 50)) * if i % 2 == 0 { 1 } else { -1 })
            .map(|a| a.clamp(-(1 << q_bits), 1 << q_bits))
            .collect();
        divides(&a, 0, 2f64.powi(50), &b, (1 << 30) - 1, 2f64.powi(q_bits.min(50)), frac);
    }
}

#[test]
fn quotients_of_fixed_point() {
    // More and fewer fraction bits than the dividend has; exact quotients; ties.
    let b: Vec<i64> = (1..=40).collect();
    let a: Vec<i64> = b.iter().map(|b| b * 1000 - 500 * (b % 3)).collect();
    for (from, to) in [(10, 20), (10, 10), (12, 3), (0, 1), (0, 0)] {
        divides(&a, from, 1e5, &b, 40, 1e3, to);
    }
    divides(&[1, -1, 3, -3, 5, 6, 0], 0, 6.0, &[2, 2, 2, 2, 2, 2, 1], 2, 6.0, 0);
    divides(&[], 0, 6.0, &[], 2, 6.0, 0);
    divides(&[-7], 0, 7.0, &[1], 1, 7.0, 5);
    divides(&[1 << 59, -(1 << 59), (1 << 59) - 1], 0, 2f64.powi(59), &[1, 3, 2], 3, 2f64.powi(59), 0);
    divides(&[1 << 50, -(1 << 50)], 0, 2f64.powi(50), &[1, 3], 1 << 27, 2f64.powi(50), 5);
}

#[test]
fn division_by_zero_does_not_fail() {
    opens(&[5], async |e| {
        let a = Fixed::integer(give(e, &[1 << 40, 10]).await?, 2f64.powi(40))?;
        let b = give(e, &[0, 2]).await?;
        let q = divide(e, &a, &b, 1 << 20, 2f64.powi(40), 0).await?;
        e.open(&e.slice(&q.secret, 1..2)?).await
    });
}

#[test]
fn divisions_by_public_numbers_are_exact() {
    let top = (1i64 << 50) - 1;
    for d in [
        1,
        2,
        3,
        7,
        10,
        31,
        32,
        33,
        365,
        1000,
        65_537,
        (1 << 25) - 1,
        1 << 25,
        (1 << 25) + 1,
        1 << 40,
        top as u64,
        1 << 50,
        1 << 60,
    ] {
        let k = d as i64;
        let mut x = vec![
            0,
            1,
            top,
            top - 1,
            k.min(top),
            (k - 1).min(top),
            (2 * k).min(top),
            (top / k) * k,
            (top / k * k - 1).max(0),
        ];
        x.extend(random(7, 30, 1 << 50));
        x.extend(random(8, 10, 1 << 50).iter().map(|x| x / k * k));
        let expected: Vec<i64> = x.iter().map(|x| x / k).collect();
        opens(&expected, async |e| {
            let x = give(e, &x).await?;
            let q = divide_public(e, &x, d).await?;
            e.open(&q).await
        });
    }
}

#[test]
fn roots() {
    // (bits of x, its fraction bits, those of the root, error in units of the last place)
    for (bits, from, to, error) in [
        (57, 0, 0, 0.63),
        (18, 0, 20, 0.63),
        (40, 10, 14, 0.63),
        (41, 11, 14, 0.63),
        (6, 0, 26, 0.63),
        (57, 16, 14, 1.3),
        (55, 16, 24, 1.3),
        (40, 0, 24, 1.3),
        (30, 20, 5, 1.7),
        (3, 1, 40, 1.3),
        (1, 0, 20, 0.63),
    ] {
        let mut x = vec![0, 1, (1i64 << bits) - 1, (1 << bits) / 3];
        let sizes = random(9, 80, bits);
        x.extend(random(10, 80, 1 << 60).iter().zip(sizes).map(|(x, s)| x % (2 << s)));
        let judge = |id: &str, out: &[i64]| {
            for (&x, &root) in x.iter().zip(out) {
                let exact = (x as f64 / 2f64.powi(from)).sqrt() * 2f64.powi(to);
                assert!(
                    (root as f64 - exact).abs() <= error,
                    "{id}: {bits} {from} {to}: root of {x} is {root}, not {exact}"
                );
                assert!(x != 0 || root == 0);
            }
        };
        checked(judge, async |e| {
            let x = Fixed::new(give(e, &x).await?, from as u32, ((1i64 << bits) - 1) as f64 / 2f64.powi(from))?;
            let root = sqrt(e, &x, to as u32).await?;
            assert_eq!(root.frac, to as u32);
            e.open(&root.secret).await
        });
    }
}

#[test]
fn whole_roots_are_exact_and_negative_values_count_as_zero() {
    let mut x = vec![-1, -2, -1000];
    x.extend((0..60).map(|i| (i * i) << 20));
    let mut expected = vec![0; 3];
    expected.extend((0..60).map(|i| i << 10));
    opens(&expected, async |e| {
        let x = Fixed::new(give(e, &x).await?, 20, 3600.0)?;
        let root = sqrt(e, &x, 10).await?;
        e.open(&root.secret).await
    });
}
