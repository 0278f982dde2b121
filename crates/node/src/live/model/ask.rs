//! A kept model asked about rows: planning it, and each participant's part.

use std::sync::Arc;

use futures::executor::block_on;
use jointly_core::{Among, Cost, Error, Needs, Party};
use jointly_gadget::salt::{self, SALT};
use jointly_model::{Feature, Part, Plan, Rows, ask, home, read_said};
use jointly_net::{Ctx, Mesh};
use jointly_pir::lookup::Limits;
use jointly_registry::EngineEntry;
use jointly_share::{Engine, Tally};
use jointly_sql::Step;
use serde_json::json;

use super::{
    super::{
        agreement::Work,
        choice::{self, Wanting},
        control::{AnswerProof, Explanation, Fault, Table},
        job::Job,
        messages::Done,
        node::{Node, lock},
        planning::check_bounds,
        task::{PredictTask, TrainTask},
    },
    fits,
    run::LONGEST_JOB,
    stand, written,
};
use crate::{
    Hex, JobId, Project, PublicKey, Recipe, Trained, clock,
    text::{and, quotable},
};

/// A day, in seconds.
const DAY: u64 = 24 * 3600;

/// As few rows say nothing of where values lie.
const LEAST_DRIFT: usize = 100;

/// Rows that a model is asked about, planned.
pub struct Asked {
    /// The model.
    pub recipe: Recipe,
    /// How it was trained.
    pub plan: Plan,
    /// The owners with their tables, and their places among the participants.
    pub sides: Vec<(String, String, Party)>,
    /// The protocol.
    pub engine: &'static EngineEntry,
    /// Who computes.
    pub among: Among,
    /// What it takes from stock.
    pub(super) needs: Needs,
    pub(super) task: PredictTask,
    pub(super) trained: JobId,
    pub(super) rows: Rows,
    pub(super) layout: Vec<Part>,
    /// Fraction bits of what it says.
    pub(super) frac: u32,
    /// Who asks.
    pub(super) to: Party,
}

impl Asked {
    /// The table that is read of the owner of this name.
    pub fn table_of(&self, name: &str) -> Option<&str> {
        self.sides.iter().find(|side| side.0 == name).map(|side| side.1.as_str())
    }

    /// Bytes of memory that it takes at the participant at `place`, where it takes `computing` at one that computes.
    pub fn memory(&self, place: usize, computing: u64) -> u64 {
        let numbers = self.plan.asked(self.rows.clone()).handed_in(Party(place as u16));
        choice::memory(place < usize::from(self.among.parties), numbers, computing)
    }
}

impl PredictTask {
    /// The recipe that it is about.
    pub(super) fn recipe<'a>(&self, project: &'a Project) -> Result<&'a Recipe, Fault> {
        let task = TrainTask { model: self.model.clone(), method: Trained::Logistic, trees: None, aligned: None };
        task.recipe(project)
    }
}

impl Node {
    /// The owners whose rows are asked about, each with its table.
    pub(in super::super) fn asked_sides<'a>(
        &self,
        project: &'a Project,
        task: &'a PredictTask,
    ) -> Result<Vec<(&'a str, &'a str)>, Fault> {
        let recipe = task.recipe(project)?;
        let sides = recipe.asked_sides(project);
        if recipe.alignment.is_some() {
            return Ok(sides);
        }
        let own: Vec<_> = sides.into_iter().filter(|(owner, _)| *owner == task.to).collect();
        match own.is_empty() {
            false => Ok(own),
            true => Err(Fault::refused(format!(
                "the model {:?} is asked about its asker's own rows, and {} has none in the table {:?}",
                recipe.name,
                quotable(&task.to),
                recipe.table.as_deref().unwrap_or_default()
            ))),
        }
    }

    /// Plans what a model is asked by the member with the key `from`.
    pub(in super::super) async fn plan_predictions(
        &self,
        from: &PublicKey,
        project: &Project,
        task: &PredictTask,
        rows: &[u64],
        round_trip: f64,
    ) -> Result<(Work, Vec<String>, Explanation), Fault> {
        let recipe = task.recipe(project)?;
        if project.member_with(from).is_none_or(|m| m.name != task.to) {
            return Err(Fault::refused("a member asks a model for itself only"));
        }
        if !recipe.answers.contains(&task.to) {
            let who = if recipe.answers.is_empty() { "nobody".to_owned() } else { and(&recipe.answers) };
            return Err(Fault::refused(format!(
                "the model {:?} may be asked by {who}, not by {}",
                recipe.name, task.to
            )));
        }
        let trained = task.trained.ok_or_else(|| Fault::refused("which job trained the model is not said"))?;
        if (recipe.alignment.is_some() && !task.online) != task.aligned.is_some() {
            return Err(Fault::refused(
                "the rows are those of a job of the model's alignment, if it has one, and else the asker's",
            ));
        }
        let kept = self.kept(project, &recipe.name, trained)?;
        let sides = self.asked_sides(project, task)?;
        let owners: Vec<&str> = sides.iter().map(|(owner, _)| *owner).collect();
        if !task.online {
            check_bounds(&owners, rows)?;
            let read = TrainTask { aligned: task.aligned, ..kept.task.clone() };
            self.check_own_rows(project, &read, &sides, rows).await?;
        }
        let names = those_who_take_part(project, &owners, &task.to);
        let place = |name: &str| Party(names.iter().position(|n| n == name).unwrap_or(0) as u16);
        let plan = written(project, recipe, &kept.task, place)?;
        let each = if task.online { vec![1; sides.len()] } else { rows.to_vec() };
        let asked_rows = stand(recipe, &sides, &each, place)?;
        let asked = plan.asked(asked_rows.clone());
        let refused = |e: Error| Fault::of_protocol(&e, &names);
        asked.check().map_err(refused)?;
        if asked.rows.count() == 0 {
            return Err(Fault::refused(format!("there are no rows to ask the model {:?} about", recipe.name)));
        }
        let wanting = Wanting::of(project).only(&kept.engine);
        fits(&asked, wanting.numbers(self.0.config.memory)?)?;
        let among = wanting.among();
        let to = place(&task.to);
        let mut frac = 0;
        let chosen = wanting.choose(|entry| {
            let clients = (names.len() as u16).saturating_sub(among.parties);
            let mut tally = Tally::of_everyone(entry.spec, among, clients);
            let what = What { plan: &plan, rows: &asked_rows, layout: &kept.layout, to };
            frac = block_on(joint(&mut tally, &what, &[], None, &[0; SALT]))?.0;
            Ok(tally.prediction())
        })?;
        let sides: Vec<_> = sides.iter().map(|(o, t)| ((*o).to_owned(), (*t).to_owned(), place(o))).collect();
        let seen = "every value of the columns that the model asks for, row by row, the model, and what it says";
        let explanation = chosen.explain(project, steps(project, task, &asked, &owners), seen, round_trip);
        let planned = Asked {
            recipe: recipe.clone(),
            sides,
            engine: chosen.engine,
            among,
            needs: chosen.prediction.needs,
            task: task.clone(),
            trained,
            rows: asked_rows,
            layout: kept.layout,
            frac,
            to,
            plan,
        };
        Ok((Work::Predict(Box::new(planned)), names, explanation))
    }

    /// Counts rows that somebody asks a model about, before anything is answered; or refuses.
    pub(in super::super) fn charge_rows(
        &self,
        project: &Project,
        task: &PredictTask,
        rows: &[u64],
    ) -> Result<(), Fault> {
        let recipe = task.recipe(project)?;
        let count = rows.iter().copied().max().unwrap_or(0);
        let daily = u64::from(recipe.daily);
        if count > daily {
            return Err(Fault::refused(format!(
                "the model {:?} answers {} about {daily} rows a day, not {count} at once",
                recipe.name, task.to
            )));
        }
        let limits = Limits { burst: daily, seconds: DAY, total: i64::MAX.unsigned_abs() };
        let about = format!("model {}", recipe.name);
        self.0.store.charge_lookup((project.id, &about), &task.to, limits, count, clock::now()).map_err(|e| {
            let (me, name, to) = (self.0.identity.name(), &recipe.name, &task.to);
            Fault::refused(format!(
                "the model {name:?} answers {to} about {daily} rows a day, and {me} has counted them: {e}"
            ))
        })
    }

    /// This node's part in asking a model.
    pub(in super::super) async fn predict(
        &self,
        job: &Arc<Job>,
        planned: &Asked,
        mesh: Arc<dyn Mesh>,
        done: &mut Done,
    ) -> Result<(), Fault> {
        if planned.task.online {
            return self.stand_by(job, planned, mesh, done).await;
        }
        let me = mesh.me();
        let signed = self.0.store.project(job.proposal.project)?;
        let mut mine = None;
        if planned.sides.iter().any(|side| side.2 == me) {
            job.progress("reading the own rows");
            let numbers = self.own_asked(job, signed.document(), planned, me).await?;
            let bytes: Vec<u8> = numbers.iter().flat_map(|n| n.to_le_bytes()).collect();
            done.commitment = Some(self.commit_to(job.proposal.job, "jointly v1 samples", &bytes)?);
            mine = Some(numbers);
        }
        job.progress("asking the model jointly");
        let (node, runner) = (self.clone(), job.clone());
        let (opened, cost) = self.apart(async move { node.ask_jointly(&runner, mesh, mine).await }).await?;
        (done.bytes, done.rounds) = (cost.bytes, cost.rounds);
        if let Some(opened) = opened {
            let (said, salt) = opened.split_last_chunk::<SALT>().ok_or_else(Fault::broken)?;
            let answer =
                self.answers(signed.document(), planned, &read_said(&planned.plan, planned.frac, said)).await?;
            let proof = AnswerProof::new(&answer, *salt)?;
            done.result = Some(proof.commitment());
            let mut seen = lock(&job.seen);
            (seen.answer, seen.proof) = (Some(answer), Some(proof));
        }
        Ok(())
    }

    /// What this owner hands in, written as it was for training.
    async fn own_asked(&self, job: &Job, project: &Project, planned: &Asked, me: Party) -> Result<Vec<i64>, Fault> {
        let (owner, table, _) = planned.sides.iter().find(|side| side.2 == me).ok_or_else(Fault::broken)?;
        let columns = planned.recipe.features_of(project, owner, table);
        let asked = planned.plan.asked(planned.rows.clone());
        let texts = self.own_columns(job, project, (table, planned.task.aligned), &columns, asked.rows_of(me)).await?;
        let told = |why: String| self.told(job, why);
        let kept = self.kept(project, &planned.recipe.name, planned.trained)?;
        let manner =
            kept.manner.ok_or_else(|| told("nothing is kept of how the own columns were written".to_owned()))?;
        let encoded = home::encode_as(&asked, me, &manner, &texts).map_err(|e| told(e.to_string()))?;
        let mut notes = encoded.notes;
        if asked.rows_of(me) >= LEAST_DRIFT {
            let mine = |f: &&Feature| matches!(asked.rows, Rows::Stacked(_)) || f.owner == me;
            let features: Vec<&Feature> = asked.features.iter().filter(mine).collect();
            let moved = manner.drift.index(&features, &texts).map_err(|e| told(e.to_string()))?;
            let moved = features.iter().zip(moved).filter(|(_, index)| *index > home::CHANGED);
            notes.extend(moved.map(|(feature, index)| {
                format!(
                    "{}: values lie elsewhere than when the model was trained (population stability index {index:.2}, above {})",
                    feature.name,
                    home::CHANGED
                )
            }));
        }
        lock(&job.seen).notes.extend(notes);
        Ok(encoded.numbers)
    }

    /// The joint part, until it ends or is stopped.
    async fn ask_jointly(
        &self,
        job: &Job,
        mesh: Arc<dyn Mesh>,
        mine: Option<Vec<i64>>,
    ) -> Result<(Option<Vec<i64>>, Cost), Fault> {
        let Work::Predict(planned) = &job.agreement.work else { return Err(Fault::broken()) };
        let (planned, me) = (&**planned, mesh.me());
        let computes = planned.among.computes(me);
        let patience = if computes { self.0.config.patience } else { LONGEST_JOB };
        let saved = match computes {
            true => Some(self.shares_of(planned.trained)?),
            false => None,
        };
        let ctx = Ctx::new(mesh.clone(), &job.path(), patience);
        let random = salt::salt(&Hex::random()?.0);
        let work = async {
            if let Some(saved) = &saved {
                let mut engine = (planned.engine.start)(ctx, planned.among).await?;
                engine.stock(&planned.needs).await?;
                let what = What { plan: &planned.plan, rows: &planned.rows, layout: &planned.layout, to: planned.to };
                let (_, opened) = joint(&mut *engine, &what, saved, mine.as_deref(), &random).await?;
                let cost = engine.measured();
                mesh.close().await;
                return Ok((opened, cost));
            }
            let mut client = (planned.engine.client)(ctx, planned.among);
            if let Some(mine) = &mine {
                client.give(mine).await?;
            }
            let receives = planned.to == me;
            let opened = if receives { Some(client.take(planned.rows.count() + SALT).await?) } else { None };
            mesh.close().await;
            Ok((opened, client.measured()))
        };
        tokio::select! {
            done = work => match done {
                Ok(done) => Ok(done),
                Err(error) => Err(self.cause(job, &error).await),
            },
            why = job.stop.wait() => Err(why),
        }
    }

    /// What the model says, row by row, beside what tells the asker's rows apart.
    async fn answers(&self, project: &Project, planned: &Asked, said: &[f64]) -> Result<Table, Fault> {
        let (keys, texts) = self.own_keys(project, &planned.recipe, planned.task.aligned).await?;
        let mut columns = keys;
        if texts.is_empty() {
            columns.push("row".to_owned());
        }
        columns.extend(planned.plan.said_columns());
        let row = |(i, said): (usize, &f64)| {
            let key = |column: &home::Texts| json!(column.get(i).cloned().flatten());
            let mut row: Vec<_> = texts.iter().map(key).collect();
            if row.is_empty() {
                row.push(json!(i + 1));
            }
            row.extend(planned.plan.said_values(*said).into_iter().map(|value| json!(value)));
            row
        };
        Ok(Table { columns, rows: said.iter().enumerate().map(row).collect() })
    }
}

/// Who computes, then other owners of what is asked for, then who asks.
fn those_who_take_part(project: &Project, owners: &[&str], to: &str) -> Vec<String> {
    let mut names = project.computing.clone();
    for name in owners.iter().copied().chain([to]) {
        if !names.iter().any(|n| n == name) {
            names.push(name.to_owned());
        }
    }
    names
}

/// What is asked, as all know it.
struct What<'a> {
    plan: &'a Plan,
    rows: &'a Rows,
    layout: &'a [Part],
    to: Party,
}

/// What is joint: what the model says and the salt, to be opened to who asks. Gives the fraction bits of what it says.
async fn joint(
    e: &mut dyn Engine,
    what: &What<'_>,
    saved: &[u8],
    mine: Option<&[i64]>,
    random: &[i64; SALT],
) -> Result<(u32, Option<Vec<i64>>), Error> {
    let mut fork = e.fork("salt").await?;
    let salt = salt::shared(&mut *fork, random).await?;
    e.join(fork)?;
    let said = ask(e, what.plan, what.rows.clone(), (what.layout, saved), mine).await?;
    let all = e.concat(&[&said.secret, &salt])?;
    Ok((said.frac, e.open_to(&all, what.to).await?))
}

fn steps(project: &Project, task: &PredictTask, asked: &Plan, owners: &[&str]) -> Vec<Step> {
    let step = |place: String, action: String, learned: &str| Step { place, action, learned: learned.to_owned() };
    let computing = and(&project.computing);
    let names: Vec<&str> = asked.features.iter().map(|f| f.name.as_str()).collect();
    let numbers: usize = asked.owners().iter().map(|o| asked.handed_in(*o)).sum();
    let mut steps = Vec::new();
    if task.online && owners.iter().any(|owner| *owner != task.to) {
        steps.push(step(
            format!("{} to {}", task.to, and(owners)),
            "name the key of a row, again and again".to_owned(),
            "each owner whom it is asked about, and when; not what the model says. The asker which keys an owner does not have",
        ));
    }
    steps.extend([
        step(
            format!("{}, each at home", and(owners)),
            format!("writes its own of {} as it was written for training", and(&names)),
            "nobody anything, but each owner whether its own values have moved",
        ),
        step(
            format!("{} to {computing}", and(owners)),
            format!("{numbers} secret-shared numbers"),
            "nobody anything: each share alone is random",
        ),
        step(
            computing.clone(),
            "ask the shared model about every row".to_owned(),
            "nobody anything: all values stay shared",
        ),
        step(
            format!("{computing} to {}", task.to),
            "open what it says of each row".to_owned(),
            &format!("{}: what the model says of each row. Everyone: how many rows", task.to),
        ),
    ]);
    steps
}
