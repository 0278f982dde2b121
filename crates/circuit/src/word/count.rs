//! Counting bits.

use crate::{Builder, Wire, Word};

impl Builder {
    /// How many bits are 1, in as many bits as that number can take: less than n ANDs, by full adders.
    pub fn popcount(&mut self, x: &[Wire]) -> Word {
        let width = x.len().checked_ilog2().map_or(1, |log| log as usize + 1);
        let mut columns = vec![Vec::new(); width];
        columns[0] = x.to_vec();
        self.sum_columns(columns)
    }

    /// How many zeros stand above the highest 1; all of them, if there is none. By halves, about 2n ANDs.
    pub fn leading_zeros(&mut self, x: &[Wire]) -> Word {
        let size = x.len().next_power_of_two();
        // Ones below the lowest bit end the count where the word ends.
        let mut padded = vec![Wire::ONE; size - x.len()];
        padded.extend_from_slice(x);
        let (zeros, none) = self.leading(&padded);
        let mut count = zeros;
        count.push(none);
        // Only a word without padding can be all zero: then its count is `size`, and the lower bits are 0.
        count
    }

    /// Leading zeros of a word of 2^k bits in k bits, and whether all bits are zero; if so, the count is 0.
    fn leading(&mut self, x: &[Wire]) -> (Word, Wire) {
        if let [bit] = x {
            return (Word::new(), !*bit);
        }
        let (low, high) = x.split_at(x.len() / 2);
        let ((low, low_none), (high, high_none)) = (self.leading(low), self.leading(high));
        let mut count = self.select(high_none, &low, &high);
        let none = self.and(high_none, low_none);
        // Half the word is skipped if the high half is empty and the low one is not: a XOR, since `none` implies `high_none`.
        count.push(self.xor(high_none, none));
        (count, none)
    }
}
