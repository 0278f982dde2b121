use jointly_data::{Profile, Value};

use crate::support::{SAME_NAMES, clinic, clinic_with, rows, says};

#[tokio::test]
async fn describes_both_sides_of_the_mapping() {
    let columns = SAME_NAMES.replace("= \"cholesterol\"", "= \"NULLIF(cholesterol, 0)\"");
    let body = "63,M,0,2024-05-01\n64,F,200.25,2024-05-02\n65,F,,2024-05-03\n66,F,180,\n";
    let (_folder, dataset) = clinic_with("", body, &columns).await;
    let profile = dataset.profile().await.unwrap();
    assert_eq!(profile.rows, 4);
    let cholesterol = &profile.columns[2];
    assert_eq!((cholesterol.nulls, cholesterol.null_share, cholesterol.emptied), (2, 0.5, 1));
    assert_eq!((&cholesterol.min, &cholesterol.max), (&Some(Value::Real(180.0)), &Some(Value::Real(200.3))));
    let raw = &profile.raw[2];
    assert_eq!((raw.values.nulls, &raw.values.min), (1, &Some(Value::Real(0.0))));
    assert_eq!(raw.used_by, ["cholesterol"]);
    let sex = &profile.columns[1];
    assert_eq!((sex.distinct, sex.distinct_exact, sex.top[0].count), (2, true, 3));
    assert_eq!(profile.columns[3].max, Some(Value::Text("2024-05-03".to_owned())));
    let json = serde_json::to_string(&profile).unwrap();
    assert_eq!(serde_json::from_str::<Profile>(&json).unwrap(), profile);
    says(&profile.to_string(), &["clinic: 4 rows from table.csv", "real mg/dL", "F (3), M (1)"]);
}

#[tokio::test]
async fn warns_of_a_number_that_may_stand_for_missing() {
    let body = (0..50).map(|i| format!("63,M,{},\n", if i % 5 == 0 { 0 } else { 150 + i })).collect::<String>();
    let (_folder, dataset) = clinic(&body).await;
    let warnings = dataset.profile().await.unwrap().warnings.join("\n");
    says(&warnings, &["`cholesterol` is 0", "10 of 50 rows", "20 % of all", "NULLIF(…, 0)"]);
    let columns = SAME_NAMES.replace("= \"cholesterol\"", "= \"NULLIF(cholesterol, 0)\"");
    let (_folder, dataset) = clinic_with("", &body, &columns).await;
    assert!(!dataset.profile().await.unwrap().warnings.join("\n").contains("`cholesterol`"));
}

#[tokio::test]
async fn warns_of_a_lone_zero_far_from_the_rest() {
    let body = (0..50).map(|i| format!("63,M,{},\n", if i == 7 { 0 } else { 150 + i })).collect::<String>();
    let (_folder, dataset) = clinic(&body).await;
    says(&dataset.profile().await.unwrap().warnings.join("\n"), &["`cholesterol` is 0", "1 of 50", "far from"]);
}

#[tokio::test]
async fn an_empty_table_is_legal_and_warned_of() {
    let columns = SAME_NAMES.replace("= \"cholesterol\"", "= \"NULLIF(cholesterol * 38.67, 0)\"");
    let (_folder, dataset) = clinic_with("", "", &columns).await;
    assert!(rows(&dataset, "SELECT * FROM patients").await.unwrap().is_empty());
    let profile = dataset.profile().await.unwrap();
    assert_eq!(profile.rows, 0);
    says(&profile.warnings.join("\n"), &["table is empty", "table.csv"]);
}

#[tokio::test]
async fn counts_all_bad_values_without_stopping() {
    let body = "63,M,1001,\n64,Q,5,\n65,Q,2000,\n63,M,7,\n";
    let (_folder, dataset) = clinic_with("key = [\"age\", \"sex\"]", body, SAME_NAMES).await;
    let profile = dataset.profile().await.unwrap();
    let cholesterol = &profile.columns[2];
    assert_eq!((cholesterol.refused, cholesterol.refused_examples[1].row), (2, 3));
    assert_eq!(profile.columns[1].untranslatable, 2);
    let key = profile.key.as_ref().unwrap();
    assert_eq!((key.duplicates, &key.duplicate_rows, key.incomplete), (1, &vec![4], 0));
    let warnings = profile.warnings.join("\n");
    says(&warnings, &["`seen` is missing in all 4 rows", "`sex`: 2 values cannot be translated", "key (age, sex)"]);
    says(&warnings, &["`cholesterol`: 2 values break a rule", "row 1, cholesterol = 1001"]);
}

#[tokio::test]
async fn counts_distinct_values_up_to_a_limit() {
    let body = (0..100_050).map(|i| format!("63,M,{}.{},\n", i / 10 % 1000, i % 10)).collect::<String>();
    let (_folder, dataset) = clinic_with("", &body, SAME_NAMES).await;
    let profile = dataset.profile().await.unwrap();
    assert_eq!((profile.columns[2].distinct, profile.columns[2].distinct_exact), (10_000, true));
    let lines = (0..100_050).map(|i| format!("63,M,,{i}\n")).collect::<String>();
    let (_folder, dataset) =
        clinic_with("untranslatable = \"null\"", &lines, &SAME_NAMES.replace("= \"seen\"", "= \"NULL\"")).await;
    let raw = &dataset.profile().await.unwrap().raw[3];
    assert_eq!((raw.values.distinct, raw.values.distinct_exact), (100_000, false));
}
