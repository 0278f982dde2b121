//! Parties with a table each find the rows that they have in common, and nothing else.
//!
//! [`plan`] says what will happen, from public numbers alone. [`Job::open`] checks everything that can be checked at home; [`Job::run`] does the work:
//! 1. [`settings`]: all say what they expect, and stop if it differs;
//! 2. [`spill`]: each reads its table once, makes an item of every row's key, and puts rows and items into shards on disk, by the item;
//! 3. [`buckets`]: all say how many rows they have, and cut the items into buckets, filled up to a size that follows from these numbers;
//! 4. [`intersect`]: bucket by bucket, a protocol of `jointly-psi`; what is common, or this party's shares of it, is written down, so that a broken run goes on where it was;
//! 5. [`digest`]: those who learn the result find out whether they have found the same;
//! 6. [`output`]: the rows, in the order of their items, or the shares, in the order of bins: the same at all parties.
//!
//! | parties | result | protocol | secure against |
//! |---|---|---|---|
//! | 2 | to one or both | `psi::rr22` | malicious parties, or semi-honest ones |
//! | 2 | to one or both | `psi::ecdh` | semi-honest parties |
//! | 3 to 10 | to some or all | `psi::multiparty` | semi-honest parties, all but one |
//! | 2 | kept shared | `psi::circuit` | semi-honest parties |
//!
//! This crate knows of a table ([`Source`](source::Source)) and a [`Mesh`] of the [`Parties`]; it does not know who uses it. For two people with a file
//! each, [`listen`](connection::listen) and [`connect`](connection::connect) make such a mesh by a one-time code.
//!
//! [`Mesh`]: jointly_net::Mesh

#![forbid(unsafe_code)]

mod agree;
pub mod buckets;
pub mod code;
pub mod connection;
pub mod digest;
mod documents;
mod error;
pub mod intersect;
mod job;
mod learns;
mod options;
pub mod output;
mod parties;
mod payload;
mod plan;
mod report;
pub mod settings;
mod shares;
mod sides;
pub mod source;
pub mod spill;
mod work;

pub use error::{Error, Result};
pub use job::{Event, Job, Told, plan};
pub use jointly_data::key::{Key, KeyColumn};
pub use options::{Duplicates, Options};
pub use parties::{MOST_PARTIES, Parties};
pub use payload::Encoding;
pub use plan::{Plan, Sizes};
pub use report::{Proof, Report};
pub use settings::{Learners, Protocol, Security, Settings, Variant};
pub use sides::{Learner, Role};
pub use work::Pairing;
