//! A full disk in the middle of a job: it says which file could not be written, and nothing is lost.

use crate::cluster::{ALL, Cluster, Node, SHORT, answered, assert_says};

const FULL: [&str; 3] = ["node.sqlite could not be written", "Nothing was changed", "free some space"];

/// Asks, has `approver` approve it, and gives the question's end.
fn ask(cluster: &Cluster, approver: &Node) -> (i32, String, String) {
    let (asking, id) = cluster.node("cleveland").ask_by_hand("all", approver);
    approver.run(&["job", "approve", &id]);
    asking.end()
}

#[test]
fn a_full_disk_fails_the_job_and_loses_nothing() {
    let mut cluster = Cluster::start(&[]);
    cluster.agree("all", &ALL, "long-beach");
    let [cleveland, hungary, approver, _] = [0, 1, 2, 3].map(|i| &cluster.nodes[i]);

    // Full when the job is proposed.
    hungary.fill_disk();
    let (code, _, error) = cleveland.ask("all", SHORT).end();
    assert_eq!(code, 4, "{error}");
    assert_says(&error, &FULL);
    assert_says(&error, &["hungary"]);

    // Full when it begins to run.
    hungary.free_disk();
    let (asking, id) = cleveland.ask_by_hand("all", approver);
    hungary.fill_disk();
    approver.run(&["job", "approve", &id]);
    let (code, _, error) = asking.end();
    assert_eq!(code, 4, "{error}");
    assert_says(&error, &FULL);
    for (node, says) in [(hungary, "the node's store"), (approver, "hungary")] {
        let (state, why) = node.end_of(&id);
        assert_eq!(state, "failed", "{why}");
        assert_says(&why, &[says, "node.sqlite could not be written"]);
        let home = hungary.home.to_str().unwrap();
        assert!(!why.contains(home), "{why}");
    }
    hungary.free_disk();
    answered(ask(&cluster, approver), "920");

    // Full when an operator decides: the job waits on, and can be decided on once there is space.
    let (asking, id) = cleveland.ask_by_hand("all", approver);
    approver.fill_disk();
    let (code, _, error) = approver.try_run(&["job", "approve", &id]);
    assert_eq!(code, 4, "{error}");
    assert_says(&error, &FULL);
    approver.free_disk();
    approver.run(&["job", "approve", &id]);
    answered(asking.end(), "920");

    // A file that cannot be made.
    let (openings, aside) = (hungary.home.join("openings"), hungary.home.join("aside"));
    std::fs::rename(&openings, &aside).unwrap();
    std::fs::write(&openings, "").unwrap();
    let (code, _, error) = ask(&cluster, approver);
    assert_eq!(code, 4, "{error}");
    assert_says(&error, &["hungary: cannot write openings/"]);
    let home = hungary.home.to_str().unwrap();
    assert!(!error.contains(home), "{error}");
    std::fs::remove_file(&openings).unwrap();
    std::fs::rename(&aside, &openings).unwrap();

    // Killed while the disk was full.
    cluster.node("hungary").fill_disk();
    cluster.node_mut("hungary").kill();
    cluster.node_mut("hungary").restart();
    answered(ask(&cluster, cluster.node("long-beach")), "920");
    for node in &cluster.nodes {
        let file = node.home.join("evidence.json");
        node.run(&["evidence", "export", file.to_str().unwrap()]);
        assert_says(&node.run(&["evidence", "verify", file.to_str().unwrap()]), &["Sound"]);
    }
}
