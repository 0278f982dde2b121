//! `jointly evidence`: what this node can prove, in a file that anyone can verify offline.

use std::io::{Read, Write};
use std::path::Path;

use jointly_node::live::control::{Ask, JobReport, Table};
use jointly_node::{JobId, ProjectId, Report, verify_bundle};
use serde_json::{Value, json};

use crate::args::EvidenceCommand;
use crate::client;
use crate::failure::Failure;
use crate::output::Output;
use crate::table;

/// The largest file that is read: larger ones are no bundles.
const LARGEST: u64 = (256 << 20) + 1;

/// How the command ends when evidence does not hold.
const NOT_SOUND: u8 = 5;

/// Exports or verifies.
pub async fn run(home: &Path, command: EvidenceCommand, output: &Output) -> Result<(), Failure> {
    match command {
        EvidenceCommand::Export { project, file } => {
            let project = match project {
                Some(wanted) => Some(client::project(home, &wanted).await?.id),
                None => None,
            };
            let bundle = bundle(home, project).await?;
            let new = std::fs::OpenOptions::new().write(true).create_new(true).open(&file);
            let written = new.and_then(|mut f| f.write_all(bundle.as_bytes()).and_then(|()| f.sync_all()));
            written.map_err(Failure::file("write", &file))?;
            output.done(&format!("Anyone can verify it: jointly evidence verify {}", file.display()))
        }
        EvidenceCommand::Verify { file, answer } => verify(&file, answer.as_deref(), output),
    }
}

/// A running node's evidence.
pub async fn bundle(home: &Path, project: Option<ProjectId>) -> Result<String, Failure> {
    client::ask(home, &Ask::Evidence { project }).await
}

fn verify(file: &Path, answer: Option<&Path>, output: &Output) -> Result<(), Failure> {
    let report = verify_bundle(&read(file)?);
    let shown = answer.map(|job| proven(job, &report)).transpose()?;
    let text = || match &shown {
        Some((job, table)) => {
            format!("{report}The answer of job {job}, as its receipt holds it:\n{}\n", table::answer(table))
        }
        None => report.to_string(),
    };
    output.show(&as_json(&report, shown.as_ref()), |_| text())?;
    if report.is_sound() {
        return Ok(());
    }
    let next = "do not rely on it; ask the node that exported it for a new copy";
    Err(Failure { code: NOT_SOUND, message: format!("{} is not sound: {next}", file.display()) })
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let fail = || Failure::file("read", file);
    let mut bytes = Vec::new();
    std::fs::File::open(file).map_err(fail())?.take(LARGEST).read_to_end(&mut bytes).map_err(fail())?;
    Ok(bytes)
}

/// The answer in a receiver's job, if it is the one that the job's receipt commits to.
fn proven(file: &Path, report: &Report) -> Result<(JobId, Table), Failure> {
    let wrong = |what: &str| Failure { code: NOT_SOUND, message: format!("{}: {what}", file.display()) };
    let job: JobReport = serde_json::from_slice(&read(file)?)
        .map_err(|e| wrong(&format!("this is no job as `jointly job show … --format json` prints it: {e}")))?;
    let proof =
        job.proof.ok_or_else(|| wrong("it holds no answer: ask one of the project's receivers for its copy"))?;
    let receipt = report.receipts.iter().find(|r| r.job == job.job);
    let receipt = receipt.ok_or_else(|| wrong(&format!("the evidence holds no receipt of job {}", job.job)))?;
    if receipt.result != Some(proof.commitment()) {
        return Err(wrong(&format!(
            "this is not the answer that the receipt of job {} holds: it was altered",
            job.job
        )));
    }
    let table = serde_json::from_str(&proof.text).map_err(|e| wrong(&format!("the answer cannot be read: {e}")))?;
    Ok((job.job, table))
}

fn as_json(report: &Report, answer: Option<&(JobId, Table)>) -> Value {
    let problem = |p: &jointly_node::Problem| json!({ "place": p.place, "what": p.what });
    let receipt = |r: &jointly_node::ReceiptStatus| json!({ "job": r.job, "project": r.project, "entry": r.entry, "signed": r.signed, "missing": r.missing });
    json!({
        "sound": report.is_sound(),
        "complete": report.is_complete(),
        "node": report.node.as_ref().map(|(name, key)| json!({ "name": name, "key": key })),
        "exported": report.exported,
        "shown": report.shown,
        "withheld": report.withheld,
        "projects": report.projects.iter().map(|(id, name)| json!({ "id": id, "name": name })).collect::<Vec<_>>(),
        "receipts": report.receipts.iter().map(receipt).collect::<Vec<_>>(),
        "answer": answer.map(|(job, table)| json!({ "job": job, "answer": table })),
        "problems": report.problems.iter().map(problem).collect::<Vec<_>>(),
        "gaps": report.gaps.iter().map(problem).collect::<Vec<_>>(),
    })
}
