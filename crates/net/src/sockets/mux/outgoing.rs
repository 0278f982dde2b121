//! The sending ends of a connection's streams, and the queue of what waits to be written.

use std::{
    collections::{HashMap, VecDeque},
    task::Waker,
};

use jointly_core::FRAME_HEADER_BYTES;

use super::{
    state::{FIRST_WINDOW, cost},
    wire::{Header, Kind, Reset},
};
use crate::Frame;

/// No honest receiver gives a stream more credit than this.
const MOST_CREDIT: i64 = 1 << 30;

/// Answers that may wait for a peer that does not read them.
const MOST_ANSWERS: usize = 100_000;

/// Payloads up to this many bytes are copied next to their headers: cheaper than a piece of their own.
const SMALL: usize = 2048;

/// The sending ends.
#[derive(Default)]
pub(super) struct Outgoing {
    next: u32,
    streams: HashMap<u32, Sending>,
}

#[derive(Default)]
struct Sending {
    /// A frame may go while this is positive; the last one may overdraw it.
    credit: i64,
    reset: Option<Reset>,
    waker: Option<Waker>,
}

impl Outgoing {
    /// A new stream's number.
    pub fn begin(&mut self) -> Option<u32> {
        let stream = self.next;
        self.next = stream.checked_add(1)?;
        self.streams.insert(stream, Sending { credit: FIRST_WINDOW, ..Sending::default() });
        Some(stream)
    }

    /// Whether a frame may go now; else `waker` is woken when it may.
    pub fn ready(&mut self, stream: u32, waker: Option<&Waker>) -> Result<bool, Reset> {
        let Some(sending) = self.streams.get_mut(&stream) else { return Err(Reset::Closed) };
        if let Some(reset) = sending.reset {
            return Err(reset);
        }
        if sending.credit <= 0 {
            sending.waker = waker.cloned();
        }
        Ok(sending.credit > 0)
    }

    /// Why the peer takes no more, if it said so; else `waker` is woken when it does.
    pub fn reset_of(&mut self, stream: u32, waker: &Waker) -> Option<Reset> {
        let sending = self.streams.get_mut(&stream)?;
        if sending.reset.is_none() {
            sending.waker = Some(waker.clone());
        }
        sending.reset
    }

    pub fn spend(&mut self, stream: u32, cost: i64) {
        if let Some(sending) = self.streams.get_mut(&stream) {
            sending.credit -= cost;
        }
    }

    pub fn finish(&mut self, stream: u32) {
        self.streams.remove(&stream);
    }

    /// The peer gives a stream credit. Streams that have ended here may still get some.
    pub fn credit(&mut self, stream: u32, amount: u32) -> Result<(), &'static str> {
        let Some(sending) = self.find(stream)? else { return Ok(()) };
        sending.credit += i64::from(amount);
        if sending.credit > MOST_CREDIT {
            return Err("it gives a stream more credit than any buffer holds");
        }
        sending.waker.take().into_iter().for_each(Waker::wake);
        Ok(())
    }

    /// The peer takes no more of a stream.
    pub fn reset(&mut self, stream: u32, reason: Reset) -> Result<(), &'static str> {
        if let Some(sending) = self.find(stream)? {
            sending.reset = Some(reason);
            sending.waker.take().into_iter().for_each(Waker::wake);
        }
        Ok(())
    }

    pub fn wake_all(&mut self) {
        self.streams.values_mut().filter_map(|s| s.waker.take()).for_each(Waker::wake);
    }

    fn find(&mut self, stream: u32) -> Result<Option<&mut Sending>, &'static str> {
        match stream < self.next {
            true => Ok(self.streams.get_mut(&stream)),
            false => Err("it answers a stream that was never opened"),
        }
    }
}

/// What waits to be written: answers first, then the streams' frames in order.
#[derive(Default)]
pub(super) struct Queue {
    control: Vec<u8>,
    /// Of which so many were brought about by the peer.
    answers: usize,
    frames: VecDeque<(Header, Vec<u8>)>,
}

impl Queue {
    pub fn control(&mut self, kind: Kind, stream: u32, word: u32) {
        self.answers += 1;
        self.control.extend_from_slice(&Header::bare(kind, stream, word).encode());
    }

    pub fn named(&mut self, kind: Kind, stream: u32, name: &str) {
        self.control.extend_from_slice(&Header { kind, stream, length: name.len(), word: 0 }.encode());
        self.control.extend_from_slice(name.as_bytes());
    }

    /// Answers a frame of the peer that named a scope.
    pub fn left(&mut self, scope: &str) {
        self.answers += 1 + scope.len() / FRAME_HEADER_BYTES;
        self.named(Kind::Leave, 0, scope);
    }

    pub fn data(&mut self, stream: u32, frame: Frame) {
        let Frame { depth, payload } = frame;
        self.frames.push_back((Header { kind: Kind::Data, stream, length: payload.len(), word: depth }, payload));
    }

    pub fn fin(&mut self, stream: u32) {
        self.frames.push_back((Header::bare(Kind::Fin, stream, 0), Vec::new()));
    }

    pub fn pending(&self) -> bool {
        !self.control.is_empty() || !self.frames.is_empty()
    }

    pub fn overfull(&self) -> bool {
        self.answers > MOST_ANSWERS
    }

    /// Everything, as pieces to write, and how much of the queue's space they give back.
    pub fn drain(&mut self) -> (VecDeque<Vec<u8>>, usize) {
        let (mut pieces, mut space) = (VecDeque::new(), 0);
        self.answers = 0;
        let mut current = std::mem::take(&mut self.control);
        for (header, payload) in self.frames.drain(..) {
            current.extend_from_slice(&header.encode());
            if payload.len() <= SMALL {
                current.extend_from_slice(&payload);
            }
            let frame = Frame { depth: 0, payload };
            if header.kind == Kind::Data {
                space += cost(&frame);
            }
            if frame.payload.len() > SMALL {
                pieces.push_back(std::mem::replace(&mut current, Vec::with_capacity(FRAME_HEADER_BYTES)));
                pieces.push_back(frame.payload);
            }
        }
        if !current.is_empty() {
            pieces.push_back(current);
        }
        (pieces, space)
    }
}
