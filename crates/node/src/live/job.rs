//! A job at one of its participants: how far it is, and how it is stopped.

use std::sync::{
    Mutex,
    atomic::{AtomicBool, Ordering::Relaxed},
};

use jointly_net::hub::ScopeGuard;
use tokio::sync::watch;

use super::{
    agreement::Agreement,
    control::{Fault, Table},
    messages::{Done, Proposal},
    node::lock,
};
use crate::{PublicKey, Receipt, Signed};

/// A job that this node takes part in, or asked.
pub(super) struct Job {
    pub proposal: Proposal,
    pub agreement: Agreement,
    /// Who asked: only it may start or stop the job.
    pub asker: PublicKey,
    pub seen: Mutex<Seen>,
    /// Keeps the peers' links of this job open.
    scope: Mutex<Option<ScopeGuard>>,
    approval: Mutex<Approval>,
    started: AtomicBool,
    cancelled: watch::Sender<Option<Fault>>,
    done: watch::Sender<Option<Done>>,
}

/// Whether it may run here.
enum Approval {
    Waiting,
    Given,
    Refused(Fault),
}

/// What is known of it here.
#[derive(Default)]
pub(super) struct Seen {
    pub progress: String,
    pub answer: Option<Table>,
    pub receipt: Option<Signed<Receipt>>,
    pub fault: Option<Fault>,
}

impl Job {
    pub fn new(proposal: Proposal, agreement: Agreement, asker: PublicKey, scope: ScopeGuard) -> Self {
        Self {
            proposal,
            agreement,
            asker,
            seen: Mutex::default(),
            scope: Mutex::new(Some(scope)),
            approval: Mutex::new(Approval::Waiting),
            started: AtomicBool::new(false),
            cancelled: watch::Sender::new(None),
            done: watch::Sender::new(None),
        }
    }

    pub fn check_asker(&self, from: &PublicKey) -> Result<(), Fault> {
        if *from == self.asker { Ok(()) } else { Err(Fault::refused("only who asked may do this")) }
    }

    pub fn approve(&self) {
        *lock(&self.approval) = Approval::Given;
    }

    pub fn refuse(&self, fault: Fault) {
        *lock(&self.approval) = Approval::Refused(fault);
        lock(&self.scope).take();
    }

    pub fn is_approved(&self) -> Result<bool, Fault> {
        if let Some(why) = self.cancelled.borrow().clone() {
            return Err(why);
        }
        match &*lock(&self.approval) {
            Approval::Waiting => Ok(false),
            Approval::Given => Ok(true),
            Approval::Refused(fault) => Err(fault.clone()),
        }
    }

    /// Whether this is the first call: a job runs once.
    pub fn starts(&self) -> bool {
        !self.started.swap(true, Relaxed)
    }

    pub fn progress(&self, what: impl Into<String>) {
        lock(&self.seen).progress = what.into();
    }

    /// Stops it, here and so everywhere: peers see the links end. The first reason stays.
    pub fn cancel(&self, why: Fault) {
        self.cancelled.send_if_modified(|known| known.is_none() && known.replace(why).is_none());
    }

    /// Waits until it is stopped.
    pub async fn stopped(&self) -> Fault {
        let mut changes = self.cancelled.subscribe();
        loop {
            if let Some(why) = changes.borrow_and_update().clone() {
                return why;
            }
            if changes.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// It came to its end, good or bad: its links close.
    pub fn finish(&self, done: Done) {
        lock(&self.scope).take();
        self.done.send_replace(Some(done));
    }

    /// Waits for its end.
    pub async fn done(&self) -> Option<Done> {
        let mut changes = self.done.subscribe();
        loop {
            if let Some(done) = changes.borrow_and_update().clone() {
                return Some(done);
            }
            if changes.changed().await.is_err() {
                return None;
            }
        }
    }

    /// Its end, if it came.
    pub fn ended(&self) -> Option<Done> {
        self.done.borrow().clone()
    }
}
