//! Private set intersection: who we have in common, and nothing else.
#![forbid(unsafe_code)]

pub mod circuit;
pub mod ecdh;
pub mod items;
pub mod multiparty;
pub mod okvs;
mod opprf;
pub mod rr22;
pub mod unbalanced;
