//! Federations that a project allows: who trains which model on rows of one table, each at home, and what is opened of it.

use jointly_federate::{
    federation::Plan,
    masks::Setting,
    noise::{Noise, Rho, Unit},
    optimise::Optimiser,
    trainer::{Built, Local, drawn},
};
use serde::{Deserialize, Serialize};
use std::time::Duration;

use super::{CardScale, Features, Project, Recipe, RecipeLabel, Trained, model::Found};
use crate::text::{and, quotable};

/// What members count of the rows that they keep apart: see `live/federate/judge.rs`.
pub(crate) const COUNTS: usize = 5;

/// Rounds of a federation.
const MOST_ROUNDS: u32 = 100_000;

/// A model that owners of rows of one table train together, each at home.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Federation {
    /// Its name in the project.
    pub name: String,
    /// The table, of which every owner trains on its own rows.
    pub table: String,
    /// What it foretells: whether a column has a value.
    pub label: RecipeLabel,
    /// The columns that it asks for.
    pub columns: Vec<String>,
    /// What is trained.
    pub model: Model,
    /// In how many rounds.
    pub rounds: u32,
    /// How a member trains in a round. Under noise that hides rows, a round is one step, of which `clip` bounds what a row adds.
    pub local: Local,
    /// What all make of a round's mean update.
    #[serde(default = "whole")]
    pub optimiser: Optimiser,
    /// The norm to which a member's update is clipped.
    pub clip: f64,
    /// How many members may be away, or drop out of a round.
    #[serde(default)]
    pub dropouts: u16,
    /// The most rows that a member has.
    pub most_rows: u32,
    /// The part of its rows, in percent, that each member keeps apart to judge the model by.
    #[serde(default = "thirty")]
    pub test: u8,
    /// Seconds that a member may take to train, and for each step of a round.
    #[serde(default = "minute")]
    pub patience: u32,
    /// Differential privacy, if members agreed on some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub privacy: Option<Privacy>,
}

/// What is trained.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Model {
    /// Logistic regression.
    Logistic,
    /// A perceptron with one hidden layer of so many units.
    Perceptron {
        /// How many.
        hidden: u16,
    },
    /// Whatever has so many weights: each member trains it by a program of its own.
    Own {
        /// How many.
        weights: u32,
        /// All start from weights drawn evenly between −this and this, from a seed that all know; from 0 without it.
        #[serde(default)]
        spread: f64,
    },
}

impl Model {
    /// The model, if the program brings it along.
    pub(crate) fn built(self) -> Option<Built> {
        match self {
            Model::Logistic => Some(Built::Logistic),
            Model::Perceptron { hidden } => Some(Built::Perceptron { hidden }),
            Model::Own { .. } => None,
        }
    }

    fn weights(self, width: usize) -> usize {
        match (self.built(), self) {
            (Some(built), _) => built.weights(width),
            (None, Model::Own { weights, .. }) => weights as usize,
            (None, _) => 0,
        }
    }

    /// Where all members start, with the same bits on every machine.
    pub(crate) fn start(self, width: usize, seed: [u8; 16]) -> Vec<f64> {
        match (self.built(), self) {
            (Some(built), _) => built.start(width, seed),
            (None, Model::Own { weights, spread }) => drawn(weights as usize, spread, seed),
            (None, _) => Vec::new(),
        }
    }
}

/// Differential privacy of all rounds together.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Privacy {
    /// What it hides.
    pub hides: Hides,
    /// ε.
    pub epsilon: f64,
    /// δ.
    pub delta: f64,
    /// How many members may tell each other their noise.
    #[serde(default)]
    pub colluding: u16,
}

/// What noise hides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hides {
    /// Whether a row is there.
    Rows,
    /// Whether a member is there.
    Members,
}

fn whole() -> Optimiser {
    Optimiser::Average { rate: 1.0 }
}

fn thirty() -> u8 {
    30
}

fn minute() -> u32 {
    60
}

impl Federation {
    /// The columns that it reads, as a model's recipe has them.
    pub(crate) fn recipe(&self) -> Recipe {
        Recipe {
            name: self.name.clone(),
            alignment: None,
            table: Some(self.table.clone()),
            label: self.label.clone(),
            features: vec![Features { owner: None, columns: self.columns.clone() }],
            methods: vec![Trained::Logistic],
            test: self.test,
            points: CardScale::default(),
            shared: false,
            answers: Vec::new(),
            daily: 1000,
        }
    }

    /// The owners of its rows, in the project's order.
    pub(crate) fn owners<'a>(&self, project: &'a Project) -> Vec<&'a str> {
        project.datasets.iter().filter(|d| d.table == self.table).map(|d| d.owner.as_str()).collect()
    }

    /// What is trained by so many of its members, from rows of so many numbers.
    ///
    /// # Errors
    /// What cannot be, in words.
    pub(crate) fn plan(&self, members: u16, width: usize) -> Result<Plan, String> {
        let told = |e: jointly_core::Error| e.to_string();
        // Where some are away, fewer others may drop out.
        let setting = Setting::new(members, self.dropouts.min(members.saturating_sub(2) / 2)).map_err(told)?;
        let plan = Plan {
            setting,
            weights: self.model.weights(width),
            counts: if self.privacy.is_some() { 0 } else { COUNTS },
            clip: self.clip,
            most_rows: self.most_rows,
            optimiser: self.optimiser,
            noise: None,
            rounds: self.rounds,
            patience: Duration::from_secs(self.patience.into()),
        };
        plan.fit().map_err(told)?;
        match self.privacy {
            None => Ok(plan),
            Some(privacy) => {
                let noise = Some(privacy.noise(&plan, self.rounds)?);
                Ok(Plan { noise, ..plan })
            }
        }
    }

    /// Everything that is wrong with it in its project.
    pub(super) fn problems(&self, project: &Project) -> Vec<String> {
        let mut wrong = Vec::new();
        let recipe = self.recipe().problems(project).into_iter();
        let renamed = recipe.map(|problem| problem.replacen("the model", "the federation", 1));
        let owners = self.owners(project).len() as u16;
        if !(1..=MOST_ROUNDS).contains(&self.rounds) {
            wrong.push(format!("has {} rounds; 1 to {MOST_ROUNDS} are possible", self.rounds));
        }
        if !(1..=86_400).contains(&self.patience) {
            wrong.push(format!("waits {} seconds for a member; 1 to 86400 are possible", self.patience));
        }
        if let Err(why) = Setting::new(owners, self.dropouts) {
            wrong.push(format!("is of {owners} owners: {why}"));
        } else if let Err(why) = self.plan(owners, self.columns.len().max(1)) {
            wrong.push(format!("cannot be trained: {why}"));
        }
        if let Model::Own { spread, .. } = self.model
            && !(0.0..=1000.0).contains(&spread)
        {
            wrong.push(format!("starts from weights up to {spread}; 0 to 1000 are possible"));
        }
        if self.privacy.is_some_and(|p| p.hides == Hides::Rows) && self.model.built().is_none() {
            wrong.push("hides rows, for which each row's gradient is clipped, and a program of a member's own need not do so: hide members, or train a model that is brought along".to_owned());
        }
        if self.privacy.is_some_and(|p| p.hides == Hides::Rows) && (self.local.epochs, self.local.proximal) != (1, 0.0)
        {
            wrong.push("hides rows, so that a round is one step: its `local` has 1 epoch and no `proximal`".to_owned());
        }
        let wrong = wrong.into_iter().map(|what| format!("the federation {:?} {what}", self.name));
        renamed.chain(wrong).collect()
    }

    /// In plain words, for who is about to sign.
    pub(super) fn in_words(&self, project: &Project) -> String {
        let recipe = self.recipe();
        let Ok((features, label)) = recipe.columns(project) else { return String::new() };
        let names: Vec<String> = features.iter().map(Found::name).collect();
        let value = self.label.value.as_deref().unwrap_or_default();
        let model = match self.model {
            Model::Logistic => "logistic regression".to_owned(),
            Model::Perceptron { hidden } => format!("a perceptron with {hidden} hidden units"),
            Model::Own { weights, .. } => format!("a model of {weights} weights, each by a program of its own,"),
        };
        let opened = match self.privacy {
            None => "All members see the weights after each round, which are made of the mean of the members' updates, how many rows are trained on, and of the rows kept apart how \
                     many there are, how many are of the class, how many are foretold rightly, and how well the classes are told apart (four sums over all members)"
                .to_owned(),
            Some(p) => format!(
                "All members see the weights after each round, which are made of the mean of the members' updates with noise, so that whether {} is there stays hidden (ε = {}, δ = {:e} over all \
                 rounds, if at most {} members tell each other their noise)",
                match p.hides {
                    Hides::Rows => "a row",
                    Hides::Members => "a member",
                },
                p.epsilon,
                p.delta,
                p.colluding
            ),
        };
        format!(
            "  Federation {:?}: {} train {model}, each on its own rows of {}, from {} to foretell whether {} is {}, in {} rounds.\n    \
             {opened}. Nobody sees a member's update, as long as no more than {} of those who take part work together; up to {} may be away or drop out.\n",
            self.name,
            and(&self.owners(project)),
            self.table,
            and(&names),
            label.name(),
            quotable(value),
            self.rounds,
            Setting::new(self.owners(project).len() as u16, self.dropouts).map_or(0, Setting::stands),
            self.dropouts
        )
    }
}

impl Privacy {
    /// The least noise with which all rounds stay within it.
    fn noise(&self, plan: &Plan, rounds: u32) -> Result<Noise, String> {
        let unit = match self.hides {
            Hides::Rows => Unit::Row,
            Hides::Members => Unit::Member,
        };
        let at = |multiplier: f64| Noise { unit, multiplier, colluding: self.colluding };
        let spent = |multiplier: f64| {
            let noisy = Plan { noise: Some(at(multiplier)), counts: 0, ..*plan };
            let fitted = noisy.fit().map_err(|e| e.to_string())?.1.ok_or("noise is fitted")?;
            Ok::<f64, String>(Rho(fitted.cost.0 * f64::from(rounds)).epsilon(self.delta))
        };
        if !(self.epsilon > 0.0 && self.epsilon.is_finite() && self.delta > 0.0 && self.delta < 1.0) {
            return Err(format!(
                "privacy of ε = {}, δ = {}: ε is positive, δ between 0 and 1",
                self.epsilon, self.delta
            ));
        }
        let (mut low, mut high) = (1e-3, 1e-3);
        while spent(high)? > self.epsilon {
            (low, high) = (high, 2.0 * high);
        }
        for _ in 0..40 {
            let middle = (low + high) / 2.0;
            (low, high) = if spent(middle)? > self.epsilon { (middle, high) } else { (low, middle) };
        }
        Ok(at(high))
    }
}

impl Project {
    /// The federation of that name.
    pub fn federation(&self, name: &str) -> Option<&Federation> {
        self.federations.iter().find(|f| f.name == name)
    }
}
