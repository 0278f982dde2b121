//! A member's part in a federation's run.

use std::{path::PathBuf, sync::Arc};

use jointly_core::Cost;
use jointly_federate::{
    federation::{self, State},
    masks::Set,
    trainer::Rows,
};
use jointly_gadget::salt::SALT;
use jointly_net::{Ctx, Mesh};
use serde_json::{Value, json};

use super::{
    super::{
        agreement::Work,
        control::{AnswerProof, Fault, Table},
        job::Job,
        messages::Done,
        node::{Node, lock},
    },
    Planned,
    home::{AtHome, Judged},
    keep::{self, Keeping},
};
use crate::{hash::hash, text::and};

/// How a run ended.
struct Came {
    state: State,
    counted: Set,
    rows: Option<u32>,
    /// How well the model does on all members' rows that were kept apart.
    judged: Option<Judged>,
    /// And on this member's, beside one that it would have trained alone, if that is tried.
    mine: (Judged, Option<Judged>),
    spent: Option<f64>,
    cost: Cost,
}

impl Node {
    /// This node's part in a federation's run.
    pub(in super::super) async fn federate(
        &self,
        job: &Arc<Job>,
        planned: &Planned,
        mesh: Arc<dyn Mesh>,
        done: &mut Done,
    ) -> Result<(), Fault> {
        let name = planned.members.get(mesh.me().index()).ok_or_else(Fault::broken)?;
        job.progress("reading the own rows");
        let signed = self.0.store.project(job.proposal.project)?;
        let rows = self.own_numbers(job, signed.document(), &planned.federation, name).await?;
        let values = rows.0.values.iter().chain(&rows.0.labels).chain(&rows.1.values).chain(&rows.1.labels);
        let bytes: Vec<u8> = values.flat_map(|x| x.to_bits().to_le_bytes()).collect();
        done.commitment = Some(self.commit_to(job.proposal.job, "jointly v1 federated rows", &bytes)?);
        let (node, runner) = (self.clone(), job.clone());
        let came = self.apart(async move { node.run_rounds(&runner, mesh, rows).await }).await?;
        (done.bytes, done.rounds) = (came.cost.bytes, came.cost.rounds);
        let answer = table(planned, &came);
        let digest =
            hash("jointly v1 federated answer", &[&came.state.digest(), job.proposal.job.to_string().as_bytes()]);
        let salt: [i64; SALT] = std::array::from_fn(|i| i64::from_le_bytes(std::array::from_fn(|j| digest[8 * i + j])));
        let proof = AnswerProof::new(&answer, salt)?;
        let path = self.keep_weights(job, planned, &came)?;
        done.result = Some(proof.commitment());
        let mut seen = lock(&job.seen);
        let (together, alone) = came.mine;
        if let Some(area) = together.area() {
            let alone = alone.and_then(|alone| alone.area());
            let alone = alone.map_or_else(String::new, |area| format!("; of a model that it trains alone, {area:.4}"));
            seen.notes.push(format!(
                "on the {} rows that {name} keeps apart, the area under the curve is {area:.4}{alone}",
                together.rows
            ));
        } else {
            seen.notes.push(format!(
                "the rows that {name} keeps apart are all of one class: how well the model tells classes apart there cannot be said"
            ));
        }
        if let Some(spent) = came.spent {
            seen.notes.push(format!("of the privacy budget, epsilon {spent:.4} is spent"));
        }
        (seen.answer, seen.proof, seen.written) = (Some(answer), Some(proof), Some(path));
        Ok(())
    }

    /// Comes to where the others are, trains until the last round, and judges what came of it.
    async fn run_rounds(&self, job: &Arc<Job>, mesh: Arc<dyn Mesh>, rows: (Rows, Rows)) -> Result<Came, Fault> {
        let Work::Federate(planned) = &job.agreement.work else { return Err(Fault::broken()) };
        let (trainers, members) = (self.0.config.home.join("trainers"), planned.plan.setting.members());
        let home = AtHome::new(planned.federation.clone(), members, rows, (job.clone(), &trainers)).await;
        let mut home = home.map_err(|e| Fault::of_protocol(&e, &job.agreement.names))?;
        let plan = &planned.plan;
        let mut keeping = Keeping::of(self, job.clone(), planned)?;
        let mut ctx = Ctx::new(mesh.clone(), &job.path(), plan.patience);
        let work = async {
            let (state, before) = keeping.states();
            let state = federation::sync(&mut ctx, plan, state, before).await?;
            keeping.go_on_from(&state);
            if state.round() >= plan.rounds {
                return Err(jointly_core::Error::Refused(format!(
                    "the federation {:?} has trained in all its {} rounds: for more, agree on a project with more",
                    planned.federation.name, plan.rounds
                )));
            }
            let ended = federation::run(&mut ctx, plan, state, &mut home, &mut keeping).await?;
            let (mut judged, mut counted) = (None, ended.counted);
            if plan.noise.is_none() {
                job.progress("judging the model");
                let counts = home.counts(ended.state.weights()).await?;
                let (who, counts) = federation::count(&mut ctx, plan, &ended.state, counts, &mut keeping).await?;
                (judged, counted) = (Judged::of_counts(&counts), Set(who.0 & counted.0));
            }
            mesh.close().await;
            let cost = Cost { bytes: ctx.meter().bytes(), rounds: ctx.meter().rounds() };
            let rows = keeping.last.map(|last| last.1).filter(|_| plan.noise.is_none());
            let alone = home.alone(keep::first(job.proposal.project, planned), plan.rounds)?;
            let alone = match alone {
                Some(weights) => Some(home.judge(&weights).await?),
                None => None,
            };
            let mine = (home.judge(ended.state.weights()).await?, alone);
            let spent = keeping.spent();
            Ok(Came { state: ended.state, counted, rows, judged, mine, spent, cost })
        };
        let worked = tokio::select! {
            worked = work => worked,
            why = job.stop.wait() => return Err(why),
        };
        match worked {
            Ok(came) => Ok(came),
            Err(error) => Err(self.cause(job, &error).await),
        }
    }

    /// Keeps the model where only this user can read it.
    fn keep_weights(&self, job: &Job, planned: &Planned, came: &Came) -> Result<PathBuf, Fault> {
        let federation = &planned.federation;
        let model = json!({
            "federation": federation.name,
            "model": federation.model,
            "label": federation.label,
            "columns": federation.columns,
            "round": came.state.round(),
            "weights": came.state.weights(),
        });
        self.keep_document(job.proposal.job, &model)
    }
}

/// What all members learn of the model.
fn table(planned: &Planned, came: &Came) -> Table {
    let names: Vec<&str> =
        came.counted.members().filter_map(|m| planned.members.get(m.index())).map(String::as_str).collect();
    let mut rows: Vec<Vec<Value>> = vec![
        vec!["rounds".into(), came.state.round().into()],
        vec!["counted in the last round".into(), and(&names).into()],
        vec!["weights".into(), came.state.weights().len().into()],
    ];
    if let Some(trained) = came.rows {
        rows.push(vec!["rows that it was trained on".into(), trained.into()]);
    }
    if let Some(judged) = &came.judged {
        let share = |part: u64| json!((part as f64 / judged.rows.max(1) as f64 * 1e4).round() / 1e4);
        rows.push(vec!["rows kept apart".into(), judged.rows.into()]);
        rows.push(vec!["of the class".into(), share(judged.positives)]);
        rows.push(vec!["foretold rightly".into(), share(judged.right)]);
        if let Some(area) = judged.area() {
            rows.push(vec!["area under the curve, within members".into(), json!((area * 1e4).round() / 1e4)]);
        }
    }
    Table { columns: vec!["what".into(), "value".into()], rows }
}
