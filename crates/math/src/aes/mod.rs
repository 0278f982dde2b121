//! AES-128 on many blocks at once, and the hashes that two-party protocols make of it.

mod kernel;

use std::{fmt, sync::OnceLock};

use ::aes::cipher::KeyInit;
use zeroize::{Zeroize, ZeroizeOnDrop};

pub(crate) use kernel::{broadcast, rounds, rounds_pair, soft_encrypt};

use crate::{
    Block,
    aes::kernel::{Apply, BATCH, Count, Encrypt, List, Mmo, Mode, Tccr},
    simd::{AesPath, dispatch},
};

/// AES-128 under one key, with its round keys; they are erased on drop.
#[derive(Clone)]
pub struct Aes128(pub(crate) Keys);

#[derive(Clone)]
pub(crate) enum Keys {
    Hardware { path: AesPath, round: [Block; 11] },
    Portable(Box<::aes::Aes128>),
}

impl Aes128 {
    /// Expands the key.
    pub fn new(key: Block) -> Aes128 {
        Aes128::on(AesPath::best(), key)
    }

    pub(crate) fn on(path: AesPath, key: Block) -> Aes128 {
        #[cfg(target_arch = "x86_64")]
        if path != AesPath::Portable {
            // SAFETY: every path but the portable one has AES-NI.
            let round = unsafe { crate::simd::expand_key(key) };
            return Aes128(Keys::Hardware { path, round });
        }
        debug_assert_eq!(path, AesPath::Portable);
        Aes128(Keys::Portable(Box::new(::aes::Aes128::new(&key.to_bytes().into()))))
    }

    /// The public permutation π of fixed-key hashing: AES-128 under the digits of π, a key nobody chose.
    pub fn fixed() -> &'static Aes128 {
        static FIXED: OnceLock<Aes128> = OnceLock::new();
        FIXED.get_or_init(|| Aes128::new(Block::from(0x3141_5926_5358_9793_2384_6264_3383_2795_u128)))
    }

    /// x ← AES(x) on every block.
    pub fn encrypt_blocks(&self, blocks: &mut [Block]) {
        self.apply(Encrypt, blocks);
    }

    /// AES of one block.
    pub fn encrypt(&self, block: Block) -> Block {
        let mut blocks = [block];
        self.encrypt_blocks(&mut blocks);
        blocks[0]
    }

    /// x ← π(x) ⊕ x on every block (Matyas–Meyer–Oseas): correlation robust, but neither
    /// circular nor tweakable.
    pub fn mmo(&self, blocks: &mut [Block]) {
        self.apply(Mmo, blocks);
    }

    /// xᵢ ← H(xᵢ, first + i) on every block, with H(x, i) = π(π(x) ⊕ i) ⊕ π(x): tweakable, and correlation robust
    /// under one global offset even where the adversary chooses inputs and tweaks (Guo, Katz, Wang, Yu, ePrint
    /// 2019/074, §7.4). Tweaks wrap at 2^64.
    pub fn tccr(&self, first: u64, blocks: &mut [Block]) {
        self.apply(Tccr(Count(first)), blocks);
    }

    /// As [`tccr`](Aes128::tccr), with a tweak of its own for every block.
    ///
    /// # Panics
    /// If there are not as many tweaks as blocks.
    pub fn tccr_with(&self, tweaks: &[Block], blocks: &mut [Block]) {
        assert_eq!(tweaks.len(), blocks.len(), "one tweak per block");
        self.apply(Tccr(List(tweaks)), blocks);
    }

    fn apply<M: Mode>(&self, mode: M, blocks: &mut [Block]) {
        match &self.0 {
            Keys::Hardware { path, round } => {
                dispatch(*path, Apply { round, mode, blocks });
            }
            Keys::Portable(aes) => {
                for (i, batch) in blocks.chunks_mut(BATCH).enumerate() {
                    mode.portable(aes, i * BATCH, batch);
                }
            }
        }
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        // The `aes` crate erases its own keys.
        if let Keys::Hardware { round, .. } = self {
            round.zeroize();
        }
    }
}

impl ZeroizeOnDrop for Aes128 {}

impl fmt::Debug for Aes128 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Aes128(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> Block {
        let bytes = std::array::from_fn(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap());
        Block::from_bytes(bytes)
    }

    fn sample(n: usize) -> Vec<Block> {
        (0..n as u64).map(|i| Block([i.wrapping_mul(0x9e37_79b9_7f4a_7c15), !i])).collect()
    }

    fn words(blocks: &[Block]) -> &[u64] {
        bytemuck::cast_slice(blocks)
    }

    #[test]
    fn every_path_meets_fips_197() {
        for path in AesPath::available() {
            let vectors = [
                (
                    "000102030405060708090a0b0c0d0e0f",
                    "00112233445566778899aabbccddeeff",
                    "69c4e0d86a7b0430d8cdb78070b4c55a",
                ),
                (
                    "2b7e151628aed2a6abf7158809cf4f3c",
                    "3243f6a8885a308d313198a2e0370734",
                    "3925841d02dc09fbdc118597196a0b32",
                ),
            ];
            for (key, plain, cipher) in vectors {
                let aes = Aes128::on(path, hex(key));
                for n in [1, 2, 3, 5, 16, 33, 67] {
                    let mut blocks = vec![hex(plain); n];
                    aes.encrypt_blocks(&mut blocks);
                    assert!(blocks.iter().all(|b| b.0 == hex(cipher).0), "{path:?}, {n} blocks");
                }
            }
        }
    }

    #[test]
    fn every_path_computes_the_hashes_as_defined() {
        let key = Block([3, 5]);
        for path in AesPath::available() {
            let aes = Aes128::on(path, key);
            for n in [0, 1, 2, 7, 8, 31, 32, 100] {
                let x = sample(n);
                let first = u64::MAX - 10; // wraps within the slice
                let tweaks: Vec<Block> = (0..n as u64).map(|i| Block([first.wrapping_add(i), 0])).collect();
                let pi = |x: Block| aes.encrypt(x);
                let mmo: Vec<Block> = x.iter().map(|&x| pi(x) ^ x).collect();
                let tccr: Vec<Block> = x.iter().zip(&tweaks).map(|(&x, &i)| pi(pi(x) ^ i) ^ pi(x)).collect();

                let (mut a, mut b, mut c) = (x.clone(), x.clone(), x);
                aes.mmo(&mut a);
                aes.tccr(first, &mut b);
                aes.tccr_with(&tweaks, &mut c);
                assert_eq!(words(&a), words(&mmo), "{path:?}");
                assert_eq!(words(&b), words(&tccr), "{path:?}");
                assert_eq!(words(&c), words(&tccr), "{path:?}");
            }
        }
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Aes128::fixed()), "Aes128(..)");
    }
}
