//! After a failure nothing under the same Δ is used again.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::SeqCst},
};

use jointly_core::{Error, Result};

/// Shared by everything under one Δ.
#[derive(Clone, Default)]
pub(super) struct Fuse(Arc<AtomicBool>);

/// Burns the fuse when it is dropped, unless it was put out: whatever ends a call early leaves it burnt.
pub(super) struct Lit(Option<Fuse>);

impl Fuse {
    pub fn light(&self) -> Result<Lit> {
        if self.0.load(SeqCst) {
            return Err(Error::Misuse("authenticated garbling is over after an error: its Δ may be known"));
        }
        Ok(Lit(Some(self.clone())))
    }
}

impl Lit {
    pub fn put_out(mut self) {
        self.0 = None;
    }
}

impl Drop for Lit {
    fn drop(&mut self) {
        if let Some(fuse) = &self.0 {
            fuse.0.store(true, SeqCst);
        }
    }
}
