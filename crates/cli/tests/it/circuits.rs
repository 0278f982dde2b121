//! `jointly circuit` and `jointly judge`, as people run them.

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::process::Stdio;

use serde_json::Value;

use crate::command::{jointly, run};

/// A 4-bit circuit file: a + b, and the carry.
const ADDER: &str = include_str!("../data/add4.txt");

fn data(file: &str) -> String {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../judge/tests/data").join(file).display().to_string()
}

fn json(args: &[&str]) -> Value {
    let (code, out, error) = run(&[&["--format", "json"], args].concat());
    assert_eq!(code, 0, "{error}");
    serde_json::from_str(&out).unwrap()
}

#[test]
fn an_expression_is_computed_under_every_model() {
    for model in ["semi-honest", "covert:1/2", "pvc:3/4", "malicious"] {
        let shown = json(&[
            "circuit",
            "a.salary > b.salary",
            "--set",
            "a.salary=5200",
            "--set",
            "b.salary=4900",
            "--model",
            model,
        ]);
        assert_eq!(shown["results"][0]["value"], "1", "{model}");
        assert_eq!(shown["results"][1]["party"], "b", "{model}");
        assert_eq!(shown["ands"], 64);
    }
}

#[test]
fn what_is_wrong_is_said_without_the_values() {
    let cases: [(&[&str], &str); 7] = [
        (&["circuit", "a.x +"], "column 6"),
        (&["circuit", "a.x + b.y", "--set", "a.x=twelve", "--set", "b.y=1"], "a whole number"),
        (&["circuit", "a.x + b.y", "--set", "a.z=1"], "takes no such value"),
        (&["circuit", "a.x + b.y", "--set", "a.x=1"], "missing"),
        (&["circuit", "a.x + b.y", "--set", "c.x=1"], "the parties are a, b"),
        (&["circuit", "a.x", "--model", "covert:1/3"], "k from 2 to 100"),
        (&["circuit"], "give an expression"),
    ];
    for (args, said) in cases {
        let (code, _, error) = run(args);
        assert_eq!(code, 2, "{args:?}: {error}");
        assert!(error.contains(said), "{args:?}: {error}");
        assert!(!error.contains("twelve"), "{error}");
    }
}

#[test]
fn a_circuit_file_runs_at_home_and_between_two_terminals() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("add4.txt");
    std::fs::write(&file, ADDER).unwrap();
    let file = file.display().to_string();
    for model in ["semi-honest", "covert:1/2", "pvc:1/2", "malicious"] {
        assert_eq!(
            json(&["circuit", "run", &file, "--model", model, "--local", "9", "8"])["results"][0],
            "11",
            "{model}"
        );
    }
    let three = ["circuit", "run", &file, "--model", "semi-honest", "--garbling", "three-halves", "--local", "9", "8"];
    assert_eq!(json(&three)["results"][0], "11");
    let listen = ["circuit", "run", &file, "--model", "pvc:1/2", "--input", "7", "--listen", "127.0.0.1:0"];
    let mut first = jointly(&listen).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().unwrap();
    let mut said = BufReader::new(first.stdout.take().unwrap());
    let (mut address, mut code) = (String::new(), String::new());
    while code.is_empty() {
        let mut line = String::new();
        assert_ne!(said.read_line(&mut line).unwrap(), 0, "the listening side ended");
        if let Some(at) = line.strip_prefix("listening on ") {
            address = at.trim().to_owned();
        }
        if line.starts_with("jointly-align:") {
            code = line.trim().to_owned();
        }
    }
    let value = folder.path().join("value.hex");
    std::fs::write(&value, "6\n").unwrap();
    let value = value.display().to_string();
    let connect =
        ["circuit", "run", &file, "--model", "pvc:1/2", "--input-file", &value, "--connect", &address, "--code", &code];
    let (exit, out, error) = run(&connect);
    assert_eq!((exit, out.trim()), (0, "0d"), "{error}");
    let mut rest = String::new();
    said.read_to_string(&mut rest).unwrap();
    assert!(first.wait().unwrap().success());
    assert_eq!(rest.trim(), "0d");
}

#[test]
fn a_broken_circuit_file_is_refused_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("broken.txt");
    std::fs::write(&file, ADDER.replacen("XOR", "XXOR", 1)).unwrap();
    let (code, _, error) =
        run(&["circuit", "run", &file.display().to_string(), "--model", "malicious", "--local", "1", "2"]);
    assert_eq!(code, 2);
    assert!(error.contains("line 5") && error.contains("XXOR"), "{error}");
}

#[test]
fn a_certificate_is_judged_offline() {
    let (circuit, keys, certificate) = (data("less.txt"), data("keys"), data("cheated.cert"));
    let shown = json(&["judge", &certificate, "--circuit", &circuit, "--identities", &keys]);
    assert_eq!((&shown["verdict"], &shown["garbler"]), (&"guilty".into(), &"bank".into()));

    let folder = tempfile::tempdir().unwrap();
    let mut bytes = std::fs::read(&certificate).unwrap();
    bytes[200] ^= 1;
    let changed = folder.path().join("changed.cert").display().to_string();
    std::fs::write(&changed, bytes).unwrap();
    let (code, out, error) = run(&["judge", &changed, "--circuit", &circuit, "--identities", &keys]);
    assert_eq!(code, 3);
    assert!(out.starts_with("invalid") && error.contains("nobody is convicted"), "{out}{error}");

    let nobody = folder.path().display().to_string();
    std::fs::remove_file(&changed).unwrap();
    let (code, _, error) = run(&["judge", &certificate, "--circuit", &circuit, "--identities", &nobody]);
    assert_eq!(code, 2);
    assert!(error.contains("holds no identity"), "{error}");
}
