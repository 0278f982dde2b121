//! Counts what a party sends.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What one party has sent and waited for, over all its forks.
#[derive(Debug, Default)]
pub struct Meter {
    bytes: AtomicU64,
    frames: AtomicU64,
    rounds: AtomicU64,
}

impl Meter {
    /// Bytes sent, frame headers included; encryption is not.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Relaxed)
    }

    /// Frames sent.
    pub fn frames(&self) -> u64 {
        self.frames.load(Relaxed)
    }

    /// The longest chain of dependent messages that reached this party.
    pub fn rounds(&self) -> u64 {
        self.rounds.load(Relaxed)
    }

    pub(crate) fn sent(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Relaxed);
        self.frames.fetch_add(1, Relaxed);
    }

    pub(crate) fn reached(&self, depth: u32) {
        self.rounds.fetch_max(u64::from(depth), Relaxed);
    }
}
