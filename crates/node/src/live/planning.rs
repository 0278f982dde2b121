//! Planning what a peer proposes: its numbers and its nesting are bounded before anything is computed with them.

use std::future::Future;

use jointly_data::Schema;
use jointly_sql::Question;
use tokio::{runtime::Handle, sync::oneshot};

use super::{
    agreement::{Agreement, Work},
    circuit,
    control::Fault,
    federate,
    node::{Node, lock},
    query::{owners, plan_question},
    stock,
    task::Task,
};
use crate::{JobKind, Project, PublicKey, Signed};

/// Rows of one owner.
const MOST_ROWS: u64 = 1 << 28;

/// Rows of all owners together.
const MOST_ROWS_OF_ALL: u64 = 1 << 31;

/// The longest question.
const QUESTION_BYTES: usize = 64 << 10;

/// Bytes of stack for planning: each nested expression takes some.
const STACK: usize = 32 << 20;

/// Reads a question that is not too long.
pub async fn parse(sql: &str, tables: &[Schema]) -> Result<Question, Fault> {
    if sql.len() > QUESTION_BYTES {
        return Err(Fault::refused(format!("the question is longer than {QUESTION_BYTES} bytes")));
    }
    Ok(Question::parse(sql, tables).await?)
}

/// Runs `work`, which is heavy, on a thread of its own with a large stack: it holds up no connection.
pub async fn on_a_thread<T: Send + 'static>(
    work: impl Future<Output = Result<T, Fault>> + Send + 'static,
) -> Result<T, Fault> {
    let (send, receive) = oneshot::channel();
    let handle = Handle::current();
    let run = move || drop(send.send(handle.block_on(work)));
    let thread = std::thread::Builder::new().name("plan".into()).stack_size(STACK);
    thread.spawn(run).map_err(|e| Fault::failed(format!("no thread could be started to plan on: {e}")))?;
    // A panic drops the sender.
    receive.await.map_err(|_| Fault::broken())?
}

impl Node {
    /// Plans a task in the project, as `from` asks it. `rows` are the owners' rows, as a peer says; `round_trip` is for the prediction of time only.
    pub async fn agree(
        &self,
        from: &PublicKey,
        signed: &Signed<Project>,
        task: &Task,
        rows: &[u64],
        round_trip: f64,
    ) -> Result<Agreement, Fault> {
        check_kind(signed.document(), task.kind())?;
        // One at a time for each peer, however many it sends and forgets: a plan takes time and memory.
        let turns = lock(&self.0.planning).entry(*from).or_default().clone();
        let turn = turns.lock_owned().await;
        let (node, from, signed, task, rows) = (self.clone(), *from, signed.clone(), task.clone(), rows.to_vec());
        on_a_thread(async move {
            let _turn = turn;
            let project = signed.document();
            let planned = match &task {
                Task::Query { sql } | Task::Prepare { sql, .. } => {
                    let question = parse(sql, &project.tables).await?;
                    let owning = owners(project, &question.table);
                    let owning: Vec<_> = owning.into_iter().map(|owner| (owner, question.table.as_str())).collect();
                    node.check_rows(project, &owning, &rows).await?;
                    let planned = plan_question(project, question, &rows, round_trip, node.0.config.memory)?;
                    match task {
                        Task::Prepare { times, .. } => stock::plan(planned, times)?,
                        _ => planned,
                    }
                }
                Task::Align(task) => node.plan_alignment(project, task, &rows, round_trip).await?,
                Task::Lookup(task) => node.plan_lookup(&from, project, task, round_trip).await?,
                Task::Circuit(task) => circuit::plan(project, task, round_trip)?,
                Task::Train(task) => node.plan_model(project, task, &rows, round_trip).await?,
                Task::Predict(task) => node.plan_predictions(&from, project, task, &rows, round_trip).await?,
                Task::Federate(task) => federate::plan(project, task, round_trip)?,
            };
            Agreement::new(project, signed.text(), &task, &rows, planned)
        })
        .await
    }

    /// The owners whose rows a task reads, each with its table, in the project's order.
    pub(super) async fn read_by(&self, project: &Project, task: &Task) -> Result<Vec<(String, String)>, Fault> {
        check_kind(project, task.kind())?;
        Ok(match task {
            Task::Query { sql } | Task::Prepare { sql, .. } => {
                let (sql, tables) = (sql.clone(), project.tables.clone());
                let table = on_a_thread(async move { Ok(parse(&sql, &tables).await?.table) }).await?;
                owners(project, &table).into_iter().map(|owner| (owner.to_owned(), table.clone())).collect()
            }
            Task::Align(task) => {
                let alignment = task.of(project)?;
                alignment.sides.iter().map(|side| (side.owner.clone(), side.table.clone())).collect()
            }
            Task::Train(task) => {
                let sides = task.recipe(project)?.sides(project).into_iter();
                sides.map(|(owner, table)| (owner.to_owned(), table.to_owned())).collect()
            }
            // One row at a time.
            Task::Predict(task) if task.online => Vec::new(),
            Task::Predict(task) => {
                let sides = self.asked_sides(project, task)?.into_iter();
                sides.map(|(owner, table)| (owner.to_owned(), table.to_owned())).collect()
            }
            // A function says itself how many values it takes.
            Task::Lookup(_) | Task::Circuit(_) => Vec::new(),
            // How many rows a member has stays at home.
            Task::Federate(_) => Vec::new(),
        })
    }

    /// Refuses numbers of rows that cannot be, before anything is planned for so many.
    pub(super) async fn check_rows(
        &self,
        project: &Project,
        owning: &[(&str, &str)],
        rows: &[u64],
    ) -> Result<(), Fault> {
        let owners: Vec<&str> = owning.iter().map(|(owner, _)| *owner).collect();
        check_bounds(&owners, rows)?;
        let key = self.0.identity.public_key();
        let is_me = |name: &&str| project.member(name).is_some_and(|m| m.key == key);
        if let Some(mine) = owners.iter().position(is_me)
            && self.told_rows(project, owning[mine].1, &key).await? != rows[mine]
        {
            let me = owners[mine];
            return Err(Fault::refused(format!("{me} has another number of rows than the plan says; ask again")));
        }
        Ok(())
    }
}

/// Refuses jobs of a kind that the members did not agree on.
fn check_kind(project: &Project, kind: JobKind) -> Result<(), Fault> {
    if project.allows(kind) {
        return Ok(());
    }
    let (name, lacks) = (
        &project.name,
        match kind {
            JobKind::Query => "queries: it names no `computing` members",
            JobKind::Align => "alignments: it names no `alignments`",
            JobKind::Lookup => "look-ups: it names no `lookups`",
            JobKind::Circuit => "circuits: it names no `circuits`",
            JobKind::Model => "models: it names no `models`",
            JobKind::Federation => "federations: it names no `federations`",
        },
    );
    Err(Fault::refused(format!("the project {name:?} allows no {lacks}; its members can sign a new one")))
}

pub(super) fn check_bounds(owning: &[&str], rows: &[u64]) -> Result<(), Fault> {
    if owning.len() != rows.len() {
        return Err(Fault::refused("the numbers of rows do not fit the table's owners"));
    }
    if let Some((owner, rows)) = owning.iter().zip(rows).find(|(_, rows)| **rows > MOST_ROWS) {
        return Err(Fault::refused(format!(
            "{owner} says that it has {rows} rows: at most {MOST_ROWS} can be asked about"
        )));
    }
    let all: u64 = rows.iter().sum();
    if all > MOST_ROWS_OF_ALL {
        return Err(Fault::refused(format!(
            "the owners say that they have {all} rows together: at most {MOST_ROWS_OF_ALL} can be asked about"
        )));
    }
    Ok(())
}

/// A job needs more memory than `me` allows, of which other jobs have taken some.
pub fn too_large(me: &str, work: &Work, memory: u64, taken: u64, limit: u64) -> Fault {
    let size = |bytes: u64| match bytes as f64 / f64::from(1 << 20) {
        mib if mib < 1024.0 => format!("{mib:.1} MiB"),
        mib => format!("{:.1} GiB", mib / 1024.0),
    };
    let (needs, limit) = (size(memory), size(limit));
    let change = match (taken, work) {
        (0, Work::Circuit(_)) => {
            "compute on fewer values at a time, or have its operator allow more (jointly node run --memory)".to_owned()
        }
        (0, _) => "let the schema say how many `distinct` values a key has at most, ask for fewer medians and distinct counts at a time, or have its operator \
              allow more (jointly node run --memory)"
            .to_owned(),
        (taken, _) => format!("other jobs take {} at the moment: ask again later", size(taken)),
    };
    Fault::refused(format!(
        "the job needs about {needs} of memory at {me}, which allows {limit} for all jobs: {change}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_bounded_for_each_owner_and_for_all() {
        let said = |owners: usize, rows: u64| {
            check_bounds(&vec!["hungary"; owners], &vec![rows; owners]).err().map(|fault| fault.message)
        };
        assert_eq!(said(8, 1 << 28), None);
        let message = said(9, 1 << 28).unwrap();
        assert!(message.contains("2415919104 rows together: at most 2147483648"), "{message}");
        for rows in [(1 << 28) + 1, 1 << 40, u64::MAX] {
            let message = said(2, rows).unwrap();
            assert!(message.contains(&format!("hungary says that it has {rows} rows: at most 268435456")), "{message}");
        }
    }
}
