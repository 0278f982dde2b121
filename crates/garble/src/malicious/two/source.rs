//! Where authenticated bits come from: two maliciously secure correlated OTs, one in each direction, each with its sender's Δ
//! (KRRW18 §2: Π_aBit; with COT whose Δ the sender keeps, each OT *is* an authenticated bit).
//!
//! Bits 0 and 1 of the blocks are overwritten to hold what [`auth`](super::auth) says. That keeps M = K ⊕ x·Δ bit by bit, for the Δ whose bits are overwritten in
//! the same way, and is done by each party to its own blocks: a corrupt peer has no say in it.

use async_trait::async_trait;
use futures::try_join;
use jointly_core::{Error, Party, Private, Result};
use jointly_math::Block;
use jointly_net::Ctx;
use jointly_ot::{
    Base, CotReceiver, CotSender, Received, Security, SoftSpokenReceiver, SoftSpokenSender, Width,
    silent::{FERRET, FerretReceiver, FerretSender},
};

use super::auth::{Auth, Blocks, low_bits_of_delta};

/// The width of SoftSpoken under everything.
pub(super) const WIDTH: Width = Width::Four;

/// Both directions of correlated OT.
pub(super) struct Source {
    me: Party,
    peer: Party,
    sender: Box<dyn CotSender>,
    receiver: Box<dyn CotReceiver>,
}

impl Source {
    /// SoftSpoken, from base OTs on.
    pub async fn setup(ctx: &mut Ctx, peer: Party) -> Result<Source> {
        let me = ctx.me();
        let (mut mine, mut theirs) = directions(ctx, me);
        let security = Security::Malicious;
        let (sender, receiver) = try_join!(
            SoftSpokenSender::new(&mut mine, Base::default(), peer, WIDTH, security),
            SoftSpokenReceiver::new(&mut theirs, Base::default(), peer, WIDTH, security),
        )?;
        ctx.join(mine);
        ctx.join(theirs);
        Ok(Source { me, peer, sender: Box::new(sender), receiver: Box::new(receiver) })
    }

    /// Ferret, whose first OTs are taken from here. Its Δ is the same.
    pub async fn silent(&mut self, ctx: &mut Ctx) -> Result<Source> {
        let (mut mine, mut theirs) = directions(ctx, self.me);
        let (sender, receiver) = (&mut self.sender, &mut self.receiver);
        let n = FERRET.reserve();
        let (sent, received) = try_join!(sender.send(&mut mine, n), receiver.receive(&mut theirs, n))?;
        ctx.join(mine);
        ctx.join(theirs);
        let sent = Sent { delta: Private::new(sender.delta()), blocks: Some(sent) };
        let security = Security::Malicious;
        Ok(Source {
            me: self.me,
            peer: self.peer,
            sender: Box::new(FerretSender::new(self.peer, Box::new(sent), FERRET, security)),
            receiver: Box::new(FerretReceiver::new(self.peer, Box::new(Had(Some(received))), FERRET, security)),
        })
    }

    /// Who is at the other end.
    pub fn peer(&self) -> Party {
        self.peer
    }

    /// This party's Δ, with its low bits as they are in all that [`draw`](Source::draw) gives.
    pub fn delta(&self) -> Block {
        let Block([low, high]) = self.sender.delta();
        Block([low & !3 | low_bits_of_delta(self.me), high])
    }

    /// `n` random authenticated bits.
    pub async fn draw(&mut self, ctx: &mut Ctx, n: usize) -> Result<Auth> {
        let (mut mine, mut theirs) = directions(ctx, self.me);
        let (key, had) = try_join!(self.sender.send(&mut mine, n), self.receiver.receive(&mut theirs, n))?;
        ctx.join(mine);
        ctx.join(theirs);
        let (mut key, mut mac) = (Blocks(key), Blocks(had.blocks));
        key.iter_mut().for_each(|q| q.0[0] &= !3);
        let low = low_bits_of_delta(self.peer);
        for (macs, choices) in mac.chunks_mut(64).zip(&had.choices) {
            for (i, t) in macs.iter_mut().enumerate() {
                t.0[0] = t.0[0] & !3 | (choices >> i & 1).wrapping_neg() & low;
            }
        }
        Ok(Auth { mac, key })
    }
}

/// Channels for the OTs that this party sends, and for those that it receives.
fn directions(ctx: &mut Ctx, me: Party) -> (Ctx, Ctx) {
    let (first, second) = (ctx.fork("from-0"), ctx.fork("from-1"));
    if me == Party(0) { (first, second) } else { (second, first) }
}

/// OTs that have been made: the sender's end.
struct Sent {
    delta: Private<Block>,
    blocks: Option<Vec<Block>>,
}

/// The receiver's end.
struct Had(Option<Received>);

const ONCE: Error = Error::Misuse("what starts an extension is taken once, and whole");

#[async_trait]
impl CotSender for Sent {
    fn security(&self) -> Security {
        Security::Malicious
    }

    fn delta(&self) -> Block {
        *self.delta.expose()
    }

    async fn send(&mut self, _: &mut Ctx, n: usize) -> Result<Vec<Block>> {
        self.blocks.take().filter(|blocks| blocks.len() == n).ok_or(ONCE)
    }
}

#[async_trait]
impl CotReceiver for Had {
    fn security(&self) -> Security {
        Security::Malicious
    }

    async fn receive(&mut self, _: &mut Ctx, n: usize) -> Result<Received> {
        self.0.take().filter(|had| had.blocks.len() == n).ok_or(ONCE)
    }
}

#[cfg(test)]
pub(super) mod ideal {
    //! Ends of an ideal correlated OT that say nothing to each other: what a test of everything above needs.

    use jointly_math::{Prg, Seed, bits::words};

    use super::*;
    use crate::malicious::two::auth::mask;

    struct Ideal {
        delta: Block,
        blocks: Prg,
        choices: Prg,
    }

    /// Both parties' sources.
    pub fn sources() -> [Source; 2] {
        let [(s0, r0), (s1, r1)] = [(); 2].map(|()| {
            let (delta, seed) = (Prg::new(Seed::random()).block(), Seed::random());
            let end = || Ideal {
                delta,
                blocks: Prg::new(seed.derive("blocks", "")),
                choices: Prg::new(seed.derive("choices", "")),
            };
            (Box::new(end()), Box::new(end()))
        });
        [
            Source { me: Party(0), peer: Party(1), sender: s0, receiver: r1 },
            Source { me: Party(1), peer: Party(0), sender: s1, receiver: r0 },
        ]
    }

    #[async_trait]
    impl CotSender for Ideal {
        fn security(&self) -> Security {
            Security::Malicious
        }

        fn delta(&self) -> Block {
            self.delta
        }

        async fn send(&mut self, _: &mut Ctx, n: usize) -> Result<Vec<Block>> {
            Ok(self.blocks.blocks(n))
        }
    }

    #[async_trait]
    impl CotReceiver for Ideal {
        fn security(&self) -> Security {
            Security::Malicious
        }

        async fn receive(&mut self, _: &mut Ctx, n: usize) -> Result<Received> {
            let (mut blocks, choices) = (self.blocks.blocks(n), self.choices.words(words(n)));
            blocks.iter_mut().enumerate().for_each(|(i, t)| *t ^= mask(&choices, i) & self.delta);
            Ok(Received { choices, blocks })
        }
    }
}
