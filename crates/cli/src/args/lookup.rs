//! `jointly lookup` and its flags.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Which look-up.
#[derive(Args)]
pub struct LookupName {
    /// The project's identifier or name
    #[arg(long)]
    pub project: String,
    /// The look-up's name in the project
    pub name: String,
}

/// How a query is made.
#[derive(Args)]
pub struct Asking {
    /// Fill the query up to so many IDs, so that the holder does not see how many there are
    #[arg(long, value_name = "IDS")]
    pub pad: Option<u32>,
    /// How many IDs are asked about a day, for the choice of the way
    #[arg(long, value_name = "IDS", default_value_t = 10)]
    pub a_day: u64,
    /// query, transfer or copy, in place of the way that fits
    #[arg(long)]
    pub way: Option<String>,
    /// Only plan it: steps, who learns what, cost
    #[arg(long)]
    pub explain: bool,
}

/// `jointly lookup`.
#[derive(Subcommand)]
pub enum LookupCommand {
    /// Make the look-up database of this node's dataset, or bring it up to date
    #[command(after_help = "Example:\n  jointly lookup publish --project credit record")]
    Publish(LookupName),
    /// Ask about one person
    #[command(
        after_help = "Example:\n  jointly lookup query --project credit record \"Wei Li\" 990001198001010012 19991234567"
    )]
    Query {
        /// Which look-up
        #[command(flatten)]
        lookup: LookupName,
        /// A value for each column of the key, in its order; `-` reads them from standard input, a line each, where other users of the machine do not
        /// see them
        #[arg(required = true)]
        id: Vec<String>,
        /// How
        #[command(flatten)]
        asking: Asking,
    },
    /// Ask about all rows of a file, in one query
    #[command(
        after_help = "Example:\n  jointly lookup batch --project credit record --input customers.csv --key name --key id --key phone --output found.csv"
    )]
    Batch {
        /// Which look-up
        #[command(flatten)]
        lookup: LookupName,
        /// A file named .csv, .tsv, .parquet, .sqlite, .sqlite3 or .db
        #[arg(long, value_name = "FILE")]
        input: PathBuf,
        /// The table to read, if the file is a database
        #[arg(long, value_name = "NAME")]
        table: Option<String>,
        /// The file's column for each column of the key, in its order
        #[arg(long, value_name = "COLUMN", required = true)]
        key: Vec<String>,
        /// Where the rows are written with what was found, as CSV; else they are printed
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
        /// How
        #[command(flatten)]
        asking: Asking,
    },
    /// Make the look-up database anew, under another key: no answer of before opens anything of it
    #[command(after_help = "Example:\n  jointly lookup rotate --project credit record")]
    Rotate(LookupName),
    /// Describe the look-up database of this node, and what was asked of it
    #[command(after_help = "Example:\n  jointly lookup status --project credit record")]
    Status(LookupName),
}
