//! The same question, unchanged, on engines among 2 to 5 parties, all that are quick enough: the answer is that of plain DataFusion over the pooled rows.

use crate::support::{Rows, agree_on, ask, clinic, engines, some_rows};

/// Some owners compute; with fewer computing parties than owners, the last ones hand in from outside.
fn check(ask: &crate::support::Ask) {
    let owners: Vec<Rows> =
        (0..4).map(|i| Rows { place: i, batch: some_rows(12 + 4 * i64::from(i), i64::from(i) + 1) }).collect();
    for on in engines() {
        agree_on(&[on], &clinic(), &owners, 2, ask);
    }
}

#[test]
fn every_number_of_parties_is_covered() {
    let names: Vec<String> = engines().iter().map(|(entry, among)| format!("{} {among:?}", entry.spec.id)).collect();
    for parties in 2..=5 {
        assert!(engines().iter().any(|(_, among)| among.parties == parties), "{names:?}");
    }
    assert!(engines().len() > 8, "{names:?}");
}

#[test]
fn means_spreads_and_medians_by_group() {
    let all = ask(
        "sex, COUNT(*) AS n, AVG(age), STDDEV(weight), MEDIAN(age), MAX(wide)",
        "patients GROUP BY sex",
        "ORDER BY sex",
    );
    check(&all.counts(&["COUNT(weight)", "COUNT(wide)"]).size(1e4));
}

#[test]
fn groups_by_text_in_the_order_of_a_sum() {
    check(&ask("note, COUNT(*) AS n, SUM(age) AS s", "patients GROUP BY note", "ORDER BY s DESC, note LIMIT 4"));
}
