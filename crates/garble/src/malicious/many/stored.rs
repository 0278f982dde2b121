//! Prepared masks and triples as bytes, for whoever makes them long before they are used.

use jointly_core::{Error, Party, Private, Result, Wire};
use jointly_math::{Block, bits::words};
use zeroize::{Zeroize, Zeroizing};

use super::{
    MAX_PARTIES,
    prepare::{Prepared, check_size},
    session::Fuse,
    shares::{Shares, clear_behind, others},
    triples::Triples,
};

/// Names this format and its version.
const MAGIC: u64 = u64::from_le_bytes(*b"jgmany01");

/// Words in front: the format, the parties, this one, ANDs, input bits, Δ.
const HEAD: usize = 7;

impl Prepared {
    /// Everything, secrets and all: to be kept encrypted, used once, and thrown away with all else of its session when anything of it has failed.
    pub fn into_bytes(self) -> Zeroizing<Vec<u8>> {
        let [low, high] = self.delta.expose().0;
        let sizes = [self.parties.into(), self.me.0.into(), self.ands() as u64, self.inputs() as u64];
        let head: Vec<u64> = [&[MAGIC], &sizes[..], &[low, high]].concat();
        let mut bytes = Zeroizing::new(Vec::with_capacity(size(self.parties, self.ands(), self.inputs())));
        u64::encode(&head, &mut bytes);
        for shares in self.rows() {
            u64::encode(&shares.bits, &mut bytes);
            shares.macs.iter().chain(&shares.keys).for_each(|blocks| Block::encode(blocks, &mut bytes));
        }
        bytes
    }

    /// What [`into_bytes`](Prepared::into_bytes) gave.
    ///
    /// # Errors
    /// [`Refused`](Error::Refused) if it is something else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Prepared> {
        let refused = || Error::Refused("these are not masks and triples that were prepared for garbling".into());
        let (head, mut rest) = bytes.split_at_checked(8 * HEAD).ok_or_else(refused)?;
        let mut words = Vec::with_capacity(HEAD);
        let whole = u64::decode(head, &mut words);
        let number = |at: usize| usize::try_from(words[at]).unwrap_or(usize::MAX);
        let (parties, me, ands, inputs) = (number(1), number(2), number(3), number(4));
        let fits = (2..=usize::from(MAX_PARTIES)).contains(&parties) && me < parties;
        if !whole || words[0] != MAGIC || !fits || check_size(ands, inputs).is_err() {
            return Err(refused());
        }
        let (parties, me) = (parties as u16, Party(me as u16));
        if bytes.len() != size(parties, ands, inputs) {
            return Err(refused());
        }
        let mut row = |len| read(&mut rest, parties, me, len).ok_or_else(refused);
        let (masks, x, y, z) = (row(ands + inputs)?, row(ands)?, row(ands)?, row(ands)?);
        let delta = Private::new(Block([words[5], words[6]]));
        words.zeroize();
        Ok(Prepared { parties, me, delta, fuse: Fuse::default(), masks, triples: Triples { x, y, z } })
    }

    fn rows(&self) -> [&Shares; 4] {
        [&self.masks, &self.triples.x, &self.triples.y, &self.triples.z]
    }
}

/// Bytes of it all.
fn size(parties: u16, ands: usize, inputs: usize) -> usize {
    let row = |len: usize| 8 * words(len) + 2 * 16 * (usize::from(parties) - 1) * len;
    8 * HEAD + row(ands + inputs) + 3 * row(ands)
}

/// The next row.
fn read(rest: &mut &[u8], parties: u16, me: Party, len: usize) -> Option<Shares> {
    let mut shares = Shares::none(usize::from(parties));
    shares.len = len;
    let (bits, after) = rest.split_at_checked(8 * words(len))?;
    *rest = after;
    let mut whole = u64::decode(bits, &mut shares.bits);
    clear_behind(&mut shares.bits, len);
    for lists in [&mut shares.macs, &mut shares.keys] {
        for party in others(me, parties) {
            let (blocks, after) = rest.split_at_checked(16 * len)?;
            *rest = after;
            whole &= Block::decode(blocks, &mut lists[party.index()]);
        }
    }
    whole.then_some(shares)
}
