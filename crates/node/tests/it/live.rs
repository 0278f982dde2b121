//! Four hospitals, four nodes: from invitations to a signed receipt.

use std::{path::PathBuf, time::Duration};

use jointly_node::{
    JobState,
    live::control::{Ask, JobReport, ProjectLine, Token, Wanted},
    verify_bundle,
};

use crate::network::{Operator, question};

const HOSPITALS: [&str; 4] = ["cleveland", "hungary", "switzerland", "long-beach"];

const QUESTION: &str = "SELECT sex, COUNT(*) AS patients, AVG(age) AS age, STDDEV(age) AS spread, MEDIAN(age) AS median, \
    AVG(cholesterol) AS cholesterol FROM patients WHERE age >= 40 GROUP BY sex ORDER BY sex";

fn hospitals() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples/hospitals")
}

/// Four nodes that are peers, with their data, and an active project; `computing` of them compute.
async fn four(computing: [&str; 3], approval: &str) -> (Vec<Operator>, ProjectLine) {
    let mut all = Vec::new();
    for name in HOSPITALS {
        all.push(Operator::start(name).await);
    }
    for i in 0..4 {
        for j in i + 1..4 {
            let address = all[i].node.address().unwrap().to_string();
            let token: Token = all[i].ask(Ask::Invite { address, minutes: 5 }).await;
            let address = all[j].node.address().map(|a| a.to_string());
            let _: serde_json::Value = all[j].ask(Ask::Accept { token: token.token, address }).await;
        }
        let declaration = std::fs::read_to_string(hospitals().join(format!("{}.toml", HOSPITALS[i]))).unwrap();
        let folder = hospitals().to_str().unwrap().to_string();
        let _: serde_json::Value = all[i].ask(Ask::AddDataset { declaration, folder }).await;
    }
    let project: ProjectLine = all[0].ask(Ask::Propose { draft: draft(computing, approval) }).await;
    assert_eq!(project.missing.len(), 3);
    for operator in &all[1..] {
        let _: ProjectLine = operator.ask(Ask::Sign { project: project.id }).await;
    }
    (all, project)
}

fn draft(computing: [&str; 3], approval: &str) -> String {
    let schema = std::fs::read_to_string(hospitals().join("schema.toml")).unwrap();
    let schema = schema.replace("[[columns]]", "[[tables.columns]]");
    let mut draft = format!(
        "name = \"heart\"\npurpose = \"a test\"\nmembers = {HOSPITALS:?}\ncomputing = {computing:?}\nreceivers = [\"cleveland\", \"switzerland\"]\n\
         approval = {{ cleveland = \"automatic\", hungary = \"automatic\", switzerland = \"automatic\", long-beach = \"{approval}\" }}\n"
    );
    let columns = ["age", "sex", "chest_pain", "resting_bp", "cholesterol", "max_heart_rate", "disease"];
    for name in HOSPITALS {
        draft +=
            &format!("[[datasets]]\nowner = \"{name}\"\nname = \"{name}\"\ntable = \"patients\"\n[datasets.policy]\n");
        for column in columns {
            draft += &format!("{column} = [\"filter\", \"group\", \"aggregate\", \"quantile\"]\n");
        }
    }
    draft + "[[tables]]\n" + &schema
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_hospitals_answer_one_question_and_sign_for_it() {
    let (all, project) = four(["cleveland", "hungary", "long-beach"], "automatic").await;
    let id = project.id;
    let job = all[0].ask(question(id, QUESTION)).await;
    let report = all[0].wait(job).await;
    assert_eq!(report.state, JobState::Ended, "{:?}", report.fault);
    let answer = report.answer.unwrap();
    assert_eq!(answer.rows.len(), 2);
    assert!(report.unsigned.is_empty(), "{:?}", report.unsigned);
    // A receiver that does not compute has the same answer; a member that is no receiver has none.
    let there: JobReport = all[2].ask(Ask::Job { job }).await;
    assert_eq!(there.answer, Some(answer));
    let none: JobReport = all[1].ask(Ask::Job { job }).await;
    assert_eq!(none.answer, None);
    for operator in &all {
        let bundle: String = operator.ask(Ask::Evidence { project: Some(id) }).await;
        let verified = verify_bundle(bundle.as_bytes());
        assert!(verified.problems.is_empty(), "{}: {:?}", operator.name, verified.problems);
    }
    let measured = report.measured.unwrap();
    let predicted = report.explanation.unwrap().predicted;
    assert!(measured.bytes <= predicted.bytes && measured.rounds <= predicted.rounds, "{measured:?} {predicted:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_decides_by_hand_and_a_refusal_reaches_the_asker() {
    let (all, project) = four(["cleveland", "hungary", "switzerland"], "by-hand").await;
    let job = all[0].ask(question(project.id, QUESTION)).await;
    while all[3].try_ask::<serde_json::Value>(Ask::Refuse { job, reason: "not today".into() }).await.is_err() {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let report = all[0].wait(job).await;
    assert_eq!(report.state, JobState::Refused);
    let message = report.fault.unwrap().message;
    assert!(message.contains("long-beach") && message.contains("not today"), "{message}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_policy_forbids_is_refused_before_anything_leaves_home() {
    let (all, project) = four(["cleveland", "hungary", "switzerland"], "automatic").await;
    let ask = |sql: &str| Ask::Explain { project: project.id, wanted: Wanted::Query { sql: sql.into() } };
    let fault = all[0].try_ask::<serde_json::Value>(ask("SELECT age FROM patients")).await.unwrap_err();
    assert!(fault.message.contains("`reveal`"), "{}", fault.message);
    let fault = all[0].try_ask::<serde_json::Value>(ask("SELECT AVG(weight) FROM patients")).await.unwrap_err();
    assert!(fault.message.contains("weight"), "{}", fault.message);
}
