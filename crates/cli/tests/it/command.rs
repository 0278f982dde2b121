//! Runs the program.

use std::path::Path;
use std::process::{Command, Output};

/// The program with these arguments, and nothing of the environment that would change what it does.
pub fn jointly(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jointly"));
    command.args(args).env_remove("JOINTLY_PASSPHRASE").env_remove("JOINTLY_HOME").env_remove("COLUMNS");
    command
}

/// Its exit code, standard output and standard error.
pub fn run(args: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = jointly(args).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

/// The same, for the node in `home`.
pub fn run_in(home: &Path, args: &[&str]) -> (i32, String, String) {
    let home = home.to_str().unwrap();
    run(&[&["--home", home], args].concat())
}
