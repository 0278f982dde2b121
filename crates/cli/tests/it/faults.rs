//! Nodes that are killed or hang in the middle of a job: the others say who is missing, and go on.

use crate::cluster::{ALL, Cluster, LONG, SHORT, answered, assert_says, computing, text, wait};

fn others(name: &str) -> Vec<&'static str> {
    ALL.into_iter().filter(|n| *n != name).collect()
}

/// Rows of the hospitals but one.
fn patients_without(name: &str) -> &'static str {
    match name {
        "cleveland" => "616",
        "hungary" => "627",
        "long-beach" => "720",
        _ => "797",
    }
}

#[test]
fn whoever_is_killed_in_the_middle_is_named_and_the_rest_goes_on() {
    let mut cluster = Cluster::start(&["--patience", "5"]);
    cluster.agree("all", &ALL, "");
    for victim in ALL {
        let rest = others(victim);
        let (asker, last) = (rest[0], rest[2]);
        let other = format!("without-{victim}");
        cluster.agree(&other, &rest, last);

        // One job of the others waits for an approval while the victim dies in the middle of another.
        let (undisturbed, undisturbed_id) = cluster.node(asker).ask_by_hand(&other, cluster.node(last));
        let asking = cluster.node("cleveland").ask("all", LONG);
        // Nobody comes to the job's end while one that computes is halted.
        let halted = if victim == "hungary" { "long-beach" } else { "hungary" };
        cluster.node(halted).job("a joint computation", computing);
        cluster.node(halted).signal("STOP");
        let id = text(&cluster.node(victim).job("a joint computation", computing)["job"]).to_owned();
        cluster.node_mut(victim).kill();
        cluster.node(halted).signal("CONT");

        let (code, _, error) = asking.end();
        assert_eq!(code, 4, "{error}");
        if victim == "cleveland" {
            assert_says(&error, &["node", "start it", "jointly --home", "cleveland node run"]);
        } else {
            assert_says(&error, &[&id, victim, "again"]);
        }
        for name in &rest {
            let (state, mut why) = cluster.node(name).end_of(&id);
            if victim == "switzerland" && *name == "long-beach" {
                // Its own part was done: it had nothing to send to who died. The receipt tells it how the job ended.
                let signed = |job: &serde_json::Value| job["job"] == *id && job["receipt"].is_object();
                let receipt = cluster.node(name).job("the receipt", signed)["receipt"].clone();
                why = text(&receipt["outcome"]["failed"]).to_owned();
            } else {
                assert_eq!(state, "failed", "{name}: {why}");
            }
            assert_says(&why, &[victim, "again"]);
        }
        cluster.node(last).run(&["job", "approve", &undisturbed_id]);
        answered(undisturbed.end(), patients_without(victim));

        cluster.node_mut(victim).restart();
        let (state, why) = cluster.node(victim).end_of(&id);
        assert_eq!(state, "failed");
        assert_says(&why, &["this node was stopped before the job came to its end", "ask again"]);
        let kept = cluster.node(victim).home.join("openings").join(&id);
        assert!(!kept.exists(), "nothing is kept of a job that came to no receipt");
        answered(cluster.node("cleveland").ask("all", SHORT).end(), "920");
    }
}

#[test]
fn an_asker_that_dies_before_the_job_runs_leaves_nothing_waiting() {
    let mut cluster = Cluster::start(&["--patience", "4"]);
    cluster.agree("all", &ALL, "hungary");
    let (asking, id) = cluster.node("cleveland").ask_by_hand("all", cluster.node("hungary"));
    cluster.node_mut("cleveland").kill();
    assert_eq!(asking.end().0, 4);
    for name in others("cleveland") {
        let (state, why) = cluster.node(name).end_of(&id);
        assert_eq!(state, "failed", "{name}: {why}");
        assert_says(&why, &["cleveland", "is gone", "has not asked about the job for 4 s"]);
    }
    let (code, _, error) = cluster.node("hungary").try_run(&["job", "approve", &id]);
    assert_eq!(code, 3);
    assert_says(&error, &["is failed, it cannot become approved"]);
}

#[test]
fn a_node_that_hangs_is_named_within_the_limit() {
    let cluster = Cluster::start(&["--silence", "4"]);
    cluster.agree("all", &ALL, "");
    let asking = cluster.node("cleveland").ask("all", LONG);
    let hungary = cluster.node("hungary");
    let id = text(&hungary.job("a job under way", computing)["job"]).to_owned();
    hungary.signal("STOP");
    let (code, _, error) = asking.end();
    assert_eq!(code, 4, "{error}");
    assert_says(&error, &["hungary", "ask again"]);
    for name in others("hungary") {
        let (state, why) = cluster.node(name).end_of(&id);
        assert_eq!(state, "failed", "{name}: {why}");
        assert_says(&why, &["hungary", "4 s", "ask again"]);
    }
    let (code, _, error) = cluster.node("cleveland").ask("all", SHORT).end();
    assert_eq!(code, 4);
    assert_says(&error, &["hungary", "cannot reach", "Check"]);

    hungary.signal("CONT");
    assert_eq!(hungary.end_of(&id).0, "failed");
    let again = || Some(cluster.node("cleveland").ask("all", SHORT).end()).filter(|asked| asked.0 == 0);
    answered(wait("an answer", again), "920");
}
