//! Calls: one message there, one back, each on a stream of its own. Invitations and everything else that is not a job.

use std::{pin::Pin, sync::Arc, time::Duration};

use jointly_core::{Error, FRAME_BYTES, Party, Why};
use tokio::{
    sync::{Semaphore, mpsc},
    time::timeout,
};

use super::{HubError, Inner, peer::lock};
use crate::{
    Frame, Inbound, Outbound,
    mux::{CALL, Mux},
    tls::PublicKey,
};

/// Bytes of a message between peers.
pub const MESSAGE_BYTES: usize = 1 << 20;

/// Bytes of a message from a node that is not a peer.
pub const STRANGER_BYTES: usize = 64 << 10;

/// Calls of one peer that are answered at the same time, and that wait besides.
const AT_ONCE: usize = 8;

/// Whom a stream's errors name; a call's errors name a key instead.
const NOBODY: Party = Party(0);

/// What answers calls: from whom, whether that is a peer, and the request.
pub(super) type Handler =
    Arc<dyn Fn(PublicKey, bool, Vec<u8>) -> Pin<Box<dyn Future<Output = Vec<u8>> + Send>> + Send + Sync>;

/// How a call ended, at the head of its answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Status {
    Done = 0,
    TooLong = 1,
    Late = 2,
    Failed = 3,
}

/// Where a connection puts the calls that come in.
pub(super) fn queue() -> (mpsc::Sender<String>, mpsc::Receiver<String>) {
    mpsc::channel(AT_ONCE)
}

/// Asks the node at the other end of `mux`.
pub(super) async fn ask(hub: &Inner, mux: &Mux, peer: PublicKey, request: &[u8]) -> Result<Vec<u8>, HubError> {
    if request.len() > MESSAGE_BYTES {
        return Err(HubError::TooLong(request.len()));
    }
    let number = hub.calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let exchange = async {
        let mut answer = mux.inbound(NOBODY, &format!("answer/{number}"))?;
        let mut ask = mux.sender(NOBODY, &format!("{CALL}{number}"))?;
        match write(&mut ask, 0, request).await {
            // A closed stream may be all that is needed of the request: the answer says why.
            Ok(()) | Err(Error::Gone { why: Why::Closed, .. }) => {}
            Err(error) => return Err(error),
        }
        tokio::select! {
            biased;
            answer = read(&mut *answer, MESSAGE_BYTES) => answer,
            error = ask.refused() => Err(error),
        }
    };
    let seconds = hub.config.call_timeout.as_secs();
    let answer = timeout(hub.config.call_timeout, exchange).await.map_err(|_| HubError::Silent { peer, seconds })?;
    let refused = |why| Err(HubError::Refused { peer, why });
    match answer.map_err(|error| HubError::of(error, peer))? {
        (0, Some(answer)) => Ok(answer),
        (1, _) => refused("the request is longer than it takes"),
        (2, _) => refused("it took too long to answer; try again later"),
        _ => refused("it could not answer; its operator finds the reason in its log"),
    }
}

/// Answers the calls of a peer until its connection ends.
pub(super) async fn answer_all(hub: Arc<Inner>, from: PublicKey, mux: Mux, mut calls: mpsc::Receiver<String>) {
    let at_once = Arc::new(Semaphore::new(AT_ONCE));
    while let Some(name) = calls.recv().await {
        let Ok(turn) = at_once.clone().acquire_owned().await else { return };
        let (hub, mux) = (hub.clone(), mux.clone());
        tokio::spawn(async move {
            answer(&hub, from, &mux, &name).await;
            drop(turn);
        });
    }
}

/// Answers one call. Whatever goes wrong with the connection, the caller learns from the connection.
pub(super) async fn answer(hub: &Inner, from: PublicKey, mux: &Mux, name: &str) {
    let limit = hub.config.call_timeout;
    let known = hub.peer(&from).is_some();
    let _ = timeout(limit * 2, async {
        let number = name.strip_prefix(CALL).unwrap_or_default();
        let mut request = mux.inbound(NOBODY, name)?;
        let mut reply = mux.outbound(NOBODY, &format!("answer/{number}"))?;
        let most = if known { MESSAGE_BYTES } else { STRANGER_BYTES };
        let (status, answer) = match read(&mut *request, most).await? {
            (_, None) => (Status::TooLong, Vec::new()),
            (_, Some(request)) => handle(hub, from, known, request, limit).await,
        };
        write(&mut *reply, status as u8, &answer).await
    })
    .await;
}

/// Runs the handler in a task of its own: if it fails or takes too long, only this call suffers.
async fn handle(hub: &Inner, from: PublicKey, known: bool, request: Vec<u8>, limit: Duration) -> (Status, Vec<u8>) {
    let handler = lock(&hub.handler).clone();
    let (Some(handler), Ok(_turn)) = (handler, hub.handling.acquire().await) else {
        return (Status::Failed, Vec::new());
    };
    let mut task = tokio::spawn(handler(from, known, request));
    match timeout(limit, &mut task).await {
        Ok(Ok(answer)) if answer.len() <= MESSAGE_BYTES => (Status::Done, answer),
        Ok(_) => (Status::Failed, Vec::new()),
        Err(_) => {
            task.abort();
            (Status::Late, Vec::new())
        }
    }
}

/// A message: a head with status and length, then the bytes.
async fn write(to: &mut dyn Outbound, status: u8, message: &[u8]) -> Result<(), Error> {
    let length = u32::try_from(message.len()).map_err(|_| Error::Misuse("a message is longer than 4 GiB"))?;
    let [a, b, c, d] = length.to_le_bytes();
    to.send(Frame { depth: 0, payload: vec![status, a, b, c, d] }).await?;
    for part in message.chunks(FRAME_BYTES) {
        to.send(Frame { depth: 0, payload: part.to_vec() }).await?;
    }
    Ok(())
}

/// Reads a message of at most `most` bytes; of a longer one only the status.
async fn read(from: &mut dyn Inbound, most: usize) -> Result<(u8, Option<Vec<u8>>), Error> {
    let malformed = Error::Malformed { from: NOBODY, what: "a call's message is not as long as it says" };
    let head = from.recv().await?.payload;
    let &[status, a, b, c, d] = head.as_slice() else { return Err(malformed) };
    let length = u32::from_le_bytes([a, b, c, d]) as usize;
    if length > most {
        return Ok((status, None));
    }
    let mut message = Vec::new();
    while message.len() < length {
        let part = from.recv().await?.payload;
        if part.is_empty() || message.len() + part.len() > length {
            return Err(malformed);
        }
        message.extend_from_slice(&part);
    }
    Ok((status, Some(message)))
}
