//! `jointly align --project`: an alignment between nodes.

use std::path::Path;

use jointly_node::live::control::{AlignResult, AlignTask, JobReport, Wanted};

use crate::args::Align;
use crate::failure::Failure;
use crate::output::Output;
use crate::{client, query, table};

/// Has the node align, and copies what it has written to where it is wanted.
pub async fn run(home: &Path, align: Align, output: &Output) -> Result<(), Failure> {
    let (project, alignment) = align.project.zip(align.alignment).unwrap_or_default();
    let project = client::project(home, &project).await?.id;
    if let Some(path) = align.output.as_ref().filter(|path| path.exists()) {
        return Err(Failure::usage(format!("{} exists already: name another --output", path.display())));
    }
    let result = match align.result.as_deref() {
        Some("shared") => AlignResult::Shared { payload: align.payload },
        names => AlignResult::Told(names.into_iter().flat_map(|n| n.split(',')).map(|n| n.trim().to_owned()).collect()),
    };
    let wanted = Wanted::Align(AlignTask {
        alignment,
        result,
        variant: align.variant,
        protocol: align.protocol,
        security: align.security,
        restart: align.restart,
    });
    if align.explain {
        return query::plan_only(home, project, wanted, output).await;
    }
    let mut report = query::run(home, project, wanted).await?;
    if let Some((from, to)) = report.written.as_ref().zip(align.output) {
        std::fs::copy(from, &to).map_err(Failure::file("write", &to))?;
        report.written = Some(to);
    }
    output.show(&report, words)
}

fn words(report: &JobReport) -> String {
    let mut text = report.answer.as_ref().map_or_else(
        || "This node has no side in it, or keeps the result no longer.\n".to_owned(),
        |counts| format!("{}\n", table::answer(counts)),
    );
    if let Some(path) = &report.written {
        text += &format!("Written to {}.\n", path.display());
    }
    text += &report.notes.iter().map(|note| format!("Note: {note}.\n")).collect::<String>();
    text + &query::cost(report) + &query::receipt(report)
}
