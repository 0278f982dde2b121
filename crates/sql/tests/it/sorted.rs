//! Groups by keys without a list of values, and ranks among too many values for a histogram: found by sorting.

use jointly_core::Party;
use jointly_data::Schema;
use jointly_sql::{Error, home};

use crate::support::{self, Ask, Rows, agree, ask, batch, block, clinic, planned, setting, some_rows, table};

/// Three owners that compute, who hold some groups in common.
fn three() -> Vec<Rows> {
    (0..3).map(|i| Rows { place: i, batch: some_rows(30 + 10 * i64::from(i), i64::from(i) + 1) }).collect()
}

fn check(ask: &Ask) -> usize {
    agree(&clinic(), &three(), 2, ask).num_rows()
}

#[test]
fn every_aggregate_by_text() {
    let all = ask(
        "note, COUNT(*) AS n, COUNT(weight) AS w, SUM(wide), SUM(weight), AVG(age), AVG(wide) AS mean, MIN(wide), MAX(weight), MAX(seen), \
         MIN(pain), MEDIAN(age), MEDIAN(wide), COUNT(DISTINCT wide) AS d, COUNT(DISTINCT pain), COUNT(DISTINCT note), \
         PERCENTILE_CONT(0.9) WITHIN GROUP (ORDER BY wide DESC) AS tenth",
        "patients GROUP BY note",
        "ORDER BY note DESC",
    );
    let all = all.counts(&["COUNT(weight)", "COUNT(wide)", "COUNT(seen)", "COUNT(pain)", "COUNT(note)"]).size(2e6);
    assert!(check(&all) > 4);
    let spread = ask("note, STDDEV(age), VAR_POP(weight)", "patients GROUP BY note", "").counts(&["COUNT(weight)"]);
    check(&spread.size(100.0));
}

#[test]
fn keys_of_every_type_in_any_order() {
    for (keys, groups, order) in [
        ("age / 2 AS a, seen", "age / 2, seen", "ORDER BY a, seen"),
        ("note, ill", "note, ill", "ORDER BY ill NULLS FIRST, note LIMIT 5"),
        ("note, sex", "note, sex", "ORDER BY n DESC, note, sex LIMIT 4 OFFSET 1"),
        ("weight, note", "weight, note", "ORDER BY weight, note"),
        (
            "left(note, 6) AS first, wide > 0 AS large, seen",
            "left(note, 6), wide > 0, seen",
            "ORDER BY first DESC NULLS LAST, seen, large LIMIT 6",
        ),
        ("ROUND(weight / 20.0) AS w, note", "ROUND(weight / 20.0), note", "ORDER BY w DESC, note LIMIT 7"),
    ] {
        let rows = format!("patients WHERE age > 5 GROUP BY {groups}");
        for min_group in [1, 3] {
            agree(&clinic(), &three(), min_group, &ask(&format!("{keys}, COUNT(*) AS n, SUM(age)"), &rows, order));
        }
    }
    check(&ask("DISTINCT note, age / 30", "patients", ""));
}

#[test]
fn conditions_on_secret_keys() {
    for having in
        ["wide > 0 AND COUNT(*) > 0", "wide IS NULL OR wide BETWEEN -500000 AND 3", "AVG(age) > 50 OR wide < 0"]
    {
        let by = ask("wide, COUNT(*) AS n", "patients GROUP BY wide", "ORDER BY wide").having(having);
        agree(&clinic(), &three(), 1, &by);
    }
    let by = ask("note, ill, COUNT(*) AS n", "patients GROUP BY note, ill", "").having("NOT ill");
    agree(&clinic(), &three(), 1, &by);
    // Computed from a key that is shown: by the receiver; from one that is not: jointly.
    check(&ask("note, upper(note) AS loud, length(note) AS long, COUNT(*)", "patients GROUP BY note", ""));
    agree(
        &clinic(),
        &three(),
        1,
        &ask("wide * 2 + COUNT(*) AS x", "patients WHERE wide IS NOT NULL GROUP BY wide", "ORDER BY x"),
    );
}

#[test]
fn ranks_among_many_values_in_cells() {
    let all = ask(
        "sex, pain, COUNT(*) AS n, MEDIAN(wide), COUNT(DISTINCT wide) AS d, COUNT(DISTINCT note) AS notes, AVG(age)",
        "patients GROUP BY sex, pain",
        "ORDER BY sex, pain",
    );
    check(&all.counts(&["COUNT(wide)", "COUNT(note)"]));
    let whole = ask(
        "MEDIAN(wide) FILTER (WHERE ill) AS m, PERCENTILE_CONT(0.05) WITHIN GROUP (ORDER BY wide) AS p, COUNT(DISTINCT wide)",
        "patients",
        "",
    );
    check(&whole.counts(&["COUNT(wide)", "COUNT(wide) FILTER (WHERE ill)"]).size(2e6));
}

#[test]
fn any_number_of_owners() {
    for places in [vec![1], vec![0, 2], vec![0, 1, 2, 3], (0..10).collect::<Vec<u16>>(), vec![3, 4, 5]] {
        let rows = |place: &u16| Rows { place: *place, batch: some_rows(12, i64::from(*place) + 70) };
        let owners: Vec<Rows> = places.iter().map(rows).collect();
        let all =
            ask("note, COUNT(*) AS n, MAX(wide), MIN(age), MEDIAN(wide)", "patients GROUP BY note", "ORDER BY note");
        agree(&clinic(), &owners, 2, &all.counts(&["COUNT(wide)"]));
    }
}

#[test]
fn owners_without_rows() {
    let owners = [
        Rows { place: 0, batch: some_rows(0, 1) },
        Rows { place: 1, batch: batch(&[(40, None, None, None, None, None, None); 4]) },
        Rows { place: 2, batch: some_rows(0, 2) },
    ];
    let by = |what: &str| ask(what, "patients GROUP BY note", "");
    assert_eq!(agree(&clinic(), &owners, 3, &by("note, COUNT(*), MEDIAN(age)")).num_rows(), 1);
    assert_eq!(agree(&clinic(), &owners, 5, &by("note, COUNT(*)")).num_rows(), 0);
    let none = by("note, COUNT(*), MAX(wide)").counts(&["COUNT(wide)"]);
    assert_eq!(agree(&clinic(), &owners, 1, &none).num_rows(), 0);
}

/// What a receiver sees before anything is decoded, of 3 patients of 25 years, 2 of 50 and 1 of 75, by their note.
fn seen(text: &str, min_group: u64) -> Vec<Vec<i64>> {
    let row = |age| (age, Some("F"), None, None, None, None, Some(7));
    let rows = [25, 75, 25, 50, 50, 25].map(row);
    let plan = planned(text, &clinic(), &setting(&clinic(), &[(0, 6)], min_group)).unwrap();
    let given = block(home::compute(&plan, Party(0), table(&clinic(), vec![batch(&rows)]))).unwrap();
    let opened = support::seen(&plan, given);
    let mut rows: Vec<Vec<i64>> =
        (0..plan.layout().rows).map(|r| opened.iter().skip(r).step_by(plan.layout().rows).copied().collect()).collect();
    rows.sort();
    rows
}

#[test]
fn what_is_not_shown_is_not_opened() {
    // Shown or not, the key's three numbers, count. Of groups that are left out, and of their number, nothing is seen.
    let zero = vec![0; 5];
    let all = seen("SELECT note, COUNT(*) FROM patients GROUP BY note", 2);
    assert_eq!((all.len(), &all[0], all[1][4], all[2][4]), (3, &zero, 3, 2));
    let all = seen("SELECT note, COUNT(*) FROM patients GROUP BY note HAVING COUNT(*) > 2", 1);
    assert_eq!((all.len(), &all[4], all[5][4]), (6, &zero, 3));
    let all = seen("SELECT note, COUNT(*) FROM patients GROUP BY note ORDER BY COUNT(*) LIMIT 1", 2);
    assert_eq!((all.len(), all[0][4]), (1, 2));
    // A key that is not selected is not opened.
    assert_eq!(seen("SELECT COUNT(*) FROM patients GROUP BY note", 2), [[0, 0], [1, 2], [1, 3]]);
}

#[test]
fn a_table_that_grew_is_refused_at_home() {
    for text in [
        "SELECT sex, COUNT(*) FROM patients GROUP BY sex",
        "SELECT note, COUNT(*) FROM patients GROUP BY note",
        "SELECT MEDIAN(wide) FROM patients",
    ] {
        let plan = planned(text, &clinic(), &setting(&clinic(), &[(0, 5)], 1)).unwrap();
        let error = block(home::compute(&plan, Party(0), table(&clinic(), vec![some_rows(6, 9)]))).unwrap_err();
        assert!(matches!(error, Error::MoreRows(_)), "{error}");
        assert!(error.to_string().contains("Clinic 1 has more rows by now"), "{error}");
    }
}

#[test]
fn a_known_number_of_values_is_all_that_is_sorted() {
    let mut schema = clinic();
    for column in &mut schema.columns {
        column.distinct = (column.name == "note").then_some(10);
    }
    let text = "SELECT note, COUNT(*) AS n, MAX(wide) FROM patients GROUP BY note";
    let of = |schema: &Schema| -> Vec<usize> {
        let plan = planned(text, schema, &setting(schema, &[(0, 5_000), (1, 20)], 1)).unwrap();
        plan.setting().owners.iter().map(|o| plan.handed_in(o)).collect()
    };
    // Three numbers for the note, three for MAX and its validity and count, the number of rows, and whether it is one; NULL is a value, too.
    assert_eq!(of(&clinic()), [8 * 5_000, 8 * 20]);
    assert_eq!(of(&schema), [8 * 11, 8 * 11]);
    let by = ask("note, COUNT(*) AS n, MAX(wide), MEDIAN(wide)", "patients GROUP BY note", "").counts(&["COUNT(wide)"]);
    agree(&schema, &three(), 2, &by);
    schema.columns.iter_mut().for_each(|c| c.distinct = c.distinct.map(|_| 4));
    let plan = planned(text, &schema, &setting(&schema, &[(0, 50)], 1)).unwrap();
    let error = block(home::compute(&plan, Party(0), table(&schema, vec![some_rows(50, 9)]))).unwrap_err();
    let message = error.to_string();
    assert!(message.contains("Clinic 1") && message.contains("note") && message.contains("`distinct`"), "{message}");
}

#[test]
fn single_rows_are_named_in_the_plan() {
    let plan = |text| planned(text, &clinic(), &setting(&clinic(), &[(0, 5)], 1)).unwrap();
    assert!(plan("SELECT MEDIAN(wide) FROM patients").hands_in_rows());
    assert!(!plan("SELECT note, SUM(wide) FROM patients GROUP BY note").hands_in_rows());
}
