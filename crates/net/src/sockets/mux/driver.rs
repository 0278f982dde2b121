//! What moves a connection's bytes. Reading and writing share one task: over TLS they share the session anyway, and a task
//! that never waits for itself needs no lock.

use std::{
    collections::VecDeque,
    io::{self, IoSlice},
    sync::Arc,
    time::Duration,
};

use bytes::{Buf, BufMut};
use jointly_core::FRAME_HEADER_BYTES;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    time::{sleep, timeout},
};

use super::{
    Lost, Shared,
    wire::{Header, Kind},
};

/// How long a connection that this side closes waits for the peer to close it too: data still on its way arrives meanwhile.
const GOODBYE: Duration = Duration::from_secs(2);

/// How often a side that has nothing to send shows that it lives, at least: the peer may wait less long than this side.
const PING: Duration = Duration::from_secs(1);

/// Runs a connection to its end.
pub(super) async fn drive(shared: Arc<Shared>, read: impl AsyncRead + Unpin, write: impl AsyncWrite + Unpin) {
    let lost = tokio::select! {
        lost = receive(&shared, read) => lost,
        lost = transmit(&shared, write) => lost,
    };
    shared.end(lost);
}

/// Reads frames until something is wrong.
async fn receive(shared: &Shared, mut read: impl AsyncRead + Unpin) -> Lost {
    loop {
        if let Err(lost) = receive_frame(shared, &mut read).await {
            return lost;
        }
    }
}

async fn receive_frame(shared: &Shared, read: &mut (impl AsyncRead + Unpin)) -> Result<(), Lost> {
    let mut head = [0; FRAME_HEADER_BYTES];
    let mut place = &mut head[..];
    while !place.is_empty() {
        bounded(shared, read.read_buf(&mut place)).await?;
    }
    let header = Header::decode(&head).map_err(Lost::Malformed)?;
    let mut payload = Vec::with_capacity(header.length);
    while payload.len() < header.length {
        let rest = header.length - payload.len();
        bounded(shared, read.read_buf(&mut (&mut payload).limit(rest))).await?;
    }
    let mut state = shared.state();
    state.receive(header, payload).map_err(Lost::Malformed)?;
    if state.queue.pending() {
        shared.work.notify_one();
    }
    Ok(())
}

/// Writes what is queued, and signs of life, until something is wrong or the connection is closed here.
async fn transmit(shared: &Shared, mut write: impl AsyncWrite + Unpin) -> Lost {
    loop {
        let (batch, closing) = {
            let mut state = shared.state();
            (state.queue.drain(), state.closing)
        };
        let (mut pieces, space) = (Pieces { pieces: batch.0, start: 0 }, batch.1);
        if pieces.has_remaining() {
            if let Err(lost) = transmit_all(shared, &mut write, &mut pieces).await {
                return lost;
            }
            shared.space.add_permits(space);
        } else if closing {
            // A failure to say goodbye is no news: the connection ends either way.
            let _ = timeout(GOODBYE, write.shutdown()).await;
            sleep(GOODBYE).await;
            return Lost::Closed;
        } else if timeout((shared.silence / 3).min(PING), shared.work.notified()).await.is_err() {
            shared.state().queue.control(Kind::Ping, 0, 0);
        }
    }
}

async fn transmit_all(shared: &Shared, write: &mut (impl AsyncWrite + Unpin), pieces: &mut Pieces) -> Result<(), Lost> {
    while pieces.has_remaining() {
        bounded(shared, write.write_buf(pieces)).await?;
    }
    timeout(shared.silence, write.flush()).await.map_err(|_| silent(shared))?.map_err(|_| Lost::Closed)
}

/// Waits for a read or write to move something.
async fn bounded(shared: &Shared, moved: impl Future<Output = io::Result<usize>>) -> Result<(), Lost> {
    match timeout(shared.silence, moved).await {
        Err(_) => Err(silent(shared)),
        Ok(Ok(0) | Err(_)) => Err(Lost::Closed),
        Ok(Ok(_)) => Ok(()),
    }
}

fn silent(shared: &Shared) -> Lost {
    Lost::Silent(shared.silence.as_secs())
}

/// Pieces to write, none of them empty, handed to the system together.
struct Pieces {
    pieces: VecDeque<Vec<u8>>,
    /// So much of the first is written.
    start: usize,
}

impl Buf for Pieces {
    fn remaining(&self) -> usize {
        self.pieces.iter().map(Vec::len).sum::<usize>() - self.start
    }

    fn chunk(&self) -> &[u8] {
        self.pieces.front().map_or(&[], |piece| &piece[self.start..])
    }

    fn chunks_vectored<'a>(&'a self, out: &mut [IoSlice<'a>]) -> usize {
        let mut start = self.start;
        let mut filled = 0;
        for (slot, piece) in out.iter_mut().zip(&self.pieces) {
            *slot = IoSlice::new(&piece[std::mem::take(&mut start)..]);
            filled += 1;
        }
        filled
    }

    fn advance(&mut self, count: usize) {
        self.start += count;
        while let Some(piece) = self.pieces.front()
            && self.start >= piece.len()
        {
            self.start -= piece.len();
            self.pieces.pop_front();
        }
    }
}
