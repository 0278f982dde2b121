//! BLAKE3 of many short messages at a time, in the lanes of wide registers.

use crate::{Block, simd::vectorised};

/// Messages side by side: as many as a 256-bit register has words.
const LANES: usize = 8;

/// A word of each of the messages.
type Lanes = [u32; LANES];

/// The first half of BLAKE3's keyed hash of each message of `N` ≤ 64 bytes, as a block: a random oracle for each key.
///
/// # Panics
/// If `N` exceeds 64, or there are not as many outputs as messages.
pub fn hash_each<const N: usize>(key: &[u8; 32], messages: &[[u8; N]], out: &mut [Block]) {
    assert!(N <= 64, "a message of one block");
    assert_eq!(messages.len(), out.len(), "as many hashes as messages");
    let key: [u32; 8] = std::array::from_fn(|i| word(key, i));
    vectorised(
        #[inline(always)]
        || {
            for (messages, out) in messages.chunks(LANES).zip(out.chunks_mut(LANES)) {
                let mut padded = [[0; 64]; LANES];
                padded.iter_mut().zip(messages).for_each(|(padded, message)| padded[..N].copy_from_slice(message));
                put(compress(&key, &transposed(&padded), [N as u32; LANES]), out);
            }
        },
    );
}

/// As [`hash_each`], for messages of different lengths: the first `lengths[i]` bytes of `messages[i]`, which is 0 beyond them.
///
/// # Panics
/// If a length exceeds 64, or there are not as many lengths and outputs as messages.
pub fn hash_short(key: &[u8; 32], messages: &[[u8; 64]], lengths: &[u8], out: &mut [Block]) {
    assert!(lengths.iter().all(|length| *length <= 64), "messages of one block");
    assert_eq!((messages.len(), messages.len()), (lengths.len(), out.len()), "as many hashes as messages");
    let key: [u32; 8] = std::array::from_fn(|i| word(key, i));
    vectorised(
        #[inline(always)]
        || {
            let messages = messages.chunks(LANES).zip(lengths.chunks(LANES));
            for ((messages, lengths), out) in messages.zip(out.chunks_mut(LANES)) {
                let mut padded = [[0; 64]; LANES];
                padded[..messages.len()].copy_from_slice(messages);
                let mut each = [0; LANES];
                each.iter_mut().zip(lengths).for_each(|(each, length)| *each = u32::from(*length));
                put(compress(&key, &transposed(&padded), each), out);
            }
        },
    );
}

/// Word by word, those of all messages.
#[inline(always)]
fn transposed(messages: &[[u8; 64]; LANES]) -> [Lanes; 16] {
    let mut block = [[0; LANES]; 16];
    for (lane, message) in messages.iter().enumerate() {
        block.iter_mut().enumerate().for_each(|(i, words)| words[lane] = word(message, i));
    }
    block
}

/// The first four words of each hash, as a block.
#[inline(always)]
fn put(hashes: [Lanes; 4], out: &mut [Block]) {
    for (lane, out) in out.iter_mut().enumerate() {
        let two = |i: usize| u64::from(hashes[i][lane]) | u64::from(hashes[i + 1][lane]) << 32;
        *out = Block([two(0), two(2)]);
    }
}

fn word(bytes: &[u8], i: usize) -> u32 {
    bytes[4 * i..].first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

const IV: [u32; 4] = [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a];

/// First and last block of the only chunk, which is the root, of a keyed hash.
const FLAGS: u32 = 1 | 2 | 8 | 16;

/// Where the words of a message come from in each round.
const SCHEDULE: [[usize; 16]; 7] = {
    const PERMUTATION: [usize; 16] = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8];
    let mut rounds = [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]; 7];
    let mut round = 1;
    while round < 7 {
        let mut i = 0;
        while i < 16 {
            rounds[round][i] = rounds[round - 1][PERMUTATION[i]];
            i += 1;
        }
        round += 1;
    }
    rounds
};

/// The compression function (BLAKE3 §2.2), its output's first four words.
#[inline(always)]
fn compress(key: &[u32; 8], block: &[Lanes; 16], lengths: Lanes) -> [Lanes; 4] {
    let mut v = [[0; LANES]; 16];
    for (v, word) in v.iter_mut().zip(key.iter().chain(&IV).chain(&[0, 0, 0, FLAGS])) {
        *v = [*word; LANES];
    }
    v[14] = lengths;
    for s in &SCHEDULE {
        mix(&mut v, [0, 4, 8, 12], &block[s[0]], &block[s[1]]);
        mix(&mut v, [1, 5, 9, 13], &block[s[2]], &block[s[3]]);
        mix(&mut v, [2, 6, 10, 14], &block[s[4]], &block[s[5]]);
        mix(&mut v, [3, 7, 11, 15], &block[s[6]], &block[s[7]]);
        mix(&mut v, [0, 5, 10, 15], &block[s[8]], &block[s[9]]);
        mix(&mut v, [1, 6, 11, 12], &block[s[10]], &block[s[11]]);
        mix(&mut v, [2, 7, 8, 13], &block[s[12]], &block[s[13]]);
        mix(&mut v, [3, 4, 9, 14], &block[s[14]], &block[s[15]]);
    }
    std::array::from_fn(|i| xor(v[i], v[i + 8]))
}

#[inline(always)]
fn mix(v: &mut [Lanes; 16], [a, b, c, d]: [usize; 4], x: &Lanes, y: &Lanes) {
    v[a] = add(add(v[a], v[b]), *x);
    v[d] = rotate::<16>(xor(v[d], v[a]));
    v[c] = add(v[c], v[d]);
    v[b] = rotate::<12>(xor(v[b], v[c]));
    v[a] = add(add(v[a], v[b]), *y);
    v[d] = rotate::<8>(xor(v[d], v[a]));
    v[c] = add(v[c], v[d]);
    v[b] = rotate::<7>(xor(v[b], v[c]));
}

#[inline(always)]
fn add(mut x: Lanes, y: Lanes) -> Lanes {
    for i in 0..LANES {
        x[i] = x[i].wrapping_add(y[i]);
    }
    x
}

#[inline(always)]
fn xor(mut x: Lanes, y: Lanes) -> Lanes {
    for i in 0..LANES {
        x[i] ^= y[i];
    }
    x
}

#[inline(always)]
fn rotate<const BY: u32>(mut x: Lanes) -> Lanes {
    for x in &mut x {
        *x = x.rotate_right(BY);
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check<const N: usize>() {
        let key = std::array::from_fn(|i| 7 * i as u8);
        for n in [0, 1, 7, 8, 9, 40] {
            let messages: Vec<[u8; N]> = (0..n).map(|m| std::array::from_fn(|i| (i * 3 + m * 5) as u8)).collect();
            let mut out = vec![Block::ZERO; n];
            hash_each(&key, &messages, &mut out);
            for (message, out) in messages.iter().zip(out) {
                assert_eq!(out.to_bytes(), blake3::keyed_hash(&key, message).as_bytes()[..16]);
            }
        }
    }

    #[test]
    fn short_ones_are_keyed_hashes() {
        let key = std::array::from_fn(|i| 7 * i as u8);
        for n in [0, 1, 8, 65] {
            let lengths: Vec<u8> = (0..n).map(|m| (64 - m % 65) as u8).collect();
            let message = |length: &u8| std::array::from_fn(|i| if i < usize::from(*length) { i as u8 | 1 } else { 0 });
            let messages: Vec<[u8; 64]> = lengths.iter().map(message).collect();
            let mut out = vec![Block::ZERO; n];
            hash_short(&key, &messages, &lengths, &mut out);
            for ((message, length), out) in messages.iter().zip(&lengths).zip(out) {
                let hash = blake3::keyed_hash(&key, &message[..usize::from(*length)]);
                assert_eq!(out.to_bytes(), hash.as_bytes()[..16]);
            }
        }
    }

    #[test]
    fn each_is_the_keyed_hash() {
        check::<0>();
        check::<1>();
        check::<16>();
        check::<32>();
        check::<63>();
        check::<64>();
    }
}
