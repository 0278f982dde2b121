//! `jointly train` and `jointly federate`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use jointly_node::{JobId, Trained};

/// How a model is trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Method {
    /// Logistic regression, with standard errors
    Logistic,
    /// Linear regression, with standard errors
    Linear,
    /// Poisson regression of counts, with standard errors
    Poisson,
    /// A scorecard: logistic regression of weights of evidence, as points
    Scorecard,
    /// Boosted trees
    Trees,
}

impl From<Method> for Trained {
    fn from(method: Method) -> Self {
        match method {
            Method::Logistic => Trained::Logistic,
            Method::Linear => Trained::Linear,
            Method::Poisson => Trained::Poisson,
            Method::Scorecard => Trained::Scorecard,
            Method::Trees => Trained::Trees,
        }
    }
}

/// `jointly train`.
#[derive(Args)]
pub struct Train {
    /// The project's identifier or name
    #[arg(long)]
    pub project: String,
    /// The model's name in the project
    pub model: String,
    /// By which of its methods
    #[arg(long, value_enum)]
    pub method: Method,
    /// The job of the alignment that found the rows; the latest that told this node if none is named
    #[arg(long, value_name = "JOB")]
    pub aligned: Option<JobId>,
    /// How many boosted trees
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub trees: u16,
    /// Levels of splits of a tree
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub depth: u8,
    /// In how many bins a column of numbers is divided for trees
    #[arg(long, value_name = "N", default_value_t = 16)]
    pub bins: u16,
    /// What each tree's scores are multiplied with, in thousandths
    #[arg(long, value_name = "N", default_value_t = 300)]
    pub rate: u16,
    /// Only plan it: steps, who learns what, cost
    #[arg(long)]
    pub explain: bool,
    /// Where the model is written, as JSON
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Where a report is written, as one HTML page with charts
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Where the model is written as ONNX, for other programs to use; its inputs are named in the file's metadata
    #[arg(long, value_name = "FILE")]
    pub onnx: Option<PathBuf>,
}

/// `jointly model`.
#[derive(Subcommand)]
pub enum ModelCommand {
    /// List the versions of models that can be asked here, with the jobs that trained them
    #[command(after_help = "Example:\n  jointly model list")]
    List,
    /// Delete what this node keeps of a version: its shares, and how its columns were written. It can be asked no more, by anybody
    #[command(after_help = "Example:\n  jointly model forget 8e824a2e3c4f58eb3da670dadf4d5b21")]
    Forget {
        /// The job that trained it
        job: JobId,
    },
}

/// `jointly predict`.
#[derive(Args)]
pub struct Predict {
    /// The project's identifier or name
    #[arg(long)]
    pub project: String,
    /// The model's name in the project
    pub model: String,
    /// The job that trained it; the latest that this node took part in if none is named
    #[arg(long, value_name = "JOB")]
    pub trained: Option<JobId>,
    /// The job of the alignment that found the rows; the latest that told this node if none is named
    #[arg(long, value_name = "JOB")]
    pub aligned: Option<JobId>,
    /// Ask about rows as they come on standard input, one a line: as JSON, the key and what is known of the row by column, as in {"customer": "C1", "age": "35"}
    #[arg(long, conflicts_with = "aligned")]
    pub online: bool,
    /// Only plan it: steps, who learns what, cost
    #[arg(long)]
    pub explain: bool,
    /// Where what the model says is written, as CSV
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `jointly federate`.
#[derive(Args)]
pub struct Federate {
    /// The project's identifier or name
    #[arg(long)]
    pub project: String,
    /// The federation's name in the project
    pub federation: String,
    /// Only plan it: steps, who learns what, cost
    #[arg(long)]
    pub explain: bool,
    /// Where the weights are written, as JSON
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}
