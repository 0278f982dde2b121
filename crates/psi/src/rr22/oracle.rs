//! The random oracles Hᴮ and Hᵒ.
//!
//! Semi-honest: Hᴮ(x, r′) = AES_r′(x) ⊕ x. What is needed of it is that an item outside the receiver's set misses P, for
//! items that were fixed before r′ was drawn: AES as a pseudo-random permutation gives it. Hᵒ(v) = AES_k(v) ⊕ v under another key of the
//! session hides v = v₀ + Δ·d, Δ secret and d ≠ 0, in the ideal-cipher model. The paper's program takes fixed-key AES for both.
//!
//! Malicious: BLAKE3 under keys of the session, whose inputs and outputs are all that the proof lets the simulator see.

use jointly_math::{Aes128, Block, Seed, hash::hash, hash_each};

/// Both functions, under keys of one session.
pub(super) enum Oracle {
    Permutation { values: Box<Aes128>, tags: Box<Aes128> },
    Random { values: [u8; 32], tags: [u8; 32] },
}

impl Oracle {
    /// From r′.
    pub fn semi_honest(seed: &Seed) -> Oracle {
        let aes = |label: &str| Box::new(Aes128::new(Block::from_bytes(*seed.derive(label, "").as_bytes())));
        Oracle::Permutation { values: aes("rr22 values"), tags: aes("rr22 tags") }
    }

    /// From what names the session.
    pub fn malicious(session: &[u8]) -> Oracle {
        let key = |domain: &str| hash(domain, &[session]);
        Oracle::Random { values: key("jointly rr22 1 values"), tags: key("jointly rr22 1 tags") }
    }

    /// Hᴮ of each item: `bytes` bytes, the others 0.
    pub fn values(&self, items: &[Block], bytes: usize) -> Vec<Block> {
        let mut out = self.full_values(items);
        if bytes == 16 {
            return out;
        }
        let mask = Block::from(u128::MAX >> (128 - 8 * bytes));
        out.iter_mut().for_each(|value| *value = *value & mask);
        out
    }

    fn full_values(&self, items: &[Block]) -> Vec<Block> {
        match self {
            Oracle::Permutation { values, .. } => {
                let mut out = items.to_vec();
                values.mmo(&mut out);
                out
            }
            Oracle::Random { values, .. } => {
                let mut out = vec![Block::ZERO; items.len()];
                hash_each::<16>(values, bytemuck::cast_slice(items), &mut out);
                out
            }
        }
    }

    /// v ← Hᵒ(v), or Hᵒ(v, x) where malicious parties could otherwise find a v without an x.
    pub fn tags(&self, v: &mut [Block], items: &[Block]) {
        match self {
            Oracle::Permutation { tags, .. } => tags.mmo(v),
            Oracle::Random { tags, .. } => {
                let mut inputs = [[Block::ZERO; 2]; 256];
                for (v, items) in v.chunks_mut(256).zip(items.chunks(256)) {
                    inputs.iter_mut().zip(v.iter().zip(items)).for_each(|(input, (v, item))| *input = [*v, *item]);
                    hash_each::<32>(tags, bytemuck::cast_slice(&inputs[..v.len()]), v);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oracles_differ_by_session_use_and_item() {
        let items: Vec<Block> = (0..300).map(|i| Block([i, 1])).collect();
        let oracles = [
            Oracle::semi_honest(&Seed::from_bytes([1; 16])),
            Oracle::semi_honest(&Seed::from_bytes([2; 16])),
            Oracle::malicious(&[1]),
            Oracle::malicious(&[2]),
        ];
        let mut all = Vec::new();
        for oracle in &oracles {
            all.extend(oracle.values(&items, 16));
            let mut tags = items.clone();
            oracle.tags(&mut tags, &items);
            all.extend(tags);
        }
        let mut all: Vec<u128> = all.into_iter().map(u128::from).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 8 * 300);
    }
}
