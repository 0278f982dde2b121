//! Private information retrieval: a row of somebody else's table, without saying which.
//!
//! There are three ways, and [`choice::choose`] says which fits a table and why:
//! - [`fetch`] a row by its index from a [`Table`] that another party [`serve`]s, or [by its key](keyword): one pass over the table for a
//!   query of some hundred kilobytes; nothing is downloaded beforehand, and the holder keeps nothing about the querier;
//! - [`transfer`]: the whole table, masked, and the key of one row by oblivious transfer, for small tables;
//! - [`copy`]: the whole table, whose rows are encrypted, for who asks all day.
//!
//! # The private fetch
//!
//! Mahdavi, Patel, Seo, Yeo: *InsPIRe: Communication-Efficient PIR with Server-side Preprocessing* (ePrint 2025/1352), without its second
//! level (interpolation degree t = 1, so that there is neither an RGSW ciphertext nor a second key-switching key): a plain matrix times an
//! encrypted unit vector, as in SimplePIR, and the LWE ciphertexts of the result packed by PartialInspiRING (algorithm 2). As in YPIR
//! (Menon, Wu; USENIX Security 2024, ePrint 2024/270), the vector is encrypted in RLWE ciphertexts, 2048 places at a time, which makes
//! the offline products transforms.
//!
//! **Security.** Theorem 13 and App. F.1 there, for a query that is a part of theirs: no polynomial-time holder tells two sequences of
//! queries apart, whatever it sends, if key-dependent RLWE is hard for scaled automorphisms of the key (Definition 1), in the model of a
//! common reference string; every query has a fresh key. The querier's answers are not authenticated, and it may learn more of the
//! table than its row (a whole column). [`params`] has the numbers.
//!
//! This crate knows nothing of records, identities or encryption of rows.
#![forbid(unsafe_code)]

mod bits;
pub mod choice;
mod claims;
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

pub use claims::{Batch, COPY, QUERY, TRANSFER};
pub use client::{Secret, query};
pub use protocol::{MAX_BATCH, fetch, serve};
pub use shape::{Layout, Shape};
pub use table::Table;
