//! Every circuit of the library against plain Rust, by name, so that none can be added without its test.

use aes::cipher::{BlockCipherEncrypt, KeyInit};
use jointly_circuit::library::ALL;
use sha2::Digest;

use crate::clear::check;

fn float(x: f64) -> u128 {
    if x.is_nan() { 0x7ff8 << 48 } else { x.to_bits().into() }
}

fn aes(key: u128, block: u128) -> u128 {
    let mut block = block.to_le_bytes().into();
    aes::Aes128::new(&key.to_le_bytes().into()).encrypt_block(&mut block);
    u128::from_le_bytes(block.into())
}

/// What the circuit of that name gives.
fn plain(name: &str, v: &[u128]) -> Vec<u128> {
    let (x, y) = (v[0] as u64, v.get(1).map_or(0, |y| *y as u64));
    let (a, b) = (x as i64, y as i64);
    let (f, g) = (f64::from_bits(x), f64::from_bits(y));
    let word = |x: u64| u128::from(x);
    let signed = |x: i64| u128::from(x as u64);
    let by = y.min(255) as u32;
    let one = match name {
        "add" => word(x.wrapping_add(y)),
        "sub" => word(x.wrapping_sub(y)),
        "neg" => word(x.wrapping_neg()),
        "abs" => word(a.unsigned_abs()),
        "mul" => word(x.wrapping_mul(y)),
        "mul-wide" => v[0] * v[1],
        "mul-wide-signed" => (i128::from(a) * i128::from(b)) as u128,
        "div" => word(x.checked_div(y).unwrap_or(u64::MAX)),
        "rem" => word(x.checked_rem(y).unwrap_or(x)),
        "div-signed" if b == 0 => signed(if a < 0 { 1 } else { -1 }),
        "div-signed" => signed(a.wrapping_div(b)),
        "rem-signed" if b == 0 => signed(a),
        "rem-signed" => signed(a.wrapping_rem(b)),
        "sqrt" => word(x.isqrt()),
        "eq" => word((x == y).into()),
        "lt" => word((x < y).into()),
        "lt-signed" => word((a < b).into()),
        "min" => word(x.min(y)),
        "max-signed" => signed(a.max(b)),
        "select" => v[if v[0] == 1 { 1 } else { 2 }],
        "shl" => word(x.checked_shl(by).unwrap_or(0)),
        "shr" => word(x.checked_shr(by).unwrap_or(0)),
        "shr-signed" => signed(a >> by.min(63)),
        "rotl" => word(x.rotate_left(by)),
        "popcount" => x.count_ones().into(),
        "leading-zeros" => x.leading_zeros().into(),
        "f64-add" => float(f + g),
        "f64-sub" => float(f - g),
        "f64-mul" => float(f * g),
        "f64-div" => float(f / g),
        "f64-sqrt" => float(f.sqrt()),
        "f64-eq" => word((f == g).into()),
        "f64-lt" => word((f < g).into()),
        "f64-le" => word((f <= g).into()),
        "f64-from-i64" => float(a as f64),
        "f64-from-u64" => float(x as f64),
        "f64-to-i64" => signed(f as i64),
        "aes-128" | "aes-128-shallow" => aes(v[0], v[1]),
        "sort" => {
            let mut sorted = v.to_vec();
            sorted.sort();
            return sorted;
        }
        "sha-256" => {
            // The first half of the hash: `check` reads numbers of up to 128 bits.
            let hash = sha2::Sha256::digest(v[0].to_le_bytes());
            u128::from_le_bytes(hash[..16].try_into().unwrap())
        }
        _ => panic!("{name} has no counterpart here"),
    };
    vec![one]
}

#[test]
fn all_circuits_are_right() {
    for entry in ALL {
        println!("{} {:?}", entry.name, (entry.circuit)().stats());
        check(&(entry.circuit)(), |values| plain(entry.name, values));
    }
}
