//! `jointly align`: two processes, as two people run them.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::command::{jointly, run};

/// A side that listens.
struct Listener {
    process: Child,
    output: BufReader<ChildStdout>,
    address: String,
    code: String,
}

impl Listener {
    /// Starts it, and waits for its code.
    fn start(address: &str, args: &[&str]) -> Self {
        let mut command = jointly(&[&["align", "--listen", address], args].concat());
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(process.stdout.take().unwrap());
        let (mut address, mut code) = (String::new(), String::new());
        while code.is_empty() {
            let mut line = String::new();
            if output.read_line(&mut line).unwrap() == 0 {
                let mut error = String::new();
                process.stderr.take().unwrap().read_to_string(&mut error).unwrap();
                panic!("the listener ended: {error}");
            }
            if let Some(at) = line.strip_prefix("listening on ") {
                address = at.trim().to_owned();
            }
            if line.starts_with("jointly-align:") {
                code = line.trim().to_owned();
            }
        }
        Self { process, output, address, code }
    }

    /// Waits for its end: exit code, and what it said after the code, and its errors.
    fn end(mut self) -> (i32, String, String) {
        let (mut out, mut error) = (String::new(), String::new());
        self.output.read_to_string(&mut out).unwrap();
        self.process.stderr.take().unwrap().read_to_string(&mut error).unwrap();
        (self.process.wait().unwrap().code().unwrap(), out, error)
    }

    fn connect<'a>(&'a self, args: &[&'a str]) -> Vec<&'a str> {
        [&["align", "--connect", &self.address, "--code", &self.code], args].concat()
    }
}

/// Two files of so many rows, half of each in common, and their paths.
fn files(rows: u64) -> (TempDir, [String; 4]) {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["a.csv", "b.csv", "a.parquet", "b.parquet"];
    let paths = paths.map(|name| folder.path().join(name).to_str().unwrap().to_owned());
    for (path, first) in [(&paths[0], 0), (&paths[1], rows / 2)] {
        let lines: String = (first..first + rows).map(|i| format!("Person {i},{i}\n")).collect();
        fs::write(path, format!("name,number\n{lines}")).unwrap();
    }
    (folder, paths)
}

#[test]
fn a_bank_and_a_bureau_find_their_people() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/bank");
    let [bank, bureau] = ["bank.csv", "bureau.csv"].map(|name| examples.join(name).to_str().unwrap().to_owned());
    let (_folder, [_, _, a, b]) = files(0);
    let listener = Listener::start(
        "127.0.0.1:0",
        &["--input", &bank, "--key", "id:code", "--key", "phone:digits", "--output", &a],
    );
    let json = listener.connect(&[
        "--input",
        &bureau,
        "--key",
        "id_number:code",
        "--key",
        "mobile:digits",
        "--output",
        &b,
        "--format",
        "json",
    ]);
    let (code, out, error) = run(&json);
    assert_eq!(code, 0, "{error}");
    let seen: Value = serde_json::from_str(&out).unwrap_or_else(|e| panic!("{e}: {out}"));
    assert_eq!(
        (&seen["report"]["matches"], &seen["report"]["input"]["duplicates"]),
        (&1500.into(), &40.into()),
        "{seen}"
    );
    assert_eq!((&seen["report"]["input"]["empty"], &seen["report"]["their_rows"]), (&12.into(), &2437.into()));
    assert_eq!(seen["plan"]["protocol"], "psi/rr22-malicious-both");
    assert!(error.contains("learns:   both learn how many rows"), "the plan is said before: {error}");
    let (code, out, error) = listener.end();
    assert_eq!(code, 0, "{error}");
    assert!(out.contains("1500 of the rows here are common") && out.contains("25 of the rows have the key"), "{out}");
    assert!(Path::new(&a).exists() && Path::new(&b).exists());
    assert!(!Path::new(&format!("{a}.align")).exists(), "the work folder is deleted");
}

#[test]
fn only_who_has_the_code_comes_in() {
    let (_folder, [a, b, out_a, out_b]) = files(50);
    let listener = Listener::start("127.0.0.1:0", &["--input", &a, "--key", "name", "--output", &out_a]);
    let other = Listener::start("127.0.0.1:0", &["--input", &b, "--key", "name", "--output", &out_b]);
    let mine = ["--input", &b, "--key", "name", "--output", &format!("{out_b}.2")];

    // The code of another run has another key.
    let args = [&["align", "--connect", &listener.address, "--code", &other.code], &mine[..]].concat();
    let (code, _, error) = run(&args);
    assert!(code == 3 && error.contains("not who made the code"), "{code} {error}");
    let (code, _, error) =
        run(&[&["align", "--connect", &listener.address, "--code", "jointly-align:x"], &mine[..]].concat());
    assert!(code == 2 && error.contains("damaged"), "{code} {error}");
    let (code, _, error) = run(&[&["align", "--connect", &listener.address], &mine[..]].concat());
    assert!(code == 2 && error.contains("--code"), "{code} {error}");

    // The right one works still.
    let (code, _, error) = run(&listener.connect(&mine));
    assert_eq!(code, 0, "{error}");
    let (code, out, error) = listener.end();
    assert!(code == 0 && out.contains("25 of the rows"), "{out} {error}");
    let mut other = other.process;
    other.kill().unwrap();
    other.wait().unwrap();
}

#[test]
fn differences_are_refused_at_both_sides() {
    let (_folder, [a, b, out_a, out_b]) = files(10);
    let listener = Listener::start("127.0.0.1:0", &["--input", &a, "--key", "name", "--output", &out_a]);
    let args = ["--input", &b, "--key", "name:code", "--output", &out_b];
    let (code, _, error) = run(&listener.connect(&args));
    assert!(code == 3 && error.contains("here one column (code), there one column (text)"), "{code} {error}");
    let (code, _, error) = listener.end();
    assert!(code == 3 && error.contains("here one column (text), there one column (code)"), "{code} {error}");
    assert!(!Path::new(&out_a).exists() && !Path::new(&out_b).exists());
}

#[test]
fn mistakes_are_found_before_anybody_connects() {
    let (folder, [a, _, out, _]) = files(10);
    let align = |args: &[&str]| run(&[&["align", "--listen", "127.0.0.1:0"], args].concat());
    let (code, _, error) = align(&["--input", &a, "--key", "id", "--output", &out]);
    assert!(code == 2 && error.contains("no column `id`") && error.contains("name, number"), "{code} {error}");
    let (code, _, error) = align(&["--input", &a, "--key", "name:words", "--output", &out]);
    assert!(code == 2 && error.contains("text, code or digits"), "{code} {error}");
    let (code, _, error) = align(&["--input", &a, "--key", "name"]);
    assert!(code == 2 && error.contains("--output"), "{code} {error}");
    let database = folder.path().join("a.sqlite");
    fs::write(&database, "").unwrap();
    let (code, _, error) = align(&["--input", database.to_str().unwrap(), "--key", "name", "--output", &out]);
    assert!(code == 2 && error.contains("which of its tables"), "{code} {error}");
    fs::write(&out, "mine").unwrap();
    let (code, _, error) = align(&["--input", &a, "--key", "name", "--output", &out]);
    assert!(code == 3 && error.contains("exists already"), "{code} {error}");
    assert_eq!(fs::read_to_string(&out).unwrap(), "mine");
}

#[test]
fn a_side_that_is_killed_goes_on_with_the_same_command() {
    let (_folder, [a, b, out_a, out_b]) = files(60_000);
    let address = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let listen = ["--input", &a, "--key", "name", "--output", &out_a, "--memory", "16"];
    let connect = ["--input", &b, "--key", "name", "--output", &out_b, "--memory", "16"];

    let listener = Listener::start(&address, &listen);
    let mut command = jointly(&listener.connect(&connect));
    let mut connector = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(connector.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line.contains("bucket 3 of 4")), "it never came to its third bucket");
    connector.kill().unwrap();
    connector.wait().unwrap();
    let first = listener.code.clone();
    let (code, _, error) = listener.end();
    assert!(
        code == 4 && error.contains("the other side is gone") && error.contains("same two commands"),
        "{code} {error}"
    );
    assert!(!Path::new(&out_a).exists());

    let listener = Listener::start(&address, &listen);
    assert_eq!(listener.code, first, "the same two commands go on");
    let (code, out, error) = run(&listener.connect(&connect));
    assert!(code == 0 && out.contains("2 of 4 buckets were done before"), "{code} {out} {error}");
    assert!(out.contains("30000 of the rows here are common"), "{out}");
    let (code, out, error) = listener.end();
    assert!(code == 0 && out.contains("written:  30000 rows"), "{out} {error}");
}
