//! The `jointly` command: one organisation's node, and everything its operator asks of it.
//!
//! `jointly node run` is the node; nearly every other command is one request over the node's control socket.

#![forbid(unsafe_code)]

mod align;
mod args;
mod bench;
mod circuit;
mod client;
mod dataset;
mod demo;
mod evidence;
mod failure;
mod identity;
mod job;
mod lookup;
mod node;
mod output;
mod peer;
mod prep;
mod progress;
mod project;
mod protocols;
mod query;
mod rows;
mod table;
mod train;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};
use failure::Failure;
use output::Output;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    if args.next().as_deref() == Some(jointly_bench::PARTY_COMMAND) {
        return jointly_bench::party_main(args);
    }
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Part of the words may be a peer's.
            eprintln!("jointly: {}", table::visible(&failure.message));
            ExitCode::from(failure.code)
        }
    }
}

fn run(cli: Cli) -> Result<(), Failure> {
    // It brings runtimes of its own.
    if let Command::Bench(flags) = cli.command {
        return bench::run(flags, cli.format);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|e| Failure::failed(format!("the operating system gives no threads: {e}")))?;
    runtime.block_on(dispatch(cli))
}

async fn dispatch(cli: Cli) -> Result<(), Failure> {
    let (home, output) = (&*cli.home, Output::new(cli.format));
    match cli.command {
        Command::Init(init) => identity::init(home, &init, &output),
        Command::Identity(command) => identity::run(home, &command, &output),
        Command::Node(command) => node::run(home, &command, &output).await,
        Command::Peer(command) => peer::run(home, command, &output).await,
        Command::Dataset(command) => dataset::run(home, command, &output).await,
        Command::Project(command) => project::run(home, command, &output).await,
        Command::Query(question) => query::query(home, question, &output).await,
        Command::Explain(question) => query::explain(home, question, &output).await,
        Command::Job(command) => job::run(home, command, &output).await,
        Command::Prep(command) => prep::run(home, command, &output).await,
        Command::Align(align) => align::run(home, *align, &output).await,
        Command::Lookup(command) => lookup::run(home, command, &output).await,
        Command::Circuit(args) => circuit::run(home, *args, &output).await,
        Command::Train(args) => train::run(home, args, &output).await,
        Command::Model(command) => train::kept(home, command, &output).await,
        Command::Predict(args) => train::predict(home, args, &output).await,
        Command::Federate(args) => train::federate(home, args, &output).await,
        Command::Judge(args) => circuit::judge(&args, &output),
        Command::Protocols => protocols::run(&output),
        Command::Evidence(command) => evidence::run(home, command, &output).await,
        Command::Bench(flags) => bench::run(flags, cli.format),
        Command::Demo(demo) => demo::run(&demo, &output).await,
        #[cfg(feature = "faults")]
        Command::DemoPvc(demo) => demo::pvc::run(&demo, &output).await,
    }
}
