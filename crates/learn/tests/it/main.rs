//! Models on real and on made samples, on every engine, against what statsmodels makes of them in the clear.

mod descent;
mod evaluate;
mod regression;
mod support;
mod trees;
mod valid;
