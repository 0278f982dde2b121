//! Shared bits with MACs: x = ⊕xᵢ, and x·β = ⊕mᵢ in GF(2^64), bit by bit.
//!
//! What a party holds of a word of 64 bits is 65 words: its share, and one for each bit of the MACs, so that a linear map on bits is the same map on each.
//! MACs between two, as the authenticated bits of WRK17 have them, add up to these (Frederiksen, Keller, Orsini, Scholl, ASIACRYPT 2015, ePrint 2015/901).

use jointly_core::Party;
use jointly_garble::malicious::many::Shares;
use jointly_math::{Block, Wiped, bits};

use super::keys::Keys;
use crate::Share;

/// Words for 64 bits.
pub(super) const PARTS: usize = 65;

/// Of 64 planes of MACs, the MAC of each bit.
pub(super) fn macs_of(planes: &[&[u64]]) -> Wiped<u64> {
    let words = planes.first().map_or(0, |plane| plane.len());
    let together: Wiped<u64> = Wiped::new(planes.concat());
    Wiped::new(bits::from_planes(&together, 64 * words, 64))
}

/// Planes of the MACs of each bit, of a whole number of words.
fn planes_of(macs: &Wiped<u64>) -> Vec<Wiped<u64>> {
    let words = macs.len() / 64;
    let planes = Wiped::new(bits::to_planes(macs, 64));
    (0..64).map(|plane| Wiped::new(planes[plane * words..][..words].to_vec())).collect()
}

/// Adds the half of each block that belongs to β.
fn add_half(macs: &mut [u64], blocks: &[Block]) {
    macs.iter_mut().zip(blocks).for_each(|(mac, block)| *mac ^= block.0[1]);
}

/// What party me holds of the bits xʲ of each party j: planes of MACs, by party.
pub(super) fn parts(keys: &Keys, me: Party, x: &Shares, parties: u16) -> Vec<Vec<Wiped<u64>>> {
    let part = |party: Party| {
        let mut macs = Wiped::new(vec![0; x.len]);
        if party == me {
            own(keys, x, &mut macs);
        } else {
            add_half(&mut macs, &x.keys[party.index()]);
        }
        planes_of(&macs)
    };
    Party::all(parties).map(part).collect()
}

/// What party me holds of the bits ⊕xʲ: planes of MACs.
pub(super) fn sum(keys: &Keys, x: &Shares) -> Vec<Wiped<u64>> {
    let mut macs = Wiped::new(vec![0; x.len]);
    own(keys, x, &mut macs);
    x.keys.iter().for_each(|keys| add_half(&mut macs, keys));
    planes_of(&macs)
}

/// MACs of the others on this party's bits, and its own.
fn own(keys: &Keys, x: &Shares, macs: &mut [u64]) {
    let beta = *keys.beta.expose();
    x.macs.iter().for_each(|of| add_half(macs, of));
    macs.iter_mut().enumerate().for_each(|(i, mac)| *mac ^= beta & (x.bits[i / 64] >> (i % 64) & 1).wrapping_neg());
}

/// Shares of words that everyone knows.
pub(super) fn public(keys: &Keys, first: bool, x: &[u64]) -> Share<u64> {
    let beta = *keys.beta.expose();
    let part = |part: usize| match part {
        0 => x.iter().map(|x| if first { *x } else { 0 }).collect(),
        _ => {
            let bit = (beta >> (part - 1) & 1).wrapping_neg();
            x.iter().map(|x| x & bit).collect()
        }
    };
    Share::new((0..PARTS).map(part).collect())
}

/// x ⊕ y.
pub(super) fn xor(x: &Share<u64>, y: &Share<u64>) -> Share<u64> {
    x.zip(y, |x, y| x.iter().zip(y).map(|(x, y)| x ^ y).collect())
}

/// x where words that everyone knows are 1.
pub(super) fn mask(x: &Share<u64>, k: &[u64]) -> Share<u64> {
    x.map(|x| x.iter().zip(k).map(|(x, k)| x & k).collect())
}
