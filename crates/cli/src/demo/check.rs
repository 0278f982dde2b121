//! The same question, answered by plain DataFusion over all rows in one place, which is what Jointly makes unnecessary.

use std::path::Path;

use datafusion::arrow::array::{Array, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::error::DataFusionError;
use datafusion::prelude::SessionContext;
use jointly_data::{Dataset, Declaration, Schema};
use jointly_node::live::control::Table;
use serde_json::Value;

use super::data::{HOSPITALS, SCHEMA, pooled_question};
use crate::failure::Failure;

/// The largest absolute difference between `answer` and the pooled answer; the declarations are in folders below `folder`.
pub async fn difference(answer: &Table, folder: &Path) -> Result<f64, Failure> {
    let expected = pooled(folder).await?;
    let names: Vec<&str> = answer.columns.iter().map(String::as_str).collect();
    if expected.columns != names || expected.rows.len() != answer.rows.len() {
        let sizes = format!("{} rows instead of {}", answer.rows.len(), expected.rows.len());
        return Err(Failure::failed(format!("the joint answer has another shape than the pooled one: {sizes}")));
    }
    let cells = answer.rows.iter().flatten().zip(expected.rows.iter().flatten());
    cells.map(|(got, wanted)| gap(got, wanted)).try_fold(0.0, |most: f64, gap| Ok(most.max(gap?)))
}

async fn pooled(folder: &Path) -> Result<Table, Failure> {
    let schema = Schema::from_toml(SCHEMA)?;
    let session = SessionContext::new();
    let mut all = None;
    for hospital in &HOSPITALS {
        let home = folder.join(hospital.name);
        let declaration = Declaration::read(&home.join(format!("{}.toml", hospital.name)))?;
        let rows = session.read_table(Dataset::open(declaration, &schema, &home).await?.table()).map_err(broken)?;
        all = Some(match all {
            None => rows,
            Some(before) => datafusion::dataframe::DataFrame::union(before, rows).map_err(broken)?,
        });
    }
    let all = all.ok_or_else(|| Failure::failed("there are no hospitals"))?;
    session.register_table(schema.table.as_str(), all.into_view()).map_err(broken)?;
    let answer = session.sql(&pooled_question()).await.map_err(broken)?;
    let columns = answer.schema().fields().iter().map(|f| f.name().clone()).collect();
    let mut rows = Vec::new();
    for batch in answer.collect().await.map_err(broken)? {
        rows.extend(values(&batch)?);
    }
    Ok(Table { columns, rows })
}

/// Numbers as floating point, everything else as text.
fn values(batch: &RecordBatch) -> Result<Vec<Vec<Value>>, Failure> {
    let mut rows = vec![Vec::new(); batch.num_rows()];
    for column in batch.columns() {
        let numeric = column.data_type().is_numeric();
        let to = if numeric { DataType::Float64 } else { DataType::Utf8 };
        let column = cast(column, &to).map_err(|e| broken(e.into()))?;
        for (at, row) in rows.iter_mut().enumerate() {
            row.push(match (column.is_null(at), numeric) {
                (true, _) => Value::Null,
                (false, true) => Value::from(column.as_primitive::<Float64Type>().value(at)),
                (false, false) => Value::from(column.as_string::<i32>().value(at)),
            });
        }
    }
    Ok(rows)
}

fn gap(got: &Value, wanted: &Value) -> Result<f64, Failure> {
    match (got.as_f64(), wanted.as_f64()) {
        (Some(got), Some(wanted)) => Ok((got - wanted).abs()),
        _ if got == wanted => Ok(0.0),
        _ => Err(Failure::failed(format!("the joint answer says {got} where the pooled one says {wanted}"))),
    }
}

fn broken(error: DataFusionError) -> Failure {
    Failure::failed(format!("the pooled answer cannot be computed: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[tokio::test]
    async fn the_pooled_answer_differs_from_itself_by_nothing_and_from_others_by_what_was_changed() {
        let folder = tempfile::tempdir().unwrap();
        for hospital in &HOSPITALS {
            let home = folder.path().join(hospital.name);
            std::fs::create_dir(&home).unwrap();
            hospital.write(&home).unwrap();
        }
        let mut answer = pooled(folder.path()).await.unwrap();
        assert!(answer.rows.len() >= 5, "{answer:?}");
        // DataFusion adds up in the order in which its threads come.
        assert!(difference(&answer, folder.path()).await.unwrap() < 1e-9);
        answer.rows[0][2] = json!(answer.rows[0][2].as_f64().unwrap() + 2.5);
        assert!((difference(&answer, folder.path()).await.unwrap() - 2.5).abs() < 1e-9);
        answer.rows[0][0] = json!("elsewhere");
        assert!(difference(&answer, folder.path()).await.is_err());
        answer.rows.pop();
        assert!(difference(&answer, folder.path()).await.unwrap_err().message.contains("another shape"));
    }
}
