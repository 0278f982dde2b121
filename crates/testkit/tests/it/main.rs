//! The conformance suite: every entry of the registry, every claim.

mod additive;
mod clients;
mod correlations;
mod costs;
mod decoders;
mod engines;
mod faults;
mod gadgets;
mod intersections;
mod kept;
mod operations;
mod protocols;
mod shamir;
mod spdz2k;
mod transfers;
mod uniformity;
