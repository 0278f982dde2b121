//! What owners did not grant is refused, whichever way it is written.

use std::collections::BTreeSet;

use jointly_sql::{Error, Refusal, Use};

use crate::support::{clinic, planned, setting};

/// Plans under a policy in which Clinic 2 grants only `uses` of `age`, and everything of the others.
fn under(text: &str, uses: &[Use]) -> Result<(), Refusal> {
    let mut setting = setting(&clinic(), &[(0, 10), (1, 10), (2, 10)], 2);
    setting.owners[1].policy.insert("age".into(), uses.iter().copied().collect::<BTreeSet<_>>());
    match planned(text, &clinic(), &setting) {
        Ok(_) => Ok(()),
        Err(Error::Refused(refusal)) => Err(refusal),
        Err(other) => panic!("{text}: {other}"),
    }
}

/// `text` needs `wanted` of `age`, and no more than `enough`.
#[track_caller]
fn needs(text: &str, wanted: Use, enough: &[Use]) {
    let all = [Use::Filter, Use::Group, Use::Aggregate, Use::Quantile, Use::Reveal];
    let others: Vec<Use> = all.into_iter().filter(|u| *u != wanted).collect();
    let refusal = under(text, &others).expect_err(text);
    assert!(refusal.reason.contains("Clinic 2") && refusal.reason.contains("`age`"), "{refusal}");
    assert!(refusal.change.contains("Ask Clinic 2 to add") && refusal.change.contains("`age`"), "{refusal}");
    assert!(refusal.expression.contains("age"), "{refusal}");
    assert!(refusal.reason.contains(&format!("`{}`", format!("{wanted:?}").to_lowercase())), "{refusal}");
    under(text, enough).unwrap_or_else(|r| panic!("{text}: {r}"));
}

#[test]
fn each_use_is_asked_for() {
    use Use::*;
    needs("SELECT COUNT(*) FROM patients WHERE age > 3", Filter, &[Filter]);
    needs("SELECT COUNT(*) FILTER (WHERE age > 3) FROM patients", Filter, &[Filter]);
    needs("SELECT SUM(CASE WHEN age > 3 THEN 1 ELSE 0 END) FROM patients", Filter, &[Filter]);
    needs("SELECT age, COUNT(*) FROM patients GROUP BY age", Group, &[Group]);
    needs("SELECT DISTINCT age FROM patients", Group, &[Group]);
    needs("SELECT age / 10, COUNT(*) FROM patients GROUP BY age / 10", Group, &[Group]);
    for f in ["COUNT(age)", "COUNT(DISTINCT age)", "SUM(age)", "AVG(age + 1)", "STDDEV(age)"] {
        needs(&format!("SELECT {f} FROM patients"), Aggregate, &[Aggregate]);
    }
    for f in ["MIN(age)", "MAX(-age)", "MEDIAN(age)", "PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY age)"] {
        needs(&format!("SELECT {f} FROM patients"), Quantile, &[Quantile]);
    }
}

#[test]
fn no_writing_gets_around_it() {
    use Use::*;
    // New names.
    needs("SELECT AVG(a) FROM (SELECT age AS a FROM patients)", Aggregate, &[Aggregate]);
    needs("SELECT AVG(wide) FROM (SELECT age AS wide, wide AS age FROM patients) AS p", Aggregate, &[Aggregate]);
    needs("WITH p AS (SELECT age + 1 AS b FROM patients) SELECT MAX(b) FROM p", Quantile, &[Quantile]);
    needs("SELECT AVG(p.age) FROM patients AS p", Aggregate, &[Aggregate]);
    needs("SELECT COUNT(*) FROM (SELECT sex FROM patients WHERE age > 3)", Filter, &[Filter]);
    // Above the aggregation.
    needs("SELECT sex FROM patients GROUP BY sex HAVING MAX(age) > 3", Quantile, &[Quantile]);
    needs("SELECT sex FROM patients GROUP BY sex ORDER BY AVG(age) LIMIT 1", Aggregate, &[Aggregate]);
    // A column that is condition and value.
    needs("SELECT AVG(CASE WHEN age > 3 THEN age END) FROM patients", Aggregate, &[Filter, Aggregate]);
    needs("SELECT SUM(CASE age WHEN 3 THEN age ELSE 0 END) FROM patients", Aggregate, &[Filter, Aggregate]);
    needs("SELECT SUM(CASE WHEN ill THEN CASE WHEN ill THEN age END END) FROM patients", Aggregate, &[Aggregate]);
    needs("SELECT AVG(age) FILTER (WHERE age > 3) FROM patients", Aggregate, &[Filter, Aggregate]);
    // A condition that becomes the value of a row.
    needs("SELECT MAX(CASE WHEN age = 3 THEN 1 ELSE 0 END) FROM patients", Quantile, &[Quantile]);
    needs("SELECT MAX(CASE age WHEN 3 THEN 1 ELSE 0 END) FROM patients", Quantile, &[Quantile]);
    needs("SELECT COUNT(DISTINCT CASE WHEN age = 3 THEN 1 ELSE 0 END) FROM patients", Aggregate, &[Aggregate]);
    needs("SELECT SUM(CAST(age > 3 AS INT)) FROM patients", Aggregate, &[Aggregate]);
    needs("SELECT SUM(COALESCE(NULLIF(age, 3), 0)) FROM patients", Aggregate, &[Aggregate]);
    // The order inside an aggregate that is not offered is found before the aggregate is.
    let refusal = under("SELECT first_value(sex ORDER BY age) FROM patients", &[Filter]).unwrap_err();
    assert!(refusal.reason.contains("`age`"), "{refusal}");
}

#[test]
fn a_column_that_is_not_named_is_not_granted() {
    let mut setting = setting(&clinic(), &[(0, 10), (1, 10)], 2);
    setting.owners[0].policy.remove("wide");
    let message = planned("SELECT AVG(wide) FROM patients", &clinic(), &setting).unwrap_err().to_string();
    assert!(message.contains("Clinic 1") && message.contains("`wide`"), "{message}");
}
