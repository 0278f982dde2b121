//! Transports behave alike, whatever peers do to them.

mod attack;
mod conformance;
mod hub;
mod mux;
mod shaped;
mod tcp;
mod world;
