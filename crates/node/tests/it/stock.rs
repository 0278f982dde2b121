//! What two hospitals, of which neither trusts the other, prepare ahead: made once, used once.

use std::path::PathBuf;

use jointly_node::{
    JobState,
    live::control::{Ask, JobReport, ProjectLine, StockReport, Token, Wanted},
};

use crate::network::{Operator, question};

const QUESTION: &str = "SELECT sex, COUNT(*) AS patients, AVG(age) AS age FROM patients GROUP BY sex ORDER BY sex";

fn hospitals() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples/hospitals")
}

/// Two nodes that compute among themselves.
async fn two() -> ([Operator; 2], ProjectLine) {
    two_against("semi-honest").await
}

/// The same against such an adversary.
async fn two_against(model: &str) -> ([Operator; 2], ProjectLine) {
    let all = [Operator::start("cleveland").await, Operator::start("hungary").await];
    let address = all[0].node.address().unwrap().to_string();
    let token: Token = all[0].ask(Ask::Invite { address, minutes: 5 }).await;
    let address = all[1].node.address().map(|a| a.to_string());
    let _: serde_json::Value = all[1].ask(Ask::Accept { token: token.token, address }).await;
    for operator in &all {
        let declaration = std::fs::read_to_string(hospitals().join(format!("{}.toml", operator.name))).unwrap();
        let folder = hospitals().to_str().unwrap().to_string();
        let _: serde_json::Value = operator.ask(Ask::AddDataset { declaration, folder }).await;
    }
    let project: ProjectLine =
        all[0].ask(Ask::Propose { draft: format!("adversary = {{ model = {model:?} }}\n") + &draft() }).await;
    let _: ProjectLine = all[1].ask(Ask::Sign { project: project.id }).await;
    (all, project)
}

fn draft() -> String {
    let schema = std::fs::read_to_string(hospitals().join("schema.toml")).unwrap();
    let mut draft =
        "name = \"two\"\npurpose = \"a test\"\nmembers = [\"cleveland\", \"hungary\"]\nnetwork = \"data-centre\"\n\
         computing = [\"cleveland\", \"hungary\"]\nreceivers = [\"cleveland\"]\n\
         approval = { cleveland = \"automatic\", hungary = \"automatic\" }\n"
            .to_owned();
    for name in ["cleveland", "hungary"] {
        draft +=
            &format!("[[datasets]]\nowner = \"{name}\"\nname = \"{name}\"\ntable = \"patients\"\n[datasets.policy]\n");
        draft += "age = [\"aggregate\"]\nsex = [\"group\"]\n";
    }
    draft + "[[tables]]\n" + &schema.replace("[[columns]]", "[[tables.columns]]")
}

async fn done(operator: &Operator, ask: Ask) -> JobReport {
    let job = operator.ask(ask).await;
    let report = operator.wait(job).await;
    assert_eq!(report.state, JobState::Ended, "{:?}", report.fault);
    report
}

async fn stock(operator: &Operator) -> Vec<(String, u64, u64)> {
    let lines: Vec<StockReport> = operator.ask(Ask::Stock).await;
    lines.into_iter().map(|line| (line.what, line.made, line.left)).collect()
}

fn bytes(report: &JobReport) -> u64 {
    report.measured.as_ref().unwrap().bytes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_prepared_is_used_once_and_answers_stay_the_same() {
    let (all, project) = two().await;
    let fresh = done(&all[0], question(project.id, QUESTION)).await;
    let said = &fresh.explanation.as_ref().unwrap().protocol;
    assert!(said.contains("additive") && said.contains("1 of 2"), "{said}");
    let predicted = &fresh.explanation.as_ref().unwrap().predicted;
    assert_eq!(predicted.bytes, bytes(&fresh), "predicted and measured");
    assert!(stock(&all[0]).await.is_empty());

    let wanted = Wanted::Prepare { sql: QUESTION.into(), times: 2 };
    let made = done(&all[1], Ask::Start { project: project.id, wanted }).await;
    assert!(made.answer.is_none() && bytes(&made) > bytes(&fresh));
    let before = stock(&all[0]).await;
    assert!(!before.is_empty() && before.iter().all(|(_, made, left)| left == made));
    assert_eq!(before, stock(&all[1]).await, "the same at both");

    let mut left: Vec<u64> = before.iter().map(|line| line.2).collect();
    for round in 0..2 {
        let stocked = done(&all[0], question(project.id, QUESTION)).await;
        assert_eq!(stocked.answer.as_ref().unwrap().rows, fresh.answer.as_ref().unwrap().rows);
        assert!(bytes(&stocked) * 3 < bytes(&fresh), "round {round}: {} of {}", bytes(&stocked), bytes(&fresh));
        let now: Vec<u64> = stock(&all[0]).await.iter().map(|line| line.2).collect();
        assert!(now.iter().zip(&left).all(|(now, before)| now < before), "{now:?} of {left:?}");
        assert_eq!(now, stock(&all[1]).await.iter().map(|line| line.2).collect::<Vec<_>>());
        left = now;
    }
    assert!(left.iter().all(|left| *left == 0), "{left:?}");
    let again = done(&all[0], question(project.id, QUESTION)).await;
    assert!(bytes(&again) > bytes(&fresh) / 2, "made anew");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_kept_ready_is_made_by_the_node_itself() {
    let (all, project) = two().await;
    let keep = |times| Ask::KeepStock { project: project.id, sql: QUESTION.into(), times };
    let _: serde_json::Value = all[0].ask(keep(1)).await;
    all[0].node.top_up_now().await;
    for _ in 0..600 {
        if !stock(&all[0]).await.is_empty() && !stock(&all[1]).await.is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert!(!stock(&all[0]).await.is_empty() && !stock(&all[1]).await.is_empty());
    let _: serde_json::Value = all[0].ask(keep(0)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_prepared_is_said() {
    let (all, project) = two().await;
    let ask = |times| Ask::Start { project: project.id, wanted: Wanted::Prepare { sql: QUESTION.into(), times } };
    for times in [0, 1_000_000] {
        let job = all[0].ask(ask(times)).await;
        let report = all[0].wait(job).await;
        let message = report.fault.unwrap().message;
        assert!(message.contains("from 1 to 10000 times"), "{message}");
    }
}

/// Neither of two that may do what it likes: nothing is kept for later, the answer is the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_that_may_do_what_they_like_prepare_within_the_run() {
    const COUNT: &str = "SELECT COUNT(*) AS patients FROM patients";
    let (all, project) = two_against("malicious").await;
    let report = done(&all[0], question(project.id, COUNT)).await;
    let explanation = report.explanation.as_ref().unwrap();
    assert!(explanation.protocol.contains("spdz2k") && explanation.protocol.contains("malicious"), "{explanation:?}");
    assert_eq!(explanation.predicted.bytes, bytes(&report), "predicted and measured");
    assert!(format!("{:?}", report.answer.as_ref().unwrap().rows).contains("597"), "{:?}", report.answer);

    let job =
        all[0].ask(Ask::Start { project: project.id, wanted: Wanted::Prepare { sql: COUNT.into(), times: 1 } }).await;
    let message = all[0].wait(job).await.fault.unwrap().message;
    assert!(message.contains("spdz2k") && message.contains("nothing of that can be kept"), "{message}");
}
