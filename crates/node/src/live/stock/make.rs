//! Making stock: the computing parties run the protocol's preparation for a question, as often as is asked, and keep what comes out.

use std::sync::Arc;

use jointly_core::{Cost, Needs};
use jointly_net::{Ctx, Mesh};
use jointly_sql::Step;

use super::{super::seal, Pool, code, in_chunks, units};
use crate::live::{
    agreement::Work,
    control::{Explanation, Fault, Measured},
    job::Job,
    messages::Done,
    node::Node,
    query::Planned,
};
use crate::{JobId, StockLine, clock};

/// How often at most one job prepares for a question.
const MOST: u32 = 10_000;

/// What preparing `times` times for a question is, where `planned` and `explanation` are the question's: only those that compute take part.
pub fn plan(
    (work, mut names, explanation): (Work, Vec<String>, Explanation),
    times: u32,
) -> Result<(Work, Vec<String>, Explanation), Fault> {
    let Work::Query(planned) = work else { return Err(Fault::broken()) };
    let (spec, among) = (planned.engine.spec, planned.among);
    let round = in_chunks(&planned.needs.total());
    if !spec.cost.keeps {
        let why = "prepares within each run, with keys that are drawn for it: nothing of that can be kept for another";
        return Err(Fault::refused(format!("{} {why}", spec.id)));
    }
    if round.is_empty() {
        return Err(Fault::refused(format!("{} takes nothing that could be prepared", spec.id)));
    }
    if !(1..=MOST).contains(&times) {
        return Err(Fault::refused(format!("a job prepares from 1 to {MOST} times for a question")));
    }
    names.truncate(usize::from(among.parties));
    let said: Vec<String> = round.iter().map(|(need, count)| format!("{} {need}", count * u64::from(times))).collect();
    let step = Step {
        place: names.join(", "),
        action: format!("make {}, and keep them, sealed", said.join(", ")),
        learned: "nobody anything: they are random and depend on no data".into(),
    };
    let one: Vec<Cost> = among.all().map(|party| (spec.cost.prepare)(&round, among, party)).collect();
    let bytes = one.iter().map(|cost| cost.bytes).sum::<u64>().saturating_mul(times.into());
    let rounds = one.iter().map(|cost| cost.rounds).max().unwrap_or(0) * u64::from(times);
    let mut work = jointly_core::Work::default();
    work.demand(&round);
    let seconds = planned.engine.computing(among, &work) * f64::from(times) + 0.2;
    // Each round is packed for the disk beside what the engine holds.
    let held = (spec.cost.holds)(&round, among).saturating_mul(3);
    let explanation = Explanation {
        steps: vec![step],
        predicted: Measured { bytes, rounds, seconds },
        memory: explanation.memory.max(held),
        ..explanation
    };
    Ok((Work::Prepare(planned, times), names, explanation))
}

impl Node {
    /// This node's part in making stock.
    pub(in crate::live) async fn prepare_stock(
        &self,
        job: &Arc<Job>,
        mesh: Arc<dyn Mesh>,
        done: &mut Done,
    ) -> Result<(), Fault> {
        job.progress("preparing");
        let (node, runner) = (self.clone(), job.clone());
        let cost = self
            .apart(async move {
                tokio::select! {
                    made = node.make_stock(&runner, mesh) => made,
                    why = runner.stop.wait() => Err(why),
                }
            })
            .await?;
        (done.bytes, done.rounds) = (cost.bytes, cost.rounds);
        Ok(())
    }

    async fn make_stock(&self, job: &Job, mesh: Arc<dyn Mesh>) -> Result<Cost, Fault> {
        let Work::Prepare(planned, times) = &job.agreement.work else { return Err(Fault::broken()) };
        let Planned { engine, among, needs, .. } = &**planned;
        let round = in_chunks(&needs.total());
        let ctx = Ctx::new(mesh.clone(), &job.path(), self.0.config.patience);
        let (batch, names) = (job.proposal.job, &job.agreement.names);
        let made = async {
            let mut engine = (engine.start)(ctx, *among).await?;
            let mut pieces = Vec::new();
            for time in 0..u64::from(*times) {
                engine.stock(&Needs { here: round.clone(), forks: Vec::new() }).await?;
                for (need, count) in round.iter() {
                    let chunks = count / units(need);
                    for chunk in 0..chunks {
                        let packed = engine.pack(&jointly_core::Demand::of(need, units(need) as usize))?;
                        pieces.push((need, time * chunks + chunk, packed));
                    }
                }
                // Nothing of a round stays in memory.
                for (need, chunk, packed) in pieces.drain(..) {
                    if let Err(fault) = self.keep(batch, &code(need), chunk, &packed) {
                        return Ok(Err(fault));
                    }
                }
            }
            Ok(Ok(engine.measured()))
        };
        let cost = match made.await {
            Ok(kept) => kept?,
            Err(e) => return Err(self.cause(job, &e).await),
        };
        mesh.close().await;
        let pool = Pool::of(engine, *among, names, &job.agreement.keys);
        // One moment for the whole batch, so that its lines stay together.
        let made = clock::now();
        let line = |(need, count): (jointly_core::Need, u64)| StockLine {
            batch,
            pool: pool.digest,
            about: pool.about.clone(),
            need: code(need),
            words: need.to_string(),
            units: units(need),
            chunks: count / units(need) * u64::from(*times),
            next: 0,
            made,
        };
        self.0.store.keep_batch(&round.iter().map(line).collect::<Vec<_>>())?;
        Ok(cost)
    }

    fn keep(&self, batch: JobId, need: &str, chunk: u64, packed: &[u8]) -> Result<(), Fault> {
        let sealed = seal::seal(&self.0.identity, (batch, need, chunk), packed)?;
        Ok(self.0.store.keep_chunk(batch, need, chunk, &sealed)?)
    }
}
