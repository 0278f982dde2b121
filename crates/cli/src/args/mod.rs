//! The commands and their flags.

mod circuit;
mod lookup;
mod prep;
mod train;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jointly_align::{KeyColumn, Protocol, Security, Variant};
use jointly_node::JobId;

pub use circuit::{CircuitArgs, CircuitCommand, CircuitRun, Compute, Expression, Judge};
pub use lookup::{Asking, LookupCommand, LookupName};
pub use prep::{PrepCommand, Preparing};
pub use train::{Federate, ModelCommand, Predict, Train};

/// Query the combined data of organisations that do not trust each other, while each one's data stays at home.
#[derive(Parser)]
#[command(name = "jointly", version, after_help = "Example, four hospitals on this machine:\n  jointly demo --check")]
pub struct Cli {
    /// The node's folder: its identity, its store, its socket
    #[arg(long, global = true, env = "JOINTLY_HOME", default_value = "./jointly-home", value_name = "DIR")]
    pub home: PathBuf,
    /// How results are printed
    #[arg(long, global = true, value_enum, default_value_t = Format::Table)]
    pub format: Format,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    Table,
    /// For programs: one JSON value
    Json,
}

/// A command.
#[derive(Subcommand)]
pub enum Command {
    /// Make this organisation's identity
    #[command(after_help = "Example:\n  jointly init --name st-marys --passphrase-file ~/.jointly-passphrase")]
    Init(Init),
    /// Look at the identity, copy it to a safe place, bring it back
    #[command(subcommand, after_help = "Example:\n  jointly identity show --passphrase-file ~/.jointly-passphrase")]
    Identity(IdentityCommand),
    /// Run this organisation's node
    #[command(
        subcommand,
        after_help = "Example:\n  jointly node run --listen 0.0.0.0:7400 --passphrase-file ~/.jointly-passphrase"
    )]
    Node(NodeCommand),
    /// Meet other organisations' nodes
    #[command(subcommand, after_help = "Example:\n  jointly peer invite --address node.st-marys.example:7400")]
    Peer(PeerCommand),
    /// Register tables that stay where they are
    #[command(subcommand, after_help = "Example:\n  jointly dataset add patients.toml")]
    Dataset(DatasetCommand),
    /// Agree on what may be asked
    #[command(subcommand, after_help = "Example:\n  jointly project propose project.toml")]
    Project(ProjectCommand),
    /// Ask a question over everyone's rows
    #[command(
        after_help = "Example:\n  jointly query --project heart \"SELECT sex, AVG(age) FROM patients GROUP BY sex\""
    )]
    Query(Question),
    /// Plan a question without asking it: steps, who learns what, cost
    #[command(
        after_help = "Example:\n  jointly explain --project heart \"SELECT sex, AVG(age) FROM patients GROUP BY sex\""
    )]
    Explain(Question),
    /// See jobs; approve, refuse or cancel them
    #[command(subcommand, after_help = "Example:\n  jointly job list")]
    Job(JobCommand),
    /// Make ahead what questions take, where a protocol takes anything: it depends on no data
    #[command(subcommand, after_help = "Example:\n  jointly prep status")]
    Prep(PrepCommand),
    /// Find the rows that tables have in common: of two people with a file each, who need no node, or of a project's members
    #[command(
        after_help = "Examples:\n  jointly align --project credit customers --output common.parquet\n  jointly align --listen 127.0.0.1:7000 --input a.csv --key id --output common-a.parquet\n  jointly align --connect 127.0.0.1:7000 --code jointly-align:… --input b.csv --key number --output common-b.parquet"
    )]
    Align(Box<Align>),
    /// Ask another organisation about single persons, without saying whom; or be asked
    #[command(
        subcommand,
        after_help = "Examples:\n  jointly lookup publish --project credit record\n  jointly lookup query --project credit record \"Wei Li\" 990001198001010012 19991234567"
    )]
    Lookup(LookupCommand),
    /// Compute any function of private inputs, given in words or as a circuit file
    #[command(
        after_help = "Examples:\n  jointly circuit \"a.salary > b.salary\" --set a.salary=5200 --set b.salary=4900 --model malicious\n  jointly circuit run aes_128.txt --model pvc:1/2 --input 2b7e151628aed2a6abf7158809cf4f3c --listen 127.0.0.1:7100\n  jointly circuit compute --project limits exposure"
    )]
    Circuit(Box<CircuitArgs>),
    /// Train a model of several owners' columns or rows, none of which leave home
    #[command(after_help = "Example:\n  jointly train --project credit default --method logistic --output model.json")]
    Train(Train),
    /// Ask a model that members keep as shares about rows: who asks learns what it says of each
    #[command(after_help = "Example:\n  jointly predict --project credit default --output said.csv")]
    Predict(Predict),
    /// See and delete what this node keeps of models that can be asked
    #[command(subcommand, after_help = "Example:\n  jointly model list")]
    Model(ModelCommand),
    /// Train a model on rows of several owners, each at home: only sums of what they learn are opened
    #[command(after_help = "Example:\n  jointly federate --project heart disease --output weights.json")]
    Federate(Federate),
    /// Judge a certificate against somebody who garbled wrongly; offline, and by anyone
    #[command(after_help = "Example:\n  jointly judge cheated.cert --circuit adder64.txt --identities keys")]
    Judge(Judge),
    /// List the protocols with their claims and costs
    #[command(after_help = "Example:\n  jointly protocols --format json")]
    Protocols,
    /// Export and verify what this node can prove
    #[command(subcommand, after_help = "Example:\n  jointly evidence verify evidence.json")]
    Evidence(EvidenceCommand),
    /// Measure protocols and networks on this machine
    #[command(after_help = "Example:\n  jointly bench --only rep3/mul --network lan")]
    Bench(jointly_bench::Flags),
    /// Show it all: four hospitals' nodes on this machine, a project, a question, receipts
    #[command(after_help = "Example:\n  jointly demo --check --format json")]
    Demo(Demo),
    /// Show how a cheater is caught: two nodes, one of which garbles wrongly
    #[cfg(feature = "faults")]
    #[command(after_help = "Example:\n  jointly demo-pvc --runs 200")]
    DemoPvc(DemoPvc),
}

/// How the identity is unlocked. `JOINTLY_PASSPHRASE` in the environment does as well; without any, a person at a terminal is asked.
#[derive(Args, Clone, Debug)]
pub struct Lock {
    /// A file whose first line is the passphrase
    #[arg(long, value_name = "FILE", conflicts_with = "no_passphrase")]
    pub passphrase_file: Option<PathBuf>,
    /// No passphrase: whoever reads the file has the key. For demonstrations only
    #[arg(long)]
    pub no_passphrase: bool,
}

/// `jointly init`.
#[derive(Args)]
pub struct Init {
    /// The name by which others will know this organisation
    #[arg(long)]
    pub name: String,
    /// The passphrase
    #[command(flatten)]
    pub lock: Lock,
}

/// `jointly identity`.
#[derive(Subcommand)]
pub enum IdentityCommand {
    /// Show the name, the key and its fingerprint
    #[command(after_help = "Example:\n  jointly identity show --passphrase-file ~/.jointly-passphrase")]
    Show {
        /// The passphrase
        #[command(flatten)]
        lock: Lock,
    },
    /// Write a copy under a passphrase of its own, to keep in a safe place
    #[command(after_help = "Example:\n  jointly identity export copy.pem --copy-passphrase-file copy-passphrase")]
    Export {
        /// The copy, which must not exist yet
        file: PathBuf,
        /// A file whose first line is the copy's passphrase; without it, a person at a terminal is asked
        #[arg(long, value_name = "FILE")]
        copy_passphrase_file: Option<PathBuf>,
        /// The passphrase
        #[command(flatten)]
        lock: Lock,
    },
    /// Bring an exported copy back into the node's folder
    #[command(after_help = "Example:\n  jointly identity restore copy.pem --copy-passphrase-file copy-passphrase")]
    Restore {
        /// The copy
        file: PathBuf,
        /// A file whose first line is the copy's passphrase; without it, a person at a terminal is asked
        #[arg(long, value_name = "FILE")]
        copy_passphrase_file: Option<PathBuf>,
        /// The passphrase
        #[command(flatten)]
        lock: Lock,
    },
}

/// `jointly node`.
#[derive(Subcommand)]
pub enum NodeCommand {
    /// Run the node until it is stopped
    #[command(
        after_help = "Example:\n  jointly node run --listen 0.0.0.0:7400 --passphrase-file ~/.jointly-passphrase"
    )]
    Run {
        /// Where peers can reach it; a node that only dials needs none
        #[arg(long, value_name = "ADDR")]
        listen: Option<SocketAddr>,
        /// A peer from which nothing came for so many seconds counts as gone
        #[arg(long, value_name = "SECONDS", default_value_t = 15, value_parser = clap::value_parser!(u32).range(3..=3600))]
        silence: u32,
        /// How many seconds a job waits for a participant that is connected, but does not do its part
        #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u32).range(3..=86400))]
        patience: u32,
        /// How many MiB of memory jobs may take at a time
        #[arg(long, value_name = "MIB", default_value_t = 4096)]
        memory: u32,
        /// Garble wrongly: for demonstrations
        #[cfg(feature = "faults")]
        #[arg(long)]
        cheat: bool,
        /// The passphrase
        #[command(flatten)]
        lock: Lock,
    },
    /// Stop the running node
    #[command(after_help = "Example:\n  jointly node stop")]
    Stop,
    /// Show the running node's name, key and address
    #[command(after_help = "Example:\n  jointly node status")]
    Status,
}

/// `jointly peer`.
#[derive(Subcommand)]
pub enum PeerCommand {
    /// Print a one-time invitation for one new peer
    #[command(after_help = "Example:\n  jointly peer invite --address node.st-marys.example:7400 --minutes 60")]
    Invite {
        /// Where the new peer reaches this node: host:port
        #[arg(long)]
        address: String,
        /// For how long it can be used
        #[arg(long, default_value_t = 60)]
        minutes: u32,
    },
    /// Accept the invitation of another node
    #[command(after_help = "Example:\n  jointly peer accept jointly-invite:eyJpbnZpdGVyIjoi…")]
    Accept {
        /// The invitation's whole text; `-` reads it from standard input, where other users of the machine do not see it
        token: String,
        /// Where the inviter can reach this node, if it can: host:port
        #[arg(long)]
        address: Option<String>,
    },
    /// List the peers and whether they are connected
    #[command(after_help = "Example:\n  jointly peer list")]
    List,
}

/// `jointly dataset`.
#[derive(Subcommand)]
pub enum DatasetCommand {
    /// Register the table that a declaration describes
    #[command(after_help = "Example:\n  jointly dataset add patients.toml")]
    Add {
        /// The declaration; its paths start from its own folder
        file: PathBuf,
    },
    /// Forget a dataset; its data stay where they are
    #[command(after_help = "Example:\n  jointly dataset remove patients")]
    Remove {
        /// The dataset's name
        name: String,
    },
    /// List the datasets
    #[command(after_help = "Example:\n  jointly dataset list")]
    List,
    /// Describe a dataset under a schema, and warn of what looks wrong
    #[command(after_help = "Example:\n  jointly dataset profile patients --schema schema.toml")]
    Profile {
        /// The dataset's name
        name: String,
        /// The schema that the project's members agreed on
        #[arg(long, value_name = "FILE")]
        schema: PathBuf,
    },
}

/// `jointly project`.
#[derive(Subcommand)]
pub enum ProjectCommand {
    /// Write a project from a draft, sign it, and send it to its members
    #[command(after_help = "Example:\n  jointly project propose project.toml")]
    Propose {
        /// The draft; `schemas = ["schema.toml"]` in it reads tables from files beside it
        file: PathBuf,
    },
    /// Show projects in plain words, and who has not signed
    #[command(after_help = "Example:\n  jointly project show heart")]
    Show {
        /// Its identifier or name; all where none is given
        project: Option<String>,
    },
    /// Sign a project that another member proposed
    #[command(after_help = "Example:\n  jointly project sign 00112233445566778899aabbccddeeff")]
    Sign {
        /// Its identifier or name
        project: String,
    },
    /// Revoke a project: its jobs stop, and no further one runs at any member
    #[command(after_help = "Example:\n  jointly project revoke heart")]
    Revoke {
        /// Its identifier or name
        project: String,
    },
    /// List the projects
    #[command(after_help = "Example:\n  jointly project list")]
    List,
}

/// A question.
#[derive(Args)]
pub struct Question {
    /// The project's identifier or name
    #[arg(long)]
    pub project: String,
    /// The question in SQL
    pub sql: String,
}

/// `jointly job`.
#[derive(Subcommand)]
pub enum JobCommand {
    /// List the jobs, the latest first
    #[command(after_help = "Example:\n  jointly job list")]
    List,
    /// Show a job: plan, state, cost, receipt
    #[command(after_help = "Example:\n  jointly job show 00112233445566778899aabbccddeeff")]
    Show {
        /// Its identifier
        job: JobId,
    },
    /// Show what this node saw of a look-up on the wire, frame by frame
    #[command(after_help = "Example:\n  jointly job seen 00112233445566778899aabbccddeeff")]
    Seen {
        /// Its identifier
        job: JobId,
    },
    /// Let a job run on this node's data
    #[command(after_help = "Example:\n  jointly job approve 00112233445566778899aabbccddeeff")]
    Approve {
        /// Its identifier
        job: JobId,
    },
    /// Refuse a job that waits for this node
    #[command(
        after_help = "Example:\n  jointly job refuse 00112233445566778899aabbccddeeff --reason \"not this month\""
    )]
    Refuse {
        /// Its identifier
        job: JobId,
        /// Why, for the asker
        #[arg(long, default_value = "no reason was given")]
        reason: String,
    },
    /// Stop a job
    #[command(after_help = "Example:\n  jointly job cancel 00112233445566778899aabbccddeeff")]
    Cancel {
        /// Its identifier
        job: JobId,
    },
}

/// `jointly evidence`.
#[derive(Subcommand)]
pub enum EvidenceCommand {
    /// Write this node's evidence into one file
    #[command(after_help = "Example:\n  jointly evidence export --project heart evidence.json")]
    Export {
        /// Only what belongs to this project: identifier or name
        #[arg(long)]
        project: Option<String>,
        /// The file, which must not exist yet
        file: PathBuf,
    },
    /// Verify a file of evidence; needs no node
    #[command(
        after_help = "Examples:\n  jointly evidence verify evidence.json\n  jointly job show 00112233445566778899aabbccddeeff --format json > job.json\n  jointly evidence verify evidence.json --answer job.json"
    )]
    Verify {
        /// The file
        file: PathBuf,
        /// A receiver's job, as `jointly job show … --format json` prints it: is its answer the one that the receipt holds?
        #[arg(long, value_name = "JOB")]
        answer: Option<PathBuf>,
    },
}

/// `jointly align`.
#[derive(Args)]
pub struct Align {
    /// Between nodes: the name of the project's alignment
    #[arg(requires = "project")]
    pub alignment: Option<String>,
    /// Between nodes: the project's identifier or name
    #[arg(long, requires = "alignment", conflicts_with_all = ["listen", "connect", "input", "table", "key", "duplicates", "hide_size", "memory", "work"])]
    pub project: Option<String>,
    /// Wait here for the other side; prints the one-time code that it needs
    #[arg(long, value_name = "ADDR", conflicts_with = "connect", required_unless_present_any = ["connect", "project"])]
    pub listen: Option<SocketAddr>,
    /// Go to the side that waits there: host:port
    #[arg(long, value_name = "ADDR", requires = "code")]
    pub connect: Option<String>,
    /// The code that the listening side printed; `-` reads it from standard input, where other users of the machine do not see it
    #[arg(long, requires = "connect")]
    pub code: Option<String>,
    /// This side's rows: a file named .csv, .tsv, .parquet, .sqlite, .sqlite3 or .db
    #[arg(long, value_name = "FILE", required_unless_present = "project")]
    pub input: Option<PathBuf>,
    /// The table to read, if the file is a database
    #[arg(long, value_name = "NAME")]
    pub table: Option<String>,
    /// A column by which rows are compared, and how it is written before: text (words; the default), code (letters and digits), digits.
    /// Several columns count together
    #[arg(long, value_name = "COLUMN[:RULE]", required_unless_present = "project")]
    pub key: Vec<KeyColumn>,
    /// Where this side's rows are written; only where it learns the result
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Who learns which rows are common: listener, connector or both (the default). Between nodes: names of members with commas between, all that may
    /// where none is given, or `shared`
    #[arg(long, value_name = "WHO")]
    pub result: Option<String>,
    /// Between nodes, where the result is shared: a number column of the second side that is shared with it
    #[arg(long, value_name = "COLUMN", requires = "project")]
    pub payload: Option<String>,
    /// Between nodes: only plan it: steps, who learns what, cost
    #[arg(long, requires = "project")]
    pub explain: bool,
    /// What is written: inner (the common rows), left (all, with a mark), anti (those that are not common)
    #[arg(long, value_name = "ROWS", default_value_t = Variant::Inner)]
    pub variant: Variant,
    /// rr22, or ecdh for few bytes with small or very unequal files
    #[arg(long, default_value_t = Protocol::Rr22)]
    pub protocol: Protocol,
    /// malicious: secure also against a side that breaks the rules; semi-honest: only if both follow them
    #[arg(long, default_value_t = Security::Malicious)]
    pub security: Security,
    /// What becomes of rows whose key an earlier row has
    #[arg(long, value_enum, default_value_t = Repeated::First)]
    pub duplicates: Repeated,
    /// Tell the other side the number of rows only rounded up to a power of two
    #[arg(long)]
    pub hide_size: bool,
    /// About how many MiB of memory to use
    #[arg(long, value_name = "MIB", default_value_t = 1024, value_parser = clap::value_parser!(u32).range(16..))]
    pub memory: u32,
    /// Where the work is kept until it has ended well; beside the output, or the input, unless told
    #[arg(long, value_name = "DIR")]
    pub work: Option<PathBuf>,
    /// Give up what an earlier run has kept there
    #[arg(long)]
    pub restart: bool,
}

/// What becomes of rows whose key an earlier row has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Repeated {
    /// The first row stands, the others are left out and counted
    First,
    /// The file is refused
    Refuse,
}

/// `jointly demo`.
#[derive(Args)]
pub struct Demo {
    /// Compare the answer with plain DataFusion over the pooled rows
    #[arg(long)]
    pub check: bool,
    /// Leave the nodes running, and say how to talk to them
    #[arg(long)]
    pub keep: bool,
}

/// `jointly demo-pvc`.
#[cfg(feature = "faults")]
#[derive(Args)]
pub struct DemoPvc {
    /// How many jobs of either kind: with a cheater, and without
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=10000))]
    pub runs: u32,
}
