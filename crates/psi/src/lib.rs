//! Private set intersection: who we have in common, and nothing else.
#![forbid(unsafe_code)]

pub mod items;
pub mod okvs;
pub mod rr22;
