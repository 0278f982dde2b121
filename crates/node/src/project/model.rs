//! Models that a project allows: of whose columns, about what, and by which methods.

use std::collections::HashSet;

use jointly_data::{Column, Kind};
use serde::{Deserialize, Serialize};

use super::{JobKind, Project};
use crate::text::{and, check_name, quotable};

/// Columns of a model.
const MOST_COLUMNS: usize = 400;

/// A model that jobs may train.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Its name in the project.
    pub name: String,
    /// Its rows are those that this alignment finds: each owner has some columns of all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alignment: Option<String>,
    /// Its rows are all owners' rows in this table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// What it foretells.
    pub label: RecipeLabel,
    /// The columns that it asks for.
    pub features: Vec<Features>,
    /// How it may be trained.
    pub methods: Vec<Trained>,
    /// The part of the rows, in percent, by which it is judged and not trained.
    #[serde(default = "thirty")]
    pub test: u8,
    /// What points of a scorecard mean.
    #[serde(default, skip_serializing_if = "CardScale::is_usual")]
    pub points: CardScale,
    /// Whether the model stays shared: its receivers see how good it is, and nobody sees the model.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shared: bool,
    /// The members that may ask the model about rows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub answers: Vec<String>,
    /// About how many rows each of them may ask a day.
    #[serde(default = "thousand", skip_serializing_if = "is_thousand")]
    pub daily: u32,
}

/// What points of a scorecard mean: so many points at odds of so many to one, and so many more for double the odds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CardScale {
    /// Points at these odds.
    pub base: u32,
    /// So many that are not what is foretold to one that is.
    pub odds: u32,
    /// For double the odds.
    pub double: u32,
}

impl Default for CardScale {
    fn default() -> Self {
        Self { base: 600, odds: 50, double: 20 }
    }
}

impl CardScale {
    fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

fn thousand() -> u32 {
    1000
}

fn is_thousand(rows: &u32) -> bool {
    *rows == thousand()
}

/// What a model foretells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecipeLabel {
    /// Whose column, where rows are aligned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Which.
    pub column: String,
    /// Whether it has this value; without one, how much it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// Columns of one owner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Features {
    /// Whose, where rows are aligned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<String>,
    /// Which.
    pub columns: Vec<String>,
}

/// How models are trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trained {
    /// Logistic regression, with standard errors.
    Logistic,
    /// Linear regression, with standard errors.
    Linear,
    /// Poisson regression of counts, with standard errors.
    Poisson,
    /// A scorecard: logistic regression of weights of evidence, as points.
    Scorecard,
    /// Boosted trees.
    Trees,
}

impl Trained {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Trained::Logistic => "logistic regression",
            Trained::Linear => "linear regression",
            Trained::Poisson => "Poisson regression",
            Trained::Scorecard => "a scorecard",
            Trained::Trees => "boosted trees",
        }
    }
}

fn thirty() -> u8 {
    30
}

/// A column of a model: whose it is where rows are aligned, and what is known of it.
pub(crate) struct Found<'a> {
    pub owner: Option<&'a str>,
    pub table: &'a str,
    pub column: &'a Column,
}

impl Found<'_> {
    /// What it is called in the model.
    pub fn name(&self) -> String {
        self.owner.map_or_else(|| self.column.name.clone(), |owner| format!("{owner}.{}", self.column.name))
    }
}

impl Recipe {
    /// The columns that it asks for, in their order, and the label's.
    pub(crate) fn columns<'a>(&'a self, project: &'a Project) -> Result<(Vec<Found<'a>>, Found<'a>), String> {
        let features = self.features.iter().flat_map(|f| f.columns.iter().map(move |c| (f.owner.as_deref(), c)));
        let features = features.map(|(owner, column)| self.find(project, owner, column)).collect::<Result<_, _>>()?;
        Ok((features, self.find(project, self.label.owner.as_deref(), &self.label.column)?))
    }

    fn find<'a>(&'a self, project: &'a Project, owner: Option<&'a str>, column: &str) -> Result<Found<'a>, String> {
        let table = match (&self.alignment, &self.table, owner) {
            (Some(name), None, Some(owner)) => {
                let alignment = project
                    .alignment(name)
                    .ok_or_else(|| format!("is of the rows of an alignment {name:?}, of which the project has none"))?;
                let side = alignment.sides.iter().find(|side| side.owner == owner);
                &side.ok_or_else(|| format!("takes columns of {owner:?}, who has no side in {name:?}"))?.table
            }
            (Some(_), None, None) => return Err(format!("says not whose {column:?} is: name its `owner`")),
            (None, Some(table), None) => table,
            (None, Some(_), Some(_)) => {
                return Err("takes whole rows of a table: name no `owner` of single columns".to_owned());
            }
            _ => return Err("is of the rows of one `alignment`, or of one `table`: name one of the two".to_owned()),
        };
        let schema =
            project.table(table).ok_or_else(|| format!("is about {table:?}, which is no table of the project"))?;
        let column =
            schema.column(column).ok_or_else(|| format!("asks for {column:?}, which {table:?} does not have"))?;
        Ok(Found { owner, table: &schema.table, column })
    }

    /// The owners whose tables it reads, each with its table, in the project's order.
    pub(crate) fn sides<'a>(&'a self, project: &'a Project) -> Vec<(&'a str, &'a str)> {
        let datasets = project.datasets.iter();
        let is_read = |owner: &str, table: &str| match self.columns(project) {
            Ok((features, label)) => {
                features.iter().chain([&label]).any(|f| f.table == table && f.owner.is_none_or(|o| o == owner))
            }
            Err(_) => false,
        };
        datasets.map(|d| (d.owner.as_str(), d.table.as_str())).filter(|(o, t)| is_read(o, t)).collect()
    }

    /// The owners of the columns that it asks for, each with its table, in the project's order.
    pub(crate) fn asked_sides<'a>(&'a self, project: &'a Project) -> Vec<(&'a str, &'a str)> {
        let has = |owner: &str| self.features.iter().any(|f| f.owner.as_deref().is_none_or(|o| o == owner));
        self.sides(project).into_iter().filter(|(owner, _)| has(owner)).collect()
    }

    /// The columns of this owner's table that it asks for, without the label's.
    pub(crate) fn features_of(&self, project: &Project, owner: &str, table: &str) -> Vec<String> {
        let Ok((features, _)) = self.columns(project) else { return Vec::new() };
        let mine = features.iter().filter(|f| f.table == table && f.owner.is_none_or(|o| o == owner));
        mine.map(|f| f.column.name.clone()).collect()
    }

    /// The columns of this owner's table that it reads.
    pub(crate) fn columns_of(&self, project: &Project, owner: &str, table: &str) -> Vec<String> {
        let Ok((features, label)) = self.columns(project) else { return Vec::new() };
        let all = features.iter().chain([&label]);
        let mine = all.filter(|f| f.table == table && f.owner.is_none_or(|o| o == owner));
        mine.map(|f| f.column.name.clone()).collect()
    }

    /// Everything that is wrong with it in its project.
    pub(super) fn problems(&self, project: &Project) -> Vec<String> {
        let bad_name = check_name("the model's name", &self.name).err().map(|e| e.to_string());
        let mistakes = self.mistakes(project).unwrap_or_else(|why| vec![why]);
        let wrong = mistakes.into_iter().map(|what| format!("the model {:?} {what}", self.name));
        bad_name.into_iter().chain(wrong).collect()
    }

    fn mistakes(&self, project: &Project) -> Result<Vec<String>, String> {
        let mut mistakes = Vec::new();
        if self.methods.is_empty() {
            mistakes.push(
                "names no `methods` by which it is trained: logistic, linear, poisson, scorecard, or trees".to_owned(),
            );
        }
        if self.methods.contains(&Trained::Scorecard) && self.table.is_some() {
            mistakes.push("is of a table of which all have rows, and a scorecard takes the columns of an alignment, each of which one owner bins".to_owned());
        }
        if self.points.odds == 0 || self.points.double == 0 {
            mistakes.push("has points of a scorecard at odds of 0, or 0 points for double the odds".to_owned());
        }
        if self.shared && self.answers.is_empty() {
            mistakes.push("stays shared, and nobody may ask it: name members in its `answers`".to_owned());
        }
        if let Some(name) = self.answers.iter().find(|name| !project.members.iter().any(|m| m.name == **name)) {
            mistakes.push(format!("answers {}, who is no member", quotable(name)));
        }
        let takes_part = |name: &String| {
            let owns = self.sides(project).iter().any(|(owner, _)| owner == name);
            owns || project.computing.contains(name) || project.receivers.contains(name)
        };
        if let Some(name) = self.answers.iter().find(|name| !takes_part(name)) {
            mistakes.push(format!(
                "answers {}, who owns none of its columns, computes nothing and receives nothing",
                quotable(name)
            ));
        }
        if !(1..=1_000_000).contains(&self.daily) {
            mistakes.push(format!("answers about {} rows a day; 1 to 1000000 are possible", self.daily));
        }
        if !(5..=90).contains(&self.test) {
            mistakes.push(format!("is judged by {} percent of its rows; 5 to 90 are possible", self.test));
        }
        let (features, label) = self.columns(project)?;
        if features.is_empty() || features.len() > MOST_COLUMNS {
            mistakes.push(format!("asks for {} columns; 1 to {MOST_COLUMNS} are possible", features.len()));
        }
        let mut seen = HashSet::new();
        for found in features.iter().chain([&label]) {
            if !seen.insert(found.name()) {
                mistakes.push(format!("names {} twice", found.name()));
            }
        }
        for found in &features {
            mistakes.extend(fits(&found.column.kind).err().map(|why| format!("asks for {}, {why}", found.name())));
        }
        mistakes.extend(self.label_mistakes(&label).map(|why| format!("foretells {}, {why}", label.name())));
        if self.sides(project).is_empty() {
            mistakes.push("reads tables of which nobody has a dataset".to_owned());
        }
        let aligned = self.alignment.as_ref().and_then(|name| project.alignment(name));
        if let Some(alignment) = aligned {
            let reads = self.sides(project);
            let is_told = |owner: &&(&str, &str)| alignment.learners.iter().any(|l| l == owner.0);
            if let Some((owner, _)) = reads.iter().find(|owner| !is_told(owner)) {
                mistakes.push(format!(
                    "takes rows of {owner:?}, to whom the alignment {:?} does not tell which they are: it is no learner",
                    alignment.name
                ));
            }
        }
        Ok(mistakes)
    }

    fn label_mistakes(&self, label: &Found<'_>) -> Option<String> {
        let of_numbers = |m: &Trained| matches!(m, Trained::Linear | Trained::Poisson);
        let numeric = self.methods.iter().any(of_numbers);
        let classes = !self.methods.iter().all(of_numbers);
        match (&label.column.kind, &self.label.value) {
            _ if numeric && classes => Some(
                "and is trained by linear or Poisson regression, which foretell numbers, and by a method for classes"
                    .into(),
            ),
            (Kind::Bool, Some(value)) if value != "true" && value != "false" => {
                Some(format!("which is true or false, and never {}", quotable(value)))
            }
            (Kind::Enum { values }, Some(value)) if !values.contains(value) => {
                Some(format!("which is one of {}, and never {}", and(values), quotable(value)))
            }
            (Kind::Bool | Kind::Enum { .. }, Some(_)) if classes => None,
            (Kind::Int { .. } | Kind::Real { .. }, None) if numeric => None,
            _ if numeric => Some("which is no number without a `value`, as linear and Poisson regression take".into()),
            _ => Some("which is not a word or truth value of which a `value` is named".into()),
        }
    }

    /// In plain words, for who is about to sign.
    pub(super) fn in_words(&self, project: &Project) -> String {
        let Ok((features, label)) = self.columns(project) else { return String::new() };
        let names: Vec<String> = features.iter().map(Found::name).collect();
        let methods: Vec<&str> = self.methods.iter().map(|m| m.words()).collect();
        let rows = match (&self.alignment, &self.table) {
            (Some(name), _) => format!("the rows that an alignment {name:?} found"),
            (_, table) => format!("all rows of the table {}", table.as_deref().unwrap_or_default()),
        };
        let what = match &self.label.value {
            Some(value) => format!("whether {} is {}", label.name(), quotable(value)),
            None => format!("how much {} is", label.name()),
        };
        let learn = match self.shared {
            true => {
                "learn how good it is, and nobody learns the model: the computing parties keep shares of it. It is judged"
            }
            false => {
                "learn all of the model (coefficients with their standard errors; every split and leaf of trees; of a scorecard every column's bins, with their weights) and how good it is,"
            }
        };
        let asked = match self.answers.is_empty() {
            true => String::new(),
            false => format!(
                "    {} may ask it about {} rows a day each, of everyone's columns: who asks learns what the model says of each row. Owners keep at home how they wrote their columns, and the computing \
                 parties shares of the model, sealed, until they delete them.\n",
                and(&self.answers),
                self.daily
            ),
        };
        format!(
            "  Model {:?}: from {}, on {rows}, it is trained by {} to foretell {what}.\n    \
             {} {learn} on {} percent of the rows that were kept \
             apart (AUC, KS, positives and mean probability of parts of at least {} rows, and the four counts at probability one half; of numbers R² and the residuals' size); nobody learns anything of single rows. All members can learn how many rows there are.\n    How often is not limited.\n{asked}",
            self.name,
            and(&names),
            and(&methods),
            and(&project.receivers),
            self.test,
            project.min_group
        )
    }
}

/// Whether a model can ask for such a column; or why not.
fn fits(kind: &Kind) -> Result<(), &'static str> {
    match kind {
        Kind::Bool | Kind::Int { .. } | Kind::Real { .. } => Ok(()),
        Kind::Enum { values } if values.len() >= 2 => Ok(()),
        Kind::Enum { .. } => Err("which has but one value"),
        Kind::Date { .. } => Err("which is a date: bring days or years as a number"),
        Kind::Text { .. } => Err("which is text: declare it as an enum with its words"),
    }
}

impl Project {
    /// The model of that name.
    pub fn recipe(&self, name: &str) -> Option<&Recipe> {
        self.models.iter().find(|m| m.name == name)
    }

    /// Whether some of its members compute on engines.
    pub(crate) fn computes(&self) -> bool {
        self.allows(JobKind::Query) || self.allows(JobKind::Model)
    }
}
