//! One binary fuse filter: where its keys' entries stand, and the order in which they can be solved for.

use super::Tag;

/// Entries that a key is the sum of.
pub const ARITY: usize = 3;

/// The size of the segments for `keys` keys (Graf, Lemire, §3, for three hashes), such that at least three fit into the columns.
pub fn segment_bits(columns: usize, keys: usize) -> u32 {
    let ideal = ((keys.max(2) as f64).ln() / 3.33f64.ln() + 2.25).floor() as u32;
    ideal.clamp(2, (columns / (ARITY + 1)).ilog2())
}

/// How many keys a filter of so many columns takes, by the overhead of Graf and Lemire (§3), with a little to spare.
pub fn capacity(columns: usize) -> usize {
    let overhead = |keys: f64| (0.875 + 0.25 * 1e6f64.ln() / keys.ln()).max(1.125) + 0.02;
    // The overhead grows as keys become fewer: once around is close enough.
    let first = columns as f64 / overhead(columns as f64);
    (columns as f64 / overhead(first)) as usize
}

/// The three columns of a key, from 16 bytes of its hash, without branches or divisions: the key may be secret.
pub fn columns(hash: &[u8; 16], columns: usize, segment_bits: u32) -> [u64; ARITY] {
    let word = |i: usize| u64::from_le_bytes(std::array::from_fn(|b| hash[8 * i + b]));
    let starts = ((columns >> segment_bits) - (ARITY - 1)) as u64;
    let segment = ((u128::from(word(0)) * u128::from(starts)) >> 64) as u64;
    let within = |i: u64| word(1) >> (21 * i) & ((1 << segment_bits) - 1);
    [0, 1, 2].map(|i| ((segment + i) << segment_bits) + within(i))
}

/// An order in which entries can be solved for: each step names a key and which of its columns no later step touches. `None` if
/// there is no such order.
pub fn peel(places: &[[u64; ARITY]], columns: usize) -> Option<Vec<(usize, usize)>> {
    // For each column: how many keys are left in it, and the exclusive or of their numbers.
    let mut left = vec![(0u32, 0usize); columns];
    for (key, places) in places.iter().enumerate() {
        for column in places {
            let (count, keys) = &mut left[*column as usize];
            (*count, *keys) = (*count + 1, *keys ^ key);
        }
    }
    let mut alone: Vec<usize> = (0..columns).filter(|c| left[*c].0 == 1).collect();
    let mut order = Vec::with_capacity(places.len());
    while let Some(column) = alone.pop() {
        let (count, key) = left[column];
        if count != 1 {
            continue;
        }
        order.push((key, column));
        for column in places[key].map(|c| c as usize) {
            let (count, keys) = &mut left[column];
            (*count, *keys) = (*count - 1, *keys ^ key);
            if *count == 1 {
                alone.push(column);
            }
        }
    }
    order.reverse();
    (order.len() == places.len()).then_some(order)
}

/// Entries of `words` numbers such that the three of each key sum up to its value. `entries` holds random ones, of which those that are solved for
/// are replaced.
pub fn solve(order: &[(usize, usize)], places: &[[u64; ARITY]], values: &[Vec<u16>], entries: &mut [Vec<u16>]) {
    for (key, column) in order {
        let mut entry = values[*key].clone();
        for other in places[*key].map(|c| c as usize).into_iter().filter(|c| c != column) {
            entry.iter_mut().zip(&entries[other]).for_each(|(entry, other)| *entry = entry.wrapping_sub(*other));
        }
        entries[*column] = entry;
    }
}

/// The values are distinct: a key stands once in a filter.
pub fn distinct(keys: &[Tag]) -> bool {
    let mut sorted = keys.to_vec();
    sorted.sort_unstable();
    sorted.windows(2).all(|pair| pair[0] != pair[1])
}

#[cfg(test)]
mod tests {
    use super::*;
    use jointly_math::{Prg, Seed};

    fn random(n: usize, columns: usize) -> Vec<[u64; ARITY]> {
        let bits = segment_bits(columns, n);
        let blocks = Prg::new(Seed::random()).blocks(n);
        blocks.iter().map(|block| super::columns(&block.to_bytes(), columns, bits)).collect()
    }

    #[test]
    fn filters_at_capacity_can_be_solved() {
        for columns in [2048, 8192, 32768, 131072] {
            let n = capacity(columns);
            assert!(columns < 8192 || n * 5 > columns * 4 - columns / 8, "{n} keys in {columns} columns");
            let solvable = (0..10).filter(|_| peel(&random(n, columns), columns).is_some()).count();
            assert!(solvable > 0, "{columns} columns, {n} keys");
        }
    }

    #[test]
    fn solved_entries_sum_up() {
        let (columns, n) = (2048, 1000);
        let (places, order) = loop {
            let places = random(n, columns);
            if let Some(order) = peel(&places, columns) {
                break (places, order);
            }
        };
        assert!(places.iter().all(|p| p[0] < p[1] && p[1] < p[2] && p[2] < columns as u64));
        let mut prg = Prg::new(Seed::random());
        let mut row = || prg.words(4).iter().map(|x| *x as u16).collect::<Vec<u16>>();
        let values: Vec<Vec<u16>> = (0..n).map(|_| row()).collect();
        let mut entries: Vec<Vec<u16>> = (0..columns).map(|_| row()).collect();
        solve(&order, &places, &values, &mut entries);
        for (places, value) in places.iter().zip(&values) {
            let sum = |w: usize| places.iter().fold(0u16, |sum, c| sum.wrapping_add(entries[*c as usize][w]));
            assert!((0..4).all(|w| sum(w) == value[w]));
        }
    }

    #[test]
    fn too_many_keys_have_no_order() {
        assert!(peel(&random(2048, 2048), 2048).is_none());
        assert!(distinct(&[[1; 16], [2; 16]]) && !distinct(&[[1; 16], [2; 16], [1; 16]]));
    }
}
