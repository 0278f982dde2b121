//! What a job may take, and what its receivers can prove.

use jointly_node::live::{NodeConfig, control::AnswerProof};
use jointly_node::{Digest, JobState};
use serde_json::json;

use crate::network::{Draft, Operator, introduce};
use crate::world::assert_says;

/// Three owners that compute, of which `c` allows its jobs so many bytes; a helper receives.
async fn four(memory: u64) -> (Vec<Operator>, jointly_node::ProjectId) {
    limited(memory, "c", &["a", "b", "c"]).await
}

/// The same with another third computing party and other owners.
async fn limited(
    memory: u64,
    third: &'static str,
    owners: &[&'static str],
) -> (Vec<Operator>, jointly_node::ProjectId) {
    let mut all = Vec::new();
    for name in ["a", "b", "c", "d"] {
        let memory = if name == "c" { memory } else { 4 << 30 };
        all.push(Operator::limited(name, |usual| NodeConfig { memory, ..usual }).await);
    }
    introduce(&all).await;
    for (place, operator) in all.iter().enumerate() {
        operator.add_patients(place).await;
    }
    let draft = Draft {
        name: "ages",
        members: vec!["a", "b", "c", "d"],
        computing: ["a", "b", third],
        owners: owners.to_vec(),
        receivers: vec!["b", "d"],
        ..Draft::default()
    };
    let project = draft.agree(&all).await;
    (all, project)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_job_that_needs_too_much_memory_is_refused_before_it_runs() {
    let (all, project) = four(96 << 10).await;
    let small = all[3].answer(project, "SELECT COUNT(*) FROM patients").await;
    assert_eq!(small.state, JobState::Ended, "{:?}", small.fault);
    let large = "SELECT age, sex, STDDEV(age), STDDEV(age + 1), STDDEV(age * 2) FROM patients GROUP BY age, sex";
    let report = all[3].answer(project, large).await;
    assert_eq!(report.state, JobState::Refused);
    assert_says(&report.fault.unwrap().message, &["of memory at c", "allows 0.1 MiB for all jobs", "--memory"]);
    // The place that it would have taken is free.
    let small = all[3].answer(project, "SELECT COUNT(*) FROM patients").await;
    assert_eq!(small.state, JobState::Ended, "{:?}", small.fault);
}

/// It hands in 89 numbers, of 16 bytes as shares: it is not refused before it is planned.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_that_does_not_compute_has_a_limit_too() {
    let (all, project) = limited(1800, "d", &["c"]).await;
    let large = "SELECT MEDIAN(age * 1000000) FROM patients";
    let report = all[3].answer(project, large).await;
    assert_eq!(report.state, JobState::Refused);
    assert_says(&report.fault.unwrap().message, &["of memory at c", "--memory"]);
    let small = all[3].answer(project, "SELECT COUNT(*) FROM patients").await;
    assert_eq!(small.state, JobState::Ended, "{:?}", small.fault);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn receivers_alone_can_prove_the_answer_that_all_signed_for() {
    let (all, project) = four(4 << 30).await;
    // Found by sorting: no list of its values is laid out.
    let question = "SELECT age / 10 * 1000000 AS x, COUNT(*) AS n FROM patients GROUP BY age / 10 * 1000000 ORDER BY x";
    let report = all[3].answer(project, question).await;
    assert_eq!(report.state, JobState::Ended, "{:?}", report.fault);
    assert_eq!(report.answer.as_ref().unwrap().rows, [[json!(3_000_000), json!(30)], [json!(4_000_000), json!(30)]]);
    let signed: Digest = report.receipt.unwrap().result.unwrap();
    let proof = report.proof.unwrap();
    assert_eq!(proof.commitment(), signed);
    assert!(proof.text.contains("3000000"));
    let there = all[1].wait(report.job).await;
    assert_eq!(there.proof.as_ref(), Some(&proof));
    for other in [&all[0], &all[2]] {
        let report = other.wait(report.job).await;
        assert!(report.proof.is_none() && report.answer.is_none());
    }
    let forged = AnswerProof { text: proof.text.replace("3000000", "3000001"), ..proof };
    assert_ne!(forged.commitment(), signed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_fails_on_a_disk_is_told_without_its_path() {
    let (all, project) = four(4 << 30).await;
    let question = "SELECT COUNT(*) FROM patients";
    let csv = all[1].home.path().join("patients.csv");
    let aside = std::fs::read(&csv).unwrap();
    std::fs::remove_file(&csv).unwrap();
    let said = all[3].answer(project, question).await.fault.unwrap().message;
    assert_says(&said, &["b: reading the rows of b failed; its operator finds the reason in that node's log"]);
    assert!(!said.contains("patients.csv"), "{said}");

    std::fs::write(&csv, aside).unwrap();
    std::fs::write(all[1].home.path().join("openings"), "").unwrap();
    let report = all[3].answer(project, question).await;
    assert_eq!(report.state, JobState::Failed);
    let receipt = serde_json::to_string(&report.receipt.unwrap()).unwrap();
    for said in [report.fault.unwrap().message, receipt] {
        assert_says(&said, &["b: cannot write openings/"]);
        assert!(!said.contains(all[1].home.path().to_str().unwrap()), "{said}");
    }
}
