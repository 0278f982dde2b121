//! What a failed check would show, among branches that run at the same time.
//!
//! A check of MACs that fails shows something of the honest parties' keys to who made it fail. While such a check is open, a cheater who has held back its own last message
//! knows more than the honest party that waits for it; in another branch it could use that to pass a check there. So nothing is released in any branch between the moment at
//! which a party opens its part of a check, wherever that is, and the moment at which that check has passed.

use std::{
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
};

use jointly_core::{Error, Result};

/// The open checks of a party, over all branches that have keys in common.
#[derive(Clone, Default)]
pub struct Exposure(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    open: usize,
    failed: bool,
    waiting: Vec<Waker>,
}

/// A check that is open. Dropped before it has [passed](Held::passed), it ends all branches.
#[must_use = "a check that is not passed ends the run"]
pub struct Held<'a> {
    exposure: &'a Exposure,
    passed: bool,
}

impl Exposure {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// To be called when all others' commitments of a check are here, before this party opens its own: then no honest party waits for anything else to open its own.
    pub fn hold(&self) -> Held<'_> {
        self.state().open += 1;
        Held { exposure: self, passed: false }
    }

    /// Ends all branches.
    pub fn fail(&self) {
        let mut state = self.state();
        state.failed = true;
        state.waiting.drain(..).for_each(Waker::wake);
    }

    /// Whether a check has failed.
    pub fn intact(&self) -> Result<()> {
        if self.state().failed { Err(OVER) } else { Ok(()) }
    }

    /// Waits until no check is open, in any branch.
    pub async fn closed(&self) -> Result<()> {
        poll_fn(|context| {
            let mut state = self.state();
            match (state.failed, state.open) {
                (true, _) => Poll::Ready(Err(OVER)),
                (false, 0) => Poll::Ready(Ok(())),
                _ => {
                    state.waiting.push(context.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }
}

const OVER: Error = Error::Cheated { by: None, check: "a check in another branch", proof: None };

impl Held<'_> {
    /// The check has passed.
    pub fn passed(mut self) {
        self.passed = true;
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        if !self.passed {
            return self.exposure.fail();
        }
        let mut state = self.exposure.state();
        state.open -= 1;
        if state.open == 0 {
            state.waiting.drain(..).for_each(Waker::wake);
        }
    }
}
