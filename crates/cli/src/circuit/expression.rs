//! A function in words: what it costs, and, with values, what it gives.

use jointly_circuit::{Bits, Function, Input, Value, expr};
use jointly_core::{Adversary, Party};
use jointly_registry::Garbling;
use serde::Serialize;

use super::models;
use crate::args::Expression;
use crate::failure::Failure;
use crate::output::Output;
use crate::table;

/// What programs read.
#[derive(Serialize)]
struct Shown {
    parties: Vec<String>,
    inputs: Vec<Row>,
    outputs: Vec<Row>,
    ands: u64,
    depth: u64,
    results: Vec<Learnt>,
}

/// An input or an output.
#[derive(Serialize)]
struct Row {
    name: String,
    kind: String,
    parties: Vec<String>,
}

/// What a party learns.
#[derive(Serialize)]
struct Learnt {
    party: String,
    name: String,
    value: String,
}

pub async fn run(expression: Expression, output: &Output) -> Result<(), Failure> {
    let text = match (&expression.text, &expression.definition) {
        (Some(text), None) => text.clone(),
        (None, Some(file)) => std::fs::read_to_string(file).map_err(Failure::file("read", file))?,
        _ => {
            return Err(Failure::usage(
                "give an expression such as \"a.salary > b.salary\", or a file with --definition",
            ));
        }
    };
    let program = expr::compile(&text, &[]).map_err(|why| Failure::usage(why.to_string()))?;
    let (function, parties) = (&program.function, &program.parties);
    let results = match expression.set.is_empty() {
        true => Vec::new(),
        false => compute(function, parties, &expression.set, expression.model).await?,
    };
    let name = |party: Party| parties.get(party.index()).cloned().unwrap_or_else(|| party.to_string());
    let summary = function.summary();
    let shown = Shown {
        parties: parties.clone(),
        inputs: function.inputs().iter().map(|i| row(&i.port, vec![name(i.from)])).collect(),
        outputs: function.outputs().iter().map(|o| row(&o.port, o.to.iter().map(|p| name(*p)).collect())).collect(),
        ands: summary.ands,
        depth: summary.depth,
        results,
    };
    output.show(&shown, |shown| words(shown, &summary.to_string()))
}

fn row(port: &jointly_circuit::Port, parties: Vec<String>) -> Row {
    let rows = if port.lanes > 1 { format!("[{}]", port.lanes) } else { String::new() };
    Row { name: port.name.clone(), kind: format!("{}{rows}", port.kind), parties }
}

/// All parties at home.
async fn compute(
    function: &Function,
    parties: &[String],
    set: &[String],
    model: Adversary,
) -> Result<Vec<Learnt>, Failure> {
    if let Some(unknown) = set.iter().find(|given| !parties.iter().any(|party| given.starts_with(&format!("{party}."))))
    {
        return Err(Failure::usage(format!(
            "--set {unknown}: a value is given as PARTY.NAME=VALUE; the parties are {}",
            parties.join(", ")
        )));
    }
    let mut inputs = Vec::new();
    for (i, party) in parties.iter().enumerate() {
        inputs.push(encode(function, Party(i as u16), party, set)?);
    }
    let learnt = models::all((model, Garbling::default()), function, &inputs).await.map_err(failure)?;
    let mut all = Vec::new();
    for (i, (party, bits)) in parties.iter().zip(&learnt).enumerate() {
        for (name, values) in function.decode(Party(i as u16), bits).map_err(|why| Failure::failed(why.to_string()))? {
            let value = values.iter().map(Value::to_string).collect::<Vec<_>>().join(", ");
            all.push(Learnt { party: party.clone(), name: name.to_owned(), value });
        }
    }
    Ok(all)
}

fn encode(function: &Function, me: Party, party: &str, set: &[String]) -> Result<Bits, Failure> {
    let mut named: Vec<(&str, Vec<Value>)> = Vec::new();
    for given in set {
        // The value itself stands in no message.
        let (whole, value) = given.split_once('=').unwrap_or((given, ""));
        let Some(name) = whole.strip_prefix(party).and_then(|rest| rest.strip_prefix('.')) else { continue };
        let is_meant = |input: &&Input| input.from == me && [name, whole].contains(&input.port.name.as_str());
        let Some(input) = function.inputs().iter().find(is_meant) else {
            return Err(Failure::usage(format!("--set {whole}: the function takes no such value")));
        };
        let values = Value::parse_row(input.port.kind, value);
        named.push((name, values.map_err(|why| Failure::usage(format!("--set {whole}=…: {why}")))?));
    }
    let named: Vec<(&str, &[Value])> = named.iter().map(|(name, values)| (*name, values.as_slice())).collect();
    function
        .encode(me, &named)
        .map_err(|why| Failure::usage(format!("{party}: {why}; give it with --set {party}.NAME=VALUE")))
}

/// What ended a protocol, with its exit code.
pub(super) fn failure(error: jointly_core::Error) -> Failure {
    use jointly_core::Error;
    let code = match &error {
        Error::Cheated { .. } => 5,
        Error::Refused(_) => 3,
        _ => 4,
    };
    Failure { code, message: error.to_string() }
}

fn words(shown: &Shown, summary: &str) -> String {
    let list = |rows: &[Row], of: &str| {
        table::of(
            [of, "type", "parties"],
            rows.iter().map(|row| [row.name.clone(), row.kind.clone(), row.parties.join(", ")]),
        )
    };
    let mut text = format!("{}\n{}\n{summary}", list(&shown.inputs, "input"), list(&shown.outputs, "output"));
    if !shown.results.is_empty() {
        let results = shown.results.iter().map(|l| [l.party.clone(), l.name.clone(), l.value.clone()]);
        text += &format!("\n{}", table::of(["party", "learns", "value"], results));
    }
    text
}
