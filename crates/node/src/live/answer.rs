//! An answer as JSON values.

use datafusion::arrow::{
    array::{Array, AsArray, RecordBatch},
    compute::cast,
    datatypes::{DataType, Float64Type, Int64Type},
};
use serde_json::{Value, json};

use super::control::{Fault, Table};

/// The rows of a batch.
pub(super) fn table(batch: &RecordBatch) -> Result<Table, Fault> {
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
