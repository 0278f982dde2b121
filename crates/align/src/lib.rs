//! Two people with a file each find the rows that they have in common, and nothing else.
//!
//! [`Job::open`] checks everything that can be checked at home; [`listen`](connection::listen) and [`connect`](connection::connect)
//! bring the two together by a one-time code; [`Job::run`] does the work:
//! 1. [`settings`]: both say what they expect, and stop if it differs;
//! 2. [`spill`]: each reads its file once, makes an item of every row's key, and puts rows and items into shards on disk, by the item;
//! 3. [`buckets`]: both say how many rows they have, and cut the items into buckets, filled up to a size that follows from these numbers;
//! 4. [`intersect`]: bucket by bucket, a protocol of `jointly-psi`; what is common is written down, so that a broken run goes on where it was;
//! 5. [`output`]: the rows, in the order of their items, which is the same on both sides.
//!
//! This crate knows of two files and a [`Mesh`](jointly_net::Mesh) between them; it does not know who uses it.

#![forbid(unsafe_code)]

pub mod buckets;
pub mod code;
pub mod connection;
mod error;
pub mod intersect;
mod job;
pub mod output;
mod plan;
mod report;
pub mod settings;
pub mod spill;
mod work;

pub use error::{Error, Result};
pub use job::{Duplicates, Event, Job, Options};
pub use jointly_data::key::{Key, KeyColumn};
pub use plan::{Plan, Sizes};
pub use report::Report;
pub use settings::{Learner, Protocol, Role, Security, Settings, Variant};
