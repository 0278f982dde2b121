//! A job's mesh: links to its members over the hub's connections, made when they are there.

use std::sync::Arc;

use async_trait::async_trait;
use futures::future::{BoxFuture, join_all};
use jointly_core::{Error, Party, Result, Why};
use tokio::time::timeout;

use super::Hub;
use crate::{Frame, Inbound, Link, Mesh, Outbound, mux::Mux, tls::PublicKey};

impl Hub {
    /// The mesh of the computation `scope`, whose participants are `members`, in order; this node is `me`. Every member
    /// enters [`scope`](Hub::scope) before any opens links. Who leaves it without having opened any is missed by the others.
    pub fn mesh(&self, scope: &str, members: &[PublicKey], me: Party) -> Arc<dyn Mesh> {
        let connections = members.iter().filter_map(|key| self.inner().peer(key)?.connection());
        connections.for_each(|mux| mux.join(scope));
        Arc::new(HubMesh { hub: self.clone(), scope: scope.to_string(), members: members.to_vec(), me })
    }

    /// Waits for the connection to a job's member.
    async fn mux(&self, key: PublicKey, party: Party) -> Result<Mux> {
        let unreachable = Error::Gone { party, why: Why::Unreachable };
        let Some(peer) = self.inner().peer(&key) else { return Err(unreachable) };
        timeout(self.inner().config.patience, peer.connected()).await.ok().flatten().ok_or(unreachable)
    }
}

struct HubMesh {
    hub: Hub,
    scope: String,
    members: Vec<PublicKey>,
    me: Party,
}

impl Mesh for HubMesh {
    fn me(&self) -> Party {
        self.me
    }

    fn parties(&self) -> u16 {
        u16::try_from(self.members.len()).unwrap_or(u16::MAX)
    }

    fn open(&self, peer: Party, path: &str) -> Result<Link> {
        let outside = Error::Misuse("a party talks to others of its computation only");
        let key = *self.members.get(peer.index()).filter(|_| peer != self.me).ok_or(outside)?;
        let name = format!("{}/{path}", self.scope);
        if let Some(mux) = self.hub.inner().peer(&key).and_then(|p| p.connection()) {
            return mux.link(peer, &name);
        }
        let later = || Later { hub: self.hub.clone(), key, peer, name: name.clone() };
        Ok(Link { outbound: Box::new(LateOut(later(), None)), inbound: Box::new(LateIn(later(), None)) })
    }

    fn reaches(&self, peer: Party) -> bool {
        self.members.get(peer.index()).is_some_and(|key| self.hub.connected(key))
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        let peers = self.members.iter().filter_map(|key| self.hub.inner().peer(key)?.connection());
        let muxes: Vec<Mux> = peers.collect();
        Box::pin(async move {
            join_all(muxes.iter().map(Mux::flush)).await;
        })
    }
}

/// A channel to a member that was not connected when it was opened.
struct Later {
    hub: Hub,
    key: PublicKey,
    peer: Party,
    name: String,
}

struct LateOut(Later, Option<Box<dyn Outbound>>);

struct LateIn(Later, Option<Box<dyn Inbound>>);

#[async_trait]
impl Outbound for LateOut {
    async fn send(&mut self, frame: Frame) -> Result<()> {
        let Self(later, open) = self;
        let open = match open {
            Some(open) => open,
            None => open.insert(later.hub.mux(later.key, later.peer).await?.outbound(later.peer, &later.name)?),
        };
        open.send(frame).await
    }
}

#[async_trait]
impl Inbound for LateIn {
    async fn recv(&mut self) -> Result<Frame> {
        let Self(later, open) = self;
        let open = match open {
            Some(open) => open,
            None => open.insert(later.hub.mux(later.key, later.peer).await?.inbound(later.peer, &later.name)?),
        };
        open.recv().await
    }
}
