//! `jointly train` and `jointly federate`: a model of a project, among its members' nodes.

use std::path::{Path, PathBuf};

use jointly_node::{
    Trained,
    live::control::{Ask, FederateTask, JobReport, KeptLine, PredictTask, TrainTask, TreesTask, Wanted},
};

use crate::args::{Federate, ModelCommand, Predict, Train};
use crate::failure::Failure;
use crate::output::Output;
use crate::{client, client::ask, query, rows, table};

/// Rows of an answer that are shown where all of them are written to a file.
const FIRST_ROWS: usize = 5;

/// Plans it, or has the node train it.
pub async fn run(home: &Path, train: Train, output: &Output) -> Result<(), Failure> {
    let project = client::project(home, &train.project).await?.id;
    is_new("output", train.output.as_deref())?;
    is_new("report", train.report.as_deref())?;
    is_new("onnx", train.onnx.as_deref())?;
    let title = format!("{}, {}", train.model, Trained::from(train.method).words());
    let method = Trained::from(train.method);
    let Train { trees, depth, bins, rate, .. } = train;
    let trees = (method == Trained::Trees).then_some(TreesTask { trees, depth, bins, rate });
    let wanted = Wanted::Train(TrainTask { model: train.model, method, trees, aligned: train.aligned });
    if train.explain {
        return query::plan_only(home, project, wanted, output).await;
    }
    let mut report = query::run(home, project, wanted).await?;
    if let Some((from, to)) = report.written.as_ref().zip(train.report) {
        write_page(&title, from, &to)?;
        report.notes.push(format!("the report is in {}", to.display()));
    }
    if let Some((from, to)) = report.written.as_ref().zip(train.onnx) {
        write_onnx(&title, from, &to)?;
        report.notes.push(format!("the model is also in {}, as ONNX", to.display()));
    }
    copy(&mut report, train.output)?;
    output.show(&report, words)
}

/// Lists or deletes what the node keeps of models.
pub async fn kept(home: &Path, command: ModelCommand, output: &Output) -> Result<(), Failure> {
    if let ModelCommand::Forget { job } = command {
        client::tell(home, &Ask::Forget { job }).await?;
        return output.done("Deleted. The model of that job can be asked no more.");
    }
    let lines: Vec<KeptLine> = ask(home, &Ask::Kept).await?;
    output.show(&lines, |lines| match lines.as_slice() {
        [] => "No models yet that can be asked: they name `answers` in their project; see: jointly train --help".into(),
        lines => table::of(["job", "trained", "project", "how", "kept here"], lines.iter().map(kept_row)),
    })
}

fn kept_row(line: &KeptLine) -> [String; 5] {
    let here = match (line.shares, line.columns) {
        (true, true) => "shares, and how columns were written",
        (true, false) => "shares",
        (false, true) => "how columns were written",
        (false, false) => "that it was trained",
    };
    let trained = line.trained.format("%Y-%m-%d %H:%M").to_string();
    [line.job.to_string(), trained, line.project.clone(), line.how.clone(), here.to_owned()]
}

/// Plans what a model is asked, or has the node ask it.
pub async fn predict(home: &Path, predict: Predict, output: &Output) -> Result<(), Failure> {
    let project = client::project(home, &predict.project).await?.id;
    is_new("output", predict.output.as_deref())?;
    let Predict { model, trained, aligned, online, .. } = predict;
    let wanted = Wanted::Predict(PredictTask { model, trained, aligned, online, to: String::new() });
    if predict.explain {
        return query::plan_only(home, project, wanted, output).await;
    }
    if online {
        let job = ask(home, &Ask::Start { project, wanted }).await?;
        let answering = rows::answer(home, job);
        let report = query::ended(home, job, answering).await?;
        return output.show(&report, words);
    }
    let mut report = query::run(home, project, wanted).await?;
    if let (Some(to), Some(answer)) = (predict.output, &mut report.answer) {
        table::write(&to, answer)?;
        report.notes.push(format!("what the model says of all {} rows is in {}", answer.rows.len(), to.display()));
        answer.rows.truncate(FIRST_ROWS);
    }
    output.show(&report, words)
}

/// Plans a federation's run, or has the node ask for it.
pub async fn federate(home: &Path, federate: Federate, output: &Output) -> Result<(), Failure> {
    let project = client::project(home, &federate.project).await?.id;
    is_new("output", federate.output.as_deref())?;
    let wanted = Wanted::Federate(FederateTask { federation: federate.federation, members: Vec::new() });
    if federate.explain {
        return query::plan_only(home, project, wanted, output).await;
    }
    let mut report = query::run(home, project, wanted).await?;
    copy(&mut report, federate.output)?;
    output.show(&report, words)
}

fn is_new(flag: &str, path: Option<&Path>) -> Result<(), Failure> {
    match path.filter(|path| path.exists()) {
        Some(path) => Err(Failure::usage(format!("{} exists already: name another --{flag}", path.display()))),
        None => Ok(()),
    }
}

/// Copies what the node has written to where the user wants it.
fn copy(report: &mut JobReport, to: Option<PathBuf>) -> Result<(), Failure> {
    if let Some((from, to)) = report.written.as_ref().zip(to) {
        std::fs::copy(from, &to).map_err(Failure::file("write", &to))?;
        report.written = Some(to);
    }
    Ok(())
}

/// The model's document as a page.
fn write_page(title: &str, model: &Path, to: &Path) -> Result<(), Failure> {
    let page = jointly_model::html(title, &read(model)?).map_err(|e| broken(model, e.to_string()))?;
    std::fs::write(to, page).map_err(Failure::file("write", to))
}

/// The model in it as ONNX.
fn write_onnx(title: &str, model: &Path, to: &Path) -> Result<(), Failure> {
    let shared = || Failure::usage("the model stays shared: there is nothing to write as ONNX");
    let found = read(model)?.model.ok_or_else(shared)?;
    let bytes = found.onnx(title).map_err(|e| Failure::usage(e.to_string()))?;
    std::fs::write(to, bytes).map_err(Failure::file("write", to))
}

fn read(model: &Path) -> Result<jointly_model::Report, Failure> {
    let text = std::fs::read(model).map_err(Failure::file("read", model))?;
    serde_json::from_slice(&text).map_err(|e| broken(model, e.to_string()))
}

fn broken(model: &Path, why: String) -> Failure {
    Failure::failed(format!("{} is no model: {why}", model.display()))
}

fn words(report: &JobReport) -> String {
    let mut text = query::answer(report);
    if let Some(path) = &report.written {
        text += &format!("The model is in {}.\n", path.display());
    }
    text + &report.notes.iter().map(|note| format!("Note: {note}.\n")).collect::<String>()
}
