//! A query between its two nodes.

use std::{path::PathBuf, sync::Arc};

use jointly_core::Party;
use jointly_lookup::{Asked, Found, MOST_IDS, Querier};
use jointly_net::{Ctx, Mesh, witness::Witness};
use jointly_pir::choice::Way;
use serde_json::{Value, json};

use super::{
    super::{
        agreement::Work,
        control::{Fault, LookupWish, Table},
        job::Job,
        messages::Done,
        node::{Node, lock},
        task::LookupTask,
    },
    HOLDER, Planned, QUERIER,
    holder::offer,
    lookup_of,
};
use crate::{Hex, Lookup, Project, hash::hash};

/// Mbit/s of the link, where a way is chosen and nothing is known of it.
const LINK: f64 = 100.0;

impl Node {
    /// The task of a look-up that this node's operator wants: the holder's current version, and the way that fits, with the reason.
    pub(in super::super) async fn lookup_task(
        &self,
        project: &Project,
        wish: &LookupWish,
    ) -> Result<(LookupTask, String), Fault> {
        let lookup = lookup_of(project, &wish.lookup)?;
        let me = self.0.identity.public_key();
        let querier = project.member_with(&me).map(|m| m.name.clone()).unwrap_or_default();
        check_ids(lookup, &wish.ids)?;
        let ids = u32::try_from(wish.ids.len()).unwrap_or(u32::MAX).max(wish.pad.unwrap_or(0));
        let manifest = self.fetch_manifest(project, lookup).await.inspect_err(|fault| {
            // What another node sent is not what it should be: that is for the own evidence.
            let about = (project.id, lookup.name.as_str());
            let _ = self.0.store.note_lookup_refused(about, &querier, wish.ids.len(), &fault.message);
        })?;
        let (fits, reason) = jointly_lookup::choose(&manifest, wish.a_day, LINK)?;
        let way = match wish.way.as_deref() {
            None => fits,
            Some("query") => Way::Query,
            Some("transfer") => Way::Transfer,
            Some("copy") => Way::Copy,
            Some(other) => {
                return Err(Fault::refused(format!("there is no way {other:?}: use query, transfer or copy")));
            }
        };
        let reason = if wish.way.is_some() { format!("{way}, as was asked for") } else { reason };
        let manifest = Hex(manifest.digest());
        Ok((LookupTask { lookup: lookup.name.clone(), querier, ids, way, manifest }, reason))
    }

    /// This node's part in a look-up.
    pub(in super::super) async fn look_up(
        &self,
        job: &Arc<Job>,
        planned: &Planned,
        mesh: Arc<dyn Mesh>,
        done: &mut Done,
    ) -> Result<(), Fault> {
        let (mesh, witness) = Witness::watch(mesh);
        lock(&job.seen).watched = Some(witness);
        job.progress("looking up");
        let (node, runner, holds) = (self.clone(), job.clone(), mesh.me() == Party(HOLDER as u16));
        let mut ctx = Ctx::new(mesh.clone(), &job.path(), self.0.config.patience);
        let meter = ctx.meter_handle();
        let found = self.apart(async move {
            let work = async {
                if holds {
                    node.serve_lookup(&runner, &mut ctx).await
                } else {
                    node.ask_lookup(&runner, &mut ctx).await
                }
            };
            let found = tokio::select! {
                found = work => found,
                why = runner.stop.wait() => Err(why),
            }?;
            mesh.close().await;
            Ok(found)
        });
        let found = found.await;
        (done.bytes, done.rounds) = (meter.bytes(), meter.rounds());
        let Some(found) = found? else { return Ok(()) };
        // No result for the receipt: nobody but the querier could say whether it is this one.
        lock(&job.seen).answer = Some(table(planned, found));
        Ok(())
    }

    /// The holder's part.
    async fn serve_lookup(&self, job: &Job, ctx: &mut Ctx) -> Result<Option<Vec<Found>>, Fault> {
        let Work::Lookup(planned) = &job.agreement.work else { return Err(Fault::broken()) };
        let signed = self.0.store.project(job.proposal.project)?;
        let holder = self.holder(signed.document(), &planned.lookup).await?;
        let served = holder.serve(ctx, Party(QUERIER as u16), &planned.asked()).await;
        match served {
            Ok(()) => Ok(None),
            Err(error) => Err(self.lookup_fault(job, error).await),
        }
    }

    /// The querier's part.
    async fn ask_lookup(&self, job: &Job, ctx: &mut Ctx) -> Result<Option<Vec<Found>>, Fault> {
        let Work::Lookup(planned) = &job.agreement.work else { return Err(Fault::broken()) };
        let ids = lock(&self.0.wishes).remove(&job.proposal.job).ok_or_else(Fault::broken)?;
        let signed = self.0.store.project(job.proposal.project)?;
        let offer = offer(signed.document(), &planned.lookup)?;
        let asked = planned.asked();
        let copy = (asked.way == Way::Copy).then(|| self.copy_file(&planned.lookup.name, job)).transpose()?;
        let querier = Querier::new(planned.manifest.clone(), &offer, None)?;
        match querier.ask(ctx, Party(HOLDER as u16), &ids, &asked, copy.as_deref()).await {
            Ok(found) => Ok(Some(found)),
            Err(error) => Err(self.lookup_fault(job, error).await),
        }
    }

    /// Where the encrypted copy of a look-up database is kept.
    fn copy_file(&self, name: &str, job: &Job) -> Result<PathBuf, Fault> {
        let folder = self.0.config.home.join("copies").join(job.proposal.project.to_string());
        std::fs::create_dir_all(&folder)
            .map_err(|e| Fault::failed(format!("cannot make {}: {e}", folder.display())))?;
        Ok(folder.join(hex::encode(&hash("jointly v1 look-up folder", &[name.as_bytes()])[..8])))
    }

    async fn lookup_fault(&self, job: &Job, error: jointly_lookup::Error) -> Fault {
        match error {
            jointly_lookup::Error::Protocol(e) => self.cause(job, &e).await,
            jointly_lookup::Error::Data(why) => self.hidden("reading the rows", why),
            jointly_lookup::Error::File(why) => self.hidden("the look-up's files", why),
            other => other.into(),
        }
    }
}

impl From<jointly_lookup::Error> for Fault {
    fn from(error: jointly_lookup::Error) -> Self {
        match error {
            jointly_lookup::Error::Protocol(e) => Fault::of_protocol(&e, &[]),
            jointly_lookup::Error::Refused(why) => Fault::refused(why),
            other => Fault::failed(other.to_string()),
        }
    }
}

impl Planned {
    /// What both agreed on for the protocol.
    fn asked(&self) -> Asked {
        Asked { ids: self.task.ids as usize, way: self.task.way }
    }
}

/// Refuses IDs that nobody has, here: what is wrong with one is nothing for the holder.
fn check_ids(lookup: &Lookup, ids: &[Vec<String>]) -> Result<(), Fault> {
    let (name, columns, key) = (&lookup.name, lookup.key.join(", "), lookup.key().map_err(Fault::refused)?);
    for (place, id) in (1..).zip(ids) {
        let values: Vec<&str> = id.iter().map(String::as_str).collect();
        if values.len() != lookup.key.len() {
            return Err(Fault::refused(format!(
                "ID {place} has {} values; the key of {name:?} has {}: {columns}",
                values.len(),
                lookup.key.len()
            )));
        }
        if key.item(&values)?.is_none() {
            return Err(Fault::refused(format!(
                "a value of ID {place} is empty: the key of {name:?} has {columns}, and nobody is found without one of them"
            )));
        }
    }
    match ids.len() {
        0 => Err(Fault::refused("name at least one ID")),
        1..=MOST_IDS => Ok(()),
        n => Err(Fault::refused(format!("a query has at most {MOST_IDS} IDs, not {n}: ask in parts"))),
    }
}

/// What was found, an ID a row, in the order in which they were asked.
fn table(planned: &Planned, found: Vec<Found>) -> Table {
    let columns = &planned.lookup.columns;
    let row = |(i, found): (usize, Found)| {
        let (there, values) = match found {
            // What the holder spoilt is as good as absent: it must not learn from anything that it was asked for.
            Found::NotFound | Found::Malformed => (false, vec![Value::Null; columns.len()]),
            Found::There => (true, Vec::new()),
            Found::Record(values) => (true, values.into_iter().map(|(_, value)| value).collect()),
        };
        [json!(i + 1), json!(there)].into_iter().chain(values).collect()
    };
    let names = ["id", "found"].map(String::from).into_iter().chain(columns.iter().cloned());
    Table { columns: names.collect(), rows: found.into_iter().enumerate().map(row).collect() }
}
