//! The conformance suite.

mod engines;
