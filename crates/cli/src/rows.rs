//! `jointly predict --online`: rows come in on standard input, and what a model says of each goes out, line by line.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use jointly_node::JobId;
use jointly_node::live::control::{Ask, JobReport, READY, RowAsked};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};

use crate::client::{ask, tell};
use crate::failure::Failure;

/// The longest line that is read.
const LONGEST_LINE: u64 = 64 << 10;

/// How often the job is asked whether it is ready.
const POLL: Duration = Duration::from_millis(50);

/// Asks the job about every line, once it is ready, and ends it after the last. A row that cannot be asked about is said so, and the next one is asked.
pub async fn answer(home: &Path, job: JobId) -> Result<(), Failure> {
    while ask::<JobReport>(home, &Ask::Job { job }).await?.progress != READY {
        tokio::time::sleep(POLL).await;
    }
    let mut input = BufReader::new(tokio::io::stdin());
    loop {
        let mut line = String::new();
        let read = (&mut input).take(LONGEST_LINE).read_line(&mut line).await;
        let read = read.map_err(|e| Failure::failed(format!("standard input cannot be read: {e}")))?;
        if read == 0 {
            return tell(home, &Ask::EndRows { job }).await;
        }
        if line.trim().is_empty() {
            continue;
        }
        let begin = Instant::now();
        match one(home, job, &line).await {
            Ok(said) => {
                let said: Vec<String> = said.iter().map(f64::to_string).collect();
                println!("{}  ({:.1} ms)", said.join("  "), begin.elapsed().as_secs_f64() * 1e3);
            }
            Err(failure) => println!("not answered: {}", failure.message),
        }
    }
}

async fn one(home: &Path, job: JobId, line: &str) -> Result<Vec<f64>, Failure> {
    let values: BTreeMap<String, serde_json::Value> = serde_json::from_str(line).map_err(|e| {
        Failure::usage(format!("the line is no JSON object of columns, as in {{\"customer\": \"C1\"}}: {e}"))
    })?;
    let text = |value: serde_json::Value| match value {
        serde_json::Value::String(text) => text,
        serde_json::Value::Null => String::new(),
        other => other.to_string(),
    };
    let row = values.into_iter().map(|(name, value)| (name, text(value))).collect();
    ask(home, &Ask::OneRow { job, row: RowAsked(row) }).await
}
