//! One port per node, and one connection per peer, on which all jobs and calls travel side by side.
//!
//! One reachable side per pair of peers is enough: whichever has an address of the other keeps dialling until they are
//! connected; if both do at the same time, one connection is kept. Only peers get streams, and only under scopes that were
//! entered. A node that is not a peer may ask something ([`Hub::serve`]'s handler is told so), one call at a time.

mod call;
mod error;
mod hello;
mod listen;
mod mesh;
mod peer;

use std::{
    collections::{HashMap, HashSet},
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, atomic::AtomicU64},
    time::Duration,
};

use futures::future::join_all;
use tokio::{net::TcpListener, sync::Semaphore, task::AbortHandle, time::timeout};

use crate::{
    mux::{Limits, Mux},
    tls::{Identity, PublicKey},
};
pub use call::{MESSAGE_BYTES, STRANGER_BYTES};
pub use error::HubError;
use hello::{Hello, Record};
use peer::{Peer, lock};

/// Calls that are handled at the same time, whoever asks.
const HANDLING: usize = 64;

/// How long a hub waits and what it keeps.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// What one peer's connection may hold, and how long it may be silent.
    pub limits: Limits,
    /// How long connecting may take, greetings included.
    pub connect_timeout: Duration,
    /// The longest pause between two attempts to connect to a peer.
    pub longest_pause: Duration,
    /// How long a job's link waits for a peer that is not connected.
    pub patience: Duration,
    /// How long a call may take.
    pub call_timeout: Duration,
    /// How long a connection of a node that is not a peer may last.
    pub visit: Duration,
}

impl Default for Config {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self {
            limits: Limits::default(),
            connect_timeout: seconds(10),
            longest_pause: seconds(15),
            patience: seconds(30),
            call_timeout: seconds(60),
            visit: seconds(30),
        }
    }
}

/// A node's way to all its peers. Copies are the same hub; with the last one, mesh and scope its connections close.
#[derive(Clone)]
pub struct Hub(Arc<Life>);

/// Ends the hub's tasks, which hold the rest, when nobody uses it any more.
struct Life(Arc<Inner>);

impl Drop for Life {
    fn drop(&mut self) {
        lock(&self.0.listening).take().into_iter().for_each(|l| l.abort());
        lock(&self.0.peers).drain().for_each(|(_, peer)| peer.stop());
    }
}

/// What the hub's handles and tasks share.
struct Inner {
    identity: Identity,
    config: Config,
    local: Option<SocketAddr>,
    /// A random number of this process.
    instance: u64,
    peers: Mutex<HashMap<PublicKey, Arc<Peer>>>,
    /// How many guards there are of each.
    scopes: Mutex<HashMap<String, usize>>,
    handler: Mutex<Option<call::Handler>>,
    handling: Semaphore,
    calls: AtomicU64,
    visitors: Mutex<HashSet<PublicKey>>,
    listening: Mutex<Option<AbortHandle>>,
}

impl Inner {
    fn peer(&self, key: &PublicKey) -> Option<Arc<Peer>> {
        lock(&self.peers).get(key).cloned()
    }

    /// The connections that stand.
    fn connections(&self) -> Vec<Mux> {
        lock(&self.peers).values().filter_map(|peer| peer.connection()).collect()
    }
}

impl Hub {
    /// Begins to listen, if there is an address to listen on. Needs a tokio runtime.
    pub async fn bind(identity: Identity, listen: Option<SocketAddr>, config: Config) -> Result<Hub, HubError> {
        let listener = match listen {
            None => None,
            Some(address) => Some(TcpListener::bind(address).await.map_err(|error| match error.kind() {
                io::ErrorKind::AddrInUse => HubError::PortInUse(address),
                _ => HubError::CannotListen { address, why: error.to_string() },
            })?),
        };
        let local = listener.as_ref().and_then(|l| l.local_addr().ok());
        let instance = getrandom::u64().map_err(|error| {
            let address = listen.unwrap_or(SocketAddr::from(([0, 0, 0, 0], 0)));
            HubError::CannotListen { address, why: format!("the system gives no random numbers: {error}") }
        })?;
        let (peers, scopes, handler, calls, visitors, listening) = Default::default();
        let handling = Semaphore::new(HANDLING);
        let inner = Arc::new(Inner {
            identity,
            config,
            local,
            instance,
            peers,
            scopes,
            handler,
            handling,
            calls,
            visitors,
            listening,
        });
        if let Some(listener) = listener {
            let task = tokio::spawn(listen::listen(inner.clone(), listener));
            *lock(&inner.listening) = Some(task.abort_handle());
        }
        Ok(Hub(Arc::new(Life(inner))))
    }

    /// Where this node listens.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.inner().local
    }

    /// Makes `key` a peer, or changes where it is dialled: `host:port`, or nothing if only it can connect. The node's own
    /// key is ignored.
    pub fn set_peer(&self, key: PublicKey, address: Option<String>) {
        if key == self.inner().identity.public() {
            return;
        }
        let mut peers = lock(&self.inner().peers);
        match peers.get(&key) {
            Some(peer) => peer.move_to(address),
            None => {
                peers.insert(key, Peer::start(self.inner(), key, address));
            }
        }
    }

    /// Ends the connection to `key`, which is no peer any more.
    pub fn remove_peer(&self, key: &PublicKey) {
        lock(&self.inner().peers).remove(key).into_iter().for_each(|peer| peer.stop());
    }

    /// Whether `key` is a peer that is connected.
    pub fn connected(&self, key: &PublicKey) -> bool {
        self.inner().peer(key).is_some_and(|peer| peer.connection().is_some())
    }

    /// Why the last attempt to connect to a peer failed, while it is not connected.
    pub fn trouble(&self, key: &PublicKey) -> Option<HubError> {
        self.inner().peer(key).filter(|peer| peer.connection().is_none()).and_then(|peer| peer.trouble())
    }

    /// Waits until a peer is connected; after `patience`, says why it is not.
    pub async fn wait_connected(&self, key: &PublicKey, patience: Duration) -> Result<(), HubError> {
        let peer = self.inner().peer(key).ok_or(HubError::NotAPeer(*key))?;
        match timeout(patience, peer.connected()).await {
            Ok(Some(_)) => Ok(()),
            _ if peer.address().is_none() => Err(HubError::NoAddress(*key)),
            _ => {
                let silent = HubError::Silent { peer: *key, seconds: patience.as_secs() };
                Err(peer.trouble().unwrap_or(silent))
            }
        }
    }

    /// Asks a peer: over its connection, or, where it does not yet know this node, by a visit to its address.
    pub async fn call(&self, peer: &PublicKey, request: Vec<u8>) -> Result<Vec<u8>, HubError> {
        let found = self.inner().peer(peer).ok_or(HubError::NotAPeer(*peer))?;
        let mux = match (found.connection(), found.address()) {
            (Some(mux), _) => mux,
            (None, Some(address)) => return self.call_address(&address, *peer, request).await,
            (None, None) => {
                let waiting = timeout(self.inner().config.connect_timeout, found.connected());
                waiting.await.ok().flatten().ok_or(HubError::NoAddress(*peer))?
            }
        };
        call::ask(self.inner(), &mux, *peer, &request).await
    }

    /// Asks the node at `address`, which need not be a peer, and must have the key `expected`.
    pub async fn call_address(
        &self,
        address: &str,
        expected: PublicKey,
        request: Vec<u8>,
    ) -> Result<Vec<u8>, HubError> {
        let hub = self.inner();
        let known = hub.peer(&expected).is_some();
        let greeting = Hello { visit: true, known, instance: hub.instance, record: Record::default() };
        let (stream, _) = peer::reach(hub, address, expected, greeting).await?;
        let (read, write) = tokio::io::split(stream);
        let mux = Mux::start(read, write, Limits { waiting_streams: 0, ..hub.config.limits }, &[]);
        call::ask(hub, &mux, expected, &request).await
    }

    /// Answers calls with `handler`, until [`close`](Self::close): from whom, whether that is a peer, and the request, of at most [`MESSAGE_BYTES`]
    /// ([`STRANGER_BYTES`] if it is no peer's). An answer is at most [`MESSAGE_BYTES`] long.
    pub fn serve<F, A>(&self, handler: F)
    where
        F: Fn(PublicKey, bool, Vec<u8>) -> A + Send + Sync + 'static,
        A: Future<Output = Vec<u8>> + Send + 'static,
    {
        let boxed: call::Handler = Arc::new(move |from, known, request| Box::pin(handler(from, known, request)));
        *lock(&self.inner().handler) = Some(boxed);
    }

    /// Lets peers open streams under `name` until the guard is dropped; peers that had some there then hear of it.
    pub fn scope(&self, name: &str) -> ScopeGuard {
        let mut scopes = lock(&self.inner().scopes);
        *scopes.entry(name.to_string()).or_default() += 1;
        self.inner().connections().iter().for_each(|mux| mux.enter(name));
        ScopeGuard { hub: self.clone(), name: name.to_string() }
    }

    /// Closes all connections, once everything sent has left. Peers see this node as gone.
    pub async fn close(&self) {
        *lock(&self.inner().handler) = None;
        lock(&self.inner().listening).take().into_iter().for_each(|l| l.abort());
        let connections = self.inner().connections();
        let peers: Vec<Arc<Peer>> = lock(&self.inner().peers).drain().map(|(_, peer)| peer).collect();
        peers.iter().for_each(|peer| peer.stop());
        join_all(connections.iter().map(Mux::close)).await;
    }

    fn inner(&self) -> &Arc<Inner> {
        &self.0.0
    }
}

/// Keeps a scope open.
#[must_use = "a scope ends when its guard is dropped"]
pub struct ScopeGuard {
    hub: Hub,
    name: String,
}

impl Drop for ScopeGuard {
    fn drop(&mut self) {
        let mut scopes = lock(&self.hub.inner().scopes);
        let Some(guards) = scopes.get_mut(&self.name) else { return };
        *guards -= 1;
        if *guards == 0 {
            scopes.remove(&self.name);
            self.hub.inner().connections().iter().for_each(|mux| mux.leave(&self.name));
        }
    }
}
