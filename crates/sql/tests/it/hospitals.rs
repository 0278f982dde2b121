//! The question of the demonstration, over the four hospitals of `examples/hospitals`.

use std::path::{Path, PathBuf};

use jointly_data::{Dataset, Declaration, Schema};

use crate::support::{Ask, agree_of_tables, ask, block, table};

const HOSPITALS: [&str; 4] = ["cleveland", "hungary", "switzerland", "long-beach"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/hospitals")
}

fn demonstration() -> Ask {
    ask(
        "chest_pain, sex, COUNT(*) AS patients, AVG(age) AS mean_age, STDDEV(age) AS sd_age, MEDIAN(age) AS median_age, \
         AVG(resting_bp) AS mean_bp, STDDEV(resting_bp) AS sd_bp, MEDIAN(resting_bp) AS median_bp, \
         AVG(cholesterol) AS mean_cholesterol, COUNT(DISTINCT age) AS ages, \
         AVG(CASE WHEN sex = 'M' THEN 1.0 ELSE 0.0 END) AS share_men, \
         AVG(CASE WHEN disease THEN 1.0 ELSE 0.0 END) AS prevalence",
        "patients WHERE age >= 40 GROUP BY chest_pain, sex",
        "ORDER BY chest_pain, sex",
    )
    .counts(&["COUNT(resting_bp)", "COUNT(cholesterol)"])
}

#[test]
fn the_demonstration_agrees_with_the_pooled_rows() {
    let schema = Schema::read(&folder().join("schema.toml")).unwrap();
    let mut tables = Vec::new();
    let mut batches = Vec::new();
    let mut places = Vec::new();
    for (place, name) in HOSPITALS.iter().enumerate() {
        let declaration = Declaration::read(&folder().join(format!("{name}.toml"))).unwrap();
        let dataset = block(Dataset::open(declaration, &schema, &folder())).unwrap();
        let rows = block(async {
            let context = datafusion::prelude::SessionContext::new();
            context.read_table(dataset.table()).unwrap().collect().await.unwrap()
        });
        places.push((place as u16, rows.iter().map(|b| b.num_rows()).sum()));
        batches.extend(rows);
        tables.push(dataset.table());
    }
    let answer = agree_of_tables(&schema, &places, &tables, table(&schema, batches), 10, &demonstration());
    assert!(answer.num_rows() >= 5, "{} groups", answer.num_rows());
    assert!(answer.num_rows() < 8, "small groups are not shown");
}
