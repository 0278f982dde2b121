//! Where rows stand: a cuckoo table in which a tag has two buckets of four slots (Dietzfelbinger, Weidling, "Balanced Allocation and
//! Dictionaries with Tightly Packed Constant Size Bins", TCS 380, 2007). A look-up reads two buckets, whatever the table holds.

use std::collections::{HashMap, VecDeque};

use jointly_math::hash::hash;

use super::row::Tag;

/// Slots of a bucket.
pub(super) const SLOTS: usize = 4;

/// Slots that are looked at before an insertion is given up. At nine tenths some tens are enough.
const REACH: usize = 4000;

/// The two buckets of a tag, not the same, among `buckets` ≥ 2.
pub(super) fn buckets_of(seed: &[u8; 16], tag: &Tag, buckets: usize) -> [usize; 2] {
    let digest = hash("jointly pir 1 lookup place", &[seed, tag]);
    let below = |at: usize, bound: usize| {
        let word = u64::from_le_bytes(std::array::from_fn(|i| digest[at + i]));
        ((u128::from(word) * bound as u128) >> 64) as usize
    };
    let first = below(0, buckets);
    [first, (first + 1 + below(8, buckets - 1)) % buckets]
}

/// Who stands where; the holder's own, since tags are as good as names to whoever is given an evaluation.
#[derive(Clone)]
pub(super) struct Places {
    seed: [u8; 16],
    tags: Vec<Option<Tag>>,
}

impl Places {
    pub fn new(seed: [u8; 16], buckets: usize) -> Self {
        Self { seed, tags: vec![None; buckets * SLOTS] }
    }

    pub fn tags(&self) -> &[Option<Tag>] {
        &self.tags
    }

    /// The table with these tags in these slots; none if one of them is where no look-up finds it.
    pub fn restore(seed: [u8; 16], buckets: usize, tags: Vec<Option<Tag>>) -> Option<Self> {
        let places = Self { seed, tags };
        let well = |(slot, tag): (usize, &Option<Tag>)| tag.is_none_or(|tag| places.slots(&tag).any(|s| s == slot));
        (places.tags.len() == buckets * SLOTS && places.tags.iter().enumerate().all(well)).then_some(places)
    }

    /// Where a tag stands.
    pub fn find(&self, tag: &Tag) -> Option<usize> {
        self.slots(tag).find(|slot| self.tags[*slot].as_ref() == Some(tag))
    }

    /// Makes a slot free.
    pub fn remove(&mut self, slot: usize) {
        self.tags[slot] = None;
    }

    /// Puts a tag in: the slots on the way, of which each one's content has moved to the next, and the first has the tag now. None if there
    /// is no way.
    pub fn insert(&mut self, tag: Tag) -> Option<Vec<usize>> {
        // Breadth first: the shortest way to a free slot.
        let mut from: HashMap<usize, Option<usize>> = self.slots(&tag).map(|slot| (slot, None)).collect();
        let mut queue: VecDeque<usize> = self.slots(&tag).collect();
        while let Some(slot) = queue.pop_front() {
            let Some(there) = self.tags[slot] else { return Some(self.shift(tag, slot, &from)) };
            if from.len() > REACH {
                return None;
            }
            for next in self.slots(&there) {
                if let std::collections::hash_map::Entry::Vacant(entry) = from.entry(next) {
                    entry.insert(Some(slot));
                    queue.push_back(next);
                }
            }
        }
        None
    }

    fn shift(&mut self, tag: Tag, free: usize, from: &HashMap<usize, Option<usize>>) -> Vec<usize> {
        let mut way: Vec<usize> = std::iter::successors(Some(free), |slot| from.get(slot).copied().flatten()).collect();
        way.reverse();
        for pair in way.windows(2).rev() {
            self.tags[pair[1]] = self.tags[pair[0]].take();
        }
        self.tags[way[0]] = Some(tag);
        way
    }

    fn slots(&self, tag: &Tag) -> impl Iterator<Item = usize> + use<> {
        let buckets = buckets_of(&self.seed, tag, self.tags.len() / SLOTS);
        buckets.into_iter().flat_map(|bucket| bucket * SLOTS..(bucket + 1) * SLOTS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(i: u32) -> Tag {
        let digest = hash("test tag", &[&i.to_le_bytes()]);
        std::array::from_fn(|b| digest[b])
    }

    #[test]
    fn nine_tenths_fit_and_stay_where_they_are_found() {
        for n in [0u32, 1, 2, 9, 100, 20_000] {
            let buckets = (n as usize * 10).div_ceil(9 * SLOTS) + 2;
            let mut places = Places::new([7; 16], buckets);
            let mut content = vec![None; buckets * SLOTS];
            for i in 0..n {
                let way = places.insert(tag(i)).expect("a way");
                way.windows(2).rev().for_each(|pair| content[pair[1]] = content[pair[0]].take());
                content[way[0]] = Some(i);
            }
            assert!((0..n).all(|i| content[places.find(&tag(i)).expect("found")] == Some(i)));
            assert_eq!(places.find(&tag(n)), None);
            let again = Places::restore([7; 16], buckets, places.tags.clone()).expect("the same table");
            assert!((0..n).all(|i| again.find(&tag(i)) == places.find(&tag(i))));
        }
    }

    #[test]
    fn a_full_table_takes_no_more() {
        let mut places = Places::new([1; 16], 2);
        assert!((0..8).all(|i| places.insert(tag(i)).is_some()));
        assert!(places.insert(tag(8)).is_none());
        let slot = places.find(&tag(3)).expect("found");
        places.remove(slot);
        assert_eq!(places.insert(tag(8)).and_then(|way| way.last().copied()), Some(slot));
    }

    #[test]
    fn tags_out_of_place_are_no_table() {
        let mut tags = vec![None; 400];
        let elsewhere = (0..100).find(|b| !buckets_of(&[1; 16], &tag(0), 100).contains(b)).expect("a bucket");
        tags[elsewhere * SLOTS] = Some(tag(0));
        assert!(Places::restore([1; 16], 100, tags).is_none());
        assert!(Places::restore([1; 16], 100, vec![None; 399]).is_none());
    }
}
