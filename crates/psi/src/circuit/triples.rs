//! Shares of products of random bits, of which ANDs are made.

use async_trait::async_trait;
use jointly_core::{Error, Party, Result};
use jointly_math::{Block, bits};
use jointly_net::Ctx;
use jointly_ot::{CotReceiver, CotSender, RandomReceiver, RandomSender, Received};

/// XOR shares of random bits a and b, and of c = a·b: planes of bits, as in [`jointly_math::bits`].
#[derive(Default)]
pub struct Triples {
    /// a.
    pub a: Vec<u64>,
    /// b.
    pub b: Vec<u64>,
    /// c.
    pub c: Vec<u64>,
}

/// Where triples come from. Both parties ask for the same numbers in the same order.
#[async_trait]
pub trait BitTriples: Send {
    /// This party's shares of the next 64·`words` triples.
    async fn take(&mut self, ctx: &mut Ctx, words: usize) -> Result<Triples>;
}

/// OTs at a time: what of them is held in memory.
pub(super) const AT_ONCE: usize = 1 << 20;

/// Triples of two random OTs each, one in each direction, without further messages: semi-honest.
///
/// A random OT of bits, m₀ and m₁ at the sender, x and m_x at the receiver, shares the product of m₀ ⊕ m₁ and x as m₀ and m_x
/// (Asharov, Lindell, Schneider, Zohner, "More efficient oblivious transfer", CCS 2013, §5.1).
pub struct CotTriples {
    peer: Party,
    sender: RandomSender,
    receiver: RandomReceiver,
}

impl CotTriples {
    /// From both ends of correlated OTs with `peer`: it has the other ones.
    pub fn new(peer: Party, sender: Box<dyn CotSender>, receiver: Box<dyn CotReceiver>) -> CotTriples {
        CotTriples { peer, sender: RandomSender::new(peer, sender), receiver: RandomReceiver::new(peer, receiver) }
    }

    /// a, and the share of a times the peer's b.
    async fn as_sender(&mut self, ctx: &mut Ctx, n: usize) -> Result<[Vec<u64>; 2]> {
        let pairs = self.sender.send(ctx, n).await?;
        let [m0, m1] = [0, 1].map(|j| low_bits(pairs.iter().map(|pair| pair[j])));
        Ok([m0.iter().zip(&m1).map(|(a, b)| a ^ b).collect(), m0])
    }

    /// b, and the share of b times the peer's a.
    async fn as_receiver(&mut self, ctx: &mut Ctx, n: usize) -> Result<[Vec<u64>; 2]> {
        let Received { choices, blocks } = self.receiver.receive(ctx, n).await?;
        Ok([choices, low_bits(blocks.into_iter())])
    }
}

#[async_trait]
impl BitTriples for CotTriples {
    async fn take(&mut self, ctx: &mut Ctx, words: usize) -> Result<Triples> {
        let mut out = Triples::default();
        for at in (0..words).step_by(AT_ONCE / 64) {
            let n = 64 * (words - at).min(AT_ONCE / 64);
            // Who comes first sends first.
            let ([a, mine], [b, theirs]);
            if ctx.me() < self.peer {
                [a, mine] = self.as_sender(ctx, n).await?;
                [b, theirs] = self.as_receiver(ctx, n).await?;
            } else {
                [b, theirs] = self.as_receiver(ctx, n).await?;
                [a, mine] = self.as_sender(ctx, n).await?;
            }
            if [&a, &b, &mine, &theirs].iter().any(|plane| plane.len() != n / 64) {
                return Err(Error::Misuse("an OT end gives as many as were asked for"));
            }
            out.c.extend((0..n / 64).map(|i| (a[i] & b[i]) ^ mine[i] ^ theirs[i]));
            out.a.extend(a);
            out.b.extend(b);
        }
        Ok(out)
    }
}

/// The lowest bit of each block.
fn low_bits(blocks: impl Iterator<Item = Block>) -> Vec<u64> {
    let low: Vec<u64> = blocks.map(|block| block.0[0]).collect();
    bits::to_planes(&low, 1)
}
