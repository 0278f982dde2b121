//! Every kind of question, jointly and over the pooled rows.

use datafusion::arrow::{
    array::{AsArray, RecordBatch},
    datatypes::Int64Type,
};
use jointly_core::Party;
use jointly_sql::home;

use crate::support::{self, Ask, Rows, agree, ask, batch, block, clinic, planned, setting, some_rows, table};

/// Three owners that compute.
fn three() -> Vec<Rows> {
    (0..3).map(|i| Rows { place: i, batch: some_rows(20 + 10 * i64::from(i), i64::from(i) + 1) }).collect()
}

fn check(ask: &Ask) -> RecordBatch {
    agree(&clinic(), &three(), 2, ask)
}

#[test]
fn sums_counts_and_averages() {
    let all = ask(
        "sex, COUNT(*), COUNT(weight) AS weighed, SUM(wide), SUM(weight), AVG(age), AVG(wide), AVG(weight), COUNT(note)",
        "patients GROUP BY sex",
        "ORDER BY sex",
    );
    let answer = check(&all.counts(&["COUNT(weight)", "COUNT(wide)", "COUNT(note)"]));
    // The group of those whose sex is missing has no notes either.
    assert_eq!(answer.num_rows(), 2);
}

#[test]
fn spreads() {
    let wide = ask(
        "pain, VAR(wide), VAR_POP(wide), STDDEV(wide), STDDEV_POP(wide)",
        "patients GROUP BY pain",
        "ORDER BY pain NULLS FIRST",
    );
    check(&wide.counts(&["COUNT(wide)"]).size(1e6));
    let narrow = ask("VAR_SAMP(weight), STDDEV_SAMP(weight), STDDEV_POP(age)", "patients", "");
    check(&narrow.counts(&["COUNT(weight)"]));
}

#[test]
fn a_single_value_has_no_sample_variance() {
    let one = |place, age| Rows { place, batch: batch(&[(age, Some("M"), None, Some(100), None, None, None)]) };
    let owners =
        [one(0, 30), one(1, 30), Rows { place: 2, batch: batch(&[(44, Some("F"), None, Some(5), None, None, None)]) }];
    let sex = ask("sex, STDDEV(age), VAR_POP(age), VAR(weight)", "patients GROUP BY sex", "ORDER BY sex");
    agree(&clinic(), &owners, 1, &sex);
}

#[test]
fn least_and_greatest_of_every_type() {
    let all = ask(
        "ill, MIN(age), MAX(wide), MIN(wide), MIN(weight), MAX(weight), MIN(seen), MAX(seen), MIN(pain), MAX(sex) AS last_sex",
        "patients GROUP BY ill",
        "ORDER BY ill",
    );
    check(&all.counts(&["COUNT(wide)", "COUNT(weight)", "COUNT(seen)", "COUNT(pain)", "COUNT(sex)"]));
}

#[test]
fn words_sort_by_their_letters() {
    check(
        &ask("age / 40 AS third, MIN(pain) AS first", "patients GROUP BY age / 40", "ORDER BY first, third")
            .counts(&["COUNT(pain)"]),
    );
    check(
        &ask("age / 40 AS third", "patients GROUP BY age / 40", "ORDER BY MAX(pain) DESC, third LIMIT 3")
            .counts(&["COUNT(pain)"]),
    );
}

#[test]
fn medians_percentiles_and_distinct_values() {
    let all = ask(
        "sex, MEDIAN(age), MEDIAN(weight), PERCENTILE_CONT(0.25) WITHIN GROUP (ORDER BY age), COUNT(DISTINCT age), \
         COUNT(DISTINCT pain), COUNT(DISTINCT ill), PERCENTILE_CONT(0.9) WITHIN GROUP (ORDER BY weight DESC) AS tenth",
        "patients GROUP BY sex",
        "ORDER BY sex",
    );
    check(&all.counts(&["COUNT(weight)", "COUNT(pain)", "COUNT(ill)"]));
}

#[test]
fn conditions_at_home() {
    for condition in [
        "sex IN ('M', 'F')",
        "pain NOT IN ('none')",
        "age BETWEEN 30 AND 60",
        "age NOT BETWEEN 30 AND 60 OR ill",
        "pain LIKE '%n%'",
        "note LIKE 'note M%' AND length(note) > 3",
        "weight IS NULL",
        "weight IS NOT NULL AND NOT ill",
        "seen >= DATE '2021-03-01' AND seen < '2022-01-01'",
        "CASE WHEN sex = 'M' THEN age > 50 ELSE age < 50 END",
        "weight * 2 + 1 > age",
        "date_part('year', seen) = 2021",
        "ill IS NOT TRUE",
        "upper(pain) = 'OTHER'",
    ] {
        check(&ask("COUNT(*) AS n, SUM(age) AS s", &format!("patients WHERE {condition}"), ""));
    }
}

#[test]
fn expressions_inside_aggregates() {
    let all = ask(
        "AVG(weight * 2 - age), SUM(CASE WHEN ill THEN age ELSE 0 END), AVG(COALESCE(wide, 0)), SUM(ABS(wide)), \
         COUNT(*) FILTER (WHERE ill) AS ill, AVG(age) FILTER (WHERE sex = 'M') AS men, SUM(NULLIF(age, 0)), MAX(-age), \
         AVG(age / NULLIF(wide, 0)) AS whole, MAX(weight / NULLIF(age - 40, 0)) AS most, AVG(weight / 3.0) AS third, SUM(age / 7) AS sevenths, AVG(weight / (age + 1)), AVG(CAST(ill AS INT)), SUM(date_part('month', seen))",
        "patients",
        "",
    );
    let counts = [
        "COUNT(weight)",
        "COUNT(*) FILTER (WHERE ill)",
        "COUNT(*) FILTER (WHERE sex = 'M')",
        "COUNT(NULLIF(age, 0))",
        "COUNT(NULLIF(wide, 0))",
        "COUNT(weight / NULLIF(age - 40, 0))",
        "COUNT(ill)",
        "COUNT(seen)",
    ];
    check(&all.counts(&counts));
}

#[test]
fn groups_by_expressions() {
    for (key, rows) in [
        ("CASE WHEN age < 50 THEN 'young' ELSE 'old' END", "patients"),
        ("age / 10", "patients WHERE age > 3"),
        ("ill", "patients"),
        ("date_part('year', seen)", "patients"),
        ("ROUND(weight / 100.0)", "patients"),
        ("COALESCE(pain, 'unknown')", "patients"),
    ] {
        check(&ask(&format!("{key} AS k, COUNT(*) AS n, AVG(age) AS m"), &format!("{rows} GROUP BY {key}"), ""));
    }
    check(&ask("DISTINCT sex, ill", "patients", ""));
}

#[test]
fn having() {
    for having in [
        "COUNT(*) > 12",
        "AVG(age) > 55.5 OR sex IS NULL",
        "SUM(wide) < 0 AND MAX(age) >= 100",
        "NOT (AVG(weight) BETWEEN 100 AND 160)",
    ] {
        let all = ask("sex, pain, COUNT(*) AS n", "patients GROUP BY sex, pain", "ORDER BY sex, pain").having(having);
        let mut counts = vec![];
        if having.contains("wide") {
            counts.push("COUNT(wide)");
        }
        if having.contains("weight") {
            counts.push("COUNT(weight)");
        }
        check(&all.counts(&counts));
    }
}

#[test]
fn keys_that_the_answer_does_not_show() {
    check(&ask("AVG(age) AS m, COUNT(*) AS n", "patients GROUP BY sex, pain", "ORDER BY m"));
    check(&ask("sex, COUNT(*) AS n", "patients GROUP BY sex, pain, ill", "ORDER BY n DESC, sex, pain, ill LIMIT 3"));
    check(&ask("upper(pain) AS p, AVG(age) AS m", "patients GROUP BY ill, pain", "ORDER BY m DESC LIMIT 4"));
    check(&ask("1 AS one, SUM(age) AS s", "patients GROUP BY pain", "ORDER BY s").having("MAX(age) > 3"));
}

#[test]
fn order_and_limit() {
    let by = |order: &str| ask("pain, sex, COUNT(*) AS n, AVG(age) AS m", "patients GROUP BY pain, sex", order);
    check(&by("ORDER BY n DESC, pain, sex NULLS FIRST"));
    check(&by("ORDER BY AVG(age) DESC LIMIT 3"));
    check(&by("ORDER BY n DESC, pain DESC NULLS LAST, sex LIMIT 4 OFFSET 2"));
    check(&by("ORDER BY pain NULLS FIRST, sex DESC LIMIT 100"));
    check(&by("ORDER BY SUM(wide), pain, sex LIMIT 5").counts(&["COUNT(wide)"]));
    let hidden = by("ORDER BY CASE WHEN COUNT(*) > 8 THEN AVG(weight) END NULLS FIRST, n, pain, sex LIMIT 6");
    check(&hidden.counts(&["COUNT(weight)"]));
}

#[test]
fn expressions_over_aggregates() {
    let all = ask(
        "sex, SUM(age) + COUNT(*) * 2 AS a, AVG(age) * 1.5 - AVG(weight) AS b, ROUND(AVG(age), 1) AS c, \
         SUM(weight) / COUNT(weight) AS d, CAST(COUNT(ill) AS DOUBLE) / COUNT(*) AS e, \
         CASE WHEN COUNT(*) > 20 THEN 1 WHEN COUNT(*) > 15 THEN 2 ELSE 3 END AS f, ABS(SUM(wide)) AS g, COUNT(*) > 20 AS h, \
         NULLIF(COUNT(*), 25) AS i, COALESCE(CASE WHEN COUNT(*) > 20 THEN AVG(age) END, -1.0) AS j, \
         SUM(wide) / COUNT(wide) AS whole, (COUNT(*) - 25) / 2 AS half, SUM(age) / -7 AS seventh, MAX(age) / (COUNT(*) - 24) AS some, \
         100.0 * COUNT(ill) / COUNT(*) AS k, MAX(age) - MIN(age) AS l, AVG(age) > 60 AND COUNT(*) IN (25, 30) AS m, \
         STDDEV(age) / AVG(age) AS n, CAST(AVG(age) AS BIGINT) AS o, MAX(seen) > DATE '2022-12-01' AS p",
        "patients GROUP BY sex",
        "ORDER BY sex",
    );
    check(&all.counts(&["COUNT(weight)", "COUNT(ill)", "COUNT(wide)", "COUNT(seen)"]));
}

#[test]
fn nulls_everywhere_and_owners_without_rows() {
    let nothing: Vec<_> = (0..6).map(|i| (i, Some("M"), None, None, None, None, None)).collect();
    let owners = [
        Rows { place: 0, batch: batch(&nothing) },
        Rows { place: 1, batch: some_rows(0, 1) },
        Rows {
            place: 2,
            batch: batch(&[(40, Some("F"), Some("none"), Some(7), None, Some(true), Some(-1_000_000)); 3]),
        },
    ];
    let sex = |what: &str| ask(what, "patients GROUP BY sex", "ORDER BY sex");
    agree(&clinic(), &owners, 1, &sex("sex, COUNT(*) AS n, AVG(age), MEDIAN(age)"));
    let only = agree(
        &clinic(),
        &owners,
        3,
        &sex("sex, MAX(wide), MIN(wide), AVG(weight), STDDEV(weight)").counts(&["COUNT(wide)", "COUNT(weight)"]),
    );
    assert_eq!(only.num_rows(), 1);
    let none = agree(
        &clinic(),
        &owners,
        4,
        &sex("sex, COUNT(*), MAX(wide), AVG(weight)").counts(&["COUNT(wide)", "COUNT(weight)"]),
    );
    assert_eq!(none.num_rows(), 0);
}

#[test]
fn any_number_of_owners() {
    let all = || {
        ask("sex, COUNT(*) AS n, AVG(weight), MAX(wide), MEDIAN(age)", "patients GROUP BY sex", "ORDER BY sex")
            .counts(&["COUNT(weight)", "COUNT(wide)"])
    };
    // One; two with a helper; four of which three compute; ten; three of which none computes.
    for places in [vec![1], vec![0, 2], vec![0, 1, 2, 3], (0..10).collect::<Vec<u16>>(), vec![3, 4, 5]] {
        let rows = |place: &u16| Rows { place: *place, batch: some_rows(12, i64::from(*place) + 70) };
        agree(&clinic(), &places.iter().map(rows).collect::<Vec<_>>(), 3, &all());
    }
}

#[test]
fn a_shown_column_keeps_small_groups_out() {
    let count = |min_group| {
        let answer = agree(
            &clinic(),
            &three(),
            min_group,
            &ask("age, COUNT(*) AS n", "patients GROUP BY age", "ORDER BY n, age"),
        );
        answer.column(1).as_primitive::<Int64Type>().values().to_vec()
    };
    assert!(count(1).contains(&1));
    let shown = count(2);
    assert!(!shown.is_empty() && shown.iter().all(|n| *n >= 2), "{shown:?}");
}

/// What a receiver sees before anything is decoded.
fn seen(text: &str, min_group: u64) -> Vec<i64> {
    let rows = [(40, Some("F"), None, None, None, None, Some(7)); 3];
    let plan = planned(text, &clinic(), &setting(&clinic(), &[(0, 3)], min_group)).unwrap();
    let given = block(home::compute(&plan, Party(0), table(&clinic(), vec![batch(&rows)]))).unwrap();
    support::seen(&plan, given)
}

#[test]
fn what_is_not_shown_is_not_opened() {
    // Shown or not, value, valid or not.
    assert_eq!(seen("SELECT SUM(age) FROM patients", 3), [1, 120]);
    assert_eq!(seen("SELECT SUM(age) FROM patients", 4), [0, 0]);
    assert_eq!(seen("SELECT SUM(age) FROM patients HAVING COUNT(*) > 3", 1), [0, 0]);
    assert_eq!(seen("SELECT NULLIF(SUM(age), 120) FROM patients", 3), [1, 0, 0]);
    assert_eq!(seen("SELECT CASE WHEN COUNT(*) > 3 THEN SUM(age) END FROM patients", 3), [1, 0, 0]);
    assert_eq!(seen("SELECT SUM(wide) / (SUM(age) - 120.0) FROM patients", 3), [1, 0, 0]);
    // A key that is not selected is not opened, and no place tells it: shown or not, count.
    let hidden = seen("SELECT COUNT(*) FROM patients GROUP BY sex ORDER BY SUM(age) LIMIT 1", 3);
    assert_eq!(hidden, [1, 3]);
    let mut hidden = seen("SELECT COUNT(*) FROM patients GROUP BY sex", 3);
    hidden.sort();
    assert_eq!(hidden, [0, 0, 0, 0, 1, 3]);
    // Only the sex is: shown or not, its place in the list, count.
    assert_eq!(seen("SELECT sex, COUNT(*) FROM patients GROUP BY sex, ill ORDER BY ill LIMIT 1", 3), [1, 0, 3]);
    // Rows beyond LIMIT, sorted by a sum that is not selected: shown or not, cell, count.
    assert_eq!(seen("SELECT sex, COUNT(*) FROM patients GROUP BY sex ORDER BY SUM(age) LIMIT 1", 3), [1, 0, 3]);
}
