//! `jointly bench`: its flags, and what it prints.

use std::io::{self, Write};

use clap::Args;
use comfy_table::{CellAlignment, Table, presets::NOTHING};
use jointly_core::{Corrupt, Spec};
use jointly_registry::ENGINES;
use serde::Serialize;

use crate::{Error, Machine, Network, Options, Phase, Run, benchmarks, machine, run_each, speeds::speeds};

/// Measure protocols and networks on this machine.
#[derive(Args, Clone, Debug)]
pub struct Flags {
    /// Ids or beginnings of ids, with commas between, such as `rep3/mul,rep3/sort` or `rep3`, or without the protocol, as `sort`, for all of them; everything where none is given
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    pub only: Vec<String>,
    /// The size, instead of each benchmark's own
    #[arg(short, long)]
    pub n: Option<usize>,
    /// mem, tcp, tls, lan, wan or thin
    #[arg(long, default_value = "mem")]
    pub network: Network,
    /// Computing parties, where the engine allows others than its usual ones
    #[arg(long)]
    pub parties: Option<u16>,
    /// How many of them may be corrupt
    #[arg(long)]
    pub threshold: Option<u16>,
    /// `all`, or `online`: without what can be prepared before the inputs are known
    #[arg(long, default_value = "all")]
    pub phase: Phase,
    /// Run each this often and show the run with the median CPU time
    #[arg(long, default_value_t = 1)]
    pub repeat: usize,
    /// One JSON object per line for each run, with the machine in it
    #[arg(long)]
    pub json: bool,
    /// Measure each operation of the engines named with --only, or of all, for the table that predictions are made from
    #[arg(long)]
    pub speeds: bool,
    /// Show what can be measured, and measure nothing
    #[arg(long)]
    pub list: bool,
}

/// Runs and prints what `flags` ask for.
pub fn bench_main(flags: &Flags) -> Result<(), Error> {
    let Flags { only, n, network, parties, threshold, phase, repeat, .. } = flags.clone();
    if flags.list {
        return print(&list());
    }
    if flags.speeds {
        let mut printed = Ok(());
        speeds(&only, |line| printed = print(&line))?;
        return printed;
    }
    let options = Options { only, n, network, parties, threshold, phase, repeat };
    if flags.json {
        let machine = machine();
        let mut printed = Ok(());
        run_each(&options, |run| printed = json(&OnMachine { run, machine: &machine }).and_then(|line| print(&line)))?;
        return printed;
    }
    print(&machine().to_string())?;
    let mut runs = Vec::new();
    run_each(&options, |run| runs.push(run.clone()))?;
    print(&table(&runs))?;
    // What protects nobody must not pass for a protocol in somebody's table.
    let bare = ENGINES.iter().map(|entry| entry.spec).filter(|spec| spec.corrupt == Corrupt::Nobody);
    let ran = |spec: &&Spec| runs.iter().any(|run| run.id.split('/').next() == Some(spec.id));
    bare.filter(ran).try_for_each(|spec| print(&format!("{}: {}", spec.id, spec.about)))
}

/// A run, and where it ran.
#[derive(Serialize)]
struct OnMachine<'a> {
    #[serde(flatten)]
    run: &'a Run,
    machine: &'a Machine,
}

fn print(text: &str) -> Result<(), Error> {
    writeln!(io::stdout(), "{text}").map_err(|e| Error::Output(e.to_string()))
}

fn json(value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|e| Error::Output(e.to_string()))
}

fn list() -> String {
    let mut table = Table::new();
    table.load_preset(NOTHING).set_header(["benchmark", "n", "what"]);
    benchmarks().iter().for_each(|b| {
        table.add_row([b.id.clone(), b.n.to_string(), b.about.to_string()]);
    });
    table.trim_fmt()
}

fn table(runs: &[Run]) -> String {
    let mut table = Table::new();
    let header = [
        "benchmark",
        "n",
        "network",
        "seconds",
        "predicted",
        "CPU-s",
        "of each",
        "MB sent",
        "of each",
        "rounds",
        "throughput",
    ];
    table.load_preset(NOTHING).set_header(header);
    for run in runs {
        let megabytes: Vec<f64> = run.bytes.iter().map(|b| *b as f64 / 1e6).collect();
        table.add_row([
            run.id.clone(),
            run.n.to_string(),
            run.network.to_string(),
            format!("{:.4}", run.seconds),
            run.predicted_seconds.map_or(String::new(), |seconds| format!("{seconds:.4}")),
            format!("{:.4}", run.cpu_seconds.iter().sum::<f64>()),
            each(&run.cpu_seconds, 4),
            format!("{:.3}", megabytes.iter().sum::<f64>()),
            each(&megabytes, 3),
            run.rounds.to_string(),
            format!("{:.3e} {}", run.throughput, run.unit),
        ]);
    }
    let numbers = [1, 3, 4, 5, 7, 9];
    table.column_iter_mut().enumerate().filter(|(i, _)| numbers.contains(i)).for_each(|(_, column)| {
        column.set_cell_alignment(CellAlignment::Right);
    });
    table.trim_fmt()
}

fn each(values: &[f64], digits: usize) -> String {
    values.iter().map(|v| format!("{v:.digits$}")).collect::<Vec<_>>().join(" ")
}
