//! A bank and a credit bureau, two nodes: look-ups and alignments between them.

use std::path::{Path, PathBuf};

use jointly_node::live::control::{
    AlignResult, AlignTask, Ask, JobReport, LookupAction, LookupStatus, LookupWish, ProjectLine, Wanted,
};
use jointly_node::{JobState, ProjectId, verify_bundle};
use serde_json::{Value, json};

use crate::network::{Operator, introduce};
use crate::world::assert_says;

/// Somebody whom both know, as the bank writes her.
const RENEE: [&str; 3] = ["Renée Zhao", "991156197212084911", "1999 672 1552"];
const NOBODY: [&str; 3] = ["Nobody Atall", "990000000000000000", "19990000000"];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples/bank")
}

fn file(name: &str) -> String {
    std::fs::read_to_string(folder().join(name)).unwrap()
}

/// The example's project, with both schemas read in, after `change`.
fn draft(change: impl FnOnce(String) -> String) -> String {
    let mut draft = change(file("project.toml")).replace("schemas = [\"customers.toml\", \"people.toml\"]\n", "");
    for schema in ["customers.toml", "people.toml"] {
        draft += &format!("[[tables]]\n{}", file(schema).replace("[[columns]]", "[[tables.columns]]"));
    }
    draft
}

struct Two {
    bank: Operator,
    bureau: Operator,
    project: ProjectId,
}

async fn two(change: impl FnOnce(String) -> String) -> Two {
    let all = [Operator::start("bank").await, Operator::start("bureau").await];
    introduce(&all).await;
    for (operator, name) in all.iter().zip(["bank", "bureau"]) {
        for ending in ["toml", "csv"] {
            std::fs::copy(
                folder().join(format!("{name}.{ending}")),
                operator.home.path().join(format!("{name}.{ending}")),
            )
            .unwrap();
        }
        let folder = operator.home.path().to_str().unwrap().to_owned();
        operator.ask::<Value>(Ask::AddDataset { declaration: file(&format!("{name}.toml")), folder }).await;
    }
    let [bank, bureau] = all;
    let line: ProjectLine = bank.ask(Ask::Propose { draft: draft(change) }).await;
    bureau.ask::<ProjectLine>(Ask::Sign { project: line.id }).await;
    Two { bank, bureau, project: line.id }
}

impl Two {
    async fn keep(&self, lookup: &str, action: LookupAction) -> LookupStatus {
        self.bureau.ask(Ask::Lookup { project: self.project, lookup: lookup.into(), action }).await
    }

    fn wish(&self, lookup: &str, ids: &[&[&str]], way: Option<&str>) -> Ask {
        let ids = ids.iter().map(|id| id.iter().map(|v| (*v).to_owned()).collect()).collect();
        let wish = LookupWish { lookup: lookup.into(), ids, pad: Some(4), a_day: 1, way: way.map(str::to_owned) };
        Ask::Start { project: self.project, wanted: Wanted::Lookup(wish) }
    }

    /// What the bank gets, and what the bureau's node says of the job.
    async fn look_up(&self, lookup: &str, ids: &[&[&str]], way: Option<&str>) -> (JobReport, Option<JobReport>) {
        let job = self.bank.ask(self.wish(lookup, ids, way)).await;
        let report = self.bank.wait(job).await;
        (report, self.bureau.try_ask(Ask::Job { job }).await.ok())
    }

    async fn evidence(&self, operator: &Operator) -> String {
        let bundle: String = operator.ask(Ask::Evidence { project: Some(self.project) }).await;
        let verified = verify_bundle(bundle.as_bytes());
        assert!(verified.is_sound(), "{verified}");
        bundle
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bank_asks_a_bureau_which_does_not_learn_about_whom() {
    let two = two(|draft| draft).await;
    let early = two.look_up("record", &[&RENEE], None).await.0;
    assert_eq!(early.state, JobState::Refused);
    assert_says(&early.fault.unwrap().message, &["bureau has not published the look-up \"record\" yet"]);

    let status = two.keep("record", LookupAction::Publish).await;
    assert_eq!((status.version, status.epoch, status.ids), (1, 1, 3500));
    let mut views = Vec::new();
    for way in [None, Some("query"), Some("transfer"), Some("copy"), Some("copy")] {
        let mut lengths = Vec::new();
        for ids in [&[&RENEE[..], &NOBODY[..]][..], &[&NOBODY[..]]] {
            let (report, there) = two.look_up("record", ids, way).await;
            assert_eq!(report.state, JobState::Ended, "{way:?} {:?}", report.fault);
            assert!(report.unsigned.is_empty(), "{:?}", report.unsigned);
            let answer = report.answer.unwrap();
            assert_eq!(answer.columns, ["id", "found", "records", "job", "income", "assets", "debt"]);
            let nobody = [Value::Bool(false), Value::Null, Value::Null, Value::Null, Value::Null, Value::Null];
            let mut expected = vec![
                [json!(1), json!(true), json!(false), json!("fixed"), json!(88), json!(0), json!(0)].to_vec(),
                [&[json!(2)], &nobody[..]].concat(),
            ];
            if ids.len() == 1 {
                expected = vec![[&[json!(1)], &nobody[..]].concat()];
            }
            assert_eq!(answer.rows, expected, "{way:?}");
            let view = there.unwrap().view.unwrap();
            lengths.push(view.frames.iter().map(|f| (f.came, f.bytes)).collect::<Vec<_>>());
            views.push(view);
        }
        // A copy is fetched once.
        if way != Some("copy") || views.len() > 8 {
            assert_eq!(lengths[0], lengths[1], "{way:?}: two IDs, one found, and one, not found");
        }
    }
    for operator in [&two.bank, &two.bureau] {
        let evidence = two.evidence(operator).await;
        assert!(!RENEE.iter().any(|part| evidence.contains(part)), "{} names her", operator.name);
    }
    // After a new start the bureau answers as before.
    let used = two.keep("record", LookupAction::Show).await;
    assert_eq!(used.asked[0].ids, 4 * 10, "each query counts with all IDs that it may have");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn checks_and_scores_are_lookups_of_their_own() {
    let two = two(|draft| draft).await;
    two.keep("belongs-together", LookupAction::Publish).await;
    two.keep("debt", LookupAction::Publish).await;
    let mixed = [RENEE[0], RENEE[1], NOBODY[2]];
    let (report, _) = two.look_up("belongs-together", &[&RENEE, &mixed], None).await;
    let answer = report.answer.unwrap();
    assert_eq!(answer.columns, ["id", "found"]);
    assert_eq!(answer.rows, [[json!(1), json!(true)], [json!(2), json!(false)]]);

    let wrong = two.look_up("debt", &[&RENEE], None).await.0.fault.unwrap().message;
    assert_says(&wrong, &["ID 1 has 3 values", "has 1: id_number:code"]);
    let job = two.bank.ask(two.wish("belongs-together", &[&RENEE, &[RENEE[0], "-", RENEE[2]]], None)).await;
    let report = two.bank.wait(job).await;
    assert_says(&report.fault.unwrap().message, &["a value of ID 2 is empty", "id_number:code"]);
    assert!(two.bureau.try_ask::<JobReport>(Ask::Job { job }).await.is_err(), "the bureau hears nothing of it");
    let ask = |pad| {
        let wish = LookupWish { lookup: "debt".into(), ids: vec![vec![RENEE[1].into()]], pad, a_day: 1, way: None };
        Ask::Start { project: two.project, wanted: Wanted::Lookup(wish) }
    };
    let job = two.bank.ask(ask(Some(3))).await;
    let report = two.bank.wait(job).await;
    assert_eq!(report.answer.unwrap().rows, [[json!(1), json!(true), json!(0)]]);
    let job = two.bank.ask(ask(None)).await;
    let report = two.bank.wait(job).await;
    assert_eq!(report.state, JobState::Refused);
    assert_says(&report.fault.unwrap().message, &["bureau", "too many queries: ask again in"]);
    let evidence = two.evidence(&two.bureau).await;
    assert_says(&evidence, &["lookup-refused", "too many queries"]);
    let evidence = two.evidence(&two.bank).await;
    assert_says(&evidence, &["job-failed", "too many queries"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_is_brought_up_to_date_and_gets_a_new_key() {
    let two = two(|draft| draft).await;
    two.keep("record", LookupAction::Publish).await;
    let same = two.keep("record", LookupAction::Publish).await;
    assert_eq!(same.version, 1, "nothing has changed");

    let path = two.bureau.home.path().join("bureau.csv");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("19996721552,no,fixed,35,88.0", "19996721552,no,fixed,35,99.0")).unwrap();
    let next = two.keep("record", LookupAction::Publish).await;
    assert_eq!((next.version, next.epoch, next.ids), (2, 1, 3500));
    let income = async || {
        let (report, _) = two.look_up("record", &[&RENEE], None).await;
        report.answer.unwrap_or_else(|| panic!("{:?}", report.fault)).rows[0][4].clone()
    };
    assert_eq!(income().await, json!(99));
    let turned = two.keep("record", LookupAction::Rotate).await;
    assert_eq!((turned.version, turned.epoch), (3, 2));
    assert_eq!(income().await, json!(99));

    // Somebody gives the bureau's files another end.
    let table = two.bureau.files().into_iter().find(|f| f.starts_with("lookups") && f.contains("table")).unwrap();
    let table = two.bureau.home.path().join(table);
    let bytes = std::fs::read(&table).unwrap();
    std::fs::write(&table, &bytes[..bytes.len() - 1]).unwrap();
    let fault = two
        .bureau
        .try_ask::<LookupStatus>(Ask::Lookup {
            project: two.project,
            lookup: "record".into(),
            action: LookupAction::Show,
        })
        .await
        .unwrap_err();
    assert_says(&fault.message, &["table is not the one of its manifest"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bank_and_a_bureau_align_their_tables() {
    let two = two(|draft| draft).await;
    let task = |security| AlignTask {
        alignment: "customers".into(),
        result: AlignResult::Told(vec!["bank".into(), "bureau".into()]),
        variant: "inner".parse().unwrap(),
        protocol: "rr22".parse().unwrap(),
        security,
        restart: false,
    };
    let start = |task| Ask::Start { project: two.project, wanted: Wanted::Align(task) };
    let job = two.bank.ask(start(task("malicious".parse().unwrap()))).await;
    let report = two.bank.wait(job).await;
    assert_eq!(report.state, JobState::Ended, "{:?}", report.fault);
    assert!(report.unsigned.is_empty(), "{:?}", report.unsigned);
    let there: JobReport = two.bureau.ask(Ask::Job { job }).await;
    for report in [&report, &there] {
        assert_eq!(report.answer.as_ref().unwrap().rows[0][0], json!(1500));
        assert!(report.written.as_ref().unwrap().exists());
    }
    assert_eq!(report.receipt.unwrap().inputs.len(), 2);
    for operator in [&two.bank, &two.bureau] {
        two.evidence(operator).await;
        assert!(!operator.files().iter().any(|f| f.contains("state.json")), "the work is deleted");
    }

    let job = two.bank.ask(start(task("semi-honest".parse().unwrap()))).await;
    let fault = two.bank.wait(job).await.fault.unwrap();
    assert_says(&fault.message, &["semi-honest", "malicious"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_version_is_seen_and_put_down() {
    let mut two = two(|draft| draft).await;
    two.keep("record", LookupAction::Publish).await;
    let first = two.bureau.home.path().join("lookups");
    let aside = two.bureau.home.path().join("aside");
    copy(&first, &aside);
    two.keep("record", LookupAction::Rotate).await;
    assert_eq!(two.look_up("record", &[&RENEE], None).await.0.state, JobState::Ended);
    two.bureau
        .restart(|home| {
            std::fs::remove_dir_all(home.join("lookups")).unwrap();
            std::fs::rename(home.join("aside"), home.join("lookups")).unwrap();
        })
        .await;
    two.bank.connected("bureau").await;
    let fault = two.look_up("record", &[&RENEE], None).await.0.fault.unwrap();
    let words = ["version 1 of the look-up database is out of date: version 2 was seen before"];
    assert_says(&fault.message, &words);
    assert_says(&two.evidence(&two.bank).await, &["lookup-refused", words[0]]);
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let name = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy(&path, &name),
            false => assert!(std::fs::copy(&path, &name).is_ok()),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_ask_is_told_so() {
    let two = two(|draft| draft).await;
    two.keep("record", LookupAction::Publish).await;
    let message = async |ask: Ask| two.bureau.try_ask::<Value>(ask).await.err().map(|fault| fault.message);
    let own = two.bank.try_ask::<Value>(Ask::Lookup {
        project: two.project,
        lookup: "record".into(),
        action: LookupAction::Publish,
    });
    assert_says(&own.await.unwrap_err().message, &["the look-up \"record\" is of bureau"]);
    let show = |lookup: &str| Ask::Lookup { project: two.project, lookup: lookup.into(), action: LookupAction::Show };
    assert_says(
        &message(show("weather")).await.unwrap(),
        &["no look-up \"weather\"; it has record, belongs-together, debt"],
    );
    // The bureau asks itself: it is no querier.
    let wish = LookupWish {
        lookup: "record".into(),
        ids: vec![RENEE.map(String::from).to_vec()],
        pad: None,
        a_day: 1,
        way: None,
    };
    let job = two.bureau.ask(Ask::Start { project: two.project, wanted: Wanted::Lookup(wish) }).await;
    let fault = two.bureau.wait(job).await.fault.unwrap();
    assert_says(&fault.message, &["bureau may not ask", "record"]);
    let query = Ask::Explain { project: two.project, wanted: Wanted::Query { sql: "SELECT 1".into() } };
    assert_says(&message(query).await.unwrap(), &["allows no queries"]);
}
