//! Federated learning, part by part.

mod federation;
mod masks;
mod noise;
mod optimise;
mod trainer;
