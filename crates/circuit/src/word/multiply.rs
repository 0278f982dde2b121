//! Products without an AND for the partial ones.
//!
//! For bits, 2ab = [a = b] + a + b − 1, and [a = b] = ¬(a ⊕ b) is free. Summed over all pairs of bits of x (n of them) and y (m of them),
//!
//! 2xy = Σ [x_j = y_i] 2^(i+j) + x (2^m − 1) + y (2^n − 1) − (2^n − 1)(2^m − 1)
//!     = Σ [x_j = y_i] 2^(i+j) + x 2^m + y 2^n + ¬x + ¬y + 2^(n+m) + 1  modulo 2^(n+m+1),
//!
//! where ¬x = 2^n − 1 − x. So only the additions cost: about n² / 2 ANDs for the low half of a product, where multiplying out takes n².

use super::{constant, nots, sign_extend, signed_width, zero_extend};
use crate::{Builder, Wire, Word};

/// From this width on a full product is split by Karatsuba: below, its additions cost more than the product that it saves.
const KARATSUBA: usize = 32;

impl Builder {
    /// x · y, which wraps: for 64 bits 2,142 ANDs; fewer, if both were widened.
    pub fn mul(&mut self, x: &[Wire], y: &[Wire]) -> Word {
        assert_eq!(x.len(), y.len(), "words of one width");
        let width = x.len();
        let (short_x, short_y) = (unsigned(x), unsigned(y));
        if short_x.len() + short_y.len() <= width {
            return zero_extend(&self.mul_wide(short_x, short_y), width);
        }
        let (signed_x, signed_y) = (&x[..signed_width(x)], &y[..signed_width(y)]);
        if signed_x.len() + signed_y.len() <= width {
            return sign_extend(&self.mul_wide_signed(signed_x, signed_y), width);
        }
        self.product(short_x, short_y, width)
    }

    /// x · y of numbers from 0 on, as wide as both together.
    pub fn mul_wide(&mut self, x: &[Wire], y: &[Wire]) -> Word {
        if x.len() == y.len() && x.len() >= KARATSUBA && !is_constant(x) && !is_constant(y) {
            return self.karatsuba(x, y);
        }
        self.product(x, y, x.len() + y.len())
    }

    /// x · y of signed numbers, as wide as both together.
    ///
    /// # Panics
    /// If one of them is empty.
    pub fn mul_wide_signed(&mut self, x: &[Wire], y: &[Wire]) -> Word {
        let (n, width) = (x.len(), x.len() + y.len());
        if is_constant(x) || is_constant(y) {
            return self.product(&sign_extend(x, width), &sign_extend(y, width), width);
        }
        // A sign counts −2^n instead of 2^n, which is 2^(n+1) · 2^(n−1) too much: x_s y 2^n and y_s x 2^m are taken off.
        let all = self.mul_wide(x, y);
        let (off_y, off_x) = (self.mask(x[n - 1], y), self.mask(y[y.len() - 1], x));
        let high = self.sub(&all[n..], &zero_extend(&off_y, width - n));
        let mut all = [&all[..n], &high].concat();
        let high = self.sub(&all[y.len()..], &zero_extend(&off_x, n));
        all.truncate(y.len());
        [all, high].concat()
    }

    /// The low `width` bits of x · y.
    fn product(&mut self, x: &[Wire], y: &[Wire], width: usize) -> Word {
        match (is_constant(x), is_constant(y)) {
            (true, _) => return self.times_constant(y, x, width),
            (_, true) => return self.times_constant(x, y, width),
            _ => {}
        }
        let (n, m) = (x.len(), y.len());
        let mut columns = vec![Vec::new(); width + 1];
        let mut put = |wire: Wire, at: usize| {
            if at <= width {
                columns[at].push(wire);
            }
        };
        put(Wire::ONE, 0);
        put(Wire::ONE, n + m);
        for (j, a) in x.iter().enumerate() {
            put(!*a, j);
            put(*a, m + j);
        }
        for (i, b) in y.iter().enumerate() {
            put(!*b, i);
            put(*b, n + i);
        }
        for (i, b) in y.iter().enumerate() {
            for (j, a) in x.iter().enumerate().take((width + 1).saturating_sub(i)) {
                let same = !self.xor(*a, *b);
                put(same, i + j);
            }
        }
        self.sum_columns(columns)[1..].to_vec()
    }

    /// Shifted copies of x, added or taken off by the non-adjacent form of the constant, which has the fewest digits.
    fn times_constant(&mut self, x: &[Wire], constant: &[Wire], width: usize) -> Word {
        let bit = |i: usize| constant.get(i).is_some_and(|wire| *wire == Wire::ONE);
        let mut columns = vec![Vec::new(); width];
        let mut carry = false;
        for i in 0..width {
            let digit = bit(i) ^ carry;
            let negative = digit && bit(i + 1);
            carry = if digit { negative } else { bit(i) && carry };
            if digit {
                // −x 2^i = (¬x + 1) 2^i, and ¬x has ones as far as the sum goes.
                (i..width).for_each(|at| {
                    let wire = x.get(at - i).copied().unwrap_or(Wire::ZERO);
                    columns[at].push(if negative { !wire } else { wire });
                });
                columns[i].push(Wire::constant(negative));
            }
        }
        self.sum_columns(columns)
    }

    /// (x₁ 2^h + x₀)(y₁ 2^h + y₀) with three products: the middle is (x₀ + x₁)(y₀ + y₁) − x₀y₀ − x₁y₁.
    fn karatsuba(&mut self, x: &[Wire], y: &[Wire]) -> Word {
        let (n, h) = (x.len(), x.len().div_ceil(2));
        let ((x0, x1), (y0, y1)) = (x.split_at(h), y.split_at(h));
        let (low, high) = (self.mul_wide(x0, y0), self.mul_wide(x1, y1));
        let (sum_x, sum_y) = (self.add_halves(x0, x1), self.add_halves(y0, y1));
        let middle = self.mul_wide(&sum_x, &sum_y);
        let width = 2 * n - h;
        let less = |word: &[Wire]| nots(&zero_extend(word, width));
        let base = [low.clone(), high.clone()].concat();
        let words = [base[h..].to_vec(), middle, less(&low), less(&high), constant(2, width.min(128))];
        let upper = self.sum(&words, width);
        [low[..h].to_vec(), upper].concat()
    }

    /// The sum of the halves of a word, one bit wider than the lower.
    fn add_halves(&mut self, low: &[Wire], high: &[Wire]) -> Word {
        let (mut sum, carry) = self.add_carry(low, &zero_extend(high, low.len()), Wire::ZERO);
        sum.push(carry);
        sum
    }
}

/// Without the zeros on top.
fn unsigned(x: &[Wire]) -> &[Wire] {
    let zeros = x.iter().rev().take_while(|bit| **bit == Wire::ZERO).count();
    &x[..x.len() - zeros]
}

fn is_constant(x: &[Wire]) -> bool {
    x.iter().all(|wire| wire.as_constant().is_some())
}
