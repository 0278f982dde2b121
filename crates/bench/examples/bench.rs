//! `jointly bench` on its own, with the same flags.

use std::process::ExitCode;

use clap::Parser;
use jointly_bench::{Flags, PARTY_COMMAND, bench_main, party_main};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    flags: Flags,
}

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    if args.next().as_deref() == Some(PARTY_COMMAND) {
        return party_main(args);
    }
    match bench_main(&Cli::parse().flags) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
