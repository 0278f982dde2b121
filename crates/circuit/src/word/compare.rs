//! Which of two numbers is less, and what follows from it.

use super::{nots, signed_width};
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

    /// Whether x < y, as signed numbers: n ANDs; fewer, if both were widened.
    pub fn lt_signed(&mut self, x: &[Wire], y: &[Wire]) -> Wire {
        assert_eq!(x.len(), y.len(), "words of one width");
        let width = signed_width(x).max(signed_width(y));
        // Moved up by 2^(n−1), signed numbers are in the order of unsigned ones.
        self.lt(&moved_up(&x[..width]), &moved_up(&y[..width]))
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
