//! The receiving ends of a connection's streams: matched by name, whichever side opens first, and bounded whoever sends.

use std::{
    collections::{HashMap, VecDeque},
    task::Waker,
};

use super::{
    Limits,
    state::{FIRST_WINDOW, cost},
};
use crate::Frame;

/// Streams whose end here is gone and whose sender has not said that it ends them.
const MOST_DISCARDED: usize = 1 << 16;

/// Where a receiving end stands; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place(u64);

/// The receiving ends.
pub(super) struct Incoming {
    limits: Limits,
    places: u64,
    ends: HashMap<Place, Receiving>,
    names: HashMap<String, Place>,
    streams: HashMap<u32, Stream>,
    /// The peer's stream numbers only grow.
    next: u64,
    discarded: usize,
    waiting: usize,
    waiting_bytes: usize,
    /// Window beyond the first that all streams together hold.
    granted: usize,
}

/// What a stream number of the peer stands for.
enum Stream {
    /// An end here.
    Live(Place),
    /// Nothing any more; so much may still be on its way.
    Discarded(i64),
}

#[derive(Default)]
struct Receiving {
    name: String,
    /// Given by the peer's opening, gone with its ending.
    stream: Option<u32>,
    opened_here: bool,
    /// Closed here before the peer opened it.
    dropped: bool,
    finished: bool,
    queue: VecDeque<Frame>,
    bytes: usize,
    /// What the peer may still send.
    room: i64,
    /// The window's size.
    window: i64,
    /// Taken from the queue, and not yet credited to the peer.
    taken: i64,
    waker: Option<Waker>,
}

impl Incoming {
    pub fn new(limits: Limits) -> Self {
        let (ends, names, streams) = Default::default();
        Self {
            limits,
            places: 0,
            ends,
            names,
            streams,
            next: 0,
            discarded: 0,
            waiting: 0,
            waiting_bytes: 0,
            granted: 0,
        }
    }

    /// Streams that the peer opened and nobody here has.
    pub fn waiting(&self) -> usize {
        self.waiting
    }

    #[cfg(test)]
    pub fn waiting_bytes(&self) -> usize {
        self.waiting_bytes
    }

    /// Whether no more streams may wait to be opened here.
    pub fn crowded(&self) -> bool {
        self.waiting() >= self.limits.waiting_streams
    }

    /// Whether the end of this name is here, or was, and the peer's has not come.
    pub fn expects(&self, name: &str) -> bool {
        self.names.get(name).and_then(|p| self.ends.get(p)).is_some_and(|e| e.opened_here)
    }

    /// The peer opens `stream`; how much credit to give it beyond its first window, or `None` if its end here was closed.
    pub fn open_there(&mut self, stream: u32, name: String) -> Result<Option<u32>, &'static str> {
        self.number(stream)?;
        let place = self.names.get(&name).copied().unwrap_or_else(|| self.place(name));
        let Some(end) = self.ends.get_mut(&place) else { return Ok(None) };
        if end.stream.is_some() || end.finished {
            return Err("it opens a stream twice");
        }
        if end.dropped {
            self.remove(place);
            self.discard(stream, FIRST_WINDOW);
            return Ok(None);
        }
        (end.stream, end.room, end.window) = (Some(stream), FIRST_WINDOW, FIRST_WINDOW);
        self.streams.insert(stream, Stream::Live(place));
        match end.opened_here {
            true => Ok(Some(self.widen(place))),
            false => {
                self.waiting += 1;
                Ok(Some(0))
            }
        }
    }

    /// The peer opens `stream`, and nobody wants it.
    pub fn refuse(&mut self, stream: u32) -> Result<(), &'static str> {
        self.number(stream)?;
        self.discard(stream, FIRST_WINDOW);
        match self.discarded > MOST_DISCARDED {
            true => Err("it opens streams without end"),
            false => Ok(()),
        }
    }

    /// A frame for `stream`. Returns the stream if too much waits here for it to be kept.
    pub fn data(&mut self, stream: u32, frame: Frame) -> Result<Option<u32>, &'static str> {
        const OVERRUN: &str = "it sends more on a stream than its window allows";
        let cost = cost(&frame);
        let end = match self.streams.get_mut(&stream) {
            None => return Err("it sends on a stream that is not open"),
            Some(Stream::Discarded(room)) if *room <= 0 => return Err(OVERRUN),
            Some(Stream::Discarded(room)) => {
                *room -= cost as i64;
                return Ok(None);
            }
            Some(Stream::Live(place)) => self.ends.get_mut(place),
        };
        let Some(end) = end else { return Ok(None) };
        if end.room <= 0 {
            return Err(OVERRUN);
        }
        end.room -= cost as i64;
        if !end.opened_here {
            if self.waiting_bytes + cost > self.limits.waiting_bytes {
                let (place, room) = (self.names.get(&end.name).copied(), end.room);
                place.into_iter().for_each(|p| self.remove(p));
                self.discard(stream, room);
                return Ok(Some(stream));
            }
            self.waiting_bytes += cost;
        }
        end.bytes += cost;
        end.queue.push_back(frame);
        end.waker.take().into_iter().for_each(Waker::wake);
        Ok(None)
    }

    /// The peer ends `stream`.
    pub fn fin(&mut self, stream: u32) -> Result<(), &'static str> {
        match self.streams.remove(&stream) {
            None => return Err("it ends a stream that is not open"),
            Some(Stream::Discarded(_)) => self.discarded -= 1,
            Some(Stream::Live(place)) => {
                if let Some(end) = self.ends.get_mut(&place) {
                    (end.stream, end.finished) = (None, true);
                    end.waker.take().into_iter().for_each(Waker::wake);
                }
            }
        }
        Ok(())
    }

    /// Opens the end `name` here: its place, and the credit to give. `None` if it is open already.
    pub fn open_here(&mut self, name: &str) -> Option<(Place, Option<(u32, u32)>)> {
        let place = self.names.get(name).copied().unwrap_or_else(|| self.place(name.to_string()));
        let end = self.ends.get_mut(&place)?;
        if std::mem::replace(&mut end.opened_here, true) {
            return None;
        }
        if end.stream.is_some() || end.finished {
            self.waiting -= 1;
            self.waiting_bytes -= end.bytes;
        }
        let credit = end.stream.map(|stream| (stream, self.widen(place)));
        Some((place, credit))
    }

    /// The next frame, and the credit to give for what was taken.
    pub fn take(&mut self, place: Place) -> (Option<Frame>, Option<(u32, u32)>) {
        let Some(end) = self.ends.get_mut(&place) else { return (None, None) };
        let Some(frame) = end.queue.pop_front() else { return (None, None) };
        end.bytes -= cost(&frame);
        end.taken += cost(&frame) as i64;
        let credit = match end.stream {
            Some(stream) if end.taken >= end.window / 4 => {
                let credit = std::mem::take(&mut end.taken);
                end.room += credit;
                Some((stream, credit as u32))
            }
            _ => None,
        };
        (Some(frame), credit)
    }

    pub fn finished(&self, place: Place) -> bool {
        self.ends.get(&place).is_none_or(|e| e.finished)
    }

    /// The name of an end that the peer has not opened.
    pub fn unopened(&self, place: Place) -> Option<&str> {
        self.ends.get(&place).filter(|e| e.stream.is_none()).map(|e| e.name.as_str())
    }

    pub fn wait(&mut self, place: Place, waker: &Waker) {
        if let Some(end) = self.ends.get_mut(&place) {
            end.waker = Some(waker.clone());
        }
    }

    pub fn wake(&mut self, which: impl Fn(&str) -> bool) {
        self.ends.values_mut().filter(|e| which(&e.name)).filter_map(|e| e.waker.take()).for_each(Waker::wake);
    }

    /// Drops an end; the stream that its sender should end. With `keep`, an end that the peer has not opened is remembered
    /// until it does.
    pub fn drop_here(&mut self, place: Place, keep: bool) -> Option<u32> {
        let end = self.ends.get_mut(&place)?;
        let (stream, room) = (end.stream, end.room);
        match stream {
            None if keep && !end.finished => {
                end.dropped = true;
                return None;
            }
            None => {}
            Some(stream) => self.discard(stream, room),
        }
        self.remove(place);
        stream
    }

    /// Drops the ends that were not opened here, or closed; the streams that their sender should end.
    pub fn abandon(&mut self, which: impl Fn(&str) -> bool) -> Vec<u32> {
        let unwanted = |(place, end): (&Place, &Receiving)| {
            ((!end.opened_here || end.dropped) && which(&end.name)).then_some(*place)
        };
        let places: Vec<Place> = self.ends.iter().filter_map(unwanted).collect();
        places.into_iter().filter_map(|place| self.drop_here(place, false)).collect()
    }

    /// Forgets the ends that were closed here and that the peer will not open.
    pub fn forget(&mut self, which: impl Fn(&str) -> bool) {
        let closed = |(place, end): (&Place, &Receiving)| (end.dropped && which(&end.name)).then_some(*place);
        let places: Vec<Place> = self.ends.iter().filter_map(closed).collect();
        places.into_iter().for_each(|place| self.remove(place));
    }

    fn place(&mut self, name: String) -> Place {
        let place = Place(self.places);
        self.places += 1;
        self.ends.insert(place, Receiving { name: name.clone(), ..Receiving::default() });
        self.names.insert(name, place);
        place
    }

    /// Gives a stream that both sides opened its full window, as long as all of them together stay within bounds.
    fn widen(&mut self, place: Place) -> u32 {
        let more = (self.limits.window as i64 - FIRST_WINDOW).max(0);
        let Some(end) = self.ends.get_mut(&place) else { return 0 };
        if self.granted + more as usize > self.limits.budget {
            return 0;
        }
        self.granted += more as usize;
        end.room += more;
        end.window += more;
        more as u32
    }

    fn number(&mut self, stream: u32) -> Result<(), &'static str> {
        if u64::from(stream) < self.next {
            return Err("it numbers its streams out of order");
        }
        self.next = u64::from(stream) + 1;
        Ok(())
    }

    fn discard(&mut self, stream: u32, room: i64) {
        self.streams.insert(stream, Stream::Discarded(room));
        self.discarded += 1;
    }

    fn remove(&mut self, place: Place) {
        let Some(end) = self.ends.remove(&place) else { return };
        self.names.remove(&end.name);
        self.granted -= (end.window - FIRST_WINDOW).max(0) as usize;
        if !end.opened_here {
            self.waiting -= 1;
            self.waiting_bytes -= end.bytes;
        }
    }
}
