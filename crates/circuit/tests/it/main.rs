//! Circuits of others, read and computed in the clear.

mod vectors;
