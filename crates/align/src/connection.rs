//! How the two sides come together: TLS 1.3 between keys that live as long as the alignment, pinned by the code.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jointly_net::Mesh;
use jointly_net::hub::{Config, Hub, HubError, ScopeGuard};
use jointly_net::tls::{Identity, PublicKey};
use tokio::sync::Notify;

use crate::code::Code;
use crate::work::Pairing;
use crate::{Error, Result, Role};

/// The scope of all streams.
const SCOPE: &str = "align";
/// How long a connector tries to reach a listener that is not there yet.
const PATIENCE: Duration = Duration::from_secs(20);
/// What a listener says to who knows the secret, and to others.
const WELCOME: &[u8] = b"welcome";
const UNKNOWN: &[u8] = b"unknown";

/// A connection to the other side.
pub struct Connection {
    hub: Hub,
    peer: PublicKey,
    _scope: ScopeGuard,
    mesh: Arc<dyn Mesh>,
}

impl Connection {
    fn new(hub: Hub, scope: ScopeGuard, role: Role, me: PublicKey, peer: PublicKey) -> Self {
        let members = if role == Role::Listener { [me, peer] } else { [peer, me] };
        let mesh = hub.mesh(SCOPE, &members, role.party());
        Self { hub, peer, _scope: scope, mesh }
    }

    /// The mesh of the two.
    pub fn mesh(&self) -> Arc<dyn Mesh> {
        self.mesh.clone()
    }

    /// The other side's key.
    pub fn peer(&self) -> PublicKey {
        self.peer
    }

    /// Ends the connection, once everything sent has left.
    pub async fn close(self) {
        let _ = tokio::time::timeout(Duration::from_secs(5), self.hub.close()).await;
    }
}

fn identity(pairing: &Pairing) -> Result<Identity> {
    Identity::from_seed(pairing.seed).map_err(|e| Error::Failed(e.to_string()))
}

/// A side that waits for the other.
pub struct Listener {
    hub: Hub,
    scope: ScopeGuard,
    me: PublicKey,
    code: Arc<Code>,
    paired: Arc<Paired>,
}

/// Who has shown the secret.
struct Paired {
    peer: Mutex<Option<PublicKey>>,
    changed: Notify,
}

/// Begins to listen. Only who shows the secret of the code becomes the other side, and nobody else after it.
pub async fn listen(address: SocketAddr, pairing: &Pairing) -> Result<Listener> {
    let identity = identity(pairing)?;
    let me = identity.public();
    let hub = Hub::bind(identity, Some(address), Config::default()).await?;
    let scope = hub.scope(SCOPE);
    let code = Arc::new(Code::new(me, pairing.secret));
    let known = pairing.peer.map(PublicKey);
    let paired = Arc::new(Paired { peer: Mutex::new(known), changed: Notify::new() });
    known.into_iter().for_each(|peer| hub.set_peer(peer, None));
    let (serving, shown, waiting) = (hub.clone(), code.clone(), paired.clone());
    // The hub drops the handler, and with it this handle of itself, when it is closed.
    hub.serve(move |from, _, request| {
        let welcome = shown.is_shown_by(&request) && waiting.take(from);
        if welcome {
            serving.set_peer(from, None);
            waiting.changed.notify_one();
        }
        async move { if welcome { WELCOME } else { UNKNOWN }.to_vec() }
    });
    Ok(Listener { hub, scope, me, code, paired })
}

impl Paired {
    /// Whether `from` is the other side, or becomes it.
    fn take(&self, from: PublicKey) -> bool {
        let mut peer = self.peer.lock().unwrap_or_else(PoisonError::into_inner);
        *peer.get_or_insert(from) == from
    }

    fn peer(&self) -> Option<PublicKey> {
        *self.peer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener {
    /// Where it listens.
    pub fn address(&self) -> Option<SocketAddr> {
        self.hub.local_addr()
    }

    /// The code for the other side.
    pub fn code(&self) -> &Code {
        &self.code
    }

    /// Waits for the other side, as long as it takes.
    pub async fn accept(self) -> Result<Connection> {
        let peer = loop {
            match self.paired.peer() {
                Some(peer) => break peer,
                None => self.paired.changed.notified().await,
            }
        };
        while self.hub.wait_connected(&peer, Duration::from_secs(3600)).await.is_err() {}
        Ok(Connection::new(self.hub, self.scope, Role::Listener, self.me, peer))
    }
}

/// Goes to the listener at `address`, which is `host:port`, and shows it the secret.
pub async fn connect(address: &str, code: &Code, pairing: &Pairing) -> Result<Connection> {
    let identity = identity(pairing)?;
    let me = identity.public();
    let hub = Hub::bind(identity, None, Config::default()).await?;
    let scope = hub.scope(SCOPE);
    let begin = Instant::now();
    let reply = loop {
        match hub.call_address(address, code.key, code.secret().to_vec()).await {
            Ok(reply) => break reply,
            Err(HubError::Unreachable { .. }) if begin.elapsed() < PATIENCE => {
                tokio::time::sleep(Duration::from_millis(200)).await;
            }
            Err(HubError::WrongKey { .. }) => {
                return Err(Error::Refused(format!(
                    "whoever listens on {address} is not who made the code: ask for the code of this run, and for the address; \
                     if both are right, somebody stands in between"
                )));
            }
            Err(error) => return Err(error.into()),
        }
    };
    if reply != WELCOME {
        return Err(Error::Refused(
            "the listening side does not take this code: it is the code of another run, or somebody has used it already. \
             Start the listening side anew with --restart, and use the code that it prints"
                .to_owned(),
        ));
    }
    hub.set_peer(code.key, Some(address.to_owned()));
    hub.wait_connected(&code.key, PATIENCE).await?;
    Ok(Connection::new(hub, scope, Role::Connector, me, code.key))
}
