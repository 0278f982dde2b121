//! The two ends of a stream.

use std::{
    future::poll_fn,
    task::{Poll, Waker},
};

use async_trait::async_trait;
use jointly_core::{Error, FRAME_BYTES, Party, Result};

use super::{
    Lost, Mux, NAME_BYTES,
    incoming::Place,
    state::{State, cost},
    wire::Reset,
};
use crate::{Frame, Inbound, Outbound};

/// The sending end.
pub(crate) struct Sender {
    mux: Mux,
    peer: Party,
    name: String,
    stream: Option<u32>,
}

/// The receiving end.
pub(super) struct Receiver {
    mux: Mux,
    peer: Party,
    place: Place,
}

impl Sender {
    pub fn open(mux: Mux, peer: Party, name: &str) -> Result<Self> {
        check(name)?;
        Ok(Self { mux, peer, name: name.to_string(), stream: None })
    }

    /// Whether a frame may go now: the connection stands, the stream is wanted, and its receiver has room.
    fn ready(&self, state: &mut State, waker: Option<&Waker>) -> Result<bool, Lost> {
        if let Some(lost) = state.lost {
            return Err(lost);
        }
        if state.closing {
            return Err(Lost::Closed);
        }
        let Some(stream) = self.stream else { return Ok(true) };
        state.outgoing.ready(stream, waker).map_err(|reset| match reset {
            Reset::Closed => Lost::Closed,
            Reset::Stopped => Lost::Stopped,
            Reset::Full => Lost::Full,
        })
    }

    /// Returns when the peer has said that it does not want the stream: not that it has read enough of it.
    pub async fn refused(&self) -> Error {
        let lost = poll_fn(|cx| {
            let mut state = self.mux.shared().state();
            if let Some(lost) = state.lost {
                return Poll::Ready(lost);
            }
            match self.stream.and_then(|stream| state.outgoing.reset_of(stream, cx.waker())) {
                Some(Reset::Stopped) => Poll::Ready(Lost::Stopped),
                Some(Reset::Full) => Poll::Ready(Lost::Full),
                _ => Poll::Pending,
            }
        });
        lost.await.of(self.peer)
    }

    /// Puts `frame` into the queue, in which it has a place.
    fn queue(&mut self, frame: Frame) -> Result<(), Error> {
        let shared = self.mux.shared();
        let mut state = shared.state();
        self.ready(&mut state, None).map_err(|lost| lost.of(self.peer))?;
        let stream = match self.stream {
            Some(stream) => stream,
            None => state.begin(&self.name).ok_or(Error::Misuse("a connection carries at most 2^32 streams"))?,
        };
        state.send(stream, frame);
        drop(state);
        shared.work.notify_one();
        self.stream = Some(stream);
        Ok(())
    }
}

#[async_trait]
impl Outbound for Sender {
    async fn send(&mut self, frame: Frame) -> Result<()> {
        if frame.payload.len() > FRAME_BYTES {
            return Err(Error::Misuse("a frame is longer than FRAME_BYTES"));
        }
        let (cost, peer) = (cost(&frame) as u32, self.peer);
        let ready = poll_fn(|cx| match self.ready(&mut self.mux.shared().state(), Some(cx.waker())) {
            Ok(true) => Poll::Ready(Ok(())),
            Ok(false) => Poll::Pending,
            Err(lost) => Poll::Ready(Err(lost)),
        });
        ready.await.map_err(|lost| lost.of(peer))?;
        // Held while waiting, so that nothing is lost if the caller gives up; the driver gives it back.
        let mux = self.mux.clone();
        match mux.shared().space.acquire_many(cost).await {
            Ok(place) => {
                self.queue(frame)?;
                place.forget();
                Ok(())
            }
            Err(_) => Err(mux.shared().state().lost.unwrap_or(Lost::Closed).of(peer)),
        }
    }
}

impl Drop for Sender {
    /// Ends the stream; one that was never used is begun first, so that nobody waits for it.
    fn drop(&mut self) {
        let mut state = self.mux.shared().state();
        let unused = self.stream.is_none() && state.lost.is_none() && !state.closing;
        let stream = if unused { state.begin(&self.name) } else { self.stream };
        if let Some(stream) = stream {
            state.finish(stream);
            drop(state);
            self.mux.shared().work.notify_one();
        }
    }
}

impl Receiver {
    pub fn open(mux: Mux, peer: Party, name: &str) -> Result<Self> {
        check(name)?;
        let place = mux.shared().state().open_here(name).ok_or(Error::Misuse("a channel is opened once"))?;
        mux.shared().work.notify_one();
        Ok(Self { mux, peer, place })
    }
}

#[async_trait]
impl Inbound for Receiver {
    async fn recv(&mut self) -> Result<Frame> {
        let shared = self.mux.shared();
        let frame = poll_fn(|cx| {
            let mut state = shared.state();
            let taken = state.take(self.place, cx.waker());
            if state.queue.pending() {
                shared.work.notify_one();
            }
            taken.map_or(Poll::Pending, Poll::Ready)
        });
        frame.await.map_err(|lost| lost.of(self.peer))
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.mux.shared().state().drop_here(self.place);
        self.mux.shared().work.notify_one();
    }
}

fn check(name: &str) -> Result<()> {
    match name.len() <= NAME_BYTES {
        true => Ok(()),
        false => Err(Error::Misuse("a channel's name is longer than 512 bytes: use shorter fork labels")),
    }
}
