//! One connection's streams, as plain data: what every frame from the peer changes, and what the streams' ends here change.
//! No IO and no waiting, so that it can be fed anything.

use std::{collections::HashMap, task::Waker};

use tokio::sync::mpsc;

use super::{
    Limits, Lost,
    incoming::{Incoming, Place},
    outgoing::{Outgoing, Queue},
    wire::{Header, Kind, NAME_BYTES, Reset},
};
use crate::Frame;

/// What a frame takes of a window beyond its payload, so that frames without any cannot pile up.
const FRAME_COST: usize = 64;

/// Bytes that a stream may send before its receiver has opened it.
pub(super) const FIRST_WINDOW: i64 = 256 * 1024;

/// What `frame` takes of its stream's window and of the queue.
pub(super) fn cost(frame: &Frame) -> usize {
    frame.payload.len() + FRAME_COST
}

/// The state that a connection's driver and its streams share.
pub(super) struct State {
    /// Why the connection is over, once it is.
    pub lost: Option<Lost>,
    /// Nothing new is sent; what is queued still goes.
    pub closing: bool,
    pub outgoing: Outgoing,
    pub incoming: Incoming,
    /// What waits to be written.
    pub queue: Queue,
    scopes: HashMap<String, Scope>,
    calls: Option<mpsc::Sender<String>>,
}

/// A part of the namespace under which the peer may open streams.
#[derive(Default)]
struct Scope {
    /// The peer opens no more streams here.
    left: bool,
    /// The peer takes part, so that it hears of our leaving.
    used: bool,
    /// The peer knows that we wait for streams here.
    told: bool,
}

impl State {
    pub fn new(limits: Limits, calls: Option<mpsc::Sender<String>>) -> Self {
        Self {
            lost: None,
            closing: false,
            outgoing: Outgoing::default(),
            incoming: Incoming::new(limits),
            queue: Queue::default(),
            scopes: HashMap::new(),
            calls,
        }
    }

    /// Takes a frame from the peer; an error says which rule it breaks, and the connection is to be closed.
    pub fn receive(&mut self, header: Header, payload: Vec<u8>) -> Result<(), &'static str> {
        let Header { kind, stream, word, .. } = header;
        match kind {
            Kind::Open => self.opened(stream, payload)?,
            Kind::Data => {
                if let Some(full) = self.incoming.data(stream, Frame { depth: word, payload })? {
                    self.queue.control(Kind::Reset, full, Reset::Full as u32);
                }
            }
            Kind::Fin => self.incoming.fin(stream)?,
            Kind::Credit => self.outgoing.credit(stream, word)?,
            Kind::Reset => self.outgoing.reset(stream, Reset::decode(word))?,
            Kind::Ping => {}
            Kind::Leave => self.left(&name(payload)?),
            Kind::Join => self.joined(&name(payload)?),
        }
        match self.queue.overfull() {
            true => Err("it sends, but takes no answers"),
            false => Ok(()),
        }
    }

    /// The peer opens a stream: matched with our end of that name, kept for it, or refused.
    fn opened(&mut self, stream: u32, payload: Vec<u8>) -> Result<(), &'static str> {
        let name = name(payload)?;
        let refusal = if self.incoming.expects(&name) {
            None
        } else if name.starts_with(super::CALL) {
            let taken = self.calls.as_ref().is_some_and(|calls| calls.try_send(name.clone()).is_ok());
            (!taken).then_some(Reset::Full)
        } else if self.scope(&name).is_none() {
            Some(Reset::Stopped)
        } else {
            self.incoming.crowded().then_some(Reset::Full)
        };
        if let Some(reason) = refusal {
            self.queue.control(Kind::Reset, stream, reason as u32);
            return self.incoming.refuse(stream);
        }
        match self.incoming.open_there(stream, name)? {
            Some(credit) => self.give(stream, credit),
            None => self.queue.control(Kind::Reset, stream, Reset::Closed as u32),
        }
        Ok(())
    }

    /// The peer leaves a scope: who waits there for a stream that it never opened need not wait longer.
    fn left(&mut self, scope: &str) {
        if let Some(found) = self.scopes.get_mut(scope) {
            found.left = true;
            // No stream is on its way that would have to be refused: those are all here, before this.
            self.incoming.forget(|name| inside(name, scope));
            self.incoming.wake(|name| inside(name, scope));
        }
    }

    /// The peer waits for streams in a scope: it hears when this side leaves, or that it is not there (any more).
    fn joined(&mut self, scope: &str) {
        match self.scopes.get_mut(scope) {
            Some(found) => found.used = true,
            None => self.queue.left(scope),
        }
    }

    /// Allows the peer to open streams under `scope`. The empty scope holds every name.
    pub fn enter(&mut self, scope: &str) {
        self.scopes.entry(scope.to_string()).or_default();
    }

    /// Takes no more streams under `scope`, gives up those that nobody opened here, and tells the peer.
    pub fn leave(&mut self, scope: &str) {
        let Some(found) = self.scopes.remove(scope) else { return };
        let unwanted = self.incoming.abandon(|name| inside(name, scope));
        if self.lost.is_some() {
            return;
        }
        for stream in unwanted {
            self.queue.control(Kind::Reset, stream, Reset::Stopped as u32);
        }
        if found.used {
            self.queue.named(Kind::Leave, 0, scope);
        }
    }

    /// Opens the receiving end of the stream `name`, which gets the returned place.
    pub fn open_here(&mut self, name: &str) -> Option<Place> {
        self.join(name);
        self.tell(name);
        let (place, credit) = self.incoming.open_here(name)?;
        if let Some((stream, credit)) = credit {
            self.give(stream, credit);
        }
        Some(place)
    }

    /// The next frame at `place`, why there is none any more, or `None`: wait.
    pub fn take(&mut self, place: Place, waker: &Waker) -> Option<Result<Frame, Lost>> {
        let (frame, credit) = self.incoming.take(place);
        if let Some((stream, credit)) = credit {
            self.give(stream, credit);
        }
        if let Some(frame) = frame {
            return Some(Ok(frame));
        }
        if self.incoming.finished(place) {
            return Some(Err(Lost::Closed));
        }
        if let Some(lost) = self.lost {
            return Some(Err(lost));
        }
        let unopened = self.incoming.unopened(place);
        if unopened.and_then(|name| self.scope(name)).is_some_and(|scope| scope.left) {
            return Some(Err(Lost::Stopped));
        }
        self.incoming.wait(place, waker);
        None
    }

    /// Drops the receiving end at `place`.
    pub fn drop_here(&mut self, place: Place) {
        // Who may still open it shall hear that nobody is there.
        let name = self.incoming.unopened(place);
        let keep = name.and_then(|name| self.scope(name)).is_some_and(|scope| !scope.left);
        if let Some(stream) = self.incoming.drop_here(place, keep)
            && self.lost.is_none()
        {
            self.queue.control(Kind::Reset, stream, Reset::Closed as u32);
        }
    }

    /// Begins the sending end of the stream `name`; its number, or `None` when all are used up.
    pub fn begin(&mut self, name: &str) -> Option<u32> {
        self.join(name);
        let stream = self.outgoing.begin()?;
        self.queue.named(Kind::Open, stream, name);
        Some(stream)
    }

    /// Queues `frame` on a stream with room.
    pub fn send(&mut self, stream: u32, frame: Frame) {
        self.outgoing.spend(stream, cost(&frame) as i64);
        self.queue.data(stream, frame);
    }

    /// Ends a stream, after what is queued.
    pub fn finish(&mut self, stream: u32) {
        self.outgoing.finish(stream);
        if self.lost.is_none() {
            self.queue.fin(stream);
        }
    }

    /// The connection is over: everyone who waits is told.
    pub fn end(&mut self, lost: Lost) {
        self.lost.get_or_insert(lost);
        self.calls = None;
        self.queue = Queue::default();
        self.outgoing.wake_all();
        self.incoming.wake(|_| true);
    }

    fn give(&mut self, stream: u32, credit: u32) {
        if credit > 0 && self.lost.is_none() {
            self.queue.control(Kind::Credit, stream, credit);
        }
    }

    /// The peer has to do with the scope of `name`: it hears when this side leaves it.
    pub fn join(&mut self, name: &str) {
        if let Some((_, found)) = self.scope_mut(name) {
            found.used = true;
        }
    }

    /// Lets the peer know that streams are waited for under the scope of `name`. It may have left over a connection before this one.
    fn tell(&mut self, name: &str) {
        let Some((scope, found)) = self.scope_mut(name) else { return };
        let known = std::mem::replace(&mut found.told, true);
        if !known && self.lost.is_none() {
            self.queue.named(Kind::Join, 0, scope);
        }
    }

    fn scope_mut<'a>(&mut self, name: &'a str) -> Option<(&'a str, &mut Scope)> {
        let scope = prefixes(name).find(|p| self.scopes.contains_key(*p))?;
        Some((scope, self.scopes.get_mut(scope)?))
    }

    fn scope(&self, name: &str) -> Option<&Scope> {
        prefixes(name).find_map(|p| self.scopes.get(p))
    }
}

/// The scopes that may hold `name`: all names, those cut at a slash, and itself.
fn prefixes(name: &str) -> impl Iterator<Item = &str> {
    let cuts = name.match_indices('/').map(|(i, _)| &name[..i]);
    std::iter::once("").chain(cuts).chain(std::iter::once(name))
}

fn inside(name: &str, scope: &str) -> bool {
    prefixes(name).any(|p| p == scope)
}

fn name(payload: Vec<u8>) -> Result<String, &'static str> {
    debug_assert!(payload.len() <= NAME_BYTES);
    String::from_utf8(payload).map_err(|_| "a name is not UTF-8")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A frame of any kind, likely to touch a stream that exists.
    fn any_frame() -> impl Strategy<Value = (Header, Vec<u8>)> {
        let kind = prop::sample::select(vec![
            Kind::Open,
            Kind::Data,
            Kind::Credit,
            Kind::Fin,
            Kind::Reset,
            Kind::Ping,
            Kind::Leave,
            Kind::Join,
        ]);
        let payload = prop_oneof![
            Just(b"job/1/a".to_vec()),
            Just(b"job/1/b".to_vec()),
            Just(b"job/1".to_vec()),
            Just(b"call/1".to_vec()),
            prop::collection::vec(any::<u8>(), 0..40),
        ];
        (kind, 0u32..6, prop_oneof![0u32..4, any::<u32>()], payload)
            .prop_map(|(kind, stream, word, payload)| (Header { kind, stream, length: payload.len(), word }, payload))
    }

    proptest! {
        #[test]
        fn any_sequence_of_frames_leaves_bounded_state(frames in prop::collection::vec(any_frame(), 0..200)) {
            let limits = Limits { waiting_streams: 3, waiting_bytes: 1000, ..Limits::default() };
            let mut state = State::new(limits, None);
            state.enter("job/1");
            let place = state.open_here("job/1/a").unwrap();
            let sending = state.begin("job/1/out").unwrap();
            for (header, payload) in frames {
                if state.receive(header, payload).is_err() {
                    break;
                }
                while let Some(Ok(_)) = state.take(place, Waker::noop()) {}
                prop_assert!(state.incoming.waiting() <= 3);
                prop_assert!(state.incoming.waiting_bytes() <= 1000);
            }
            state.finish(sending);
            state.drop_here(place);
            state.leave("job/1");
            prop_assert_eq!(state.incoming.waiting(), 0);
            prop_assert_eq!(state.incoming.waiting_bytes(), 0);
        }
    }

    #[test]
    fn scopes_hold_whole_segments() {
        assert!(inside("job/1/mul#1", "job/1"));
        assert!(inside("job/1", "job/1"));
        assert!(inside("anything", ""));
        assert!(!inside("job/12", "job/1"));
        assert!(!inside("job", "job/1"));
    }
}
