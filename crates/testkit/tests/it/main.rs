//! The conformance suite: every entry of the registry, every claim.

mod clients;
mod costs;
mod engines;
mod faults;
mod operations;
mod uniformity;
mod gadgets;
