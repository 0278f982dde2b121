//! Files of all kinds.

use jointly_align::{Key, Options, Role};

use crate::pair::{Pair, Row, row};

fn numbers(range: std::ops::Range<u64>) -> Vec<Row> {
    range.map(|i| row(i, i)).collect()
}

fn keys(pair: &Pair, role: Role) -> Vec<u64> {
    pair.output(role).iter().map(|((key, _), _)| key.parse().unwrap()).collect()
}

#[test]
fn parquet_against_csv() {
    let first = Pair::new(&numbers(0..500), &numbers(200..900));
    assert!(first.run().iter().all(Result::is_ok));
    // What one alignment has written is the input of the next.
    let second = Pair::new(&[], &numbers(0..350));
    let options = second.options_of(Role::Listener, &first.path(Role::Listener, "parquet"), None).unwrap();
    let [a, _] = second.run_as(options, second.options(Role::Connector)).map(Result::unwrap);
    assert_eq!(a.matches, Some(150));
    assert_eq!(keys(&second, Role::Listener), keys(&second, Role::Connector));
}

#[test]
fn a_table_of_a_database_with_numbers_for_keys() {
    let pair = Pair::new(&[], &numbers(3..9));
    let path = pair.folder.path().join("rows.sqlite");
    let database = rusqlite::Connection::open(&path).unwrap();
    database.execute_batch("CREATE TABLE people (number INTEGER, name TEXT, note TEXT)").unwrap();
    for i in 0..6 {
        database.execute("INSERT INTO people VALUES (?1, ?2, NULL)", (i, format!("person {i}"))).unwrap();
    }
    let key = Key::new(vec!["number".parse().unwrap()]).unwrap();
    let options = pair.options_of(Role::Listener, &path, Some("people")).unwrap();
    let options = Options { key, ..options };
    let [a, b] = pair.run_as(options, pair.options(Role::Connector)).map(Result::unwrap);
    assert_eq!((a.matches, b.matches), (Some(3), Some(3)));
    let mut found = keys(&pair, Role::Connector);
    found.sort_unstable();
    assert_eq!(found, [3, 4, 5]);
}

#[test]
fn several_columns_count_together() {
    let pair = Pair::new(
        &[row("Ann Lee", "(1) 2"), row("Ann Lee", "13"), row("Bo", "12")],
        &[row("ANN  LEE", "12"), row("ann lee", "1 4"), row("bo", "x")],
    );
    let key = || Key::new(vec!["id".parse().unwrap(), "value:digits".parse().unwrap()]).unwrap();
    let side = |role| {
        let mut options = Options { key: key(), ..pair.options(role) };
        options.settings.key = key().rules();
        options
    };
    let [a, b] = pair.run_as(side(Role::Listener), side(Role::Connector)).map(Result::unwrap);
    assert_eq!((a.matches, b.input.empty), (Some(1), 1));
    assert_eq!(pair.output(Role::Listener), [(row("Ann Lee", "(1) 2"), None)]);
    assert_eq!(pair.output(Role::Connector), [(row("ANN  LEE", "12"), None)]);
}
