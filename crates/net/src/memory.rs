//! All parties in one process, over bounded queues: for tests, for measuring protocols without a network, and for repeating runs. Under any executor, or
//! none: tokio's queues would stand still for whoever blocks one of its tasks.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use async_trait::async_trait;
use futures::{SinkExt, StreamExt, channel::mpsc};
use jointly_core::{Error, Party, Result, Why};

use crate::{Frame, Inbound, Link, Mesh, Outbound};

/// Frames that wait in one direction of one channel before its sender waits.
const QUEUE: usize = 16;

type Key = (Party, Party, String);
type Ends = (Option<mpsc::Sender<Frame>>, Option<mpsc::Receiver<Frame>>);

/// The meshes of a computation of `n` participants.
pub fn meshes(n: u16) -> Vec<Arc<dyn Mesh>> {
    let queues = Arc::<Mutex<HashMap<Key, Ends>>>::default();
    Party::all(n).map(|me| Arc::new(Memory { me, parties: n, queues: queues.clone() }) as Arc<dyn Mesh>).collect()
}

struct Memory {
    me: Party,
    parties: u16,
    queues: Arc<Mutex<HashMap<Key, Ends>>>,
}

impl Memory {
    /// Takes one end of the queue from one party to another; once both ends are taken, nothing is kept.
    fn end<T>(&self, from: Party, to: Party, path: &str, take: impl FnOnce(&mut Ends) -> Option<T>) -> Result<T> {
        let mut queues = self.queues.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (from, to, path.to_string());
        let ends = queues.entry(key.clone()).or_insert_with(|| {
            let (s, r) = mpsc::channel(QUEUE);
            (Some(s), Some(r))
        });
        let end = take(ends).ok_or(Error::Misuse("a channel is opened once"))?;
        if ends.0.is_none() && ends.1.is_none() {
            queues.remove(&key);
        }
        Ok(end)
    }
}

impl Mesh for Memory {
    fn me(&self) -> Party {
        self.me
    }

    fn parties(&self) -> u16 {
        self.parties
    }

    fn open(&self, peer: Party, path: &str) -> Result<Link> {
        let outbound = Sender { peer, queue: self.end(self.me, peer, path, |e| e.0.take())? };
        let inbound = Receiver { peer, queue: self.end(peer, self.me, path, |e| e.1.take())? };
        Ok(Link { outbound: Box::new(outbound), inbound: Box::new(inbound) })
    }
}

struct Sender {
    peer: Party,
    queue: mpsc::Sender<Frame>,
}

struct Receiver {
    peer: Party,
    queue: mpsc::Receiver<Frame>,
}

#[async_trait]
impl Outbound for Sender {
    async fn send(&mut self, frame: Frame) -> Result<()> {
        self.queue.send(frame).await.map_err(|_| Error::Gone { party: self.peer, why: Why::Closed })
    }
}

#[async_trait]
impl Inbound for Receiver {
    async fn recv(&mut self) -> Result<Frame> {
        self.queue.next().await.ok_or(Error::Gone { party: self.peer, why: Why::Closed })
    }
}
