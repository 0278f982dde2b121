//! Memory that held shares, overwritten before it is given back: whole vectors at a time, not word by word.

use std::ops::{Deref, DerefMut};

use zeroize::{DefaultIsZeroes, Zeroize};

/// Overwrites all of a vector's memory with zeros, spare capacity included, and empties it. The compiler may not leave it out.
pub fn wipe<W: DefaultIsZeroes>(words: &mut Vec<W>) {
    words.spare_capacity_mut().zeroize();
    words.as_mut_slice().zeroize();
    words.clear();
}

/// A vector of secret words, wiped when it is dropped.
#[derive(Default)]
pub struct Wiped(Vec<u64>);

impl Wiped {
    /// Takes charge of a vector.
    pub fn new(words: Vec<u64>) -> Self {
        Self(words)
    }
}

impl Deref for Wiped {
    type Target = Vec<u64>;

    fn deref(&self) -> &Vec<u64> {
        &self.0
    }
}

impl DerefMut for Wiped {
    fn deref_mut(&mut self) -> &mut Vec<u64> {
        &mut self.0
    }
}

impl Drop for Wiped {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_vector_is_left() {
        let mut words = vec![7u64; 100];
        words.truncate(40);
        wipe(&mut words);
        assert!(words.is_empty() && words.capacity() >= 100);
        // SAFETY: wiping has initialised the whole capacity.
        unsafe { words.set_len(100) };
        assert_eq!(words, [0; 100]);
    }
}
