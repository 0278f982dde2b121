//! Against parties that do what they like: authenticated garbling.

pub mod many;
