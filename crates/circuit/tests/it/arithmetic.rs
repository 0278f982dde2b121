//! Words against Rust's integers.

use jointly_circuit::{Wire, Word, word};

use crate::clear::{build, check};

fn low(value: u128, width: u32) -> u128 {
    value & u128::MAX >> (128 - width)
}

fn signed(value: u128, width: u32) -> i128 {
    (value as i128) << (128 - width) >> (128 - width)
}

#[test]
fn sums_and_differences() {
    for n in [1, 2, 7, 64, 128] {
        let circuit = build(&[n, n], |b, x| {
            let borrow = b.sub_borrow(&x[0], &x[1]).1;
            vec![b.add(&x[0], &x[1]), b.sub(&x[0], &x[1]), b.neg(&x[0]), b.abs(&x[0]), vec![borrow]]
        });
        check(&circuit, |v| {
            let abs = signed(v[0], n).unsigned_abs();
            vec![
                low(v[0].wrapping_add(v[1]), n),
                low(v[0].wrapping_sub(v[1]), n),
                low(v[0].wrapping_neg(), n),
                low(abs, n),
                u128::from(v[0] < v[1]),
            ]
        });
    }
}

#[test]
fn costs() {
    let ands = |widths: &[u32], make: fn(&mut jointly_circuit::Builder, &[Word]) -> Vec<Word>| {
        build(widths, make).stats().ands
    };
    assert_eq!(ands(&[64, 64], |b, x| vec![b.add(&x[0], &x[1])]), 63);
    assert_eq!(ands(&[64, 64], |b, x| vec![b.sub(&x[0], &x[1])]), 63);
    assert_eq!(ands(&[64], |b, x| vec![b.neg(&x[0])]), 62);
    assert_eq!(ands(&[64], |b, x| vec![b.abs(&x[0])]), 63);
    assert_eq!(ands(&[64, 64], |b, x| vec![vec![b.lt(&x[0], &x[1])]]), 64);
    assert_eq!(ands(&[64, 64], |b, x| vec![vec![b.lt_signed(&x[0], &x[1])]]), 64);
    assert_eq!(ands(&[64, 64], |b, x| vec![vec![b.eq(&x[0], &x[1])]]), 63);
    assert_eq!(ands(&[1, 64, 64], |b, x| vec![b.select(x[0][0], &x[1], &x[2])]), 64);
    assert_eq!(ands(&[64, 64], |b, x| vec![b.min(&x[0], &x[1])]), 128);
    assert!(ands(&[64], |b, x| vec![b.popcount(&x[0])]) < 64);
    for (name, ands) in [
        ("mul", ands(&[64, 64], |b, x| vec![b.mul(&x[0], &x[1])])),
        ("mul_wide", ands(&[64, 64], |b, x| vec![b.mul_wide(&x[0], &x[1])])),
        ("mul_wide 53", ands(&[53, 53], |b, x| vec![b.mul_wide(&x[0], &x[1])])),
        ("div", ands(&[64, 64], |b, x| vec![b.div_rem(&x[0], &x[1]).0])),
        ("div_rem", ands(&[64, 64], |b, x| <[Word; 2]>::from(b.div_rem(&x[0], &x[1])).to_vec())),
        ("div signed", ands(&[64, 64], |b, x| vec![b.div_rem_signed(&x[0], &x[1]).0])),
        ("sqrt", ands(&[64], |b, x| vec![b.sqrt(&x[0]).0])),
        ("popcount", ands(&[64], |b, x| vec![b.popcount(&x[0])])),
        ("leading", ands(&[64], |b, x| vec![b.leading_zeros(&x[0])])),
        ("shl", ands(&[64, 6], |b, x| vec![b.shl(&x[0], &x[1])])),
    ] {
        println!("{name} {ands}");
    }
}

#[test]
fn comparisons() {
    for n in [1, 5, 64, 128] {
        let circuit = build(&[n, n], |b, x| {
            let bits = vec![b.lt(&x[0], &x[1]), b.lt_signed(&x[0], &x[1]), b.eq(&x[0], &x[1])];
            let words = [b.min(&x[0], &x[1]), b.max(&x[0], &x[1])];
            let signed = [b.min_signed(&x[0], &x[1]), b.max_signed(&x[0], &x[1])];
            [vec![bits], words.to_vec(), signed.to_vec()].concat()
        });
        check(&circuit, |v| {
            let (a, b) = (signed(v[0], n), signed(v[1], n));
            vec![
                u128::from(v[0] < v[1]) | u128::from(a < b) << 1 | u128::from(v[0] == v[1]) << 2,
                v[0].min(v[1]),
                v[0].max(v[1]),
                low(a.min(b) as u128, n),
                low(a.max(b) as u128, n),
            ]
        });
    }
}

#[test]
fn products() {
    for n in [1, 2, 3, 8, 31, 63, 64] {
        let circuit =
            build(&[n, n], |b, x| vec![b.mul(&x[0], &x[1]), b.mul_wide(&x[0], &x[1]), b.mul_wide_signed(&x[0], &x[1])]);
        check(&circuit, |v| {
            let wide = signed(v[0], n).wrapping_mul(signed(v[1], n)) as u128;
            vec![low(v[0] * v[1], n), v[0] * v[1], low(wide, 2 * n)]
        });
    }
    let circuit = build(&[128, 128], |b, x| vec![b.mul(&x[0], &x[1])]);
    check(&circuit, |v| vec![v[0].wrapping_mul(v[1])]);
    let circuit = build(&[40, 13], |b, x| vec![b.mul_wide(&x[0], &x[1]), b.mul_wide_signed(&x[0], &x[1])]);
    check(&circuit, |v| vec![v[0] * v[1], low((signed(v[0], 40) * signed(v[1], 13)) as u128, 53)]);
}

#[test]
fn very_wide_products() {
    for n in [96, 128] {
        let circuit = build(&[n, n], |b, x| {
            let product = b.mul_wide(&x[0], &x[1]);
            vec![product[..128].to_vec(), product[128..].to_vec()]
        });
        check(&circuit, |v| {
            let (low, high) = full_product(v[0], v[1]);
            vec![low, high]
        });
    }
}

/// The low and the high half of a product, by limbs of 64 bits.
fn full_product(x: u128, y: u128) -> (u128, u128) {
    let limbs = |x: u128| (x & u128::from(u64::MAX), x >> 64);
    let ((a0, a1), (b0, b1)) = (limbs(x), limbs(y));
    let middle = limbs(a0 * b0).1 + limbs(a0 * b1).0 + limbs(a1 * b0).0;
    (x.wrapping_mul(y), a1 * b1 + limbs(a0 * b1).1 + limbs(a1 * b0).1 + limbs(middle).1)
}

#[test]
fn what_was_widened_costs_as_before() {
    let signed = build(&[16, 20], |b, x| {
        let (x, y) = (word::sign_extend(&x[0], 64), word::sign_extend(&x[1], 64));
        vec![b.mul(&x, &y), b.add(&x, &y), b.sub(&x, &y), vec![b.lt_signed(&x, &y)], b.neg(&x)]
    });
    check(&signed, |v| {
        let (x, y) = (self::signed(v[0], 16) as i64, self::signed(v[1], 20) as i64);
        let all = [x * y, x + y, x - y, (x < y).into(), -x];
        all.iter().map(|x| u128::from(*x as u64)).collect()
    });
    let unsigned = build(&[16, 20], |b, x| {
        let (x, y) = (word::zero_extend(&x[0], 64), word::zero_extend(&x[1], 64));
        vec![b.mul(&x, &y), b.add(&x, &y), b.sub(&x, &y), vec![b.lt(&x, &y)], vec![b.lt_signed(&x, &y)]]
    });
    check(&unsigned, |v| {
        let (x, y) = (v[0] as u64, v[1] as u64);
        let all = [x * y, x + y, x.wrapping_sub(y), (x < y).into(), (x < y).into()];
        all.iter().map(|x| u128::from(*x)).collect()
    });
    let short = build(&[16, 20], |b, x| vec![b.mul_wide(&x[0], &x[1])]).stats().ands;
    assert!(unsigned.stats().ands < short + 4 * 22 && signed.stats().ands < short + 2 * 36 + 4 * 22);
}

#[test]
fn products_with_constants_are_cheaper() {
    for c in [0, 1, 3, 10, 100, 0x5555_5555, 0xffff_fff0, 0xffff_ffff_u128] {
        let circuit = build(&[32], |b, x| {
            let c = word::constant(c, 32);
            vec![b.mul(&x[0], &c), b.mul_wide(&c, &x[0]), b.mul_wide_signed(&x[0], &c)]
        });
        check(&circuit, |v| vec![low(v[0] * c, 32), v[0] * c, low((signed(v[0], 32) * signed(c, 32)) as u128, 64)]);
    }
    let ten = build(&[32], |b, x| vec![b.mul(&x[0], &word::constant(10, 32))]);
    assert!(ten.stats().ands < 32);
}

#[test]
fn quotients() {
    for n in [1, 2, 3, 16, 64, 127] {
        let circuit = build(&[n, n], |b, x| {
            let ((q, r), (sq, sr)) = (b.div_rem(&x[0], &x[1]), b.div_rem_signed(&x[0], &x[1]));
            vec![q, r, sq, sr]
        });
        check(&circuit, |v| {
            let (a, b) = (signed(v[0], n), signed(v[1], n));
            match v[1] {
                0 => vec![low(u128::MAX, n), v[0], low(if a < 0 { 1 } else { u128::MAX }, n), v[0]],
                _ => vec![v[0] / v[1], v[0] % v[1], low((a / b) as u128, n), low((a % b) as u128, n)],
            }
        });
    }
}

#[test]
fn roots() {
    for n in [1, 2, 5, 16, 52, 64] {
        let circuit = build(&[n], |b, x| {
            let (root, exact) = b.sqrt(&x[0]);
            vec![root, vec![exact]]
        });
        check(&circuit, |v| vec![v[0].isqrt(), u128::from(v[0].isqrt() * v[0].isqrt() == v[0])]);
    }
}

#[test]
fn shifts() {
    let circuit = build(&[64, 8], |b, x| {
        let by = &x[1];
        vec![b.shl(&x[0], by), b.shr(&x[0], by), b.shr_signed(&x[0], by), b.rotl(&x[0], by)]
    });
    check(&circuit, |v| {
        let (x, by) = (v[0] as u64, v[1] as u32);
        vec![
            x.checked_shl(by).unwrap_or(0).into(),
            x.checked_shr(by).unwrap_or(0).into(),
            ((x as i64) >> by.min(63)) as u64 as u128,
            x.rotate_left(by).into(),
        ]
    });
}

#[test]
fn counts() {
    for n in [1, 2, 3, 53, 64, 100] {
        let circuit = build(&[n], |b, x| vec![b.popcount(&x[0]), b.leading_zeros(&x[0])]);
        check(&circuit, |v| vec![v[0].count_ones().into(), u128::from(v[0].leading_zeros() - (128 - n))]);
    }
}

#[test]
fn sorts_any_number_of_rows() {
    for rows in [1, 2, 3, 7, 12, 16] {
        let circuit = build(&vec![12; rows], |b, x| {
            let mut rows = x.to_vec();
            b.sort(&mut rows, 8);
            rows
        });
        // The payload is made of the key, so that equal keys do not matter.
        let instances: Vec<Vec<u128>> = (0..256u128)
            .map(|i| {
                (0..rows as u128).map(|j| (i * 37 + j * j * 101 + j * i) % 256).map(|k| k | (k % 16) << 8).collect()
            })
            .collect();
        for (values, sorted) in instances.iter().zip(crate::clear::run(&circuit, &instances)) {
            let mut expected = values.clone();
            expected.sort_by_key(|row| row % 256);
            assert_eq!(sorted, expected);
        }
    }
}

#[test]
fn what_is_known_folds_away() {
    let circuit = build(&[2], |b, x| {
        let (x, y) = (x[0][0], x[0][1]);
        let both = b.and(x, y);
        let sum = b.xor(x, y);
        vec![vec![
            b.xor(x, x),
            b.xor(!x, x),
            b.and(x, x),
            b.and(x, !x),
            b.and(Wire::ONE, y),
            b.and(!x, y),
            b.and(!y, !x),
            b.or(y, x),
            b.xor(sum, x),
            b.and(x, sum),
            b.and(both, !y),
            b.and(x, !both),
            b.and(y, both),
        ]]
    });
    assert_eq!(circuit.stats().ands, 1);
    check(&circuit, |v| {
        let (x, y) = (v[0] & 1, v[0] >> 1);
        let bits = [0, 1, x, 0, y, !x & y, !x & !y & 1, x | y, y, x & !y, 0, x & !y, x & y];
        vec![bits.iter().enumerate().map(|(i, bit)| bit << i).sum()]
    });
}
