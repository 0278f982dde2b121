//! Private information retrieval: a row of somebody else's table, without saying which.

pub mod lookup;
