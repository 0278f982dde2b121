//! Graf, Lemire, "Binary Fuse Filters: Fast and Smaller Than Xor Filters", ACM JEA 27 (2022), §3 and §4: three places for each key in
//! neighbouring segments of one table, whose exclusive or is the key's fingerprint.

use jointly_core::{Error, Result};
use jointly_math::{Prg, Seed};

use super::Key;

/// What a filter is made for. Public, and all that its size depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// Items: at most 2^32 − 1.
    pub items: usize,
    /// Look-ups, over all clients and as long as the filter lives: together they go wrong with probability at most 2^-40. At most 2^24.
    pub queries: u64,
}

/// A static set: says yes to every key in it, and to any other with probability 2^-8w, w being the bytes of a fingerprint.
#[derive(Clone, PartialEq, Eq)]
pub struct Filter {
    shape: Shape,
    seed: u64,
    table: Vec<u8>,
}

/// How a table is divided.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Shape {
    /// Bytes of a fingerprint.
    width: usize,
    /// Slots of a segment: a power of two.
    segment: u64,
    /// First slots: those of all segments but the last two.
    first: u64,
}

impl Capacity {
    /// Bytes of a filter.
    pub fn bytes(&self) -> Result<usize> {
        Ok(8 + self.shape()?.bytes())
    }

    /// §4.1, with the size factor's logarithm rounded down, so that all machines come to the same numbers.
    fn shape(&self) -> Result<Shape> {
        if self.items >= u32::MAX as usize || self.queries > 1 << 24 {
            return Err(Error::Misuse("a filter has fewer than 2^32 items and at most 2^24 queries"));
        }
        let n = self.items.max(2) as f64;
        let factor = (0.875 + 0.25 * 19.932 / f64::from(self.items.max(2).ilog2())).max(1.125);
        // 2^⌊log_3.33(n) + 2.25⌋, at most 2^18.
        let (mut log, mut power) = (2, 3.33f64.sqrt().sqrt() * 3.33 / 3.33f64.sqrt());
        while power <= n && log < 18 {
            (log, power) = (log + 1, power * 3.33);
        }
        let segment = 1u64 << log;
        let segments = ((n * factor) as u64).div_ceil(segment).saturating_sub(2).max(1);
        let log_queries = self.queries.max(1).next_power_of_two().ilog2() as usize;
        Ok(Shape { width: (40 + log_queries).div_ceil(8), segment, first: segments * segment })
    }
}

impl Shape {
    fn slots(&self) -> usize {
        (self.first + 2 * self.segment) as usize
    }

    fn bytes(&self) -> usize {
        self.slots() * self.width
    }

    /// §3: a slot in each of three neighbouring segments.
    fn places(&self, hash: u64) -> [usize; 3] {
        let first = ((u128::from(hash) * u128::from(self.first)) >> 64) as u64;
        let mask = self.segment - 1;
        let second = (first + self.segment) ^ (hash >> 18 & mask);
        let third = (first + 2 * self.segment) ^ (hash & mask);
        [first, second, third].map(|place| place as usize)
    }
}

impl Filter {
    /// The filter of these keys, all different, of which there are as many as the capacity says.
    pub(super) fn new(keys: &[Key], capacity: Capacity) -> Result<Self> {
        let shape = capacity.shape()?;
        let mut prg = Prg::new(Seed::random());
        // One attempt fails with a probability of some hundredths at worst (§4.1).
        for _ in 0..256 {
            let seed = prg.words(1)[0];
            if let Some(order) = peel(keys, &shape, seed) {
                return Ok(Self { shape, seed, table: assign(keys, &shape, seed, &order) });
            }
        }
        Err(Error::Misuse("the keys of a filter are all different"))
    }

    /// Whether the key is in the set.
    pub(super) fn contains(&self, key: &Key) -> bool {
        let width = self.shape.width;
        let mut sum = fingerprint(key);
        for place in self.shape.places(hash(key, self.seed)) {
            let slot = &self.table[place * width..][..width];
            sum.iter_mut().zip(slot).for_each(|(sum, byte)| *sum ^= byte);
        }
        sum[..width].iter().all(|byte| *byte == 0)
    }

    /// The encoding, [`Capacity::bytes`] long.
    pub fn to_bytes(&self) -> Vec<u8> {
        [&self.seed.to_le_bytes(), &self.table[..]].concat()
    }

    /// The filter of this encoding; none if it has not the length that the capacity says.
    pub fn from_bytes(bytes: &[u8], capacity: Capacity) -> Option<Self> {
        let shape = capacity.shape().ok()?;
        let (seed, table) = bytes.split_first_chunk::<8>()?;
        let seed = u64::from_le_bytes(*seed);
        (table.len() == shape.bytes()).then(|| Self { shape, seed, table: table.to_vec() })
    }
}

/// §3: takes away, again and again, a key that stands alone in a slot; the keys with those slots, or nothing if some always share theirs.
fn peel(keys: &[Key], shape: &Shape, seed: u64) -> Option<Vec<(u32, u32)>> {
    // For each slot how many keys have it, and the exclusive or of their numbers.
    let mut slots = vec![(0u32, 0u32); shape.slots()];
    for (i, key) in (0u32..).zip(keys) {
        for place in shape.places(hash(key, seed)) {
            slots[place] = (slots[place].0 + 1, slots[place].1 ^ i);
        }
    }
    let mut alone: Vec<u32> = (0u32..).zip(&slots).filter(|(_, slot)| slot.0 == 1).map(|(place, _)| place).collect();
    let mut order = Vec::with_capacity(keys.len());
    while let Some(slot) = alone.pop() {
        let (1, i) = slots[slot as usize] else { continue };
        order.push((i, slot));
        for place in shape.places(hash(&keys[i as usize], seed)) {
            slots[place] = (slots[place].0 - 1, slots[place].1 ^ i);
            if slots[place].0 == 1 {
                alone.push(place as u32);
            }
        }
    }
    (order.len() == keys.len()).then_some(order)
}

/// Gives each key's own slot, the last taken away first, what makes its three slots come to its fingerprint. Slots that are nobody's
/// stay random, so that a table does not show how full it is.
fn assign(keys: &[Key], shape: &Shape, seed: u64, order: &[(u32, u32)]) -> Vec<u8> {
    let width = shape.width;
    let mut table = vec![0; shape.bytes()];
    Prg::new(Seed::random()).fill_bytes(&mut table);
    for (i, own) in order.iter().rev() {
        let key = &keys[*i as usize];
        let mut value = fingerprint(key);
        for place in shape.places(hash(key, seed)).into_iter().filter(|place| *place != *own as usize) {
            value.iter_mut().zip(&table[place * width..][..width]).for_each(|(v, byte)| *v ^= byte);
        }
        table[*own as usize * width..][..width].copy_from_slice(&value[..width]);
    }
    table
}

fn fingerprint(key: &Key) -> [u8; 8] {
    std::array::from_fn(|i| key[16 + i])
}

/// Keys are pseudo-random already; the seed makes attempts differ (the finalizer of MurmurHash3, on both halves).
fn hash(key: &Key, seed: u64) -> u64 {
    let word = |at: usize| u64::from_le_bytes(std::array::from_fn(|i| key[at + i]));
    let mix = |mut x: u64| {
        x = (x ^ x >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
        x = (x ^ x >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
        x ^ x >> 33
    };
    mix(word(0) ^ seed).wrapping_add(mix(word(8) ^ seed.rotate_left(32)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(n: usize) -> Vec<Key> {
        let mut keys = vec![[0; 24]; n];
        Prg::new(Seed::random()).fill_bytes(keys.as_flattened_mut());
        keys
    }

    #[test]
    fn holds_its_keys_and_no_others() {
        for n in [0, 1, 2, 3, 7, 50, 1000, 40_000] {
            let (capacity, members) = (Capacity { items: n, queries: 1 << 10 }, keys(n));
            let filter = Filter::new(&members, capacity).unwrap();
            assert!(members.iter().all(|key| filter.contains(key)), "{n}");
            assert!(!keys(20_000).iter().any(|key| filter.contains(key)), "{n}");
            let bytes = filter.to_bytes();
            assert_eq!(bytes.len(), capacity.bytes().unwrap());
            assert!(Filter::from_bytes(&bytes, capacity).unwrap() == filter);
            assert!(Filter::from_bytes(&bytes[1..], capacity).is_none());
        }
    }

    #[test]
    fn sizes() {
        let bytes = |items, queries| Capacity { items, queries }.bytes().unwrap();
        let slots = bytes(1 << 20, 1) / 5;
        assert!((1.12..1.16).contains(&(slots as f64 / f64::from(1 << 20))), "{slots}");
        for (queries, width) in [(0, 5), (1, 5), (2, 6), (256, 6), (257, 7), (1 << 16, 7), (1 << 24, 8)] {
            assert_eq!(bytes(1 << 20, queries) / slots, width);
        }
        assert!(Capacity { items: 1, queries: 1 << 25 }.bytes().is_err());
        assert!(Capacity { items: usize::MAX, queries: 1 }.bytes().is_err());
    }

    #[test]
    fn equal_keys_are_refused() {
        let twice = [keys(1)[0]; 2];
        assert!(matches!(Filter::new(&twice, Capacity { items: 2, queries: 1 }), Err(Error::Misuse(_))));
    }

    /// With fingerprints of one byte a stranger is taken for a member once in 256.
    #[test]
    fn strangers_are_let_in_as_often_as_the_width_says() {
        let capacity = Capacity { items: 500, queries: 1 };
        let members = keys(500);
        let mut filter = Filter::new(&members, capacity).unwrap();
        let narrow = Shape { width: 1, ..filter.shape };
        filter.table = filter.table.chunks_exact(filter.shape.width).map(|slot| slot[0]).collect();
        filter.shape = narrow;
        assert!(members.iter().all(|key| filter.contains(key)));
        let let_in = keys(51_200).iter().filter(|key| filter.contains(key)).count();
        assert!((120..300).contains(&let_in), "{let_in} of 51,200");
    }
}
