//! Correlated OTs for large functions: Ferret, started from a reserve of the short ones, under the same Δ.

use async_trait::async_trait;
use futures::future::try_join;
use jointly_core::{Error, Party, Private, Result};
use jointly_math::Block;
use jointly_net::Ctx;
use jointly_ot::{
    CotReceiver, CotSender, Received,
    Security::{self, Malicious},
    silent::{FERRET, FerretReceiver, FerretSender},
};

use super::session::Ends;

/// From how many OTs of a function on Ferret is taken: its reserve is 1/4 of that, and its own OTs cost next to nothing on the wire.
const FROM: usize = 1 << 19;

/// Where a function's correlated OTs come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// SoftSpoken: nothing to set up.
    Short,
    /// Ferret.
    Silent,
}

impl Source {
    /// That of a function of so many OTs with each party.
    pub fn of(ots: usize) -> Source {
        if ots < FROM { Source::Short } else { Source::Silent }
    }
}

/// The silent ends over short ones, whose next OTs become their reserve. Each direction has a context of its own.
pub(super) async fn start(ends: &mut Ends, peer: Party, sends: &mut Ctx, receives: &mut Ctx) -> Result<Ends> {
    let n = FERRET.reserve();
    let (q, received) = try_join(ends.sender.send(sends, n), ends.receiver.receive(receives, n)).await?;
    let sender = Reserve { delta: Private::new(ends.sender.delta()), blocks: Private::new(q), choices: Vec::new() };
    let receiver =
        Reserve { delta: Private::new(Block::ZERO), blocks: Private::new(received.blocks), choices: received.choices };
    Ok(Ends {
        sender: Box::new(FerretSender::new(peer, Box::new(sender), FERRET, Malicious)),
        receiver: Box::new(FerretReceiver::new(peer, Box::new(receiver), FERRET, Malicious)),
    })
}

/// OTs that are there, as a protocol that gives them once.
struct Reserve {
    delta: Private<Block>,
    blocks: Private<Vec<Block>>,
    choices: Vec<u64>,
}

impl Reserve {
    fn take(&mut self, n: usize) -> Result<Vec<Block>> {
        match self.blocks.expose().len() == n {
            true => Ok(std::mem::take(self.blocks.expose_mut())),
            false => Err(Error::Misuse("a reserve is used once, and whole")),
        }
    }
}

#[async_trait]
impl CotSender for Reserve {
    fn security(&self) -> Security {
        Malicious
    }

    fn delta(&self) -> Block {
        *self.delta.expose()
    }

    async fn send(&mut self, _: &mut Ctx, n: usize) -> Result<Vec<Block>> {
        self.take(n)
    }
}

#[async_trait]
impl CotReceiver for Reserve {
    fn security(&self) -> Security {
        Malicious
    }

    async fn receive(&mut self, _: &mut Ctx, n: usize) -> Result<Received> {
        Ok(Received { blocks: self.take(n)?, choices: std::mem::take(&mut self.choices) })
    }
}
