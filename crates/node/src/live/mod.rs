//! The node at work: it answers its operator and its peers, and runs jobs with them.

mod agreement;
mod align;
mod asking;
mod choice;
mod circuit;
pub mod control;
mod draft;
mod fault;
mod federate;
mod job;
mod lookup;
pub mod messages;
mod model;
mod node;
mod operator;
mod own;
mod peers;
mod planning;
mod query;
mod receipts;
mod report;
mod seal;
mod stock;
mod stop;
mod take_part;
pub mod task;

pub use draft::Draft;
pub use node::{Node, NodeConfig};
