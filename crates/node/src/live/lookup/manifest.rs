//! Manifests: signed by their holder, so that two of one version are proof of it.

use jointly_lookup::Querier;
use jointly_pir::lookup::Manifest;
use serde::{Deserialize, Serialize};

use super::{
    super::{
        control::{Fault, FaultKind},
        messages::Call,
        node::Node,
    },
    holder::offer,
    lookup_of,
};
use crate::{Lookup, Project, ProjectId, PublicKey, Signed, signed::Document};

/// A look-up database's manifest, as its holder signs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Published {
    /// In which project.
    pub project: ProjectId,
    /// Which look-up.
    pub lookup: String,
    /// What is public of it.
    pub manifest: Manifest,
}

impl Document for Published {
    const DOMAIN: &'static str = "jointly v1 look-up manifest";
    const KIND: &'static str = "look-up manifest";
}

impl Node {
    /// What this node tells a querier of its look-up database.
    pub(in super::super) async fn tell_manifest(
        &self,
        from: &PublicKey,
        project: &Project,
        name: &str,
    ) -> Result<String, Fault> {
        let lookup = lookup_of(project, name)?;
        let asker = project.member_with(from).map(|m| m.name.as_str()).unwrap_or_default();
        let me = self.0.identity.public_key();
        if !lookup.queriers.iter().any(|q| q == asker) || project.member(&lookup.holder).is_none_or(|m| m.key != me) {
            return Err(Fault::refused(format!("{asker} may not ask this node for the look-up {name:?}")));
        }
        let manifest = self.holder(project, lookup).await?.manifest().clone();
        let mut signed = Signed::draft(&Published { project: project.id, lookup: lookup.name.clone(), manifest })?;
        signed.sign(&self.0.identity)?;
        Ok(signed.to_json()?)
    }

    /// Asks the holder for its current manifest, and keeps it if it may follow the one that was seen before.
    pub(super) async fn fetch_manifest(&self, project: &Project, lookup: &Lookup) -> Result<Manifest, Fault> {
        let missing = || Fault::refused(format!("{} is no member of the project", lookup.holder));
        let holder = project.member(&lookup.holder).ok_or_else(missing)?;
        let call = Call::Manifest { project: project.id, lookup: lookup.name.clone() };
        let text: String = self.ask(&holder.key, &holder.name, call).await?;
        let current = self.check_manifest(project, lookup, &text)?;
        let last = self.seen_manifest(project, lookup)?;
        let checked = Querier::new(current.clone(), &offer(project, lookup)?, last.as_ref());
        if let Err(error) = checked {
            let fault = Fault::from(error).at(&holder.name);
            if fault.kind == FaultKind::Cheated {
                // Two signed manifests of one version prove what it did: both are kept.
                let proof = [self.0.store.seen_manifest((project.id, &lookup.name))?.unwrap_or_default(), text];
                self.0.store.note_lookup_cheated((project.id, &lookup.name), &holder.name, &fault.message, &proof)?;
            }
            return Err(fault);
        }
        self.0.store.keep_manifest((project.id, &lookup.name), &text)?;
        Ok(current)
    }

    /// The manifest that was seen last.
    pub(super) fn seen_manifest(&self, project: &Project, lookup: &Lookup) -> Result<Option<Manifest>, Fault> {
        let text = self.0.store.seen_manifest((project.id, &lookup.name))?;
        text.map(|text| self.check_manifest(project, lookup, &text)).transpose()
    }

    fn check_manifest(&self, project: &Project, lookup: &Lookup, text: &str) -> Result<Manifest, Fault> {
        let signed: Signed<Published> = Signed::from_json(text.as_bytes())?;
        let holder = project.member(&lookup.holder).filter(|m| signed.is_signed_by(&m.key));
        let about = signed.document();
        if holder.is_none() || about.project != project.id || about.lookup != lookup.name {
            let (holder, name) = (&lookup.holder, &lookup.name);
            return Err(Fault::refused(format!(
                "{holder} gave a manifest that is not one of the look-up {name:?}, signed by it"
            )));
        }
        Ok(about.manifest.clone())
    }
}
