//! A node's foundations: who it is ([`Identity`]), whom it knows ([`Peer`], [`Invitation`]), what it agreed to
//! ([`Project`], [`Signed`]), what it keeps ([`Store`]) and what it can prove ([`Entry`], [`Receipt`], [`Bundle`]).
//!
//! Invariants: no network and no async here; whatever was signed is kept as the exact text that was signed; every change
//! that others may ask about later is written to the evidence log in the transaction that makes it.

#![forbid(unsafe_code)]

pub mod clock;
mod error;
mod evidence;
mod hash;
mod hex;
mod identity;
mod invitation;
pub mod live;
mod project;
mod signed;
mod store;
mod text;

pub use error::{Error, Result};
pub use evidence::{
    Bundle, Conviction, Entry, EntryKind, InputCommitment, Link, NewEntry, Outcome, Problem, Receipt, ReceiptStatus,
    Report, Signer, Traffic, verify_bundle,
};
pub use hex::{Digest, Hex, JobId, ProjectId};
pub use identity::{Identity, Passphrase, PublicKey, Signature};
pub use invitation::{Invitation, Peer};
pub use project::{
    Alignment, Approval, CardScale, Circuit, CircuitSide, Features, Federation, Hides, JobKind, Lookup, Member, Model,
    Network, Privacy, Project, ProjectDataset, Recipe, RecipeLabel, Side, State, Trained,
};
pub use signed::{Document, Envelope, SignatureLine, Signed};
pub use store::{DatasetRecord, InvitationRecord, Job, JobState, Lease, StockLine, Store};
