//! Models from what owners have to what receivers read, on real samples.

mod credit;
mod refused;
mod support;
