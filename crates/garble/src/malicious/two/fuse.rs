//! After a failure nothing under the same Δ is used again.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::SeqCst},
};

use jointly_core::{Error, Result};

/// Shared by everything under one Δ.
#[derive(Clone, Default)]
pub(super) struct Fuse {
    burnt: Arc<AtomicBool>,
    begun: Arc<AtomicBool>,
}

/// Burns the fuse when it is dropped, unless it was put out: whatever ends a call early leaves it burnt.
pub(super) struct Lit(Option<Fuse>);

impl Fuse {
    pub fn light(&self) -> Result<Lit> {
        if self.burnt.load(SeqCst) {
            return Err(Error::Misuse("authenticated garbling is over after an error: its Δ may be known"));
        }
        Ok(Lit(Some(self.clone())))
    }

    /// As [`light`](Fuse::light), for preprocessing: a check in it that fails may show Δ, so it comes before any inputs do.
    pub fn light_before_inputs(&self) -> Result<Lit> {
        if self.begun.load(SeqCst) {
            return Err(Error::Misuse(
                "a function was computed here already: begin anew, with a Δ of its own, for the next",
            ));
        }
        self.light()
    }

    /// As [`light`](Fuse::light), where inputs come: nothing is preprocessed under this Δ from here on.
    pub fn light_with_inputs(&self) -> Result<Lit> {
        self.begun.store(true, SeqCst);
        self.light()
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
            fuse.burnt.store(true, SeqCst);
        }
    }
}
