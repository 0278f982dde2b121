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
pub struct Wiped<W: DefaultIsZeroes = u64>(Vec<W>);

impl<W: DefaultIsZeroes> Wiped<W> {
    /// Takes charge of a vector.
    pub fn new(words: Vec<W>) -> Self {
        Self(words)
    }
}

impl<W: DefaultIsZeroes> Deref for Wiped<W> {
    type Target = Vec<W>;

    fn deref(&self) -> &Vec<W> {
        &self.0
    }
}

impl<W: DefaultIsZeroes> DerefMut for Wiped<W> {
    fn deref_mut(&mut self) -> &mut Vec<W> {
        &mut self.0
    }
}

impl<W: DefaultIsZeroes> Drop for Wiped<W> {
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
