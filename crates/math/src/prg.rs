//! Seeds, and the generator that two or more parties run in step.

use std::{fmt, mem::MaybeUninit};

use subtle::{Choice, ConstantTimeEq};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{
    Block,
    aes::{Aes128, Keys, broadcast, rounds, soft_encrypt},
    hash::os_random,
    simd::{AesPath, Kernel, Vector, counters, dispatch},
    uninit::filled,
};

pub use crate::masked::{add_difference, differences, fill_difference, fill_xor, xor_into, xors};

/// 128 secret bits from which generators and further seeds grow. Erased on drop, never shown, no `==`.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Seed([u8; 16]);

impl Seed {
    /// A fresh seed from the operating system.
    ///
    /// # Panics
    /// If the operating system has no randomness to give: no protocol is safe then.
    pub fn random() -> Seed {
        Seed(os_random())
    }

    /// The seed of these bytes, which a peer sent or a protocol agreed on.
    pub fn from_bytes(bytes: [u8; 16]) -> Seed {
        Seed(bytes)
    }

    /// The bytes, to be sent to whoever shall hold the same seed.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// An independent seed for one use: `label` names the use, `path` the place in the program.
    pub fn derive(&self, label: &str, path: &str) -> Seed {
        let mut hasher = blake3::Hasher::new_derive_key("jointly math 1 seed derivation");
        hasher.update(&self.0);
        for part in [label, path] {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        let mut derived = Seed([0; 16]);
        hasher.finalize_xof().fill(&mut derived.0);
        hasher.zeroize();
        derived
    }
}

impl ConstantTimeEq for Seed {
    fn ct_eq(&self, other: &Seed) -> Choice {
        self.0.ct_eq(&other.0)
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(..)")
    }
}

/// AES-128 in counter mode: block j is AES(j), j a 64-bit number.
///
/// Every call starts at a fresh block, so that holders of one seed who make the same calls get the same values;
/// two calls of n words are not one call of 2n words when n is odd. Same bits on every machine.
pub struct Prg {
    pub(crate) aes: Aes128,
    pub(crate) next: u64,
}

impl Prg {
    /// The generator of a seed. One seed, one generator: two of them would repeat each other.
    pub fn new(seed: Seed) -> Prg {
        Prg::on(AesPath::best(), seed)
    }

    pub(crate) fn on(path: AesPath, seed: Seed) -> Prg {
        Prg { aes: Aes128::on(path, Block::from_bytes(seed.0)), next: 0 }
    }

    /// `n` words.
    pub fn words(&mut self, n: usize) -> Vec<u64> {
        // SAFETY: `fill` writes every word.
        unsafe { filled(n, |out| self.fill(out)) }
    }

    /// `n` blocks.
    pub fn blocks(&mut self, n: usize) -> Vec<Block> {
        let mut out = vec![Block::ZERO; n];
        self.fill_blocks(&mut out);
        out
    }

    /// One block.
    pub fn block(&mut self) -> Block {
        let mut out = [Block::ZERO];
        self.fill_blocks(&mut out);
        out[0]
    }

    /// Where the generator stands.
    pub fn place(&self) -> u64 {
        self.next
    }

    /// A generator that repeats what this one has drawn from `place` on: for checking what was made of it, never for masking anything new.
    pub fn again(&self, place: u64) -> Prg {
        Prg { aes: self.aes.clone(), next: place }
    }

    /// A seed for a generator of its own.
    pub fn seed(&mut self) -> Seed {
        Seed(self.block().to_bytes())
    }

    /// Overwrites `out` with random words.
    pub fn fill_words(&mut self, out: &mut [u64]) {
        self.fill(as_uninit(out));
    }

    /// Overwrites `out` with random blocks.
    pub fn fill_blocks(&mut self, out: &mut [Block]) {
        self.fill_words(bytemuck::cast_slice_mut(out));
    }

    /// Overwrites `out` with random bytes.
    pub fn fill_bytes(&mut self, out: &mut [u8]) {
        let mut words = [0u64; 64];
        for chunk in out.chunks_mut(512) {
            self.fill_words(&mut words[..chunk.len().div_ceil(8)]);
            chunk.copy_from_slice(&bytemuck::bytes_of(&words)[..chunk.len()]);
        }
        words.zeroize();
    }

    /// Writes every word of `out`.
    fn fill(&mut self, out: &mut [MaybeUninit<u64>]) {
        let first = self.advance(out.len());
        match &self.aes.0 {
            Keys::Hardware { path, round } => {
                dispatch(*path, Keystream { round, first, out });
            }
            Keys::Portable(aes) => {
                for (i, chunk) in out.chunks_mut(SOFT_WORDS).enumerate() {
                    let words = soft_words(aes, first.wrapping_add((i * SOFT_WORDS / 2) as u64));
                    chunk.iter_mut().zip(words).for_each(|(out, word)| {
                        out.write(word);
                    });
                }
            }
        }
    }

    /// Takes the blocks for `n` words; the first one's number.
    pub(crate) fn advance(&mut self, n: usize) -> u64 {
        let first = self.next;
        // 2^64 blocks are beyond any machine's life; wrapping only avoids a needless check.
        self.next = first.wrapping_add(n.div_ceil(2) as u64);
        first
    }
}

impl fmt::Debug for Prg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Prg(..)")
    }
}

/// Initialised words seen as words that a kernel may write. It never writes uninitialised ones.
pub(crate) fn as_uninit(out: &mut [u64]) -> &mut [MaybeUninit<u64>] {
    // SAFETY: same layout; the crate's kernels write only initialised words into such slices.
    unsafe { &mut *(std::ptr::from_mut(out) as *mut [MaybeUninit<u64>]) }
}

/// Words that one portable step makes.
pub(crate) const SOFT_WORDS: usize = 16;

/// The words of the blocks `first ..` on the portable path.
pub(crate) fn soft_words(aes: &::aes::Aes128, first: u64) -> [u64; SOFT_WORDS] {
    let mut blocks: [Block; SOFT_WORDS / 2] = std::array::from_fn(|i| Block([first.wrapping_add(i as u64), 0]));
    soft_encrypt(aes, &mut blocks);
    bytemuck::cast(blocks)
}

struct Keystream<'a> {
    round: &'a [Block; 11],
    first: u64,
    out: &'a mut [MaybeUninit<u64>],
}

impl Kernel for Keystream<'_> {
    type Out = ();

    #[inline(always)]
    unsafe fn run<V: Vector>(self) {
        const N: usize = 8;
        let step = N * V::WORDS;
        let n = self.out.len();
        let out = self.out.as_mut_ptr().cast::<u64>();
        let mut i = 0;
        // SAFETY: inside the trampoline of V; whole steps lie within `out`, the last one goes through a buffer of
        // eight of the widest registers, of which the n − i words that `out` still has are copied.
        unsafe {
            let keys = broadcast::<V>(self.round);
            while i + step <= n {
                store(rounds(&keys, counters::<V, N>(self.first.wrapping_add(i as u64 / 2))), out.add(i));
                i += step;
            }
            if i < n {
                let mut rest = [0u64; 64];
                store(rounds(&keys, counters::<V, N>(self.first.wrapping_add(i as u64 / 2))), rest.as_mut_ptr());
                out.add(i).copy_from_nonoverlapping(rest.as_ptr(), n - i);
            }
        }
    }
}

#[inline(always)]
unsafe fn store<V: Vector, const N: usize>(x: [V; N], out: *mut u64) {
    for (i, x) in x.iter().enumerate() {
        // SAFETY: the caller is inside the trampoline of V and gives room for N registers.
        unsafe { x.store(out.add(i * V::WORDS)) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seed() -> Seed {
        Seed::from_bytes(*b"0123456789abcdef")
    }

    #[test]
    fn every_path_is_aes_in_counter_mode() {
        let aes = Aes128::new(Block::from_bytes(*b"0123456789abcdef"));
        let expected: Vec<u64> = (0..300).flat_map(|j| aes.encrypt(Block([j, 0])).0).collect();
        for path in AesPath::available() {
            for n in [0, 1, 2, 15, 16, 17, 63, 64, 65, 500] {
                let mut prg = Prg::on(path, seed());
                assert_eq!(prg.words(n), expected[..n], "{path:?}");
                let rest = n.div_ceil(2) * 2;
                assert_eq!(prg.words(7), expected[rest..rest + 7], "{path:?}: calls start at fresh blocks");
            }
        }
    }

    #[test]
    fn bytes_and_blocks_are_the_same_stream() {
        let words = Prg::new(seed()).words(200);
        let mut bytes = vec![0; 1600 - 3];
        Prg::new(seed()).fill_bytes(&mut bytes);
        assert_eq!(bytes, bytemuck::cast_slice::<u64, u8>(&words)[..1597]);
        let blocks = Prg::new(seed()).blocks(100);
        assert_eq!(bytemuck::cast_slice::<Block, u64>(&blocks), words);
    }

    #[test]
    fn derived_seeds_differ_by_label_and_path() {
        let names = [("a", "bc"), ("ab", "c"), ("", "abc"), ("abc", ""), ("a", "b")];
        let mut seeds: Vec<[u8; 16]> = names.iter().map(|(l, p)| *seed().derive(l, p).as_bytes()).collect();
        assert_eq!(seed().derive("a", "bc").as_bytes(), &seeds[0]);
        seeds.push(*seed().as_bytes());
        seeds.sort_unstable();
        seeds.dedup();
        assert_eq!(seeds.len(), names.len() + 1);
    }

    #[test]
    fn random_seeds_differ_and_show_nothing() {
        let (a, b) = (Seed::random(), Seed::random());
        assert!(!bool::from(a.ct_eq(&b)));
        assert!(bool::from(a.ct_eq(&a.clone())));
        assert_eq!(format!("{a:?}"), "Seed(..)");
        assert_eq!(format!("{:?}", Prg::new(b)), "Prg(..)");
    }
}
