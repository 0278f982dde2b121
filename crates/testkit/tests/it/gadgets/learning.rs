//! Exponentials, logarithms, sigmoids, shares of a row, largest values, products of matrices; and a program made of them.

use jointly_core::{Error, Result};
use jointly_gadget::{Fixed, exp, ln, sigmoid, softmax, top};
use jointly_share::{Engine, Secret};

use super::{checked, give, open_all, opens, random};

fn real(x: i64, frac: u32) -> f64 {
    x as f64 / 2f64.powi(frac as i32)
}

/// `n` values spread evenly over both ends, which are among them, and what is next to 0.
fn grid(low: f64, high: f64, frac: u32, n: i64) -> Vec<i64> {
    let (low, high) = ((low * 2f64.powi(frac as i32)) as i64, (high * 2f64.powi(frac as i32)) as i64);
    let even = (0..=n).map(|i| low + ((high - low) as i128 * i128::from(i) / i128::from(n)) as i64);
    even.chain([-2, -1, 0, 1, 2].into_iter().filter(|x| (low..=high).contains(x))).collect()
}

/// A gadget of one argument against plain arithmetic: `judge` is given x, the result and what it is a unit of.
fn on_grid(
    x: &[i64],
    (frac, bound, out): (u32, f64, u32),
    gadget: impl AsyncFn(&mut dyn Engine, &Fixed) -> Result<Fixed>,
    judge: impl Fn(f64, f64) -> bool,
) {
    let judge = |id: &str, opened: &[i64]| {
        for (&x, &y) in x.iter().zip(opened) {
            let (x, y) = (real(x, frac), real(y, out));
            assert!(judge(x, y), "{id}: {frac} to {out} bits, bound {bound}: {x} became {y}");
        }
    };
    checked(judge, async |e| {
        let x = Fixed::new(give(e, x).await?, frac, bound)?;
        let y = gadget(e, &x).await?;
        assert_eq!((y.frac, y.len()), (out, x.len()));
        let opened = e.open(&y.secret).await?;
        assert!(opened.iter().all(|x| real(x.abs(), out) <= y.bound), "the bound holds");
        Ok(opened)
    });
}

#[test]
fn exponentials() {
    // (fraction bits of x, its bound, those of the result, lowest and highest x)
    for (frac, bound, out, low, high) in [
        (16, 16.0, 16, -16.0, 15.0),
        (30, 16.0, 20, -16.0, 15.0),
        (4, 16.0, 38, -16.0, 15.0),
        (37, 16.0, 1, -16.0, 15.0),
        (0, 15.0, 16, -15.0, 15.0),
        (20, 5.0, 16, -5.0, 5.0),
        (24, 0.01, 40, -0.01, 0.01),
        (16, 1000.0, 16, -16.0, 15.0),
        (41, 200_000.0, 24, -16.0, 15.0),
    ] {
        let unit = real(1, out);
        let judge =
            |x: f64, y: f64| (y - x.exp()).abs() <= (1e-4 * x.exp()).max(2.0 * unit).min(4.1e-5 * x.exp() + unit);
        on_grid(&grid(low, high, frac, 3000), (frac, bound, out), async |e, x| exp(e, x, out).await, judge);
    }
}

#[test]
fn exponentials_of_very_negative_values_are_0() {
    for (frac, bound, out) in [(16, 1000.0, 16), (16, 17.0, 36), (0, 262_000.0, 30)] {
        let judge = |x: f64, y: f64| (y - x.exp()).abs() <= 6e-8 + 2.0 * real(1, out) && (x > -16.7 || y == 0.0);
        on_grid(&grid(-bound, -16.0, frac, 500), (frac, bound, out), async |e, x| exp(e, x, out).await, judge);
    }
}

#[test]
fn logarithms() {
    for (frac, bits, out) in [(16, 32, 16), (0, 58, 20), (30, 30, 40), (40, 57, 54), (0, 1, 10), (5, 6, 30)] {
        let top = (1i64 << bits) - 1;
        let mut x = vec![1, top, top / 3 + 1];
        x.extend((0..bits).flat_map(|j| [1 << j, (2 << j) - 1]));
        let sizes = random(9, 300, bits);
        x.extend(random(10, 300, 1 << 60).iter().zip(sizes).map(|(x, s)| x % (1 << s) + (1 << s)));
        let judge = |x: f64, y: f64| (y - x.ln()).abs() <= 3e-7 + real(1, out);
        on_grid(&x, (frac, real(top, frac), out), async |e, x| ln(e, x, out).await, judge);
    }
    on_grid(&[0, 1 << 16], (16, 1e3, 16), async |e, x| ln(e, x, 16).await, |x, y| x == 0.0 || y.abs() <= 2e-5);
}

#[test]
fn sigmoids() {
    for (frac, bound, out) in
        [(16, 16.0, 16), (20, 9.0, 16), (0, 1e6, 30), (30, 1e5, 20), (3, 2.0, 40), (16, 9.4, 18), (12, 2e11, 59)]
    {
        let mut x = grid(-bound, bound, frac, 2000);
        x.extend(grid(-bound.min(10.0), bound.min(10.0), frac, 3000));
        let judge = |x: f64, y: f64| {
            let exact = 1.0 / (1.0 + (-x).exp());
            let saturated = x.abs() < 9.3125 || y == f64::from(u8::from(x > 0.0));
            saturated && (y - exact).abs() <= 7.8e-5_f64.max(if x.abs() > 9.3 { 9.2e-5 } else { 0.0 }) + real(1, out)
        };
        on_grid(&x, (frac, bound, out), async |e, x| sigmoid(e, x, out).await, judge);
    }
}

#[test]
fn coarse_sigmoids() {
    let judge = |x: f64, y: f64| (y - 1.0 / (1.0 + (-x).exp())).abs() <= 0.51;
    on_grid(&grid(-20.0, 20.0, 8, 100), (8, 20.0, 1), async |e, x| sigmoid(e, x, 1).await, judge);
}

#[test]
fn shares_of_a_row() {
    for (k, frac, bound) in [(1, 16, 8.0), (2, 16, 8.0), (5, 20, 100.0), (10, 8, 3.0), (33, 16, 1000.0)] {
        let n = 12 * k;
        let scale = (bound * 2f64.powi(frac)) as i64;
        let mut x: Vec<i64> = random(k as u64, n, 2 * scale as u64 + 1).iter().map(|x| x - scale).collect();
        x[..k].fill(7);
        x[n - k] = scale;
        x[n - k + 1..].fill(-scale);
        let judge = |id: &str, out: &[i64]| {
            for (x, p) in x.chunks(k).zip(out.chunks(k)) {
                let most = x.iter().max().unwrap();
                let power = |x: &i64| real(x - most, frac as u32).exp();
                let sum: f64 = x.iter().map(power).sum();
                for (x, &p) in x.iter().zip(p) {
                    let (exact, p) = (power(x) / sum, real(p, 20));
                    let error = (1e-4 + k as f64 * 2.5e-7) * exact + 2e-7 + real(1, 20);
                    assert!((p - exact).abs() <= error, "{id}: {k} values: {exact} became {p}");
                }
            }
        };
        checked(judge, async |e| {
            let x = Fixed::new(give(e, &x).await?, frac as u32, bound)?;
            let p = softmax(e, &x, k, 20).await?;
            e.open(&p.secret).await
        });
    }
}

#[test]
fn largest_values_and_their_places() {
    for (width, k, bits) in
        [(1, 1, 10), (2, 1, 1), (3, 2, 3), (5, 5, 59 - 2), (8, 3, 2), (10, 1, 20), (13, 4, 3), (16, 16, 30), (33, 2, 4)]
    {
        let rows = 7;
        let top_value = (1i64 << bits) - 1;
        let mut x: Vec<i64> =
            random(width as u64, rows * width, 2 * top_value as u64 + 1).iter().map(|x| x - top_value).collect();
        x[..width].fill(-top_value);
        x[width..2 * width].fill(top_value);
        let (mut values, mut places) = (Vec::new(), Vec::new());
        for row in x.chunks(width) {
            let mut order: Vec<usize> = (0..width).collect();
            order.sort_by_key(|&j| std::cmp::Reverse(row[j]));
            values.extend(order[..k].iter().map(|&j| row[j]));
            places.extend(order[..k].iter().map(|&j| j as i64));
        }
        opens(&[values, places].concat(), async |e| {
            let x = give(e, &x).await?;
            let (values, places) = top(e, &x, bits, width, k).await?;
            open_all(e, &[values, places]).await
        });
    }
}

#[test]
fn products_of_matrices() {
    let (m, k, n) = (4, 70, 3);
    let signed =
        |seed, n, bound: i64| -> Vec<i64> { random(seed, n, 2 * bound as u64 + 1).iter().map(|x| x - bound).collect() };
    // (fraction bits and bound of x, those of y, the result's, units of it for the cutting of operands)
    for (f, a, g, b, out, cut) in
        [(16, 16.0, 16, 16.0, 16, 0.0), (10, 2.0, 20, 100.0, 30, 0.0), (30, 1e3, 30, 1e3, 30, 70.0 * 1e3)]
    {
        let x = signed(1, m * k, (a * 2f64.powi(f)) as i64);
        let y = signed(2, k * n, (b * 2f64.powi(g)) as i64);
        let judge = |id: &str, opened: &[i64]| {
            let out = opened[m * n];
            for (at, got) in opened[..m * n].iter().enumerate() {
                let term = |l: usize| i128::from(x[at / n * k + l]) * i128::from(y[l * n + at % n]);
                let exact = (0..k).map(term).sum::<i128>() as f64 / 2f64.powi(f + g);
                let (got, unit) = (real(*got, out as u32), real(1, out as u32));
                // Operands keep 16 and 17 bits at least.
                let error = unit + 2.0 * cut * 2f64.powi(-16);
                assert!(out >= 16 && (got - exact).abs() < error, "{id}: {exact} became {got}");
            }
        };
        checked(judge, async |e| {
            let x = Fixed::new(give(e, &x).await?, f as u32, a)?;
            let y = Fixed::new(give(e, &y).await?, g as u32, b)?;
            let z = x.matmul(e, &y, [m, k, n], out).await?;
            let mut opened = e.open(&z.secret).await?;
            assert!(opened.iter().all(|z_ij| real(z_ij.abs(), z.frac) <= z.bound));
            opened.push(i64::from(z.frac));
            Ok(opened)
        });
    }
}

#[test]
fn nothing_is_learnt_from_nothing() {
    opens(&[], async |e| {
        let none = Fixed::new(e.public(&[])?, 16, 20.0)?;
        let all = [
            exp(e, &none, 16).await?.secret,
            ln(e, &none, 16).await?.secret,
            sigmoid(e, &none, 16).await?.secret,
            softmax(e, &none, 3, 16).await?.secret,
            top(e, &none.secret, 20, 3, 2).await?.0,
        ];
        open_all(e, &all).await
    });
}

#[test]
fn what_cannot_be_learnt_is_refused() {
    fn refused<T>(x: Result<T>) {
        assert!(matches!(x, Err(Error::Refused(_))));
    }
    opens(&[], async |e| {
        let x = e.public(&[1])?;
        let of = |frac, bound| Fixed::new(x.clone(), frac, bound).unwrap();
        refused(exp(e, &of(16, 1e6), 16).await);
        refused(exp(e, &of(16, 16.0), 40).await);
        refused(ln(e, &of(0, 1.0), 56).await);
        refused(sigmoid(e, &of(0, 1e12), 16).await);
        refused(sigmoid(e, &of(0, 1.0), 0).await);
        refused(sigmoid(e, &of(0, 1.0), 60).await);
        refused(softmax(e, &of(16, 1e6), 1, 16).await);
        refused(top(e, &x, 60, 1, 1).await);
        refused(top(e, &x, 10, 1, 2).await);
        refused(of(0, 1e9).matmul(e, &of(0, 4e9), [1, 1, 1], 0).await);
        assert!(matches!(softmax(e, &of(16, 1.0), 2, 16).await, Err(Error::Misuse(_))));
        assert!(matches!(top(e, &x, 10, 2, 1).await, Err(Error::Misuse(_))));
        Ok(vec![])
    });
}

/// Logistic regression by mini-batches: what a user would write.
mod regression {
    use super::*;

    pub const ROWS: usize = 64;
    pub const FEATURES: usize = 4;
    pub const BATCH: usize = 16;
    pub const RATE: f64 = 0.5;
    pub const FRAC: u32 = 20;

    /// One epoch over rows of features with 16 fraction bits and |x| ≤ 2, and labels 0 and 1.
    pub async fn train(e: &mut dyn Engine, rows: &Secret, labels: &Secret) -> Result<Fixed> {
        let mut weights = Fixed::public(e, &[0.0; FEATURES], FRAC)?;
        for start in (0..ROWS).step_by(BATCH) {
            let batch = e.slice(rows, start * FEATURES..(start + BATCH) * FEATURES)?;
            let transposed = e.gather(&batch, &transposition())?;
            let (x, x_t) = (Fixed::new(batch, 16, 2.0)?, Fixed::new(transposed, 16, 2.0)?);
            let y = Fixed::integer(e.slice(labels, start..start + BATCH)?, 1.0)?;
            let score = x.matmul(e, &weights, [BATCH, FEATURES, 1], FRAC).await?;
            let error = sigmoid(e, &score, FRAC).await?.sub(e, &y)?;
            let gradient = x_t.matmul(e, &error, [FEATURES, BATCH, 1], FRAC).await?;
            let step = gradient.mul_public(e, RATE / BATCH as f64, FRAC).await?;
            weights = weights.sub(e, &step)?;
        }
        Ok(weights)
    }

    fn transposition() -> Vec<u32> {
        (0..FEATURES).flat_map(|j| (0..BATCH).map(move |i| (i * FEATURES + j) as u32)).collect()
    }

    /// The same on plain numbers, and how far the other may be from it: errors of a unit, 2^−20, wherever something is cut, 7.8·10⁻⁵ and a unit of a
    /// sigmoid, whose slope is at most 1/4.
    pub fn plain(rows: &[f64], labels: &[f64]) -> ([f64; FEATURES], f64) {
        let (mut weights, mut off, unit) = ([0.0; FEATURES], 0.0, real(1, FRAC));
        for (x, y) in rows.chunks(BATCH * FEATURES).zip(labels.chunks(BATCH)) {
            let mut gradient = [0.0; FEATURES];
            for (x, y) in x.chunks(FEATURES).zip(y) {
                let score: f64 = x.iter().zip(&weights).map(|(x, w)| x * w).sum();
                let error = 1.0 / (1.0 + (-score).exp()) - y;
                gradient.iter_mut().zip(x).for_each(|(g, x)| *g += x * error);
            }
            weights.iter_mut().zip(gradient).for_each(|(w, g)| *w -= g * RATE / BATCH as f64);
            let widest = |n: usize| x.chunks(n).map(|row| row.iter().map(|x| x.abs()).sum()).fold(0.0, f64::max);
            let of_error = (widest(FEATURES) * off + unit) / 4.0 + 7.8e-5 + unit;
            let column = |j: usize| x.iter().skip(j).step_by(FEATURES).map(|x| x.abs()).sum::<f64>();
            let steepest = (0..FEATURES).map(column).fold(0.0, f64::max);
            off += (steepest * of_error + unit) * RATE / BATCH as f64 + unit;
        }
        (weights, off)
    }
}

#[test]
fn an_epoch_of_logistic_regression() {
    use regression::{FEATURES, FRAC, ROWS, plain, train};
    // The first feature is the constant 1; labels follow a line through the others, but for every ninth row.
    let mut rows: Vec<i64> = random(21, ROWS * FEATURES, 1 << 18).iter().map(|x| x - (1 << 17)).collect();
    rows.iter_mut().step_by(FEATURES).for_each(|x| *x = 1 << 16);
    let label = |(i, x): (usize, &[i64])| i64::from((2 * x[1] - x[2] + (1 << 15) > 0) != (i % 9 == 0));
    let labels: Vec<i64> = rows.chunks(FEATURES).enumerate().map(label).collect();
    let reals: Vec<f64> = rows.iter().map(|&x| real(x, 16)).collect();
    let (expected, off) = plain(&reals, &labels.iter().map(|&y| y as f64).collect::<Vec<_>>());
    assert!(off < 5e-3 && expected[1] > 0.3 && expected[2] < -0.1, "{expected:?}, {off}");
    let judge = |id: &str, out: &[i64]| {
        for (got, expected) in out.iter().map(|&w| real(w, FRAC)).zip(expected) {
            assert!((got - expected).abs() <= off, "{id}: {expected} became {got}, more than {off} off");
        }
    };
    checked(judge, async |e| {
        let (rows, labels) = (give(e, &rows).await?, give(e, &labels).await?);
        let weights = train(e, &rows, &labels).await?;
        e.open(&weights.secret).await
    });
}
