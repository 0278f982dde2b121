//! Sums and differences: one AND a bit, by the full adder c' = c ⊕ (a ⊕ c)(b ⊕ c) of Boyar, Peralta and Pochuev (2000).

use std::collections::VecDeque;

use super::{nots, sign_extend, signed_width};
use crate::{Builder, Wire, Word};

impl Builder {
    /// x + y + carry, and the carry out of it: n ANDs.
    pub fn add_carry(&mut self, x: &[Wire], y: &[Wire], mut carry: Wire) -> (Word, Wire) {
        let mut sum = Word::with_capacity(x.len());
        for (a, b) in super::pairs(x, y) {
            let (bit, next) = self.full_adder(a, b, carry);
            sum.push(bit);
            carry = next;
        }
        (sum, carry)
    }

    /// x + y, which wraps: n − 1 ANDs; fewer, if both were widened.
    pub fn add(&mut self, x: &[Wire], y: &[Wire]) -> Word {
        self.add_short(x, y, Wire::ZERO)
    }

    /// x − y, which wraps: n − 1 ANDs; fewer, if both were widened.
    pub fn sub(&mut self, x: &[Wire], y: &[Wire]) -> Word {
        self.add_short(x, &nots(y), Wire::ONE)
    }

    /// x + y + carry: of signed numbers that take r bits, the sum takes r + 1, and the rest are copies of its sign.
    fn add_short(&mut self, x: &[Wire], y: &[Wire], carry: Wire) -> Word {
        assert_eq!(x.len(), y.len(), "words of one width");
        let width = x.len().min(signed_width(x).max(signed_width(y)) + 1);
        let sum = self.add_carry(&x[..width], &y[..width], carry).0;
        sign_extend(&sum, x.len())
    }

    /// x − y, and whether x < y as numbers from 0 on: n ANDs.
    pub fn sub_borrow(&mut self, x: &[Wire], y: &[Wire]) -> (Word, Wire) {
        let (difference, carry) = self.add_carry(x, &nots(y), Wire::ONE);
        (difference, !carry)
    }

    /// −x, which wraps: n − 2 ANDs.
    pub fn neg(&mut self, x: &[Wire]) -> Word {
        self.negate_if(Wire::ONE, x)
    }

    /// −x if `negate` is 1, else x: n − 1 ANDs.
    pub fn negate_if(&mut self, negate: Wire, x: &[Wire]) -> Word {
        let flipped = self.flip(negate, x);
        self.increment_if(negate, &flipped)
    }

    /// x + 1 if `more` is 1, else x: n − 1 ANDs.
    pub fn increment_if(&mut self, more: Wire, x: &[Wire]) -> Word {
        let zero = vec![Wire::ZERO; x.len()];
        self.add_short(x, &zero, more)
    }

    /// |x| of a signed number. The lowest number has no counterpart and stays what it is: right, if the result is read as unsigned.
    ///
    /// # Panics
    /// If `x` is empty.
    pub fn abs(&mut self, x: &[Wire]) -> Word {
        self.negate_if(x[x.len() - 1], x)
    }

    /// The sum of all bits, those in column i counting 2^i, in as many bits as there are columns: an AND for each full adder, which takes
    /// two bits away from a column. Constants cost nothing. The bits of a column that are there first are added first, so that the depth
    /// stays low.
    pub fn sum_columns(&mut self, columns: Vec<Vec<Wire>>) -> Word {
        let mut sum = Word::with_capacity(columns.len());
        let mut carries: Vec<Wire> = Vec::new();
        let mut ones = 0;
        for column in columns {
            let mut bits = VecDeque::with_capacity(column.len() + carries.len());
            for bit in column.into_iter().chain(carries.drain(..)) {
                match bit.as_constant() {
                    Some(one) => ones += usize::from(one),
                    None => bits.push_back(bit),
                }
            }
            while bits.len() > 2 {
                let [a, b, c] = [(); 3].map(|()| bits.pop_front().unwrap_or(Wire::ZERO));
                let (bit, carry) = self.full_adder(a, b, c);
                bits.push_back(bit);
                carries.push(carry);
            }
            // A constant comes last: added to a single bit it costs nothing.
            let [a, b] = [(); 2].map(|()| bits.pop_front().unwrap_or(Wire::ZERO));
            let (bit, carry) = self.full_adder(a, b, Wire::constant(ones % 2 == 1));
            ones /= 2;
            sum.push(bit);
            carries.push(carry);
        }
        sum
    }

    /// The sum of all `words`, in `width` bits.
    pub fn sum(&mut self, words: &[Word], width: usize) -> Word {
        let column = |i| words.iter().filter_map(|word| word.get(i).copied()).collect();
        self.sum_columns((0..width).map(column).collect())
    }
}
