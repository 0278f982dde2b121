//! Connections between processes, and networks that pretend to be slower: all that needs sockets, timers and a runtime.

pub mod hub;
pub mod mux;
pub mod shaped;
pub mod tcp;
pub mod tls;
