//! Packed bits, plane by plane.
//!
//! A vector of n values of `width` bits is `width` planes, one after the other. Plane j holds bit j of every value, value
//! i at bit i mod 64 of word i / 64, so that a plane is [`words`]`(n)` words. The bits behind the last value are zero in
//! what this module writes and ignored in what it reads.

use std::mem::MaybeUninit;

use crate::{
    Block,
    simd::{WordPath, vectorised},
    transpose::{ROWS, TILES, Tile, rows128, transpose},
    uninit::filled,
};

/// Values that go through the tiles at a time.
const STEP: usize = 64 * TILES;

/// Words of a plane of `n` bits.
pub const fn words(n: usize) -> usize {
    n.div_ceil(64)
}

/// The low `width` bits of the values, as planes.
///
/// # Panics
/// If `width` exceeds 64.
pub fn to_planes(values: &[u64], width: usize) -> Vec<u64> {
    to_planes_on(WordPath::best(), values, width)
}

/// The `n` values of these planes.
///
/// # Panics
/// If `width` exceeds 64, or there are not `width` planes of `n` bits.
pub fn from_planes(planes: &[u64], n: usize, width: usize) -> Vec<u64> {
    from_planes_on(WordPath::best(), planes, n, width)
}

/// 128 planes of `n` bits as `n` blocks, plane j giving bit j: the transpose of OT extension.
///
/// # Panics
/// If there are not 128 planes of `n` bits.
pub fn transpose128(planes: &[u64], n: usize) -> Vec<Block> {
    transpose128_on(WordPath::best(), planes, n)
}

/// As [`transpose128`], appending the blocks to `out`.
///
/// # Panics
/// If there are not 128 planes of `n` bits.
pub fn transpose128_append(planes: &[u64], n: usize, out: &mut Vec<Block>) {
    let words = words(n);
    assert_eq!(planes.len(), 128 * words, "128 planes of {n} bits are 128 × {words} words");
    out.reserve(n);
    write_blocks(WordPath::best(), planes, words, &mut out.spare_capacity_mut()[..n]);
    // SAFETY: `write_blocks` has initialised the n blocks behind the ones that were there.
    unsafe { out.set_len(out.len() + n) };
}

/// The blocks as 128 planes: the inverse of [`transpose128`].
pub fn planes128(blocks: &[Block]) -> Vec<u64> {
    planes128_on(WordPath::best(), blocks)
}

/// Values of 0 and 1 as one plane.
pub fn pack(values: &[u64]) -> Vec<u64> {
    to_planes(values, 1)
}

/// The `n` bits of a plane as values of 0 and 1.
///
/// # Panics
/// If the plane is not of `n` bits.
pub fn unpack(plane: &[u64], n: usize) -> Vec<u64> {
    from_planes(plane, n, 1)
}

/// How many bits are 1, those behind the last value included.
pub fn popcount(plane: &[u64]) -> u64 {
    vectorised(|| plane.iter().map(|word| u64::from(word.count_ones())).sum())
}

/// Bit 0 of every block, as one plane.
pub fn low_bits(blocks: &[Block]) -> Vec<u64> {
    let word = |blocks: &[Block]| blocks.iter().rev().fold(0, |word, block| word << 1 | block.0[0] & 1);
    vectorised(|| blocks.chunks(64).map(word).collect())
}

/// Bit i of the result is bit `idx[i]` of the plane. Which memory is touched depends on `idx`.
///
/// # Panics
/// If an index lies behind the plane.
pub fn gather_bits(plane: &[u64], idx: &[u32]) -> Vec<u64> {
    let bit = |i: &u32| plane[*i as usize / 64] >> (i % 64) & 1;
    let word = |idx: &[u32]| idx.iter().rev().fold(0, |word, i| word << 1 | bit(i));
    idx.chunks(64).map(word).collect()
}

fn to_planes_on(path: WordPath, values: &[u64], width: usize) -> Vec<u64> {
    assert!(width <= 64, "a word has 64 bits, not {width}");
    let words = words(values.len());
    let mut tiles = [[0; 64]; TILES];
    let fill = |out: &mut [MaybeUninit<u64>]| {
        for (i, values) in values.chunks(STEP).enumerate() {
            let flat = tiles.as_flattened_mut();
            flat[..values.len()].copy_from_slice(values);
            flat[values.len()..].fill(0);
            transpose(path, &mut tiles, width);
            scatter_rows(&tiles, out, words, i * TILES);
        }
    };
    // SAFETY: the steps cover every word of a plane, and `scatter_rows` writes it in every plane.
    unsafe { filled(width * words, fill) }
}

fn from_planes_on(path: WordPath, planes: &[u64], n: usize, width: usize) -> Vec<u64> {
    assert!(width <= 64, "a word has 64 bits, not {width}");
    let words = words(n);
    assert_eq!(planes.len(), width * words, "{width} planes of {n} bits are {width} × {words} words");
    let mut tiles = [[0; 64]; TILES];
    let fill = |out: &mut [MaybeUninit<u64>]| {
        for (i, out) in out.chunks_mut(STEP).enumerate() {
            gather_rows(planes, words, i * TILES, &mut tiles);
            transpose(path, &mut tiles, 64);
            out.write_copy_of_slice(&tiles.as_flattened()[..out.len()]);
            tiles.iter_mut().for_each(|tile| tile[width..].fill(0));
        }
    };
    // SAFETY: every chunk of `out` is written.
    unsafe { filled(n, fill) }
}

fn transpose128_on(path: WordPath, planes: &[u64], n: usize) -> Vec<Block> {
    let words = words(n);
    assert_eq!(planes.len(), 128 * words, "128 planes of {n} bits are 128 × {words} words");
    // SAFETY: `write_blocks` writes every block.
    unsafe { filled(n, |out| write_blocks(path, planes, words, out)) }
}

/// Writes every block of `out` from 128 planes of so many words.
fn write_blocks(path: WordPath, planes: &[u64], words: usize, out: &mut [MaybeUninit<Block>]) {
    let mut whole = 0;
    for (i, out) in out.as_chunks_mut::<ROWS>().0.iter_mut().enumerate() {
        if !rows128(path, planes, words, 2 * i, out) {
            break;
        }
        whole = 2 * (i + 1);
    }
    let mut halves = [[[0; 64]; TILES]; 2];
    for (i, out) in out[64 * whole..].chunks_mut(STEP).enumerate() {
        for (tiles, planes) in halves.iter_mut().zip(planes.chunks(64 * words)) {
            gather_rows(planes, words, whole + i * TILES, tiles);
            transpose(path, tiles, 64);
        }
        let [low, high] = halves.each_ref().map(|tiles| tiles.as_flattened());
        for (out, (low, high)) in out.iter_mut().zip(low.iter().zip(high)) {
            out.write(Block([*low, *high]));
        }
    }
}

fn planes128_on(path: WordPath, blocks: &[Block]) -> Vec<u64> {
    let words = words(blocks.len());
    let mut tiles = [[0; 64]; TILES];
    let fill = |out: &mut [MaybeUninit<u64>]| {
        for (half, out) in out.chunks_mut((64 * words).max(1)).enumerate() {
            for (i, blocks) in blocks.chunks(STEP).enumerate() {
                let flat = tiles.as_flattened_mut();
                flat.iter_mut().zip(blocks).for_each(|(word, block)| *word = block.0[half]);
                flat[blocks.len()..].fill(0);
                transpose(path, &mut tiles, 64);
                scatter_rows(&tiles, out, words, i * TILES);
            }
        }
    };
    // SAFETY: the steps cover every word of a plane, and `scatter_rows` writes it in every plane of either half.
    unsafe { filled(128 * words, fill) }
}

/// Word `at + t` of plane j becomes row j of tile t; tiles behind the planes' end keep what they have.
fn gather_rows(planes: &[u64], words: usize, at: usize, tiles: &mut [Tile; TILES]) {
    for (j, plane) in planes.chunks_exact(words).enumerate() {
        for (tile, word) in tiles.iter_mut().zip(&plane[at..]) {
            tile[j] = *word;
        }
    }
}

/// Row j of tile t becomes word `at + t` of plane j, for as many planes as `out` has and as far as they reach.
fn scatter_rows(tiles: &[Tile; TILES], out: &mut [MaybeUninit<u64>], words: usize, at: usize) {
    for (j, plane) in out.chunks_exact_mut(words).enumerate() {
        for (word, tile) in plane[at..].iter_mut().zip(tiles) {
            word.write(tile[j]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Prg, Seed};

    const SIZES: [usize; 10] = [0, 1, 2, 63, 64, 65, 511, 512, 513, 1500];

    fn random(n: usize) -> Vec<u64> {
        Prg::new(Seed::random()).words(n)
    }

    #[test]
    fn planes_hold_the_bits_where_the_layout_says() {
        for path in WordPath::available() {
            for n in SIZES {
                let values = random(n);
                for width in [0, 1, 8, 9, 62, 64] {
                    let planes = to_planes_on(path, &values, width);
                    assert_eq!(planes.len(), width * words(n));
                    for j in 0..width {
                        let plane = &planes[j * words(n)..(j + 1) * words(n)];
                        for i in 0..64 * words(n) {
                            let expected = values.get(i).map_or(0, |value| value >> j & 1);
                            assert_eq!(
                                plane[i / 64] >> (i % 64) & 1,
                                expected,
                                "{path:?}, bit {j} of value {i} of {n}"
                            );
                        }
                    }
                    let mask = u64::MAX.checked_shr(64 - width as u32).unwrap_or(0);
                    let back: Vec<u64> = values.iter().map(|value| value & mask).collect();
                    assert_eq!(from_planes_on(path, &planes, n, width), back, "{path:?}");
                }
            }
        }
    }

    #[test]
    fn bits_behind_the_last_value_are_ignored() {
        assert_eq!(from_planes(&[u64::MAX, u64::MAX], 3, 2), [3, 3, 3]);
    }

    #[test]
    fn blocks_and_planes_are_transposes() {
        for path in WordPath::available() {
            for n in SIZES {
                let blocks = Prg::new(Seed::random()).blocks(n);
                let planes = planes128_on(path, &blocks);
                for (i, block) in blocks.iter().enumerate() {
                    for j in [0, 1, 63, 64, 100, 127] {
                        let bit = planes[j * words(n) + i / 64] >> (i % 64) & 1;
                        assert_eq!(bit, u64::from(block.bit(j).unwrap_u8()), "{path:?}");
                    }
                }
                let mut appended = vec![Block::ONES];
                transpose128_append(&planes, n, &mut appended);
                assert_eq!(
                    bytemuck::cast_slice::<Block, u64>(&appended[1..]),
                    bytemuck::cast_slice::<Block, u64>(&blocks)
                );
                let back = transpose128_on(path, &planes, n);
                assert_eq!(bytemuck::cast_slice::<Block, u64>(&back), bytemuck::cast_slice::<Block, u64>(&blocks));
            }
        }
    }

    #[test]
    fn packing_counting_and_gathering() {
        let bits: Vec<u64> = random(300).iter().map(|word| word & 1).collect();
        let plane = pack(&bits);
        assert_eq!(unpack(&plane, 300), bits);
        assert_eq!(popcount(&plane), bits.iter().sum::<u64>());
        let idx: Vec<u32> = (0..200).map(|i| i * 7 % 300).collect();
        let gathered: Vec<u64> = idx.iter().map(|&i| bits[i as usize]).collect();
        assert_eq!(gather_bits(&plane, &idx), pack(&gathered));
        assert!(gather_bits(&plane, &[]).is_empty());
    }
}
