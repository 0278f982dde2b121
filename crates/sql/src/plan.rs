//! Who does what, who learns what, and what it costs: known before anything runs.

use futures::executor::block_on;
use jointly_core::{Adversary, Among, Corrupt, Cost, Guarantee, Parties, Party, Prices, Spec};
use jointly_data::Schema;
use jointly_share::{Prediction, Tally};
use serde::{Deserialize, Serialize};

use crate::{
    Policy, Question,
    answer::Layout,
    error::{Error, Result, refuse},
    groups::Groups,
    joint,
    key::Key,
    measure::{Aggregate, Measure, Measures, say},
    text, total, uses,
};

/// Under what agreement a question is asked.
#[derive(Clone, Debug)]
pub struct Setting {
    /// The tables that can be asked about.
    pub schemas: Vec<Schema>,
    /// Whose rows are asked, in the project's order.
    pub owners: Vec<Owner>,
    /// The computing parties' names: participants 0, 1, ….
    pub computing: Vec<String>,
    /// Who sees the answer.
    pub receivers: Vec<(String, Party)>,
    /// Groups of fewer rows are not shown.
    pub min_group: u64,
    /// So many numbers may be handed in by all owners together.
    pub most_numbers: usize,
}

/// An owner of rows.
#[derive(Clone, Debug)]
pub struct Owner {
    /// Its name.
    pub name: String,
    /// Its place among the participants.
    pub party: Party,
    /// How many rows it has, before any filter: everyone knows this.
    pub rows: u64,
    /// What it grants.
    pub policy: Policy,
}

/// A question, planned.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The question.
    pub question: Question,
    pub(crate) setting: Setting,
    pub(crate) groups: Groups,
    pub(crate) measures: Vec<Measure>,
    pub(crate) aggregates: Vec<Aggregate>,
    pub(crate) layout: Layout,
}

/// A scheme that costs nothing, for learning a program's shape.
static DRY: Spec = Spec {
    id: "dry",
    about: "no scheme: for learning the shape of an answer",
    paper: "none",
    parties: Parties::AtLeast(1),
    corrupt: Corrupt::Nobody,
    adversary: Adversary::SemiHonest,
    width: 62,
    cost: Prices::plain(|_, _, _| Cost::FREE),
    parts: 0,
    leaks: &[],
    guarantee: Guarantee::IfFollowed,
};

/// One step of a plan, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Where it happens.
    pub place: String,
    /// What happens.
    pub action: String,
    /// Who learns what by it.
    pub learned: String,
}

/// Plans `question`, or refuses it.
pub fn plan(question: Question, setting: &Setting) -> Result<Plan> {
    let schema = setting.schemas.iter().find(|s| s.table == question.table);
    let change = "Name a table of the project";
    let schema = schema.ok_or_else(|| refuse(&question.table, "the project has no such table", change))?;
    for owner in &setting.owners {
        uses::check(&question, &owner.name, &owner.policy)?;
    }
    if setting.owners.is_empty() {
        return Err(refuse(&question.table, "nobody brings rows of this table", "Add a dataset of it to the project"));
    }
    total::check(&question, schema)?;
    let groups = Groups::of(&question, schema)?;
    let rows = setting.owners.iter().map(|o| o.rows).sum();
    let list = vec![Measure::Count { of: None }];
    let mut measures = Measures { question: &question, schema, groups: &groups, rows, list };
    let aggregates = question.aggregates.iter().map(|f| measures.add(f)).collect::<Result<Vec<_>>>()?;
    let measures = measures.list;
    let layout = Layout::default();
    let mut plan = Plan { question, setting: setting.clone(), groups, measures, aggregates, layout };
    plan.check_bounds()?;
    // What the joint part cannot do shows in a dry run, which also tells how the answer will stand.
    let dry = text::check(&plan.question, &plan.aggregates, &plan.measures).and_then(|()| {
        block_on(joint::run(&mut Tally::new(&DRY, Among::new(1, 0), Party(0)), &plan, None, &[0; joint::SALT]))
    });
    match dry {
        Ok((layout, _)) => plan.layout = layout,
        Err(Error::Refused(mut refusal)) => {
            refusal.expression = plan.question.in_words(&refusal.expression);
            return Err(refusal.into());
        }
        Err(other) => return Err(other),
    }
    Ok(plan)
}

impl Plan {
    /// How many numbers a receiver is shown: the answer's, and the salt.
    pub fn opened_numbers(&self) -> usize {
        self.layout.numbers() + joint::SALT
    }

    /// All owners' rows together.
    pub fn rows(&self) -> u64 {
        self.setting.owners.iter().map(|o| o.rows).sum()
    }

    /// How the opened numbers will stand.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The agreement it was planned under.
    pub fn setting(&self) -> &Setting {
        &self.setting
    }

    fn check_bounds(&self) -> Result<()> {
        let numbers = self.setting.owners.iter().map(|o| self.handed_in(o)).fold(0, usize::saturating_add);
        if numbers > self.setting.most_numbers {
            let most = self.setting.most_numbers;
            let reason =
                format!("it takes {numbers} numbers of all owners, more than the {most} that there is memory for");
            let change = "Let the schema say how many `distinct` values a key has at most, ask for fewer groups, medians and distinct counts at a time, \
                          or allow the nodes more memory";
            return Err(refuse(&self.question.text, reason, change));
        }
        let rows = self.rows().max(1);
        for measure in &self.measures {
            if measure.bound(rows) >= (1u64 << 58) as f64 {
                let reason = format!("over {rows} rows it could overflow");
                let change = "Declare narrower bounds or fewer decimals for its columns";
                return Err(refuse(measure.name(), reason, change));
            }
        }
        Ok(())
    }

    /// What it will cost on an engine of `spec` among these computing parties.
    pub fn predict(&self, spec: &'static Spec, among: Among) -> Result<Prediction> {
        let owners = self.setting.owners.iter().map(|o| o.party);
        let last = owners.chain(self.setting.receivers.iter().map(|r| r.1)).map(|party| party.0 + 1).max();
        let clients = last.unwrap_or(0).saturating_sub(among.parties);
        let mut tally = Tally::of_everyone(spec, among, clients);
        block_on(joint::run(&mut tally, self, None, &[0; joint::SALT]))?;
        Ok(tally.prediction())
    }

    /// What an owner does with its rows, in words.
    fn work(&self) -> String {
        let said = |keys: &[Key]| keys.iter().map(|k| k.said.clone()).collect::<Vec<_>>().join(", ");
        let measures = self.measures.iter().map(Measure::words).collect::<Vec<_>>().join("; ");
        match &self.groups {
            Groups::Cells(cells) => format!("in {} groups: {measures}", cells.count()),
            Groups::Keys(keys) => {
                format!("for each {} that it has, filled up so that nobody can count them: {measures}", said(keys))
            }
            Groups::Rows(keys) => format!("row by row, filled up so that nobody can count them: {}", said(keys)),
        }
    }

    /// The plan in words.
    pub fn steps(&self, spec: &Spec) -> Vec<Step> {
        let step =
            |place: &str, action: String, learned: &str| Step { place: place.into(), action, learned: learned.into() };
        let owners = self.setting.owners.iter().map(|o| o.name.clone()).collect::<Vec<_>>().join(", ");
        let computing = self.setting.computing.join(", ");
        let filter = self.question.filter.as_ref().map_or(String::new(), |f| format!(" where {}", say(f)));
        let work = self.work();
        let mut steps = vec![step(
            &format!("{owners}, each at home"),
            format!("over its own rows{filter}, {work}"),
            "nobody anything",
        )];
        let numbers: usize = self.setting.owners.iter().map(|o| self.handed_in(o)).sum();
        steps.push(step(
            &format!("{owners} to {computing}"),
            format!("{numbers} secret-shared whole numbers from all of them ({})", spec.id),
            "nobody anything: each share alone is random",
        ));
        let moved = match &self.groups {
            Groups::Rows(_) => Some("shuffle the rows, still shared, so that nobody can tell whose they are"),
            Groups::Cells(_) if !self.hands_in_rows() => None,
            _ => Some("sort the rows by their keys, still shared"),
        };
        if let Some(moved) = moved {
            let random =
                "nobody anything: what is opened on the way are places after a secret shuffle, which are random";
            steps.push(step(&computing, moved.into(), random));
        }
        steps.push(step(
            &computing,
            match &self.groups {
                Groups::Rows(_) => format!("drop all rows if there are fewer than {}", self.setting.min_group),
                _ => format!(
                    "add up, compute {}, and drop groups of fewer than {} rows",
                    self.aggregates.iter().map(|a| a.words.clone()).collect::<Vec<_>>().join(", "),
                    self.setting.min_group
                ),
            },
            "nobody anything: all values stay shared",
        ));
        let receivers = self.setting.receivers.iter().map(|r| r.0.clone()).collect::<Vec<_>>().join(", ");
        let outputs = self.question.outputs.iter().map(|o| o.name.clone()).collect::<Vec<_>>().join(", ");
        let absent = match self.groups {
            Groups::Cells(_) if self.hidden_cells().is_none() => ", and which groups are not in it",
            _ => "",
        };
        let limit = self.question.limit.map_or(String::new(), |l| format!(", at most {l} rows"));
        steps.push(step(
            &format!("{computing} to {receivers}"),
            match &self.groups {
                Groups::Rows(_) => format!("open {outputs} of each row{limit}"),
                _ => format!("open {outputs} of the groups that remain{limit}"),
            },
            &format!("{receivers}: the answer{absent}. Everyone: each owner's number of rows before filters"),
        ));
        steps
    }
}
