//! Circuits ready for use.

pub mod aes;
pub mod bench;
pub mod float;
pub mod sha256;

use crate::{Builder, Circuit, Wire, Word};

/// A circuit of the library.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Its name.
    pub name: &'static str,
    /// Makes it.
    pub circuit: fn() -> Circuit,
}

/// Circuits of every kind that the library has, for tests that run each of them: arithmetic of 64-bit words, doubles, AES-128, SHA-256.
pub const ALL: &[Entry] = &[
    Entry { name: "add", circuit: || two_words(|b, x, y| b.add(x, y)) },
    Entry { name: "sub", circuit: || two_words(|b, x, y| b.sub(x, y)) },
    Entry { name: "neg", circuit: || one_word(|b, x| b.neg(x)) },
    Entry { name: "abs", circuit: || one_word(|b, x| b.abs(x)) },
    Entry { name: "mul", circuit: || two_words(|b, x, y| b.mul(x, y)) },
    Entry { name: "mul-wide", circuit: || two_words(|b, x, y| b.mul_wide(x, y)) },
    Entry { name: "mul-wide-signed", circuit: || two_words(|b, x, y| b.mul_wide_signed(x, y)) },
    Entry { name: "div", circuit: || two_words(|b, x, y| b.div_rem(x, y).0) },
    Entry { name: "rem", circuit: || two_words(|b, x, y| b.div_rem(x, y).1) },
    Entry { name: "div-signed", circuit: || two_words(|b, x, y| b.div_rem_signed(x, y).0) },
    Entry { name: "rem-signed", circuit: || two_words(|b, x, y| b.div_rem_signed(x, y).1) },
    Entry { name: "sqrt", circuit: || one_word(|b, x| b.sqrt(x).0) },
    Entry { name: "eq", circuit: || two_words(|b, x, y| vec![b.eq(x, y)]) },
    Entry { name: "lt", circuit: || two_words(|b, x, y| vec![b.lt(x, y)]) },
    Entry { name: "lt-signed", circuit: || two_words(|b, x, y| vec![b.lt_signed(x, y)]) },
    Entry { name: "min", circuit: || two_words(|b, x, y| b.min(x, y)) },
    Entry { name: "max-signed", circuit: || two_words(|b, x, y| b.max_signed(x, y)) },
    Entry { name: "select", circuit: || make(&[1, 64, 64], |b, x| vec![b.select(x[0][0], &x[1], &x[2])]) },
    Entry { name: "shl", circuit: || make(&[64, 8], |b, x| vec![b.shl(&x[0], &x[1])]) },
    Entry { name: "shr", circuit: || make(&[64, 8], |b, x| vec![b.shr(&x[0], &x[1])]) },
    Entry { name: "shr-signed", circuit: || make(&[64, 8], |b, x| vec![b.shr_signed(&x[0], &x[1])]) },
    Entry { name: "rotl", circuit: || make(&[64, 6], |b, x| vec![b.rotl(&x[0], &x[1])]) },
    Entry { name: "popcount", circuit: || one_word(|b, x| b.popcount(x)) },
    Entry { name: "leading-zeros", circuit: || one_word(|b, x| b.leading_zeros(x)) },
    Entry { name: "sort", circuit: || sort(16, 32) },
    Entry { name: "f64-add", circuit: || two_words(float::add) },
    Entry { name: "f64-sub", circuit: || two_words(float::sub) },
    Entry { name: "f64-mul", circuit: || two_words(float::mul) },
    Entry { name: "f64-div", circuit: || two_words(float::div) },
    Entry { name: "f64-sqrt", circuit: || one_word(float::sqrt) },
    Entry { name: "f64-eq", circuit: || two_words(|b, x, y| vec![float::eq(b, x, y)]) },
    Entry { name: "f64-lt", circuit: || two_words(|b, x, y| vec![float::lt(b, x, y)]) },
    Entry { name: "f64-le", circuit: || two_words(|b, x, y| vec![float::le(b, x, y)]) },
    Entry { name: "f64-from-i64", circuit: || one_word(float::from_i64) },
    Entry { name: "f64-from-u64", circuit: || one_word(float::from_u64) },
    Entry { name: "f64-to-i64", circuit: || one_word(float::to_i64) },
    Entry { name: "aes-128", circuit: || aes128(aes::Sbox::Small) },
    Entry { name: "aes-128-shallow", circuit: || aes128(aes::Sbox::Shallow) },
    Entry { name: "sha-256", circuit: || sha256(16) },
];

/// AES-128 of a key and a block, each of 16 bytes as [`Bits::from_bytes`](crate::Bits::from_bytes) takes them.
pub fn aes128(sbox: aes::Sbox) -> Circuit {
    make(&[128, 128], |b, x| vec![aes::encrypt(b, sbox, &x[0], &x[1])])
}

/// SHA-256 of a message of `bytes` bytes, padding included; message and hash as [`Bits::from_bytes`](crate::Bits::from_bytes) takes them.
///
/// # Panics
/// If `bytes` is 0, since a circuit needs an input.
pub fn sha256(bytes: u32) -> Circuit {
    assert!(bytes > 0, "a message of at least one byte");
    make(&[8 * bytes], |b, x| vec![sha256::hash(b, &x[0])])
}

/// The compression function of SHA-256: the state, eight words from `a` on, and the block, sixteen words, to the next state. A
/// word has its lowest bit first.
pub fn sha256_compression() -> Circuit {
    make(&[256, 512], |b, x| {
        let state = std::array::from_fn(|i| x[0][32 * i..32 * i + 32].to_vec());
        let block = std::array::from_fn(|i| x[1][32 * i..32 * i + 32].to_vec());
        vec![sha256::compress(b, &state, &block).concat()]
    })
}

/// `rows` numbers of `width` bits from 0 on, the smallest first.
///
/// # Panics
/// If there are none.
pub fn sort(rows: usize, width: u32) -> Circuit {
    make(&vec![width; rows], |b, x| {
        let mut rows = x.to_vec();
        b.sort(&mut rows, width as usize);
        rows
    })
}

fn one_word(output: impl FnOnce(&mut Builder, &[Wire]) -> Word) -> Circuit {
    make(&[64], |b, x| vec![output(b, &x[0])])
}

fn two_words(output: impl FnOnce(&mut Builder, &[Wire], &[Wire]) -> Word) -> Circuit {
    make(&[64, 64], |b, x| vec![output(b, &x[0], &x[1])])
}

/// A circuit with inputs of these widths.
fn make(widths: &[u32], outputs: impl FnOnce(&mut Builder, &[Word]) -> Vec<Word>) -> Circuit {
    let mut b = Builder::new();
    let inputs: Vec<Word> = widths.iter().map(|width| b.input(*width)).collect();
    let outputs = outputs(&mut b, &inputs);
    b.finish(&outputs).expect("the library's circuits have inputs and few gates")
}
