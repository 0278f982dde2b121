//! The demonstration, step by step.

use std::path::Path;

use jointly_data::Profile;
use jointly_node::live::control::{Ask, Explanation, JobReport, Measured, ProjectLine, Table, Wanted};
use jointly_node::verify_bundle;
use serde::Serialize;
use serde_json::{Map, Value};

use super::check;
use super::data::{self, HOSPITALS, SCHEMA};
use super::nodes::{self, DemoNode};
use crate::args::Demo;
use crate::failure::Failure;
use crate::output::Output;
use crate::{client, dataset, evidence, project, query, table};

/// Everything that was seen, for programs.
#[derive(Serialize)]
struct Seen {
    /// The project in plain words.
    project: String,
    /// What the profiles warn of, each with its hospital.
    warnings: Vec<String>,
    /// The question.
    sql: String,
    /// The plan.
    plan: Explanation,
    /// The answer.
    rows: Vec<Map<String, Value>>,
    /// What the plan said it would cost.
    predicted: Measured,
    /// What it cost.
    measured: Measured,
    /// At how many nodes the evidence holds with everyone's signature on the receipt: all, or the demonstration fails.
    receipts_verified: usize,
    /// From the answer of plain DataFusion over all rows in one place, if that was asked for.
    max_abs_difference: Option<f64>,
}

/// Tells it all; `nodes` are the nodes that were started, however it ends.
pub async fn tell(nodes: &mut Vec<DemoNode>, folder: &Path, demo: &Demo, output: Output) -> Result<(), Failure> {
    chapter(output, "Four hospitals, a node each")?;
    for hospital in &HOSPITALS {
        let node = DemoNode::start(hospital.name, folder.join(hospital.name), &[]).await?;
        hospital.write(&node.home)?;
        output.say(&format!("{} listens on {}", node.name, node.address))?;
        nodes.push(node);
    }
    let asker = nodes.first().map(|n| n.home.clone()).ok_or_else(|| Failure::failed("there are no hospitals"))?;
    let met = nodes::introduce(nodes).await?;
    output.say(&format!("{met} one-time invitations: everyone is everyone's peer"))?;
    let warnings = register(nodes, output).await?;
    let project = agree(nodes, output).await?;

    let sql = data::question();
    let plan = plan(&asker, &project, &sql, output).await?;
    chapter(output, "The answer")?;
    let report = query::run(&asker, project.id, Wanted::Query { sql: sql.clone() }).await?;
    output.say(&query::answer(&report))?;
    let receipts_verified = verify(nodes, &report, output).await?;
    let answer = report.answer.ok_or_else(|| Failure::failed("the asker received no answer"))?;
    let max_abs_difference = if demo.check { Some(compare(&answer, folder, output).await?) } else { None };
    let measured = report.measured.unwrap_or_default();
    let (predicted, rows) = (plan.predicted.clone(), objects(answer));
    let project = project.words;
    let seen = Seen { project, warnings, sql, plan, rows, predicted, measured, receipts_verified, max_abs_difference };
    if output.is_json() { output.show(&seen, |_| String::new()) } else { Ok(()) }
}

fn chapter(output: Output, title: &str) -> Result<(), Failure> {
    output.say(&format!("\n── {title} ──"))
}

/// Registers each hospital's table and shows what its profile says.
async fn register(nodes: &[DemoNode], output: Output) -> Result<Vec<String>, Failure> {
    chapter(output, "Each one's own table, under the schema that they agreed on")?;
    let (mut warnings, mut rows) = (Vec::new(), Vec::new());
    for DemoNode { name, home, .. } in nodes {
        dataset::add(home, &home.join(format!("{name}.toml"))).await.map_err(|f| f.at(name))?;
        let profile = dataset::profile(home, name, SCHEMA).await.map_err(|f| f.at(name))?;
        rows.push(summary(name, &profile));
        warnings.extend(profile.warnings.iter().map(|w| format!("{name}: {w}")));
    }
    output.say(&table::of(["hospital", "rows", "without cholesterol", "warnings"], rows))?;
    for warning in &warnings {
        output.say(&format!("warning at {warning}"))?;
    }
    Ok(warnings)
}

fn summary(name: &str, profile: &Profile) -> [String; 4] {
    let cholesterol = profile.columns.iter().find(|c| c.name == "cholesterol");
    let nulls = cholesterol.map_or(0, |c| c.nulls);
    [name.into(), profile.rows.to_string(), nulls.to_string(), profile.warnings.len().to_string()]
}

/// The first hospital proposes a project; the others read and sign it.
async fn agree(nodes: &[DemoNode], output: Output) -> Result<ProjectLine, Failure> {
    chapter(output, "The project, as each one reads it before signing")?;
    let (first, others) = nodes.split_first().ok_or_else(|| Failure::failed("there are no hospitals"))?;
    let draft = project::draft(&data::write_project(&first.home)?)?;
    let mut line: ProjectLine =
        client::ask(&first.home, &Ask::Propose { draft }).await.map_err(|f| f.at(first.name))?;
    output.say(&line.words)?;
    for node in others {
        line = client::ask(&node.home, &Ask::Sign { project: line.id }).await.map_err(|f| f.at(node.name))?;
    }
    if !line.missing.is_empty() {
        return Err(Failure::failed(format!("the project is not signed by {}", line.missing.join(", "))));
    }
    output.say("Signed by all four.")?;
    Ok(line)
}

async fn plan(home: &Path, project: &ProjectLine, sql: &str, output: Output) -> Result<Explanation, Failure> {
    chapter(output, "The question, and its plan before anything runs")?;
    output.say(sql)?;
    let explanation: Explanation =
        client::ask(home, &Ask::Explain { project: project.id, wanted: Wanted::Query { sql: sql.into() } }).await?;
    output.say(&query::plan(&explanation))?;
    Ok(explanation)
}

/// Verifies every node's evidence, as a stranger would: from the file alone.
async fn verify(nodes: &[DemoNode], report: &JobReport, output: Output) -> Result<usize, Failure> {
    chapter(output, "The evidence, verified offline")?;
    for node in nodes {
        let bundle = evidence::bundle(&node.home, Some(report.project)).await.map_err(|f| f.at(node.name))?;
        let found = verify_bundle(bundle.as_bytes());
        let signed = found.receipts.iter().find(|r| r.job == report.job).filter(|r| r.missing.is_empty());
        let Some(receipt) = signed.filter(|_| found.is_complete()) else {
            return Err(Failure::failed(format!("the evidence does not hold:\n{found}")).at(node.name));
        };
        let (bytes, signers) = (table::bytes(bundle.len() as u64), receipt.signed.join(", "));
        output.say(&format!("{}: {bytes}, sound; the receipt is signed by {signers}", node.name))?;
    }
    Ok(nodes.len())
}

async fn compare(answer: &Table, folder: &Path, output: Output) -> Result<f64, Failure> {
    chapter(output, "Checked against plain DataFusion over all rows in one place")?;
    let difference = check::difference(answer, folder).await?;
    output.say(&format!("Largest absolute difference: {difference:.3e}"))?;
    Ok(difference)
}

fn objects(answer: Table) -> Vec<Map<String, Value>> {
    let Table { columns, rows } = answer;
    rows.into_iter().map(|row| columns.iter().cloned().zip(row).collect()).collect()
}
