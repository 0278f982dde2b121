//! Two owners with a helper, three owners, ten owners; rehearsals; and what a job leaves behind.

use jointly_node::live::control::{Ask, Fault};
use jointly_node::{JobState, Outcome};
use serde_json::{Value, json};

use crate::network::{Draft, Operator, introduce, patients};
use crate::world::assert_says;

const QUESTION: &str = "SELECT COUNT(*) AS n, SUM(age) AS years, AVG(age) AS mean, MEDIAN(age) AS median FROM patients";

const NAMES: [&str; 10] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];

/// So many nodes, the first of which own patients; a project among all, in which the first three compute and the last two receive.
async fn network(nodes: usize, owners: usize) -> (Vec<Operator>, jointly_node::ProjectId) {
    let mut all = Vec::new();
    for name in &NAMES[..nodes] {
        all.push(Operator::start(name).await);
    }
    introduce(&all).await;
    for (place, operator) in all[..owners].iter().enumerate() {
        operator.add_patients(place).await;
    }
    let draft = Draft {
        name: "ages",
        members: NAMES[..nodes].to_vec(),
        computing: [NAMES[0], NAMES[1], NAMES[2]],
        owners: NAMES[..owners].to_vec(),
        receivers: NAMES[nodes - 2..nodes].to_vec(),
        ..Draft::default()
    };
    let project = draft.agree(&all).await;
    (all, project)
}

/// Asks the question, at the last node, and compares the answer with all rows in one place.
async fn check(nodes: usize, owners: usize) {
    let (all, project) = network(nodes, owners).await;
    let mut ages: Vec<usize> = (0..owners).flat_map(|place| (0..patients(place)).map(|i| 30 + i)).collect();
    ages.sort_unstable();
    let (n, years) = (ages.len(), ages.iter().sum::<usize>());
    let median = (ages[(n - 1) / 2] + ages[n / 2]) as f64 / 2.0;
    let report = all[nodes - 1].answer(project, QUESTION).await;
    assert_eq!(report.state, JobState::Ended, "{:?}", report.fault);
    assert!(report.unsigned.is_empty(), "{:?}", report.unsigned);
    assert_eq!(report.receipt.unwrap().parties.len(), nodes);
    let row = &report.answer.unwrap().rows[0];
    assert_eq!((row[0].as_u64(), row[1].as_u64()), (Some(n as u64), Some(years as u64)));
    let near = |value: &Value, wanted: f64| value.as_f64().is_some_and(|v| (v - wanted).abs() < 1e-6);
    assert!(near(&row[2], years as f64 / n as f64) && near(&row[3], median), "{row:?}, {median}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_owners_and_a_helper() {
    check(3, 2).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_owners() {
    check(3, 3).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_owners() {
    check(10, 10).await;
}

/// No node has any data: the rows are made up, and the plan, the report and the receipt say so.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rehearsal_needs_no_rows_and_says_so() {
    let mut all = Vec::new();
    for name in &NAMES[..4] {
        all.push(Operator::start(name).await);
    }
    introduce(&all).await;
    let draft = Draft {
        name: "rehearsal",
        members: NAMES[..4].to_vec(),
        computing: ["a", "b", "c"],
        owners: NAMES[..4].to_vec(),
        receivers: vec!["a"],
        rehearsal: true,
        ..Draft::default()
    };
    let project = draft.agree(&all).await;
    let report = all[0].answer(project, QUESTION).await;
    assert_eq!(report.state, JobState::Ended, "{:?}", report.fault);
    assert!(report.explanation.unwrap().rehearsal);
    let row = &report.answer.unwrap().rows[0];
    assert_eq!(row[0], json!(800), "200 synthetic rows of each owner");
    // Drawn from the whole range of the schema, as no patients are.
    assert!(row[2].as_f64().is_some_and(|mean| (50.0..70.0).contains(&mean)), "{row:?}");
    assert_says(&report.receipt.unwrap().learned.join("\n"), &["a rehearsal: all rows were synthetic"]);

    // The same question over real rows says so too: there are none.
    let real = Draft { name: "real", rehearsal: false, ..draft };
    let fault = all[0].try_ask::<Value>(Ask::Propose { draft: real.toml() }).await.unwrap_err();
    assert_says(&fault.message, &["there is no dataset \"a\" on this node"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_leaves_the_opening_of_its_commitment_and_nothing_else() {
    let (all, project) = network(4, 3).await;
    let before: Vec<Vec<String>> = all.iter().map(Operator::files).collect();
    let report = all[3].answer(project, QUESTION).await;
    assert_eq!(report.state, JobState::Ended, "{:?}", report.fault);
    let failed = all[3].answer(project, "SELECT AVG(weight) FROM patients").await;
    assert_eq!(failed.state, JobState::Refused);
    for (place, (operator, mut expected)) in all.iter().zip(before).enumerate() {
        if place < 3 {
            expected.push(format!("openings/{}", report.job));
        }
        expected.sort();
        assert_eq!(operator.files(), expected, "{}", operator.name);
    }
    let receipt = report.receipt.unwrap();
    assert_eq!(receipt.outcome, Outcome::Ended);
    assert_says(&receipt.deleted, &["wrote no rows to disk", "keeps the opening of its commitment"]);
    // What is kept opens the commitment in the receipt, and only its owner has it.
    assert_eq!(receipt.inputs.len(), 3);
    let opening = std::fs::read_to_string(all[0].home.path().join(format!("openings/{}", report.job))).unwrap();
    assert_eq!(opening.len(), 64);
    assert!(!serde_json::to_string(&receipt).unwrap().contains(&opening));
    let none: Result<Value, Fault> = all[3].try_ask(Ask::Cancel { job: report.job }).await;
    assert_says(&none.unwrap_err().message, &["has come to its end already"]);
}
