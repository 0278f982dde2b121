//! A federation: members train one model in rounds. In each, every member trains at home from the same weights; what is opened is the mean of their updates, weighted by
//! their rows, from which each computes the next weights by itself, bit by bit the same.

mod plan;
mod run;
mod state;
mod sync;

pub use self::{
    plan::Plan,
    run::{Ended, Keep, Trained, Trainer, count, run},
    state::State,
    sync::sync,
};
