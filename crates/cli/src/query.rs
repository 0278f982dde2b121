//! `jointly query` and `jointly explain`.

use std::path::Path;
use std::time::Duration;

use jointly_node::live::control::{Ask, Explanation, JobReport, Measured, Wanted};
use jointly_node::{JobId, JobState, ProjectId};

use crate::args::Question;
use crate::client::{self, ask, tell};
use crate::failure::Failure;
use crate::output::Output;
use crate::progress::Progress;
use crate::table;

/// How often the node is asked how the job stands.
const POLL: Duration = Duration::from_millis(50);

/// Asks, waits, prints the answer.
pub async fn query(home: &Path, question: Question, output: &Output) -> Result<(), Failure> {
    let project = client::project(home, &question.project).await?.id;
    let report = run(home, project, Wanted::Query { sql: question.sql }).await?;
    output.show(&report, answer)
}

/// Plans only.
pub async fn explain(home: &Path, question: Question, output: &Output) -> Result<(), Failure> {
    let project = client::project(home, &question.project).await?.id;
    plan_only(home, project, Wanted::Query { sql: question.sql }, output).await
}

/// Shows the plan of what is wanted.
pub async fn plan_only(home: &Path, project: ProjectId, wanted: Wanted, output: &Output) -> Result<(), Failure> {
    let explanation: Explanation = ask(home, &Ask::Explain { project, wanted }).await?;
    output.show(&explanation, plan)
}

/// Starts what is wanted and waits for its end; Ctrl-C cancels the job.
pub async fn run(home: &Path, project: ProjectId, wanted: Wanted) -> Result<JobReport, Failure> {
    let job: JobId = ask(home, &Ask::Start { project, wanted }).await?;
    ended(home, job, std::future::pending()).await
}

/// Waits for the job's end, and meanwhile for `work`, which ends with it.
pub async fn ended(
    home: &Path,
    job: JobId,
    work: impl Future<Output = Result<(), Failure>>,
) -> Result<JobReport, Failure> {
    let all = async {
        let (report, ()) = tokio::try_join!(wait(home, job), async {
            tokio::select! {
                worked = work => worked,
                _ = wait_quietly(home, job) => Ok(()),
            }
        })?;
        Ok::<_, Failure>(report)
    };
    let report = tokio::select! {
        report = all => report?,
        _ = tokio::signal::ctrl_c() => {
            tell(home, &Ask::Cancel { job }).await?;
            return Err(Failure::failed(format!("job {job} was cancelled")));
        }
    };
    match report.fault {
        Some(fault) => Err(Failure::from(fault).at(&format!("job {job}"))),
        None if report.state == JobState::Ended => Ok(report),
        None => Err(Failure::failed(format!("job {job} did not end well; see: jointly job show {job}"))),
    }
}

async fn wait_quietly(home: &Path, job: JobId) -> Result<(), Failure> {
    while !ask::<JobReport>(home, &Ask::Job { job }).await?.state.is_final() {
        tokio::time::sleep(POLL).await;
    }
    Ok(())
}

async fn wait(home: &Path, job: JobId) -> Result<JobReport, Failure> {
    let mut progress = Progress::new();
    loop {
        let report: JobReport = ask(home, &Ask::Job { job }).await?;
        if report.state.is_final() {
            return Ok(report);
        }
        progress.say(&report.progress);
        tokio::time::sleep(POLL).await;
    }
}

/// The answer, what it cost, and who signed for it.
pub fn answer(report: &JobReport) -> String {
    let rows = report.answer.as_ref().map_or_else(
        || "The answer went to its receivers; this node is none of them, or keeps it no longer.".to_owned(),
        table::answer,
    );
    let rehearsal = report.explanation.as_ref().map_or("", rehearsal);
    format!("{rehearsal}{rows}\n{}{}", cost(report), receipt(report))
}

/// The plan in words.
pub fn plan(explanation: &Explanation) -> String {
    let steps = explanation.steps.iter().map(|s| [s.place.clone(), s.action.clone(), s.learned.clone()]);
    let steps = table::of(["where", "step", "who learns what"], steps);
    let Explanation { protocol, trust, predicted, memory, .. } = explanation;
    let rehearsal = rehearsal(explanation);
    let memory = table::bytes(*memory);
    format!(
        "{steps}\n{rehearsal}{protocol}.\n{trust}.\nPredicted: {}; about {memory} of memory for it at each party that computes.\n",
        spent(predicted)
    )
}

/// What must be known before the numbers are read.
fn rehearsal(explanation: &Explanation) -> &'static str {
    match explanation.rehearsal {
        true => "A rehearsal: all rows are synthetic. The numbers say nothing about real ones.\n",
        false => "",
    }
}

/// Predicted against measured.
pub fn cost(report: &JobReport) -> String {
    let line =
        |label: &str, cost: Option<&Measured>| cost.map(|c| format!("{label}: {}.\n", spent(c))).unwrap_or_default();
    let predicted = report.explanation.as_ref().map(|e| &e.predicted);
    line("Predicted", predicted) + &line("Measured", report.measured.as_ref())
}

pub fn receipt(report: &JobReport) -> String {
    match (&report.receipt, report.unsigned.as_slice()) {
        (None, _) => String::new(),
        (Some(receipt), []) => {
            format!("Receipt of job {}: signed by all {} parties.\n", receipt.job, receipt.parties.len())
        }
        (Some(receipt), missing) => format!("Receipt of job {}: not signed by {}.\n", receipt.job, missing.join(", ")),
    }
}

fn spent(cost: &Measured) -> String {
    format!("{} sent by all together, {} rounds, {:.2} s", table::bytes(cost.bytes), cost.rounds, cost.seconds)
}
