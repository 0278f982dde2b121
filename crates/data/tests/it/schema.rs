use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::datatypes::DataType;
use jointly_data::{Schema, synthetic};

use crate::support::{SCHEMA, says, schema};

fn refusal(column: &str) -> String {
    Schema::from_toml(&format!("table = \"t\"\n[[columns]]\n{column}"))
        .expect_err("the schema was accepted")
        .to_string()
}

#[test]
fn becomes_arrow_types() {
    let arrow = schema().arrow();
    let types: Vec<&DataType> = arrow.fields().iter().map(|f| f.data_type()).collect();
    assert_eq!(types, [&DataType::Int64, &DataType::Utf8, &DataType::Float64, &DataType::Date32]);
    assert!(!arrow.field(0).is_nullable() && arrow.field(1).is_nullable());
}

#[test]
fn canonical_encoding_is_stable_and_comes_back() {
    let canonical = schema().canonical();
    assert_eq!(serde_json::from_str::<Schema>(&canonical).unwrap(), schema());
    says(
        &canonical,
        &[r#"{"table":"patients","columns":[{"name":"age","type":"int","min":0,"max":120,"nullable":false},"#],
    );
    says(&canonical, &[r#"{"name":"cholesterol","type":"real","decimals":1,"min":0.0,"max":1000.0,"#]);
}

#[test]
fn refuses_what_contradicts_itself() {
    says(&refusal("name = \"x\"\ntype = \"int\"\nmin = 5\nmax = 4"), &["`x`", "min 5 is above max 4"]);
    says(&refusal("name = \"x\"\ntype = \"int\"\nmin = 0\nmax = 9007199254740992"), &["`x`", "2^53"]);
    says(&refusal("name = \"x\"\ntype = \"real\"\ndecimals = 7\nmin = 0\nmax = 1"), &["`x`", "at most 6"]);
    says(&refusal("name = \"x\"\ntype = \"real\"\ndecimals = 2\nmin = nan\nmax = 1"), &["`x`", "not a number"]);
    says(&refusal("name = \"x\"\ntype = \"enum\"\nvalues = []"), &["`x`", "1 to"]);
    says(&refusal("name = \"x\"\ntype = \"enum\"\nvalues = [\"a\", \"a\"]"), &["`x`", "\"a\" is there twice"]);
    says(&refusal("name = \"x\"\ntype = \"enum\"\nvalues = [\"\"]"), &["`x`", "empty"]);
    says(&refusal("name = \"x\"\ntype = \"int\"\nmin = 0"), &["`x`", "needs `max`"]);
    says(&refusal("name = \"x\"\ntype = \"bool\"\nmin = 0"), &["`x`", "takes no `min`"]);
    says(&refusal("name = \"x\"\ntype = \"text\"\nmax_bytes = 9\ndistinct = 0"), &["`x`", "distinct = 0"]);
    says(&refusal("name = \"x\"\ntype = \"float\""), &["`x`", "no type `float`"]);
    says(&refusal("name = \"a b\"\ntype = \"bool\""), &["`a b`", "letters"]);
    says(&refusal("name = \"x\"\ntype = \"bool\"\nunits = \"mm\""), &["units"]);
    says(&refusal("name = \"x\"\ntype = \"date\"\nmin = \"2000-13-01\"\nmax = \"2001-01-01\""), &["`x`", "`min`"]);
}

#[test]
fn refuses_a_column_that_is_there_twice() {
    let twice = "name = \"x\"\ntype = \"bool\"\n[[columns]]\nname = \"X\"\ntype = \"bool\"";
    says(&refusal(twice), &["`X` is there twice"]);
}

#[test]
fn synthetic_rows_have_no_more_values_than_the_schema_allows() {
    let text =
        "table = \"t\"\n[[columns]]\nname = \"ward\"\ntype = \"text\"\nmax_bytes = 9\nnullable = false\ndistinct = 3";
    let schema = Schema::from_toml(text).unwrap();
    assert_eq!(schema.columns[0].distinct, Some(3));
    assert_eq!(serde_json::from_str::<Schema>(&schema.canonical()).unwrap(), schema);
    let rows = synthetic(&schema, 100, 7).unwrap();
    let wards: std::collections::BTreeSet<_> = rows.column(0).as_string::<i32>().iter().map(Option::unwrap).collect();
    assert_eq!((rows.num_rows(), wards.len()), (100, 3));
}

#[test]
fn synthetic_rows_follow_the_schema_and_the_seed() {
    let schema = Schema::from_toml(&format!(
        "{SCHEMA}\n[[columns]]\nname = \"note\"\ntype = \"text\"\nmax_bytes = 4\n[[columns]]\nname = \"ill\"\ntype = \"bool\""
    ))
    .unwrap();
    let rows = synthetic(&schema, 2000, 7).unwrap();
    assert_eq!(rows.schema(), schema.arrow());
    assert_eq!(rows.num_rows(), 2000);
    assert_eq!(rows.column(0).null_count(), 0);
    assert!((20..300).contains(&rows.column(2).null_count()));
    assert_eq!(rows, synthetic(&schema, 2000, 7).unwrap());
    assert_ne!(rows, synthetic(&schema, 2000, 8).unwrap());
}
