//! A dataset as a look-up database: on disk at its holder, served to queriers, and asked by them.
//!
//! 1. [`Offer`]: what the members of a project agreed may be looked up, by which key; [`Layout`] follows from it, the encoding of a record;
//! 2. [`Holder::publish`] reads the dataset into a database, in a folder of its own; [`update`](Holder::update) and
//!    [`rotate`](Holder::rotate) make its next versions; its [`Manifest`] is for queriers;
//! 3. [`Querier::new`] holds a manifest against the offer; [`choose`] says which [`Way`] of fetching fits;
//! 4. [`Holder::serve`] and [`Querier::ask`] are the two ends of a query, whose public size is what both [asked](Asked) for.
//!
//! The protocol is that of [`jointly_pir::lookup`]. This crate knows tables, files, and a [`Ctx`](jointly_net::Ctx) between the two; it does not
//! know who they are, nor whether they may: metering a query, and signing a manifest, is for who calls it.

#![forbid(unsafe_code)]

mod asked;
mod copy;
mod error;
mod holder;
mod layout;
mod offer;
mod querier;
mod read;
mod store;

pub use asked::{Asked, MOST_IDS, choose};
pub use error::{Error, Result};
pub use holder::{Holder, Status, Step, Update};
pub use jointly_data::key::{Key, KeyColumn};
pub use jointly_pir::choice::Way;
pub use jointly_pir::lookup::{Manifest, Purpose};
pub use layout::{Layout, Values};
pub use offer::Offer;
pub use querier::{Found, Querier};
pub use read::Counts;
