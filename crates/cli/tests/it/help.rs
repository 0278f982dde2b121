use crate::command::{run, run_in};

/// The names below "Commands:" in a help text.
fn commands(help: &str) -> Vec<String> {
    let after = help.split_once("Commands:\n").map_or("", |(_, after)| after);
    let lines = after.lines().take_while(|line| !line.trim().is_empty());
    // A line that goes on with the description of the one before is indented further.
    let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.filter_map(|line| line.split_whitespace().next()).filter(|n| *n != "help").map(str::to_owned).collect()
}

/// Walks every command below `path`; each must show an example that begins with its own name.
fn check(path: &[&str], seen: &mut Vec<String>) {
    let (code, help, _) = run(&[path, &["--help"]].concat());
    assert_eq!(code, 0, "{path:?}");
    let name = format!("jointly {}", path.join(" "));
    let example = help.split_once("Example").map(|(_, after)| after).unwrap_or_default();
    assert!(example.contains(name.trim()), "`{name} --help` has no example of it:\n{help}");
    seen.push(path.join(" "));
    for command in commands(&help) {
        check(&[path, &[command.as_str()]].concat(), seen);
    }
}

#[test]
fn every_command_shows_an_example() {
    let mut seen = Vec::new();
    check(&[], &mut seen);
    for expected in [
        "init",
        "identity export",
        "identity restore",
        "node run",
        "node stop",
        "node status",
        "peer invite",
        "peer accept",
        "peer list",
        "dataset add",
        "dataset remove",
        "dataset list",
        "dataset profile",
        "project propose",
        "project show",
        "project sign",
        "project list",
        "query",
        "explain",
        "job list",
        "job show",
        "job approve",
        "job refuse",
        "job cancel",
        "align",
        "protocols",
        "evidence export",
        "evidence verify",
        "bench",
        "demo",
    ] {
        assert!(seen.iter().any(|s| s == expected), "{expected} is not in the help: {seen:?}");
    }
}

#[test]
fn wrong_usage_ends_with_2() {
    for args in [&["query"][..], &["nonsense"], &["peer", "invite"], &["job", "show", "not-hexadecimal"]] {
        let (code, _, error) = run(args);
        assert_eq!(code, 2, "{args:?}: {error}");
    }
    assert_eq!(run(&["bench", "no-such-benchmark"]).0, 2);
}

#[test]
fn without_a_node_it_says_how_to_start_one() {
    let home = tempfile::tempdir().unwrap();
    for args in [&["peer", "list"][..], &["node", "stop"], &["query", "--project", "p", "SELECT 1"]] {
        let (code, out, error) = run_in(home.path(), args);
        assert_eq!((code, out.as_str()), (4, ""), "{args:?}");
        assert!(error.contains("no node runs in") && error.contains("node run"), "{error}");
        assert_eq!(error.lines().count(), 1, "{error}");
    }
}

#[test]
fn the_catalogue_is_for_people_and_for_programs() {
    let (code, table, _) = run(&["protocols"]);
    assert!(code == 0 && table.contains("rep3") && table.contains("semi-honest"), "{table}");
    let (_, json, _) = run(&["protocols", "--format", "json"]);
    let entries: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(entries[0]["id"], "rep3");
}
