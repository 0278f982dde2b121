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
    if let Some(path) = train.output.as_ref().filter(|path| path.exists()) {
        return Err(Failure::usage(format!("{} exists already: name another --output", path.display())));
    }
    let method = Trained::from(train.method);
    let Train { trees, depth, bins, rate, .. } = train;
    let trees = (method == Trained::Trees).then_some(TreesTask { trees, depth, bins, rate });
    let wanted = Wanted::Train(TrainTask { model: train.model, method, trees, aligned: train.aligned });
    if train.explain {
        return query::plan_only(home, project, wanted, output).await;
    }
    let mut report = query::run(home, project, wanted).await?;
    if let Some((from, to)) = report.written.as_ref().zip(train.output) {
        std::fs::copy(from, &to).map_err(Failure::file("write", &to))?;
        report.written = Some(to);
    }
    output.show(&report, words)
}

fn words(report: &JobReport) -> String {
    let mut text = query::answer(report);
    if let Some(path) = &report.written {
        text += &format!("The model is in {}.\n", path.display());
    }
    text + &report.notes.iter().map(|note| format!("Note: {note}.\n")).collect::<String>()
}
