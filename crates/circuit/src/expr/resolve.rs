//! Names: of parties, inputs and outputs.

use std::collections::HashMap;

use super::{
    Fault,
    check::Scope,
    operation::Node,
    parse::{Expr, Name, Statement, What},
};
use crate::Type;

/// A definition with all names resolved.
pub struct Definition {
    pub parties: Vec<String>,
    pub inputs: Vec<Declared>,
    pub outputs: Vec<Learnt>,
}

/// An input.
pub struct Declared {
    pub name: String,
    pub from: u16,
    pub kind: Type,
    pub lanes: u32,
}

/// An output.
pub struct Learnt {
    pub name: String,
    pub value: Node,
    pub to: Vec<u16>,
}

/// The type of names in the short form.
const SHORT: Type = Type::Signed(64);

/// Numbers the parties, checks names and types.
pub fn resolve(statements: Vec<Statement>, parties: &[&str]) -> Result<Definition, Fault> {
    let mut names = Names { known: parties.iter().map(|name| name.to_string()).collect(), fixed: !parties.is_empty() };
    let short = matches!(&statements[..], [Statement::Bare(_)]);
    let mut scope = Scope { inputs: HashMap::new() };
    let mut inputs = Vec::new();
    let mut declare = |names: &mut Names, party: &Name, name: &Name, kind, lanes, again: bool| {
        let from = names.of(party)?;
        let key = (party.name.clone(), name.name.clone());
        let full = format!("{}.{}", party.name, name.name);
        if scope.inputs.contains_key(&key) {
            return if again { Ok(()) } else { Err(Fault::new(name.at, format!("{full} is declared twice"))) };
        }
        scope.inputs.insert(key, (inputs.len(), kind, lanes));
        inputs.push(Declared { name: full, from, kind, lanes });
        Ok(())
    };
    // Parties are counted as the text names them, before anything is looked up.
    for statement in &statements {
        match statement {
            Statement::Input { party, name, kind, lanes } => declare(&mut names, party, name, *kind, *lanes, false)?,
            Statement::Bare(expr) if short => {
                mentioned(expr)
                    .into_iter()
                    .try_for_each(|(party, name)| declare(&mut names, party, name, SHORT, 1, true))?;
            }
            Statement::Bare(expr) => {
                let what = "an expression stands alone, or is an output: write `output NAME = …`";
                return Err(Fault::new(expr.at, what));
            }
            Statement::Output { expr, to, .. } => {
                let parties = mentioned(expr).into_iter().map(|(party, _)| party);
                let receivers = to.iter().filter(|name| name.name != "all");
                parties.chain(receivers).try_for_each(|party| names.of(party).map(drop))?;
            }
        }
    }
    if inputs.is_empty() {
        return Err(Fault::new(0, "nobody hands anything in: declare an input, as in `input a.salary: u32`"));
    }
    let outputs = outputs(&statements, &scope, &mut names)?;
    if outputs.is_empty() {
        let what = "nobody learns anything: write an output, as in `output richer = a.salary > b.salary`";
        return Err(Fault::new(0, what));
    }
    Ok(Definition { parties: names.known, inputs, outputs })
}

fn outputs(statements: &[Statement], scope: &Scope, names: &mut Names) -> Result<Vec<Learnt>, Fault> {
    let everyone: Vec<u16> = (0..names.known.len() as u16).collect();
    let mut outputs: Vec<Learnt> = Vec::new();
    for statement in statements {
        match statement {
            Statement::Input { .. } => {}
            Statement::Bare(expr) => {
                outputs.push(Learnt { name: "result".into(), value: scope.typed(expr)?, to: everyone.clone() });
            }
            Statement::Output { name, expr, to } => {
                if outputs.iter().any(|output| output.name == name.name) {
                    return Err(Fault::new(name.at, format!("{} is an output already", name.name)));
                }
                let all = to.is_empty() || matches!(&to[..], [Name { name, .. }] if name == "all");
                let mut receivers = if all { everyone.clone() } else { Vec::new() };
                for party in to.iter().filter(|_| !all) {
                    let number = names.of(party)?;
                    if receivers.contains(&number) {
                        return Err(Fault::new(party.at, format!("{} is named twice", party.name)));
                    }
                    receivers.push(number);
                }
                outputs.push(Learnt { name: name.name.clone(), value: scope.typed(expr)?, to: receivers });
            }
        }
    }
    Ok(outputs)
}

/// The inputs that an expression mentions, from left to right.
fn mentioned(expr: &Expr) -> Vec<(&Name, &Name)> {
    match &expr.what {
        What::Input(party, name) => vec![(party, name)],
        What::Apply(_, operands) => operands.iter().flat_map(mentioned).collect(),
        What::Bit(_) | What::Integer(_) | What::Decimal(_) => Vec::new(),
    }
}

/// The parties.
struct Names {
    known: Vec<String>,
    /// Whether there are no others.
    fixed: bool,
}

impl Names {
    fn of(&mut self, party: &Name) -> Result<u16, Fault> {
        if let Some(number) = self.known.iter().position(|known| *known == party.name) {
            return Ok(number as u16);
        }
        if party.name == "all" {
            return Err(Fault::new(party.at, "all means every party: give this one another name"));
        }
        if self.fixed {
            return Err(Fault::new(
                party.at,
                format!("{} is not among the parties {}", party.name, self.known.join(", ")),
            ));
        }
        if self.known.len() >= usize::from(u16::MAX) {
            return Err(Fault::new(party.at, "too many parties"));
        }
        self.known.push(party.name.clone());
        Ok(self.known.len() as u16 - 1)
    }
}
