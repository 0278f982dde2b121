//! Masking: what all of these protocols begin with.

use std::collections::HashSet;

use jointly_core::{Error, Party, Result};
use jointly_math::{Prg, Seed, hash::hash, random_permutation};
use jointly_net::Ctx;
use jointly_ot::oprf::{Element, Expand, group::Exponent};

/// Elements that are masked and sent at a time: 128 KiB.
pub(super) const CHUNK: usize = 4096;

/// A doubly masked item, hashed: among n and m of them two different ones meet with probability below n·m/2^128.
pub(super) type Tag = [u8; 16];

/// A side's secret exponent and the run's hash function.
pub(super) struct Mask {
    exponent: Exponent,
    expand: Expand,
}

/// A side's rows in the secret order in which it sends them.
pub(super) struct Rows<'a, I> {
    items: &'a [I],
    /// For each place the row that stands there; where there is none, a random item stands.
    places: Vec<Option<u32>>,
}

impl<'a, I: AsRef<[u8]>> Rows<'a, I> {
    /// The distinct ones of `items`, and random ones up to `size`, shuffled.
    pub fn new(items: &'a [I], size: usize) -> Result<Self> {
        if items.len() > size {
            return Err(Error::Misuse("there are more rows than was agreed on"));
        }
        if size as u64 > 1 << 32 {
            return Err(Error::Misuse("a set has at most 2^32 items"));
        }
        let mut seen = HashSet::with_capacity(items.len());
        let first: Vec<bool> = items.iter().map(|item| seen.insert(item.as_ref())).collect();
        let order = random_permutation(&mut Prg::new(Seed::random()), size);
        let place = |row: u32| first.get(row as usize).is_some_and(|first| *first).then_some(row);
        Ok(Self { items, places: order.into_iter().map(place).collect() })
    }

    /// The row at a place.
    pub fn row(&self, place: usize) -> Option<usize> {
        self.places.get(place).copied().flatten().map(|row| row as usize)
    }

    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// What stands in a range of places, to be hashed.
    fn items(&self, range: std::ops::Range<usize>) -> Vec<Vec<u8>> {
        let mut prg = Prg::new(Seed::random());
        let item = |place: &Option<u32>| match place {
            Some(row) => [b"i", self.items[*row as usize].as_ref()].concat(),
            None => {
                let mut random = vec![b'r'; 33];
                prg.fill_bytes(&mut random[1..]);
                random
            }
        };
        self.places[range].iter().map(item).collect()
    }
}

impl Mask {
    /// A fresh exponent, and a hash function of this run's own.
    pub fn new(ctx: &Ctx) -> Result<Self> {
        let session = hash("jointly psi 1 ecdh session", &[ctx.path().as_bytes()]);
        let expand = Expand::new(&[b"jointly psi 1 ecdh ristretto255_XMD:SHA-512_R255MAP_RO_ ", &session])?;
        Ok(Self { exponent: Exponent::random(), expand })
    }

    /// Steps 1 to 3: both sides send their masked items and mask the other's again. One round for every 4096 items.
    pub async fn exchange<I: AsRef<[u8]>>(
        &self,
        ctx: &mut Ctx,
        peer: Party,
        rows: &Rows<'_, I>,
        theirs: usize,
    ) -> Result<Doubly> {
        let mut tags = Vec::with_capacity(theirs);
        for start in (0..rows.len().max(theirs)).step_by(CHUNK) {
            let range = start.min(rows.len())..(start + CHUNK).min(rows.len());
            let masked = self.exponent.raise_hashed(&self.expand, &rows.items(range))?;
            let due = theirs.saturating_sub(start).min(CHUNK);
            let got: Vec<Element> = ctx.exchange(peer, &masked, peer, due).await?;
            tags.extend(self.exponent.raise(&got).iter().map(tag));
        }
        Ok(Doubly::new(tags))
    }
}

fn tag(element: &Element) -> Tag {
    let digest = hash("jointly psi 1 ecdh doubly masked", &[element.as_bytes()]);
    std::array::from_fn(|i| digest[i])
}

/// One side's items, doubly masked, each with its place.
pub(super) struct Doubly(Vec<(Tag, u32)>);

impl Doubly {
    pub fn new(tags: Vec<Tag>) -> Self {
        let mut places: Vec<(Tag, u32)> = tags.into_iter().zip(0..).collect();
        places.sort_unstable();
        Self(places)
    }

    /// The tags by their places.
    pub fn tags(&self) -> Vec<Tag> {
        let mut tags = vec![[0; 16]; self.0.len()];
        self.0.iter().for_each(|(tag, place)| tags[*place as usize] = *tag);
        tags
    }

    /// The tags, ascending.
    pub fn sorted(&self) -> Vec<Tag> {
        self.0.iter().map(|(tag, _)| *tag).collect()
    }

    /// The places, here and there, of what is on both sides, by ascending tags.
    pub fn common(&self, other: &Self) -> Vec<(usize, usize)> {
        let (mut out, mut others) = (Vec::new(), other.0.iter().peekable());
        for (tag, place) in &self.0 {
            while others.next_if(|(theirs, _)| theirs < tag).is_some() {}
            if let Some((_, there)) = others.next_if(|(theirs, _)| theirs == tag) {
                out.push((*place as usize, *there as usize));
            }
        }
        out
    }
}
