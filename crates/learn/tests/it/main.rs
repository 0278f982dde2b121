//! Models on real and on made samples, on every engine, against what statsmodels makes of them in the clear.

mod binning;
mod descent;
mod evaluate;
mod perceptron;
mod regression;
mod structure;
mod support;
mod trees;
mod valid;
