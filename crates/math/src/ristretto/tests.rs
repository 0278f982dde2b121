use curve25519_dalek::{
    constants::RISTRETTO_BASEPOINT_COMPRESSED,
    ristretto::{CompressedRistretto, RistrettoPoint},
    scalar::Scalar,
};

use super::{Bytes, Lanes};
use crate::{Prg, Seed};

fn random<const N: usize>(prg: &mut Prg) -> [u8; N] {
    let mut bytes = [0; N];
    prg.fill_bytes(&mut bytes);
    bytes
}

/// The ends of the range, sparse and dense ones, and random ones.
fn exponents(prg: &mut Prg, n: usize) -> Vec<Scalar> {
    let eights = Scalar::from_bytes_mod_order([0x88; 32]);
    let sevens = Scalar::from_bytes_mod_order([0x77; 32]);
    let edges = [Scalar::ONE, -Scalar::ONE, Scalar::from(8u8), Scalar::from(1u64 << 60), eights, sevens, Scalar::ZERO];
    let more = std::iter::repeat_with(|| Scalar::from_bytes_mod_order_wide(&random(prg)));
    edges.into_iter().chain(more).take(n).collect()
}

#[test]
fn products_are_those_of_the_scalar_code() {
    let Some(lanes) = Lanes::here() else { return };
    let mut prg = Prg::new(Seed::random());
    for n in [0, 1, 7, 8, 9, 17, 200] {
        let uniform: Vec<[u8; 64]> = (0..n).map(|_| random(&mut prg)).collect();
        let points: Vec<RistrettoPoint> = uniform.iter().map(RistrettoPoint::from_uniform_bytes).collect();
        let encodings: Vec<Bytes> = points.iter().map(|point| point.compress().to_bytes()).collect();
        assert!(lanes.valid(&encodings));
        let exponents = exponents(&mut prg, n);
        let want: Vec<Bytes> = points.iter().zip(&exponents).map(|(p, k)| (k * p).compress().to_bytes()).collect();
        assert!(lanes.multiply(|i| exponents[i].as_bytes(), &encodings) == want);
        assert!(lanes.multiply_mapped(|i| exponents[i].as_bytes(), &uniform) == want);
    }
}

/// RFC 9496 §4.3.4 masks the top bit and takes strings above the modulus.
#[test]
fn the_map_takes_every_string() {
    let Some(lanes) = Lanes::here() else { return };
    let halves: [Bytes; 7] = [
        [0; 32],
        [0xff; 32],
        std::array::from_fn(|i| u8::from(i == 0)),
        std::array::from_fn(|i| if i == 0 { 0xed } else { 0xff }),
        std::array::from_fn(|i| [0xec, 0xff, 0x7f][usize::from(i > 0) + usize::from(i == 31)]),
        std::array::from_fn(|i| [0xee, 0xff, 0x7f][usize::from(i > 0) + usize::from(i == 31)]),
        std::array::from_fn(|i| if i == 31 { 0x80 } else { 0 }),
    ];
    let mut uniform = Vec::new();
    for a in halves {
        uniform.extend(halves.map(|b| std::array::from_fn(|i| if i < 32 { a[i] } else { b[i - 32] })));
    }
    let one = Scalar::ONE;
    let want: Vec<Bytes> =
        uniform.iter().map(|bytes| RistrettoPoint::from_uniform_bytes(bytes).compress().to_bytes()).collect();
    assert!(lanes.multiply_mapped(|_| one.as_bytes(), &uniform) == want);
}

/// Every string is judged as by the scalar code, wherever among the eight it stands.
#[test]
fn what_is_no_encoding_is_refused() {
    let Some(lanes) = Lanes::here() else { return };
    let good = RISTRETTO_BASEPOINT_COMPRESSED.to_bytes();
    let mut prg = Prg::new(Seed::random());
    let small = |i: u8| std::array::from_fn(|j| if j == 0 { i } else { 0 });
    let near = |i: u8| std::array::from_fn(|j| [i, 0xff, 0x7f][usize::from(j > 0) + usize::from(j == 31)]);
    let negated = std::array::from_fn(|i| if i == 31 { good[31] | 0x80 } else { good[i] });
    let strings = (0..=255).map(small).chain((0..=255).map(near)).chain([negated, [0xff; 32]]);
    let strings: Vec<Bytes> = strings.chain((0..300).map(|_| random(&mut prg))).collect();
    let mut refused = 0;
    for (i, string) in strings.iter().enumerate() {
        let valid = *string != [0; 32] && CompressedRistretto(*string).decompress().is_some();
        refused += usize::from(!valid);
        let mut eight = [good; 8];
        eight[i % 8] = *string;
        assert_eq!(lanes.valid(&eight), valid, "{string:02x?}");
        assert_eq!(lanes.valid(std::slice::from_ref(string)), valid, "{string:02x?}");
    }
    assert!(refused > 500 && refused < strings.len());
}
