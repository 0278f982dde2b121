//! Look-up: a querier asks a holder about one of its customers, who stays unnamed, and gets that one's record alone.
//!
//! 1. The holder turns a dataset into a [`Database`]: each ID goes through an OPRF under its private key, and from the output come a tag
//!    and a key; the record, padded to one length, is encrypted under that key and put where the tag says. Its [`Manifest`] is public.
//! 2. The querier blinds its IDs ([`Client`], [`ask`]), 3. the holder evaluates them ([`answer`], within what its [`Meter`] allows), and
//!    proves that it used the published key. 4. The querier obtains tag and key of each ([`Wanted`]).
//! 5. It fetches the row of that [tag](Wanted::tag), or the two [buckets](Wanted::buckets) that it may be in, without telling which, by
//!    private information retrieval, oblivious transfer, or out of a copy that it has, and [opens](Wanted::open) them. Rows beside its own
//!    are useless without their keys, so any such way of fetching is private for both sides (keyword search from an OPRF: Freedman, Ishai,
//!    Pinkas, Reingold, TCC 2005).
//!
//! Found and not found look the same to the holder: each ID costs one evaluation and two buckets, and a query can be filled up with IDs of
//! nobody.
//!
//! What the OPRF is bound to: its public input, which the holder sets, names dataset, [`Purpose`] and epoch, so that an answer for one
//! opens nothing of another; its private input begins with the random generation of the ID's [group](Manifest::group). A row that changes
//! gives its whole group, one of 256, a new generation: tags and keys are fresh, and no answer of before, not even one to a querier that
//! guessed ahead, opens what is new. That a group has changed is public.
//!
//! What a querier can rely on: no record but what the holder, who has the key, made for this ID in this epoch. A holder may leave rows
//! out; the manifest's hash binds it to one table for whoever has a copy, and to one manifest a version. Where rows are fetched
//! obliviously, a row that the holder spoils is one that is not found.

mod client;
mod database;
mod manifest;
mod meter;
mod place;
mod row;
mod run;

pub use client::{Client, Pending, Wanted};
pub use database::{Builder, Changes, Database};
pub use manifest::{GROUPS, Manifest, Purpose, Terms};
pub use meter::{Limits, Meter, Usage};
pub use run::{answer, ask};
