//! `jointly evidence`: what this node can prove, in a file that anyone can verify offline.

use std::io::{Read, Write};
use std::path::Path;

use jointly_node::live::control::Ask;
use jointly_node::{ProjectId, Report, verify_bundle};
use serde_json::{Value, json};

use crate::args::EvidenceCommand;
use crate::client;
use crate::failure::Failure;
use crate::output::Output;

/// The largest file that is read: larger ones are no bundles.
const LARGEST: u64 = (256 << 20) + 1;

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
        EvidenceCommand::Verify { file } => verify(&file, output),
    }
}

/// A running node's evidence.
pub async fn bundle(home: &Path, project: Option<ProjectId>) -> Result<String, Failure> {
    client::ask(home, &Ask::Evidence { project }).await
}

fn verify(file: &Path, output: &Output) -> Result<(), Failure> {
    let fail = || Failure::file("read", file);
    let mut bytes = Vec::new();
    std::fs::File::open(file).map_err(fail())?.take(LARGEST).read_to_end(&mut bytes).map_err(fail())?;
    let report = verify_bundle(&bytes);
    output.show(&as_json(&report), |_| report.to_string())?;
    if report.is_sound() {
        return Ok(());
    }
    let next = "do not rely on it; ask the node that exported it for a new copy";
    Err(Failure { code: 5, message: format!("{} is not sound: {next}", file.display()) })
}

fn as_json(report: &Report) -> Value {
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
        "problems": report.problems.iter().map(problem).collect::<Vec<_>>(),
        "gaps": report.gaps.iter().map(problem).collect::<Vec<_>>(),
    })
}
