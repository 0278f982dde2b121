//! A folder with one table in it, and ways to read it.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::util::display::array_value_to_string;
use datafusion::prelude::SessionContext;
use jointly_data::{Dataset, Declaration, Error, Result, Schema};
use tempfile::TempDir;

/// Four columns, one of each kind that the tests need most.
pub const SCHEMA: &str = r#"
table = "patients"
[[columns]]
name = "age"
type = "int"
min = 0
max = 120
nullable = false
[[columns]]
name = "sex"
type = "enum"
values = ["F", "M"]
[[columns]]
name = "cholesterol"
type = "real"
decimals = 1
min = 0
max = 1000
unit = "mg/dL"
[[columns]]
name = "seen"
type = "date"
min = "2000-01-01"
max = "2030-12-31"
"#;

/// Maps a source whose columns are called as the schema's.
pub const SAME_NAMES: &str = r#"
[columns]
age = "age"
sex = "sex"
cholesterol = "cholesterol"
seen = "seen"
"#;

pub const HEADER: &str = "age,sex,cholesterol,seen\n";

pub fn schema() -> Schema {
    Schema::from_toml(SCHEMA).unwrap()
}

/// A folder with `table.csv`.
pub fn folder(csv: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("table.csv"), csv).unwrap();
    folder
}

/// A declaration of `table.csv` with these further lines.
pub fn declaration(head: &str, source: &str, columns: &str) -> Result<Declaration> {
    let head = format!("name = \"clinic\"\ntable = \"patients\"\n{head}");
    Declaration::from_toml(&format!("{head}\n[source]\n{source}\n{columns}"))
}

/// Opens `rows` under the usual header.
pub async fn clinic(rows: &str) -> (TempDir, Dataset) {
    clinic_with("", rows, SAME_NAMES).await
}

pub async fn clinic_with(head: &str, rows: &str, columns: &str) -> (TempDir, Dataset) {
    let folder = folder(&format!("{HEADER}{rows}"));
    let declaration = declaration(head, "csv = \"table.csv\"", columns).unwrap();
    let dataset = Dataset::open(declaration, &schema(), folder.path()).await.unwrap();
    (folder, dataset)
}

/// Why a dataset over `table.csv` does not open.
pub async fn refusal(csv: &str, source: &str, columns: &str) -> String {
    let folder = folder(csv);
    let opened = match declaration("", source, columns) {
        Ok(declaration) => Dataset::open(declaration, &schema(), folder.path()).await,
        Err(error) => Err(error),
    };
    opened.expect_err("the dataset opened").to_string()
}

/// Runs SQL over the dataset's table, which is called `patients`.
pub async fn query(dataset: &Dataset, sql: &str) -> Result<Vec<RecordBatch>> {
    let session = SessionContext::new();
    session.register_table("patients", dataset.table()).unwrap();
    let frame = session.sql(sql).await.map_err(Error::from)?;
    frame.collect().await.map_err(Error::from)
}

/// All rows as text, missing values as `-`.
pub async fn rows(dataset: &Dataset, sql: &str) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    for batch in query(dataset, sql).await? {
        for row in 0..batch.num_rows() {
            let cells = batch.columns().iter().map(|c| match c.is_null(row) {
                true => "-".to_owned(),
                false => array_value_to_string(c, row).unwrap(),
            });
            lines.push(cells.collect::<Vec<_>>().join("|"));
        }
    }
    Ok(lines)
}

/// Why reading all columns fails.
pub async fn failure(dataset: &Dataset) -> String {
    rows(dataset, "SELECT * FROM patients").await.expect_err("the rows were accepted").to_string()
}

/// All parts stand in the message.
#[track_caller]
pub fn says(message: &str, parts: &[&str]) {
    for part in parts {
        assert!(message.contains(part), "{part:?} is not in: {message}");
    }
}
