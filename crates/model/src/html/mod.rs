//! A report as one page that any browser shows, without a server and without the network.

mod charts;

use askama::Template;
use jointly_core::{Error, Result};

use crate::{CardBin, CardColumn, Coefficient, Grown, Model, Report, Test};

/// What the page says.
#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    title: String,
    report: &'a Report,
    coefficients: Vec<[String; 5]>,
    trees: Vec<Branches>,
    figures: Vec<(&'static str, String)>,
    parts: Vec<[String; 4]>,
    charts: Vec<String>,
}

/// A tree, a line a node and leaf.
struct Branches {
    name: String,
    lines: Vec<String>,
}

/// The report as HTML, charts included. `title` is what was trained.
pub fn html(title: &str, report: &Report) -> Result<String> {
    let (coefficients, trees) = match &report.model {
        None => (Vec::new(), Vec::new()),
        Some(Model::Logistic(lines) | Model::Linear(lines) | Model::Poisson(lines)) => {
            (lines.iter().map(line).collect(), Vec::new())
        }
        Some(Model::Scorecard(card)) => {
            (card.coefficients.iter().map(line).collect(), card.columns.iter().map(points).collect())
        }
        Some(Model::Trees(trees)) => (Vec::new(), trees.iter().enumerate().map(branches).collect()),
    };
    let mut figures =
        vec![("Rows to train on", report.rows.to_string()), ("Rows to judge by", report.judged_by.to_string())];
    let (mut parts, mut all) = (Vec::new(), Vec::new());
    if let Some(deviation) = report.deviation {
        figures.push(("Residuals' standard deviation", digits(deviation)));
    }
    if let Some(e) = &report.explained {
        figures.extend([("R²", digits(e.r_squared)), ("Residuals' root mean square", digits(e.deviation))]);
    }
    if let Some(e) = &report.evaluation {
        let [hits, false_alarms, misses, rest] = e.confusion;
        figures.extend([("AUC", digits(e.auc)), ("KS", digits(e.ks)), ("Gini", digits(e.gini))]);
        figures.extend(e.lift().map(|lift| ("Lift of the highest part", digits(lift))));
        figures.push((
            "At probability ½",
            format!("{hits} hits, {false_alarms} false alarms, {misses} misses, {rest} rightly passed"),
        ));
        let share = |part: &crate::Slice| part.positives as f64 / part.rows.max(1) as f64;
        parts = e
            .parts
            .iter()
            .map(|p| [p.rows.to_string(), p.positives.to_string(), digits(share(p)), digits(p.mean)])
            .collect();
        all = charts::charts(e).map_err(|_| Error::Misuse("numbers that can be drawn"))?;
    }
    let page = Page { title: title.to_owned(), report, coefficients, trees, figures, parts, charts: all };
    page.render().map_err(|_| Error::Misuse("a report that can be written"))
}

fn line(line: &Coefficient) -> [String; 5] {
    let shown = |x: Option<f64>| x.map_or_else(|| "–".to_owned(), digits);
    let name = line.column.clone().unwrap_or_else(|| "constant".to_owned());
    [name, digits(line.coefficient), shown(line.error), shown(line.statistic), shown(line.p)]
}

fn branches((i, tree): (usize, &Grown)) -> Branches {
    let mut lines = Vec::new();
    walk(tree, (0, 0), (0, "all"), &mut lines);
    Branches { name: format!("Tree {}", i + 1), lines }
}

/// A column of a scorecard, a line a bin.
fn points(column: &CardColumn) -> Branches {
    let line =
        |bin: &CardBin| format!("{}: {} points (weight {})", bin.words(), digits(bin.points), digits(bin.weight));
    let name = format!("{} (information value {})", column.column, digits(column.information));
    Branches { name, lines: column.bins.iter().map(line).collect() }
}

/// Writes a node and what is below it, indented by the questions before. What splits nothing is left out.
fn walk(tree: &Grown, (level, at): (usize, usize), (depth, so): (usize, &str), lines: &mut Vec<String>) {
    let mut say = |what: String| lines.push(format!("{}{so}: {what}", "    ".repeat(depth)));
    match tree.levels.get(level).and_then(|nodes| nodes.get(at)).map(|node| &node.0) {
        None => say(tree.leaves.get(at).map_or_else(String::new, |leaf| digits(*leaf))),
        Some(None) => walk(tree, (level + 1, 2 * at + 1), (depth, so), lines),
        Some(Some(test)) => {
            say(match test {
                Test::AtMost(column, limit) => format!("{column} at most {limit}?"),
                Test::Is(column, word) => format!("{column} is {word}?"),
            });
            walk(tree, (level + 1, 2 * at), (depth + 1, "yes"), lines);
            walk(tree, (level + 1, 2 * at + 1), (depth + 1, "no"), lines);
        }
    }
}

/// Four significant digits.
fn digits(x: f64) -> String {
    match x.abs() {
        0.0 => "0".to_owned(),
        size @ 1e-4..1e6 => format!("{x:.*}", (3.0 - size.log10().floor()).max(0.0) as usize),
        _ => format!("{x:.3e}"),
    }
}
