//! Models from what owners have to what receivers read, on real samples.

mod credit;
mod kept;
mod page;
mod refused;
mod support;
