//! What cannot be trained is refused, with a reason that names the column.

use jointly_core::{Error, Party};
use jointly_learn::Boost;
use jointly_model::{Label, Method, Plan, Rows, What};
use jointly_testkit::Subject;

use crate::support::{Table, applicants, bad, encoded, number, plan, trained, words};

const ROWS: usize = 200;

fn usual() -> (Plan, Table) {
    (plan(Rows::Aligned(ROWS), Method::Logistic), applicants(ROWS))
}

/// What all parties say where a table cannot be learnt from.
fn said(plan: &Plan, table: &Table) -> String {
    let mut all: Vec<String> = trained(Subject::named("rep3"), plan, &[table.clone(), table.clone()])
        .into_iter()
        .map(|out| match out {
            Err(Error::Refused(said)) => said,
            other => panic!("{other:?}"),
        })
        .collect();
    all.dedup();
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

#[test]
fn a_constant_column() {
    let (plan, mut table) = usual();
    table.iter_mut().for_each(|row| drop(row.insert("Debt".into(), "5".into())));
    let said = said(&plan, &table);
    assert!(said.contains("column Debt has one value"), "{said}");
}

#[test]
fn one_column_under_two_names() {
    let (mut plan, mut table) = usual();
    table.iter_mut().for_each(|row| drop(row.insert("years".into(), row["Age"].clone())));
    plan.features.push(number(1, "years", 0.0, 120.0));
    let said = said(&plan, &table);
    assert!(said.contains("Age") && said.contains("years") && said.contains("leave one of them out"), "{said}");
}

#[test]
fn labels_of_one_class() {
    let (plan, mut table) = usual();
    table.iter_mut().for_each(|row| drop(row.insert("Status".into(), "good".into())));
    let said = said(&plan, &table);
    assert!(said.contains("all labels are the same"), "{said}");
}

#[test]
fn a_label_that_follows_from_a_column() {
    let (plan, mut table) = usual();
    let status = |row: &std::collections::BTreeMap<String, String>| {
        if row["Age"].parse::<f64>().unwrap() > 40.0 { "bad" } else { "good" }
    };
    table.iter_mut().for_each(|row| drop(row.insert("Status".into(), status(row).into())));
    let said = said(&plan, &table);
    assert!(said.contains("separate") || said.contains("told apart"), "{said}");
}

#[test]
fn plans_that_make_no_sense() {
    let (plan, _) = usual();
    let number_label = Some(Label { what: What::Number { low: 0.0, high: 1.0 }, ..bad() });
    let cases = [
        (Plan { features: vec![], ..plan.clone() }, "asks for no column"),
        (Plan { features: vec![number(0, "Status", 0.0, 1.0)], ..plan.clone() }, "names Status twice"),
        (Plan { method: Method::Linear, ..plan.clone() }, "Status is a word"),
        (Plan { label: number_label, ..plan.clone() }, "which `value` of the label"),
        (Plan { rows: Rows::Aligned(25), ..plan }, "at least 20 of each"),
    ];
    for (plan, words) in cases {
        let said = plan.check().unwrap_err().to_string();
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn values_that_cannot_be_are_named_by_their_row() {
    let (mut plan, table) = usual();
    let wrong = |name: &str, text: Option<&str>, owner: u16, plan: &Plan| {
        let mut table = table.clone();
        table[6].remove(name);
        text.map(|text| table[6].insert(name.into(), text.into()));
        encoded(plan, Party(owner), &table).err().map(|e| e.to_string()).unwrap()
    };
    for method in [Method::Logistic, plan.method.clone()] {
        plan.method = method;
        let too_old = wrong("Age", Some("173"), 0, &plan);
        assert!(too_old.contains("column Age, row 7") && !too_old.contains("173"), "{too_old}");
        assert!(wrong("Age", Some("old"), 0, &plan).contains("column Age, row 7: the value is no number"));
        assert!(wrong("Status", None, 0, &plan).contains("column Status, row 7: the label is missing"));
        assert!(wrong("Job", Some("pilot"), 1, &plan).contains("row 7: the value is none of fixed"));
    }
    plan.features = vec![words(1, "Job", &["fixed", "others"])];
    assert!(encoded(&plan, Party(1), &table).err().unwrap().to_string().contains("column Job, row"));
}

#[test]
fn what_takes_memory_is_counted_beforehand() {
    let (plan, _) = usual();
    let given: usize = plan.owners().iter().map(|o| plan.handed_in(*o)).sum();
    assert!(plan.numbers() > given && plan.numbers() < 3 * given, "{} {given}", plan.numbers());
    let boost = Boost { trees: 500, depth: 8, rate: 0.3, lambda: 1.0, gamma: 0.0, least: 1.0 };
    let trees = Plan { method: Method::Trees { boost, bins: 256 }, ..plan.clone() };
    // Every node of every tree has a number for each of 6 · 255 cuts and 6 words.
    assert!(trees.numbers() > 500 * 255 * 1536, "{}", trees.numbers());
    let many = Plan { rows: Rows::Stacked(vec![(Party(0), 1 << 60), (Party(1), 1 << 60)]), ..plan };
    assert!(many.numbers() >= 1 << 61);
}
