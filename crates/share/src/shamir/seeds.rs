//! Seeds that sets of parties share, and what they draw together.

use jointly_core::{Error, Party, Private, Result};
use jointly_math::prg::{Prg, Seed};
use jointly_net::Ctx;
use zeroize::Zeroizing;

use super::points::{Parties, Set, has};

/// What a party holds, for branches to draw from.
#[derive(Clone)]
pub(super) struct Seeds {
    /// k_A for each of its sets A.
    sets: Vec<Seed>,
    /// What it shares with each other party alone.
    pairs: Vec<Option<Seed>>,
}

/// Its generators.
pub(super) struct Streams {
    pub sets: Vec<Prg>,
    pub pairs: Vec<Option<Prg>>,
}

impl Seeds {
    /// Cramer, Damgård and Ishai: the first member of each set A draws k_A and sends it to the others; one of each two parties draws theirs. One round, in which every party
    /// receives something.
    pub(super) async fn agree(ctx: &mut Ctx, parties: Parties, own: &[Set]) -> Result<Self> {
        let me = ctx.me().0;
        let mut sets: Vec<Option<Seed>> = own.iter().map(|set| (first(*set) == me).then(|| ctx.seed())).collect();
        let mut pairs: Vec<Option<Seed>> = (0..parties.n).map(|j| draws(me, j).then(|| ctx.seed())).collect();
        let told = |j: u16| {
            let of_sets = own.iter().zip(&sets).filter(move |(set, _)| has(**set, j) && first(**set) == me);
            let of_sets = of_sets.filter_map(|(_, seed)| seed.as_ref());
            let all = of_sets.chain(pairs[usize::from(j)].as_ref());
            Private::new(all.map(|seed| *seed.as_bytes()).collect::<Vec<_>>())
        };
        let out: Vec<_> = (0..parties.n).filter(|j| *j != me).map(|j| (Party(j), told(j))).collect();
        let out: Vec<_> = out.iter().map(|(to, seeds)| (*to, &seeds.expose()[..])).collect();
        let count = |i: u16| own.iter().filter(|set| first(**set) == i).count() + usize::from(draws(i, me));
        let from: Vec<_> = (0..parties.n).filter(|i| *i != me).map(|i| (Party(i), count(i))).collect();
        let got = ctx.exchange_all::<[u8; 16]>(&out, &from).await?;
        for ((Party(i), _), seeds) in from.into_iter().zip(got) {
            let seeds = Private::new(seeds);
            let mut seeds = seeds.expose().iter().map(|bytes| Seed::from_bytes(*bytes));
            let places = own.iter().zip(&mut sets).filter(|(set, _)| first(**set) == i).map(|(_, seed)| seed);
            places.zip(&mut seeds).for_each(|(place, seed)| *place = Some(seed));
            if let Some(seed) = seeds.next() {
                pairs[usize::from(i)] = Some(seed);
            }
        }
        let sets = sets.into_iter().collect::<Option<_>>().ok_or(Error::Misuse("a seed for every set"))?;
        Ok(Self { sets, pairs })
    }

    /// Of a party that holds no shares.
    pub(super) fn none() -> Self {
        Self { sets: Vec::new(), pairs: Vec::new() }
    }

    /// The seeds of those of a party's sets that have party `j`, one after the other.
    pub(super) fn common(&self, own: &[Set], j: u16) -> Zeroizing<Vec<u8>> {
        let both = own.iter().zip(&self.sets).filter(|(set, _)| has(**set, j));
        Zeroizing::new(both.flat_map(|(_, seed)| *seed.as_bytes()).collect())
    }

    /// Seeds that a test chooses.
    #[cfg(test)]
    pub(super) fn chosen(sets: Vec<[u8; 16]>, pairs: Vec<[u8; 16]>) -> Self {
        let seeds = |list: Vec<[u8; 16]>| list.into_iter().map(Seed::from_bytes);
        Self { sets: seeds(sets).collect(), pairs: seeds(pairs).map(Some).collect() }
    }

    /// Generators for the branch at `path`.
    pub(super) fn streams(&self, path: &str) -> Streams {
        let stream = |label: &str, seed: &Seed| Prg::new(seed.derive(label, path));
        Streams {
            sets: self.sets.iter().map(|seed| stream("jointly shamir set", seed)).collect(),
            pairs: self
                .pairs
                .iter()
                .map(|seed| seed.as_ref().map(|seed| stream("jointly shamir pair", seed)))
                .collect(),
        }
    }
}

/// A set's first member.
pub(super) fn first(set: Set) -> u16 {
    set.trailing_zeros() as u16
}

/// Whether party i draws what it shares with party j.
pub(super) fn draws(i: u16, j: u16) -> bool {
    (i < j && !(j - i).is_multiple_of(2)) || (i > j && (i - j).is_multiple_of(2))
}
