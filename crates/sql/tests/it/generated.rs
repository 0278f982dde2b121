//! Generated rows and questions: engines, all that are quick enough, and plain DataFusion agree.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray,
};
use jointly_data::{Column, Kind, Schema};
use proptest::{collection::vec, option, prelude::*, sample::select};

use crate::support::{Ask, Rows, agree, agree_on, ask, engines, schema};

const WIDE: i64 = 10_000_000;

/// Narrow, wide, hundredths, word, flag, day, text.
type Row =
    (Option<i64>, Option<i64>, Option<i64>, Option<&'static str>, Option<bool>, Option<i32>, Option<&'static str>);

fn table() -> Schema {
    let day = |days: i64| chrono::NaiveDate::from_ymd_opt(1970, 1, 1).unwrap() + chrono::Duration::days(days);
    schema(vec![
        Column::new("narrow", Kind::Int { min: -4, max: 9 }),
        Column::new("wide", Kind::Int { min: -WIDE, max: WIDE }),
        Column::new("part", Kind::Real { decimals: 2, min: -5.0, max: 5.0 }),
        Column::new("word", Kind::Enum { values: ["b", "a", "c"].map(String::from).to_vec() }),
        Column::new("flag", Kind::Bool),
        Column::new("day", Kind::Date { min: day(0), max: day(40) }),
        Column::new("text", Kind::Text { max_bytes: 9 }),
    ])
}

fn batch(rows: &[Row]) -> RecordBatch {
    let columns: Vec<ArrayRef> = vec![
        Arc::new(rows.iter().map(|r| r.0).collect::<Int64Array>()),
        Arc::new(rows.iter().map(|r| r.1).collect::<Int64Array>()),
        Arc::new(rows.iter().map(|r| r.2.map(|x| x as f64 / 100.0)).collect::<Float64Array>()),
        Arc::new(rows.iter().map(|r| r.3).collect::<StringArray>()),
        Arc::new(rows.iter().map(|r| r.4).collect::<BooleanArray>()),
        Arc::new(rows.iter().map(|r| r.5).collect::<Date32Array>()),
        Arc::new(rows.iter().map(|r| r.6).collect::<StringArray>()),
    ];
    RecordBatch::try_new(table().arrow(), columns).unwrap()
}

/// Values within bounds, the bounds themselves often.
fn row() -> impl Strategy<Value = Row> {
    let number = |min: i64, max: i64| option::weighted(0.8, prop_oneof![Just(min), Just(max), min..=max]);
    // Equal ones are wanted, too.
    let wide = option::weighted(0.8, prop_oneof![Just(-WIDE), Just(WIDE), Just(3), Just(4), -WIDE..=WIDE]);
    let word = option::weighted(0.8, select(vec!["a", "b", "c"]));
    let flag = option::weighted(0.8, any::<bool>());
    let day = option::weighted(0.8, prop_oneof![Just(0), Just(40), 0..=40]);
    let text = option::weighted(0.8, select(vec!["", "\0", "b", "bä", "bäbäbä", "bbbbbbb", "bbbbbbb\0"]));
    (number(-4, 9), wide, number(-500, 500), word, flag, day, text)
}

/// An aggregate, what it counts, and the size of the numbers it comes from.
const AGGREGATES: &[(&str, &str, f64)] = &[
    ("COUNT(*)", "COUNT(*)", 1.0),
    ("COUNT(narrow)", "COUNT(narrow)", 1.0),
    ("COUNT(DISTINCT narrow)", "COUNT(narrow)", 1.0),
    ("COUNT(DISTINCT word)", "COUNT(word)", 1.0),
    ("COUNT(DISTINCT wide)", "COUNT(wide)", 1.0),
    ("COUNT(DISTINCT text)", "COUNT(text)", 1.0),
    ("MEDIAN(wide)", "COUNT(wide)", 1e7),
    ("PERCENTILE_CONT(0.9) WITHIN GROUP (ORDER BY wide)", "COUNT(wide)", 2.1e7),
    ("SUM(wide)", "COUNT(wide)", 1.0),
    ("SUM(part)", "COUNT(part)", 1.0),
    ("SUM(narrow * narrow - 3)", "COUNT(narrow)", 1.0),
    ("AVG(narrow)", "COUNT(narrow)", 1.0),
    ("AVG(wide)", "COUNT(wide)", 1e7),
    ("AVG(part)", "COUNT(part)", 1.0),
    ("AVG(CASE WHEN flag THEN 1.0 ELSE 0.0 END)", "COUNT(*)", 1.0),
    ("AVG(part) FILTER (WHERE flag)", "COUNT(part) FILTER (WHERE flag)", 1.0),
    ("VAR_POP(part)", "COUNT(part)", 25.0),
    ("VAR(wide)", "COUNT(wide)", 1e14),
    ("STDDEV(wide)", "COUNT(wide)", 1e7),
    ("STDDEV_POP(narrow)", "COUNT(narrow)", 9.0),
    ("MIN(wide)", "COUNT(wide)", 1.0),
    ("MAX(part)", "COUNT(part)", 1.0),
    ("MIN(word)", "COUNT(word)", 1.0),
    ("MAX(day)", "COUNT(day)", 1.0),
    ("MEDIAN(narrow)", "COUNT(narrow)", 1.0),
    ("MEDIAN(part)", "COUNT(part)", 1.0),
    // DataFusion cuts the place between two neighbours to six decimals, which is off by up to 1e-6 of the range of 10; doubles round on top.
    ("PERCENTILE_CONT(0.3) WITHIN GROUP (ORDER BY part)", "COUNT(part)", 10.1),
    // A mean of fewer than a hundred rows is never halfway then: there plain doubles round as their last bit falls.
    ("ROUND(SUM(part) / COUNT(*) + 0.0003, 1)", "COUNT(part)", 1.0),
    ("CASE WHEN COUNT(*) > 3 THEN SUM(narrow) ELSE -SUM(narrow) END", "COUNT(narrow)", 1.0),
];

fn question() -> impl Strategy<Value = Ask> {
    // Some have lists of values, so that groups are laid out in cells; those with `wide` or `text` are found by sorting.
    let keys = select(vec![
        "word",
        "flag",
        "narrow",
        "word, flag",
        "CASE WHEN narrow > 2 THEN 'x' END",
        "narrow / 3",
        "",
        "wide",
        "text",
        "narrow, text",
        "wide, flag",
        "left(text,1), word",
    ]);
    let filter = select(vec![
        "",
        "",
        "WHERE narrow > 0",
        "WHERE flag OR word IN ('a', 'c')",
        "WHERE part IS NOT NULL",
        "WHERE wide < 0",
    ]);
    let having = option::of(select(vec!["COUNT(*) <> 4", "COUNT(*) > 2"]));
    (proptest::sample::subsequence(AGGREGATES, 1..5), keys, filter, having, any::<bool>()).prop_map(
        |(aggregates, keys, filter, having, ordered)| {
            let groups: Vec<&str> = keys.split(", ").filter(|k| !k.is_empty()).collect();
            let shown = groups.iter().copied().chain(aggregates.iter().map(|a| a.0));
            let select: Vec<String> = shown.enumerate().map(|(i, e)| format!("{e} AS c{i}")).collect();
            let group = if keys.is_empty() { String::new() } else { format!("GROUP BY {keys}") };
            let order: Vec<String> = (0..groups.len()).map(|i| format!("c{i} DESC")).collect();
            let order = if ordered && !order.is_empty() {
                format!("ORDER BY {} LIMIT 3", order.join(", "))
            } else {
                String::new()
            };
            let mut ask = ask(&select.join(", "), &format!("patients {filter} {group}"), &order);
            ask.having = having.map(String::from);
            ask.counts = aggregates.iter().map(|a| a.1.to_string()).collect();
            ask.sizes = groups.iter().map(|_| 1.0).chain(aggregates.iter().map(|a| a.2)).collect();
            ask
        },
    )
}

fn rows_of(owners: &[Vec<Row>]) -> Vec<Rows> {
    owners.iter().zip(0..).map(|(rows, place)| Rows { place, batch: batch(rows) }).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, max_shrink_iters: 40, ..ProptestConfig::default() })]
    #[test]
    fn any_question_over_any_rows(
        owners in [vec(row(), 0..12), vec(row(), 0..12), vec(row(), 0..12)],
        question in question(),
        min_group in 1u64..4,
    ) {
        agree(&table(), &rows_of(&owners), min_group, &question);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, max_shrink_iters: 20, ..ProptestConfig::default() })]
    #[test]
    fn any_question_on_any_engine(
        owners in [vec(row(), 0..8), vec(row(), 0..8), vec(row(), 0..8)],
        question in question(),
        on in select(engines()),
    ) {
        agree_on(&[on], &table(), &rows_of(&owners), 2, &question);
    }
}
