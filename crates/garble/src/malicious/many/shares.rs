//! Bits that are shared among all parties, each party's share authenticated to every other (⟨x⟩ in WRK17).

use std::ops::Range;

use jointly_core::Party;
use jointly_math::{
    Block,
    bits::{gather_bits, words},
    ct::Choice,
};
use zeroize::Zeroize;

/// A row of shared bits x = ⊕ xⁱ, seen from party i: xⁱ; for each other party j a MAC M_j\[xⁱ\] = K_j\[xⁱ\] ⊕ xⁱ·Δ_j on it, whose key j has; and the
/// key K_i\[xʲ\] of the MAC that j has. Lists by party; at this party's own place they are empty.
pub struct Shares {
    /// xⁱ, packed.
    pub bits: Vec<u64>,
    /// M_j\[xⁱ\].
    pub macs: Vec<Vec<Block>>,
    /// K_i\[xʲ\].
    pub keys: Vec<Vec<Block>>,
    /// How many bits.
    pub len: usize,
}

impl Shares {
    /// No bits, among so many parties.
    pub fn none(parties: usize) -> Shares {
        Shares { bits: Vec::new(), macs: vec![Vec::new(); parties], keys: vec![Vec::new(); parties], len: 0 }
    }

    /// A copy of some of them.
    pub fn slice(&self, range: Range<usize>) -> Shares {
        let cut = |blocks: &Vec<Block>| blocks.get(range.clone()).map_or(Vec::new(), |blocks| blocks.to_vec());
        Shares {
            bits: cut_bits(&self.bits, range.clone()),
            macs: self.macs.iter().map(cut).collect(),
            keys: self.keys.iter().map(cut).collect(),
            len: range.len(),
        }
    }

    /// Keeps the first `len`.
    pub fn truncate(&mut self, len: usize) {
        self.bits = cut_bits(&self.bits, 0..len);
        self.macs.iter_mut().chain(&mut self.keys).for_each(|blocks| blocks.truncate(len));
        self.len = len;
    }

    /// Keeps the first `len`, and gives the others.
    pub fn split_off(&mut self, len: usize) -> Shares {
        let split = |blocks: &mut Vec<Block>| blocks.split_off(len.min(blocks.len()));
        let macs = self.macs.iter_mut().map(split).collect();
        let keys = self.keys.iter_mut().map(split).collect();
        let rest = Shares { bits: cut_bits(&self.bits, len..self.len), macs, keys, len: self.len - len };
        self.truncate(len);
        rest
    }

    /// Appends others.
    pub fn append(&mut self, other: &Shares) {
        append_bits(&mut self.bits, self.len, &other.bits, other.len);
        for (all, more) in [(&mut self.macs, &other.macs), (&mut self.keys, &other.keys)] {
            all.iter_mut().zip(more).for_each(|(all, more)| all.extend_from_slice(more));
        }
        self.len += other.len;
    }

    /// Those that `idx`, which is public, names.
    pub fn gather(&self, idx: &[u32]) -> Shares {
        let pick = |blocks: &Vec<Block>| match blocks.is_empty() {
            true => Vec::new(),
            false => idx.iter().map(|i| blocks[*i as usize]).collect(),
        };
        Shares {
            bits: gather_bits(&self.bits, idx),
            macs: self.macs.iter().map(pick).collect(),
            keys: self.keys.iter().map(pick).collect(),
            len: idx.len(),
        }
    }

    /// self ← self ⊕ more.
    pub fn add(&mut self, more: &Shares) {
        add_bits(&mut self.bits, &more.bits);
        for (sum, more) in [(&mut self.macs, &more.macs), (&mut self.keys, &more.keys)] {
            sum.iter_mut().zip(more).for_each(|(sum, more)| add(sum, more));
        }
    }

    /// self ← self ⊕ more where a plane of public bits is 1.
    pub fn add_where(&mut self, more: &Shares, plane: &[u64]) {
        self.bits.iter_mut().zip(more.bits.iter().zip(plane)).for_each(|(sum, (more, is))| *sum ^= more & is);
        for (sum, more) in [(&mut self.macs, &more.macs), (&mut self.keys, &more.keys)] {
            for (sum, more) in sum.iter_mut().zip(more) {
                sum.iter_mut().zip(more).enumerate().for_each(|(i, (sum, more))| *sum ^= mask(plane, i) & *more);
            }
        }
    }

    /// What party i's additive share of x·Δ_i is: ⊕_j K_i\[xʲ\] ⊕ xⁱ·Δ_i. The others' shares of it are their MACs under Δ_i.
    pub fn own(&self, delta: Block) -> Vec<Block> {
        let mut own: Vec<Block> = (0..self.len).map(|k| mask(&self.bits, k) & delta).collect();
        self.keys.iter().for_each(|keys| add(&mut own, keys));
        own
    }
}

impl Drop for Shares {
    fn drop(&mut self) {
        self.bits.zeroize();
        self.macs.zeroize();
        self.keys.zeroize();
    }
}

/// The other parties.
pub(super) fn others(me: Party, parties: u16) -> impl Iterator<Item = Party> {
    Party::all(parties).filter(move |party| *party != me)
}

/// Bit `i` of a plane.
pub(super) fn bit(plane: &[u64], i: usize) -> u64 {
    plane[i / 64] >> (i % 64) & 1
}

/// Bit `i` of a plane, as a mask.
pub(super) fn mask(plane: &[u64], i: usize) -> Block {
    Block::mask(Choice::from(bit(plane, i) as u8))
}

/// sum ← sum ⊕ blocks; an empty list adds nothing.
pub(super) fn add(sum: &mut [Block], blocks: &[Block]) {
    sum.iter_mut().zip(blocks).for_each(|(sum, block)| *sum ^= *block);
}

/// sum ← sum ⊕ plane.
pub(super) fn add_bits(sum: &mut [u64], plane: &[u64]) {
    sum.iter_mut().zip(plane).for_each(|(sum, word)| *sum ^= word);
}

/// Some bits of a plane, as a plane whose last word is filled up with zeros.
pub(super) fn cut_bits(plane: &[u64], range: Range<usize>) -> Vec<u64> {
    let word = |i: usize| {
        let at = range.start + 64 * i;
        let low = plane[at / 64] >> (at % 64);
        let high = plane.get(at / 64 + 1).filter(|_| !at.is_multiple_of(64)).map_or(0, |next| next << (64 - at % 64));
        low | high
    };
    let mut out: Vec<u64> = (0..words(range.len())).map(word).collect();
    clear_behind(&mut out, range.len());
    out
}

/// Puts `more` bits behind the first `len` of a plane.
pub(super) fn append_bits(plane: &mut Vec<u64>, len: usize, more: &[u64], count: usize) {
    plane.resize(words(len + count), 0);
    for (i, word) in more.iter().take(words(count)).enumerate() {
        let at = len + 64 * i;
        plane[at / 64] |= word << (at % 64);
        if !at.is_multiple_of(64)
            && let Some(next) = plane.get_mut(at / 64 + 1)
        {
            *next |= word >> (64 - at % 64);
        }
    }
}

/// Clears what a plane of `len` bits has behind them.
pub(super) fn clear_behind(plane: &mut [u64], len: usize) {
    if let Some(last) = plane.last_mut().filter(|_| !len.is_multiple_of(64)) {
        *last &= (1 << (len % 64)) - 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jointly_math::{Prg, Seed};

    #[test]
    fn planes_are_cut_and_put_together() {
        let plane = Prg::new(Seed::random()).words(5);
        for (start, end) in [(0, 0), (0, 64), (3, 67), (63, 65), (64, 300), (17, 320)] {
            let cut = cut_bits(&plane, start..end);
            assert_eq!(cut.len(), words(end - start));
            (start..end).for_each(|i| assert_eq!(bit(&cut, i - start), bit(&plane, i)));
            let mut all = cut_bits(&plane, 0..start);
            append_bits(&mut all, start, &cut, end - start);
            assert_eq!(all, cut_bits(&plane, 0..end), "{start} {end}");
        }
    }
}
