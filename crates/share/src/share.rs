//! What one party holds of a shared vector: one or more components, each a vector over the same ring.

use jointly_math::{bits, wipe::wipe};
use zeroize::DefaultIsZeroes;

/// Components of a linear sharing. A linear map on the secret is the same map on every component.
pub struct Share<W: DefaultIsZeroes>(pub(crate) Vec<Vec<W>>);

impl<W: DefaultIsZeroes> Share<W> {
    /// From components of one length.
    pub fn new(parts: Vec<Vec<W>>) -> Self {
        debug_assert!(parts.windows(2).all(|p| p[0].len() == p[1].len()));
        Self(parts)
    }

    /// Component `k`.
    pub fn part(&self, k: usize) -> &[W] {
        &self.0[k]
    }

    /// The image under a linear map.
    pub fn map(&self, f: impl FnMut(&Vec<W>) -> Vec<W>) -> Self {
        Self(self.0.iter().map(f).collect())
    }

    /// The image of a pair under a linear map.
    pub fn zip(&self, other: &Self, mut f: impl FnMut(&[W], &[W]) -> Vec<W>) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(x, y)| f(x, y)).collect())
    }

    /// The image of a list under a linear map.
    pub fn gather(shares: &[&Self], f: impl Fn(&[&[W]]) -> Vec<W>) -> Self {
        let parts = shares.first().map_or(0, |s| s.0.len());
        Self((0..parts).map(|k| f(&shares.iter().map(|s| s.part(k)).collect::<Vec<_>>())).collect())
    }
}

impl<W: DefaultIsZeroes> Drop for Share<W> {
    fn drop(&mut self) {
        self.0.iter_mut().for_each(wipe);
    }
}

/// `n` strings of `width` bits: bit plane after bit plane, the lowest bit first, each plane `ceil(n/64)` words.
/// Bits behind the end of a plane mean nothing.
pub struct Bits {
    /// XOR-shared words.
    pub planes: Share<u64>,
    /// Strings.
    pub n: usize,
    /// Bits of each.
    pub width: usize,
}

impl Bits {
    /// Words of one plane.
    pub fn words(&self) -> usize {
        bits::words(self.n)
    }

    /// Planes `from..to`.
    pub fn range(&self, from: usize, to: usize) -> Bits {
        let w = self.words();
        Bits { planes: self.planes.map(|p| p[from * w..to * w].to_vec()), n: self.n, width: to - from }
    }

    /// The lowest `width` planes, kept in place. What is cut off is wiped with the rest.
    pub fn lowest(mut self, width: usize) -> Bits {
        let words = width * self.words();
        self.planes.0.iter_mut().for_each(|p| p.truncate(words));
        self.width = width;
        self
    }

    /// Bitwise XOR.
    pub fn xor(&self, other: &Bits) -> Bits {
        let planes = self.planes.zip(&other.planes, |x, y| x.iter().zip(y).map(|(x, y)| x ^ y).collect());
        Bits { planes, n: self.n, width: self.width }
    }

    /// The planes of `list`, one after the other.
    pub fn stack(list: &[&Bits]) -> Bits {
        let planes = Share::gather(&list.iter().map(|b| &b.planes).collect::<Vec<_>>(), |parts| parts.concat());
        Bits { planes, n: list.first().map_or(0, |b| b.n), width: list.iter().map(|b| b.width).sum() }
    }
}
