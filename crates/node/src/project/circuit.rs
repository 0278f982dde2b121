//! Circuits that a project allows: which function of whose values may be computed, and who learns what of it.

use std::{collections::HashSet, sync::Arc};

use jointly_circuit::{Function, Input, Type, expr::Program};
use jointly_core::{Adversary, Party};
use jointly_data::Kind;
use jointly_registry::circuit_plan;
use serde::{Deserialize, Serialize};

use super::{JobKind, Project, compiled::compiled};
use crate::{
    Hex,
    text::{and, check_name, is_hidden},
};

/// Circuits of a project.
pub(super) const MOST: usize = 16;

/// Lines of a definition in words, and characters of a line: who signs it reads all of it.
const MOST_LINES: usize = 200;
const LONGEST_LINE: usize = 160;

/// A function that jobs may compute, of values that its parties keep to themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Circuit {
    /// Its name in the project.
    pub name: String,
    /// The function: inputs, types, outputs and receivers in words, or a circuit in Bristol Fashion, whose parties are `a` and `b`.
    pub function: String,
    /// Who the function's parties are, in the order in which it names them. Of two, the first garbles.
    pub sides: Vec<CircuitSide>,
}

/// A party of a function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CircuitSide {
    /// As the function names it.
    pub party: String,
    /// Which member it is.
    pub owner: String,
    /// The table with its values: a column for each of its inputs, and as many rows as these have values. None if it hands in nothing.
    #[serde(default)]
    pub table: Option<String>,
}

impl Circuit {
    /// The function, which [`Project::check`] has seen to be one.
    pub fn program(&self) -> Result<Arc<Program>, String> {
        compiled(&self.function)
    }

    /// Whether it is a list of gates, which nobody reads.
    fn is_bristol(&self) -> bool {
        self.function.trim_start().starts_with(|first: char| first.is_ascii_digit())
    }

    /// The side of the owner of this name.
    pub fn side(&self, owner: &str) -> Option<&CircuitSide> {
        self.sides.iter().find(|side| side.owner == owner)
    }

    /// Whether it has this table of this owner.
    pub fn has(&self, owner: &str, table: &str) -> bool {
        self.side(owner).is_some_and(|side| side.table.as_deref() == Some(table))
    }

    /// The owners, as [`Party`] numbers them.
    pub fn owners(&self) -> Vec<&str> {
        self.sides.iter().map(|side| side.owner.as_str()).collect()
    }

    /// The columns that an owner's values are in.
    pub fn columns(&self, owner: &str) -> Vec<String> {
        let place = self.sides.iter().position(|side| side.owner == owner);
        let Some((place, program)) = place.zip(self.program().ok()) else { return Vec::new() };
        inputs_of(&program.function, Party(place as u16)).iter().map(|input| column(input).to_owned()).collect()
    }

    /// Everything that is wrong with it in its project.
    pub(super) fn problems(&self, project: &Project) -> Vec<String> {
        let bad_name = check_name("the circuit's name", &self.name).err().map(|e| e.to_string());
        let mistakes = match self.unreadable() {
            Some(why) => vec![why],
            None => self.mistakes(project).unwrap_or_else(|why| vec![why]),
        };
        let wrong = mistakes.into_iter().map(|what| format!("the circuit {:?} {what}", self.name));
        bad_name.into_iter().chain(wrong).collect()
    }

    /// Why nobody can read it before signing, if that is so.
    fn unreadable(&self) -> Option<String> {
        let is_bad = |line: &str| line.chars().count() > LONGEST_LINE || line.chars().any(is_hidden);
        let bad = self.function.lines().position(is_bad);
        if self.is_bristol() || bad.is_none() && self.function.lines().count() <= MOST_LINES {
            return None;
        }
        let place = bad.map_or_else(String::new, |line| format!(" (line {})", line + 1));
        Some(format!(
            "has a function that cannot be shown{place}: a definition has at most {MOST_LINES} lines of {LONGEST_LINE} visible characters"
        ))
    }

    fn mistakes(&self, project: &Project) -> Result<Vec<String>, String> {
        let program = self.program()?;
        let parties: Vec<&str> = self.sides.iter().map(|side| side.party.as_str()).collect();
        if parties != program.parties {
            return Err(format!(
                "has sides for {}; its function is about {}, and needs a side for each, in this order",
                and(&parties),
                and(&program.parties)
            ));
        }
        let (mut mistakes, mut owners) = (Vec::new(), HashSet::new());
        for (i, side) in self.sides.iter().enumerate() {
            if project.member(&side.owner).is_none() {
                mistakes.push(format!("has a side of {:?}, who is no member", side.owner));
            }
            if !owners.insert(&side.owner) {
                mistakes.push(format!("has two sides of {:?}", side.owner));
            }
            mistakes.extend(side.mistakes(project, &inputs_of(&program.function, Party(i as u16))));
        }
        if let Err(why) = circuit_plan(project.adversary, &program.function) {
            mistakes.push(format!("cannot be computed against parties that are {}: {why}", project.adversary));
        }
        Ok(mistakes)
    }

    /// In plain words, for who is about to sign.
    pub(super) fn in_words(&self) -> String {
        let mut text = format!("  Circuit {:?}: {} may compute together\n", self.name, and(&self.owners()));
        let Ok(program) = self.program() else { return text };
        let function = &program.function;
        if self.is_bristol() {
            text += &format!(
                "    a circuit in Bristol Fashion of {} gates, {} of them ANDs, with the digest {}\n",
                function.gates(),
                function.ands(),
                Hex(function.digest())
            );
        } else {
            // Every line, as it is: the project was checked to have short and visible ones.
            let lines = self.function.lines().map(str::trim_end).filter(|line| !line.is_empty());
            lines.for_each(|line| text += &format!("    | {line}\n"));
        }
        for (i, side) in self.sides.iter().enumerate() {
            let me = Party(i as u16);
            let CircuitSide { party, owner, table } = side;
            let hands_in: Vec<&str> = inputs_of(function, me).iter().map(|input| column(input)).collect();
            let learns = function.outputs().iter().filter(|output| output.to.contains(&me));
            let learns: Vec<&str> = learns.map(|output| output.port.name.as_str()).collect();
            let values = match table {
                Some(table) => format!("hands in {} from its {table}", and(&hands_in)),
                None => "hands in nothing".to_owned(),
            };
            let learns = if learns.is_empty() { "nothing".to_owned() } else { and(&learns) };
            text += &format!("    {owner} is {party}: it {values}, and learns {learns}.\n");
        }
        text + "    Of several values, the first rows of all tables go together, then the second, and so on. How often is not limited: results about other \
             values can tell, together, what those values are.\n"
    }

    /// What whoever changes its program can do, and what it risks.
    pub(crate) fn stakes(&self, adversary: Adversary) -> String {
        let owners = self.owners();
        let ([garbler, evaluator] | [garbler, evaluator, ..]) = owners[..] else { return String::new() };
        let evaluates = format!(
            "{evaluator} evaluates: whatever program it runs, it learns nothing but its results, and can make none wrong; it can only stop the job, also after it has its own results and before {garbler} has any"
        );
        match adversary {
            Adversary::SemiHonest if owners.len() == 2 => format!(
                "Secure only as long as {garbler} and {evaluator} run the program as it is: if either changes its own, it can learn the other's values or make the \
                 results wrong, and nobody notices"
            ),
            Adversary::Covert { one_in } => format!(
                "{garbler} garbles: if it changes its program to learn {evaluator}'s values or to make results wrong, it is caught {}, having \
                 learnt nothing, and the job stops; {evaluator} knows it then, but can prove it to nobody. Else nobody notices. {evaluates}",
                chance(one_in)
            ),
            Adversary::PubliclyVerifiable { one_in } => format!(
                "{garbler} garbles: if it changes its program to learn {evaluator}'s values or to make results wrong, it is caught {}, having \
                 learnt nothing. The job stops, and {evaluator}'s evidence log holds a certificate signed by {garbler}: anyone can check it, and it shows nobody's values. \
                 Else nobody notices. {evaluates}, and it can accuse nobody who kept to the rules",
                chance(one_in)
            ),
            Adversary::SemiHonest | Adversary::Malicious => format!(
                "Whatever programs the others run, each of {} learns nothing but its results, and stops rather than take a wrong one. Who cheats can stop the \
                 job, also after it has its own results and before others have theirs",
                and(&owners)
            ),
        }
    }
}

/// λ = 1 − 1/k in words.
fn chance(one_in: u32) -> String {
    format!("in {} of {one_in} jobs (λ = {}/{one_in}) on average", one_in - 1, one_in - 1)
}

impl CircuitSide {
    fn mistakes(&self, project: &Project, inputs: &[&Input]) -> Vec<String> {
        let Self { party, owner, table } = self;
        let Some(table) = table else {
            return match inputs {
                [] => Vec::new(),
                _ => vec![format!("takes values of {party}, and says not from which `table` of {owner}")],
            };
        };
        if inputs.is_empty() {
            return vec![format!("takes no values of {party}, and needs no table of {owner}")];
        }
        let has_dataset = project.datasets.iter().any(|d| d.owner == *owner && d.table == *table);
        let Some(schema) = project.table(table).filter(|_| has_dataset) else {
            return vec![format!("is about a table {table:?} of {owner:?}, of which the project has no dataset")];
        };
        let mut problems = Vec::new();
        if inputs.iter().any(|input| input.port.lanes != inputs[0].port.lanes) {
            problems.push(format!("takes different numbers of values of {party}: all come from the rows of one table"));
        }
        for input in inputs {
            let name = column(input);
            match schema.column(name) {
                None => {
                    problems.push(format!("takes {}, and the table {table:?} has no column {name:?}", input.port.name))
                }
                Some(column) => problems.extend(fits(&column.kind, input.port.kind).err().map(|why| {
                    format!("takes {} as {}, and the table's column {why}", input.port.name, input.port.kind)
                })),
            }
        }
        problems
    }
}

/// What a party hands in.
pub(crate) fn inputs_of(function: &Function, party: Party) -> Vec<&Input> {
    function.inputs().iter().filter(|input| input.from == party).collect()
}

/// The column that an input's values are in: its name behind its party's.
pub(crate) fn column(input: &Input) -> &str {
    let name = input.port.name.as_str();
    name.split_once('.').map_or(name, |(_, own)| own)
}

/// Whether every value of a column is one of an input's type; or what there may be that is none.
fn fits(column: &Kind, kind: Type) -> Result<(), String> {
    let least = |width: u32| -(1i128 << (width - 1));
    match (column, kind) {
        (Kind::Bool, Type::Bits(1)) | (Kind::Int { .. } | Kind::Real { .. }, Type::Float64) => Ok(()),
        (Kind::Text { .. }, Type::Bits(2..)) => Ok(()),
        (Kind::Int { min, .. }, Type::Unsigned(_)) if *min < 0 => Err(format!("may be {min}")),
        (Kind::Int { max, .. }, Type::Unsigned(width @ 1..=63)) if i128::from(*max) >= 1i128 << width => {
            Err(format!("may be {max}"))
        }
        (Kind::Int { min, .. }, Type::Signed(width @ 1..=63)) if i128::from(*min) < least(width) => {
            Err(format!("may be {min}"))
        }
        (Kind::Int { max, .. }, Type::Signed(width @ 1..=63)) if i128::from(*max) >= -least(width) => {
            Err(format!("may be {max}"))
        }
        (Kind::Int { .. }, Type::Unsigned(_) | Type::Signed(_)) => Ok(()),
        _ => Err(format!("is {}", words(column))),
    }
}

fn words(kind: &Kind) -> &'static str {
    match kind {
        Kind::Bool => "true or false, which is a bit",
        Kind::Int { .. } => "a whole number, which is a u, i or f64",
        Kind::Real { .. } => "a decimal number, which is an f64",
        Kind::Date { .. } => "a date, which no circuit takes",
        Kind::Enum { .. } => "one of a list of words, which no circuit takes",
        Kind::Text { .. } => "text, which is read as hexadecimal digits of a row of bits",
    }
}

impl Project {
    /// The circuit of that name.
    pub fn circuit(&self, name: &str) -> Option<&Circuit> {
        self.circuits.iter().find(|c| c.name == name)
    }

    /// Who is protected against whom in circuits.
    pub(super) fn circuits_in_words(&self) -> String {
        if !self.allows(JobKind::Circuit) {
            return String::new();
        }
        self.circuits.iter().map(|c| format!("  Circuit {:?}: {}.\n", c.name, c.stakes(self.adversary))).collect()
    }
}
