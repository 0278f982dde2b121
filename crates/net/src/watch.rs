//! A mesh on which somebody looks at every frame that passes.

use std::sync::Arc;

use async_trait::async_trait;
use futures::future::BoxFuture;
use jointly_core::{Party, Result};

use crate::{Frame, Inbound, Link, Mesh, Outbound};

/// Which way a frame went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To the peer.
    Sent,
    /// From the peer.
    Received,
}

/// Who looks.
pub(crate) trait Watch: Clone + Send + Sync + 'static {
    /// A frame passes on the channel named `path`.
    fn note(&self, way: Way, peer: Party, path: &str, frame: &Frame);
}

/// `mesh`, watched.
pub(crate) fn watch(mesh: Arc<dyn Mesh>, who: impl Watch) -> Arc<dyn Mesh> {
    Arc::new(Watched { mesh, who })
}

struct Watched<W> {
    mesh: Arc<dyn Mesh>,
    who: W,
}

impl<W: Watch> Mesh for Watched<W> {
    fn me(&self) -> Party {
        self.mesh.me()
    }

    fn parties(&self) -> u16 {
        self.mesh.parties()
    }

    fn open(&self, peer: Party, path: &str) -> Result<Link> {
        let Link { outbound, inbound } = self.mesh.open(peer, path)?;
        let end = || End { who: self.who.clone(), peer, path: path.to_owned() };
        Ok(Link { outbound: Box::new(Sender(outbound, end())), inbound: Box::new(Receiver(inbound, end())) })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.mesh.close()
    }
}

struct End<W> {
    who: W,
    peer: Party,
    path: String,
}

struct Sender<W>(Box<dyn Outbound>, End<W>);

struct Receiver<W>(Box<dyn Inbound>, End<W>);

#[async_trait]
impl<W: Watch> Outbound for Sender<W> {
    async fn send(&mut self, frame: Frame) -> Result<()> {
        let End { who, peer, path } = &self.1;
        who.note(Way::Sent, *peer, path, &frame);
        self.0.send(frame).await
    }
}

#[async_trait]
impl<W: Watch> Inbound for Receiver<W> {
    async fn recv(&mut self) -> Result<Frame> {
        let frame = self.0.recv().await?;
        let End { who, peer, path } = &self.1;
        who.note(Way::Received, *peer, path, &frame);
        Ok(frame)
    }
}
