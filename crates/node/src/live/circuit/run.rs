//! A party's part in a circuit.

use std::{sync::Arc, time::Duration};

use jointly_circuit::Bits;
use jointly_core::{Adversary, Error};
use jointly_garble::{
    Evaluator,
    covert::{DOMAIN, Key, Signature, Signer, Signers},
};
use jointly_net::{Ctx, Mesh, Meter};
use jointly_registry::circuit_evaluator;

use super::{
    super::{
        agreement::Work,
        control::Fault,
        job::Job,
        messages::Done,
        node::{Node, lock},
    },
    Planned, values,
};
/// How long a party is waited for, for each second that the job was predicted to take.
const SLOWEST: Duration = Duration::from_secs(10);

/// Seconds of a prediction beyond which no longer is waited.
const LONGEST: f64 = 24.0 * 3600.0;

impl Node {
    /// This node's part in a circuit.
    pub(in super::super) async fn compute(
        &self,
        job: &Arc<Job>,
        planned: &Planned,
        mesh: Arc<dyn Mesh>,
        done: &mut Done,
    ) -> Result<(), Fault> {
        let (signed, me) = (self.0.store.project(job.proposal.project)?, mesh.me());
        job.progress("reading the own values");
        let mine = self.own_values(job, signed.document(), planned, me).await?;
        if !mine.is_empty() {
            let commitment = self.commit_to(job.proposal.job, "jointly v1 circuit input", &mine.to_bytes())?;
            done.commitment = Some(commitment);
        }
        job.progress("computing jointly");
        // Between two messages a party may garble all of it, on a slower machine than predicted.
        let slow = SLOWEST.mul_f64(job.agreement.explanation.predicted.seconds.min(LONGEST));
        let ctx = Ctx::new(mesh.clone(), &job.path(), self.0.config.patience.max(slow));
        let meter: Arc<Meter> = ctx.meter_handle();
        let (node, runner) = (self.clone(), job.clone());
        let learnt = self.apart(async move { node.evaluate(&runner, ctx, mesh, mine).await }).await;
        // What was sent until a run broke off is told, too.
        (done.bytes, done.rounds) = (meter.bytes(), meter.rounds());
        lock(&job.seen).answer = values::answer(planned.function(), me, &learnt?)?;
        Ok(())
    }

    /// The joint part, until it ends or is stopped.
    async fn evaluate(&self, job: &Arc<Job>, mut ctx: Ctx, mesh: Arc<dyn Mesh>, mine: Bits) -> Result<Bits, Fault> {
        let Work::Circuit(planned) = &job.agreement.work else { return Err(Fault::broken()) };
        let work = async {
            let mut evaluator = self.evaluator(job, planned, &mut ctx).await?;
            let learnt = evaluator.evaluate(&mut ctx, planned.function(), &mine).await?;
            mesh.close().await;
            Ok(learnt)
        };
        tokio::select! {
            learnt = work => match learnt {
                Ok(learnt) => Ok(learnt),
                Err(Error::Cheated { by: Some(by), proof: Some(proof), .. }) => Err(self.keep_certificate(job, planned, by, &proof)),
                Err(error) => Err(self.cause(job, &error).await),
            },
            why = job.stop.wait() => Err(why),
        }
    }

    async fn evaluator(&self, job: &Job, planned: &Planned, ctx: &mut Ctx) -> Result<Box<dyn Evaluator>, Error> {
        let signers = match (planned.adversary, job.agreement.keys.as_slice()) {
            (Adversary::PubliclyVerifiable { .. }, [garbler, evaluator]) => {
                let keys = [*garbler.as_bytes(), *evaluator.as_bytes()];
                Some(Signers { keys, mine: Arc::new(Signs(self.clone())) })
            }
            _ => None,
        };
        #[cfg(feature = "faults")]
        if let Some(cheat) = self.cheating(planned, ctx, signers.as_ref()) {
            return cheat;
        }
        circuit_evaluator(ctx, planned.adversary, signers).await
    }
}

/// Signs runs as the node that it is.
struct Signs(Node);

impl Signer for Signs {
    fn key(&self) -> Key {
        *self.0.0.identity.public_key().as_bytes()
    }

    fn sign(&self, message: &[u8; 32]) -> Signature {
        self.0.0.identity.sign(DOMAIN, message).0.0
    }
}
