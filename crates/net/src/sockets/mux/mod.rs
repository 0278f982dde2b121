//! Many named, one-way streams over one reliable connection.
//!
//! Each direction of a [`Link`] is a stream of its own: its sender opens it by name together with its first frame, the
//! receiver's end of that name may be opened before or after. A stream carries no more than its receiver has room for, so
//! that one that nobody reads never holds up another. What a peer can make this side keep is bounded by [`Limits`]; a peer
//! that breaks the rules, falls silent or goes away loses the connection, and every stream on it says so.

mod driver;
mod incoming;
mod outgoing;
mod state;
mod stream;
mod wire;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jointly_core::{Error, Party, Result, Why};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::{Notify, Semaphore, mpsc, watch},
};

use crate::{Inbound, Link, Outbound};
use state::State;
use stream::Sender;
pub use wire::NAME_BYTES;

/// Names that begin so are calls: the peer may open them whatever the scopes, if somebody answers.
pub(crate) const CALL: &str = "call/";

/// Bytes that wait to be written before senders wait.
const QUEUE_BYTES: usize = 1 << 20;

/// What one peer may make this side keep.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes on their way or waiting on one stream that both sides have opened.
    pub window: usize,
    /// Window beyond the first 256 KiB, over all streams of the connection.
    pub budget: usize,
    /// Streams that the peer opened and this side has not.
    pub waiting_streams: usize,
    /// Bytes that wait on those.
    pub waiting_bytes: usize,
    /// A peer from which nothing comes for so long is gone. One that lives sends something three times as often, and every second.
    pub silence: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        let (window, budget, waiting_bytes) = (4 << 20, 256 << 20, 256 << 20);
        Self { window, budget, waiting_streams: 4096, waiting_bytes, silence: Duration::from_secs(15) }
    }
}

/// Why a stream or a whole connection is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lost {
    /// An end was closed.
    Closed,
    /// The peer has left the job, or never was in it.
    Stopped,
    /// The peer has too much waiting.
    Full,
    /// Nothing came, or nothing was taken, for so many seconds.
    Silent(u64),
    /// The peer broke this rule.
    Malformed(&'static str),
}

impl Lost {
    /// The error that tells of `peer`.
    pub(crate) fn of(self, peer: Party) -> Error {
        let why = match self {
            Lost::Closed => Why::Closed,
            Lost::Stopped => Why::Stopped,
            Lost::Silent(seconds) => Why::Silent { seconds },
            Lost::Malformed(what) => return Error::Malformed { from: peer, what },
            Lost::Full => {
                return Error::Refused(format!(
                    "{peer} has too many channels waiting to be opened: let it catch up before sending more"
                ));
            }
        };
        Error::Gone { party: peer, why }
    }
}

/// A connection that carries streams. It closes, once all that was sent has left, when the last handle and stream is dropped.
#[derive(Clone)]
pub struct Mux(Arc<Handle>);

struct Handle(Arc<Shared>);

impl Drop for Handle {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// What the driver and all handles and streams share.
struct Shared {
    state: Mutex<State>,
    /// Something is to be written.
    work: Notify,
    /// Room in the queue of what is to be written.
    space: Semaphore,
    lost: watch::Sender<Option<Lost>>,
    silence: Duration,
}

impl Mux {
    /// Runs streams over a connection to an authenticated peer, which may open those under `scopes`. Needs a tokio runtime.
    pub fn start<R, W>(read: R, write: W, limits: Limits, scopes: &[&str]) -> Self
    where
        R: AsyncRead + Send + Unpin + 'static,
        W: AsyncWrite + Send + Unpin + 'static,
    {
        Self::answering(read, write, limits, scopes, None)
    }

    /// As [`start`](Self::start); the names of calls that the peer makes go to `calls`, and are refused while it is full.
    pub(crate) fn answering<R, W>(
        read: R,
        write: W,
        limits: Limits,
        scopes: &[&str],
        calls: Option<mpsc::Sender<String>>,
    ) -> Self
    where
        R: AsyncRead + Send + Unpin + 'static,
        W: AsyncWrite + Send + Unpin + 'static,
    {
        let mut state = State::new(limits, calls);
        scopes.iter().for_each(|scope| state.enter(scope));
        let shared = Arc::new(Shared {
            state: Mutex::new(state),
            work: Notify::new(),
            space: Semaphore::new(QUEUE_BYTES),
            lost: watch::Sender::new(None),
            silence: limits.silence,
        });
        tokio::spawn(driver::drive(shared.clone(), read, write));
        Self(Arc::new(Handle(shared)))
    }

    /// Allows the peer to open streams whose names are `scope`, or begin with it and a slash. The empty scope holds all names.
    pub fn enter(&self, scope: &str) {
        self.shared().state().enter(scope);
    }

    /// The peer hears when this side leaves `scope`, even if no stream was opened there.
    pub fn join(&self, scope: &str) {
        self.shared().state().join(scope);
    }

    /// Takes no more streams under `scope`; the peer hears of it, if it has to do with the scope.
    pub fn leave(&self, scope: &str) {
        self.shared().state().leave(scope);
        self.shared().work.notify_one();
    }

    /// The channel to `peer`, which is who sits at the other side, named `name`.
    pub fn link(&self, peer: Party, name: &str) -> Result<Link> {
        Ok(Link { outbound: self.outbound(peer, name)?, inbound: self.inbound(peer, name)? })
    }

    /// The sending half of [`link`](Self::link). The peer hears of it with the first frame.
    pub fn outbound(&self, peer: Party, name: &str) -> Result<Box<dyn Outbound>> {
        Ok(Box::new(self.sender(peer, name)?))
    }

    pub(crate) fn sender(&self, peer: Party, name: &str) -> Result<Sender> {
        Sender::open(self.clone(), peer, name)
    }

    /// The receiving half of [`link`](Self::link).
    pub fn inbound(&self, peer: Party, name: &str) -> Result<Box<dyn Inbound>> {
        Ok(Box::new(stream::Receiver::open(self.clone(), peer, name)?))
    }

    /// Whether the connection still stands.
    pub fn alive(&self) -> bool {
        let state = self.shared().state();
        state.lost.is_none() && !state.closing
    }

    /// Returns when everything sent before has been handed to the network, or the connection is lost.
    pub async fn flush(&self) {
        let all = u32::try_from(QUEUE_BYTES).unwrap_or(u32::MAX);
        drop(self.shared().space.acquire_many(all).await);
    }

    /// Whether both are handles of the same connection.
    pub(crate) fn is(&self, other: &Mux) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Begins to close the connection, although other handles exist.
    pub(crate) fn hang_up(&self) {
        self.shared().close();
    }

    /// Closes the connection once everything sent has left, and waits until the peer has closed its side, for a short time.
    pub async fn close(&self) {
        self.shared().close();
        self.ended().await;
    }

    /// Waits for the end of the connection.
    pub(crate) async fn ended(&self) -> Lost {
        let mut lost = self.shared().lost.subscribe();
        lost.wait_for(Option::is_some).await.ok().and_then(|lost| *lost).unwrap_or(Lost::Closed)
    }

    fn shared(&self) -> &Shared {
        &self.0.0
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self) {
        self.state().closing = true;
        self.work.notify_one();
    }

    fn end(&self, lost: Lost) {
        self.state().end(lost);
        self.space.close();
        self.lost.send_replace(Some(lost));
    }
}
