//! Models of a bank's and a bureau's columns, trained among three nodes.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jointly_model::{Model, Report};
use jointly_node::live::Draft;
use jointly_node::live::control::{
    AlignResult, AlignTask, Ask, Explanation, JobReport, KeptLine, PredictTask, ProjectLine, READY, RowAsked,
    TrainTask, TreesTask, Wanted,
};
use jointly_node::{Identity, JobId, JobState, Member, Passphrase, ProjectId, Trained, verify_bundle};
use serde_json::Value;

use crate::network::{Operator, introduce};
use crate::world::assert_says;

fn file(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples/credit");
    std::fs::read_to_string(folder.join(name)).unwrap()
}

/// The example's project, with both schemas read in, after `change`.
fn draft(change: impl FnOnce(String) -> String) -> String {
    let mut draft = change(file("project.toml")).replace("schemas = [\"loans.toml\", \"records.toml\"]\n", "");
    for schema in ["loans.toml", "records.toml"] {
        draft += &format!("[[tables]]\n{}", file(schema).replace("[[columns]]", "[[tables.columns]]"));
    }
    draft
}

struct Three {
    bank: Operator,
    bureau: Operator,
    auditor: Operator,
    project: ProjectId,
    words: String,
}

/// With the first `rows` of each table, after `bank` has changed those of the bank.
async fn three(rows: usize, bank: impl Fn(usize, &str) -> String) -> Three {
    three_of(rows, bank, |text| text).await
}

/// The same, of the project after `change`.
async fn three_of(rows: usize, bank: impl Fn(usize, &str) -> String, change: impl FnOnce(String) -> String) -> Three {
    let all = [Operator::start("bank").await, Operator::start("bureau").await, Operator::start("auditor").await];
    introduce(&all).await;
    for (operator, name) in all.iter().zip(["bank", "bureau"]) {
        let lines = file(&format!("{name}.csv"));
        let line = |(i, line): (usize, &str)| if name == "bank" && i > 0 { bank(i, line) } else { line.to_owned() };
        let text: Vec<String> = lines.lines().take(rows + 1).enumerate().map(line).collect();
        std::fs::write(operator.home.path().join(format!("{name}.csv")), text.join("\n")).unwrap();
        let folder = operator.home.path().to_str().unwrap().to_owned();
        operator.ask::<Value>(Ask::AddDataset { declaration: file(&format!("{name}.toml")), folder }).await;
    }
    let [bank, bureau, auditor] = all;
    let line: ProjectLine = bank.ask(Ask::Propose { draft: draft(change) }).await;
    for other in [&bureau, &auditor] {
        other.ask::<ProjectLine>(Ask::Sign { project: line.id }).await;
    }
    Three { bank, bureau, auditor, project: line.id, words: line.words }
}

fn task(method: Trained, trees: Option<TreesTask>, aligned: Option<JobId>) -> TrainTask {
    TrainTask { model: "default".into(), method, trees, aligned }
}

impl Three {
    async fn run(&self, wanted: Wanted) -> JobReport {
        let job = self.bank.ask(Ask::Start { project: self.project, wanted }).await;
        self.bank.wait(job).await
    }

    async fn align(&self, variant: &str) -> JobReport {
        let task = AlignTask {
            alignment: "customers".into(),
            result: AlignResult::Told(Vec::new()),
            variant: variant.parse().unwrap(),
            protocol: "rr22".parse().unwrap(),
            security: "malicious".parse().unwrap(),
            restart: false,
        };
        self.run(Wanted::Align(task)).await
    }

    /// What the bank is told by the model, row by row.
    async fn ask(&self, trained: Option<JobId>) -> JobReport {
        let task = PredictTask { model: "default".into(), trained, aligned: None, online: false, to: String::new() };
        self.run(Wanted::Predict(task)).await
    }

    async fn train(&self, task: TrainTask) -> JobReport {
        self.run(Wanted::Train(task)).await
    }
}

fn value(report: &JobReport, of: &str, what: &str) -> f64 {
    let rows = &report.answer.as_ref().unwrap().rows;
    rows.iter().find(|row| row[0] == of && row[1] == what).unwrap()[2].as_f64().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bank_and_a_bureau_train_models_that_only_they_see() {
    let three = three(2000, |_, line| line.to_owned()).await;
    assert_says(
        &three.words,
        &[
            "Model \"default\": from bank.age, bank.job, bank.income",
            "is trained by logistic regression, a scorecard and boosted trees to foretell whether bank.status is bad",
            "bank and bureau learn all of the model",
            "bank may ask it about 10000 rows a day",
            "debt, assets, expenses and home may be handed in, as parts that mean nothing alone",
        ],
    );
    // Queries are not part of the agreement: no dataset says what they may do.
    assert!(!three.words.contains("Answers to queries"), "{}", three.words);
    let early = three.train(task(Trained::Logistic, None, None)).await;
    assert_says(&early.fault.unwrap().message, &["run jointly align first"]);

    assert_eq!(three.align("inner").await.state, JobState::Ended);
    let wanted = Wanted::Train(task(Trained::Logistic, None, None));
    let plan: Explanation = three.bank.ask(Ask::Explain { project: three.project, wanted: wanted.clone() }).await;
    assert_says(&plan.protocol, &["rep3"]);
    assert_says(&plan.trust, &["every value of the columns"]);
    let report = three.run(wanted).await;
    assert_eq!(report.state, JobState::Ended, "{:?}", report.fault);
    assert!(report.unsigned.is_empty());
    assert!(value(&report, "evaluation", "AUC") > 0.75);
    assert!(value(&report, "coefficient", "bureau.unpaid") > 1.0);
    assert_says(&report.notes.join("\n"), &["bank.income", "values are missing; each counts as"]);
    let measured = report.measured.unwrap();
    assert_eq!(plan.predicted.bytes, measured.bytes);

    // The bureau sees the same, the auditor that it happened.
    let there: JobReport = three.bureau.ask(Ask::Job { job: report.job }).await;
    assert_eq!(there.answer, report.answer);
    let model = std::fs::read_to_string(there.written.unwrap()).unwrap();
    assert_says(&model, &["\"method\": \"logistic\"", "\"column\": \"bureau.unpaid\""]);
    let apart: JobReport = three.auditor.ask(Ask::Job { job: report.job }).await;
    assert!(apart.answer.is_none() && apart.written.is_none());
    let receipt = report.receipt.unwrap();
    assert!(receipt.result == Some(report.proof.unwrap().commitment()) && receipt.inputs.len() == 2);
    let evidence: String = three.auditor.ask(Ask::Evidence { project: None }).await;
    let verified = verify_bundle(evidence.as_bytes());
    assert!(verified.problems.is_empty(), "{:?}", verified.problems);

    let small = TreesTask { trees: 3, depth: 2, bins: 8, rate: 300 };
    let report = three.train(task(Trained::Trees, Some(small), None)).await;
    assert_eq!(report.state, JobState::Ended, "{:?}", report.fault);
    assert!(value(&report, "evaluation", "AUC") > 0.65);
}

/// Everyone's rows by the customer's number, as models name their columns.
fn customers() -> BTreeMap<String, BTreeMap<String, String>> {
    let mut all: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for owner in ["bank", "bureau"] {
        let mut reader = csv::Reader::from_reader(std::io::Cursor::new(file(&format!("{owner}.csv"))));
        let names: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
        for record in reader.records().map(Result::unwrap) {
            let row = all.entry(record[0].to_uppercase()).or_default();
            for (name, text) in names.iter().zip(&record).filter(|(_, text)| !text.is_empty() && *text != "NA") {
                // As the bank's declaration writes them.
                let text = if text == "partime" { "part time" } else { text };
                let name = if name == "records" { "unpaid" } else { name };
                row.insert(format!("{owner}.{name}"), text.to_owned());
            }
        }
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_that_stays_shared_says_of_rows_what_the_revealed_one_would() {
    let three = three(2000, |_, line| line.to_owned()).await;
    let early = three.ask(None).await.fault.unwrap().message;
    assert_says(&early, &["keeps no version of the model \"default\": run jointly train first"]);
    let aligned = three.align("inner").await.job;
    let card = three.train(task(Trained::Scorecard, None, None)).await;
    assert_eq!(card.state, JobState::Ended, "{:?}", card.fault);
    assert!(value(&card, "evaluation", "AUC") > 0.75);
    let report: Report = serde_json::from_slice(&std::fs::read(card.written.as_ref().unwrap()).unwrap()).unwrap();
    let Some(Model::Scorecard(points)) = &report.model else { panic!("{report:?}") };

    let said = three.ask(None).await;
    assert_eq!(said.state, JobState::Ended, "{:?}", said.fault);
    let answer = said.answer.clone().unwrap();
    assert_eq!(answer.columns, ["customer", "probability", "points"]);
    assert!(said.receipt.as_ref().unwrap().inputs.len() == 2 && said.unsigned.is_empty());
    let explained = said.explanation.unwrap();
    assert_eq!(explained.predicted.bytes, said.measured.unwrap().bytes);
    let customers = customers();
    let mut compared = 0;
    for row in &answer.rows {
        let mut known = customers[row[0].as_str().unwrap()].clone();
        let unpaid = known.get("bureau.unpaid").map(|text| if text == "yes" { "true" } else { "false" }.to_owned());
        known.extend(unpaid.map(|text| ("bureau.unpaid".to_owned(), text)));
        let Some((p, score)) = report.model.as_ref().unwrap().foretell(&known).zip(points.score(&known)) else {
            continue;
        };
        compared += 1;
        assert!((row[1].as_f64().unwrap() - p).abs() < 1e-3, "{row:?} {p}");
        assert!((row[2].as_f64().unwrap() - score).abs() < 0.5, "{row:?} {score}");
    }
    assert!(compared > 800, "{compared} of {}", answer.rows.len());
    // Nobody else learns it.
    for other in [&three.bureau, &three.auditor] {
        let there: JobReport = other.ask(Ask::Job { job: said.job }).await;
        assert!(there.answer.is_none(), "{:?}", there.answer);
    }

    // The bureau may not ask, and nobody asks what there is not.
    let task = PredictTask { model: "default".into(), trained: None, aligned: None, online: false, to: String::new() };
    let asked = Ask::Start { project: three.project, wanted: Wanted::Predict(task) };
    let job = three.bureau.ask(asked).await;
    assert_says(&three.bureau.wait(job).await.fault.unwrap().message, &["may be asked by bank, not by bureau"]);
    let other = three.ask(Some(aligned)).await.fault.unwrap().message;
    assert_says(&other, &["keeps nothing of a model \"default\" that the job"]);
    // Everyone sees what it keeps.
    for (who, columns) in [(&three.bank, true), (&three.bureau, true), (&three.auditor, false)] {
        let lines: Vec<KeptLine> = who.ask(Ask::Kept).await;
        let [line] = &lines[..] else { panic!("{lines:?}") };
        assert!(line.job == card.job && line.shares && line.columns == columns && line.protocol == "rep3", "{line:?}");
        assert_says(&line.how, &["train the model \"default\" by a scorecard, on the rows of job"]);
    }
    // What was changed on disk is not computed with.
    let shares = three.auditor.home.path().join(format!("kept/{}.shares", card.job));
    let mut bytes = std::fs::read(&shares).unwrap();
    bytes[40] ^= 1;
    std::fs::write(&shares, bytes).unwrap();
    let broken = three.ask(Some(card.job)).await.fault.unwrap().message;
    assert_says(&broken, &["auditor", "cannot read its shares of the model"]);
    three.bureau.ask::<Value>(Ask::Forget { job: card.job }).await;
    let forgotten = three.ask(Some(card.job)).await.fault.unwrap().message;
    assert_says(&forgotten, &["bureau keeps nothing of a model"]);
    let again = three.bureau.try_ask::<Value>(Ask::Forget { job: card.job }).await.unwrap_err().message;
    assert_says(&again, &["keeps nothing of a model", "jointly model list"]);
}

impl Three {
    /// Opens a job for rows that come one by one.
    async fn open(&self) -> JobId {
        let task =
            PredictTask { model: "default".into(), trained: None, aligned: None, online: true, to: String::new() };
        let job = self.bank.ask(Ask::Start { project: self.project, wanted: Wanted::Predict(task) }).await;
        loop {
            let report: JobReport = self.bank.ask(Ask::Job { job }).await;
            assert!(!report.state.is_final(), "{:?}", report.fault);
            if report.progress == READY {
                return job;
            }
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    /// What the model says of a row, or why nothing.
    async fn one(&self, job: JobId, row: &[(&str, &str)]) -> Result<Vec<f64>, String> {
        let row = row.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        self.bank.try_ask(Ask::OneRow { job, row: RowAsked(row) }).await.map_err(|fault| fault.message)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_are_asked_about_as_they_come() {
    let change = |text: String| text.replace("daily = 10000", "daily = 2000");
    let three = three_of(1200, |_, line| line.to_owned(), change).await;
    three.align("inner").await;
    assert_eq!(three.train(task(Trained::Logistic, None, None)).await.state, JobState::Ended);
    let all = three.ask(None).await.answer.unwrap();
    let job = three.open().await;
    for row in &all.rows[..5] {
        let said = three.one(job, &[("customer", row[0].as_str().unwrap())]).await.unwrap();
        assert!((said[0] - row[1].as_f64().unwrap()).abs() < 1e-5, "{said:?} {row:?}");
    }
    // A new applicant: the bureau knows it, the bank only what it says.
    let inside: Vec<String> = all.rows.iter().map(|row| row[0].as_str().unwrap().to_lowercase()).collect();
    let bureau = std::fs::read_to_string(three.bureau.home.path().join("bureau.csv")).unwrap();
    let new = bureau
        .lines()
        .skip(1)
        .map(|line| line.split(',').next().unwrap())
        .find(|key| !inside.contains(&(*key).to_owned()));
    let new = new.unwrap();
    let known = [("customer", new), ("age", "35"), ("job", "fixed"), ("income", ""), ("amount", "900")];
    let said = three.one(job, &known).await.unwrap_err();
    assert_says(&said, &["the row lacks price", "bank has no row with its key"]);
    let full = |price| [&known[..], &[("price", price)]].concat();
    let said = three.one(job, &full("1200")).await.unwrap();
    assert!(said.len() == 1 && said[0] > 0.0 && said[0] < 1.0, "{said:?}");
    let wrong = three.one(job, &full("cheap")).await.unwrap_err();
    assert_says(&wrong, &["column bank.price", "no number"]);
    let nobody = three.one(job, &[&full("1200")[1..], &[("customer", "C000000")]].concat()).await.unwrap_err();
    assert_says(&nobody, &["bureau has no row with this key"]);
    let other = three.one(job, &[("customer", new), ("shoes", "42")]).await.unwrap_err();
    assert_says(&other, &["\"shoes\" is no column", "customer, age, job"]);
    assert_says(&three.one(job, &[("age", "35")]).await.unwrap_err(), &["the row lacks customer"]);

    // Another job runs meanwhile; then this one ends, and everyone signs for it.
    assert_eq!(three.ask(None).await.state, JobState::Ended);
    three.bank.ask::<Value>(Ask::EndRows { job }).await;
    let report = three.bank.wait(job).await;
    assert_eq!(report.state, JobState::Ended, "{:?}", report.fault);
    assert_eq!(report.answer.unwrap().rows.len(), 6);
    assert!(report.unsigned.is_empty() && report.receipt.unwrap().inputs.len() == 2);
    assert_says(&three.one(job, &[]).await.unwrap_err(), &["takes no rows"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_that_nobody_sees_is_asked_as_often_as_agreed() {
    let change = |text: String| text.replace("daily = 10000", "daily = 1000\nshared = true");
    let three = three_of(1200, |_, line| line.to_owned(), change).await;
    assert_says(&three.words, &["nobody learns the model", "bank may ask it about 1000 rows a day"]);
    three.align("inner").await;
    let report = three.train(task(Trained::Logistic, None, None)).await;
    assert_eq!(report.state, JobState::Ended, "{:?}", report.fault);
    assert!(report.answer.as_ref().unwrap().rows.iter().all(|row| row[0] != "coefficient"));
    assert!(value(&report, "evaluation", "AUC") > 0.7);
    let first = three.ask(None).await;
    let rows = first.answer.unwrap_or_else(|| panic!("{:?}", first.fault)).rows.len();
    let mut last = None;
    for _ in 0..=1000 / rows {
        last = three.ask(None).await.fault;
    }
    assert_says(&last.unwrap().message, &["default", "bank"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_trained_says_why() {
    // All are good.
    let three = three(1500, |_, line| line.replace(",bad", ",good")).await;
    let left = three.align("left").await;
    assert_eq!(left.state, JobState::Ended, "{:?}", left.fault);
    let said = async |task| three.train(task).await.fault.unwrap().message;
    let wrong = said(task(Trained::Logistic, None, Some(left.job))).await;
    assert_says(&wrong, &["no rows that the job", "of the common rows alone"]);
    assert_says(&said(task(Trained::Logistic, None, None)).await, &["run jointly align first"]);
    let inner = three.align("inner").await;
    assert_says(
        &said(task(Trained::Linear, None, None)).await,
        &["logistic regression, a scorecard and boosted trees only"],
    );
    let trees = TreesTask { trees: 0, depth: 2, bins: 8, rate: 300 };
    assert_says(&said(task(Trained::Trees, Some(trees), None)).await, &["boosted trees are 1 to 500"]);
    assert_says(&said(task(Trained::Logistic, Some(trees), None)).await, &["logistic regression has no trees"]);
    let other = TrainTask { model: "churn".into(), ..task(Trained::Logistic, None, None) };
    assert_says(&said(other).await, &["has no model \"churn\"; it has default"]);
    assert_says(&said(task(Trained::Logistic, None, Some(inner.job))).await, &["all labels are the same"]);
    // The others go on.
    assert_eq!(three.align("inner").await.state, JobState::Ended);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_common_customers_there_is_nothing_to_train_on() {
    let three = three(60, |_, line| format!("X{line}")).await;
    assert_eq!(three.align("inner").await.state, JobState::Ended);
    let report = three.train(task(Trained::Logistic, None, None)).await;
    assert_says(&report.fault.unwrap().message, &["found no common rows: there is nothing to train on"]);
}

#[test]
fn models_of_a_project_are_checked_before_it_is_signed() {
    let cases = [
        (("\"seniority\", ", "\"phone\", "), "asks for \"phone\", which \"records\" does not have"),
        (("columns = [\"age\"", "columns = [\"customer\""), "asks for bank.customer, which is text"),
        (("value = \"bad\"", "value = \"awful\""), "which is one of good and bad, and never"),
        (("[\"logistic\", \"scorecard\", \"trees\"]", "[\"linear\"]"), "which is no number without a `value`"),
        (("test = 30", "test = 99"), "is judged by 99 percent"),
        (("alignment = \"customers\"", "table = \"loans\""), "name no `owner` of single columns"),
        (("learners = [\"bank\", \"bureau\"]", "learners = [\"bank\"]"), "it is no learner"),
        (("columns = [\"age\", ", "columns = [\"age\", \"age\", "), "names bank.age twice"),
        (("answers = [\"bank\"]", "answers = [\"broker\"]"), "who is no member"),
        (("answers = [\"bank\"]", "shared = true"), "nobody may ask it"),
        (("daily = 10000", "daily = 0"), "answers about 0 rows a day"),
        (("daily = 10000", "points = { base = 600, odds = 0, double = 20 }"), "at odds of 0"),
    ];
    let folder = tempfile::tempdir().unwrap();
    let member = |name: &str| {
        let identity = Identity::create(&folder.path().join(name), name, &Passphrase::none()).unwrap();
        Member { name: name.into(), key: identity.public_key(), address: None }
    };
    let members = ["bank", "bureau", "auditor"].map(member);
    for ((from, to), words) in cases {
        let text = draft(|text| {
            assert!(text.contains(from), "{from}");
            text.replacen(from, to, 1)
        });
        let draft = Draft::from_toml(&text).unwrap();
        let error = draft.project(&members, chrono::Utc::now()).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    }
}
