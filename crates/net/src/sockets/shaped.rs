//! A mesh that behaves like a slower network: every frame waits for its party's uplink and then travels for half a round trip.

use std::{
    sync::{Arc, Mutex, OnceLock, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use futures::future::BoxFuture;
use jointly_core::{Error, FRAME_HEADER_BYTES, Party, Result, Why};
use tokio::{
    sync::{Semaphore, mpsc},
    time::{Instant, sleep_until},
};

use crate::{Frame, Link, Mesh, Outbound};

/// What a network costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// There and back.
    pub round_trip: Duration,
    /// What one party can send in all, to whomever.
    pub bits_per_second: u64,
}

/// One data centre.
pub const LAN: Shape = Shape { round_trip: Duration::from_micros(200), bits_per_second: 10_000_000_000 };

/// Cities of one country.
pub const WAN: Shape = Shape { round_trip: Duration::from_millis(40), bits_per_second: 100_000_000 };

/// A thin line far away.
pub const THIN: Shape = Shape { round_trip: Duration::from_millis(100), bits_per_second: 2_000_000 };

/// How far the uplink may be booked ahead before senders wait.
const AHEAD: Duration = Duration::from_millis(10);

/// Bytes on their way on one channel, beyond what the shape itself holds, before its sender waits for the receiver.
const SLACK: u64 = 4 << 20;

/// Below this, a timer's milliseconds are too coarse, and the wait is spent yielding to others.
const FINE: Duration = Duration::from_millis(2);

/// `mesh`, with everything that its party sends shaped. Shape every party's mesh.
pub fn shaped(mesh: Arc<dyn Mesh>, shape: Shape) -> Arc<dyn Mesh> {
    let uplink = Arc::new(Uplink { shape, free: Mutex::new(None) });
    Arc::new(Shaped { mesh, uplink })
}

impl Shape {
    fn latency(&self) -> Duration {
        self.round_trip / 2
    }

    fn transmission(&self, bytes: usize) -> Duration {
        let nanos = bytes as u128 * 8 * 1_000_000_000 / u128::from(self.bits_per_second.max(1));
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// Bytes on their way before a channel's sender waits.
    fn in_flight(&self) -> usize {
        let held = (self.latency() + AHEAD).as_secs_f64() * self.bits_per_second as f64 / 8.0;
        (held as u64 + SLACK).min(Semaphore::MAX_PERMITS as u64 / 2).min(u64::from(u32::MAX)) as usize
    }
}

/// One party's way out, which all its channels share.
struct Uplink {
    shape: Shape,
    free: Mutex<Option<Instant>>,
}

impl Uplink {
    /// Books `bytes`: when the last of them has left.
    fn book(&self, bytes: usize) -> Instant {
        let now = Instant::now();
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let departure = free.map_or(now, |f| f.max(now)) + self.shape.transmission(bytes);
        *free = Some(departure);
        departure
    }

    /// Waits until the uplink is not booked too far ahead.
    async fn turn(&self) {
        let free = *self.free.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(from) = free.and_then(|free| free.checked_sub(AHEAD)).filter(|from| *from > Instant::now()) {
            until(from, self.shape).await;
        }
    }
}

/// Waits for `moment`: exactly, where the shape is finer than a timer.
async fn until(moment: Instant, shape: Shape) {
    if shape.latency() >= FINE || stopped() {
        return sleep_until(moment).await;
    }
    sleep_until(moment.checked_sub(FINE).unwrap_or(moment)).await;
    while Instant::now() < moment {
        tokio::task::yield_now().await;
    }
}

/// Whether the runtime's clock is paused, as tests do: it then moves only while everyone sleeps, never while someone yields.
fn stopped() -> bool {
    let (clock, real) = (Instant::now(), std::time::Instant::now());
    while real.elapsed() < Duration::from_micros(1) {}
    Instant::now() == clock
}

struct Shaped {
    mesh: Arc<dyn Mesh>,
    uplink: Arc<Uplink>,
}

impl Mesh for Shaped {
    fn me(&self) -> Party {
        self.mesh.me()
    }

    fn parties(&self) -> u16 {
        self.mesh.parties()
    }

    fn open(&self, peer: Party, path: &str) -> Result<Link> {
        let Link { outbound, inbound } = self.mesh.open(peer, path)?;
        let line = Line { room: Semaphore::new(self.uplink.shape.in_flight()), failed: OnceLock::new() };
        let (queue, frames) = mpsc::unbounded_channel();
        let (uplink, line) = (self.uplink.clone(), Arc::new(line));
        let sender = Sender { peer, uplink, line, queue, idle: Some((outbound, frames)) };
        Ok(Link { outbound: Box::new(sender), inbound })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.mesh.close()
    }
}

/// What a sender and the frames under way share.
struct Line {
    room: Semaphore,
    failed: OnceLock<Error>,
}

/// Frames under way, with their time of arrival.
type Frames = mpsc::UnboundedReceiver<(Instant, Frame)>;

struct Sender {
    peer: Party,
    uplink: Arc<Uplink>,
    line: Arc<Line>,
    queue: mpsc::UnboundedSender<(Instant, Frame)>,
    /// The far end of the line, until the first frame sets it going.
    idle: Option<(Box<dyn Outbound>, Frames)>,
}

#[async_trait]
impl Outbound for Sender {
    async fn send(&mut self, frame: Frame) -> Result<()> {
        let closed = Error::Gone { party: self.peer, why: Why::Closed };
        let bytes = frame.payload.len() + FRAME_HEADER_BYTES;
        self.uplink.turn().await;
        let Ok(place) = self.line.room.acquire_many(bytes as u32).await else {
            return Err(self.line.failed.get().cloned().unwrap_or(closed));
        };
        place.forget();
        let arrival = self.uplink.book(bytes) + self.uplink.shape.latency();
        if let Some((outbound, frames)) = self.idle.take() {
            tokio::spawn(travel(self.line.clone(), self.uplink.shape, frames, outbound));
        }
        self.queue.send((arrival, frame)).map_err(|_| closed)
    }
}

/// Hands over each frame when it arrives. Runs until the sender is dropped and everything has arrived.
async fn travel(line: Arc<Line>, shape: Shape, mut frames: Frames, mut outbound: Box<dyn Outbound>) {
    while let Some((arrival, frame)) = frames.recv().await {
        until(arrival, shape).await;
        let bytes = frame.payload.len() + FRAME_HEADER_BYTES;
        if let Err(error) = outbound.send(frame).await {
            let _ = line.failed.set(error);
            line.room.close();
            return;
        }
        line.room.add_permits(bytes);
    }
}
