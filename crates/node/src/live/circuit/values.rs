//! Values of a circuit: from a table's rows, and into an answer.

use datafusion::{
    arrow::{array::AsArray, compute::cast, datatypes::DataType},
    execution::context::SessionContext,
    prelude::SessionConfig,
};
use jointly_circuit::{Bits, Function, Type, Value};
use jointly_core::Party;
use serde_json::{Value as Json, json};

use super::{
    super::{
        control::{Fault, Table},
        job::Job,
        node::{Node, lock},
    },
    Planned,
};
use crate::{
    Project,
    project::{column, inputs_of},
};

impl Node {
    /// What this node hands in. What is wrong with its own rows is for its operator; others hear only that there is something.
    pub(super) async fn own_values(
        &self,
        job: &Job,
        project: &Project,
        planned: &Planned,
        me: Party,
    ) -> Result<Bits, Fault> {
        let inputs = inputs_of(&planned.function, me);
        let (Some(first), Some(side)) = (inputs.first(), planned.circuit.sides.get(me.index())) else {
            return Ok(Bits::default());
        };
        let (owner, table) = (&side.owner, side.table.as_deref().unwrap_or_default());
        let columns: Vec<&str> = inputs.iter().map(|input| column(input)).collect();
        let lanes = first.port.lanes as usize;
        let texts = self.texts(project, table, &columns, lanes).await?;
        let there = texts.first().map_or(0, Vec::len);
        if there != lanes {
            let found = if there > lanes { "more".to_owned() } else { there.to_string() };
            lock(&job.seen).notes.push(format!("the table {table} has {found} rows; the circuit takes {lanes}"));
            return Err(Fault::refused(format!(
                "the table {table} of {owner} does not have as many rows as the circuit {:?} takes, which is {lanes}",
                planned.circuit.name
            )));
        }
        let told = |why: String| {
            lock(&job.seen).notes.push(why.clone());
            self.hidden("reading the values", why)
        };
        let mut rows = Vec::new();
        for (input, texts) in inputs.iter().zip(&texts) {
            let value = |(i, text): (usize, &Option<String>)| {
                let place = || format!("the table {table}, row {}, {}", i + 1, column(input));
                let text = text.as_deref().ok_or_else(|| told(format!("{}: it is empty", place())))?;
                Value::parse(input.port.kind, text).map_err(|why| told(format!("{}: {why}", place())))
            };
            let values: Vec<Value> = texts.iter().enumerate().map(value).collect::<Result<_, _>>()?;
            rows.push((input.port.name.as_str(), values));
        }
        let rows: Vec<(&str, &[Value])> = rows.iter().map(|(name, values)| (*name, values.as_slice())).collect();
        planned.function.encode(me, &rows).map_err(|why| told(why.to_string()))
    }

    /// The values of columns as text, in the order of the rows, and of one row more than `rows` if there are more.
    async fn texts(
        &self,
        project: &Project,
        table: &str,
        columns: &[&str],
        rows: usize,
    ) -> Result<Vec<Vec<Option<String>>>, Fault> {
        // One part after the other: rows keep their order.
        let context = SessionContext::new_with_config(SessionConfig::new().with_target_partitions(1));
        let read = async {
            // Synthetic tables have other numbers of rows.
            let most = if project.rehearsal { rows } else { rows + 1 };
            let frame = context.read_table(self.rows(project, table).await?).map_err(|e| self.unread(&e))?;
            let frame = frame.select_columns(columns).and_then(|frame| frame.limit(0, Some(most)));
            frame.map_err(|e| self.unread(&e))?.collect().await.map_err(|e| self.unread(&e))
        };
        let batches = read.await?;
        let texts = |c: usize| {
            let mut all = Vec::new();
            for batch in &batches {
                let column = cast(batch.column(c), &DataType::Utf8).map_err(|e| self.unread(&e.into()))?;
                all.extend(column.as_string::<i32>().iter().map(|text| text.map(str::to_owned)));
            }
            Ok(all)
        };
        (0..columns.len()).map(texts).collect()
    }

    fn unread(&self, error: &datafusion::error::DataFusionError) -> Fault {
        self.hidden("reading the values", error.strip_backtrace())
    }
}

/// What a party has learnt: an output a column, its values a row each.
pub(super) fn answer(function: &Function, me: Party, bits: &Bits) -> Result<Option<Table>, Fault> {
    let learnt = function.decode(me, bits).map_err(|_| Fault::broken())?;
    let kinds: Vec<Type> =
        function.outputs().iter().filter(|output| output.to.contains(&me)).map(|output| output.port.kind).collect();
    let Some(rows) = learnt.iter().map(|(_, values)| values.len()).max() else { return Ok(None) };
    let cell = |i: usize, ((_, values), kind): (&(&str, Vec<Value>), &Type)| {
        values.get(i).map_or(Json::Null, |value| shown(*kind, value))
    };
    Ok(Some(Table {
        columns: learnt.iter().map(|(name, _)| (*name).to_owned()).collect(),
        rows: (0..rows).map(|i| learnt.iter().zip(&kinds).map(|column| cell(i, column)).collect()).collect(),
    }))
}

/// Numbers beyond what programs read as such are text.
fn shown(kind: Type, value: &Value) -> Json {
    match (kind, value) {
        (Type::Bits(1), Value::Unsigned(bit)) => json!(*bit == 1),
        (_, Value::Unsigned(n)) => u64::try_from(*n).map_or_else(|_| json!(n.to_string()), |n| json!(n)),
        (_, Value::Signed(n)) => i64::try_from(*n).map_or_else(|_| json!(n.to_string()), |n| json!(n)),
        (_, Value::Float(x)) if x.is_finite() => json!(x),
        (_, other) => json!(other.to_string()),
    }
}
