//! From bytes to points and back, eight at a time: RFC 9496 §4.2 and §4.3, step by step and with its names.

use super::{
    curve::{D, Point},
    field::{Field, Mask},
};

/// §4.1.
const SQRT_M1: [u64; 5] = [0x61b274a0ea0b0, 0x0d5a5fc8f189d, 0x7ef5e9cbd0c60, 0x78595a6804c9e, 0x2b8324804fc1d];
const INVSQRT_A_MINUS_D: [u64; 5] =
    [0x0fdaa805d40ea, 0x2eb482e57d339, 0x007610274bc58, 0x6510b613dc8ff, 0x786c8905cfaff];
const ONE_MINUS_D_SQ: [u64; 5] = [0x409c1945fc176, 0x719abc6a1fc4f, 0x1c37f90b20684, 0x06bccca55eedf, 0x029072a8b2b3e];
const D_MINUS_ONE_SQ: [u64; 5] = [0x55aaa44ed4d20, 0x59603c3332635, 0x26d3baf4a7928, 0x120a66e6997a9, 0x5968b37af66c2];
const SQRT_AD_MINUS_ONE: [u64; 5] =
    [0x7f6a0497b2e1b, 0x1836f0a97afd2, 0x7d747f6be7638, 0x456079e7e6498, 0x376931bf2b834];
const ONE: [u64; 5] = [1, 0, 0, 0, 0];

/// §4.2, SQRT_RATIO_M1: a root of u/v, or of it times √−1 where it has none, and where it has one.
#[target_feature(enable = "avx512f,avx512ifma")]
fn sqrt_ratio_m1(u: Field, v: Field) -> (Mask, Field) {
    let sqrt_m1 = Field::all(SQRT_M1);
    let v3 = v.square().mul(v);
    let v7 = v3.square().mul(v);
    let r = u.mul(v3).mul(u.mul(v7).root_power());
    let check = v.mul(r.square());
    let minus_u = u.neg();
    let correct_sign_sqrt = check.equals(u);
    let flipped_sign_sqrt = check.equals(minus_u);
    let flipped_sign_sqrt_i = check.equals(minus_u.mul(sqrt_m1));
    let r = r.or(flipped_sign_sqrt | flipped_sign_sqrt_i, r.mul(sqrt_m1)).abs();
    (correct_sign_sqrt | flipped_sign_sqrt, r)
}

/// §4.3.1, Decode, of strings that are canonical and not negative; and which of them are encodings.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn decode(s: Field) -> (Mask, Point) {
    let one = Field::all(ONE);
    let ss = s.square();
    let (u1, u2) = (one.sub(ss), one.add(ss));
    let u2_sqr = u2.square();
    let v = Field::all(D).mul(u1.square()).neg().sub(u2_sqr);
    let (was_square, invsqrt) = sqrt_ratio_m1(one, v.mul(u2_sqr));
    let den_x = invsqrt.mul(u2);
    let den_y = invsqrt.mul(den_x).mul(v);
    let x = s.add(s).mul(den_x).abs();
    let y = u1.mul(den_y);
    let t = x.mul(y);
    (was_square & !t.is_negative() & !y.is_zero(), Point { x, y, z: one, t })
}

/// §4.3.2, Encode.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn encode(Point { x: x0, y: y0, z: z0, t: t0 }: &Point) -> Field {
    let u1 = z0.add(*y0).mul(z0.sub(*y0));
    let u2 = x0.mul(*y0);
    let (_, invsqrt) = sqrt_ratio_m1(Field::all(ONE), u1.mul(u2.square()));
    let (den1, den2) = (invsqrt.mul(u1), invsqrt.mul(u2));
    let z_inv = den1.mul(den2).mul(*t0);
    let (ix0, iy0) = (x0.mul(Field::all(SQRT_M1)), y0.mul(Field::all(SQRT_M1)));
    let enchanted_denominator = den1.mul(Field::all(INVSQRT_A_MINUS_D));
    let rotate = t0.mul(z_inv).is_negative();
    let (x, y) = (x0.or(rotate, iy0), y0.or(rotate, ix0));
    let den_inv = den2.or(rotate, enchanted_denominator);
    let y = y.or(x.mul(z_inv).is_negative(), y.neg());
    den_inv.mul(z0.sub(y)).abs()
}

/// §4.3.4, MAP.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn map(t: Field) -> Point {
    let (one, d) = (Field::all(ONE), Field::all(D));
    let r = Field::all(SQRT_M1).mul(t.square());
    let u = r.add(one).mul(Field::all(ONE_MINUS_D_SQ));
    let v = one.neg().sub(r.mul(d)).mul(r.add(d));
    let (was_square, s) = sqrt_ratio_m1(u, v);
    let s_prime = s.mul(t).abs().neg();
    let s = s_prime.or(was_square, s);
    let c = r.or(was_square, one.neg());
    let n = c.mul(r.sub(one)).mul(Field::all(D_MINUS_ONE_SQ)).sub(v);
    let ss = s.square();
    let w0 = s.add(s).mul(v);
    let w1 = n.mul(Field::all(SQRT_AD_MINUS_ONE));
    let (w2, w3) = (one.sub(ss), one.add(ss));
    Point { x: w0.mul(w3), y: w2.mul(w1), z: w1.mul(w3), t: w0.mul(w2) }
}
