//! Records: every type, there and back, in bytes that depend on the schema alone.

use std::sync::Arc;

use chrono::NaiveDate;
use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray,
};
use jointly_data::{Column, Kind};
use jointly_lookup::{Layout, Offer, Purpose};
use serde_json::{Value, json};

use crate::pair::{offer, words};

fn columns() -> Vec<Column> {
    let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap();
    vec![
        Column::new("defaulted", Kind::Bool),
        Column::new("loans", Kind::Int { min: -5, max: 1 << 52 }),
        Column::new("score", Kind::Real { decimals: 2, min: -1.5, max: 850.25 }),
        Column::new("since", Kind::Date { min: day(1900, 1, 1), max: day(2100, 12, 31) }),
        Column::new("class", Kind::Enum { values: vec!["good".into(), "schlecht".into(), "坏".into()] }),
        Column::new("remark", Kind::Text { max_bytes: 10 }),
    ]
}

fn batch() -> RecordBatch {
    let columns: [ArrayRef; 6] = [
        Arc::new(BooleanArray::from(vec![Some(true), Some(false), None])),
        Arc::new(Int64Array::from(vec![Some(-5), Some(1 << 52), None])),
        Arc::new(Float64Array::from(vec![Some(850.25), Some(-1.5), None])),
        Arc::new(Date32Array::from(vec![Some(-25_567), Some(0), None])),
        Arc::new(StringArray::from(vec![Some("坏"), Some("good"), None])),
        Arc::new(StringArray::from(vec![Some("zehn Bytes"), Some(""), None])),
    ];
    let names = ["defaulted", "loans", "score", "since", "class", "remark"];
    let named = names.into_iter().zip(columns).map(|(name, column)| (name, column, true));
    RecordBatch::try_from_iter_with_nullable(named).unwrap()
}

fn encoded(layout: &Layout) -> Vec<Vec<u8>> {
    let batch = batch();
    let at = layout.find(&batch.schema(), "here").unwrap();
    let values = layout.values(&batch, &at).unwrap();
    let encode = |row| {
        let mut out = Vec::new();
        values.encode(row, &mut out).map(|()| out)
    };
    (0..3).map(encode).collect::<Result<_, _>>().unwrap()
}

#[test]
fn every_type_there_and_back() {
    let layout = Layout::new(&columns()).unwrap();
    assert_eq!(layout.bytes(), 1 + 1 + 8 + 8 + 4 + 2 + 12);
    let records = encoded(&layout);
    assert!(records.iter().all(|record| record.len() == layout.bytes()));
    let values = |record: &[u8]| -> Vec<Value> {
        let decoded = layout.decode(record).unwrap();
        assert!(decoded.iter().zip(columns()).all(|((name, _), column)| *name == column.name));
        decoded.into_iter().map(|(_, value)| value).collect()
    };
    let first = [json!(true), json!(-5), json!(850.25), json!("1900-01-01"), json!("坏"), json!("zehn Bytes")];
    let second = [json!(false), json!(1i64 << 52), json!(-1.5), json!("1970-01-01"), json!("good"), json!("")];
    assert_eq!(values(&records[0]), first);
    assert_eq!(values(&records[1]), second);
    assert_eq!(values(&records[2]), vec![Value::Null; 6]);
}

#[test]
fn bytes_that_are_no_record_are_none() {
    let layout = Layout::new(&columns()).unwrap();
    let records = encoded(&layout);
    let (full, empty) = (&records[0], &records[2]);
    assert!(layout.decode(&full[1..]).is_none() && layout.decode(&[]).is_none());
    let with = |record: &[u8], at: usize, byte| {
        let mut record = record.to_vec();
        record[at] = byte;
        layout.decode(&record)
    };
    assert_eq!(with(full, 1, 0).unwrap()[0].1, json!(false));
    // A missing value that is there, a bit of no column, and values that the schema does not have.
    assert!(with(full, 0, 1).is_none() && with(full, 0, 0x40).is_none() && with(empty, 1, 1).is_none());
    for (at, byte) in [(1, 2), (9, 0x80), (17, 0x7f), (21, 0x7f), (22, 3), (24, 11), (26, 0xff)] {
        assert!(with(full, at, byte).is_none(), "byte {at}");
    }
    assert!(with(&records[1], 30, 1).is_none(), "something after a text's end");
    let strict: Vec<Column> = columns().into_iter().map(|column| Column { nullable: false, ..column }).collect();
    assert!(Layout::new(&strict).unwrap().decode(empty).is_none());
}

#[test]
fn records_that_are_too_long_and_offers_that_contradict_themselves_are_refused() {
    let text = |i: usize| Column::new(format!("text{i}"), Kind::Text { max_bytes: 40_000 });
    assert!(words(Layout::new(&[text(0), text(1)])).contains("more than 65535: offer fewer columns, or shorter texts"));
    let cases = [
        (Offer { columns: columns(), ..offer(Purpose::Check) }, "only checks offers no columns"),
        (Offer { columns: columns(), ..offer(Purpose::Score("score".into())) }, "the column `score` alone"),
        (offer(Purpose::Score("score".into())), "the column `score` alone"),
        (Offer { columns: vec![], ..offer(Purpose::Record) }, "at least one column"),
    ];
    for (offer, what) in cases {
        assert!(words(offer.terms()).contains(what));
    }
}

#[test]
fn an_offer_is_a_document() {
    for purpose in [Purpose::Check, Purpose::Score("rating".into()), Purpose::Record] {
        let text = serde_json::to_string(&offer(purpose.clone())).unwrap();
        let again: Offer = serde_json::from_str(&text).unwrap();
        assert_eq!(again.terms().unwrap(), offer(purpose).terms().unwrap());
        assert_eq!(again.key.names(), ["name:text", "id:code", "phone:digits"]);
    }
    assert!(
        serde_json::from_str::<Offer>(r#"{"name":"x","key":[],"purpose":"Check","columns":[],"capacity":1}"#).is_err()
    );
}
