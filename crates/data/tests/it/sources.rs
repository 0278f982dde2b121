//! Parquet, SQLite and large CSV files.

use std::fs::File;
use std::path::Path;

use datafusion::arrow::array::RecordBatch;
use datafusion::parquet::arrow::ArrowWriter;
use futures::StreamExt;
use jointly_data::{Dataset, synthetic};
use rusqlite::Connection;

use crate::support::{SAME_NAMES, clinic, declaration, failure, folder, query, rows, says, schema};

async fn open(source: &str, columns: &str, base: &Path) -> Dataset {
    Dataset::open(declaration("", source, columns).unwrap(), &schema(), base).await.unwrap()
}

fn write_parquet(path: &Path, rows: &RecordBatch) {
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), rows.schema(), None).unwrap();
    writer.write(rows).unwrap();
    writer.close().unwrap();
}

#[tokio::test]
async fn parquet_rows_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let written = synthetic(&schema(), 20_000, 1).unwrap();
    write_parquet(&folder.path().join("t.parquet"), &written);
    let dataset = open("parquet = \"t.parquet\"", SAME_NAMES, folder.path()).await;
    let read = query(&dataset, "SELECT * FROM patients").await.unwrap();
    let read = datafusion::arrow::compute::concat_batches(&schema().arrow(), &read).unwrap();
    assert_eq!(read, written);
    assert_eq!(rows(&dataset, "SELECT count(*) FROM patients").await.unwrap(), ["20000"]);
}

#[tokio::test]
async fn a_file_that_is_not_parquet() {
    let folder = folder("age\n1\n");
    let declaration = declaration("", "parquet = \"table.csv\"", SAME_NAMES).unwrap();
    let error = Dataset::open(declaration, &schema(), folder.path()).await.unwrap_err();
    says(&error.to_string(), &["table.csv", "not a readable Parquet file"]);
}

fn database(path: &Path) {
    let connection = Connection::open(path).unwrap();
    connection
        .execute_batch(
            "CREATE TABLE people (age INTEGER, sex TEXT, cholesterol, seen TEXT);
             INSERT INTO people VALUES (63, 'M', 233, '2024-05-01'), (64, 'F', 200.25, NULL), (65, NULL, NULL, NULL);",
        )
        .unwrap();
}

#[tokio::test]
async fn sqlite_tables_and_queries() {
    let folder = tempfile::tempdir().unwrap();
    database(&folder.path().join("t.db"));
    let expected = ["63|M|233.0|2024-05-01", "64|F|200.3|-", "65|-|-|-"];
    let dataset = open("sqlite = \"t.db\"\nfrom = \"people\"", SAME_NAMES, folder.path()).await;
    assert_eq!(rows(&dataset, "SELECT * FROM patients").await.unwrap(), expected);
    assert_eq!(rows(&dataset, "SELECT count(*) FROM patients").await.unwrap(), ["3"]);
    let source = "sqlite = \"t.db\"\nquery = \"SELECT * FROM people WHERE age > 63 -- older\"";
    let dataset = open(source, SAME_NAMES, folder.path()).await;
    assert_eq!(rows(&dataset, "SELECT * FROM patients").await.unwrap(), &expected[1..]);
}

#[tokio::test]
async fn sqlite_errors_name_database_and_row() {
    let folder = tempfile::tempdir().unwrap();
    database(&folder.path().join("t.db"));
    let missing = declaration("", "sqlite = \"t.db\"\nfrom = \"nobody\"", SAME_NAMES).unwrap();
    let error = Dataset::open(missing, &schema(), folder.path()).await.unwrap_err();
    says(&error.to_string(), &["t.db", "no such table: nobody", "`from`"]);
    let columns = SAME_NAMES.replace("= \"age\"", "= \"age * 2\"");
    let dataset = open("sqlite = \"t.db\"\nfrom = \"people\"", &columns, folder.path()).await;
    says(&failure(&dataset).await, &["t.db, row 1, column `age`", "126 is above"]);
    let write = declaration("", "sqlite = \"t.db\"\nquery = \"DELETE FROM people\"", SAME_NAMES).unwrap();
    assert!(Dataset::open(write, &schema(), folder.path()).await.is_err());
}

#[tokio::test]
async fn rows_stream_in_bounded_batches() {
    let (_folder, dataset) = clinic(&"63,M,233,2024-05-01\n".repeat(50_000)).await;
    let session = datafusion::prelude::SessionContext::new();
    let mut stream = session.read_table(dataset.table()).unwrap().execute_stream().await.unwrap();
    let mut count = 0;
    while let Some(batch) = stream.next().await {
        let n = batch.unwrap().num_rows();
        assert!(n <= 8192);
        count += n;
    }
    assert_eq!(count, 50_000);
    // A reader that stops early stops the source.
    assert_eq!(rows(&dataset, "SELECT age FROM patients LIMIT 2").await.unwrap(), ["63", "63"]);
}

#[tokio::test]
async fn csv_options() {
    let folder = folder("\u{feff}63\tM\t?\t2024-05-01\n64\t\"F\"\t200\t?\n");
    let source = "csv = \"table.csv\"\ndelimiter = \"\\t\"\nheader = false\nmissing = [\"?\", \"\"]";
    let columns = "[columns]\nage = \"c1\"\nsex = \"c2\"\ncholesterol = \"c3\"\nseen = \"c4\"";
    let dataset = open(source, columns, folder.path()).await;
    let expected = ["63|M|-|2024-05-01", "64|F|200.0|-"];
    assert_eq!(rows(&dataset, "SELECT * FROM patients").await.unwrap(), expected);
    assert_eq!(rows(&dataset, "SELECT count(*) FROM patients").await.unwrap(), ["2"]);
}

#[tokio::test]
async fn codes_keep_their_leading_zeros() {
    let schema = jointly_data::Schema::from_toml(
        "table = \"patients\"\n[[columns]]\nname = \"code\"\ntype = \"text\"\nmax_bytes = 9",
    )
    .unwrap();
    let folder = folder("code\n007\n1\n");
    let declaration = declaration("", "csv = \"table.csv\"", "[columns]\ncode = \"code\"").unwrap();
    let dataset = Dataset::open(declaration, &schema, folder.path()).await.unwrap();
    assert_eq!(rows(&dataset, "SELECT code FROM patients").await.unwrap(), ["007", "1"]);
}
