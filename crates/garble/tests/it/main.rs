//! Protocols for circuits, against evaluation in the clear.

mod common;
mod halfgates;
mod semi_honest;
