//! Look-ups: planning a query, its two sides, and what a holder does with its database.

mod holder;
mod manifest;
mod query;

use jointly_pir::{MAX_BATCH, Shape, choice::Way, lookup::Manifest, transfer::MAX_ROWS};

use super::{
    agreement::Work,
    control::{Explanation, Fault, Measured},
    node::Node,
    task::LookupTask,
};
use crate::{Lookup, Project, PublicKey};

/// A look-up that is planned.
pub struct Planned {
    /// What the members agreed on.
    pub lookup: Lookup,
    /// What the querier wants.
    pub task: LookupTask,
    /// The look-up database that both mean.
    pub manifest: Manifest,
}

/// The places of the two.
pub const QUERIER: usize = 0;
pub const HOLDER: usize = 1;

impl Planned {
    /// The table that is read at the participant of this name.
    pub fn table_of(&self, name: &str) -> Option<&str> {
        (name == self.lookup.holder).then_some(self.lookup.table.as_str())
    }

    /// The protocols' names.
    pub fn protocols(&self) -> Vec<String> {
        let way = match self.task.way {
            Way::Query => "pir/query",
            Way::Transfer => "pir/transfer",
            Way::Copy => "pir/copy",
        };
        vec!["oprf/poprf".to_owned(), way.to_owned()]
    }

    /// Bytes of memory that it takes at the participant at `place`, beside what a holder keeps between queries.
    pub fn memory(&self, place: usize) -> u64 {
        match (self.task.way, place) {
            // The table once more, prepared.
            (Way::Query, HOLDER) => 2 * self.table_bytes(),
            (Way::Query, _) => 0,
            (Way::Transfer | Way::Copy, _) => 2 * self.table_bytes(),
        }
    }

    fn table_bytes(&self) -> u64 {
        self.manifest.buckets() as u64 * self.manifest.bucket_bytes() as u64
    }
}

impl Node {
    /// Plans a query of `from`: the two participants, and who learns what.
    pub(super) async fn plan_lookup(
        &self,
        from: &PublicKey,
        project: &Project,
        task: &LookupTask,
        round_trip: f64,
    ) -> Result<(Work, Vec<String>, Explanation), Fault> {
        let lookup = lookup_of(project, &task.lookup)?;
        let asker = project.member_with(from).map(|m| m.name.as_str()).unwrap_or_default();
        if asker != task.querier || !lookup.queriers.contains(&task.querier) {
            let name = &lookup.name;
            return Err(Fault::refused(format!(
                "{asker} may not ask for the look-up {name:?}; {} may",
                lookup.queriers.join(", ")
            )));
        }
        let most = lookup.burst.min(jointly_lookup::MOST_IDS as u64);
        if task.ids == 0 || u64::from(task.ids) > most {
            return Err(Fault::refused(format!("a query of {:?} has 1 to {most} IDs, not {}", lookup.name, task.ids)));
        }
        let manifest = self.manifest_of(project, lookup).await?;
        if task.way == Way::Transfer && manifest.buckets() > MAX_ROWS {
            let buckets = manifest.buckets();
            return Err(Fault::refused(format!(
                "a table of {buckets} rows is too large for oblivious transfer: use query or copy"
            )));
        }
        if manifest.digest() != task.manifest.0 {
            return Err(Fault::refused(format!(
                "version {} of the look-up {:?} is the one of {}, and the query is for another: ask again, with the current manifest",
                manifest.version, lookup.name, lookup.holder
            )));
        }
        let planned = Planned { lookup: lookup.clone(), task: task.clone(), manifest };
        let explanation = explain(project, &planned, round_trip)?;
        let names = vec![task.querier.clone(), lookup.holder.clone()];
        Ok((Work::Lookup(Box::new(planned)), names, explanation))
    }

    /// The current manifest: this node's own, or the one that was seen last.
    async fn manifest_of(&self, project: &Project, lookup: &Lookup) -> Result<Manifest, Fault> {
        let me = self.0.identity.public_key();
        if project.member(&lookup.holder).is_some_and(|m| m.key == me) {
            let holder = self.holder(project, lookup).await?;
            return Ok(holder.manifest().clone());
        }
        self.seen_manifest(project, lookup)?
            .ok_or_else(|| Fault::refused(format!("the manifest of the look-up {:?} is not here yet", lookup.name)))
    }
}

/// The look-up of that name.
fn lookup_of<'a>(project: &'a Project, name: &str) -> Result<&'a Lookup, Fault> {
    project.lookup(name).ok_or_else(|| {
        let names: Vec<&str> = project.lookups.iter().map(|l| l.name.as_str()).collect();
        let (project, name) = (&project.name, crate::text::quotable(name));
        Fault::refused(format!("the project {project:?} has no look-up {name:?}; it has {}", names.join(", ")))
    })
}

fn explain(project: &Project, planned: &Planned, round_trip: f64) -> Result<Explanation, Fault> {
    let Planned { lookup, task, manifest } = planned;
    let (querier, holder, n) = (&task.querier, &lookup.holder, task.ids);
    let ids = if n == 1 { "1 ID".to_owned() } else { format!("{n} IDs") };
    let step =
        |place: &str, action: String, learned: String| jointly_sql::Step { place: place.to_owned(), action, learned };
    let told = match lookup.columns.as_slice() {
        [] => "for each ID whether it is there".to_owned(),
        columns => format!("for each ID that is there its {}", columns.join(", ")),
    };
    let (fetch, table) = match task.way {
        Way::Query => (format!("answers {} private queries over its whole encrypted table", 2 * n), ""),
        Way::Transfer => (format!("transfers {} of its rows obliviously", 2 * n), ""),
        Way::Copy => (
            "gives the whole encrypted table, once for each version".to_owned(),
            "; it keeps the table, in which it can open no row without an evaluation",
        ),
    };
    let steps = vec![
        step(querier, format!("blinds {ids}; some may be of nobody"), "nothing".into()),
        step(
            holder,
            "evaluates them under its key, and proves that it is the published one".into(),
            format!("{holder}: that {querier} asks about at most {ids}; neither which nor whether it is there"),
        ),
        step(holder, fetch, format!("{holder}: nothing")),
        step(
            querier,
            "opens what was made for its IDs".into(),
            format!("{querier}: {told}, and nothing of other rows{table}"),
        ),
    ];
    let bytes = bytes(manifest, task)?;
    let rounds = if task.way == Way::Transfer { 12 } else { 6 };
    let seconds = rounds as f64 * round_trip + bytes as f64 / 100e6 + 0.1;
    Ok(Explanation {
        protocol: format!(
            "{}: RFC 9497 in the mode POPRF on ristretto255, and {}",
            planned.protocols().join(" and "),
            task.way
        ),
        trust: format!(
            "Whatever program {holder} runs, it does not learn which IDs are asked about, and an answer under another key than the published one is \
             seen. Whatever program {querier} runs, it opens the rows of no more than {ids}. {holder} could leave rows out, or give a row that cannot be opened, \
             which is the same as one that is not there"
        ),
        steps,
        rehearsal: project.rehearsal,
        predicted: Measured { bytes, rounds, seconds },
        memory: planned.memory(HOLDER),
    })
}

/// About how many bytes both send for a query.
fn bytes(manifest: &Manifest, task: &LookupTask) -> Result<u64, Fault> {
    let shape = Shape { rows: manifest.buckets(), row_bytes: manifest.bucket_bytes() };
    let (ids, table) = (u64::from(task.ids), shape.rows as u64 * shape.row_bytes as u64);
    let layout = shape.layout().map_err(|e| Fault::of_protocol(&e, &[]))?;
    let fetched = match task.way {
        Way::Query => 2 * ids * layout.bytes() as u64,
        Way::Transfer => (2 * ids).div_ceil(MAX_BATCH as u64) * (table + 16 * shape.rows as u64) + 20_000,
        Way::Copy => table,
    };
    Ok(fetched + 64 * ids + 300)
}
