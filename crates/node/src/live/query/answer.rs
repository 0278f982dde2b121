//! An answer as JSON values.

use datafusion::arrow::{
    array::{Array, AsArray, RecordBatch},
    compute::cast,
    datatypes::{DataType, Float64Type, Int64Type},
};
use jointly_sql::{Answer, Plan};
use serde_json::{Value, json};

use super::super::control::{AnswerProof, Fault, Table};

/// The answer in what was opened for `plan` at the receiver `me`. An error over opened numbers may quote them: the receiver's log says it,
/// and nobody else hears more than that there was one.
pub(super) fn read(me: &str, plan: &Plan, opened: &[i64]) -> Result<(Table, AnswerProof), Fault> {
    let read = || {
        let Answer { batch, salt } = Answer::decode(plan, opened)?;
        let answer = table(&batch)?;
        let proof = AnswerProof::new(&answer, salt)?;
        Ok((answer, proof))
    };
    read().map_err(|why: Fault| {
        tracing::error!("the answer could not be read: {why}");
        Fault::failed(format!("the answer could not be read at {me}; its operator finds the reason in that node's log"))
    })
}

/// The rows of a batch.
fn table(batch: &RecordBatch) -> Result<Table, Fault> {
    let columns = batch.schema().fields().iter().map(|f| f.name().clone()).collect();
    let mut rows = vec![Vec::new(); batch.num_rows()];
    for column in batch.columns() {
        let trouble = |e: datafusion::arrow::error::ArrowError| Fault::failed(e.to_string());
        let as_type = |t: DataType| cast(column, &t).map_err(trouble);
        let (whole, real) = (column.data_type().is_integer(), column.data_type().is_floating());
        let values: Vec<Value> = match column.data_type() {
            DataType::Boolean => column.as_boolean().iter().map(|v| json!(v)).collect(),
            _ if whole => as_type(DataType::Int64)?.as_primitive::<Int64Type>().iter().map(|v| json!(v)).collect(),
            _ if real => as_type(DataType::Float64)?.as_primitive::<Float64Type>().iter().map(|v| json!(v)).collect(),
            _ => {
                let text = as_type(DataType::Utf8)?;
                let text = text.as_string::<i32>();
                (0..text.len()).map(|i| if text.is_null(i) { Value::Null } else { json!(text.value(i)) }).collect()
            }
        };
        rows.iter_mut().zip(values).for_each(|(row, value)| row.push(value));
    }
    Ok(Table { columns, rows })
}

#[cfg(test)]
mod tests {
    use jointly_core::Party;
    use jointly_data::Schema;
    use jointly_sql::{Owner, Question, Setting, Use, plan};

    use super::*;

    #[tokio::test]
    async fn an_error_over_opened_numbers_is_for_the_log_only() {
        let text = "table = \"t\"\n[[columns]]\nname = \"sex\"\ntype = \"enum\"\nvalues = [\"F\", \"M\"]\n";
        let schemas = vec![Schema::from_toml(text).unwrap()];
        let sql = "SELECT sex, COUNT(*) AS n FROM t GROUP BY sex";
        let question = Question::parse(sql, &schemas).await.unwrap();
        let policy = [("sex".to_owned(), [Use::Group, Use::Filter, Use::Aggregate].into())].into();
        let setting = Setting {
            schemas,
            owners: vec![Owner { name: "a".into(), party: Party(0), rows: 9, policy }],
            computing: ["a", "b", "c"].map(String::from).into(),
            receivers: vec![("b".into(), Party(1))],
            min_group: 1,
            most_numbers: 1 << 20,
        };
        let plan = plan(question, &setting).unwrap();
        let fixed = "the answer could not be read at b; its operator finds the reason in that node's log";
        let opened = vec![0; plan.opened_numbers()];
        let (none, _) = read("b", &plan, &opened).unwrap();
        assert!(none.rows.is_empty());
        assert_eq!(read("b", &plan, &opened[1..]).unwrap_err(), Fault::failed(fixed));
    }
}
