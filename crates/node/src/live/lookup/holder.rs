//! What a holder does with its look-up databases: making, changing, describing them, and counting what is asked of them.

use std::{path::PathBuf, sync::Arc};

use jointly_data::TableRows;
use jointly_lookup::{Counts, Holder, Offer, Purpose};
use jointly_pir::lookup::Limits;
use serde_json::json;

use super::{
    super::{
        control::{Fault, LookupAction, LookupStatus, LookupUse},
        messages::Proposal,
        node::{Node, lock},
        task::{LookupTask, Task},
    },
    lookup_of,
};
use crate::{Hex, Lookup, Project, ProjectId, PublicKey, clock, hash::hash};

impl Node {
    /// The own look-up database, from disk if it was not asked before.
    pub(super) async fn holder(&self, project: &Project, lookup: &Lookup) -> Result<Arc<Holder>, Fault> {
        let key = (project.id, lookup.name.clone());
        let mut holders = self.0.holders.lock().await;
        if let Some(holder) = holders.get(&key) {
            return Ok(holder.clone());
        }
        // What is wrong names files: it is for this node's operator.
        let opened = self.open_holder(project.id, lookup).await;
        let opened = opened.map_err(|fault| self.hidden("opening the look-up database", fault))?;
        let holder = Arc::new(opened.ok_or_else(|| {
            let (holder, name) = (&lookup.holder, &lookup.name);
            Fault::refused(format!("{holder} has not published the look-up {name:?} yet (jointly lookup publish)"))
        })?);
        holders.insert(key, holder.clone());
        Ok(holder)
    }

    async fn open_holder(&self, project: ProjectId, lookup: &Lookup) -> Result<Option<Holder>, Fault> {
        let (folder, seal) = (self.lookup_folder(project, lookup), self.sealing_key());
        self.apart(async move { Ok(Holder::open(&folder, &seal)?) }).await
    }

    fn lookup_folder(&self, project: ProjectId, lookup: &Lookup) -> PathBuf {
        let name = hash("jointly v1 look-up folder", &[lookup.name.as_bytes()]);
        self.0.config.home.join("lookups").join(project.to_string()).join(hex::encode(&name[..8]))
    }

    fn sealing_key(&self) -> zeroize::Zeroizing<[u8; 32]> {
        self.0.identity.sealing_key("look-up databases")
    }

    /// Makes, changes or describes an own look-up database, for this node's operator.
    pub(in super::super) async fn keep_lookup(
        &self,
        id: ProjectId,
        name: &str,
        action: LookupAction,
    ) -> Result<LookupStatus, Fault> {
        let signed = self.0.store.project(id)?;
        let project = self.in_force(&signed)?;
        let lookup = lookup_of(project, name)?;
        let me = self.0.identity.public_key();
        if project.member(&lookup.holder).is_none_or(|m| m.key != me) {
            return Err(Fault::refused(format!(
                "the look-up {name:?} is of {}: only its node can do this",
                lookup.holder
            )));
        }
        // One after the other: each starts from what the one before has left.
        let _turn = self.0.publishing.lock().await;
        let mut read = Vec::new();
        if action != LookupAction::Show {
            let (changed, told) = self.change(project, lookup, action).await?;
            read = told;
            if let Some(holder) = changed {
                let manifest = holder.manifest();
                let about = json!({
                    "action": action, "version": manifest.version, "epoch": manifest.epoch, "manifest": Hex(manifest.digest()),
                });
                self.0.store.note_lookup_published((id, name), about)?;
                self.0.holders.lock().await.insert((id, lookup.name.clone()), Arc::new(holder));
            }
        }
        self.lookup_status(project, lookup, read).await
    }

    /// Reads the dataset, and makes the next version from it; none if nothing has changed.
    async fn change(
        &self,
        project: &Project,
        lookup: &Lookup,
        action: LookupAction,
    ) -> Result<(Option<Holder>, Vec<String>), Fault> {
        let (offer, rows) = (offer(project, lookup)?, self.rows(project, &lookup.table).await?);
        let rows = TableRows::new(&format!("the table {}", lookup.table), rows);
        let (folder, seal) = (self.lookup_folder(project.id, lookup), self.sealing_key());
        let name = lookup.name.clone();
        let changed = self.apart(async move {
            let told = &mut |step| tracing::debug!("publishing: {step:?}");
            match (Holder::open(&folder, &seal)?, action) {
                (None, LookupAction::Publish) => {
                    let (holder, counts) = Holder::publish(&folder, &seal, &offer, &rows, told).await?;
                    Ok((Some(holder), words(&counts)))
                }
                (None, _) => {
                    Err(Fault::refused(format!("the look-up {name:?} is not published yet (jointly lookup publish)")))
                }
                (Some(last), LookupAction::Rotate) => {
                    let (holder, counts) = last.rotate(&offer, &rows, told).await?;
                    Ok((Some(holder), words(&counts)))
                }
                (Some(last), _) => {
                    let (holder, update) = last.update(&offer, &rows, told).await?;
                    let mut read = words(&update.counts);
                    read.push(match update.groups {
                        0 => "nothing has changed since".to_owned(),
                        n => {
                            format!("{n} of 256 groups of IDs have changed: queriers see that these have, and not how")
                        }
                    });
                    Ok((holder, read))
                }
            }
        });
        changed.await
    }

    async fn lookup_status(
        &self,
        project: &Project,
        lookup: &Lookup,
        read: Vec<String>,
    ) -> Result<LookupStatus, Fault> {
        let used = |querier: &String| {
            let ids = self.0.store.lookup_use((project.id, &lookup.name), querier)?;
            Ok(LookupUse { querier: querier.clone(), ids, total: lookup.total })
        };
        // From disk: what is described is what a new start would find.
        let holder = self.open_holder(project.id, lookup).await?;
        let status = holder.as_ref().map(Holder::status);
        let status = status.as_ref();
        Ok(LookupStatus {
            lookup: lookup.name.clone(),
            version: status.map_or(0, |s| s.version),
            epoch: status.map_or(0, |s| s.epoch),
            ids: status.map_or(0, |s| s.ids as u64),
            capacity: lookup.capacity,
            table_bytes: status.map_or(0, |s| s.table_bytes as u64),
            manifest: holder.as_ref().map(|h| Hex(h.manifest().digest())),
            read,
            asked: lookup.queriers.iter().map(used).collect::<Result<_, Fault>>()?,
        })
    }

    /// Counts a query that is to be answered here, before anything of it is; or refuses it.
    pub(in super::super) fn charge(&self, project: &Project, task: &LookupTask) -> Result<(), Fault> {
        let lookup = lookup_of(project, &task.lookup)?;
        let me = self.0.identity.public_key();
        if project.member(&lookup.holder).is_none_or(|m| m.key != me) {
            return Ok(());
        }
        let limits = Limits { burst: lookup.burst, seconds: lookup.seconds, total: lookup.total };
        let about = (project.id, lookup.name.as_str());
        Ok(self.0.store.charge_lookup(about, &task.querier, limits, task.ids.into(), clock::now())?)
    }

    /// Keeps evidence of a look-up that is refused here: who asked about how many, and why not.
    pub(in super::super) fn note_refusal(&self, from: &PublicKey, proposal: &Proposal, fault: &Fault) {
        let Task::Lookup(task) = &proposal.task else { return };
        let known = self.0.store.project(proposal.project);
        if !known.is_ok_and(|signed| signed.document().member_with(from).is_some()) {
            return;
        }
        {
            // Who asks again and again does not fill the log.
            let mut refusals = lock(&self.0.refusals);
            if refusals.get(from).is_some_and(|last| clock::now() - *last < clock::NOTE_AGAIN) {
                return;
            }
            refusals.insert(*from, clock::now());
        }
        let name = crate::text::quotable(&task.lookup);
        let querier = self.name_of(from).unwrap_or_else(|_| from.fingerprint());
        let noted =
            self.0.store.note_lookup_refused((proposal.project, &name), &querier, task.ids as usize, &fault.message);
        if let Err(error) = noted {
            tracing::error!("a refused look-up could not be noted: {error}");
        }
    }
}

/// What was found in the dataset, for its owner.
fn words(counts: &Counts) -> Vec<String> {
    let note = |n: u64, what: &str, rows: Vec<u64>| {
        let more = if n > rows.len() as u64 { ", …" } else { "" };
        let rows: Vec<String> = rows.iter().map(u64::to_string).collect();
        (n > 0).then(|| format!("{n} {what}: row {}{more}", rows.join(", ")))
    };
    let twice = counts.duplicate_examples.iter().map(|[row, _]| *row).collect();
    let notes = [
        note(counts.empty, "rows have an empty key and are found by nobody", counts.empty_examples.clone()),
        note(counts.duplicates, "rows have the key of an earlier one and were left out", twice),
    ];
    let read = format!("{} rows were read", counts.rows);
    std::iter::once(read).chain(notes.into_iter().flatten()).collect()
}

/// What the project's members agreed on, as the look-up database is made by it.
pub(super) fn offer(project: &Project, lookup: &Lookup) -> Result<Offer, Fault> {
    let key = lookup.key().map_err(Fault::refused)?;
    let name = format!("{}/{}", project.id, lookup.name);
    let purpose = match lookup.columns.as_slice() {
        [] => Purpose::Check,
        [only] => Purpose::Score(only.clone()),
        _ => Purpose::Record,
    };
    let capacity = usize::try_from(lookup.capacity).unwrap_or(usize::MAX);
    Ok(Offer { name, key, purpose, columns: lookup.record(project), capacity })
}
