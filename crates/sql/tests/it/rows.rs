//! Single rows of columns whose owners let them be seen, in an order that does not tell whose they are.

use jointly_core::Party;
use jointly_sql::home;

use crate::support::{Ask, Rows, agree, ask, block, clinic, planned, seen, setting, some_rows, table};

fn three() -> Vec<Rows> {
    (0..3).map(|i| Rows { place: i, batch: some_rows(8 + i64::from(i), i64::from(i) + 1) }).collect()
}

fn check(ask: Ask) -> usize {
    agree(&clinic(), &three(), 2, &ask.single_rows()).num_rows()
}

#[test]
fn every_type_comes_back() {
    assert_eq!(check(ask("*", "patients", "ORDER BY age, wide")), 27);
    check(ask(
        "age AS a, seen, note, ill, weight",
        "patients WHERE age > 20 AND sex IS NOT NULL",
        "ORDER BY a, seen, note",
    ));
    check(ask(
        "age * 2 + 1 AS x, CASE WHEN ill THEN 'yes' ELSE 'no' END AS y, upper(note)",
        "patients",
        "ORDER BY x, y",
    ));
}

#[test]
fn in_any_order_and_number() {
    check(ask("age, wide", "patients", "ORDER BY age DESC, wide LIMIT 5"));
    check(ask("age, wide", "patients WHERE wide IS NOT NULL", "ORDER BY wide LIMIT 4 OFFSET 2"));
    check(ask("note", "patients", "ORDER BY note NULLS FIRST LIMIT 20"));
    check(ask("sex", "patients WHERE wide IS NOT NULL", "ORDER BY wide LIMIT 9"));
    check(ask("age + 1 AS b", "(SELECT age FROM patients WHERE ill) AS p", "ORDER BY b"));
}

#[test]
fn too_few_rows_are_not_shown() {
    let few = |min_group| {
        let plan = planned("SELECT age FROM patients", &clinic(), &setting(&clinic(), &[(0, 3)], min_group)).unwrap();
        let given = block(home::compute(&plan, Party(0), table(&clinic(), vec![some_rows(3, 5)]))).unwrap();
        let mut opened = seen(&plan, given);
        opened.sort();
        opened
    };
    assert!(few(3).iter().filter(|x| **x == 1).count() >= 3);
    assert_eq!(few(4), [0; 6]);
}
