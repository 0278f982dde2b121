//! The four hospitals of `examples/hospitals` pooled are the published table.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use jointly_data::{Dataset, Declaration, Schema};

use crate::support::{rows, says};

const HOSPITALS: [(&str, &str, usize); 4] = [
    ("cleveland", "Cleveland", 304),
    ("hungary", "Hungary", 293),
    ("switzerland", "Switzerland", 123),
    ("long-beach", "VA Long Beach", 200),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/hospitals")
}

async fn hospital(name: &str) -> Dataset {
    let declaration = Declaration::read(&folder().join(format!("{name}.toml"))).unwrap();
    let schema = Schema::read(&folder().join("schema.toml")).unwrap();
    Dataset::open(declaration, &schema, &folder()).await.unwrap()
}

/// The published rows by hospital, in the agreed form.
fn published() -> HashMap<String, Vec<String>> {
    let mut reader = csv::Reader::from_path(folder().join("heart_disease_uci.csv")).unwrap();
    let mut hospitals: HashMap<String, Vec<String>> = HashMap::new();
    for row in reader.deserialize::<HashMap<String, String>>() {
        let row = row.unwrap();
        let or_missing = |x: &String| if x.is_empty() { "-".to_owned() } else { x.clone() };
        let cholesterol = match row["chol"].as_str() {
            "" | "0" => "-".to_owned(),
            x => format!("{x}.0"),
        };
        let cells = [
            row["age"].clone(),
            row["sex"][..1].to_owned(),
            row["cp"].clone(),
            or_missing(&row["trestbps"]),
            cholesterol,
            or_missing(&row["thalch"]),
            (row["num"] != "0").to_string(),
        ];
        hospitals.entry(row["dataset"].clone()).or_default().push(cells.join("|"));
    }
    hospitals
}

#[tokio::test]
async fn mapped_rows_are_the_published_ones() {
    let published = published();
    let mut missing = 0;
    for (name, in_publication, count) in HOSPITALS {
        let mapped = rows(&hospital(name).await, "SELECT * FROM patients").await.unwrap();
        assert_eq!(mapped.len(), count, "{name}");
        assert_eq!(mapped, published[in_publication], "{name}");
        missing += mapped.iter().filter(|row| row.split('|').nth(4) == Some("-")).count();
    }
    assert_eq!(missing, 172 + 30);
}

#[tokio::test]
async fn profiles_show_what_the_mappings_swallowed() {
    for (name, emptied, nulls) in
        [("cleveland", 0, 0), ("hungary", 0, 23), ("switzerland", 123, 123), ("long-beach", 49, 56)]
    {
        let profile = hospital(name).await.profile().await.unwrap();
        let cholesterol = &profile.columns[4];
        assert_eq!((cholesterol.emptied, cholesterol.nulls), (emptied, nulls), "{name}");
        assert_eq!(profile.key.unwrap().duplicates, 0);
    }
}

#[tokio::test]
async fn a_mapping_that_forgets_the_zeros_is_warned_of() {
    let schema = Schema::read(&folder().join("schema.toml")).unwrap();
    for (name, zeros) in [("switzerland", "123 of 123 rows"), ("long-beach", "49 of 200 rows")] {
        let mut declaration = Declaration::read(&folder().join(format!("{name}.toml"))).unwrap();
        let sql = declaration.columns.get_mut("cholesterol").unwrap();
        *sql = sql.replace("NULLIF(", "").replace(", 0)", "");
        let dataset = Dataset::open(declaration, &schema, &folder()).await.unwrap();
        let warnings = dataset.profile().await.unwrap().warnings.join("\n");
        says(&warnings, &["`cholesterol` is 0", zeros, "NULLIF(…, 0)"]);
    }
}

#[tokio::test]
async fn the_lone_blood_pressure_of_zero_is_pointed_at() {
    let warnings = hospital("long-beach").await.profile().await.unwrap().warnings.join("\n");
    says(&warnings, &["`resting_bp` is 0", "1 of 200 rows"]);
}
