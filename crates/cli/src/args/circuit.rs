//! `jointly circuit` and `jointly judge`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use jointly_core::Adversary;
use jointly_registry::Garbling;

/// `jointly circuit`.
#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct CircuitArgs {
    /// A function in words
    #[command(flatten)]
    pub expression: Expression,
    /// A circuit file
    #[command(subcommand)]
    pub command: Option<CircuitCommand>,
}

/// A function in words.
#[derive(Args)]
pub struct Expression {
    /// What to compute, such as "a.salary > b.salary"; every party learns it
    #[arg(value_name = "EXPRESSION", conflicts_with = "definition")]
    pub text: Option<String>,
    /// A file with inputs, types, outputs and receivers
    #[arg(long, value_name = "FILE")]
    pub definition: Option<PathBuf>,
    /// A value, to try it with all parties at home; commas separate the values of a row
    #[arg(long, value_name = "PARTY.NAME=VALUE")]
    pub set: Vec<String>,
    /// What cheaters may do: semi-honest, covert:1/2, pvc:1/2 (or another λ = 1 − 1/k), malicious
    #[arg(long, default_value = "semi-honest", value_name = "MODEL")]
    pub model: Adversary,
}

/// What to do with a file.
#[derive(Subcommand)]
pub enum CircuitCommand {
    /// Run a circuit in Bristol Fashion, or a definition, at home or between two terminals
    #[command(
        after_help = "Examples:\n  jointly circuit run aes_128.txt --model malicious --local 000102030405060708090a0b0c0d0e0f 00112233445566778899aabbccddeeff\n  jointly circuit run adder64.txt --model pvc:1/2 --input 2a --listen 127.0.0.1:7100\n  jointly circuit run adder64.txt --model pvc:1/2 --input 15 --connect 127.0.0.1:7100 --code -"
    )]
    Run(Box<CircuitRun>),
    /// Between nodes: compute a circuit of a project, of the values in its members' tables
    #[command(after_help = "Example:\n  jointly circuit compute --project limits exposure --explain")]
    Compute(Compute),
}

/// `jointly circuit compute`.
#[derive(Args)]
pub struct Compute {
    /// The project's identifier or name
    #[arg(long)]
    pub project: String,
    /// The circuit's name in the project
    pub circuit: String,
    /// Only plan it: steps, who learns what, what a cheater risks, cost
    #[arg(long)]
    pub explain: bool,
}

/// `jointly circuit run`.
#[derive(Args)]
pub struct CircuitRun {
    /// The file. The listening side's is the first value, the other side's are all others, and both learn the results
    pub file: PathBuf,
    /// What cheaters may do: semi-honest, covert:1/2, pvc:1/2 (or another λ = 1 − 1/k), malicious
    #[arg(long, value_name = "MODEL")]
    pub model: Adversary,
    /// With semi-honest, what an AND is made of: half-gates (32 bytes, least work), or three-halves (24.6 bytes, for links of less than about 4 Gbit/s)
    #[arg(long, value_name = "KIND", default_value = "half-gates")]
    pub garbling: Garbling,
    /// Both sides at home: their values in hexadecimal digits, the highest first
    #[arg(long, num_args = 2, value_name = "HEX", conflicts_with_all = ["input", "listen", "connect", "code"])]
    pub local: Option<Vec<String>>,
    /// This side's values in hexadecimal digits, the highest first; commas separate several
    #[arg(long, value_name = "HEX")]
    pub input: Option<String>,
    /// A file with them, where other users of the machine do not see them
    #[arg(long, value_name = "FILE", conflicts_with_all = ["input", "local"])]
    pub input_file: Option<PathBuf>,
    /// Wait for the other side here
    #[arg(long, value_name = "ADDR", conflicts_with = "connect")]
    pub listen: Option<SocketAddr>,
    /// Go to the side that waits
    #[arg(long, value_name = "HOST:PORT")]
    pub connect: Option<String>,
    /// The code that the listening side shows; `-` reads it from standard input
    #[arg(long, value_name = "CODE")]
    pub code: Option<String>,
    /// Where a certificate against the other side is written
    #[arg(long, value_name = "FILE", default_value = "cheated.cert")]
    pub certificate: PathBuf,
}

/// `jointly judge`.
#[derive(Args)]
pub struct Judge {
    /// The certificate
    pub certificate: PathBuf,
    /// The circuit file or definition that was computed
    #[arg(long, value_name = "FILE")]
    pub circuit: PathBuf,
    /// A folder with a file for each party that holds its public key
    #[arg(long, value_name = "DIR")]
    pub identities: PathBuf,
}
