//! What each participant does to answer a question: its part at home, and the joint one.

use std::{sync::Arc, time::Duration};

use jointly_core::Cost;
use jointly_net::{Ctx, Mesh};
use jointly_sql::{home, joint};

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
const LONGEST_JOB: Duration = Duration::from_secs(24 * 3600);

impl Node {
    /// This node's part in a question.
    pub(in super::super) async fn answer_question(
        &self,
        job: &Arc<Job>,
        planned: &Planned,
        mesh: Arc<dyn Mesh>,
        done: &mut Done,
    ) -> Result<(), Fault> {
        let me = mesh.me();
        let owns = planned.plan.setting().owners.iter().any(|o| o.party == me);
        let mut mine = None;
        if owns {
            job.progress("computing over the own rows");
            let signed = self.0.store.project(job.proposal.project)?;
            let rows = self.rows(signed.document(), &planned.plan.question.table).await?;
            let numbers = tokio::select! {
                numbers = home::compute(&planned.plan, me, rows) => numbers.map_err(|e| self.own_trouble(e))?,
                why = job.stop.wait() => return Err(why),
            };
            let bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
            done.commitment = Some(self.commit_to(job.proposal.job, "jointly v1 input", &bytes)?);
            mine = Some(numbers);
        }
        job.progress("computing jointly");
        let (node, runner) = (self.clone(), job.clone());
        let (opened, cost) = self.apart(async move { node.joint(&runner, mesh, mine).await }).await?;
        (done.bytes, done.rounds) = (cost.bytes, cost.rounds);
        if let Some(opened) = opened {
            let (answer, proof) = answer::read(self.0.identity.name(), &planned.plan, &opened)?;
            done.result = Some(proof.commitment());
            let mut seen = lock(&job.seen);
            (seen.answer, seen.proof) = (Some(answer), Some(proof));
        }
        Ok(())
    }

    /// The joint part, until it ends or is stopped.
    async fn joint(
        &self,
        job: &Job,
        mesh: Arc<dyn Mesh>,
        mine: Option<Vec<i64>>,
    ) -> Result<(Option<Vec<i64>>, Cost), Fault> {
        let Work::Query(planned) = &job.agreement.work else { return Err(Fault::broken()) };
        let (planned, me) = (&**planned, mesh.me());
        let Planned { plan, engine, among, needs } = planned;
        let computes = among.computes(me);
        // Who does not compute waits for those who do, however long they compute: they watch each other.
        let patience = if computes { self.0.config.patience } else { LONGEST_JOB };
        let mut ctx = Ctx::new(mesh.clone(), &job.path(), patience);
        let salt = joint::salt(&Hex::random()?.0);
        let leased = match computes {
            true => tokio::select! {
                leased = self.lease(job, &mut ctx, planned) => leased?,
                why = job.stop.wait() => return Err(why),
            },
            false => Vec::new(),
        };
        let work = async {
            if computes {
                let mut engine = (engine.start)(ctx, *among).await?;
                leased.iter().try_for_each(|packed| engine.unpack(packed))?;
                engine.stock(needs).await?;
                let (_, opened) = joint::run(&mut *engine, plan, mine.as_deref(), &salt).await?;
                let cost = engine.measured();
                mesh.close().await;
                return Ok((opened, cost));
            }
            let mut client = (engine.client)(ctx, *among);
            if let Some(mine) = &mine {
                client.give(mine).await?;
            }
            let receives = plan.setting().receivers.iter().any(|r| r.1 == me);
            let opened = if receives { Some(client.take(plan.opened_numbers()).await?) } else { None };
            mesh.close().await;
            Ok((opened, client.measured()))
        };
        tokio::select! {
            done = work => match done {
                Ok(done) => Ok(done),
                Err(jointly_sql::Error::Protocol(e)) => Err(self.cause(job, &e).await),
                Err(other) => Err(self.own_trouble(other)),
            },
            why = job.stop.wait() => Err(why),
        }
    }
}
