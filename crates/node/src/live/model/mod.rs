//! Models: planning one, and each participant's part in training it.

mod answer;
mod ask;
mod desk;
mod keep;
mod online;
mod rows;
mod run;

use futures::executor::block_on;
use jointly_core::{Among, Needs, Party};
use jointly_data::Kind as Column;
use jointly_learn::{Boost, Scale};
use jointly_model::{Feature, Kind, Label, Method, Part, Plan, Reading, Rows, What};
use jointly_registry::EngineEntry;
use jointly_share::Tally;
use jointly_sql::Step;

pub use ask::Asked;
pub(super) use online::OneRow;

use super::{
    agreement::Work,
    choice::{self, Wanting, participants},
    control::{Explanation, Fault},
    node::Node,
    planning::check_bounds,
    task::{Task, TrainTask, TreesTask},
};
use crate::{
    CardScale, JobId, Project, Recipe, Trained,
    hash::hash,
    project::Found,
    text::{and, quotable},
};

/// Trees, where nothing else is wanted.
const USUAL: TreesTask = TreesTask { trees: 20, depth: 3, bins: 16, rate: 300 };

/// Bins of a scorecard's columns of numbers, at most.
const CARD_BINS: usize = 6;

/// What there may be of them: plans take time to make.
const MOST_TREES: u16 = 500;

/// A model that is planned.
pub struct Planned {
    /// What the members agreed on.
    pub recipe: Recipe,
    /// The plan.
    pub plan: Plan,
    /// The job that found its rows, if they are aligned.
    pub aligned: Option<JobId>,
    /// The owners with their tables, and their places among the participants.
    pub sides: Vec<(String, String, Party)>,
    /// The protocol.
    pub engine: &'static EngineEntry,
    /// Who computes.
    pub among: Among,
    /// What it takes from stock.
    pub needs: Needs,
    /// How receivers read what they see.
    reading: Reading,
    /// What everyone knows of the model's numbers, where they are kept.
    layout: Vec<Part>,
}

impl Planned {
    /// The table that is read of the owner of this name.
    pub fn table_of(&self, name: &str) -> Option<&str> {
        self.sides.iter().find(|side| side.0 == name).map(|side| side.1.as_str())
    }

    /// Bytes of memory that it takes at the participant at `place`, where it takes `computing` at one that computes.
    pub fn memory(&self, place: usize, computing: u64) -> u64 {
        let numbers = self.plan.handed_in(Party(place as u16));
        choice::memory(place < usize::from(self.among.parties), numbers, computing)
    }
}

impl TrainTask {
    /// The recipe that it is about.
    pub(super) fn recipe<'a>(&self, project: &'a Project) -> Result<&'a Recipe, Fault> {
        project.recipe(&self.model).ok_or_else(|| {
            let names: Vec<&str> = project.models.iter().map(|m| m.name.as_str()).collect();
            let (project, name) = (&project.name, quotable(&self.model));
            Fault::refused(format!("the project {project:?} has no model {name:?}; it has {}", and(&names)))
        })
    }

    fn method(&self, recipe: &Recipe) -> Result<Method, Fault> {
        let CardScale { base, odds, double } = recipe.points;
        let scale = Scale { base_points: base.into(), base_odds: odds.into(), points_to_double: double.into() };
        let TreesTask { trees, depth, bins, rate } = match (self.method, self.trees) {
            (Trained::Logistic, None) => return Ok(Method::Logistic),
            (Trained::Linear, None) => return Ok(Method::Linear),
            (Trained::Poisson, None) => return Ok(Method::Poisson),
            (Trained::Scorecard, None) => return Ok(Method::Scorecard { bins: CARD_BINS, scale }),
            (Trained::Trees, trees) => trees.unwrap_or(USUAL),
            (other, Some(_)) => {
                return Err(Fault::refused(format!("{} has no trees: leave out what is said of them", other.words())));
            }
        };
        if !(1..=MOST_TREES).contains(&trees)
            || !(1..=8).contains(&depth)
            || !(2..=256).contains(&bins)
            || !(1..=1000).contains(&rate)
        {
            return Err(Fault::refused(format!(
                "boosted trees are 1 to {MOST_TREES}, of depth 1 to 8, with 2 to 256 bins and a rate above 0 and up to 1"
            )));
        }
        let boost = Boost {
            trees: trees.into(),
            depth: depth.into(),
            rate: f64::from(rate) / 1000.0,
            lambda: 1.0,
            gamma: 0.0,
            least: 1.0,
        };
        Ok(Method::Trees { boost, bins: bins.into() })
    }
}

impl Task {
    /// The alignment's job that found the rows that it is about.
    pub(super) fn aligned(&self) -> Option<JobId> {
        match self {
            Task::Train(task) => task.aligned,
            Task::Predict(task) => task.aligned,
            _ => None,
        }
    }
}

impl Node {
    /// Plans a model of owners with so many rows.
    pub(super) async fn plan_model(
        &self,
        project: &Project,
        task: &TrainTask,
        rows: &[u64],
        round_trip: f64,
    ) -> Result<(Work, Vec<String>, Explanation), Fault> {
        let recipe = task.recipe(project)?;
        if !recipe.methods.contains(&task.method) {
            let methods: Vec<&str> = recipe.methods.iter().map(|m| m.words()).collect();
            return Err(Fault::refused(format!("the model {:?} is trained by {} only", recipe.name, and(&methods))));
        }
        if recipe.alignment.is_some() != task.aligned.is_some() {
            return Err(Fault::refused(match &recipe.alignment {
                Some(name) => {
                    format!("the rows of the model {:?} are those of an alignment {name:?}: name its job", recipe.name)
                }
                None => {
                    format!("the rows of the model {:?} are those of a table: name no job of an alignment", recipe.name)
                }
            }));
        }
        let sides = recipe.sides(project);
        let owners: Vec<&str> = sides.iter().map(|(owner, _)| *owner).collect();
        check_bounds(&owners, rows)?;
        self.check_own_rows(project, task, &sides, rows).await?;
        let names = participants(project, owners.iter().copied());
        let place = |name: &str| Party(names.iter().position(|n| n == name).unwrap_or(0) as u16);
        let plan = Plan { rows: stand(recipe, &sides, rows, place)?, ..written(project, recipe, task, place)? };
        let wanting = Wanting::of(project);
        fits(&plan, wanting.numbers(self.0.config.memory)?)?;
        let refused = |e: jointly_core::Error| Fault::of_protocol(&e, &names);
        plan.check().map_err(refused)?;
        let among = wanting.among();
        let mut readings = Vec::new();
        let chosen = wanting.choose(|entry| {
            let clients = (names.len() as u16).saturating_sub(among.parties);
            let mut tally = Tally::of_everyone(entry.spec, among, clients);
            let joint = block_on(run::joint(&mut tally, &plan, None, &[0; jointly_sql::joint::SALT]))?;
            readings.push((entry.spec.id, joint.reading, joint.kept.layout()?));
            Ok(tally.prediction())
        })?;
        if !recipe.answers.is_empty() && !chosen.engine.spec.cost.keeps {
            return Err(Fault::refused(format!(
                "the model {:?} is to be kept and asked, and shares of the protocol {} cannot be kept: a model that is revealed needs no `answers`",
                recipe.name, chosen.engine.spec.id
            )));
        }
        let reading = readings.into_iter().find(|(id, ..)| *id == chosen.engine.spec.id);
        let (_, reading, layout) = reading.ok_or_else(Fault::broken)?;
        let sides: Vec<_> = sides.iter().map(|(o, t)| ((*o).to_owned(), (*t).to_owned(), place(o))).collect();
        let seen = "every value of the columns that the model asks for, row by row, and the labels";
        let explanation = chosen.explain(project, steps(project, recipe, &plan, task), seen, round_trip);
        let planned = Planned {
            recipe: recipe.clone(),
            aligned: task.aligned,
            sides,
            engine: chosen.engine,
            among,
            needs: chosen.prediction.needs,
            reading,
            layout,
            plan,
        };
        Ok((Work::Train(Box::new(planned)), names, explanation))
    }
}

/// How rows of a recipe's table are written as numbers, for so many of them at one owner.
pub(super) fn written_as(project: &Project, recipe: &Recipe, rows: usize) -> Result<Plan, Fault> {
    let task = TrainTask { model: recipe.name.clone(), method: Trained::Logistic, trees: None, aligned: None };
    let rows = Rows::Stacked(vec![(Party(0), rows)]);
    Ok(Plan { rows, ..written(project, recipe, &task, |_| Party(0))? })
}

/// How the owners' rows stand together.
fn stand(recipe: &Recipe, sides: &[(&str, &str)], rows: &[u64], place: impl Fn(&str) -> Party) -> Result<Rows, Fault> {
    if recipe.alignment.is_none() {
        let part = |((owner, _), rows): (&(&str, &str), &u64)| (place(owner), *rows as usize);
        return Ok(Rows::Stacked(sides.iter().zip(rows).map(part).collect()));
    }
    let (first, name) = (rows.first().copied().unwrap_or(0), recipe.alignment.as_deref().unwrap_or_default());
    if let Some(other) = rows.iter().position(|r| *r != first) {
        return Err(Fault::refused(format!(
            "{} has {} rows of the alignment {name:?}, and {} has {first}: align anew, and name that job",
            sides[other].0, rows[other], sides[0].0
        )));
    }
    if first == 0 {
        return Err(Fault::refused(format!(
            "the alignment {name:?} found no common rows: there is nothing to train on"
        )));
    }
    Ok(Rows::Aligned(first as usize))
}

/// The plan but for the rows.
fn written(project: &Project, recipe: &Recipe, task: &TrainTask, place: impl Fn(&str) -> Party) -> Result<Plan, Fault> {
    let (features, label) = recipe.columns(project).map_err(Fault::refused)?;
    let owner = |found: &Found<'_>| found.owner.map_or(Party(0), &place);
    let feature = |f: &Found<'_>| Some(Feature { owner: owner(f), name: f.name(), kind: kind(&f.column.kind)? });
    let what = match (&recipe.label.value, kind(&label.column.kind)) {
        (Some(value), _) => What::Is(value.clone()),
        (None, Some(Kind::Number { low, high })) => What::Number { low, high },
        _ => return Err(Fault::broken()),
    };
    let seed = hash("jointly v1 split", &[project.id.to_string().as_bytes(), recipe.name.as_bytes()]);
    Ok(Plan {
        features: features.iter().map(feature).collect::<Option<_>>().ok_or_else(Fault::broken)?,
        label: Some(Label { owner: owner(&label), name: label.name(), what }),
        rows: Rows::Aligned(0),
        method: task.method(recipe)?,
        revealed: !recipe.shared,
        test: u16::from(recipe.test) * 10,
        seed: *seed.first_chunk().unwrap_or(&[0; 16]),
        computing: project.computing.len() as u16,
        receivers: project.receivers.iter().map(|r| place(r)).collect(),
        min_group: project.min_group,
    })
}

/// What a column's values are to a model; none of a date or text.
fn kind(column: &Column) -> Option<Kind> {
    Some(match column {
        Column::Bool => Kind::Flag,
        Column::Int { min, max } => Kind::Number { low: *min as f64, high: *max as f64 },
        Column::Real { min, max, .. } => Kind::Number { low: *min, high: *max },
        Column::Enum { values } => Kind::Words(values.clone()),
        Column::Date { .. } | Column::Text { .. } => return None,
    })
}

/// Refuses what takes too much memory, before anything is computed with it.
fn fits(plan: &Plan, most: usize) -> Result<(), Fault> {
    let numbers = plan.numbers();
    if numbers > most {
        return Err(Fault::refused(format!(
            "the model takes {numbers} numbers at a time, more than the {most} that there is memory for: ask for fewer columns or bins, train on fewer rows, or \
             allow the nodes more memory (jointly node run --memory)"
        )));
    }
    Ok(())
}

fn steps(project: &Project, recipe: &Recipe, plan: &Plan, task: &TrainTask) -> Vec<Step> {
    let step = |place: String, action: String, learned: &str| Step { place, action, learned: learned.to_owned() };
    let (computing, receivers) = (and(&project.computing), and(&project.receivers));
    let owners: Vec<&str> = recipe.sides(project).iter().map(|(owner, _)| *owner).collect();
    let numbers: usize = plan.owners().iter().map(|o| plan.handed_in(*o)).sum();
    let names: Vec<&str> = plan.features.iter().map(|f| f.name.as_str()).collect();
    let apart = f64::from(plan.test) / 10.0;
    let opened = if plan.revealed { "the model, and how good it is" } else { "how good the model is" };
    let kept = match recipe.answers.is_empty() {
        true => (computing.clone(), "forget their shares".to_owned(), "nobody anything"),
        false => (
            format!("{computing}, {}", and(&owners)),
            format!(
                "keep shares of the model, sealed, and how columns were written, so that {} may ask it",
                and(&recipe.answers)
            ),
            "nobody anything: each share alone is random",
        ),
    };
    vec![
        step(
            format!("{}, each at home", and(&owners)),
            format!(
                "writes its own of {} and {} as numbers; what is missing in a column is filled in",
                and(&names),
                plan.label.as_ref().map_or("", |label| &label.name)
            ),
            "nobody anything",
        ),
        step(
            format!("{} to {computing}", and(&owners)),
            format!("{numbers} secret-shared numbers"),
            "nobody anything: each share alone is random",
        ),
        step(
            computing.clone(),
            format!(
                "train by {} on {} rows, but for {apart} percent of them, which are chosen at random for all to see",
                task.method.words(),
                plan.rows.count()
            ),
            "nobody anything, but where nothing can be learnt why: a column that does not vary or follows from others, labels that are all the same or that a column \
             tells apart without fail",
        ),
        step(
            computing.clone(),
            format!("foretell those {apart} percent, and compare with their labels"),
            "nobody anything: all values stay shared",
        ),
        step(
            format!("{computing} to {receivers}"),
            format!("open {opened}"),
            &format!("{receivers}: {opened}. Everyone: numbers of rows"),
        ),
        step(kept.0, kept.1, kept.2),
    ]
}
