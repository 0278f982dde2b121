//! One SQL question over the union of every owner's rows, none of which leaves home.
//!
//! DataFusion parses and types the question ([`Question`]); [`plan`] splits it into what each owner does alone on its own rows, in
//! the clear, and what must be joint; [`home`] runs the first at an owner, [`joint`] the second on any
//! [`Engine`](jointly_share::Engine), and [`Answer`] is what a receiver makes of the opened values.
//!
//! Invariants: never names a scheme; whatever the policy or the bounds forbid is refused before anything leaves home.

mod aggregate;
mod answer;
mod blocks;
mod cells;
mod encode;
mod error;
mod eval;
mod groups;
pub mod home;
pub mod joint;
mod key;
mod measure;
mod number;
mod order;
mod plan;
mod policy;
mod question;
mod shape;
mod text;
mod total;
mod uses;

pub use answer::{Answer, ColumnLayout, Layout};
pub use error::{Error, Refusal, Result};
pub use plan::{Owner, Plan, Setting, Step, plan};
pub use policy::{Policy, Use};
pub use question::Question;
