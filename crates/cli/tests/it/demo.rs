use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;

use crate::command::{jointly, run_in};

/// The program with its temporary files in `folder`.
fn demo(folder: &Path, args: &[&str]) -> std::process::Command {
    let mut command = jointly(&[&["demo"], args].concat());
    command.env("TMPDIR", folder);
    command
}

fn is_empty(folder: &Path) -> bool {
    std::fs::read_dir(folder).unwrap().next().is_none()
}

/// All of Jointly at once: processes, identities, invitations, policy, TLS, the joint computation, signatures, evidence.
#[test]
fn four_nodes_answer_as_pooled_rows_would() {
    let folder = tempfile::tempdir().unwrap();
    let output = demo(folder.path(), &["--check", "--format", "json"]).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    let seen: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {error}"));

    let rows = seen["rows"].as_array().unwrap();
    assert!(rows.len() >= 5, "{rows:?}");
    assert!(rows.iter().all(|row| row["patients"].as_u64().is_some_and(|n| n >= 10)), "{rows:?}");
    assert!(rows.iter().all(|row| row["chol_mean"].as_f64().is_some_and(|c| c > 100.0)), "{rows:?}");
    assert!(seen["max_abs_difference"].as_f64().is_some_and(|d| d < 1e-6), "{}", seen["max_abs_difference"]);
    assert_eq!(seen["receipts_verified"], 4);
    for cost in ["predicted", "measured"] {
        assert!(seen[cost]["bytes"].as_u64().is_some_and(|b| b > 100_000), "{}", seen[cost]);
        assert!(seen[cost]["rounds"].as_u64().is_some_and(|r| r > 10), "{}", seen[cost]);
    }
    let [predicted, measured] = ["predicted", "measured"].map(|c| seen[c]["bytes"].as_f64().unwrap());
    assert!((predicted / measured - 1.0).abs() < 0.1, "predicted {predicted} bytes, measured {measured}");
    let warnings = seen["warnings"].as_array().unwrap();
    assert!(warnings.iter().any(|w| w.as_str().unwrap().contains("long-beach: `resting_bp` is 0")), "{warnings:?}");
    assert!(is_empty(folder.path()), "the demonstration left files behind");
}

#[test]
fn stopped_in_the_middle_it_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let mut running = demo(folder.path(), &[]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut lines = BufReader::new(running.stdout.take().unwrap()).lines();
    let listening = |line: &String| line.starts_with("hungary listens on ");
    let address = lines.by_ref().map(Result::unwrap).find(listening).unwrap();
    let address = address.rsplit(' ').next().unwrap().to_owned();
    assert!(std::net::TcpStream::connect(&address).is_ok());

    let stopped = std::process::Command::new("kill").args(["-TERM", &running.id().to_string()]).status().unwrap();
    assert!(stopped.success());
    lines.for_each(drop);
    assert_eq!(running.wait().unwrap().code(), Some(4));
    assert!(std::net::TcpStream::connect(&address).is_err(), "hungary's node still runs");
    assert!(is_empty(folder.path()), "the demonstration left files behind");
}

/// What the operators of kept nodes are told, and what policy refuses, by exit code.
#[test]
fn kept_nodes_answer_their_operators() {
    let folder = tempfile::tempdir().unwrap();
    let output = demo(folder.path(), &["--keep"]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let demo = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
    let home = demo.join("switzerland");
    let (_, peers, _) = run_in(&home, &["peer", "list"]);
    let (_, jobs, _) = run_in(&home, &["job", "list", "--format", "json"]);
    let refused = run_in(&home, &["query", "--project", "heart disease", "SELECT MAX(cholesterol) FROM patients"]);
    let asked = run_in(&home, &["query", "--project", "heart disease", "SELECT COUNT(*) AS n FROM patients"]);
    let unknown = run_in(&home, &["explain", "--project", "heart", "SELECT COUNT(*) FROM patients"]);
    let file = folder.path().join("evidence.json");
    let exported = run_in(&home, &["evidence", "export", file.to_str().unwrap()]);
    let verified = run_in(&home, &["evidence", "verify", file.to_str().unwrap()]);
    // First of all the nodes are stopped, so that a failed test leaves none behind.
    for name in ["cleveland", "hungary", "switzerland", "long-beach"] {
        let (code, _, error) = run_in(&demo.join(name), &["node", "stop"]);
        assert_eq!(code, 0, "{error}");
    }
    assert!(peers.contains("cleveland") && peers.contains("long-beach"), "{peers}");
    let jobs: Value = serde_json::from_str(&jobs).unwrap();
    assert_eq!(jobs[0]["state"], "ended", "{jobs}");
    assert_eq!(refused.0, 3, "{refused:?}");
    assert!(refused.2.contains("cholesterol") && refused.2.contains("quantile"), "{}", refused.2);
    assert!(asked.0 == 0 && asked.1.contains("920"), "{asked:?}");
    assert!(unknown.0 == 2 && unknown.2.contains("heart disease"), "{unknown:?}");
    assert_eq!((exported.0, verified.0), (0, 0), "{exported:?} {verified:?}");
}
