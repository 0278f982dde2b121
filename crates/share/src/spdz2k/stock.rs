//! What was prepared and not used yet: columns of words. Everything is handed out once; what a branch will take is set apart for it beforehand.

use std::collections::{BTreeMap, VecDeque};

use jointly_core::{Demand, Error, Need, Needs, Party, Result};
use jointly_math::Wiped;

use super::{bits::PARTS, wide::add};
use crate::Share;

/// Of one kind of thing, what a party holds of each: columns of ring elements, and columns of words of bits.
#[derive(Default)]
pub(super) struct Lot {
    ring: Vec<Wiped<u128>>,
    bits: Vec<Wiped<u64>>,
}

/// Bytes of memory that `demand` takes at a party.
pub(super) fn bytes(demand: &Demand, parties: u16) -> u64 {
    let each = |need| match need {
        Need::Triples => 3 * 2 * 16,
        Need::Masks => 16 + 16 * u64::from(parties),
        Need::BitMasks => 8 + 64 * 8 * u64::from(parties),
        Need::BitTriples => 3 * PARTS as u64 * 8,
        // Two ring elements, and a 64th of the words.
        Need::SharedBits => 2 * 16 + PARTS as u64 / 8 + 1,
        _ => 0,
    };
    demand.iter().map(|(need, count)| each(need) * count).sum()
}

const LACKING: Error = Error::Misuse("what an operation takes is prepared before it runs");

impl Lot {
    pub fn of_ring(ring: Vec<Wiped<u128>>) -> Lot {
        Lot { ring, bits: Vec::new() }
    }

    pub fn of_bits(bits: Vec<Wiped<u64>>) -> Lot {
        Lot { ring: Vec::new(), bits }
    }

    pub fn of_both(ring: Vec<Wiped<u128>>, bits: Vec<Wiped<u64>>) -> Lot {
        Lot { ring, bits }
    }

    /// Things in it: rows of ring elements where there are any, else words.
    fn count(&self) -> usize {
        match self.ring.first() {
            Some(column) => column.len(),
            None => self.bits.first().map_or(0, |column| column.len()),
        }
    }

    fn put(&mut self, more: Lot) {
        put(&mut self.ring, more.ring);
        put(&mut self.bits, more.bits);
    }

    /// The last `n`: where there are both, 64 ring elements for each word.
    fn take(&mut self, n: usize) -> Result<Lot> {
        let words = if self.ring.is_empty() { n } else { n.div_ceil(64) };
        Ok(Lot { ring: take(&mut self.ring, n)?, bits: take(&mut self.bits, words)? })
    }

    /// The `k`-th shared ring element of each.
    pub fn ring(&self, k: usize) -> Share<u128> {
        Share::new(self.ring[2 * k..2 * k + 2].iter().map(|column| column.to_vec()).collect())
    }

    /// The `k`-th shared word of bits of each.
    pub fn words(&self, k: usize) -> Share<u64> {
        Share::new(self.bits[PARTS * k..PARTS * (k + 1)].iter().map(|column| column.to_vec()).collect())
    }

    /// Of masks, the part that `party` knows; `me` holds them.
    pub fn known_to(&self, party: Party, me: Party) -> Share<u128> {
        let own = if party == me { self.ring[0].to_vec() } else { vec![0; self.count()] };
        Share::new(vec![own, self.ring[1 + party.index()].to_vec()])
    }

    /// Of masks of bits, the part that `party` knows.
    pub fn bits_known_to(&self, party: Party, me: Party) -> Share<u64> {
        let own = if party == me { self.bits[0].to_vec() } else { vec![0; self.count()] };
        let macs = self.bits[1 + 64 * party.index()..][..64].iter().map(|column| column.to_vec());
        Share::new(std::iter::once(own).chain(macs).collect())
    }

    /// Of masks, what nobody knows: all parts together.
    pub fn unknown(&self, me: Party) -> Share<u128> {
        let parties = self.ring.len() as u16 - 1;
        let zero = Share::new(vec![vec![0; self.count()]; 2]);
        Party::all(parties).fold(zero, |sum, party| add(&sum, &self.known_to(party, me)))
    }

    /// As [`unknown`](Self::unknown), of bits.
    pub fn unknown_bits(&self, me: Party) -> Share<u64> {
        let parties = (self.bits.len() / 64) as u16;
        let zero = Share::new(vec![vec![0; self.count()]; PARTS]);
        Party::all(parties).fold(zero, |sum, party| super::bits::xor(&sum, &self.bits_known_to(party, me)))
    }

    /// What this party knows of masks.
    pub fn own(&self) -> &[u128] {
        &self.ring[0]
    }

    /// What this party knows of masks of bits.
    pub fn own_bits(&self) -> &[u64] {
        &self.bits[0]
    }
}

fn put<W: zeroize::DefaultIsZeroes>(columns: &mut Vec<Wiped<W>>, more: Vec<Wiped<W>>) {
    if columns.is_empty() {
        *columns = more;
        return;
    }
    for (column, more) in columns.iter_mut().zip(more) {
        // What is copied elsewhere would stay behind where a vector grows.
        let mut all = Wiped::new(Vec::with_capacity(column.len() + more.len()));
        all.extend_from_slice(column);
        all.extend_from_slice(&more);
        *column = all;
    }
}

fn take<W: zeroize::DefaultIsZeroes>(columns: &mut [Wiped<W>], n: usize) -> Result<Vec<Wiped<W>>> {
    let cut = |column: &mut Wiped<W>| {
        let rest = column.len().checked_sub(n).ok_or(LACKING)?;
        Ok(Wiped::new(column.split_off(rest)))
    };
    columns.iter_mut().map(cut).collect()
}

/// All kinds.
#[derive(Default)]
pub(super) struct Stock {
    lots: BTreeMap<Need, Lot>,
    /// What is set apart for the next branches.
    pub branches: VecDeque<Stock>,
}

impl Stock {
    /// What there is, but for what is set apart.
    pub fn held(&self) -> Demand {
        self.lots.iter().fold(Demand::none(), |sum, (need, lot)| sum + Demand::of(*need, lot.count()))
    }

    pub fn put(&mut self, need: Need, lot: Lot) {
        self.lots.entry(need).or_default().put(lot);
    }

    /// Takes in what `more` holds, but for what is set apart there.
    pub fn put_all(&mut self, more: Stock) {
        more.lots.into_iter().for_each(|(need, lot)| self.put(need, lot));
    }

    pub fn take(&mut self, need: Need, n: usize) -> Result<Lot> {
        self.lots.get_mut(&need).ok_or(LACKING)?.take(n)
    }

    /// Sets apart for each branch, and for theirs in turn, what it will take.
    pub fn deal(mut self, needs: &Needs) -> Result<Stock> {
        for fork in &needs.forks {
            let mut all = Stock::default();
            for (need, count) in fork.total().iter() {
                all.put(need, self.take(need, count as usize)?);
            }
            self.branches.push_back(all.deal(fork)?);
        }
        Ok(self)
    }
}
