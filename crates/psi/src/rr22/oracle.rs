//! The random oracles Hᴮ and Hᵒ.
//!
//! Semi-honest: Hᴮ(x, r′) = AES_r′(x) ⊕ x. What is needed of it is that an item outside the receiver's set misses P, for
//! items that were fixed before r′ was drawn: AES as a pseudo-random permutation gives it. Hᵒ(v) = AES_k(v) ⊕ v under another key of the
//! session hides v = v₀ + Δ·d, Δ secret and d ≠ 0, in the ideal-cipher model. The paper's program takes fixed-key AES for both.
//!
//! Malicious: BLAKE3 under keys of the session, whose inputs and outputs are all that the proof lets the simulator see.

use jointly_math::{Aes128, Block, Seed, hash::hash};

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

    /// Hᴮ of each item.
    pub fn values(&self, items: &[Block]) -> Vec<Block> {
        match self {
            Oracle::Permutation { values, .. } => {
                let mut out = items.to_vec();
                values.mmo(&mut out);
                out
            }
            Oracle::Random { values, .. } => items.iter().map(|item| digest(values, &item.to_bytes())).collect(),
        }
    }

    /// v ← Hᵒ(v), or Hᵒ(v, x) where malicious parties could otherwise find a v without an x.
    pub fn tags(&self, v: &mut [Block], items: &[Block]) {
        match self {
            Oracle::Permutation { tags, .. } => tags.mmo(v),
            Oracle::Random { tags, .. } => v.iter_mut().zip(items).for_each(|(v, item)| {
                let mut input = [0; 32];
                input[..16].copy_from_slice(&v.to_bytes());
                input[16..].copy_from_slice(&item.to_bytes());
                *v = digest(tags, &input);
            }),
        }
    }
}

fn digest(key: &[u8; 32], input: &[u8]) -> Block {
    let mut out = [0; 16];
    out.copy_from_slice(&blake3::keyed_hash(key, input).as_bytes()[..16]);
    Block::from_bytes(out)
}
