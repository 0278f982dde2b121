//! The links among those who compute.

use std::sync::Arc;

use futures::future::BoxFuture;
use jointly_core::{Party, Result};
use jointly_net::{Link, Mesh};

/// A mesh without its clients.
pub(super) struct Computing {
    pub all: Arc<dyn Mesh>,
    pub parties: u16,
}

impl Mesh for Computing {
    fn me(&self) -> Party {
        self.all.me()
    }

    fn parties(&self) -> u16 {
        self.parties
    }

    fn open(&self, peer: Party, path: &str) -> Result<Link> {
        self.all.open(peer, path)
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        self.all.close()
    }
}
