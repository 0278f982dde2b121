//! A job at one of its participants: how far it is, and how it is stopped.

use std::{
    path::PathBuf,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Instant,
};

use jointly_net::{hub::ScopeGuard, witness::Witness};
use tokio::sync::watch;

use super::{
    agreement::Agreement,
    control::{AnswerProof, Fault, Table},
    messages::{Done, Proposal},
    node::lock,
    stop::Stop,
};
use crate::{PublicKey, Receipt, Signed};

/// A job that this node takes part in, or asked.
pub(super) struct Job {
    pub proposal: Proposal,
    pub agreement: Agreement,
    /// Who asked: only it may start or stop the job.
    pub asker: PublicKey,
    /// When it was proposed.
    pub made: Instant,
    pub seen: Mutex<Seen>,
    /// Keeps the peers' links of this job open.
    scope: Mutex<Option<ScopeGuard>>,
    approval: Mutex<Approval>,
    started: AtomicBool,
    /// Why it is to stop, if it is: peers see the links end.
    pub stop: Stop,
    /// When its asker last asked about it.
    heard: Mutex<Instant>,
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
    pub proof: Option<AnswerProof>,
    /// What its operator should look at.
    pub notes: Vec<String>,
    /// Where rows were written.
    pub written: Option<PathBuf>,
    /// What comes over the wire, where that is kept.
    pub watched: Option<Witness>,
    /// The text of the receipt that this node signed.
    pub signed: Option<String>,
    pub receipt: Option<Signed<Receipt>>,
    pub fault: Option<Fault>,
}

impl Job {
    pub fn new(proposal: Proposal, agreement: Agreement, asker: PublicKey, scope: ScopeGuard) -> Self {
        Self {
            proposal,
            agreement,
            asker,
            made: Instant::now(),
            seen: Mutex::default(),
            scope: Mutex::new(Some(scope)),
            approval: Mutex::new(Approval::Waiting),
            started: AtomicBool::new(false),
            stop: Stop::new(),
            heard: Mutex::new(Instant::now()),
            done: watch::Sender::new(None),
        }
    }

    pub fn check_asker(&self, from: &PublicKey) -> Result<(), Fault> {
        if *from == self.asker { Ok(()) } else { Err(Fault::refused("only who asked may do this")) }
    }

    /// Only who takes part in it, or asked it, learns about a job. What the asker asks shows that it is alive.
    pub fn check_member(&self, from: &PublicKey) -> Result<(), Fault> {
        if *from == self.asker {
            *lock(&self.heard) = Instant::now();
            return Ok(());
        }
        match self.agreement.keys.contains(from) {
            true => Ok(()),
            false => Err(Fault::refused("only who takes part in the job may ask this")),
        }
    }

    /// The name of its messages. It separates the protocols' random oracles: no other job, and no other parties, have it.
    pub fn path(&self) -> String {
        format!("run/{}/{}", self.proposal.job, self.agreement.hash)
    }

    /// When its asker last asked about it.
    pub fn heard(&self) -> Instant {
        *lock(&self.heard)
    }

    pub fn approve(&self) {
        *lock(&self.approval) = Approval::Given;
    }

    /// Its operator says no: it never runs here.
    pub fn refuse(&self, fault: Fault) {
        *lock(&self.approval) = Approval::Refused(fault.clone());
        self.starts();
        self.fail(fault);
    }

    pub fn is_approved(&self) -> Result<bool, Fault> {
        if let Some(why) = self.stop.reason() {
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

    /// Whether it runs, has run, or never will.
    pub fn started(&self) -> bool {
        self.started.load(Relaxed)
    }

    pub fn progress(&self, what: impl Into<String>) {
        lock(&self.seen).progress = what.into();
    }

    /// It came to its end, good or bad: its links close.
    pub fn finish(&self, done: Done) {
        lock(&self.scope).take();
        self.done.send_replace(Some(done));
    }

    /// It came to a bad end before it ran.
    pub fn fail(&self, fault: Fault) {
        lock(&self.seen).fault = Some(fault.clone());
        self.progress("failed");
        self.finish(Done::failed(fault));
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
