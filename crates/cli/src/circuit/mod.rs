//! `jointly circuit`: a function as people write it, or a circuit file, computed at home or between two terminals; [`nodes`] is for members of a
//! project.

mod expression;
mod judge;
mod meet;
mod models;
mod nodes;
mod run;

use std::path::Path;

use jointly_circuit::Function;

use crate::args::{CircuitArgs, CircuitCommand};
use crate::failure::Failure;
use crate::output::Output;

#[cfg(feature = "faults")]
pub use judge::identities;
pub use judge::judge;

/// The largest file of a circuit that is read: 256 MiB.
const LARGEST: u64 = 256 << 20;

/// Compiles an expression, or runs a file.
pub async fn run(home: &Path, args: CircuitArgs, output: &Output) -> Result<(), Failure> {
    match args.command {
        Some(CircuitCommand::Compute(compute)) => nodes::run(home, compute, output).await,
        Some(CircuitCommand::Run(run)) => run::run(*run, output).await,
        None => expression::run(args.expression, output).await,
    }
}

/// A function from a file: Bristol Fashion, or a definition in words.
fn load(path: &Path) -> Result<Function, Failure> {
    let size = std::fs::metadata(path).map_err(Failure::file("read", path))?.len();
    if size > LARGEST {
        return Err(Failure::usage(format!("{} has {size} bytes; circuits have at most {LARGEST}", path.display())));
    }
    let text = std::fs::read_to_string(path).map_err(Failure::file("read", path))?;
    let program = jointly_circuit::read(&text).map_err(|why| Failure::usage(format!("{}: {why}", path.display())))?;
    Ok(program.function)
}
