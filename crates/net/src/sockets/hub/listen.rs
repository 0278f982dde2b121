//! Who knocks: peers, who get a connection for streams, and others, who may ask something and must go again.

use std::{sync::Arc, time::Duration};

use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    sync::{Semaphore, mpsc},
    time::{sleep, timeout},
};
use tokio_rustls::TlsStream;

use super::{
    Inner, call,
    hello::{Hello, Record},
    peer::{Made, lock},
};
use crate::{
    mux::{Limits, Mux},
    tls::{self, PublicKey, Wire},
};

/// Connections that have not yet proven who they are.
const GREETING: usize = 256;

/// Connections for calls only, in all; a key has at most one.
const VISITORS: usize = 16;

/// Takes connections, for ever.
pub(super) async fn listen(hub: Arc<Inner>, listener: TcpListener) {
    let greeting = Arc::new(Semaphore::new(GREETING));
    loop {
        let Ok(turn) = greeting.clone().acquire_owned().await else { return };
        let Ok((tcp, _)) = listener.accept().await else {
            // Out of file handles, most likely: others must end first.
            sleep(Duration::from_millis(50)).await;
            continue;
        };
        let hub = hub.clone();
        tokio::spawn(async move {
            // Whoever cannot finish the greeting is of no concern to this node.
            let visitor = timeout(hub.config.connect_timeout, greet(&hub, tcp)).await;
            drop(turn);
            if let Ok(Some((stream, from))) = visitor {
                visit(&hub, stream, from).await;
            }
        });
    }
}

/// Finds out who it is; a peer's connection is put to use, a visitor's is returned.
async fn greet(hub: &Arc<Inner>, tcp: TcpStream) -> Option<(TlsStream<Wire>, PublicKey)> {
    tcp.set_nodelay(true).ok()?;
    let (mut stream, from) = tls::accept(&hub.identity, tcp).await.ok()?;
    let theirs = Hello::read(&mut stream).await.ok()?;
    let peer = hub.peer(&from);
    let greeting = match &peer {
        Some(peer) => peer.hello(hub).await,
        None => Hello { visit: false, known: false, instance: hub.instance, record: Record::default() },
    };
    greeting.write(&mut stream).await.ok()?;
    match peer {
        _ if theirs.visit => return Some((stream, from)),
        Some(peer) if theirs.known => peer.settle(hub, stream, &theirs, Made::There).await.ok()?,
        _ => stream.shutdown().await.ok()?,
    }
    None
}

/// Answers a visitor's calls, one after the other, for a short time.
async fn visit(hub: &Arc<Inner>, stream: TlsStream<Wire>, from: PublicKey) {
    {
        let mut visitors = lock(&hub.visitors);
        if visitors.len() >= VISITORS || !visitors.insert(from) {
            return;
        }
    }
    let (calls, mut taken) = mpsc::channel(1);
    let limits = Limits { budget: 0, waiting_streams: 1, ..hub.config.limits };
    let (read, write) = tokio::io::split(stream);
    let mux = Mux::answering(read, write, limits, &[], Some(calls));
    let answering = async {
        while let Some(name) = taken.recv().await {
            call::answer(hub, from, &mux, &name).await;
        }
    };
    let _ = timeout(hub.config.visit, answering).await;
    mux.hang_up();
    lock(&hub.visitors).remove(&from);
}
