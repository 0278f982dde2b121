//! Private information retrieval: a row of somebody else's table, without saying which.
#![forbid(unsafe_code)]

mod bits;
mod client;
pub mod keyword;
mod pack;
pub mod params;
mod protocol;
mod ring;
mod shape;
mod table;

pub use client::{Secret, query};
pub use protocol::{MAX_BATCH, fetch, serve};
pub use shape::{Layout, Shape};
pub use table::Table;
