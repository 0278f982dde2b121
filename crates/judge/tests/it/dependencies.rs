//! A judge is to be read by who must trust it: it stands on few packages, and on nothing that reaches a network.

use std::{collections::BTreeSet, process::Command};

/// So many packages it stands on, Jointly's own and those that only help to compile among them. Raise it only for a reason.
const MOST: usize = 62;

/// What no judge needs: sockets, TLS, C libraries, serialisation.
const NEVER: [&str; 8] =
    ["aws-lc-rs", "mio", "rustls", "serde", "serde_json", "socket2", "tokio-macros", "tokio-rustls"];

#[test]
fn they_are_few_and_know_no_network() {
    for target in ["x86_64-unknown-linux-gnu", "wasm32-unknown-unknown", "wasm32-wasip1"] {
        let packages = packages(target);
        assert!(packages.contains("jointly-garble"), "{packages:?}");
        assert!(packages.len() <= MOST, "{} for {target}: {packages:?}", packages.len());
        for package in NEVER {
            assert!(!packages.contains(package), "{package} for {target}");
        }
    }
}

/// The names of all packages, each once, though there may be several versions of one.
fn packages(target: &str) -> BTreeSet<String> {
    let mut tree = Command::new(env!("CARGO"));
    tree.args(["tree", "--offline", "--locked", "--package", "jointly-judge", "--edges", "normal,build"]);
    tree.args(["--prefix", "none", "--format", "{p}", "--target", target]).current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = tree.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let words = String::from_utf8(output.stdout).unwrap();
    words.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).filter(|name| !name.is_empty()).collect()
}
