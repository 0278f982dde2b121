//! A participant's part in training a model.

use std::{sync::Arc, time::Duration};

use jointly_core::Cost;
use jointly_gadget::salt::{self, SALT};
use jointly_model::{Kept, Plan, Reading, Trained, train};
use jointly_net::{Ctx, Mesh};
use jointly_share::Engine;
use zeroize::Zeroizing;

use super::{
    super::{
        agreement::Work,
        control::Fault,
        job::Job,
        messages::Done,
        node::{Node, lock},
    },
    Planned, answer,
};
use crate::Hex;

/// How long a participant that does not compute waits for what it receives, while the computing parties' nodes are alive.
pub(super) const LONGEST_JOB: Duration = Duration::from_secs(24 * 3600);

/// What comes of the joint part.
pub(super) struct Joint {
    /// How what was opened is read.
    pub reading: Reading,
    /// The model.
    pub kept: Kept,
    /// What this participant saw.
    pub opened: Option<Vec<i64>>,
}

/// What is joint: the model's numbers and the salt, to be opened to receivers.
pub(super) async fn joint(
    e: &mut dyn Engine,
    plan: &Plan,
    mine: Option<&[i64]>,
    random: &[i64; SALT],
) -> Result<Joint, jointly_core::Error> {
    let mut fork = e.fork("salt").await?;
    let salt = salt::shared(&mut *fork, random).await?;
    e.join(fork)?;
    let Trained { shown, reading, kept } = train(e, plan, mine).await?;
    let all = e.concat(&[&shown, &salt])?;
    let mut seen = None;
    for receiver in &plan.receivers {
        seen = e.open_to(&all, *receiver).await?.or(seen);
    }
    Ok(Joint { reading, kept, opened: seen })
}

/// What was opened, what it cost, and shares of the model, where these are kept.
type Ended = (Option<Vec<i64>>, Cost, Option<Zeroizing<Vec<u8>>>);

impl Node {
    /// This node's part in training a model.
    pub(in super::super) async fn train(
        &self,
        job: &Arc<Job>,
        planned: &Planned,
        mesh: Arc<dyn Mesh>,
        done: &mut Done,
    ) -> Result<(), Fault> {
        let me = mesh.me();
        let (mut mine, mut manner) = (None, None);
        if planned.sides.iter().any(|side| side.2 == me) {
            job.progress("reading the own rows");
            let signed = self.0.store.project(job.proposal.project)?;
            let (numbers, written) = self.own_samples(job, signed.document(), planned, me).await?;
            let bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
            done.commitment = Some(self.commit_to(job.proposal.job, "jointly v1 samples", &bytes)?);
            (mine, manner) = (Some(numbers), Some(written));
        }
        job.progress("training jointly");
        let (node, runner) = (self.clone(), job.clone());
        let (opened, cost, shares) = self.apart(async move { node.train_jointly(&runner, mesh, mine).await }).await?;
        (done.bytes, done.rounds) = (cost.bytes, cost.rounds);
        if !planned.recipe.answers.is_empty() {
            self.keep_shares(job, planned, manner, shares)?;
        }
        if let Some(opened) = opened {
            let found = answer::read(self.0.identity.name(), planned, &opened)?;
            let path = self.keep_model(job.proposal.job, &found.report)?;
            done.result = Some(found.proof.commitment());
            let mut seen = lock(&job.seen);
            (seen.answer, seen.proof, seen.written) = (Some(found.answer), Some(found.proof), Some(path));
        }
        Ok(())
    }

    /// The joint part, until it ends or is stopped.
    async fn train_jointly(&self, job: &Job, mesh: Arc<dyn Mesh>, mine: Option<Vec<i64>>) -> Result<Ended, Fault> {
        let Work::Train(planned) = &job.agreement.work else { return Err(Fault::broken()) };
        let (planned, me) = (&**planned, mesh.me());
        let computes = planned.among.computes(me);
        // Who does not compute waits for those who do, however long they compute: they watch each other.
        let patience = if computes { self.0.config.patience } else { LONGEST_JOB };
        let ctx = Ctx::new(mesh.clone(), &job.path(), patience);
        let random = salt::salt(&Hex::random()?.0);
        let work = async {
            if computes {
                let mut engine = (planned.engine.start)(ctx, planned.among).await?;
                engine.stock(&planned.needs).await?;
                let Joint { kept, opened, .. } = joint(&mut *engine, &planned.plan, mine.as_deref(), &random).await?;
                let stays = !planned.recipe.answers.is_empty();
                let shares = if stays { Some(kept.save(&mut *engine).await?) } else { None };
                let cost = engine.measured();
                mesh.close().await;
                return Ok((opened, cost, shares));
            }
            let mut client = (planned.engine.client)(ctx, planned.among);
            if let Some(mine) = &mine {
                client.give(mine).await?;
            }
            let receives = planned.plan.receivers.contains(&me);
            let opened = if receives { Some(client.take(planned.reading.len() + SALT).await?) } else { None };
            mesh.close().await;
            Ok((opened, client.measured(), None))
        };
        tokio::select! {
            done = work => match done {
                Ok(done) => Ok(done),
                Err(error) => Err(self.cause(job, &error).await),
            },
            why = job.stop.wait() => Err(why),
        }
    }
}
