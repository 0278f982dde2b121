//! Random OT of bits out of correlated OT: two random bits at one end, a random one of them at the other.
//!
//! The correlation by Δ is broken by a hash that is correlation robust, which is what parties that follow the protocol need (Ishai, Kilian, Nissim
//! and Petrank, CRYPTO 2003): π(x) ⊕ x (Guo, Katz, Wang and Yu, ePrint 2019/074, §7.2), of which one bit is kept, under permutations that the
//! sender draws for each call. A few correlated OTs at a time are made and hashed while they are in a core's caches. Semi-honest: against others
//! the hash would have to be tweakable, as for random OT of blocks ([`jointly_ot::RandomSender`]).

use jointly_core::{Cost, Party, Result, wire_bytes};
use jointly_math::{Aes128, Block, Seed, bits};
use jointly_net::Ctx;
use jointly_ot::{CotReceiver, CotSender, Received};

/// OTs under one permutation.
const SAME_KEY: usize = 1 << 20;

/// Correlated OTs that are made at a time.
pub(super) const AT_ONCE: usize = 1 << 14;

/// Blocks that are hashed at a time, in the first-level cache.
const CHUNK: usize = 512;

/// The sender of random bits.
pub(super) struct BitSender {
    receiver: Party,
    cots: Box<dyn CotSender>,
}

/// The receiver of random bits.
pub(super) struct BitReceiver {
    sender: Party,
    cots: Box<dyn CotReceiver>,
}

impl BitSender {
    pub fn new(receiver: Party, cots: Box<dyn CotSender>) -> Self {
        Self { receiver, cots }
    }

    /// Planes of the two bits of the next `n` OTs, a multiple of 64.
    pub async fn send(&mut self, ctx: &mut Ctx, n: usize) -> Result<[Vec<u64>; 2]> {
        let keys: Vec<[u8; 16]> = (0..n.div_ceil(SAME_KEY)).map(|_| *Seed::random().as_bytes()).collect();
        ctx.send(self.receiver, &keys).await?;
        let delta = self.cots.delta();
        let [mut zeros, mut ones] = [(); 2].map(|()| Vec::with_capacity(bits::words(n)));
        for (first, n) in pieces(n) {
            let q = self.cots.send(ctx, n).await?;
            let hash = Hash::new(&keys, first);
            hash.low_bits(&q, Block::ZERO, &mut zeros);
            hash.low_bits(&q, delta, &mut ones);
        }
        Ok([zeros, ones])
    }
}

impl BitReceiver {
    pub fn new(sender: Party, cots: Box<dyn CotReceiver>) -> Self {
        Self { sender, cots }
    }

    /// Planes of the choices, random too, and of the chosen bits of the next `n` OTs, a multiple of 64.
    pub async fn receive(&mut self, ctx: &mut Ctx, n: usize) -> Result<[Vec<u64>; 2]> {
        let keys: Vec<[u8; 16]> = ctx.recv(self.sender, n.div_ceil(SAME_KEY)).await?;
        let [mut choices, mut chosen] = [(); 2].map(|()| Vec::with_capacity(bits::words(n)));
        for (first, n) in pieces(n) {
            let Received { choices: x, blocks } = self.cots.receive(ctx, n).await?;
            Hash::new(&keys, first).low_bits(&blocks, Block::ZERO, &mut chosen);
            choices.extend(x);
        }
        Ok([choices, chosen])
    }
}

/// How the OTs of a call are divided: the first one of each piece, and how many it has.
pub(super) fn pieces(n: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..n).step_by(AT_ONCE).map(move |first| (first, AT_ONCE.min(n - first)))
}

/// What the sender sends for `n` OTs, without the correlated ones' own.
pub(super) fn sender_cost(n: usize) -> Cost {
    Cost { rounds: u64::from(n > 0), bytes: wire_bytes(n.div_ceil(SAME_KEY), 16) }
}

/// The hash of OTs under one permutation.
struct Hash(Aes128);

impl Hash {
    /// Of those from `first` on.
    fn new(keys: &[[u8; 16]], first: usize) -> Hash {
        const _: () = assert!(SAME_KEY.is_multiple_of(AT_ONCE));
        Hash(Aes128::new(Block::from_bytes(keys[first / SAME_KEY])))
    }

    /// Puts the lowest bits of the hashes of `blocks`, to each of which `offset` is added, behind `plane`.
    fn low_bits(&self, blocks: &[Block], offset: Block, plane: &mut Vec<u64>) {
        let mut buffer = [Block::ZERO; CHUNK];
        for blocks in blocks.chunks(CHUNK) {
            let buffer = &mut buffer[..blocks.len()];
            buffer.iter_mut().zip(blocks).for_each(|(out, block)| *out = *block ^ offset);
            self.0.mmo(buffer);
            plane.extend(bits::low_bits(buffer));
        }
    }
}
