//! A model as receivers see it: as a table for people, and as a document for programs.

use std::path::PathBuf;

use jointly_gadget::salt::SALT;
use jointly_model::{CardColumn, Coefficient, Evaluation, Grown, Model, Report, Test};
use serde_json::{Value, json};

use super::{
    super::{
        control::{AnswerProof, Fault, Table},
        node::Node,
    },
    Planned,
};
use crate::JobId;

/// What was found.
pub(super) struct Found {
    pub report: Report,
    pub answer: Table,
    pub proof: AnswerProof,
}

/// What the opened numbers say at the receiver `me`. An error over them may quote them: the receiver's log says it, and nobody else hears more than that there was one.
pub(super) fn read(me: &str, planned: &Planned, opened: &[i64]) -> Result<Found, Fault> {
    let read = || {
        let (numbers, salt) = opened.split_last_chunk::<SALT>().ok_or_else(Fault::broken)?;
        let report = planned.reading.read(&planned.plan, numbers).map_err(|e| Fault::of_protocol(&e, &[]))?;
        let answer = table(&report);
        let proof = AnswerProof::new(&answer, *salt)?;
        Ok(Found { report, answer, proof })
    };
    read().map_err(|why: Fault| {
        tracing::error!("the model could not be read: {why}");
        Fault::failed(format!("the model could not be read at {me}; its operator finds the reason in that node's log"))
    })
}

impl Node {
    /// Keeps the model where only this user can read it.
    pub(super) fn keep_model(&self, job: JobId, report: &Report) -> Result<PathBuf, Fault> {
        self.keep_document(job, report)
    }

    /// Keeps what a job made, where only this user can read it.
    pub(in super::super) fn keep_document(&self, job: JobId, report: &impl serde::Serialize) -> Result<PathBuf, Fault> {
        let path = self.0.config.home.join("models").join(format!("{job}.json"));
        self.write_private(&path, serde_json::to_string_pretty(report)?.as_bytes())?;
        Ok(path)
    }
}

/// A line for each thing that is known: of what, its name, a value, and for coefficients their standard error, statistic and p-value.
fn table(report: &Report) -> Table {
    let columns = ["of", "what", "value", "error", "statistic", "p"].map(String::from).into();
    let mut rows = match &report.model {
        None => Vec::new(),
        Some(Model::Logistic(lines) | Model::Linear(lines) | Model::Poisson(lines)) => {
            lines.iter().map(coefficient).collect()
        }
        Some(Model::Scorecard(card)) => {
            let points = card.columns.iter().flat_map(points);
            card.coefficients.iter().map(coefficient).chain(points).collect()
        }
        Some(Model::Trees(trees)) => trees.iter().enumerate().flat_map(|(i, tree)| grown(i, tree)).collect::<Vec<_>>(),
    };
    let line = |what: &str, value: Value| fact("model", what, value);
    rows.extend(report.deviation.map(|d| line("residuals' standard deviation", json!(d))));
    rows.push(line("rows to train on", json!(report.rows)));
    rows.push(line("rows to judge by", json!(report.judged_by)));
    rows.extend(report.explained.iter().flat_map(|e| {
        [("R²", e.r_squared), ("residuals' root mean square", e.deviation)]
            .map(|(what, value)| fact("evaluation", what, json!(value)))
    }));
    rows.extend(report.evaluation.iter().flat_map(judged));
    Table { columns, rows }
}

fn fact(of: &str, what: &str, value: Value) -> Vec<Value> {
    vec![json!(of), json!(what), value, Value::Null, Value::Null, Value::Null]
}

fn coefficient(line: &Coefficient) -> Vec<Value> {
    let Coefficient { column, coefficient, error, statistic, p } = line;
    let name = column.as_deref().unwrap_or("constant");
    vec![json!("coefficient"), json!(name), json!(coefficient), json!(error), json!(statistic), json!(p)]
}

fn points(column: &CardColumn) -> Vec<Vec<Value>> {
    let of = format!("points of {}", column.column);
    let bins = column.bins.iter().map(|bin| fact(&of, &bin.words(), json!(bin.points)));
    std::iter::once(fact(&of, "information value", json!(column.information))).chain(bins).collect()
}

fn grown(i: usize, tree: &Grown) -> Vec<Vec<Value>> {
    let of = format!("tree {}", i + 1);
    let splits = tree.levels.iter().enumerate().flat_map(|(level, nodes)| {
        let line = |(n, node): (usize, &jointly_model::Node)| {
            let test = match node.0.as_ref()? {
                Test::AtMost(column, limit) => format!("{column} at most {limit}"),
                Test::Is(column, word) => format!("{column} is {word}"),
            };
            Some((format!("level {}, node {}", level + 1, n + 1), json!(test)))
        };
        nodes.iter().enumerate().filter_map(line).collect::<Vec<_>>()
    });
    let leaves = tree.leaves.iter().enumerate().map(|(i, leaf)| (format!("leaf {}", i + 1), json!(leaf)));
    splits.chain(leaves).map(|(what, value)| fact(&of, &what, value)).collect()
}

fn judged(e: &Evaluation) -> Vec<Vec<Value>> {
    let [hits, false_alarms, misses, rest] = e.confusion;
    let mut all = vec![
        ("AUC".to_owned(), json!(e.auc)),
        ("KS".to_owned(), json!(e.ks)),
        ("Gini".to_owned(), json!(e.gini)),
        ("lift of the highest part".to_owned(), json!(e.lift())),
        ("true positives at 0.5".to_owned(), json!(hits)),
        ("false positives at 0.5".to_owned(), json!(false_alarms)),
        ("false negatives at 0.5".to_owned(), json!(misses)),
        ("true negatives at 0.5".to_owned(), json!(rest)),
    ];
    for (i, part) in e.parts.iter().enumerate() {
        all.push((format!("part {}: positives of {} rows", i + 1, part.rows), json!(part.positives)));
        all.push((format!("part {}: mean probability", i + 1), json!(part.mean)));
    }
    all.into_iter().map(|(what, value)| fact("evaluation", &what, value)).collect()
}
