//! What this node does when another asks.

use std::time::Duration;

use jointly_net::tls;
use serde_json::{Value, json};

use super::{
    control::Fault,
    messages::{Call, Message, Said},
    node::{Node, lock},
    planning::on_a_thread,
};
use crate::{Peer, Project, ProjectId, PublicKey, Signed, clock, text::and};

/// How long a call may wait for a job's end before it is asked again.
const WAIT: Duration = Duration::from_secs(20);

impl Node {
    pub(super) async fn answer(&self, from: tls::PublicKey, known: bool, request: &[u8]) -> Said {
        let refused = |fault: Fault| {
            tracing::info!("a peer's request was not done: {fault}");
            Said::Error(self.outward(fault))
        };
        self.try_answer(from, known, request).await.map_or_else(refused, Said::Ok)
    }

    async fn try_answer(&self, from: tls::PublicKey, known: bool, request: &[u8]) -> Result<Value, Fault> {
        let from = PublicKey::from_bytes(&from.0)?;
        let peer = self.0.store.peer(&from)?;
        let name = peer.as_ref().map_or_else(|| from.fingerprint(), |p| p.name.clone());
        let message: Message = serde_json::from_slice(request).map_err(|e| Fault::malformed(&name, &e))?;
        clock::check(&name, message.time, clock::now())?;
        match message.call {
            Call::Join { secret, name, address } => self.join(from, &secret, name, address),
            _ if !known || peer.is_none() => Err(Fault::refused("only peers may ask this")),
            call => self.handle(from, call).await,
        }
    }

    /// A call of a peer, or of this node to itself.
    pub(super) async fn handle(&self, from: PublicKey, call: Call) -> Result<Value, Fault> {
        match call {
            Call::Join { .. } => Err(Fault::refused("you are a peer already")),
            Call::Ping => Ok(Value::Null),
            Call::Project { document } => self.take_project(&from, document).await,
            Call::Revoke { project } => {
                self.note_revocation(&from, project)?;
                Ok(Value::Null)
            }
            Call::Rows { project, table, aligned } => {
                let signed = self.0.store.project(project)?;
                let project = self.member_of(&signed, &from)?;
                Ok(json!(match aligned {
                    Some(job) => self.aligned_rows(project, &table, job)?,
                    None => self.told_rows(project, &table, &from).await?,
                }))
            }
            Call::Manifest { project, lookup } => {
                let signed = self.0.store.project(project)?;
                let project = self.member_of(&signed, &from)?;
                Ok(json!(self.tell_manifest(&from, project, &lookup).await?))
            }
            Call::Propose(proposal) => Ok(json!(self.consider(&from, proposal).await?)),
            Call::Approved { job } => {
                let job = self.find(job)?;
                job.check_member(&from)?;
                Ok(json!(job.is_approved()?))
            }
            Call::Start { job } => {
                self.begin(&from, job)?;
                Ok(Value::Null)
            }
            Call::Finish { job } => {
                let job = self.find(job)?;
                job.check_member(&from)?;
                Ok(serde_json::to_value(tokio::time::timeout(WAIT, job.done()).await.ok())?)
            }
            Call::Abort { job, reason } => {
                let job = self.find(job)?;
                job.check_asker(&from)?;
                let reason = format!("{} stopped the job: {}", self.name_of(&from)?, crate::text::quotable(&reason));
                job.stop.stop(Fault::failed(&reason));
                self.end_unstarted(&job, &reason)?;
                Ok(Value::Null)
            }
            Call::Sign { receipt } => Ok(json!(self.sign_receipt(&from, &receipt)?)),
            Call::Keep { receipt } => {
                self.keep_receipt(&from, &receipt)?;
                Ok(Value::Null)
            }
        }
    }

    /// The name of a peer, or of this node.
    pub(super) fn name_of(&self, key: &PublicKey) -> Result<String, Fault> {
        if *key == self.0.identity.public_key() {
            return Ok(self.0.identity.name().to_owned());
        }
        Ok(self.0.store.peer(key)?.map_or_else(|| key.fingerprint(), |p| p.name))
    }

    /// The project, if jobs may run in it: signed by all, within its dates, and revoked by nobody.
    pub(super) fn in_force<'a>(&self, signed: &'a Signed<Project>) -> Result<&'a Project, Fault> {
        let project = signed.active(clock::now())?;
        match self.0.store.revoked_by(project.id)?.as_slice() {
            [] => Ok(project),
            members => Err(Fault::refused(format!(
                "{} revoked the project {:?}: no job of it runs any more; agree on a new one",
                and(members),
                project.name
            ))),
        }
    }

    /// A member revokes a project: its jobs that are under way here stop.
    pub(super) fn note_revocation(&self, member: &PublicKey, id: ProjectId) -> Result<(), Fault> {
        let signed = self.0.store.project(id)?;
        let project = signed.document();
        let name = match project.member_with(member) {
            Some(member) => &member.name,
            None => return Err(Fault::refused(format!("only a member may revoke the project {:?}", project.name))),
        };
        self.0.store.revoke_project(id, name, clock::now())?;
        let why = Fault::refused(format!("{name} revoked the project {:?}", project.name));
        let jobs = lock(&self.0.jobs);
        jobs.values()
            .filter(|job| job.proposal.project == id && job.ended().is_none())
            .for_each(|job| job.stop.stop(why.clone()));
        let asked = lock(&self.0.asked);
        asked.values().filter(|a| a.project == id && !a.state.is_final()).for_each(|a| a.stop.stop(why.clone()));
        Ok(())
    }

    /// The project, if it is in force and `key` is a member.
    pub(super) fn member_of<'a>(&self, signed: &'a Signed<Project>, key: &PublicKey) -> Result<&'a Project, Fault> {
        let project = self.in_force(signed)?;
        match project.member_with(key) {
            Some(_) => Ok(project),
            None => Err(Fault::refused(format!("you are no member of the project {:?}", project.name))),
        }
    }

    fn join(&self, from: PublicKey, secret: &str, name: String, address: Option<String>) -> Result<Value, Fault> {
        let mut bytes = [0; 16];
        let malformed = |_| Fault::refused("the invitation's secret is malformed; ask for a new invitation");
        hex::decode_to_slice(secret, &mut bytes).map_err(malformed)?;
        let peer = Peer { name, key: from, address: address.clone(), since: clock::now() };
        self.0.store.accept_invitation(&bytes, &peer, clock::now())?;
        self.0.hub.set_peer(tls::PublicKey(*from.as_bytes()), address);
        Ok(json!(self.0.identity.name()))
    }

    async fn take_project(&self, from: &PublicKey, document: String) -> Result<Value, Fault> {
        // Its functions are compiled: one project of a peer at a time.
        let turns = lock(&self.0.planning).entry(*from).or_default().clone();
        let (turn, node, from) = (turns.lock_owned().await, self.clone(), *from);
        on_a_thread(async move {
            let _turn = turn;
            let signed: Signed<Project> = Signed::from_json(document.as_bytes())?;
            let project = signed.document();
            if project.member_with(&from).is_none() || project.member_with(&node.0.identity.public_key()).is_none() {
                return Err(Fault::refused("both the sender and this node must be members of the project"));
            }
            node.0.store.put_project(&signed)?;
            Ok(Value::Null)
        })
        .await
    }
}
