//! `jointly prep`: what is made ahead, for questions to come.

use std::path::Path;

use jointly_node::live::control::{Ask, StockReport, Wanted};

use crate::args::{PrepCommand, Preparing};
use crate::client::{self, ask, tell};
use crate::failure::Failure;
use crate::output::Output;
use crate::query;
use crate::table;

/// Runs the command.
pub async fn run(home: &Path, command: PrepCommand, output: &Output) -> Result<(), Failure> {
    match command {
        PrepCommand::Status => status(home, output).await,
        PrepCommand::Make(Preparing { project, times, sql }) => {
            let project = client::project(home, &project).await?.id;
            query::run(home, project, Wanted::Prepare { sql, times }).await?;
            status(home, output).await
        }
        PrepCommand::Keep(Preparing { project, times, sql }) => {
            let project = client::project(home, &project).await?.id;
            tell(home, &Ask::KeepStock { project, sql, times }).await
        }
    }
}

async fn status(home: &Path, output: &Output) -> Result<(), Failure> {
    let lines: Vec<StockReport> = ask(home, &Ask::Stock).await?;
    output.show(&lines, |lines| match lines.as_slice() {
        [] => "nothing is in stock".to_owned(),
        lines => {
            let header = ["for", "what", "made", "left", "when", "job"];
            let row = |line: &StockReport| {
                let StockReport { pool, what, made, left, when, batch } = line;
                let when = when.format("%Y-%m-%d %H:%M").to_string();
                [pool.clone(), what.clone(), made.to_string(), left.to_string(), when, batch.to_string()]
            };
            table::of(header, lines.iter().map(row))
        }
    })
}
