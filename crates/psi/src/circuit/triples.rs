//! Shares of products of random bits, of which ANDs are made.

use async_trait::async_trait;
use futures::future::try_join;
use jointly_core::{Error, Party, Result};
use jointly_net::Ctx;
use jointly_ot::{CotReceiver, CotSender};

use super::bit_ots::{BitReceiver, BitSender};

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

/// Triples of two random OTs of bits each, one in each direction, without further messages: semi-honest.
///
/// A random OT of bits, m₀ and m₁ at the sender, x and m_x at the receiver, shares the product of m₀ ⊕ m₁ and x as m₀ and m_x
/// (Asharov, Lindell, Schneider, Zohner, "More efficient oblivious transfer", CCS 2013, §5.1).
pub struct CotTriples {
    peer: Party,
    sender: BitSender,
    receiver: BitReceiver,
}

impl CotTriples {
    /// From both ends of correlated OTs with `peer`: it has the other ones.
    pub fn new(peer: Party, sender: Box<dyn CotSender>, receiver: Box<dyn CotReceiver>) -> CotTriples {
        CotTriples { peer, sender: BitSender::new(peer, sender), receiver: BitReceiver::new(peer, receiver) }
    }
}

#[async_trait]
impl BitTriples for CotTriples {
    /// Both directions at a time.
    async fn take(&mut self, ctx: &mut Ctx, words: usize) -> Result<Triples> {
        let n = 64 * words;
        let [first, second] = ["first sends", "second sends"].map(|label| ctx.fork(label));
        let [mut sends, mut receives] = if ctx.me() < self.peer { [first, second] } else { [second, first] };
        let (sent, received) =
            try_join(self.sender.send(&mut sends, n), self.receiver.receive(&mut receives, n)).await?;
        ctx.join(sends);
        ctx.join(receives);
        // The share of a times the peer's b, and that of b times the peer's a.
        let ([mine, ones], [b, theirs]) = (sent, received);
        if [&ones, &b, &mine, &theirs].iter().any(|plane| plane.len() != words) {
            return Err(Error::Misuse("an OT end gives as many as were asked for"));
        }
        let a: Vec<u64> = mine.iter().zip(&ones).map(|(zero, one)| zero ^ one).collect();
        let c = (0..words).map(|i| (a[i] & b[i]) ^ mine[i] ^ theirs[i]).collect();
        Ok(Triples { a, b, c })
    }
}
