//! Questions over several owners' rows, answered jointly and by plain DataFusion over the pooled rows: the same.

mod engines;
mod generated;
mod hospitals;
mod policy;
mod questions;
mod refusals;
mod rows;
mod sorted;
mod support;
