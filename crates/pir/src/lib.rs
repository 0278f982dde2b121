//! Private information retrieval: a row of somebody else's table, without saying which.
#![forbid(unsafe_code)]

mod bits;
pub mod choice;
mod client;
pub mod copy;
pub mod keyword;
pub mod lookup;
mod pack;
pub mod params;
mod protocol;
mod ring;
mod shape;
mod table;
pub mod transfer;

pub use client::{Secret, query};
pub use protocol::{MAX_BATCH, fetch, serve};
pub use shape::{Layout, Shape};
pub use table::Table;
