//! Every way in which a table can be wrong, and what its owner reads.

use jointly_data::{Dataset, Declaration, Error};

use crate::support::{
    HEADER, SAME_NAMES, clinic, clinic_with, declaration, failure, folder, refusal, rows, says, schema,
};

const CSV: &str = "csv = \"table.csv\"";
const ONE_ROW: &str = "age,sex,cholesterol,seen\n63,M,233.0,2024-05-01\n";

#[tokio::test]
async fn a_row_with_too_many_fields() {
    let (_folder, dataset) = clinic("63,M,233,2024-05-01\n64,F,200,2024-05-01\n").await;
    assert_eq!(rows(&dataset, "SELECT * FROM patients").await.unwrap().len(), 2);
    let message = refusal(&format!("{ONE_ROW}64,F,200,2024-05-01,extra\n"), CSV, SAME_NAMES).await;
    says(&message, &["table.csv, row 2", "(line 3)", "5 fields", "4 columns"]);
}

#[tokio::test]
async fn a_row_broken_beyond_the_sample() {
    let mut csv = "63,M,233.5,2024-05-01\n".repeat(10_000);
    csv.push_str("63,M\n");
    let (_folder, dataset) = clinic(&csv).await;
    says(&failure(&dataset).await, &["table.csv, row 10001", "2 fields"]);
    let error = dataset.profile().await.unwrap_err();
    assert!(matches!(error, Error::Row { row: 10_001, .. }), "{error}");
}

#[tokio::test]
async fn an_unclosed_quote_does_not_fill_the_memory() {
    let csv = format!("{ONE_ROW}63,\"{}", "x".repeat(18 << 20));
    let message = refusal(&csv, CSV, SAME_NAMES).await;
    says(&message, &["table.csv, row 2", "longer than 16 MiB", "quote"]);
}

#[tokio::test]
async fn a_file_that_is_not_utf8() {
    let folder = folder("");
    let mut csv = HEADER.as_bytes().to_vec();
    csv.extend(b"63,M\xfcller,233,2024-05-01\n");
    std::fs::write(folder.path().join("table.csv"), csv).unwrap();
    let declaration = declaration("", CSV, SAME_NAMES).unwrap();
    let error = Dataset::open(declaration, &schema(), folder.path()).await.unwrap_err();
    says(&error.to_string(), &["table.csv, row 1", "field 2 is not UTF-8"]);
}

#[tokio::test]
async fn a_missing_file() {
    let message = refusal(ONE_ROW, "csv = \"other.csv\"", SAME_NAMES).await;
    says(&message, &["other.csv", "no such file", "relative to the declaration's folder"]);
}

#[tokio::test]
async fn a_file_without_a_header() {
    says(&refusal("", CSV, SAME_NAMES).await, &["table.csv", "empty"]);
    says(&refusal("a,b,a\n", CSV, SAME_NAMES).await, &["column `a` twice"]);
}

#[tokio::test]
async fn a_mapping_of_a_missing_column() {
    let columns = SAME_NAMES.replace("= \"sex\"", "= \"upper(gender)\"");
    let message = refusal(ONE_ROW, CSV, &columns).await;
    says(&message, &["column `sex`", "`upper(gender)`", "reads `gender`", "table.csv", "age, sex, cholesterol, seen"]);
}

#[tokio::test]
async fn a_schema_column_without_mapping() {
    let columns = SAME_NAMES.replace("sex = \"sex\"\n", "");
    says(&refusal(ONE_ROW, CSV, &columns).await, &["lacks `sex`", "\"NULL\""]);
    let columns = SAME_NAMES.replace("= \"age\"", "= \"NULL\"");
    says(&refusal(ONE_ROW, CSV, &columns).await, &["`age`", "not nullable"]);
}

#[tokio::test]
async fn a_mapping_of_an_unknown_schema_column() {
    let columns = format!("{SAME_NAMES}smoker = \"true\"\n");
    says(&refusal(ONE_ROW, CSV, &columns).await, &["maps `smoker`", "age, sex, cholesterol, seen"]);
}

#[tokio::test]
async fn a_mapping_of_the_wrong_type() {
    let columns = SAME_NAMES.replace("= \"age\"", "= \"age > 60\"");
    says(&refusal(ONE_ROW, CSV, &columns).await, &["column `age`", "Boolean", "cannot become int"]);
    let columns = SAME_NAMES.replace("= \"seen\"", "= \"age\"");
    says(&refusal(ONE_ROW, CSV, &columns).await, &["column `seen`", "Int64", "cannot become date"]);
}

#[tokio::test]
async fn a_mapping_that_is_no_expression_over_a_row() {
    let columns = SAME_NAMES.replace("= \"age\"", "= \"max(age)\"");
    says(&refusal(ONE_ROW, CSV, &columns).await, &["`max(age)`", "beyond its row"]);
    let columns = SAME_NAMES.replace("= \"age\"", "= \"age +\"");
    says(&refusal(ONE_ROW, CSV, &columns).await, &["`age +`", "is not valid"]);
    let columns = SAME_NAMES.replace("= \"cholesterol\"", "= \"random()\"");
    says(&refusal(ONE_ROW, CSV, &columns).await, &["`random()`", "chance"]);
}

#[tokio::test]
async fn unknown_fields_and_options() {
    says(&refusal(ONE_ROW, "csv = \"table.csv\"\nseparator = \";\"", SAME_NAMES).await, &["separator"]);
    says(&refusal(ONE_ROW, "csv = \"table.csv\"\nquery = \"x\"", SAME_NAMES).await, &["`query`", "not with csv"]);
    says(&refusal(ONE_ROW, "csv = \"a\"\nparquet = \"b\"", SAME_NAMES).await, &["exactly one", "it has 2"]);
    says(&refusal(ONE_ROW, "sqlite = \"a\"", SAME_NAMES).await, &["`from", "`query"]);
    let error = declaration("colour = \"red\"", CSV, SAME_NAMES).unwrap_err();
    says(&error.to_string(), &["line 3", "colour"]);
    says(&refusal(ONE_ROW, "csv = \"table.csv\"\ntypes = { b = \"int\" }", SAME_NAMES).await, &["column `b`"]);
}

#[tokio::test]
async fn a_declaration_for_another_table() {
    let folder = folder(ONE_ROW);
    let mut declaration = declaration("", CSV, SAME_NAMES).unwrap();
    declaration.table = "visits".to_owned();
    let error = Dataset::open(declaration, &schema(), folder.path()).await.unwrap_err();
    says(&error.to_string(), &["`visits`", "`patients`"]);
}

#[test]
fn a_password_is_never_shown() {
    let source = "postgres = \"host=localhost password=hunter2\"\nfrom = \"t\"";
    let declaration = declaration("", source, SAME_NAMES).unwrap();
    assert!(!format!("{declaration:?}").contains("hunter2"));
    let broken = "name = \"x\"\n[source]\npostgres = \"password=hunter2\" oops";
    assert!(!Declaration::from_toml(broken).unwrap_err().to_string().contains("hunter2"));
}

#[tokio::test]
async fn a_value_that_is_not_in_the_list() {
    let (_folder, dataset) = clinic("63,M,233,2024-05-01\n64,X,200,2024-05-01\n").await;
    let message = failure(&dataset).await;
    says(&message, &["table.csv, row 2, column `sex`", "\"X\" is not one of \"F\", \"M\"", "sex = \"X\""]);
}

#[tokio::test]
async fn a_case_that_does_not_cover_a_value() {
    let columns = SAME_NAMES.replace("= \"sex\"", "= \"CASE sex WHEN 'm' THEN 'M' WHEN 'f' THEN 'F' END\"");
    let (_folder, dataset) = clinic_with("", "63,m,,\n64,,,\n65,d,,\n", &columns).await;
    says(&failure(&dataset).await, &["row 3, column `sex`", "no WHEN", "sex = \"d\"", "ELSE NULL"]);
    let columns = columns.replace("END", "ELSE NULL END");
    let (_folder, dataset) = clinic_with("", "63,m,,\n64,,,\n65,d,,\n", &columns).await;
    assert_eq!(rows(&dataset, "SELECT sex FROM patients").await.unwrap(), ["M", "-", "-"]);
}

#[tokio::test]
async fn a_cast_that_fails_inside_the_expression() {
    let columns = SAME_NAMES.replace("= \"age\"", "= \"CAST(sex AS INT)\"");
    let body = "1,41,,\n".repeat(9_000) + "1,forty,,\n" + "1,42,,\n";
    let csv = format!("{HEADER}{body}");
    let folder = folder(&csv);
    let declaration = declaration("", "csv = \"table.csv\"\ntypes = { sex = \"text\" }", &columns).unwrap();
    let dataset = Dataset::open(declaration, &schema(), folder.path()).await.unwrap();
    let error = rows(&dataset, "SELECT age FROM patients").await.unwrap_err();
    says(&error.to_string(), &["table.csv, row 9001, column `age`", "sex = \"forty\"", "`CAST(sex AS INT)`"]);
    // A query that does not use the column does not fail on it.
    assert_eq!(rows(&dataset, "SELECT count(*) FROM patients").await.unwrap(), ["9002"]);
}

#[tokio::test]
async fn a_value_of_another_type_than_the_first_rows() {
    let body = "63,M,233,2024-05-01\n".repeat(10_000) + "63,M,n/a,2024-05-01\n";
    let (_folder, dataset) = clinic(&body).await;
    says(
        &failure(&dataset).await,
        &["row 10001, column `cholesterol`", "\"n/a\" is not Int64", "types = { cholesterol"],
    );
}

#[tokio::test]
async fn values_out_of_bounds() {
    let (_folder, dataset) = clinic("63,M,233,2024-05-01\n150,M,200,2024-05-01\n").await;
    says(&failure(&dataset).await, &["row 2, column `age`", "150 is above the maximum 120", "age = 150"]);
    let (_folder, dataset) = clinic("63,M,-0.5,2024-05-01\n").await;
    says(&failure(&dataset).await, &["row 1, column `cholesterol`", "-0.5 is below the minimum 0"]);
    let (_folder, dataset) = clinic("63,M,5,1999-12-31\n").await;
    says(&failure(&dataset).await, &["row 1, column `seen`", "1999-12-31 is below the minimum 2000-01-01"]);
}

#[tokio::test]
async fn numbers_that_are_none() {
    let columns = SAME_NAMES.replace("= \"cholesterol\"", "= \"cholesterol / (age - 63.0)\"");
    let (_folder, dataset) = clinic_with("", "64,M,10,\n63,M,10,\n", &columns).await;
    says(&failure(&dataset).await, &["row 2, column `cholesterol`", "not a finite number", "age = 63"]);
    let columns = SAME_NAMES.replace("= \"age\"", "= \"age / 2.0\"");
    let (_folder, dataset) = clinic_with("", "64,M,10,\n63,M,10,\n", &columns).await;
    says(&failure(&dataset).await, &["row 2, column `age`", "\"31.5\" is not a whole number"]);
}

#[tokio::test]
async fn a_missing_value_where_none_may_be() {
    let (_folder, dataset) = clinic("63,M,233,2024-05-01\n,M,200,2024-05-01\n").await;
    says(&failure(&dataset).await, &["row 2, column `age`", "not nullable", "age = missing"]);
    let (_folder, dataset) = clinic_with("untranslatable = \"null\"", "63,M,1,\nx,M,2,\n", SAME_NAMES).await;
    says(&failure(&dataset).await, &["row 2, column `age`", "\"x\" is not a whole number"]);
}

#[tokio::test]
async fn untranslatable_values_may_count_as_missing() {
    let body = "63,M,high,2024-05-01\n64,X,200,2024-05-01\n65,F,n/a,soon\n";
    let (_folder, dataset) = clinic_with("untranslatable = \"null\"", body, SAME_NAMES).await;
    let expected = ["63|M|-|2024-05-01", "64|-|200.0|2024-05-01", "65|F|-|-"];
    assert_eq!(rows(&dataset, "SELECT * FROM patients").await.unwrap(), expected);
    let profile = dataset.profile().await.unwrap();
    assert_eq!(profile.columns.iter().map(|c| c.untranslatable).collect::<Vec<_>>(), [0, 1, 2, 1]);
    assert_eq!(profile.columns[2].untranslatable_examples[1].row, 3);
    // Out of bounds is another matter.
    let (_folder, dataset) = clinic_with("untranslatable = \"null\"", "63,M,1001,\n", SAME_NAMES).await;
    says(&failure(&dataset).await, &["row 1, column `cholesterol`", "above the maximum"]);
}

#[tokio::test]
async fn text_that_is_too_long() {
    let schema = jointly_data::Schema::from_toml(
        "table = \"patients\"\n[[columns]]\nname = \"note\"\ntype = \"text\"\nmax_bytes = 5",
    )
    .unwrap();
    let folder = folder("note\nshort\nzürich\n");
    let declaration = declaration("", CSV, "[columns]\nnote = \"note\"").unwrap();
    let dataset = Dataset::open(declaration, &schema, folder.path()).await.unwrap();
    says(&failure(&dataset).await, &["row 2, column `note`", "7 bytes, the most is 5"]);
}
