//! A reason to stop, given once and waited for by whoever works.

use tokio::sync::watch;

use super::control::Fault;

/// Whether something is to stop, and why.
pub(super) struct Stop(watch::Sender<Option<Fault>>);

impl Stop {
    pub fn new() -> Self {
        Self(watch::Sender::new(None))
    }

    /// Stops it. The first reason stays.
    pub fn stop(&self, why: Fault) {
        self.0.send_if_modified(|known| known.is_none() && known.replace(why).is_none());
    }

    /// Why it is to stop, if it is.
    pub fn reason(&self) -> Option<Fault> {
        self.0.borrow().clone()
    }

    /// Waits until it is to stop.
    pub async fn wait(&self) -> Fault {
        let mut changes = self.0.subscribe();
        loop {
            if let Some(why) = changes.borrow_and_update().clone() {
                return why;
            }
            if changes.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}
