use super::*;

/// Moduli of every length that has vectors, and of some that have none: odd, with digits of zeros and digits of ones.
fn moduli() -> Vec<Vec<u8>> {
    let odd = |bytes: usize| {
        let mut m = vec![0xff; bytes];
        m[bytes / 3..bytes / 2].fill(0);
        m
    };
    let ones = |bytes: usize| vec![0xff; bytes];
    [32, 256, 384, 512, 768].map(odd).into_iter().chain([128, 256, 384, 512, 768].map(ones)).collect()
}

fn random(modulus: &Modulus) -> Residue {
    let mut bytes = vec![0; modulus.bytes()];
    getrandom::fill(&mut bytes).unwrap();
    bytes[0] >>= 1;
    modulus.decode(&bytes).unwrap()
}

/// The same without vectors.
fn portable(bytes: &[u8]) -> Modulus {
    let mut modulus = Modulus::new(bytes).unwrap();
    modulus.fast = false;
    modulus
}

#[test]
fn every_path_computes_the_same_digits() {
    for bytes in moduli() {
        let (fast, slow) = (Modulus::new(&bytes).unwrap(), portable(&bytes));
        let mut edge = bytes.clone();
        *edge.last_mut().unwrap() -= 1;
        let edge = fast.decode(&edge).unwrap();
        let (mut a, mut b) = (random(&fast), edge.clone());
        for _ in 0..50 {
            let product = fast.mul(&a, &b);
            assert_eq!(product.digits(), slow.mul(&a, &b).digits());
            (a, b) = (fast.add(&product, &b), product);
        }
        let exponents: [[u8; 8]; 6] = [[0; 8], [255; 8], [1, 0, 0, 0, 0, 0, 0, 0], [3; 8], [128; 8], [77; 8]];
        let table = FixedBase::new(&fast, &edge, 61);
        let powers = [&fast, &slow].map(|m| table.powers(m, &exponents));
        for ((fast_power, slow_power), exponent) in powers[0].iter().zip(&powers[1]).zip(&exponents) {
            assert_eq!(fast_power.digits(), slow_power.digits());
            // 61 bits are 11 windows: 66 bits, all of these exponents' 64.
            let mut exponent = *exponent;
            exponent.reverse();
            assert_eq!(fast.encode(fast_power), fast.encode(&fast.pow(&edge, &exponent)));
        }
    }
}

#[test]
fn small_numbers_multiply_as_integers_do() {
    // 2^255 − 19: 2^255 = 19.
    let mut bytes = [0xff; 32];
    (bytes[0], bytes[31]) = (0x7f, 0xed);
    let modulus = Modulus::new(&bytes).unwrap();
    let number = |n: u64| {
        let mut bytes = [0; 32];
        bytes[24..].copy_from_slice(&n.to_be_bytes());
        modulus.decode(&bytes).unwrap()
    };
    let value = |r: &Residue| modulus.encode(r);
    assert_eq!(value(&modulus.mul(&number(1 << 40), &number(12_345))), value(&number(12_345 << 40)));
    assert_eq!(value(&modulus.vartime_pow(&number(2), &[255])), value(&number(19)));
    assert_eq!(value(&modulus.vartime_pow(&number(2), &[1, 0])), value(&number(38)));
    assert_eq!(value(&modulus.vartime_pow(&number(2), &[0])), value(&number(1)));
    assert_eq!(value(&modulus.pow(&number(2), &[0, 255])), value(&number(19)));
    assert_eq!(value(&modulus.add(&number(5), &number(6))), value(&number(11)));
    assert_eq!(value(modulus.one()), value(&number(1)));
    // Fermat.
    let mut exponent = bytes;
    exponent[31] -= 1;
    let any = random(&modulus);
    assert_eq!(value(&modulus.pow(&any, &exponent)), value(&number(1)));
    assert_eq!(value(&modulus.vartime_pow(&any, &exponent)), value(&number(1)));
    let plain = modulus.plain(&[7]).unwrap();
    assert_eq!(value(&modulus.mul(&modulus.mul(&plain, &modulus.square), &number(3))), value(&number(21)));
}

#[test]
fn what_is_no_modulus_or_residue_is_refused() {
    for refused in [&[][..], &[0], &[1], &[2], &[0, 0, 1], &[0xfe; 32], &[0xff; 780]] {
        assert!(Modulus::new(refused).is_none());
    }
    for bytes in moduli() {
        let modulus = Modulus::new(&bytes).unwrap();
        assert!(modulus.decode(&bytes).is_none());
        assert!(modulus.decode(&bytes[1..]).is_none());
        assert!(modulus.decode(&vec![0; bytes.len() + 1]).is_none());
        let mut largest = bytes.clone();
        *largest.last_mut().unwrap() -= 1;
        assert_eq!(modulus.encode(&modulus.decode(&largest).unwrap()), largest);
        assert!(modulus.decode(&vec![0xff; bytes.len()]).is_none());
    }
}
