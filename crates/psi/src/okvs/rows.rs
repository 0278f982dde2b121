//! From keys to rows of the matrix H: a cluster, three sparse places in it, and what the dense part is made from.

use jointly_math::{Aes128, Block, Seed};

use super::Shape;

/// Keys hashed at a time, so that what is between two passes stays in the first-level cache.
pub(super) const STEP: usize = 512;

/// Keys in the order of their clusters.
pub struct Rows {
    pub(super) keys: Vec<Block>,
    pub(super) order: Vec<u32>,
    /// Where each cluster begins, and the end of the last.
    pub(super) starts: Vec<usize>,
}

impl Rows {
    /// How many.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The keys in the order of their clusters, in which values are encoded and decoded.
    pub fn keys(&self) -> &[Block] {
        &self.keys
    }

    /// The index of each of [`keys`](Rows::keys) in the list that the rows were made from.
    pub fn order(&self) -> &[u32] {
        &self.order
    }

    /// The range of each cluster.
    pub(super) fn clusters(&self) -> impl Iterator<Item = std::ops::Range<usize>> {
        self.starts.array_windows().map(|[start, end]| *start..*end)
    }
}

/// The random functions row′ and row^ of figure 1, keyed by the instance key r.
pub(super) struct Hasher {
    places: Aes128,
    dense_key: Aes128,
    clusters: u64,
    sparse: u64,
}

impl Hasher {
    pub fn new(seed: &Seed, shape: &Shape) -> Hasher {
        let aes = |label: &str| Aes128::new(Block::from_bytes(*seed.derive(label, "").as_bytes()));
        let (places, dense_key) = (aes("okvs sparse places"), aes("okvs dense part"));
        Hasher { places, dense_key, clusters: shape.clusters as u64, sparse: shape.sparse as u64 }
    }

    /// Sorts keys by cluster, those of one cluster in the order in which they were given.
    ///
    /// # Panics
    /// If there are 2^32 keys or more.
    pub fn sort(&self, keys: &[Block]) -> Rows {
        assert!(u32::try_from(keys.len()).is_ok(), "at most 2^32 keys");
        if self.clusters == 1 {
            let order = (0..keys.len() as u32).collect();
            return Rows { keys: keys.to_vec(), order, starts: vec![0, keys.len()] };
        }
        let mut starts = vec![0; self.clusters as usize + 1];
        let mut hashes = [Block::ZERO; STEP];
        for keys in keys.chunks(STEP) {
            let hashes = hashed(&self.places, keys, &mut hashes);
            hashes.iter().for_each(|hash| starts[self.cluster(*hash) + 1] += 1);
        }
        (0..self.clusters as usize).for_each(|c| starts[c + 1] += starts[c]);
        let (mut sorted, mut order) = (vec![Block::ZERO; keys.len()], vec![0; keys.len()]);
        let mut next = starts.clone();
        let mut i = 0;
        for keys in keys.chunks(STEP) {
            for (key, hash) in keys.iter().zip(hashed(&self.places, keys, &mut hashes)) {
                let at = &mut next[self.cluster(*hash)];
                sorted[*at] = *key;
                order[*at] = i;
                *at += 1;
                i += 1;
            }
        }
        Rows { keys: sorted, order, starts }
    }

    /// Uniform among the clusters: 32 bits of the hash, scaled.
    fn cluster(&self, hash: Block) -> usize {
        (((hash.0[0] & 0xffff_ffff) * self.clusters) >> 32) as usize
    }

    /// The sparse places of at most [`STEP`] keys within their cluster; the fourth of each is unused.
    pub fn places(&self, keys: &[Block], out: &mut [[u16; 4]]) {
        let mut hashes = [Block::ZERO; STEP];
        for (out, hash) in out.iter_mut().zip(hashed(&self.places, keys, &mut hashes)) {
            *out = self.three(*hash);
        }
    }

    /// Three different places, every three of them equally likely (but for what 32 bits cannot express): the second among those
    /// but the first, the third among those but the two.
    fn three(&self, hash: Block) -> [u16; 4] {
        let [low, high] = hash.0;
        let scaled = |bits: u64, n: u64| (bits * n) >> 32;
        let a = scaled(low >> 32, self.sparse);
        let b = scaled(high & 0xffff_ffff, self.sparse - 1);
        let b = b + u64::from(b >= a);
        let c = scaled(high >> 32, self.sparse - 2);
        let c = c + u64::from(c >= a.min(b));
        let c = c + u64::from(c >= a.max(b));
        [a as u16, b as u16, c as u16, 0]
    }

    /// What the dense part of the rows of at most [`STEP`] keys is made from.
    pub fn dense<'a>(&self, keys: &[Block], out: &'a mut [Block; STEP]) -> &'a [Block] {
        hashed(&self.dense_key, keys, out)
    }
}

fn hashed<'a>(aes: &Aes128, keys: &[Block], out: &'a mut [Block; STEP]) -> &'a [Block] {
    let out = &mut out[..keys.len()];
    out.copy_from_slice(keys);
    aes.mmo(out);
    out
}

#[cfg(test)]
mod tests {
    use jointly_math::Prg;

    use super::*;
    use crate::okvs::Dense;

    #[test]
    fn rows_are_sorted_and_places_differ() {
        let shape = Shape::clustered(200_000, Dense::Powers).unwrap();
        assert!(shape.clusters > 1);
        let keys = Prg::new(Seed::random()).blocks(200_000);
        let hasher = Hasher::new(&Seed::random(), &shape);
        let rows = hasher.sort(&keys);
        assert_eq!(rows.len(), keys.len());
        assert!(rows.keys.iter().zip(&rows.order).all(|(key, i)| key.0 == keys[*i as usize].0));
        let mut seen = rows.order.clone();
        seen.sort_unstable();
        assert!(seen.iter().enumerate().all(|(i, j)| i == *j as usize));
        for cluster in rows.clusters() {
            assert!(cluster.len() <= shape.load);
            for keys in rows.keys[cluster].chunks(STEP) {
                let mut places = [[0; 4]; STEP];
                hasher.places(keys, &mut places[..keys.len()]);
                for [a, b, c, _] in &places[..keys.len()] {
                    assert!(a != b && b != c && a != c);
                    assert!([a, b, c].iter().all(|place| usize::from(**place) < shape.sparse));
                }
            }
        }
    }

    #[test]
    fn places_are_uniform_in_each_of_three() {
        // Small enough to count: 5 places, each in its position 1/5 of the time.
        let hasher =
            Hasher { sparse: 5, ..Hasher::new(&Seed::random(), &Shape::clustered(64, Dense::Powers).unwrap()) };
        let keys = Prg::new(Seed::random()).blocks(STEP);
        let mut counts = [[0; 5]; 3];
        for step in 0..100 {
            let mut places = [[0; 4]; STEP];
            let keys: Vec<Block> = keys.iter().map(|key| *key ^ Block([step, 1])).collect();
            hasher.places(&keys, &mut places);
            places.iter().for_each(|row| (0..3).for_each(|j| counts[j][usize::from(row[j])] += 1));
        }
        let expected = 100 * STEP as i64 / 5;
        let sigma = (expected as f64 * 0.8).sqrt() as i64;
        assert!(counts.as_flattened().iter().all(|count: &i64| (count - expected).abs() < 6 * sigma), "{counts:?}");
    }
}
