//! A model, from what its members agreed on to what its receivers read.
//!
//! [`Plan`] says which columns of which owners it is made from, by which method, and who sees it; [`home`] is what an owner makes of its own values before they
//! are shared; [`train`] is the joint part, on any [`Engine`](jointly_share::Engine); [`Reading`] turns what was opened into a [`Report`], and [`Model`] is
//! the model in it, which says of a row what it foretells. A model may also stay shared: [`Kept`] is it, and [`ask`] what it says of rows.
//!
//! Never names a scheme, and knows no files, tables or networks: values come in as text, column by column.
#![forbid(unsafe_code)]

mod design;
mod export;
mod given;
pub mod home;
mod html;
mod joint;
mod kept;
mod plan;
mod report;
mod split;

pub use export::{Card, CardBin, CardColumn, Coefficient, Grown, Model, Node, Test};
pub use html::html;
pub use joint::{Reading, Trained, train};
pub use kept::{Kept, Part, ask, read_said};
pub use plan::{Feature, Kind, Label, Method, Plan, Rows, What};
pub use report::{Evaluation, Explained, Report, Slice};
