//! A mesh whose frames a test rewrites on their way: how the conformance suite plays every cheater without writing one.

use std::sync::Arc;

use async_trait::async_trait;
use futures::future::BoxFuture;
use jointly_core::{Party, Result};

use crate::{Frame, Inbound, Link, Mesh, Outbound};

/// Where a frame travels.
pub struct Place<'a> {
    /// Its sender.
    pub from: Party,
    /// Its receiver.
    pub to: Party,
    /// The channel's name.
    pub path: &'a str,
    /// How many frames went this way on this channel before.
    pub count: u64,
}

/// What arrives instead of a frame: nothing, one, or more.
pub type Tamper = Arc<dyn Fn(&Place, Frame) -> Vec<Frame> + Send + Sync>;

/// `mesh`, with every frame that its party sends passed through `tamper`.
pub fn tampered(mesh: Arc<dyn Mesh>, tamper: Tamper) -> Arc<dyn Mesh> {
    Arc::new(Tampered { mesh, tamper })
}

struct Tampered {
    mesh: Arc<dyn Mesh>,
    tamper: Tamper,
}

impl Mesh for Tampered {
    fn me(&self) -> Party {
        self.mesh.me()
    }

    fn parties(&self) -> u16 {
        self.mesh.parties()
    }

    fn open(&self, peer: Party, path: &str) -> Result<Link> {
        let Link { outbound, inbound } = self.mesh.open(peer, path)?;
        let (from, tamper, path) = (self.me(), self.tamper.clone(), path.to_string());
        let outbound = Box::new(Rewriting { link: outbound, tamper, from, to: peer, path, count: 0 });
        Ok(Link { outbound, inbound: inbound as Box<dyn Inbound> })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.mesh.close()
    }
}

struct Rewriting {
    link: Box<dyn Outbound>,
    tamper: Tamper,
    from: Party,
    to: Party,
    path: String,
    count: u64,
}

#[async_trait]
impl Outbound for Rewriting {
    async fn send(&mut self, frame: Frame) -> Result<()> {
        let place = Place { from: self.from, to: self.to, path: &self.path, count: self.count };
        self.count += 1;
        for frame in (self.tamper)(&place, frame) {
            self.link.send(frame).await?;
        }
        Ok(())
    }
}
