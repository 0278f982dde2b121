//! What cannot be answered is refused before anything runs, with a way out.

use jointly_data::{Column, Kind};

use jointly_sql::Use;

use crate::support::{clinic, planned, schema, setting};

fn refused(text: &str) -> String {
    match planned(text, &clinic(), &setting(&clinic(), &[(0, 10), (1, 10), (2, 10)], 2)) {
        Ok(_) => panic!("{text} was not refused"),
        Err(error) => error.to_string(),
    }
}

#[track_caller]
fn says(text: &str, parts: &[&str]) {
    let message = refused(text);
    for part in parts {
        assert!(message.contains(part), "{text}: {message:?} lacks {part:?}");
    }
}

#[test]
fn names_that_do_not_exist() {
    says("SELECT AVG(height) FROM patients", &["height"]);
    says("SELECT COUNT(*) FROM doctors", &["doctors"]);
    says("SELECT FOO(age) FROM patients", &["foo"]);
    says("SELECT", &["cannot be understood"]);
}

#[test]
fn what_is_not_offered() {
    says("SELECT corr(age, wide) FROM patients", &["corr", "not offered jointly", "Use COUNT"]);
    says("SELECT SUM(DISTINCT age) FROM patients", &["DISTINCT", "Leave DISTINCT out"]);
    says(
        "SELECT COUNT(*) FROM patients WHERE age > (SELECT AVG(age) FROM patients)",
        &["subqueries", "Ask two questions"],
    );
    says("SELECT COUNT(*) FROM patients WHERE age IN (SELECT age FROM patients)", &["subqueries"]);
    says("SELECT COUNT(*) FROM patients HAVING COUNT(*) > (SELECT 1)", &["subqueries"]);
    says("SELECT sex, SUM(COUNT(*)) OVER (ORDER BY sex) FROM patients GROUP BY sex", &["not offered"]);
    says("SELECT COUNT(*) FROM patients a JOIN patients b ON a.age = b.age", &["joins", "one table"]);
    says("SELECT AVG(n) FROM (SELECT COUNT(*) AS n FROM patients GROUP BY sex)", &["nested aggregates"]);
    says("SELECT sex, COUNT(*) FROM patients GROUP BY GROUPING SETS ((sex), (pain))", &["grouping sets"]);
    says("SELECT sex, COUNT(*) FROM patients GROUP BY sex UNION ALL SELECT pain, 1 FROM patients", &["not offered"]);
    says(
        "SELECT sex, n FROM (SELECT sex, COUNT(*) AS n FROM patients GROUP BY sex LIMIT 1) WHERE n > 1",
        &["LIMIT last"],
    );
    says("SELECT * FROM (SELECT sex, COUNT(*) AS n FROM patients GROUP BY sex LIMIT 1) LIMIT 5", &["LIMIT last"]);
}

#[test]
fn single_rows() {
    let mut setting = setting(&clinic(), &[(0, 10), (1, 10)], 2);
    setting.owners[1].policy.entry("age".into()).or_default().remove(&Use::Reveal);
    for text in [
        "SELECT age FROM patients",
        "SELECT * FROM patients WHERE age > 90",
        "SELECT sex FROM patients ORDER BY age LIMIT 1",
    ] {
        let message = planned(text, &clinic(), &setting).unwrap_err().to_string();
        for part in ["age", "Clinic 2", "`reveal`", "Ask Clinic 2 to add \"reveal\""] {
            assert!(message.contains(part), "{text}: {message:?} lacks {part:?}");
        }
    }
    planned("SELECT sex FROM patients WHERE age > 90", &clinic(), &setting).unwrap();
}

#[test]
fn what_could_overflow() {
    let big = schema(vec![Column::new("x", Kind::Int { min: -(1 << 45), max: 1 << 45 })]);
    let setting = setting(&big, &[(0, 20_000)], 2);
    let message = planned("SELECT SUM(x) FROM patients", &big, &setting).unwrap_err().to_string();
    for part in ["patients.x", "20000 rows", "overflow", "narrower bounds"] {
        assert!(message.contains(part), "{message}");
    }
    let message = planned("SELECT SUM(x * x) FROM patients", &big, &setting).unwrap_err().to_string();
    assert!(message.contains("53 bits"), "{message}");
}

#[test]
fn divisions_by_zero() {
    says("SELECT SUM(age) / 0.0 FROM patients", &["division by zero"]);
    says("SELECT AVG(age) / (1 - 1) FROM patients", &["division by zero"]);
    says("SELECT AVG(weight / age) FROM patients", &["patients.age", "divide by zero", "NULLIF"]);
    // Whole numbers divided by zero stop an owner, and so tell that there is such a row.
    says("SELECT COUNT(*) FROM patients WHERE 1 / (age - 40) > 0", &["divide by zero"]);
    says("SELECT AVG(CASE WHEN 1 / (age - 40) > 0 THEN 1 ELSE 0 END) FROM patients", &["divide by zero"]);
    says("SELECT COUNT(*) FROM patients WHERE CAST(note AS INT) = 3", &["bounds", "note"]);
    says(
        "SELECT COUNT(*) FROM patients WHERE CAST(age AS TINYINT UNSIGNED) + CAST(wide AS SMALLINT) = 3",
        &["bounds", "wide"],
    );
    says("SELECT COUNT(*) / 0 FROM patients", &["division by zero"]);
    says("SELECT AVG(weight / NULLIF(age - 40, 1)) FROM patients", &["divide by zero"]);
    says("SELECT SUM(wide * 1000000) / SUM(wide) FROM patients", &["sum(", "divided towards zero", "AS DOUBLE"]);
}

#[test]
fn what_could_fail_or_change_from_row_to_row() {
    // Whole numbers divide towards zero: 6 / (age + 4) is 0 for most.
    says("SELECT SUM(100 / (6 / (age + 4))) FROM patients", &["divide by zero"]);
    says("SELECT SUM(100 / CAST(NULLIF(weight, 0) AS BIGINT)) FROM patients", &["divide by zero"]);
    // Decimals leave residues in binary.
    says("SELECT SUM(1 / NULLIF(weight - weight / 3, 0)) FROM patients", &["divide by zero"]);
    says("SELECT COUNT(*) FROM patients WHERE 'x' ~ note", &["operator ~", "LIKE"]);
    says("SELECT COUNT(*) FROM patients WHERE note LIKE pain", &["pattern", "row to row"]);
    let grown = (0..9).fold("note".to_string(), |e, _| format!("replace({e}, 'a', 'aaaaaaaaaa')"));
    says(&format!("SELECT COUNT(*) FROM patients WHERE {grown} = 'a'"), &["could grow", "left("]);
    says("SELECT COUNT(*) FROM patients HAVING random() < 0.5", &["random"]);
    says("SELECT COUNT(*) * random() FROM patients", &["random"]);
    says("SELECT sex, random(), COUNT(*) FROM patients GROUP BY sex", &["random"]);
    says("SELECT COUNT(*) FROM patients HAVING length(repeat('x', 2000000000)) > 0", &["repeat"]);
    // What a receiver would compute of a key that it is shown.
    says("SELECT note, CAST(note AS INT) AS n, COUNT(*) FROM patients GROUP BY note", &["bounds", "note"]);
    says("SELECT wide, 1 / wide, COUNT(*) FROM patients GROUP BY wide", &["divide by zero"]);
    says(
        "SELECT COUNT(DISTINCT left(note, 4611686018427387904)) FROM patients WHERE length(upper(upper(note))) > 3 GROUP BY upper(upper(note))",
        &["180 bytes", "left("],
    );
}

#[test]
fn what_is_too_long_to_plan() {
    let doubled: String = (1..40).map(|i| format!("t{i} AS (SELECT a + a AS a FROM t{}), ", i - 1)).collect();
    let text = format!(
        "WITH t0 AS (SELECT age AS a FROM patients), {doubled}t AS (SELECT 1 FROM t39) SELECT COUNT(a) FROM t39"
    );
    says(&text, &["too many parts", "several questions"]);
    let chain = "+1".repeat(20_000);
    says(&format!("SELECT SUM(age{chain}) FROM patients"), &["more than 1000 names and operators"]);
    let chain = "+1".repeat(120);
    says(&format!("SELECT SUM(age{chain}) FROM patients"), &["nested more than 100 times"]);
    let chain = "+1".repeat(90);
    planned(&format!("SELECT SUM(age{chain}) FROM patients"), &clinic(), &setting(&clinic(), &[(0, 9)], 2)).unwrap();
    let nested = format!("HAVING COUNT(*) IN (1, 2){}", " IN (true, false)".repeat(40));
    // Long, but planned in no time: every subject is computed once.
    planned(&format!("SELECT COUNT(*) FROM patients {nested}"), &clinic(), &setting(&clinic(), &[(0, 9)], 2)).unwrap();
    let list = (0..5000).map(|i| i.to_string()).collect::<Vec<_>>().join(", ");
    let text = format!("SELECT COUNT(*) FROM patients WHERE wide IN ({list})");
    planned(&text, &clinic(), &setting(&clinic(), &[(0, 9)], 2)).unwrap();
}

#[test]
fn a_table_that_nobody_brings() {
    for text in ["SELECT COUNT(*) FROM patients", "SELECT note, COUNT(*) FROM patients GROUP BY note"] {
        let message = planned(text, &clinic(), &setting(&clinic(), &[], 2)).unwrap_err().to_string();
        assert!(message.contains("nobody brings rows") && message.contains("Add a dataset"), "{message}");
    }
}

#[test]
fn more_numbers_than_are_allowed() {
    let mut setting = setting(&clinic(), &[(0, 1 << 40), (1, 10)], 2);
    let message =
        planned("SELECT note, COUNT(*) FROM patients GROUP BY note", &clinic(), &setting).unwrap_err().to_string();
    for part in ["numbers of all owners", "1073741824", "`distinct`"] {
        assert!(message.contains(part), "{message}");
    }
    setting.owners[0].rows = 10;
    setting.most_numbers = 99;
    assert!(planned("SELECT sex, COUNT(*) FROM patients GROUP BY sex", &clinic(), &setting).is_ok());
    assert!(planned("SELECT note, COUNT(*) FROM patients GROUP BY note", &clinic(), &setting).is_err());
}

#[test]
fn text_that_is_no_number() {
    says("SELECT MIN(note) FROM patients", &["note", "free text", "enum"]);
    says("SELECT MEDIAN(note) FROM patients", &["cannot be understood", "median(Utf8)", "types of its columns"]);
    says("SELECT CASE WHEN COUNT(*) > 5 THEN 'many' ELSE 'few' END FROM patients", &["many"]);
    says("SELECT COUNT(*) FROM patients HAVING MIN(pain) = 'none'", &["min(patients.pain)", "shown and sorted"]);
    says("SELECT note FROM patients GROUP BY note HAVING note > 'a'", &["patients.note", "into WHERE"]);
    says("SELECT upper(note) FROM patients GROUP BY note", &["not offered above aggregates"]);
}

#[test]
fn text_that_is_too_long() {
    let long = schema(vec![Column::new("story", Kind::Text { max_bytes: 200 })]);
    let setting = setting(&long, &[(0, 10)], 2);
    for text in ["SELECT COUNT(DISTINCT story) FROM patients", "SELECT story, COUNT(*) FROM patients GROUP BY story"] {
        let message = planned(text, &long, &setting).unwrap_err().to_string();
        for part in ["story", "200 bytes", "left(…, 16)"] {
            assert!(message.contains(part), "{message}");
        }
    }
    planned("SELECT COUNT(DISTINCT left(story, 16)) FROM patients", &long, &setting).unwrap();
}
