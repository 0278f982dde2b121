//! Which of two numbers is less, and what follows from it.

use super::nots;
use crate::{Builder, Wire, Word};

impl Builder {
    /// Whether x = y: n − 1 ANDs.
    pub fn eq(&mut self, x: &[Wire], y: &[Wire]) -> Wire {
        let differ = self.xors(x, y);
        self.all(&nots(&differ))
    }

    /// Whether x < y, as numbers from 0 on: n ANDs.
    pub fn lt(&mut self, x: &[Wire], y: &[Wire]) -> Wire {
        self.sub_borrow(x, y).1
    }

    /// Whether x < y, as signed numbers: n ANDs.
    pub fn lt_signed(&mut self, x: &[Wire], y: &[Wire]) -> Wire {
        // Moved up by 2^(n−1), signed numbers are in the order of unsigned ones.
        self.lt(&moved_up(x), &moved_up(y))
    }

    /// The smaller of two numbers from 0 on: 2n ANDs.
    pub fn min(&mut self, x: &[Wire], y: &[Wire]) -> Word {
        let less = self.lt(x, y);
        self.select(less, x, y)
    }

    /// The larger of two numbers from 0 on: 2n ANDs.
    pub fn max(&mut self, x: &[Wire], y: &[Wire]) -> Word {
        let less = self.lt(x, y);
        self.select(less, y, x)
    }

    /// The smaller of two signed numbers: 2n ANDs.
    pub fn min_signed(&mut self, x: &[Wire], y: &[Wire]) -> Word {
        let less = self.lt_signed(x, y);
        self.select(less, x, y)
    }

    /// The larger of two signed numbers: 2n ANDs.
    pub fn max_signed(&mut self, x: &[Wire], y: &[Wire]) -> Word {
        let less = self.lt_signed(x, y);
        self.select(less, y, x)
    }
}

fn moved_up(x: &[Wire]) -> Word {
    let mut word = x.to_vec();
    if let Some(sign) = word.last_mut() {
        *sign = !*sign;
    }
    word
}
