//! Three halves (Rosulek and Roy, Crypto 2021, ePrint 2021/749): 1.5·128 + 5 bits are told of an AND. On the wire that of n ANDs is 3·n words of
//! 64 bits, G₁, G₂ and G₃ of one AND after the other, and then the bits, five of an AND, from the lowest bit of the first word on.

use jointly_math::garble::three_halves::{self, Table};

use crate::walk;

/// Who knows Δ.
pub type Garbler<'f> = walk::Garbler<'f, three_halves::Garbler>;
/// Who knows one label of every wire.
pub type Evaluator<'f> = walk::Evaluator<'f, three_halves::Evaluator>;
/// What a garbler tells, in full frames.
pub type Frames<'g, 'f> = walk::Frames<'g, 'f, three_halves::Garbler>;

/// The words of what is told of so many ANDs.
pub const fn words(ands: usize) -> usize {
    3 * ands + (5 * ands).div_ceil(64)
}

/// What is told, as it travels.
pub fn pack(tables: &[Table]) -> Vec<u64> {
    let mut packed = vec![0; words(tables.len())];
    let (halves, bits) = packed.split_at_mut(3 * tables.len());
    for (i, (halves, table)) in halves.as_chunks_mut::<3>().0.iter_mut().zip(tables).enumerate() {
        *halves = table.halves;
        let (word, shift) = (5 * i / 64, 5 * i % 64);
        bits[word] |= u64::from(table.bits) << shift;
        if shift > 59 {
            bits[word + 1] = u64::from(table.bits) >> (64 - shift);
        }
    }
    packed
}

/// What was told of so many ANDs, as it has travelled; nothing if there are bits behind the last AND's.
///
/// # Panics
/// If there are not [`words`] for as many.
pub fn unpack(packed: &[u64], ands: usize) -> Option<Vec<Table>> {
    assert_eq!(packed.len(), words(ands), "as many words as the ANDs take");
    let (halves, bits) = packed.split_at(3 * ands);
    let used = 5 * ands % 64;
    let rest = bits.last().map_or(0, |last| if used > 0 { last >> used } else { 0 });
    let table = |(i, halves): (usize, &[u64; 3])| {
        let (word, shift) = (5 * i / 64, 5 * i % 64);
        let next = bits.get(word + 1).copied().unwrap_or(0);
        let both = u128::from(next) << 64 | u128::from(bits[word]);
        Table { halves: *halves, bits: (both >> shift) as u8 & 31 }
    };
    (rest == 0).then(|| halves.as_chunks::<3>().0.iter().enumerate().map(table).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_travels_comes_back() {
        for n in [0usize, 1, 12, 13, 64, 65, 200] {
            let table =
                |i: usize| Table { halves: [i as u64, 7 * i as u64, !(i as u64)], bits: (i * i + 3) as u8 & 31 };
            let tables: Vec<Table> = (0..n).map(table).collect();
            let packed = pack(&tables);
            assert_eq!(packed.len(), (n * (192 + 5)).div_ceil(64));
            assert_eq!(unpack(&packed, n), Some(tables));
        }
    }

    #[test]
    fn bits_behind_the_last_are_refused() {
        for n in [1, 12, 13, 63] {
            let mut packed = pack(&vec![Table { halves: [9; 3], bits: 31 }; n]);
            *packed.last_mut().unwrap() |= 1 << 63;
            assert_eq!(unpack(&packed, n), None);
        }
    }

    /// 24.625 bytes an AND.
    #[test]
    fn a_frame_is_full() {
        assert_eq!(8 * words(walk::FRAME) * 1000, 24_625 * walk::FRAME);
    }
}
