//! `jointly train`: a model of a project, among its members' nodes.

use std::path::Path;

use jointly_node::{
    Trained,
    live::control::{JobReport, TrainTask, TreesTask, Wanted},
};

use crate::args::Train;
use crate::failure::Failure;
use crate::output::Output;
use crate::{client, query};

/// Plans it, or has the node train it.
pub async fn run(home: &Path, train: Train, output: &Output) -> Result<(), Failure> {
    let project = client::project(home, &train.project).await?.id;
    for (flag, path) in [("output", &train.output), ("report", &train.report)] {
        if let Some(path) = path.as_ref().filter(|path| path.exists()) {
            return Err(Failure::usage(format!("{} exists already: name another --{flag}", path.display())));
        }
    }
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
    if let Some((from, to)) = report.written.as_ref().zip(train.output) {
        std::fs::copy(from, &to).map_err(Failure::file("write", &to))?;
        report.written = Some(to);
    }
    output.show(&report, words)
}

/// The model's document as a page.
fn write_page(title: &str, model: &Path, to: &Path) -> Result<(), Failure> {
    let text = std::fs::read(model).map_err(Failure::file("read", model))?;
    let broken = |why: String| Failure::failed(format!("{} is no model: {why}", model.display()));
    let report: jointly_model::Report = serde_json::from_slice(&text).map_err(|e| broken(e.to_string()))?;
    let page = jointly_model::html(title, &report).map_err(|e| broken(e.to_string()))?;
    std::fs::write(to, page).map_err(Failure::file("write", to))
}

fn words(report: &JobReport) -> String {
    let mut text = query::answer(report);
    if let Some(path) = &report.written {
        text += &format!("The model is in {}.\n", path.display());
    }
    text + &report.notes.iter().map(|note| format!("Note: {note}.\n")).collect::<String>()
}
