//! One peer, and the task that keeps the connection to it.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::{Notify, watch},
    task::AbortHandle,
    time::{sleep, timeout},
};
use tokio_rustls::TlsStream;

use super::{
    HubError, Inner, call,
    hello::{self, Hello, Record},
};
use crate::{
    mux::Mux,
    tls::{self, Failed, PublicKey, Wire},
};

/// The pause after a first failure to connect; it doubles with each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// Who made a connection.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Made {
    /// This node dialled.
    Here,
    /// The peer did.
    There,
}

/// A node that this one exchanges streams with.
pub(super) struct Peer {
    pub key: PublicKey,
    /// The connection, while it stands.
    pub mux: watch::Sender<Option<Mux>>,
    address: Mutex<Option<String>>,
    /// Why the last attempt to connect failed.
    trouble: Mutex<Option<HubError>>,
    /// The address has changed.
    moved: Notify,
    record: tokio::sync::Mutex<Record>,
    keeper: Mutex<Option<AbortHandle>>,
}

impl Peer {
    /// A peer, and the task that keeps the connection to it.
    pub fn start(hub: &Arc<Inner>, key: PublicKey, address: Option<String>) -> Arc<Self> {
        let peer = Arc::new(Self {
            key,
            mux: watch::Sender::new(None),
            address: Mutex::new(address),
            trouble: Mutex::default(),
            moved: Notify::new(),
            record: tokio::sync::Mutex::default(),
            keeper: Mutex::default(),
        });
        let keeper = tokio::spawn(keep(hub.clone(), peer.clone()));
        *lock(&peer.keeper) = Some(keeper.abort_handle());
        peer
    }

    /// Ends the task and the connection.
    pub fn stop(&self) {
        lock(&self.keeper).take().into_iter().for_each(|k| k.abort());
        if let Some(mux) = self.mux.send_replace(None) {
            mux.hang_up();
        }
    }

    pub fn move_to(&self, address: Option<String>) {
        *lock(&self.address) = address;
        self.moved.notify_one();
    }

    pub fn address(&self) -> Option<String> {
        lock(&self.address).clone()
    }

    pub fn trouble(&self) -> Option<HubError> {
        lock(&self.trouble).clone()
    }

    /// The connection, if it stands.
    pub fn connection(&self) -> Option<Mux> {
        self.mux.borrow().clone().filter(Mux::alive)
    }

    /// Waits for a connection.
    pub async fn connected(&self) -> Option<Mux> {
        let mut mux = self.mux.subscribe();
        mux.wait_for(|mux| mux.as_ref().is_some_and(Mux::alive)).await.ok().and_then(|mux| mux.clone())
    }

    /// What this side says first to the peer.
    pub async fn hello(&self, hub: &Inner) -> Hello {
        Hello { visit: false, known: true, instance: hub.instance, record: *self.record.lock().await }
    }

    /// After both greetings: agrees whether this connection is used, and uses it.
    pub async fn settle(
        &self,
        hub: &Arc<Inner>,
        mut stream: TlsStream<Wire>,
        theirs: &Hello,
        made: Made,
    ) -> std::io::Result<()> {
        let decide = hello::decides(hub.identity.public(), self.key);
        let told = if decide { true } else { hello::flag(stream.read_u8().await?)? };
        let mut record = self.record.lock().await;
        let takes = match decide {
            // Who dialled has lost nothing if a connection came in meanwhile; the peer's greeting may have been written after that one.
            true if made == Made::Here && self.connection().is_some() => false,
            true => hello::takes(self.connection().is_some(), *record, hub.instance, theirs),
            false => told,
        };
        record.renew(theirs.instance);
        if decide {
            stream.write_u8(takes.into()).await?;
            stream.flush().await?;
        }
        if takes {
            record.count += 1;
            hub.install(self, stream);
            *lock(&self.trouble) = None;
        }
        Ok(())
    }
}

/// Dials whenever there is an address and no connection, ever more rarely; forgets a connection that has ended.
async fn keep(hub: Arc<Inner>, peer: Arc<Peer>) {
    let mut change = peer.mux.subscribe();
    let mut pause = FIRST_PAUSE;
    loop {
        let standing = change.borrow_and_update().clone();
        if let Some(mux) = standing {
            tokio::select! {
                _ = mux.ended() => { peer.mux.send_if_modified(|now| now.take_if(|now| now.is(&mux)).is_some()); }
                _ = change.changed() => {}
            }
            pause = FIRST_PAUSE;
            continue;
        }
        let address = peer.address();
        if let Some(address) = &address {
            tokio::select! {
                dialled = dial(&hub, &peer, address) => *lock(&peer.trouble) = dialled.err(),
                _ = change.changed() => continue,
            }
        }
        tokio::select! {
            () = sleep(pause), if address.is_some() => pause = (pause * 2).min(hub.config.longest_pause),
            () = peer.moved.notified() => pause = FIRST_PAUSE,
            _ = change.changed() => {}
        }
    }
}

/// Makes a connection for streams. Where the peer prefers one of its own, that is no failure.
async fn dial(hub: &Arc<Inner>, peer: &Peer, address: &str) -> Result<(), HubError> {
    let greeting = peer.hello(hub).await;
    // A greeting that tells of a connection which stands would say that it is lost.
    if peer.connection().is_some() {
        return Ok(());
    }
    let (stream, theirs) = reach(hub, address, peer.key, greeting).await?;
    if !theirs.known {
        return Err(HubError::Stranger { peer: peer.key, me: hub.identity.public() });
    }
    let settled = timeout(hub.config.connect_timeout, peer.settle(hub, stream, &theirs, Made::Here)).await;
    settled
        .map_err(|_| "no answer".to_string())
        .and_then(|s| s.map_err(|e| e.to_string()))
        .map_err(|why| HubError::Unreachable { address: address.to_string(), why })
}

/// Connects to the node with key `expected`, and exchanges greetings.
pub(super) async fn reach(
    hub: &Inner,
    address: &str,
    expected: PublicKey,
    greeting: Hello,
) -> Result<(TlsStream<Wire>, Hello), HubError> {
    let unreachable = |why: String| HubError::Unreachable { address: address.to_string(), why };
    let reached = async {
        let tcp = TcpStream::connect(address).await.map_err(|e| unreachable(e.to_string()))?;
        tcp.set_nodelay(true).map_err(|e| unreachable(e.to_string()))?;
        let mut stream = tls::connect(&hub.identity, tcp, expected).await.map_err(|failed| match failed {
            Failed::WrongKey(found) => HubError::WrongKey { address: address.to_string(), expected, found },
            Failed::Handshake(why) => unreachable(why),
        })?;
        greeting.write(&mut stream).await.map_err(|e| unreachable(e.to_string()))?;
        let theirs = Hello::read(&mut stream).await.map_err(|e| unreachable(e.to_string()))?;
        Ok((stream, theirs))
    };
    let seconds = hub.config.connect_timeout.as_secs();
    timeout(hub.config.connect_timeout, reached)
        .await
        .unwrap_or_else(|_| Err(unreachable(format!("nothing answered within {seconds} s"))))
}

impl Inner {
    /// Puts a connection to use, under all scopes of now and later.
    fn install(self: &Arc<Self>, peer: &Peer, stream: TlsStream<Wire>) {
        let (calls, taken) = call::queue();
        let scopes = lock(&self.scopes);
        let names: Vec<&str> = scopes.keys().map(String::as_str).collect();
        let (read, write) = tokio::io::split(stream);
        let mux = Mux::answering(read, write, self.config.limits, &names, Some(calls));
        let old = peer.mux.send_replace(Some(mux.clone()));
        drop(scopes);
        if let Some(old) = old {
            old.hang_up();
        }
        tokio::spawn(call::answer_all(self.clone(), peer.key, mux, taken));
    }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
