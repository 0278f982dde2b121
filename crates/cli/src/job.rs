//! `jointly job`: what is asked of this node's data.

use std::path::Path;

use jointly_node::live::control::{Ask, Frame, JobReport, View};

use crate::args::JobCommand;
use crate::client::{ask, tell};
use crate::failure::Failure;
use crate::output::Output;
use crate::{query, table};

/// Lists, shows, approves, refuses or cancels jobs.
pub async fn run(home: &Path, command: JobCommand, output: &Output) -> Result<(), Failure> {
    match command {
        JobCommand::List => {
            let jobs: Vec<JobReport> = ask(home, &Ask::Jobs).await?;
            output.show(&jobs, |jobs| match jobs.as_slice() {
                [] => "No jobs yet. Ask a question: jointly query --help".into(),
                jobs => table::of(["job", "asked", "state", "request"], jobs.iter().map(row)),
            })
        }
        JobCommand::Show { job } => {
            let report: JobReport = ask(home, &Ask::Job { job }).await?;
            output.show(&report, words)
        }
        JobCommand::Seen { job } => {
            let report: JobReport = ask(home, &Ask::Job { job }).await?;
            let missing = || {
                Failure::usage(format!(
                    "nothing is kept of what this node saw of job {job}: it is no look-up, or ended long ago"
                ))
            };
            output.show(&report.view.ok_or_else(missing)?, seen)
        }
        JobCommand::Approve { job } => {
            tell(home, &Ask::Approve { job }).await?;
            output.done(&format!("Job {job} may run."))
        }
        JobCommand::Refuse { job, reason } => {
            tell(home, &Ask::Refuse { job, reason }).await?;
            output.done(&format!("Job {job} is refused; its asker is told why."))
        }
        JobCommand::Cancel { job } => {
            tell(home, &Ask::Cancel { job }).await?;
            output.done(&format!("Job {job} is being stopped."))
        }
    }
}

fn row(report: &JobReport) -> [String; 4] {
    let asked = report.created.format("%Y-%m-%d %H:%M").to_string();
    [report.job.to_string(), asked, report.state.to_string(), brief(&report.request)]
}

/// The beginning of a question, on one line.
fn brief(request: &str) -> String {
    const LONGEST: usize = 60;
    let line = table::visible(&request.split_whitespace().collect::<Vec<_>>().join(" "));
    if line.chars().count() <= LONGEST { line } else { line.chars().take(LONGEST).chain(['…']).collect() }
}

fn words(report: &JobReport) -> String {
    let mut text = format!("Job {}, {}\n{}\n", report.job, report.state, table::visible(&report.request));
    if let Some(fault) = &report.fault {
        text += &format!("Why: {}\n", table::visible(&fault.message));
    } else if !report.state.is_final() && !report.progress.is_empty() {
        text += &format!("Now: {}\n", table::visible(&report.progress));
    }
    if let Some(explanation) = &report.explanation {
        text += &query::plan(explanation);
    }
    if report.state == jointly_node::JobState::Ended {
        text += &query::answer(report);
    }
    if !report.traffic.is_empty() {
        let sent = report.traffic.iter().map(|(party, bytes)| [party.clone(), table::bytes(*bytes)]);
        text += &format!("{}\n", table::of(["party", "sent"], sent));
    }
    text + &report.notes.iter().map(|note| format!("Note: {}.\n", table::visible(note))).collect::<String>()
}

/// What came over the wire inside TLS, and left over it, frame by frame.
fn seen(view: &View) -> String {
    let row = |f: &Frame| {
        let way = if f.came { "came in" } else { "went out" };
        [way.to_owned(), format!("{} bytes", f.bytes), f.begins.clone()]
    };
    let more = if view.more > 0 { format!("and {} more frames\n", view.more) } else { String::new() };
    let frames = table::of(["frame", "length", "begins with"], view.frames.iter().map(row));
    format!("{frames}\n{more}")
}

#[cfg(test)]
mod tests {
    use super::brief;

    #[test]
    fn a_long_question_is_cut_after_a_character_not_within_one() {
        assert_eq!(brief("SELECT\n  1"), "SELECT 1");
        let cut = brief(&"é".repeat(100));
        assert!(cut.ends_with("é…") && cut.chars().count() == 61, "{cut}");
    }
}
