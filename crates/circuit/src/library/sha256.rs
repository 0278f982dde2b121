//! SHA-256 (FIPS 180-4).
//!
//! Words are kept with their lowest bit first. All terms of a sum are added in one go, column by column, where the round constants cost
//! less than half an addition; Ch and Maj are one AND a bit.

use crate::{
    Builder, Wire, Word,
    word::{constant, rotl, shr},
};

/// § 4.2.2.
const K: [u32; 64] = [
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
    0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
    0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
    0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
    0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
    0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
    0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
    0xc67178f2,
];

/// § 5.3.3.
const START: [u32; 8] =
    [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];

/// The words with which hashing begins.
pub fn start() -> [Word; 8] {
    START.map(|word| constant(word.into(), 32))
}

/// § 6.2.2: the state after one more block of 16 words.
///
/// # Panics
/// If the words have not 32 bits each.
pub fn compress(b: &mut Builder, state: &[Word; 8], block: &[Word; 16]) -> [Word; 8] {
    let mut schedule = block.to_vec();
    for t in 16..64 {
        let (s0, s1) = (sigma(b, &schedule[t - 15], 7, 18, 3), sigma(b, &schedule[t - 2], 17, 19, 10));
        schedule.push(b.sum(&[s1, schedule[t - 7].clone(), s0, schedule[t - 16].clone()], 32));
    }
    let mut v = state.clone();
    for (w, k) in schedule.into_iter().zip(K) {
        let s1 = rotations(b, &v[4], [6, 11, 25]);
        let ch: Word = (0..32).map(|i| b.choose(v[4][i], v[5][i], v[6][i])).collect();
        let s0 = rotations(b, &v[0], [2, 13, 22]);
        let maj: Word = (0..32).map(|i| b.full_adder(v[0][i], v[1][i], v[2][i]).1).collect();
        let t1 = b.sum(&[v[7].clone(), s1, ch, w, constant(k.into(), 32)], 32);
        let e = b.add(&v[3], &t1);
        let a = b.sum(&[t1, s0, maj], 32);
        let [a0, b0, c0, _, e0, f0, g0, _] = v;
        v = [a, a0, b0, c0, e, e0, f0, g0];
    }
    std::array::from_fn(|i| b.add(&state[i], &v[i]))
}

/// The hash of a message of whole bytes, whose length is public: 32 bytes. Within a byte the lowest bit comes first.
///
/// # Panics
/// If the last byte is not whole.
pub fn hash(b: &mut Builder, message: &[Wire]) -> Word {
    assert!(message.len().is_multiple_of(8), "a message of whole bytes");
    let mut padded = message.to_vec();
    // § 5.1.1: a bit 1, zeros up to 8 bytes before the end of a block, and how many bits there were.
    padded.extend(constant(0x80, 8));
    padded.resize((padded.len() + 64).next_multiple_of(512) - 64, Wire::ZERO);
    padded.extend((message.len() as u64).to_be_bytes().iter().flat_map(|byte| constant((*byte).into(), 8)));
    let mut state = start();
    for block in padded.chunks(512) {
        let words = std::array::from_fn(|i| swap_bytes(&block[32 * i..32 * i + 32]));
        state = compress(b, &state, &words);
    }
    state.iter().flat_map(|word| swap_bytes(word)).collect()
}

/// Words of big-endian bytes to words, and back.
fn swap_bytes(bits: &[Wire]) -> Word {
    bits.chunks(8).rev().flatten().copied().collect()
}

fn rotr(x: &[Wire], by: usize) -> Word {
    rotl(x, x.len() - by)
}

/// Σ0, Σ1.
fn rotations(b: &mut Builder, x: &[Wire], by: [usize; 3]) -> Word {
    let two = b.xors(&rotr(x, by[0]), &rotr(x, by[1]));
    b.xors(&two, &rotr(x, by[2]))
}

/// σ0, σ1.
fn sigma(b: &mut Builder, x: &[Wire], first: usize, second: usize, shift: usize) -> Word {
    let two = b.xors(&rotr(x, first), &rotr(x, second));
    b.xors(&two, &shr(x, shift, Wire::ZERO))
}
