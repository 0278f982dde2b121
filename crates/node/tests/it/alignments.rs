//! Alignments of several owners, with results for some, and such that break off.

use jointly_node::JobState;
use jointly_node::live::control::{AlignResult, AlignTask, Ask, JobReport, ProjectLine, Wanted};
use serde_json::{Value, json};

use crate::network::{Operator, introduce};
use crate::world::assert_says;

/// A project of three owners of `patients`, who may align them by age.
fn three(learners: &str) -> String {
    let mut text = "name = \"ages\"\npurpose = \"a test\"\nmembers = [\"a\", \"b\", \"c\"]\n\
        approval = { a = \"automatic\", b = \"automatic\", c = \"automatic\" }\n"
        .to_owned();
    for owner in ["a", "b", "c"] {
        text += &format!("[[datasets]]\nowner = {owner:?}\nname = {owner:?}\ntable = \"patients\"\n");
    }
    text += &format!("[[alignments]]\nname = \"ages\"\nlearners = {learners}\n");
    for owner in ["a", "b", "c"] {
        text += &format!("[[alignments.sides]]\nowner = {owner:?}\ntable = \"patients\"\nkey = [\"age:digits\"]\n");
    }
    text + "[[tables]]\ntable = \"patients\"\n\
        [[tables.columns]]\nname = \"age\"\ntype = \"int\"\nmin = 0\nmax = 120\n\
        [[tables.columns]]\nname = \"sex\"\ntype = \"enum\"\nvalues = [\"F\", \"M\"]\n"
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_owners_align_and_two_of_them_learn_it() {
    let mut all = Vec::new();
    for (place, name) in ["a", "b", "c"].into_iter().enumerate() {
        all.push(Operator::start(name).await);
        all[place].add_patients(place).await;
    }
    introduce(&all).await;
    let line: ProjectLine = all[0].ask(Ask::Propose { draft: three("[\"a\", \"c\"]") }).await;
    assert_says(
        &line.words,
        &["a's patients by age:digits, b's patients by age:digits and c's patients", "learnt by a and c"],
    );
    for operator in &all[1..] {
        operator.ask::<ProjectLine>(Ask::Sign { project: line.id }).await;
    }
    let task = |told: &[&str], security: &str| AlignTask {
        alignment: "ages".into(),
        result: AlignResult::Told(told.iter().map(|t| (*t).to_owned()).collect()),
        variant: "left".parse().unwrap(),
        protocol: "rr22".parse().unwrap(),
        security: security.parse().unwrap(),
        restart: false,
    };
    let start = async |task| {
        let job = all[1].ask(Ask::Start { project: line.id, wanted: Wanted::Align(task) }).await;
        all[1].wait(job).await
    };
    assert_says(&start(task(&["b"], "semi-honest")).await.fault.unwrap().message, &["b may not learn", "a and c may"]);
    assert_says(&start(task(&[], "malicious")).await.fault.unwrap().message, &["semi-honest"]);
    // Who asks need not learn it.
    let report = start(task(&[], "semi-honest")).await;
    assert_eq!(report.state, JobState::Ended, "{:?}", report.fault);
    assert!(report.unsigned.is_empty() && report.written.is_none());
    // a has the ages 30 to 49, b one more, c two more.
    for (at, rows) in [(0, 20), (2, 22)] {
        let there: JobReport = all[at].ask(Ask::Job { job: report.job }).await;
        let counts = there.answer.unwrap();
        assert_eq!((&counts.rows[0][0], &counts.rows[0][1]), (&json!(20), &json!(rows)));
        assert!(there.written.unwrap().exists());
    }
    let receipt = report.receipt.unwrap();
    assert_eq!((receipt.inputs.len(), receipt.protocols[0].as_str()), (3, "psi/multiparty"));
}

/// Registers a file of so many numbers from `first` on.
async fn add_numbers(operator: &Operator, first: u32, rows: u32) {
    let text: String = (first..first + rows).map(|n| format!("{n}\n")).collect();
    std::fs::write(operator.home.path().join("numbers.csv"), format!("n\n{text}")).unwrap();
    let declaration = format!(
        "name = {:?}\ntable = \"numbers\"\n[source]\ncsv = \"numbers.csv\"\n[columns]\nn = \"n\"\n",
        operator.name
    );
    let folder = operator.home.path().to_str().unwrap().to_owned();
    operator.ask::<Value>(Ask::AddDataset { declaration, folder }).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alignment_that_broke_off_goes_on_where_it_was() {
    let mut all = Vec::new();
    for (place, name) in [(0, "a"), (1, "b")] {
        // So little memory that there are many buckets.
        all.push(Operator::limited(name, |usual| jointly_node::live::NodeConfig { memory: 2 << 20, ..usual }).await);
        add_numbers(&all[place as usize], 20_000 * place, 40_000).await;
    }
    introduce(&all).await;
    let mut draft = "name = \"n\"\npurpose = \"a test\"\nmembers = [\"a\", \"b\"]\n\
        approval = { a = \"automatic\", b = \"automatic\" }\n\
        [[alignments]]\nname = \"n\"\nlearners = [\"a\", \"b\"]\nhide_size = true\n"
        .to_owned();
    for owner in ["a", "b"] {
        draft += &format!("[[alignments.sides]]\nowner = {owner:?}\ntable = \"numbers\"\nkey = [\"n:digits\"]\n");
        draft += &format!("[[datasets]]\nowner = {owner:?}\nname = {owner:?}\ntable = \"numbers\"\n");
    }
    draft +=
        "[[tables]]\ntable = \"numbers\"\n[[tables.columns]]\nname = \"n\"\ntype = \"int\"\nmin = 0\nmax = 100000\n";
    let line: ProjectLine = all[0].ask(Ask::Propose { draft }).await;
    all[1].ask::<ProjectLine>(Ask::Sign { project: line.id }).await;
    let start = || {
        let task = AlignTask {
            alignment: "n".into(),
            result: AlignResult::Told(Vec::new()),
            variant: "inner".parse().unwrap(),
            protocol: "rr22".parse().unwrap(),
            security: "malicious".parse().unwrap(),
            restart: false,
        };
        Ask::Start { project: line.id, wanted: Wanted::Align(task) }
    };
    let job = all[0].ask(start()).await;
    all[1].until(job, "the third bucket", |r| r.progress.contains("bucket 3 of")).await;
    all[1].ask::<Value>(Ask::Cancel { job }).await;
    let broken = all[0].wait(job).await;
    assert_eq!(broken.state, JobState::Failed);
    assert_says(&broken.fault.unwrap().message, &["b", "cancelled"]);
    for operator in &all {
        assert!(
            operator.files().iter().any(|f| f.starts_with("aligning/") && f.ends_with("matches-0")),
            "{:?}",
            operator.files()
        );
    }

    let job = all[1].ask(start()).await;
    let report = all[1].wait(job).await;
    assert_eq!(report.state, JobState::Ended, "{:?}", report.fault);
    assert_eq!(report.answer.unwrap().rows[0][0], json!(20_000));
    let plan = report.explanation.unwrap();
    assert!(
        plan.steps[0].action.contains("it tells 65536"),
        "only the next power of two is told: {}",
        plan.steps[0].action
    );
    assert!(report.notes.iter().any(|note| note.contains("earlier run")), "{:?}", report.notes);
    for operator in &all {
        assert!(!operator.files().iter().any(|f| f.starts_with("aligning/")), "{:?}", operator.files());
    }
}
