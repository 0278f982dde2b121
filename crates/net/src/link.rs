//! One ordered, reliable, authenticated channel to one peer. Memory, shaped, TCP and TLS transports implement it.

use async_trait::async_trait;
use futures::future::BoxFuture;
use jointly_core::{Party, Result};

/// What travels at once: at most [`FRAME_BYTES`](jointly_core::FRAME_BYTES) of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The longest chain of dependent messages that ends with this one, counted from 0.
    pub depth: u32,
    /// Part of a message's encoding.
    pub payload: Vec<u8>,
}

/// The sending end. Waits while the peer's buffer is full.
#[async_trait]
pub trait Outbound: Send {
    /// Hands over `frame`, after all earlier ones.
    async fn send(&mut self, frame: Frame) -> Result<()>;
}

/// The receiving end.
#[async_trait]
pub trait Inbound: Send {
    /// The next frame.
    async fn recv(&mut self) -> Result<Frame>;
}

/// Both ends that a party holds of its channel to one peer: independent, so that it can send while it receives.
pub struct Link {
    /// To the peer.
    pub outbound: Box<dyn Outbound>,
    /// From the peer.
    pub inbound: Box<dyn Inbound>,
}

/// One party's way to all others. The same path opened at both ends names the same channel; a path is opened once.
pub trait Mesh: Send + Sync {
    /// Whose mesh this is.
    fn me(&self) -> Party;

    /// How many participants there are, clients included.
    fn parties(&self) -> u16;

    /// The channel to `peer` named `path`. The peer's end may open earlier or later.
    fn open(&self, peer: Party, path: &str) -> Result<Link>;

    /// Whether there is a way to `peer` now; where that is not known, there is. A channel can be opened all the same: it waits for a connection.
    fn reaches(&self, _peer: Party) -> bool {
        true
    }

    /// Waits until everything sent has left this process: to be called before a process ends. Links are not used afterwards.
    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}
