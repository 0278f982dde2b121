//! `jointly lookup`: asking about single persons without saying whom, and being asked.

use std::io::Read;
use std::path::Path;

use datafusion::arrow::{
    array::{Array, AsArray},
    compute::cast,
    datatypes::DataType,
};
use futures::StreamExt;
use jointly_data::{RawTable, Rows};
use jointly_node::live::control::{Ask, JobReport, LookupAction, LookupStatus, LookupWish, Wanted};
use serde_json::Value;

use crate::args::{Asking, LookupCommand, LookupName};
use crate::client::{self, ask};
use crate::failure::Failure;
use crate::output::Output;
use crate::progress::Progress;
use crate::{query, table};

/// The longest ID that is read.
const LONGEST_ID: u64 = 64 << 10;

/// The most rows of a file that are asked about at once.
const MOST_IDS: usize = 4096;

/// Publishes, asks, rotates or describes.
pub async fn run(home: &Path, command: LookupCommand, output: &Output) -> Result<(), Failure> {
    match command {
        LookupCommand::Publish(lookup) => keep(home, lookup, LookupAction::Publish, output).await,
        LookupCommand::Rotate(lookup) => keep(home, lookup, LookupAction::Rotate, output).await,
        LookupCommand::Status(lookup) => keep(home, lookup, LookupAction::Show, output).await,
        LookupCommand::Query { lookup, id, asking } => {
            let id = if id == ["-"] { typed()? } else { id };
            if let Some(report) = ask_about(home, lookup, vec![id], asking, output).await? {
                output.show(&report, words)?;
            }
            Ok(())
        }
        LookupCommand::Batch { lookup, input, table, key, output: file, asking } => {
            if let Some(file) = file.as_deref().filter(|file| file.exists()) {
                return Err(Failure::usage(format!("{} exists already: name another --output", file.display())));
            }
            let ids = read(&input, table.as_deref(), &key).await?;
            let Some(report) = ask_about(home, lookup, ids, asking, output).await? else { return Ok(()) };
            let answer = report.answer.as_ref();
            match file.as_deref().zip(answer) {
                None => output.show(&report, words),
                Some((file, answer)) => {
                    table::write(file, answer)?;
                    output.show(&report, |report| format!("{}\n{}", found(report), after(report)))
                }
            }
        }
    }
}

/// The lines of standard input.
fn typed() -> Result<Vec<String>, Failure> {
    let mut text = String::new();
    let read = std::io::stdin().take(LONGEST_ID).read_to_string(&mut text);
    read.map_err(|e| Failure::failed(format!("cannot read the ID from standard input: {e}")))?;
    Ok(text.lines().map(str::to_owned).collect())
}

async fn keep(home: &Path, lookup: LookupName, action: LookupAction, output: &Output) -> Result<(), Failure> {
    let project = client::project(home, &lookup.project).await?.id;
    let mut progress = Progress::new();
    if action != LookupAction::Show {
        progress.say("reading the dataset, and evaluating its IDs: a minute for a million");
    }
    let status: LookupStatus = ask(home, &Ask::Lookup { project, lookup: lookup.name, action }).await?;
    output.show(&status, standing)
}

fn standing(status: &LookupStatus) -> String {
    let LookupStatus { lookup, version, epoch, ids, capacity, table_bytes, .. } = status;
    let mut text: String = status.read.iter().map(|line| format!("{line}\n")).collect();
    text += &match status.manifest {
        None => format!("The look-up {lookup:?} is not published yet: jointly lookup publish\n"),
        Some(manifest) => format!(
            "The look-up {lookup:?} is in version {version}, under the key of epoch {epoch}: {ids} IDs, room for {capacity}, {} encrypted.\n\
             Its manifest's hash is {manifest}.\n",
            table::bytes(*table_bytes)
        ),
    };
    let asked = status.asked.iter().map(|a| [a.querier.clone(), a.ids.to_string(), a.total.to_string()]);
    text + &table::of(["who may ask", "IDs asked", "IDs in all"], asked)
}

/// Asks about these IDs, or only plans it.
async fn ask_about(
    home: &Path,
    lookup: LookupName,
    ids: Vec<Vec<String>>,
    asking: Asking,
    output: &Output,
) -> Result<Option<JobReport>, Failure> {
    let project = client::project(home, &lookup.project).await?.id;
    let Asking { pad, a_day, way, explain } = asking;
    let wanted = Wanted::Lookup(LookupWish { lookup: lookup.name, ids, pad, a_day, way });
    if explain {
        query::plan_only(home, project, wanted, output).await?;
        return Ok(None);
    }
    query::run(home, project, wanted).await.map(Some)
}

fn words(report: &JobReport) -> String {
    let rows = report.answer.as_ref().map(table::answer).unwrap_or_default();
    format!("{rows}\n{}", after(report))
}

/// The way, what it cost, and who signed.
fn after(report: &JobReport) -> String {
    let way = report.explanation.as_ref().map_or("", |e| e.protocol.as_str());
    format!("{way}.\n{}{}", query::cost(report), query::receipt(report))
}

fn found(report: &JobReport) -> String {
    let rows = report.answer.as_ref().map_or(&[][..], |a| &a.rows);
    let found = rows.iter().filter(|row| row.get(1) == Some(&Value::Bool(true))).count();
    format!("{found} of {} were found.", rows.len())
}

/// The key's values in all rows of the file.
async fn read(input: &Path, table: Option<&str>, key: &[String]) -> Result<Vec<Vec<String>>, Failure> {
    let wrong = |e: jointly_data::Error| Failure::usage(e.to_string());
    let rows = RawTable::open(RawTable::spec(input, table).map_err(wrong)?, Path::new("")).await.map_err(wrong)?;
    let at = key.iter().map(|name| {
        rows.schema().index_of(name).map_err(|_| {
            let has: Vec<&str> = rows.schema().fields().iter().map(|f| f.name().as_str()).collect();
            Failure::usage(format!("{} has no column `{name}` (--key); it has {}", rows.origin(), has.join(", ")))
        })
    });
    let at: Vec<usize> = at.collect::<Result<_, _>>()?;
    let (mut ids, mut batches) = (Vec::new(), rows.batches());
    while let Some(batch) = batches.next().await {
        let batch = batch.map_err(wrong)?;
        let text = |column: &usize| cast(batch.column(*column), &DataType::Utf8);
        let texts: Vec<_> = at.iter().map(text).collect::<Result<_, _>>().map_err(|e| Failure::usage(e.to_string()))?;
        let value = |texts: &dyn Array, row| {
            let texts = texts.as_string::<i32>();
            if texts.is_null(row) { String::new() } else { texts.value(row).to_owned() }
        };
        ids.extend((0..batch.num_rows()).map(|row| texts.iter().map(|t| value(t.as_ref(), row)).collect::<Vec<_>>()));
        if ids.len() > MOST_IDS {
            return Err(Failure::usage(format!(
                "{} has more than {MOST_IDS} rows, which is the most that are asked about at once: ask in parts",
                rows.origin()
            )));
        }
    }
    Ok(ids)
}
