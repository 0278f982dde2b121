//! The set Y′ of the sender's tags as bytes: sorted, in the encoding of Elias and Fano, whose length depends on the number of tags alone.
//!
//! A set has no order, and its encoding should have none: nothing about the sender's list shows, and the bits that an order
//! would cost are saved. The top bits of a tag are its bucket; each bucket is as many ones as it has tags, and a zero; the rest
//! of every tag follows, in whole bytes.

use jointly_core::{Error, Party, Result};

/// How tags are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    tags: usize,
    /// Bits of the bucket's number.
    top: u32,
    /// Bytes of the rest: at least 8, of which the first are compared as a number.
    rest: usize,
}

impl Layout {
    /// For `tags` ≥ 1 tags of at least `bits` bits, and at most 128.
    pub fn new(tags: usize, bits: u32) -> Layout {
        let most = tags.ilog2();
        let rest = bits.saturating_sub(most).div_ceil(8).max(8);
        Layout { tags, top: most.min(128 - 8 * rest), rest: rest as usize }
    }

    /// The tag that a hash is cut to: its low bits.
    pub fn cut(&self, hash: u128) -> u128 {
        hash & (u128::MAX >> (128 - 8 * self.rest as u32 - self.top))
    }

    /// Bits of a tag.
    pub fn bits(&self) -> u32 {
        8 * self.rest as u32 + self.top
    }

    /// Bytes of the whole set.
    pub fn bytes(&self) -> usize {
        self.head() + self.tags * self.rest
    }

    /// Bytes of the buckets' ones and zeros.
    fn head(&self) -> usize {
        (self.tags + (1 << self.top)).div_ceil(8)
    }

    fn bucket(&self, tag: u128) -> usize {
        tag.checked_shr(8 * self.rest as u32).unwrap_or(0) as usize
    }

    /// Sorts the tags and encodes them. `None` if a tag stands twice.
    pub fn encode(&self, tags: &[u128]) -> Option<Vec<u8>> {
        debug_assert_eq!(tags.len(), self.tags);
        let tags = sorted(tags, self.bits());
        if tags.array_windows().any(|[a, b]| a == b) {
            return None;
        }
        let mut out = vec![0; self.bytes()];
        let (head, rests) = out.split_at_mut(self.head());
        for (i, (tag, rest)) in tags.iter().zip(rests.chunks_exact_mut(self.rest)).enumerate() {
            // Before it stand i ones, and a zero for each earlier bucket.
            let bit = i + self.bucket(*tag);
            head[bit / 8] |= 1 << (bit % 8);
            rest.copy_from_slice(&tag.to_be_bytes()[16 - self.rest..]);
        }
        Some(out)
    }

    /// The set that `from` sent.
    pub fn decode(self, bytes: Vec<u8>, from: Party) -> Result<Tags> {
        const WHAT: &str = "its set of tags is not encoded as sets are";
        if bytes.len() != self.bytes() {
            return Err(Error::Malformed { from, what: WHAT });
        }
        let mut starts = Vec::with_capacity((1 << self.top) + 1);
        starts.push(0);
        let mut ones = 0;
        for byte in &bytes[..self.head()] {
            for bit in 0..8 {
                if byte >> bit & 1 == 1 {
                    ones += 1;
                } else if starts.len() <= 1 << self.top {
                    starts.push(ones);
                }
            }
        }
        // All ones, and all buckets' ends, stand where they may: then the last bits are zeros too.
        if ones as usize != self.tags || starts.last() != Some(&ones) || starts.len() != (1 << self.top) + 1 {
            return Err(Error::Malformed { from, what: WHAT });
        }
        let tags = Tags { layout: self, bytes, starts };
        let ascends = |bucket| {
            let mut rests = tags.rests(bucket);
            let Some(mut last) = rests.next() else { return true };
            rests.all(|rest| {
                let ordered = head(last) < head(rest) || last < rest;
                last = rest;
                ordered
            })
        };
        if !(0..1 << self.top).all(ascends) {
            return Err(Error::Malformed { from, what: WHAT });
        }
        Ok(tags)
    }
}

/// The first eight bytes of a rest: in the order of the whole, as far as they reach.
fn head(rest: &[u8]) -> u64 {
    rest.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

/// A set of tags, as it was received.
pub(super) struct Tags {
    layout: Layout,
    bytes: Vec<u8>,
    /// Which tag is the first of each bucket, and how many there are.
    starts: Vec<u32>,
}

impl Tags {
    /// Which of these tags are in the set, as their ascending indices.
    pub fn common(&self, tags: &[u128]) -> Vec<u32> {
        // The tags of a few buckets together: what is looked up for them stays in the first-level cache.
        let (mut near, mut indices) = (vec![0; tags.len()], vec![0; tags.len()]);
        parted(tags, self.layout.bits(), parts(self.layout.tags), |from, to| {
            near[to] = tags[from];
            indices[to] = from as u32;
        });
        let found = near.iter().zip(&indices).filter(|(tag, _)| self.contains(**tag));
        let mut common: Vec<u32> = found.map(|(_, i)| *i).collect();
        common.sort_unstable();
        common
    }

    fn contains(&self, tag: u128) -> bool {
        let rest = tag.to_be_bytes();
        let rest = &rest[16 - self.layout.rest..];
        let first = head(rest);
        let candidates = self.rests(self.layout.bucket(tag)).skip_while(|other| head(other) < first);
        candidates.take_while(|other| head(other) == first).any(|other| other == rest)
    }

    /// The rests of the tags of a bucket, ascending.
    fn rests(&self, bucket: usize) -> std::slice::ChunksExact<'_, u8> {
        let Layout { rest, .. } = self.layout;
        let [start, end] = [0, 1].map(|i| self.layout.head() + self.starts[bucket + i] as usize * rest);
        self.bytes[start..end].chunks_exact(rest)
    }
}

/// Numbers of `bits` random bits in order: first put into parts, each of which then fits the first-level cache.
fn sorted(tags: &[u128], bits: u32) -> Vec<u128> {
    let mut out = vec![0; tags.len()];
    let starts = parted(tags, bits, parts(tags.len()), |from, to| out[to] = tags[from]);
    starts.array_windows().for_each(|[start, end]| out[*start..*end].sort_unstable());
    out
}

/// log₂ of the parts that `n` tags are cut into: some hundred tags each, but not more parts than can be written to at a time.
fn parts(n: usize) -> u32 {
    n.div_ceil(512).next_power_of_two().ilog2().min(11)
}

/// Says for each tag where it goes so that those with the same top `parts` of `bits` bits stand together; where each part begins.
fn parted(tags: &[u128], bits: u32, parts: u32, mut put: impl FnMut(usize, usize)) -> Vec<usize> {
    let shift = bits.saturating_sub(parts).min(127);
    let part = |tag: u128| (tag >> shift) as usize & ((1 << parts) - 1);
    let mut starts = vec![0; (1 << parts) + 1];
    tags.iter().for_each(|tag| starts[part(*tag) + 1] += 1);
    (0..1 << parts).for_each(|i| starts[i + 1] += starts[i]);
    let mut next = starts.clone();
    for (from, tag) in tags.iter().enumerate() {
        let to = &mut next[part(*tag)];
        put(from, *to);
        *to += 1;
    }
    starts
}

#[cfg(test)]
mod tests {
    use jointly_math::{Prg, Seed};

    use super::*;

    fn random(n: usize) -> Vec<u128> {
        Prg::new(Seed::random()).blocks(n).into_iter().map(u128::from).collect()
    }

    #[test]
    fn sets_come_back() {
        for (n, bits) in [(1, 40), (1, 128), (2, 128), (3, 60), (1000, 60), (5000, 128), (70_000, 80)] {
            let layout = Layout::new(n, bits);
            assert!(layout.bits() >= bits && layout.bits() <= 128, "{layout:?}");
            let tags: Vec<u128> = random(n).into_iter().map(|tag| layout.cut(tag)).collect();
            let before = &tags;
            let bytes = layout.encode(&tags).unwrap();
            assert_eq!(bytes.len(), layout.bytes());
            assert!(sorted(&tags, layout.bits()).is_sorted());
            let set = layout.decode(bytes, Party(1)).unwrap();
            assert_eq!(set.common(before), Vec::from_iter(0..n as u32));
            let others: Vec<u128> = random(1000).into_iter().map(|tag| layout.cut(tag)).collect();
            assert!(set.common(&others).is_empty() && set.common(&[]).is_empty());
            assert_eq!(set.common(&[others[0], before[n - 1], others[1]]), [1]);
        }
    }

    #[test]
    fn twice_is_refused() {
        let layout = Layout::new(3, 60);
        assert!(layout.encode(&[4, 5, 4]).is_none());
    }

    #[test]
    fn what_is_no_set_is_refused() {
        let layout = Layout::new(100, 60);
        let tags: Vec<u128> = random(100).into_iter().map(|tag| layout.cut(tag)).collect();
        let bytes = layout.encode(&tags).unwrap();
        for bit in 0..8 * layout.head() {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(matches!(layout.decode(bytes, Party(1)), Err(Error::Malformed { from: Party(1), .. })));
        }
        assert!(layout.decode(bytes[1..].to_vec(), Party(1)).is_err());
        assert!(layout.decode(vec![0; layout.bytes()], Party(1)).is_err());
        assert!(layout.decode(vec![255; layout.bytes()], Party(1)).is_err());
        // Two tags of one bucket in the wrong order, or equal.
        let layout = Layout::new(2, 65);
        let bytes = layout.encode(&[5, 6]).unwrap();
        assert_eq!((bytes.len(), layout.head()), (17, 1));
        let [one, two]: [&[u8]; 2] = [&bytes[1..9], &bytes[9..]];
        assert!(layout.decode([&bytes[..1], two, one].concat(), Party(1)).is_err());
        assert!(layout.decode([&bytes[..1], one, one].concat(), Party(1)).is_err());
        assert_eq!(layout.decode(bytes, Party(1)).unwrap().common(&[7, 6]), [1]);
    }
}
