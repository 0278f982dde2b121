//! Logic, comparisons, maxima, running ORs.

use jointly_gadget::{compare, logic, prefix, reduce};

use super::{give, open_all, opens, random};

const TOP: i64 = (1 << 61) - 1;
const X: [i64; 8] = [0, 1, -1, TOP, -TOP, 5, -7, TOP];
const Y: [i64; 8] = [0, 2, -2, -TOP, TOP, 5, -6, TOP];

fn expected(f: impl Fn(i64, i64) -> i64) -> Vec<i64> {
    X.iter().zip(Y).map(|(&x, y)| f(x, y)).collect()
}

#[test]
fn comparisons() {
    let all = [
        expected(|x, y| i64::from(x < y)),
        expected(|x, y| i64::from(x <= y)),
        expected(|x, y| i64::from(x == y)),
        expected(|x, _| i64::from(x > 0)),
    ];
    opens(&all.concat(), async |e| {
        let (x, y) = (give(e, &X).await?, give(e, &Y).await?);
        let bits = [
            compare::less_than(e, &x, &y).await?,
            compare::less_equal(e, &x, &y).await?,
            compare::equal(e, &x, &y).await?,
            compare::positive(e, &x).await?,
        ];
        let bits = e.concat(&bits.each_ref())?;
        let flags = e.to_ring(&bits).await?;
        e.open(&flags).await
    });
}

#[test]
fn the_extremes_of_the_range_compare() {
    let top = (1 << 62) - 1;
    opens(&[0, 1, 0, 0, 0, 1], async |e| {
        let (x, y) = (give(e, &[top, -top, top]).await?, give(e, &[-top, top, top]).await?);
        let (less, same) = (compare::less_than(e, &x, &y).await?, compare::equal(e, &x, &y).await?);
        let flags = e.to_ring(&e.concat(&[&less, &same])?).await?;
        e.open(&flags).await
    });
}

#[test]
fn choices() {
    let c = [0, 1, 0, 1, 0, 1, 0, 1];
    let chosen: Vec<i64> = (0..8).map(|i| if c[i] == 1 { X[i] / 4 } else { Y[i] / 4 }).collect();
    let other: Vec<i64> = (0..8).map(|i| if c[i] == 1 { i as i64 } else { 0 }).collect();
    let all = [expected(|x, y| (x / 4).min(y / 4)), expected(|x, y| (x / 4).max(y / 4)), chosen.clone(), other];
    let (x, y) = (X.map(|x| x / 4), Y.map(|y| y / 4));
    opens(&all.concat(), async |e| {
        let (x, y, c) = (give(e, &x).await?, give(e, &y).await?, give(e, &c).await?);
        let (i, zero) = (e.public(&[0, 1, 2, 3, 4, 5, 6, 7])?, e.public(&[0; 8])?);
        let (low, high) = compare::min_max(e, &x, &y).await?;
        let chosen = compare::select_columns(e, &c, &[(&x, &y), (&i, &zero)]).await?;
        assert_eq!(compare::min(e, &x, &y).await?.len() + compare::max(e, &x, &y).await?.len(), 16);
        open_all(e, &[low, high, chosen[0].clone(), chosen[1].clone()]).await
    });
}

#[test]
fn nothing_is_compared_with_nothing() {
    opens(&[], async |e| {
        let x = e.public(&[])?;
        let (low, high) = compare::min_max(e, &x, &x).await?;
        let c = compare::select_columns(e, &x, &[(&low, &high)]).await?;
        let z = compare::equal(e, &c[0], &c[0]).await?;
        let z = logic::or(e, &z, &z).await?;
        let z = e.to_ring(&z).await?;
        e.open(&z).await
    });
}

#[test]
fn truth_tables() {
    for k in [1, 2, 3, 5, 40, 65, 130] {
        let columns: Vec<Vec<i64>> = (0..k).map(|j| vec![1, 0, i64::from(j != 0), i64::from(j + 1 == k)]).collect();
        let fold = |f: fn(i64, i64) -> i64| {
            (0..4).map(|i| columns.iter().map(|c| c[i]).reduce(f).unwrap()).collect::<Vec<_>>()
        };
        opens(&[fold(|x, y| x & y), fold(|x, y| x | y)].concat(), async |e| {
            let mut bits = Vec::new();
            for c in &columns {
                bits.push(e.public_bits(&c.iter().map(|&x| x as u64).collect::<Vec<_>>(), 1)?);
            }
            let bits: Vec<_> = bits.iter().collect();
            let both = [logic::all(e, &bits).await?, logic::any(e, &bits).await?];
            let flags = e.to_ring(&e.concat(&both.each_ref())?).await?;
            e.open(&flags).await
        });
    }
}

#[test]
fn running_ors_and_highest_bits() {
    for width in [1, 2, 3, 7, 16, 33, 61] {
        let limit = 1u64 << width;
        let mut x: Vec<i64> = vec![0, 1, (limit - 1) as i64, (limit / 2) as i64, (limit / 3) as i64];
        x.extend(random(1, 20, limit));
        let length = |x: i64| 64 - x.leading_zeros();
        let top: Vec<i64> = x.iter().map(|&x| ((1u64 << length(x)) - 1) as i64).collect();
        let bottom: Vec<i64> =
            x.iter().map(|&x| if x == 0 { 0 } else { (limit - (1 << x.trailing_zeros())) as i64 }).collect();
        let hot: Vec<i64> = x.iter().map(|&x| if x == 0 { 0 } else { 1 << (length(x) - 1) }).collect();
        opens(&[top, bottom, hot].concat(), async |e| {
            let x = give(e, &x).await?;
            let bits = e.to_bits(&x, width).await?;
            let out = [
                prefix::prefix_or(e, &bits, prefix::From::Top).await?,
                prefix::prefix_or(e, &bits, prefix::From::Bottom).await?,
                prefix::one_hot_msb(e, &bits).await?,
            ];
            let out = e.to_ring(&e.concat(&out.each_ref())?).await?;
            e.open(&out).await
        });
    }
}

#[test]
fn maxima_of_several_vectors() {
    for k in [1, 2, 3, 5, 8] {
        let list: Vec<Vec<i64>> =
            (0..k).map(|j| vec![j, -j, 7, (j * 5) % 7 - 3, if j == 1 { TOP } else { -TOP }]).collect();
        let flags: Vec<Vec<i64>> = (0..k).map(|j| vec![1, j % 2, 0, i64::from(j == 2), 1]).collect();
        let at = |i: usize| list.iter().map(move |x| x[i]);
        let shown = |i: usize, best: fn(i64, i64) -> i64| {
            let valid = list.iter().zip(&flags).filter(|(_, f)| f[i] == 1).map(|(x, _)| x[i]);
            valid.reduce(best).map_or([0, 0], |x| [x, 1])
        };
        let mut expected: Vec<i64> = (0..5).map(|i| at(i).max().unwrap()).collect();
        expected.extend((0..5).map(|i| at(i).min().unwrap()));
        for best in [i64::max as fn(i64, i64) -> i64, i64::min] {
            expected.extend((0..5).map(|i| shown(i, best)[0]));
            expected.extend((0..5).map(|i| shown(i, best)[1]));
        }
        opens(&expected, async |e| {
            let (mut values, mut pairs) = (Vec::new(), Vec::new());
            for (x, f) in list.iter().zip(&flags) {
                let (x, f) = (give(e, x).await?, give(e, f).await?);
                values.push(x.clone());
                pairs.push((x, f));
            }
            let (high, low) = (reduce::max_over(e, &values).await?, reduce::min_over(e, &values).await?);
            let (most, some) = reduce::max_valid(e, &pairs).await?;
            let (least, any) = reduce::min_valid(e, &pairs).await?;
            open_all(e, &[high, low, most, some, least, any]).await
        });
    }
}
