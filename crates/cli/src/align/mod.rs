//! `jointly align`: two people with a file each find the rows that they have in common; [`nodes`] is for members of a project.

mod nodes;

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jointly_align::connection::{Connection, connect, listen};
use jointly_align::{
    Duplicates, Event, Job, Key, Learner, Options, Parties, Plan, Report, Role, Settings, code::Code, source,
};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::args::{Align, Repeated};
use crate::failure::Failure;
use crate::output::Output;
use crate::progress::Progress;
use crate::table::{self, bytes};

/// How long the other side may be busy; one that is gone is noticed within seconds.
const PATIENCE: Duration = Duration::from_secs(24 * 3600);
/// The longest code that is read.
const LONGEST_CODE: u64 = 1024;

/// What programs read.
#[derive(Serialize)]
struct Outcome {
    plan: Plan,
    report: Told,
}

/// A report, and what it says of the other side.
#[derive(Serialize)]
struct Told {
    #[serde(flatten)]
    report: Report,
    their_rows: u64,
    received: Option<u64>,
}

impl Told {
    fn new(report: Report, role: Role) -> Self {
        let theirs = |list: &Vec<u64>| list.get(1 - role.party().index()).copied();
        let (their_rows, received) = (theirs(&report.rows).unwrap_or(0), report.sent_by.as_ref().and_then(theirs));
        Self { report, their_rows, received }
    }
}

/// Runs one side, or has the node do it.
pub async fn run(home: &Path, align: Align, output: &Output) -> Result<(), Failure> {
    match align.project {
        Some(_) => nodes::run(home, align, output).await,
        None => run_side(align, output).await,
    }
}

async fn run_side(align: Align, output: &Output) -> Result<(), Failure> {
    let code = align.code.as_deref().map(read_code).transpose()?;
    let (address, to) = (align.listen, align.connect.clone());
    let role = if address.is_some() { Role::Listener } else { Role::Connector };
    let mut job = Job::open(options(align, role).await?)?;
    say(*output, &words(&job.plan()))?;
    let connection = match (address, to, code) {
        (Some(address), ..) => {
            let listener = listen(address, job.pairing()?).await?;
            let at = listener.address().unwrap_or(address);
            say(
                *output,
                &format!(
                    "listening on {at}\nThe other side needs this code, by a way that you both trust; it is good for one alignment:"
                ),
            )?;
            say(*output, &listener.code().text())?;
            listener.accept().await?
        }
        (_, Some(address), Some(code)) => connect(&address, &code, job.pairing()?).await?,
        _ => return Err(Failure::usage("give either --listen ADDR, or --connect HOST:PORT with --code CODE")),
    };
    job.paired(connection.peer().0)?;
    let outcome = together(job, role, &connection, *output).await;
    connection.close().await;
    output.show(&outcome?, |outcome| report(&outcome.report))
}

async fn together(job: Job, role: Role, connection: &Connection, output: Output) -> Result<Outcome, Failure> {
    let (mut progress, mut plan, mut failed) = (Progress::new(), job.plan(), None);
    let report = job
        .run(connection.mesh(), &mut |event| match event {
            Event::Begins(_) | Event::Brings(_) => {}
            Event::Step(step) => progress.say(step),
            Event::Plan(whole) => {
                failed = say(output, &sizes(whole, role)).err();
                plan = whole.clone();
            }
        })
        .await?;
    failed.map_or(Ok(Outcome { plan, report: Told::new(report, role) }), Err)
}

/// For people on standard output; beside a program's JSON on standard error.
fn say(output: Output, text: &str) -> Result<(), Failure> {
    if output.is_json() {
        eprintln!("{text}");
        return Ok(());
    }
    output.say(text)
}

async fn options(align: Align, role: Role) -> Result<Options, Failure> {
    let Some(input) = align.input else { return Err(Failure::usage("name the file with --input")) };
    let result: Learner = match align.result.as_deref() {
        None => Learner::Both,
        Some(word) => word.parse().map_err(|why| Failure::usage(format!("--result {word}: {why}")))?,
    };
    let key = Key::new(align.key)?;
    let settings = Settings {
        normalise: Settings::NORMALISE,
        key: key.rules(),
        result: result.into(),
        variant: align.variant,
        protocol: align.protocol,
        security: align.security,
        hide_size: align.hide_size,
        payload: None,
    };
    let beside = align.work.unwrap_or_else(|| beside(align.output.as_deref().unwrap_or(&input)));
    Ok(Options {
        parties: Parties::sides(role),
        path: "align".to_owned(),
        source: source::of_file(&input, align.table.as_deref()).await?,
        key,
        settings,
        agreed: None,
        output: align.output,
        duplicates: match align.duplicates {
            Repeated::First => Duplicates::First,
            Repeated::Refuse => Duplicates::Refuse,
        },
        memory: u64::from(align.memory) << 20,
        work: beside,
        restart: align.restart,
        patience: PATIENCE,
    })
}

/// The work folder of a file.
fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".align");
    PathBuf::from(name)
}

fn read_code(text: &str) -> Result<Code, Failure> {
    if text != "-" {
        return Ok(text.parse()?);
    }
    let mut typed = Zeroizing::new(String::with_capacity(LONGEST_CODE as usize));
    let read = std::io::stdin().take(LONGEST_CODE).read_to_string(&mut typed);
    read.map_err(|e| Failure::failed(format!("cannot read the code from standard input: {e}")))?;
    Ok(typed.parse()?)
}

/// The plan for people.
fn words(plan: &Plan) -> String {
    let mut text = format!("Plan\n  protocol: {} ({})\n", plan.protocol, plan.paper);
    plan.security.iter().for_each(|line| text += &format!("  security: {line}\n"));
    plan.learns.iter().for_each(|line| text += &format!("  learns:   {line}\n"));
    text += &format!("  writes:   {}", plan.writes);
    text
}

/// What is added to it when both have said their sizes.
fn sizes(plan: &Plan, role: Role) -> String {
    let Some(sizes) = &plan.sizes else { return String::new() };
    let cost = plan.bytes.map_or_else(String::new, |n| format!(", about {} in all", bytes(n)));
    let buckets = if sizes.buckets == 1 { "one bucket".to_owned() } else { format!("{} buckets", sizes.buckets) };
    let asked = plan.security.iter().filter(|line| line.starts_with("how many keys"));
    let asked: String = asked.map(|line| format!("\n  security: {line}")).collect();
    let [mine, theirs] = [role.party().index(), 1 - role.party().index()].map(|at| sizes.rows.get(at).unwrap_or(&0));
    format!("  sizes:    {mine} rows here, {theirs} there; {buckets}{cost}{asked}")
}

fn report(told: &Told) -> String {
    let Told { report, their_rows, received } = told;
    let Report { input, matches, output, sent, seconds, .. } = report;
    let mut text = format!("Done in {seconds:.1} s\n  rows:     {} here, {their_rows} there", input.rows);
    if let Some(matches) = matches {
        text += &format!("; {matches} of the rows here are common");
    }
    if let Some((path, rows)) = output {
        text += &format!("\n  written:  {rows} rows to {}", path.display());
    }
    text += &format!("\n  bytes:    {} sent", bytes(*sent));
    received.iter().for_each(|n| text += &format!(", {} received", bytes(*n)));
    let (buckets, before) = report.buckets;
    if before > 0 {
        text += &format!("\n  resumed:  {before} of {buckets} buckets were done before");
    }
    report.learnt.iter().for_each(|line| text += &format!("\n  learnt:   {line}"));
    report.warnings.iter().for_each(|line| text += &format!("\n  note:     {line}"));
    table::visible(&text)
}
