//! What a node can prove: an append-only log in which every entry holds the hash of the one before, receipts that all
//! parties of a job sign, and bundles of both that anyone can verify offline.

mod bundle;
mod chain;
mod conviction;
mod kind;
mod receipt;
mod report;
mod verify;

pub use bundle::Bundle;
pub(crate) use chain::Chain;
pub use chain::{Entry, Link, NewEntry};
pub use conviction::Conviction;
pub use kind::EntryKind;
pub use receipt::{InputCommitment, Outcome, Receipt, Signer, Traffic};
pub use report::{Problem, ReceiptStatus, Report};
pub use verify::verify_bundle;
