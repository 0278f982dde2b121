//! Permutations and sorts.

use jointly_core::Error;
use jointly_gadget::{Key, permute, sort};
use jointly_share::Secret;

use super::{give, open_all, opens, random};

#[test]
fn rows_move_to_their_places() {
    opens(&[30, 10, 40, 20, 3, 1, 4, 2], async |e| {
        let (x, place) = (give(e, &[10, 20, 30, 40]).await?, give(e, &[1, 3, 0, 2]).await?);
        let bits = e.public_bits(&[1, 2, 3, 4], 3)?;
        let moved = permute::apply(e, &place, &[&x, &bits]).await?;
        let bits = e.to_ring(&moved[1]).await?;
        open_all(e, &[moved[0].clone(), bits]).await
    });
}

#[test]
fn what_is_no_permutation_is_noticed() {
    for bad in [[0, 0, 1], [0, 1, 3], [-1, 0, 1]] {
        opens(&[], async |e| {
            let (x, place) = (give(e, &[1, 2, 3]).await?, give(e, &bad).await?);
            let out = permute::apply(e, &place, &[&x]).await;
            assert!(e.is_dry() || matches!(out, Err(Error::Misuse(_))));
            Ok(vec![])
        });
    }
}

#[test]
fn flagged_rows_come_first() {
    for n in [0, 1, 2, 5, 70] {
        for keep in [0, 1, n / 2, n, n + 3] {
            let flags = random(n as u64, n, 2);
            let values: Vec<i64> = (0..n as i64).collect();
            let mut order = values.clone();
            order.sort_by_key(|&i| 1 - flags[i as usize]);
            order.truncate(keep);
            let count: i64 = flags.iter().sum();
            let expected = [order.iter().map(|&i| flags[i as usize]).collect(), order.clone(), vec![count]].concat();
            opens(&expected, async |e| {
                let (x, f) = (give(e, &values).await?, give(e, &flags).await?);
                let (mut out, count) = permute::compact(e, &f, &[&x], keep).await?;
                out.push(count);
                open_all(e, &out).await
            });
        }
    }
}

#[test]
fn packed_rows_go_home() {
    let values = random(4, 50, 1000);
    opens(&values, async |e| {
        let x = give(e, &values).await?;
        let f = give(e, &random(5, 50, 2)).await?;
        let places = e.public(&(0..50).collect::<Vec<_>>())?;
        let (packed, _) = permute::compact(e, &f, &[&places, &x], 50).await?;
        let back = permute::expand_back(e, &packed[1], &[&packed[2]]).await?;
        e.open(&back[0]).await
    });
}

/// Sorts (key, place) and opens the places.
fn sorts(keys: &[i64], bits: u32, signed: bool, descending: bool) {
    let mut order: Vec<i64> = (0..keys.len() as i64).collect();
    match descending {
        true => order.sort_by_key(|&i| std::cmp::Reverse(keys[i as usize])),
        false => order.sort_by_key(|&i| keys[i as usize]),
    }
    opens(&order, async |e| {
        let x = give(e, keys).await?;
        let place = e.public(&(0..keys.len() as i64).collect::<Vec<_>>())?;
        let out = sort(e, &[Key { column: &x, bits, signed, descending }], &[&place]).await?;
        e.open(&out[0]).await
    });
}

#[test]
fn keys_of_every_kind_sort_stably() {
    for n in [0, 1, 2, 3, 64, 65, 200] {
        for (bits, signed) in
            [(1, false), (2, false), (3, false), (7, true), (13, false), (62, true), (62, false), (1, true)]
        {
            let limit = 1u64 << bits;
            let shift = if signed { (limit / 2) as i64 } else { 0 };
            let mut keys: Vec<i64> = random(n as u64 + 1, n, limit).iter().map(|x| x - shift).collect();
            let last = [(limit - 1) as i64 - shift, -shift, (limit - 1) as i64 - shift];
            keys.iter_mut().zip(last).for_each(|(k, x)| *k = x);
            sorts(&keys, bits, signed, n % 2 == 1);
        }
    }
}

#[test]
fn ties_keep_their_order() {
    sorts(&[1; 100], 4, false, false);
    sorts(&[1; 100], 4, false, true);
    sorts(&random(3, 300, 5), 3, false, true);
}

#[test]
fn several_keys_and_columns_of_both_domains() {
    let n = 120;
    let (a, b, c) = (random(1, n, 4), random(2, n, 9), random(3, n, 1 << 62));
    let b: Vec<i64> = b.iter().map(|b| b - 4).collect();
    let wide: Vec<u64> = c.iter().zip(&a).map(|(&c, &a)| (c as u64) << 2 | a as u64).collect();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by_key(|&i| (a[i], std::cmp::Reverse(b[i]), wide[i]));
    let mut expected: Vec<i64> = order.iter().map(|&i| b[i]).collect();
    expected.extend(order.iter().map(|&i| (wide[i] >> 32) as i64));
    opens(&expected, async |e| {
        let (a, b) = (give(e, &a).await?, give(e, &b).await?);
        let wide = e.public_bits(&wide, 64)?;
        let keys = [
            Key::unsigned(&a, 2),
            Key { column: &b, bits: 4, signed: true, descending: true },
            Key::unsigned(&wide, 64),
        ];
        let out: Vec<Secret> = sort(e, &keys, &[&b, &wide]).await?;
        let high = e.to_ring(&e.planes(&out[1], 32..64)?).await?;
        open_all(e, &[out[0].clone(), high]).await
    });
}

#[test]
fn no_keys_and_wrong_keys() {
    opens(&[3, 1, 2], async |e| {
        let x = give(e, &[3, 1, 2]).await?;
        let bits = e.to_bits(&x, 5).await?;
        for (column, width) in [(&x, 0), (&x, 63), (&bits, 4)] {
            assert!(matches!(sort(e, &[Key::unsigned(column, width)], &[&x]).await, Err(Error::Misuse(_))));
        }
        let out = sort(e, &[], &[&x]).await?;
        e.open(&out[0]).await
    });
}
