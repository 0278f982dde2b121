//! Hashing to bins: the receiver's items one to a bin, the sender's in every bin where they could be.

use jointly_core::{Error, Result};
use jointly_math::{Aes128, Block, Prg, Seed};

/// Hash functions.
pub(super) const HASHES: usize = 3;

/// How many moves one insertion may take: only where no place is left are there so many.
const MOVES: usize = 2000;

/// Bins for `n` items, without a stash, so that inserting them fails with probability at most 2^−40.
///
/// From 2^14 items on 1.27 for each: Pinkas, Schneider and Zohner ("Scalable PSI based on OT extension", TOPS 2018) by experiment, and
/// after them all circuit PSI (Pinkas, Schneider, Tkachenko and Yanai, Eurocrypt 2019, and their programs). So far above the 1.09 at which
/// three hash functions begin to work, what remains are two items with only one bin between them, since functions may agree: n²/(2·m⁵) for m bins, below 2^−44.
/// For fewer items Demmler, Rindal, Rosulek and Trieu ("PIR-PSI", PETS 2018, §6.2 and the authors' library cryptoTools) give
/// λ = 123.5·e − 130 − log₂ n, with small corrections below 2^12, where the expansion e is at most 1.56 down to 2^8. Smaller sets take the
/// bins of one of 2^8. There m is what keeps that same term, and that of three items with two bins, below 2^−40.
pub(super) fn bins(n: usize) -> usize {
    let n = n.max(256) as f64;
    let e = match n {
        ..4096.0 => 1.56,
        ..16_384.0 => (crate::okvs::LAMBDA + 130.0 + n.log2()) / 123.5,
        _ => 1.27,
    };
    let two_items = (n * n * f64::exp2(crate::okvs::LAMBDA)).powf(0.2);
    (e * n).max(two_items).ceil() as usize
}

/// The three hash functions: item and number to a key, and from it to a bin.
pub(super) struct Hashes {
    aes: [Aes128; HASHES],
    bins: u64,
}

impl Hashes {
    pub fn new(seed: &Seed, bins: usize) -> Hashes {
        let aes = ["first", "second", "third"]
            .map(|label| Aes128::new(Block::from_bytes(*seed.derive("circuit psi bins", label).as_bytes())));
        Hashes { aes, bins: bins as u64 }
    }

    /// The keys of all items under one of the functions: what item and function together are in the OPPRF.
    pub fn keys(&self, items: &[Block], function: usize) -> Vec<Block> {
        let mut keys = Vec::new();
        self.append_keys(items, function, &mut keys);
        keys
    }

    /// Puts [`keys`](Hashes::keys) behind others.
    pub fn append_keys(&self, items: &[Block], function: usize, keys: &mut Vec<Block>) {
        let start = keys.len();
        keys.extend_from_slice(items);
        self.aes[function].mmo(&mut keys[start..]);
    }

    pub fn bin(&self, key: Block) -> usize {
        ((u128::from(key.0[1]) * u128::from(self.bins)) >> 64) as usize
    }
}

/// A table in which every item has a bin of its own, which one of the functions chose.
pub(super) struct Table {
    /// Item and function.
    pub bins: Vec<Option<(u32, u8)>>,
}

impl Table {
    /// Cuckoo hashing by random walk. Which memory is touched, and for how long, depends on the items.
    pub fn new(hashes: &Hashes, keys: &[Vec<Block>; HASHES], walk: Seed) -> Result<Table> {
        let mut table = Table { bins: vec![None; hashes.bins as usize] };
        // An item's three bins side by side: whoever is evicted is at once seen where else it could be.
        let places = |item: usize| keys.each_ref().map(|keys| hashes.bin(keys[item]) as u32);
        let places: Vec<[u32; HASHES]> = (0..keys[0].len()).map(places).collect();
        let mut prg = Prg::new(walk);
        let mut coins = prg.words(64).into_iter();
        for item in 0..keys[0].len() as u32 {
            let mut homeless = (item, 0);
            let mut moves = 0;
            while let Some(evicted) =
                table.bins[places[homeless.0 as usize][usize::from(homeless.1)] as usize].replace(homeless)
            {
                moves += 1;
                if moves == MOVES {
                    return Err(Error::Refused(
                        "these items find no place in their bins: run again with a fresh seed".into(),
                    ));
                }
                // One of the two other functions.
                let coin = coins.next().unwrap_or_else(|| {
                    coins = prg.words(64).into_iter();
                    coins.next().unwrap_or_default()
                });
                homeless = (evicted.0, (evicted.1 + 1 + (coin & 1) as u8) % HASHES as u8);
            }
        }
        Ok(table)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_has_a_bin_that_it_hashes_to() {
        for n in [0, 1, 2, 255, 256, 5000, 30_000] {
            let items = Prg::new(Seed::random()).blocks(n);
            let hashes = Hashes::new(&Seed::random(), bins(n));
            let keys = std::array::from_fn(|function| hashes.keys(&items, function));
            let table = Table::new(&hashes, &keys, Seed::random()).unwrap();
            let mut seen = vec![false; n];
            for (bin, slot) in table.bins.iter().enumerate() {
                if let Some((item, function)) = slot {
                    assert!(!std::mem::replace(&mut seen[*item as usize], true));
                    assert_eq!(hashes.bin(keys[usize::from(*function)][*item as usize]), bin);
                }
            }
            assert!(seen.into_iter().all(|seen| seen));
        }
    }

    #[test]
    fn the_same_item_four_times_finds_no_place() {
        let hashes = Hashes::new(&Seed::random(), bins(4));
        let keys = std::array::from_fn(|function| hashes.keys(&[Block::ONES; 4], function));
        assert!(matches!(Table::new(&hashes, &keys, Seed::random()), Err(Error::Refused(_))));
    }
}
