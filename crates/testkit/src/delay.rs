//! A mesh on which one frame is late, and all that follow it on its channel.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use futures::future::BoxFuture;
use jointly_core::{Error, Party, Result, Why};
use jointly_net::{Frame, Link, Mesh, Outbound, tamper::Place};
use tokio::{sync::mpsc, time::sleep};

/// How late a frame is, by its place.
pub type Lateness = Arc<dyn Fn(&Place) -> Duration + Send + Sync>;

/// `mesh`, whose party's frames are late by `lateness`. Its sender does not wait for them.
pub(crate) fn delayed(mesh: Arc<dyn Mesh>, lateness: Lateness) -> Arc<dyn Mesh> {
    Arc::new(Delayed { mesh, lateness })
}

struct Delayed {
    mesh: Arc<dyn Mesh>,
    lateness: Lateness,
}

impl Mesh for Delayed {
    fn me(&self) -> Party {
        self.mesh.me()
    }

    fn parties(&self) -> u16 {
        self.mesh.parties()
    }

    fn open(&self, peer: Party, path: &str) -> Result<Link> {
        let Link { mut outbound, inbound } = self.mesh.open(peer, path)?;
        let (queue, mut frames) = mpsc::unbounded_channel::<(Duration, Frame)>();
        tokio::spawn(async move {
            while let Some((late, frame)) = frames.recv().await {
                sleep(late).await;
                if outbound.send(frame).await.is_err() {
                    return;
                }
            }
        });
        let (from, path, lateness) = (self.me(), path.to_string(), self.lateness.clone());
        let outbound = Box::new(Late { queue, lateness, from, to: peer, path, count: 0 });
        Ok(Link { outbound, inbound })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.mesh.close()
    }
}

struct Late {
    queue: mpsc::UnboundedSender<(Duration, Frame)>,
    lateness: Lateness,
    from: Party,
    to: Party,
    path: String,
    count: u64,
}

#[async_trait]
impl Outbound for Late {
    async fn send(&mut self, frame: Frame) -> Result<()> {
        let place = Place { from: self.from, to: self.to, path: &self.path, count: self.count };
        self.count += 1;
        let late = (self.lateness)(&place);
        self.queue.send((late, frame)).map_err(|_| Error::Gone { party: self.to, why: Why::Closed })
    }
}
