//! Rows of packed bit planes: picked, cut out, put together. A plane of `n` bits has `words(n)` words; bits behind its end mean nothing.

use std::ops::Range;

use jointly_math::{Wiped, bits, ring};

/// From this width on, strings are picked as words: turning them there and back costs less than picking bit by bit.
const WIDE: usize = 6;

/// The strings at `places`, of `n` strings of `width` bits, which may be more than a word has.
pub(crate) fn gather(planes: &[u64], n: usize, width: usize, places: &[u32]) -> Vec<u64> {
    if width > 64 {
        let parts = planes.chunks(64 * bits::words(n).max(1)).enumerate();
        return parts.flat_map(|(i, part)| gather(part, n, (width - 64 * i).min(64), places)).collect();
    }
    if width < WIDE {
        let planes = planes.chunks_exact(bits::words(n).max(1));
        return planes.flat_map(|plane| bits::gather_bits(plane, places)).collect();
    }
    let rows = Wiped::new(bits::from_planes(planes, n, width));
    let picked = Wiped::new(ring::gather(&rows, places));
    bits::to_planes(&picked, width)
}

/// The strings in `range`, of `n`.
pub(crate) fn slice(planes: &[u64], n: usize, range: &Range<usize>) -> Vec<u64> {
    let (first, shift) = (range.start / 64, range.start % 64);
    let mut out = Vec::with_capacity(planes.len() / bits::words(n).max(1) * bits::words(range.len()));
    for plane in planes.chunks_exact(bits::words(n).max(1)) {
        let word = |i: usize| plane.get(i).copied().unwrap_or(0);
        let whole = |i: usize| word(i) >> shift | if shift > 0 { word(i + 1) << (64 - shift) } else { 0 };
        out.extend((first..first + bits::words(range.len())).map(whole));
        // What stood behind the range are other strings' bits, which whoever opens this must not see.
        if let Some(last) = out.last_mut().filter(|_| !range.len().is_multiple_of(64)) {
            *last &= (1 << (range.len() % 64)) - 1;
        }
    }
    out
}

/// The strings of several vectors of `lens` strings of `width` bits, one after the other.
pub(crate) fn concat(parts: &[&[u64]], lens: &[usize], width: usize) -> Vec<u64> {
    let all = bits::words(lens.iter().sum());
    let mut out = vec![0; width * all];
    for (j, plane) in out.chunks_exact_mut(all.max(1)).enumerate() {
        let mut at = 0;
        for (part, &len) in parts.iter().zip(lens) {
            let w = bits::words(len);
            append(&part[j * w..(j + 1) * w], len, plane, at);
            at += len;
        }
    }
    out
}

/// Puts `len` bits into `out` from bit `at` on, where it holds zeros.
fn append(part: &[u64], len: usize, out: &mut [u64], at: usize) {
    for (i, &word) in part.iter().enumerate() {
        let rest = (len - i * 64).min(64);
        let word = if rest < 64 { word & ((1 << rest) - 1) } else { word };
        let (to, shift) = ((at + i * 64) / 64, (at + i * 64) % 64);
        out[to] |= word << shift;
        if shift > 0 && to + 1 < out.len() {
            out[to + 1] |= word >> (64 - shift);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(n: usize, width: usize) -> Vec<u64> {
        (1..=n as u64).map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - width)).collect()
    }

    #[test]
    fn rows_are_picked_cut_and_joined() {
        for (n, width) in [(0, 1), (1, 64), (63, 5), (64, 6), (65, 7), (300, 64), (129, 1)] {
            let rows = strings(n, width);
            let planes = bits::to_planes(&rows, width);
            let back = |planes: &[u64], n: usize| bits::from_planes(planes, n, width);
            let places: Vec<u32> = (0..n as u32).rev().chain((0..n as u32).take(2)).collect();
            let picked: Vec<u64> = places.iter().map(|&i| rows[i as usize]).collect();
            assert_eq!(back(&gather(&planes, n, width, &places), places.len()), picked);
            for range in [0..n, 0..0, n / 3..n, n / 2..n / 2 + n / 4, n..n] {
                let cut = slice(&planes, n, &range);
                assert_eq!(back(&cut, range.len()), rows[range.clone()], "{n}, {range:?}");
                assert_eq!(cut, bits::to_planes(&rows[range.clone()], width), "nothing stands behind {range:?} of {n}");
            }
            let wide = [&planes[..], &planes, &planes].concat();
            let picked = gather(&planes, n, width, &places);
            assert_eq!(gather(&wide, n, 3 * width, &places), [&picked[..], &picked, &picked].concat());
            let joined = concat(&[&planes, &planes, &planes], &[n, n, n], width);
            assert_eq!(back(&joined, 3 * n), [&rows[..], &rows, &rows].concat());
        }
    }
}
