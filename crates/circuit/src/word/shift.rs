//! Shifts and rotations: free by constants, by a secret amount one AND a bit and a stage.

use crate::{Builder, Wire, Word};

/// x · 2^by, in the width of x: free.
pub fn shl(x: &[Wire], by: usize) -> Word {
    (0..x.len()).map(|i| if i < by { Wire::ZERO } else { x[i - by] }).collect()
}

/// x shifted down by `by`, `fill` coming in from the top: free.
pub fn shr(x: &[Wire], by: usize, fill: Wire) -> Word {
    (0..x.len()).map(|i| i.checked_add(by).and_then(|i| x.get(i)).copied().unwrap_or(fill)).collect()
}

/// x rotated up by `by`: free.
///
/// # Panics
/// If `x` is empty.
pub fn rotl(x: &[Wire], by: usize) -> Word {
    let n = x.len();
    (0..n).map(|i| x[(i + n - by % n) % n]).collect()
}

impl Builder {
    /// x · 2^by, in the width of x; 0 if `by` is that width or more.
    pub fn shl(&mut self, x: &[Wire], by: &[Wire]) -> Word {
        self.stages(x, by, Wire::ZERO, |x, by, _| shl(x, by))
    }

    /// x shifted down by `by`, zeros coming in from the top; 0 if `by` is the width or more.
    pub fn shr(&mut self, x: &[Wire], by: &[Wire]) -> Word {
        self.stages(x, by, Wire::ZERO, shr)
    }

    /// x shifted down by `by`, its sign coming in from the top; the sign alone if `by` is the width or more.
    ///
    /// # Panics
    /// If `x` is empty.
    pub fn shr_signed(&mut self, x: &[Wire], by: &[Wire]) -> Word {
        self.stages(x, by, x[x.len() - 1], shr)
    }

    /// x rotated up by `by`, modulo the width.
    ///
    /// # Panics
    /// If the width is no power of two.
    pub fn rotl(&mut self, x: &[Wire], by: &[Wire]) -> Word {
        assert!(x.len().is_power_of_two(), "a rotation by a secret needs a width that is a power of two");
        let mut word = x.to_vec();
        for (i, bit) in by.iter().enumerate().take(x.len().ilog2() as usize) {
            let moved = rotl(&word, 1 << i);
            word = self.select(*bit, &moved, &word);
        }
        word
    }

    fn stages(&mut self, x: &[Wire], by: &[Wire], fill: Wire, shift: fn(&[Wire], usize, Wire) -> Word) -> Word {
        let stages = x.len().next_power_of_two().ilog2() as usize;
        let mut word = x.to_vec();
        for (i, bit) in by.iter().enumerate().take(stages) {
            let moved = shift(&word, 1 << i, fill);
            word = self.select(*bit, &moved, &word);
        }
        if by.len() <= stages {
            return word;
        }
        let beyond = self.any(&by[stages..]);
        let empty = vec![fill; x.len()];
        self.select(beyond, &empty, &word)
    }
}
