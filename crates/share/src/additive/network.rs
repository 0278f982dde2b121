//! Switching networks: any order of n rows by switches, each of which exchanges two rows or does not.
//!
//! Waksman, "A permutation network", J. ACM 15(1), 1968, for any n as in Beauquier and Darrot, "On arbitrary size Waksman networks and their vulnerability",
//! 2002: rows 2k and 2k + 1 meet; the even places then go through a network of ⌈n/2⌉ rows, the odd ones through one of ⌊n/2⌋; rows 2k and
//! 2k + 1 meet again, but for the last two if n is even. All of it in place.

use jointly_math::{bits, wipe::wipe};

/// Switches of a network of `n` rows.
pub(crate) fn switches(n: usize) -> usize {
    // Σ ⌈log₂ i⌉ over i ≤ n.
    let most = n.next_power_of_two().ilog2() as usize;
    (n * most + 1).saturating_sub(1 << most)
}

/// The pairs of places that meet, in the order in which they do.
pub(crate) struct Network {
    ahead: Vec<Part>,
}

/// What is still to come; places are `base`, `base` + `stride`, …
#[derive(Clone, Copy)]
enum Part {
    /// The network of so many places.
    Whole { base: u32, stride: u32, n: u32 },
    /// Places 2k and 2k + 1 for the k of a range.
    Column { base: u32, stride: u32, from: u32, to: u32 },
}

impl Network {
    /// Of `n` rows.
    pub fn new(n: u32) -> Self {
        Self { ahead: vec![Part::Whole { base: 0, stride: 1, n }] }
    }
}

impl Iterator for Network {
    type Item = [usize; 2];

    fn next(&mut self) -> Option<[usize; 2]> {
        loop {
            match self.ahead.pop()? {
                Part::Whole { n: 0 | 1, .. } => {}
                Part::Whole { base, stride, n } => {
                    let (pairs, odd) = (n / 2, base + stride);
                    self.ahead.extend([
                        Part::Column { base, stride, from: 0, to: outputs(n) },
                        Part::Whole { base: odd, stride: 2 * stride, n: pairs },
                        Part::Whole { base, stride: 2 * stride, n: n - pairs },
                        Part::Column { base, stride, from: 0, to: pairs },
                    ]);
                }
                Part::Column { base, stride, from, to } => {
                    if from + 1 < to {
                        self.ahead.push(Part::Column { base, stride, from: from + 1, to });
                    }
                    if from < to {
                        let low = base + 2 * from * stride;
                        return Some([low as usize, (low + stride) as usize]);
                    }
                }
            }
        }
    }
}

/// Pairs that meet again at the end.
fn outputs(n: u32) -> u32 {
    (n - 1) / 2
}

/// Which switches exchange, as a plane, so that row `order[i]` comes to place i. `order` is a permutation. Which memory is touched depends on it, as with
/// [`random_permutation`](jointly_math::random_permutation).
pub(crate) fn route(order: &[u32]) -> Vec<u64> {
    let mut plane = vec![0; bits::words(switches(order.len()))];
    settle(order.to_vec(), 0, &mut plane);
    plane
}

/// Sets the switches of one network, of which the first is number `at`; the number of the one behind it.
fn settle(mut order: Vec<u32>, at: usize, plane: &mut [u64]) -> usize {
    let n = order.len();
    if n < 2 {
        return at;
    }
    let (pairs, mut sides) = (n / 2, sides(&order));
    let mut set = |i: usize, on: bool| plane[i / 64] |= u64::from(on) << (i % 64);
    // sides[i]: whether what comes to place i goes through the network of the odd places.
    let mut parts = [Vec::with_capacity(n - pairs), Vec::with_capacity(pairs)];
    for (&from, &side) in order.iter().zip(&sides) {
        parts[usize::from(side)].push(from / 2);
        if from % 2 == 0 && (from as usize) < 2 * pairs {
            set(at + from as usize / 2, side);
        }
    }
    let last = at + pairs + switches(n - pairs) + switches(pairs);
    for k in 0..outputs(n as u32) as usize {
        set(last + k, sides[2 * k]);
    }
    wipe(&mut order);
    wipe(&mut sides);
    let [even, odd] = parts;
    let middle = settle(even, at + pairs, plane);
    let end = settle(odd, middle, plane);
    debug_assert_eq!(end, last);
    end + outputs(n as u32) as usize
}

/// Through which network what comes to each place goes: of two that meet, at either end, one through each. What stands at an odd end goes through the even
/// one, and what comes to the last place of an even number through the odd one.
fn sides(order: &[u32]) -> Vec<bool> {
    let n = order.len();
    let mut to = vec![0u32; n];
    order.iter().enumerate().for_each(|(i, from)| to[*from as usize] = i as u32);
    let (mut sides, mut known) = (vec![false; n], vec![false; n]);
    let mut follow = |start: usize, side: bool| {
        let mut place = start;
        while !known[place] {
            (sides[place], known[place]) = (side, true);
            // What it met at the beginning goes the other way, and what that meets at the end goes this way.
            let met = order[place] as usize ^ 1;
            if met >= n {
                return;
            }
            let other = to[met] as usize;
            (sides[other], known[other]) = (!side, true);
            place = other ^ 1;
            if place >= n {
                return;
            }
        }
    };
    follow(n - 1, n.is_multiple_of(2));
    (0..n / 2).for_each(|k| follow(2 * k, false));
    wipe(&mut to);
    wipe(&mut known);
    sides
}

#[cfg(test)]
mod tests {
    use jointly_math::{Prg, Seed, random_permutation};

    use super::*;

    #[test]
    fn every_order_has_its_switches() {
        let sizes = (0..70).chain([127, 128, 129, 1000, 1023, 1025, 4096]);
        for n in sizes {
            assert_eq!(Network::new(n as u32).count(), switches(n), "{n}");
            for seed in 0..4 {
                let order = random_permutation(&mut Prg::new(Seed::from_bytes([seed; 16])), n);
                let plane = route(&order);
                let mut rows: Vec<u32> = (0..n as u32).collect();
                for (i, [low, high]) in Network::new(n as u32).enumerate() {
                    if plane[i / 64] >> (i % 64) & 1 == 1 {
                        rows.swap(low, high);
                    }
                }
                assert_eq!(rows, order);
            }
        }
    }
}
