//! A running node: its store, its hub, its jobs, and the socket of its operator.

use std::{
    collections::HashMap,
    hash::Hash,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, Utc};
use jointly_lookup::Holder;
use jointly_net::{
    hub::{Config, Hub, HubError},
    mux::Limits,
    tls,
};
use serde::de::DeserializeOwned;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{UnixListener, UnixStream},
    sync::Notify,
};

use super::{
    asking::Asked,
    control::{Fault, SOCKET, Told},
    job::Job,
    messages::{Call, Message, Said},
    model::OneRow,
    own::opening,
};
use crate::{Identity, JobId, ProjectId, PublicKey, Store, clock};

/// The longest request of an operator.
const REQUEST_BYTES: u64 = 4 << 20;

/// Jobs that have ended whose answers are kept in memory.
const MOST_ENDED: usize = 256;

/// How a node is set up.
#[derive(Clone, Debug)]
pub struct NodeConfig {
    /// The folder that holds its identity, its store and its socket.
    pub home: PathBuf,
    /// Where it listens for peers; a node that only dials needs none.
    pub listen: Option<SocketAddr>,
    /// A peer from which nothing came for so long counts as gone: at least 3 s, as a node that lives says something every second.
    pub silence: Duration,
    /// Bytes of memory that jobs may take at a time.
    pub memory: u64,
    /// How long a job waits for a participant that is connected, but does not do its part.
    pub patience: Duration,
    /// It garbles wrongly: for demonstrations.
    #[cfg(feature = "faults")]
    pub cheats: bool,
}

impl NodeConfig {
    /// The usual limits: 15 s of silence, 120 s of patience, 4 GiB for all jobs.
    pub fn new(home: PathBuf, listen: Option<SocketAddr>) -> Self {
        Self {
            home,
            listen,
            silence: Duration::from_secs(15),
            patience: Duration::from_secs(120),
            memory: 4 << 30,
            #[cfg(feature = "faults")]
            cheats: false,
        }
    }

    /// The same limits for the connections.
    fn hub(&self) -> Config {
        let usual = Config::default();
        let silence = self.silence.max(Duration::from_secs(3));
        Config {
            limits: Limits { silence, ..usual.limits },
            connect_timeout: usual.connect_timeout.min(silence),
            patience: usual.patience.min(self.patience),
            ..usual
        }
    }
}

/// A running node. Copies are the same node.
#[derive(Clone)]
pub struct Node(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub identity: Identity,
    pub store: Store,
    pub hub: Hub,
    pub config: NodeConfig,
    pub jobs: Mutex<HashMap<JobId, Arc<Job>>>,
    pub asked: Mutex<HashMap<JobId, Asked>>,
    /// Rows by dataset and table, counted once a run.
    pub rows: Mutex<HashMap<(String, String), u64>>,
    /// Own look-up databases that were opened.
    pub holders: tokio::sync::Mutex<HashMap<(ProjectId, String), Arc<Holder>>>,
    /// Held by who makes or changes a look-up database.
    pub publishing: tokio::sync::Mutex<()>,
    /// The IDs of look-ups that this node has asked for, until they are asked: for nobody else.
    pub wishes: Mutex<HashMap<JobId, Vec<Vec<String>>>>,
    /// Jobs that are open for rows of this node's operator.
    pub desks: Mutex<HashMap<JobId, tokio::sync::mpsc::Sender<OneRow>>>,
    /// When a refused look-up of a peer was noted last.
    pub refusals: Mutex<HashMap<PublicKey, DateTime<Utc>>>,
    /// Whose plan is being made.
    pub planning: Mutex<HashMap<PublicKey, Arc<tokio::sync::Mutex<()>>>>,
    stop: Notify,
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Drops what ended first, so that [`MOST_ENDED`] ended ones stay; `ended` gives their order. The store knows the others.
pub(super) fn forget<K: Copy + Eq + Hash, V, T: Ord>(all: &mut HashMap<K, V>, ended: impl Fn(&V) -> Option<T>) {
    let mut over: Vec<(T, K)> = all.iter().filter_map(|(key, value)| Some((ended(value)?, *key))).collect();
    let many = over.len().saturating_sub(MOST_ENDED);
    over.sort_by(|a, b| a.0.cmp(&b.0));
    over.iter().take(many).for_each(|(_, key)| drop(all.remove(key)));
}

impl Node {
    /// Opens the store, listens, and dials the peers. Jobs that ran when the node last stopped are marked as failed.
    pub async fn start(identity: Identity, config: NodeConfig) -> Result<Node, Fault> {
        // A second node on the same store would take the first one's jobs for dead.
        if UnixStream::connect(config.home.join(SOCKET)).await.is_ok() {
            return Err(Fault::refused(format!("a node already runs in {}", config.home.display())));
        }
        let store = Store::open(&config.home.join("node.sqlite"))?;
        let key = tls::Identity::from_pkcs8(&identity.pkcs8_der()).map_err(|e| Fault::failed(e.to_string()))?;
        let hub = Hub::bind(key, config.listen, config.hub()).await?;
        let reason = "this node was stopped before the job came to its end; ask again";
        for job in store.fail_unfinished_jobs(reason, clock::now())? {
            // Its commitment stands in no receipt that this node signed.
            let _ = std::fs::remove_file(opening(&config.home, job));
        }
        for peer in store.peers()? {
            hub.set_peer(tls::PublicKey(*peer.key.as_bytes()), peer.address);
        }
        let (jobs, asked, rows, planning, stop) = Default::default();
        let (holders, publishing, wishes, desks, refusals) = Default::default();
        let node = Node(Arc::new(Inner {
            identity,
            store,
            hub,
            config,
            jobs,
            asked,
            rows,
            holders,
            publishing,
            wishes,
            desks,
            refusals,
            planning,
            stop,
        }));
        let serving = Arc::downgrade(&node.0);
        node.0.hub.serve(move |from, known, request| {
            let node = serving.upgrade().map(Node);
            async move {
                let said = match node {
                    Some(node) => node.answer(from, known, &request).await,
                    None => Said::Error(Fault::failed("the node is stopping")),
                };
                serde_json::to_vec(&said).unwrap_or_default()
            }
        });
        Ok(node)
    }

    /// Where peers reach this node.
    pub fn address(&self) -> Option<SocketAddr> {
        self.0.hub.local_addr()
    }

    /// Ends [`run_until_stopped`](Node::run_until_stopped).
    pub fn stop(&self) {
        self.0.stop.notify_one();
    }

    /// Serves the operator until the node is stopped.
    pub async fn run_until_stopped(&self) -> Result<(), Fault> {
        let path = self.0.config.home.join(SOCKET);
        let _ = std::fs::remove_file(&path);
        let cannot = |e: std::io::Error| Fault::failed(format!("cannot open the socket {}: {e}", path.display()));
        let listener = UnixListener::bind(&path).map_err(cannot)?;
        let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(&path, private).map_err(cannot)?;
        let mut keeping = std::pin::pin!(self.keep_stock());
        loop {
            tokio::select! {
                () = self.0.stop.notified() => break,
                never = &mut keeping => never,
                accepted = listener.accept() => {
                    if let Ok((stream, _)) = accepted {
                        let node = self.clone();
                        tokio::spawn(async move { node.serve(stream).await });
                    }
                }
            }
        }
        for job in lock(&self.0.jobs).values() {
            job.stop.stop(Fault::failed(format!("the node of {} was stopped", self.0.identity.name())));
        }
        let _ = std::fs::remove_file(&path);
        // What was said last still leaves.
        let _ = tokio::time::timeout(Duration::from_secs(3), self.0.hub.close()).await;
        Ok(())
    }

    async fn serve(&self, mut stream: UnixStream) {
        let (read, mut write) = stream.split();
        let mut line = String::new();
        if BufReader::new(read.take(REQUEST_BYTES)).read_line(&mut line).await.is_err() {
            return;
        }
        let told = match serde_json::from_str(&line) {
            Ok(ask) => self.operate(ask).await.map_or_else(Told::Error, Told::Ok),
            Err(e) => Told::Error(Fault::refused(format!("the request cannot be read: {e}"))),
        };
        let mut text = serde_json::to_vec(&told).unwrap_or_default();
        text.push(b'\n');
        let _ = write.write_all(&text).await;
        let _ = write.shutdown().await;
    }

    /// Asks a member of a project: this node itself, or a peer.
    pub(super) async fn ask<T: DeserializeOwned>(
        &self,
        member: &PublicKey,
        name: &str,
        call: Call,
    ) -> Result<T, Fault> {
        let said = if *member == self.0.identity.public_key() {
            match Box::pin(self.handle(*member, call)).await {
                Ok(value) => Said::Ok(value),
                // What this node says of itself as an asker goes to the others too.
                Err(fault) => Said::Error(self.outward(fault)),
            }
        } else {
            let request = serde_json::to_vec(&Message { time: clock::now(), call })?;
            let key = tls::PublicKey(*member.as_bytes());
            let reply = self.0.hub.call(&key, request).await;
            // People know each other by names.
            let reply = reply.map_err(|e| match e {
                HubError::WrongKey { .. } | HubError::Stranger { .. } => Fault::from(e).at(name),
                _ => Fault::failed(e.to_string().replace(&key.to_string(), "it")).at(name),
            })?;
            serde_json::from_slice(&reply).map_err(|e| Fault::malformed(name, &e))?
        };
        match said {
            Said::Ok(value) => serde_json::from_value(value).map_err(|e| Fault::malformed(name, &e)),
            Said::Error(fault) => Err(fault.shortened().at(name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_ended_jobs_are_forgotten_and_none_under_way() {
        // Every third is under way.
        let mut jobs: HashMap<usize, Option<usize>> = (0..600).map(|i| (i, (i % 3 > 0).then_some(i))).collect();
        forget(&mut jobs, |ended| *ended);
        let ended: Vec<usize> = jobs.values().flatten().copied().collect();
        assert_eq!((jobs.len(), ended.len()), (200 + MOST_ENDED, MOST_ENDED));
        assert_eq!(ended.iter().min(), Some(&217), "the last 256 of 400");
        forget(&mut jobs, |ended| *ended);
        assert_eq!(jobs.len(), 200 + MOST_ENDED);
    }
}
