//! A node that is killed between taking from its stock and using it never hands the same out again.

use serde_json::Value;

use crate::cluster::{Cluster, Node, answered, computing, text, wait};

/// Enough steps after its stock is taken that it is still under way when a test looks.
const QUESTION: &str = "SELECT sex, COUNT(*) AS patients, STDDEV(age), STDDEV(resting_bp), STDDEV(max_heart_rate), \
    STDDEV(max_heart_rate + age), STDDEV(resting_bp + age) FROM patients GROUP BY sex ORDER BY sex";

/// What is left of each kind.
fn left(node: &Node) -> Vec<u64> {
    let lines = node.json(&["prep", "status"]);
    lines.as_array().unwrap().iter().map(|line| line["left"].as_u64().unwrap()).collect()
}

fn has_taken(node: &Node, before: &[u64]) -> Option<Vec<u64>> {
    Some(left(node)).filter(|now| now != before)
}

#[test]
fn a_stock_that_was_taken_when_a_node_died_is_gone() {
    let mut cluster = Cluster::start(&["--patience", "20"]);
    cluster.agree("two", &["cleveland", "hungary"], "");
    cluster.node("cleveland").run(&["prep", "make", "--project", "two", "--times", "3", QUESTION]);
    let full = left(cluster.node("cleveland"));
    assert!(!full.is_empty() && full.iter().all(|left| *left > 0), "{full:?}");
    assert_eq!(full, left(cluster.node("hungary")));

    let asking = cluster.node("cleveland").ask("two", QUESTION);
    wait("hungary takes from its stock", || has_taken(cluster.node("hungary"), &full));
    cluster.node("hungary").signal("STOP");
    let taken = wait("cleveland takes from its stock", || has_taken(cluster.node("cleveland"), &full));
    let under_way = |job: &Value| computing(job);
    let id = text(&cluster.node("cleveland").job("the job under way", under_way)["job"]).to_owned();
    cluster.node_mut("cleveland").kill();
    cluster.node("hungary").signal("CONT");
    assert_eq!(asking.end().0, 4);
    assert_eq!(cluster.node("hungary").end_of(&id).0, "failed");

    cluster.node_mut("cleveland").restart();
    for name in ["cleveland", "hungary"] {
        assert_eq!(left(cluster.node(name)), taken, "{name}: what was taken does not come back");
    }
    answered(cluster.node("cleveland").ask("two", QUESTION).end(), "patients");
    let after = left(cluster.node("cleveland"));
    assert!(after.iter().zip(&taken).all(|(after, before)| after < before), "{after:?} of {taken:?}");
    assert_eq!(after, left(cluster.node("hungary")), "both go on from the same place");
}
