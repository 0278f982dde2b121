//! A shared vector as everyone above a scheme sees it.

use std::{any::Any, fmt, sync::Arc};

use jointly_core::{Error, Result};

/// What the elements of a shared vector are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// Signed integers, shared additively.
    Ring,
    /// Strings of `width` bits, shared by XOR.
    Bits {
        /// Bits of each element, 1 to 64.
        width: usize,
    },
}

/// A shared vector. Only the engine that made it can look inside; its shares are wiped when the last clone is dropped.
#[derive(Clone)]
pub struct Secret {
    engine: u64,
    domain: Domain,
    len: usize,
    share: Arc<dyn Any + Send + Sync>,
}

impl Secret {
    pub(crate) fn new(engine: u64, domain: Domain, len: usize, share: impl Any + Send + Sync) -> Self {
        Self { engine, domain, len, share: Arc::new(share) }
    }

    /// How many elements.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// What they are.
    pub fn domain(&self) -> Domain {
        self.domain
    }

    /// Bits of each element; `Misuse` for ring elements.
    pub fn width(&self) -> Result<usize> {
        match self.domain {
            Domain::Bits { width } => Ok(width),
            Domain::Ring => Err(Error::Misuse("bits are wanted here, not ring elements")),
        }
    }

    pub(crate) fn check(&self, engine: u64, domain: Domain) -> Result<()> {
        match () {
            _ if self.engine != engine => Err(Error::Misuse("a secret of another engine")),
            _ if self.domain != domain => {
                Err(Error::Misuse("ring elements and bits, or bits of unlike width, are mixed"))
            }
            _ => Ok(()),
        }
    }

    pub(crate) fn share<T: 'static>(&self) -> Result<&T> {
        self.share.downcast_ref().ok_or(Error::Misuse("a secret of another engine"))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({:?}, {} elements, ..)", self.domain, self.len)
    }
}
