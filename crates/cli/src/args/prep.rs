//! `jointly prep` and its flags.

use clap::{Args, Subcommand};

/// For which question, and how often.
#[derive(Args)]
pub struct Preparing {
    /// The project's identifier or name
    #[arg(long)]
    pub project: String,
    /// How often the question could then be asked
    #[arg(long, default_value_t = 1)]
    pub times: u32,
    /// The question in SQL
    pub sql: String,
}

/// `jointly prep`.
#[derive(Subcommand)]
pub enum PrepCommand {
    /// Show what is in stock
    #[command(after_help = "Example:\n  jointly prep status")]
    Status,
    /// Prepare now what a question takes
    #[command(
        after_help = "Example:\n  jointly prep make --project two --times 10 \"SELECT sex, AVG(age) FROM patients GROUP BY sex\""
    )]
    Make(Preparing),
    /// Keep so much ready: the node prepares anew when half is used; `--times 0` for no longer
    #[command(
        after_help = "Example:\n  jointly prep keep --project two --times 20 \"SELECT sex, AVG(age) FROM patients GROUP BY sex\""
    )]
    Keep(Preparing),
}
