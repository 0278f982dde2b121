//! Federations of four hospitals, each with a node and patients of its own.

use std::path::PathBuf;

use jointly_node::live::control::{Ask, Explanation, FederateTask, JobReport, ProjectLine, Wanted};
use jointly_node::{JobState, ProjectId};
use serde_json::Value;

use crate::network::{Operator, introduce};
use crate::world::assert_says;

const HOSPITALS: [&str; 4] = ["cleveland", "hungary", "switzerland", "long-beach"];

fn file(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples");
    std::fs::read_to_string(folder.join(name)).unwrap()
}

/// The example's project, after `change`.
fn draft(change: impl FnOnce(String) -> String) -> String {
    let schema = file("hospitals/schema.toml").replace("[[columns]]", "[[tables.columns]]");
    let draft = change(file("federated/project.toml")).replace("schemas = [\"../hospitals/schema.toml\"]\n", "");
    format!("{draft}\n[[tables]]\n{schema}")
}

struct Four {
    all: Vec<Operator>,
    project: ProjectId,
    words: String,
}

async fn operators() -> Vec<Operator> {
    let mut all = Vec::new();
    for name in HOSPITALS {
        let operator = Operator::start(name).await;
        std::fs::write(operator.home.path().join(format!("{name}.csv")), file(&format!("hospitals/{name}.csv")))
            .unwrap();
        let folder = operator.home.path().to_str().unwrap().to_owned();
        operator.ask::<Value>(Ask::AddDataset { declaration: file(&format!("hospitals/{name}.toml")), folder }).await;
        all.push(operator);
    }
    introduce(&all).await;
    all
}

async fn four(change: impl FnOnce(String) -> String) -> Four {
    let all = operators().await;
    let line: ProjectLine = all[0].ask(Ask::Propose { draft: draft(change) }).await;
    for other in &all[1..] {
        other.ask::<ProjectLine>(Ask::Sign { project: line.id }).await;
    }
    Four { all, project: line.id, words: line.words }
}

fn wanted(federation: &str) -> Wanted {
    Wanted::Federate(FederateTask { federation: federation.into(), members: Vec::new() })
}

impl Four {
    async fn train(&self, at: usize, federation: &str) -> JobReport {
        let job = self.all[at].ask(Ask::Start { project: self.project, wanted: wanted(federation) }).await;
        self.all[at].wait(job).await
    }

    async fn at(&self, place: usize, report: &JobReport) -> JobReport {
        self.all[place].wait(report.job).await
    }
}

fn value<'a>(report: &'a JobReport, what: &str) -> &'a Value {
    let rows = &report.answer.as_ref().unwrap().rows;
    &rows.iter().find(|row| row[0] == what).unwrap_or_else(|| panic!("{what}: {rows:?}"))[1]
}

fn fewer_rounds(text: String) -> String {
    text.replace("rounds = 30", "rounds = 6").replace("rounds = 40", "rounds = 5")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_hospitals_train_one_model_and_each_learns_what_it_is_worth() {
    let four = four(fewer_rounds).await;
    assert_says(
        &four.words,
        &[
            "Federation \"disease\": cleveland, hungary, switzerland and long-beach train logistic regression, each on its own rows of patients",
            "All members see the weights after each round",
            "so that whether a row is there stays hidden (ε = 3, δ = 1e-5",
            "may be trained on at home, in the federation \"disease\"",
        ],
    );
    let plan: Explanation = four.all[0].ask(Ask::Explain { project: four.project, wanted: wanted("disease") }).await;
    assert_says(&plan.protocol, &["federate/masks"]);
    assert_says(&plan.trust, &["No more than 1 of the 4 members"]);

    let report = four.train(0, "disease").await;
    assert_eq!(report.state, JobState::Ended, "{:?}", report.fault);
    assert!(report.unsigned.is_empty());
    assert_eq!(*value(&report, "rounds"), 6);
    assert!(value(&report, "area under the curve, within members").as_f64().unwrap() > 0.75);
    for place in 0..4 {
        let own = four.at(place, &report).await;
        assert_eq!(own.answer, report.answer);
        assert_says(&own.notes.join("\n"), &["keeps apart"]);
    }

    // All its rounds are done; and queries are no part of the agreement.
    let again = four.train(1, "disease").await;
    assert_says(&again.fault.unwrap().message, &["has trained in all its 6 rounds"]);
    let none = four.train(1, "ghosts").await;
    assert_says(&none.fault.unwrap().message, &["has no federation \"ghosts\"; it has disease, private and own"]);

    let private = four.train(2, "private").await;
    assert_eq!(private.state, JobState::Ended, "{:?}", private.fault);
    assert_says(&private.notes.join("\n"), &["of the privacy budget, epsilon", "is spent"]);
    // What would be opened without noise is not.
    let answer = serde_json::to_string(&private.answer).unwrap();
    assert!(!answer.contains("kept apart") && !answer.contains("trained on") && !answer.contains("area"), "{answer}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hospital_that_is_away_does_not_stop_the_others_and_comes_back() {
    let mut four = four(|text| text.replace("rounds = 30", "rounds = 4")).await;
    let gone = four.all.pop().unwrap();
    gone.node.stop();
    // Until its peers know.
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let report = four.train(0, "disease").await;
    assert_eq!(report.state, JobState::Ended, "{:?}", report.fault);
    assert_eq!(*value(&report, "counted in the last round"), "cleveland, hungary and switzerland");

    let another = four.all.pop().unwrap();
    another.node.stop();
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let few = four.train(0, "disease").await;
    assert_says(
        &few.fault.unwrap().message,
        &["switzerland and long-beach cannot be reached", "goes on without 1 of its 4 members at most"],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hospital_that_is_lost_while_all_train_does_not_stop_the_others() {
    let mut four = four(|text| text.replace("rounds = 30", "rounds = 1500")).await;
    let job = four.all[0].ask(Ask::Start { project: four.project, wanted: wanted("disease") }).await;
    four.all[0].until(job, "rounds", |r: &JobReport| r.progress.contains("training, round")).await;
    four.all.pop().unwrap().node.stop();
    let report = four.all[0].wait(job).await;
    assert_eq!(report.state, JobState::Ended, "{:?}", report.fault);
    assert_eq!(*value(&report, "counted in the last round"), "cleveland, hungary and switzerland");
    assert_eq!(report.unsigned, ["long-beach"]);
    for other in &four.all[1..] {
        assert_eq!(other.wait(job).await.answer, report.answer);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_broke_off_goes_on_from_its_last_round() {
    let mut four = four(|text| text.replace("rounds = 30", "rounds = 100000")).await;
    let round = |report: &JobReport| {
        let words = report.progress.strip_prefix("training, round ")?;
        words.split(' ').next()?.parse::<u32>().ok()
    };
    let mut reached = 0;
    for run in 0..4 {
        let job = four.all[0].ask(Ask::Start { project: four.project, wanted: wanted("disease") }).await;
        // It begins where the last run ended, and not anew.
        let first = four.all[1].until(job, "a round", |r: &JobReport| round(r).is_some()).await;
        assert!(round(&first).unwrap() >= reached, "run {run}: {}, after {reached}", first.progress);
        let on =
            four.all[1].until(job, "rounds", |r: &JobReport| round(r).is_some_and(|now| now > reached + 200)).await;
        reached = round(&on).unwrap() - 1;
        four.all[0].ask::<Value>(Ask::Cancel { job }).await;
        assert_says(&four.all[0].wait(job).await.fault.unwrap().message, &["cleveland cancelled the job"]);
        for other in &four.all[1..] {
            other.wait(job).await;
        }
        if run == 1 {
            // Also after a restart.
            four.all[3].restart(|_| ()).await;
            four.all[0].connected("long-beach").await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn federations_that_cannot_be_are_refused_before_anybody_signs() {
    let operators = operators().await;
    let cases = [
        ("dropouts = 1", "dropouts = 2", "at most 1 can"),
        ("most_rows = 400", "most_rows = 4000000000", "can be counted among 4 members"),
        ("clip = 5.0", "clip = 0.0", "clipped to a norm of 0"),
        ("rounds = 30", "rounds = 0", "has 0 rounds"),
        ("value = \"true\" }", "value = \"maybe\" }", "which is true or false"),
        ("\"resting_bp\"", "\"shoe_size\"", "which \"patients\" does not have"),
        ("epsilon = 3.0", "epsilon = -1.0", "ε is positive"),
        ("epochs = 1, batch", "epochs = 3, batch", "a round is one step"),
    ];
    for (from, to, says) in cases {
        let fault =
            operators[0].try_ask::<ProjectLine>(Ask::Propose { draft: draft(|text| text.replacen(from, to, 1)) }).await;
        assert_says(&fault.err().map_or_else(|| format!("{to} was taken"), |f| f.message), &[says]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revoked_project_runs_no_jobs_and_its_jobs_stop() {
    let four = four(|text| text.replace("rounds = 30", "rounds = 100000")).await;
    let job = four.all[0].ask(Ask::Start { project: four.project, wanted: wanted("disease") }).await;
    four.all[0].until(job, "its rounds", |r: &JobReport| r.progress.contains("training, round")).await;
    let untold: Vec<String> = four.all[2].ask(Ask::Revoke { project: four.project }).await;
    assert!(untold.is_empty(), "{untold:?}");
    let report = four.all[0].wait(job).await;
    assert_says(&report.fault.unwrap().message, &["switzerland revoked the project \"heart\""]);

    for place in [0, 2] {
        let again = four.train(place, "private").await;
        assert_says(
            &again.fault.unwrap().message,
            &["switzerland revoked the project \"heart\": no job of it runs any more; agree on a new one"],
        );
        let lines: Vec<ProjectLine> = four.all[place].ask(Ask::Projects).await;
        assert_eq!(lines[0].revoked, ["switzerland"]);
    }
}

impl Four {
    /// Puts a program where a hospital's node looks for it.
    fn bring(&self, place: usize, program: &std::path::Path) {
        let folder = self.all[place].home.path().join("trainers");
        std::fs::create_dir_all(&folder).unwrap();
        let there = folder.join("own");
        let _ = std::fs::remove_file(&there);
        std::os::unix::fs::symlink(program, there).unwrap();
    }

    /// Puts there a program of these lines.
    fn bring_script(&self, place: usize, lines: &str) {
        use std::os::unix::fs::PermissionsExt;
        let path = self.all[place].home.path().join("script");
        std::fs::write(&path, format!("#!/bin/sh\n{lines}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
        self.bring(place, &path);
    }
}

fn plain() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples/federated/trainers");
    folder.join("plain.py").canonicalize().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hospitals_train_by_programs_of_their_own() {
    let four = four(|text| text.replace("rounds = 10", "rounds = 4")).await;
    assert_says(&four.words, &["train a model of 8 weights, each by a program of its own"]);
    (0..4).for_each(|place| four.bring(place, &plain()));
    let report = four.train(0, "own").await;
    assert_eq!(report.state, JobState::Ended, "{:?}", report.fault);
    assert_eq!((value(&report, "rounds").as_u64(), value(&report, "weights").as_u64()), (Some(4), Some(8)));
    assert!(value(&report, "area under the curve, within members").as_f64().unwrap() > 0.75);
    let own = four.at(1, &report).await;
    assert_says(&own.notes.join("\n"), &["keeps apart, the area under the curve is"]);
    assert!(!own.notes.join("\n").contains("trains alone"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_that_does_not_do_its_part_costs_the_others_nothing() {
    // Each run ends after its first round more.
    let four =
        four(|text| text.replace("rounds = 10", "rounds = 40").replace("dropouts = 1", "dropouts = 1\npatience = 5"))
            .await;
    (0..4).for_each(|place| four.bring(place, &plain()));
    std::fs::remove_file(four.all[3].home.path().join("trainers/own")).unwrap();
    let report = four.train(0, "own").await;
    assert_eq!(report.state, JobState::Ended, "{:?}", report.fault);
    assert_eq!(value(&report, "counted in the last round"), "cleveland, hungary and switzerland");
    let there = four.at(3, &report).await.fault.unwrap().message;
    assert_says(&there, &["a program of each member's own", "put it, executable, at trainers/own in the node's home"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_program_says_wrongly_is_named() {
    let cases = [
        ("exit 0", "has ended"),
        ("head -c 100 > /dev/null; echo nonsense; sleep 60", "a line that is none of its protocol"),
        ("echo '{\"rows\": 3, \"weights\": 7}'; sleep 60", "gave 7 weights, and the model has 8"),
        ("echo '{\"error\": \"row of patient Smith\"}'; sleep 60", "gave up: its standard error says why"),
        ("sleep 60", "for 2 s"),
        // NaN, and more.
        (
            "echo '{\"rows\": 3, \"weights\": 8}'; head -c 64 /dev/zero | tr '\\0' '\\377'; sleep 60",
            "gave no number as weight 1",
        ),
    ];
    let change = |text: String| text.replace("dropouts = 1", "dropouts = 1\npatience = 2");
    let four = four(change).await;
    (0..4).for_each(|place| four.bring(place, &plain()));
    for (lines, words) in cases {
        four.bring_script(2, lines);
        // Training begins anew.
        for operator in &four.all {
            let _ = std::fs::remove_dir_all(operator.home.path().join("federations"));
        }
        let job = four.all[0].ask(Ask::Start { project: four.project, wanted: wanted("own") }).await;
        let there = four.all[2].wait(job).await;
        let said = there.fault.unwrap_or_else(|| panic!("{lines}")).message;
        assert!(said.contains(words) && !said.contains("Smith"), "{lines}: {said}");
        four.all[0].wait(job).await;
    }
}
