//! What this node does when its own operator asks.

use std::{path::Path, time::Duration};

use chrono::TimeDelta;
use jointly_data::{Dataset, Declaration, Schema};
use jointly_net::tls;
use serde_json::{Value, json};

use super::{
    control::{About, Ask, Explanation, Fault, JobReport, PeerLine, ProjectLine, Token, Wanted},
    draft::Draft,
    messages::{Call, Message, Said},
    node::{Node, lock},
    task::Task,
};
use crate::{Bundle, DatasetRecord, Invitation, JobId, Member, Peer, Project, ProjectId, Signed, clock};

impl Node {
    /// Answers its own operator.
    pub(super) async fn operate(&self, ask: Ask) -> Result<Value, Fault> {
        let store = &self.0.store;
        Ok(match ask {
            Ask::About => serde_json::to_value(self.about())?,
            Ask::Stop => {
                self.stop();
                Value::Null
            }
            Ask::Invite { address, minutes } => {
                let valid = TimeDelta::minutes(minutes.into());
                let invitation = Invitation::new(&self.0.identity, &address, valid, clock::now())?;
                store.insert_invitation(&invitation)?;
                serde_json::to_value(Token { token: invitation.token().to_string() })?
            }
            Ask::Accept { token, address } => serde_json::to_value(self.accept(&token, address).await?)?,
            Ask::Peers => {
                let line = |p: Peer| self.peer_line(p);
                serde_json::to_value(store.peers()?.into_iter().map(line).collect::<Vec<_>>())?
            }
            Ask::AddDataset { declaration, folder } => {
                let parsed = Declaration::from_toml(&declaration)?;
                store.insert_dataset(&DatasetRecord { name: parsed.name, declaration, folder })?;
                Value::Null
            }
            Ask::RemoveDataset { name } => {
                store.remove_dataset(&name)?;
                Value::Null
            }
            Ask::Datasets => json!(store.datasets()?.into_iter().map(|d| d.name).collect::<Vec<_>>()),
            Ask::Profile { name, schema } => {
                let dataset = self.open(&name, &Schema::from_toml(&schema)?).await?;
                serde_json::to_value(dataset.profile().await?)?
            }
            Ask::Propose { draft } => serde_json::to_value(self.propose(Draft::from_toml(&draft)?).await?)?,
            Ask::Sign { project } => serde_json::to_value(self.sign(project).await?)?,
            Ask::Revoke { project } => serde_json::to_value(self.revoke(project).await?)?,
            Ask::Projects => {
                let lines = store.projects()?.iter().map(|p| self.project_line(p)).collect::<Result<Vec<_>, _>>()?;
                serde_json::to_value(lines)?
            }
            Ask::Explain { project, wanted } => serde_json::to_value(self.explain(project, wanted).await?)?,
            Ask::Start { project, wanted } => serde_json::to_value(self.start_job(project, wanted)?)?,
            Ask::Lookup { project, lookup, action } => {
                serde_json::to_value(self.keep_lookup(project, &lookup, action).await?)?
            }
            Ask::Stock => serde_json::to_value(self.stock_report()?)?,
            Ask::KeepStock { project, sql, times } => {
                store.project(project)?;
                store.wish_stock(project, &sql, times)?;
                Value::Null
            }
            Ask::Job { job } => serde_json::to_value(self.report(job)?)?,
            Ask::Jobs => {
                // What is large is told of each job by itself.
                let brief =
                    |j: crate::Job| Ok(JobReport { view: None, answer: None, proof: None, ..self.report(j.id)? });
                let reports = store.jobs()?.into_iter().map(brief).collect::<Result<Vec<_>, Fault>>()?;
                serde_json::to_value(reports)?
            }
            Ask::Approve { job } => {
                let job = self.find(job)?;
                self.approve(&job)?;
                Value::Null
            }
            Ask::Refuse { job, reason } => {
                let job = self.find(job)?;
                self.refuse(&job, &reason)?;
                Value::Null
            }
            Ask::Kept => serde_json::to_value(self.kept_lines()?)?,
            Ask::Forget { job } => {
                self.forget_model(job)?;
                Value::Null
            }
            Ask::OneRow { job, row } => serde_json::to_value(self.one_row(job, row).await?)?,
            Ask::EndRows { job } => {
                self.end_rows(job);
                Value::Null
            }
            Ask::Cancel { job } => {
                self.cancel(job)?;
                Value::Null
            }
            Ask::Evidence { project } => {
                let bundle = Bundle::export(store, &self.0.identity, project)?;
                json!(String::from_utf8_lossy(&bundle.to_json()?))
            }
        })
    }

    fn about(&self) -> About {
        let identity = &self.0.identity;
        About {
            name: identity.name().into(),
            key: identity.public_key(),
            address: self.address().map(|a| a.to_string()),
        }
    }

    fn peer_line(&self, p: Peer) -> PeerLine {
        let connected = self.0.hub.connected(&tls::PublicKey(*p.key.as_bytes()));
        PeerLine { name: p.name, key: p.key, address: p.address, connected }
    }

    async fn accept(&self, token: &str, address: Option<String>) -> Result<PeerLine, Fault> {
        let invitation: Invitation = token.trim().parse()?;
        invitation.check_expiry(clock::now())?;
        let key = tls::PublicKey(*invitation.key.as_bytes());
        let call =
            Call::Join { secret: hex::encode(invitation.secret()), name: self.0.identity.name().into(), address };
        let request = serde_json::to_vec(&Message { time: clock::now(), call })?;
        let reply = self.0.hub.call_address(&invitation.address, key, request).await?;
        match serde_json::from_slice(&reply)? {
            Said::Ok(_) => {}
            Said::Error(fault) => return Err(fault.at(&invitation.inviter)),
        }
        let since = clock::now();
        let peer = Peer { name: invitation.inviter, key: invitation.key, address: Some(invitation.address), since };
        self.0.store.insert_peer(&peer)?;
        self.0.hub.set_peer(key, peer.address.clone());
        // The line says whether it is connected; a moment is enough on a good link.
        let _ = self.0.hub.wait_connected(&key, Duration::from_secs(5)).await;
        Ok(self.peer_line(peer))
    }

    /// A registered dataset, opened under a schema.
    pub(super) async fn open(&self, name: &str, schema: &Schema) -> Result<Dataset, Fault> {
        let record = self.0.store.dataset(name)?;
        let declaration = Declaration::from_toml(&record.declaration)?;
        Ok(Dataset::open(declaration, schema, Path::new(&record.folder)).await?)
    }

    async fn propose(&self, draft: Draft) -> Result<ProjectLine, Fault> {
        let me = self.about();
        let mut members = vec![Member { name: me.name, key: me.key, address: me.address }];
        members.extend(self.0.store.peers()?.into_iter().map(|p| Member {
            name: p.name,
            key: p.key,
            address: p.address,
        }));
        let project = draft.project(&members, clock::now())?;
        self.check_own_data(&project).await?;
        let mut signed = Signed::draft(&project)?;
        signed.sign(&self.0.identity)?;
        self.spread(&signed).await
    }

    async fn sign(&self, id: ProjectId) -> Result<ProjectLine, Fault> {
        let mut signed = self.0.store.project(id)?;
        self.check_own_data(signed.document()).await?;
        signed.sign(&self.0.identity)?;
        self.spread(&signed).await
    }

    /// Before signing: the datasets that the project expects of this node are there and fit the agreed schemas.
    async fn check_own_data(&self, project: &Project) -> Result<(), Fault> {
        let key = self.0.identity.public_key();
        let Some(me) = project.member_with(&key) else {
            return Err(Fault::refused("this node is no member of the project"));
        };
        for dataset in project.datasets.iter().filter(|d| d.owner == me.name) {
            if let Some(schema) = project.table(&dataset.table).filter(|_| !project.rehearsal) {
                self.open(&dataset.name, schema).await?;
            }
        }
        Ok(())
    }

    /// Keeps the project and sends it to all other members.
    async fn spread(&self, signed: &Signed<Project>) -> Result<ProjectLine, Fault> {
        let signed = self.0.store.put_project(signed)?;
        let document = signed.to_json()?;
        let key = self.0.identity.public_key();
        let others = signed.document().members.iter().filter(|m| m.key != key);
        let send = others.map(|m| self.ask::<Value>(&m.key, &m.name, Call::Project { document: document.clone() }));
        futures::future::try_join_all(send).await?;
        self.project_line(&signed)
    }

    /// Revokes a project here, and tells the other members; returns those that could not be told. They hear of it when they next ask this node for something.
    async fn revoke(&self, id: ProjectId) -> Result<Vec<String>, Fault> {
        let signed = self.0.store.project(id)?;
        let key = self.0.identity.public_key();
        self.note_revocation(&key, id)?;
        let others = signed.document().members.iter().filter(|m| m.key != key);
        let tell = others.map(async |m| {
            let told = self.ask::<Value>(&m.key, &m.name, Call::Revoke { project: id }).await;
            told.is_err().then(|| m.name.clone())
        });
        Ok(futures::future::join_all(tell).await.into_iter().flatten().collect())
    }

    fn project_line(&self, signed: &Signed<Project>) -> Result<ProjectLine, Fault> {
        let project = signed.document();
        Ok(ProjectLine {
            id: project.id,
            name: project.name.clone(),
            missing: signed.missing(),
            revoked: self.0.store.revoked_by(project.id)?,
            words: project.in_words(),
        })
    }

    async fn explain(&self, id: ProjectId, wanted: Wanted) -> Result<Explanation, Fault> {
        let signed = self.0.store.project(id)?;
        let project = self.in_force(&signed)?;
        let (task, reason) = self.task_of(project, &wanted).await?;
        let mut explanation = self.plan(&signed, task).await?.2.explanation;
        explanation.add(reason);
        Ok(explanation)
    }

    /// What the owners whose tables a task reads tell of their rows.
    pub(super) async fn all_rows(&self, project: &Project, task: &Task) -> Result<Vec<u64>, Fault> {
        let aligned = task.aligned();
        let ask = |(owner, table): (String, String)| async move {
            let member =
                project.member(&owner).ok_or_else(|| Fault::refused("an owner is no member of the project"))?;
            self.ask::<u64>(&member.key, &member.name, Call::Rows { project: project.id, table, aligned }).await
        };
        futures::future::try_join_all(self.read_by(project, task).await?.into_iter().map(ask)).await
    }

    /// Stops a job that this node asked or takes part in.
    fn cancel(&self, id: JobId) -> Result<(), Fault> {
        let over = || Fault::refused(format!("job {id} has come to its end already"));
        let why = Fault::failed(format!("{} cancelled the job", self.0.identity.name()));
        if let Some(asked) = lock(&self.0.asked).get(&id) {
            if asked.state.is_final() {
                return Err(over());
            }
            asked.stop.stop(why);
            return Ok(());
        }
        let job = self.find(id)?;
        if job.ended().is_some() {
            return Err(over());
        }
        job.stop.stop(why);
        Ok(())
    }

    pub(super) fn find(&self, job: JobId) -> Result<std::sync::Arc<super::job::Job>, Fault> {
        let found = lock(&self.0.jobs).get(&job).cloned();
        found.ok_or_else(|| Fault::refused(format!("there is no job {job} under way at this node")))
    }
}
