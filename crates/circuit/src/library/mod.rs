//! Circuits ready for use.

pub mod aes;
pub mod bench;
pub mod float;
pub mod sha256;

use crate::{Builder, Circuit, Word};

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

/// The compression function of SHA-256: the state, eight words from `a` on, and the block, sixteen words, to the next state. A word has its
/// lowest bit first.
pub fn sha256_compression() -> Circuit {
    make(&[256, 512], |b, x| {
        let state = std::array::from_fn(|i| x[0][32 * i..32 * i + 32].to_vec());
        let block = std::array::from_fn(|i| x[1][32 * i..32 * i + 32].to_vec());
        vec![sha256::compress(b, &state, &block).concat()]
    })
}

/// A circuit with inputs of these widths.
fn make(widths: &[u32], outputs: impl FnOnce(&mut Builder, &[Word]) -> Vec<Word>) -> Circuit {
    let mut b = Builder::new();
    let inputs: Vec<Word> = widths.iter().map(|width| b.input(*width)).collect();
    let outputs = outputs(&mut b, &inputs);
    b.finish(&outputs).expect("the library's circuits have inputs and few gates")
}
