//! What the `jointly` command asks of the node of its own organisation, over a socket that only its user can open.
//!
//! One request a connection, as one line of JSON; one line of JSON back.

mod ask;
mod told;

pub use self::{
    ask::{Ask, LookupAction, LookupWish, RowAsked, Wanted},
    told::{
        About, AnswerProof, Explanation, Fault, FaultKind, Frame, JobReport, KeptLine, LookupStatus, LookupUse,
        Measured, PeerLine, ProjectLine, StockReport, Table, Token, Told, View,
    },
};
pub use super::task::{AlignTask, CircuitTask, FederateTask, PredictTask, Result as AlignResult, TrainTask, TreesTask};

/// The socket's name in the node's home.
pub const SOCKET: &str = "control.sock";

/// What a job says of itself when it is open for rows.
pub const READY: &str = "ready for rows";
