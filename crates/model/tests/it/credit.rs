//! Whether applicants pay back.

use jointly_core::Party;
use jointly_learn::Boost;
use jointly_model::{Kind, Label, Method, Model, Plan, Report, Rows, What, train};
use jointly_share::Tally;
use jointly_testkit::{Subject, usual};

use crate::support::{Table, applicants, auc, bad, encoded, number, plan, trained};

const BOOST: Boost = Boost { trees: 8, depth: 3, rate: 0.3, lambda: 1.0, gamma: 0.0, least: 1.0 };

/// Rows that are known well enough for both.
fn both() -> Vec<Table> {
    let all = applicants(1200);
    vec![all.clone(), all]
}

/// The revealed model says of the rows that it is judged by what the report says that it does.
fn agrees(plan: &Plan, table: &Table) -> Model {
    let tables = match &plan.rows {
        Rows::Aligned(_) => vec![table.clone(), table.clone()],
        Rows::Stacked(parts) => {
            let (first, second) = table.split_at(parts[0].1);
            vec![first.to_vec(), second.to_vec()]
        }
    };
    let reports: Vec<_> = trained(Subject::named("rep3"), plan, &tables).into_iter().map(Result::unwrap).collect();
    assert!(reports.iter().all(|r| *r == reports[0]));
    let report = &reports[0];
    let evaluation = report.evaluation.as_ref().unwrap();
    assert_eq!(report.rows + report.judged_by, table.len());
    assert_eq!(evaluation.parts.iter().map(|p| p.rows).sum::<usize>(), report.judged_by);
    assert_eq!(evaluation.confusion.iter().sum::<u64>(), report.judged_by as u64);
    assert!(evaluation.auc > 0.75 && evaluation.lift().unwrap() > 1.5, "{evaluation:?}");
    // All rows: those that are known in full.
    let said = |row| Some((report.model.as_ref().unwrap().foretell(row)?, row["Status"] == "bad"));
    let known: Vec<(f64, bool)> = table.iter().filter_map(said).collect();
    assert!((auc(&known) - evaluation.auc).abs() < 0.06, "{} {}", auc(&known), evaluation.auc);
    // As the document says it, so the model is.
    let text = serde_json::to_string(report).unwrap();
    let again: Report = serde_json::from_str(&text).unwrap();
    let says = |report: &Report| report.model.as_ref().unwrap().foretell(&table[0]).unwrap();
    assert!((says(&again) - says(report)).abs() < 1e-9);
    report.model.clone().unwrap()
}

#[test]
fn a_logistic_model_of_two_owners() {
    let table = applicants(1200);
    let model = agrees(&plan(Rows::Aligned(1200), Method::Logistic), &table);
    let Model::Logistic(lines) = model else { panic!("{model:?}") };
    let names: Vec<&str> = lines.iter().filter_map(|l| l.column.as_deref()).collect();
    let words = ["Records=yes", "Job=freelance", "Job=partime", "Job=others"];
    assert!(words.iter().all(|w| names.contains(w)) && names.len() == 10, "{names:?}");
    let records = lines.iter().find(|l| l.column.as_deref() == Some("Records=yes")).unwrap();
    assert!(records.coefficient > 1.0 && records.p.unwrap() < 1e-6, "{records:?}");
}

#[test]
fn training_can_move_between_threads() {
    fn moves<T: Send>(_: T) {}
    let plan = plan(Rows::Aligned(100), Method::Logistic);
    let subject = Subject::named("rep3");
    let mut tally = Tally::of_all(subject.entry.spec, subject.among);
    moves(train(&mut tally, &plan, None));
}

#[test]
fn trees_of_two_owners() {
    let table = applicants(1200);
    let model = agrees(&plan(Rows::Aligned(1200), Method::Trees { boost: BOOST, bins: 12 }), &table);
    let Model::Trees(trees) = model else { panic!("{model:?}") };
    assert_eq!((trees.len(), trees[0].levels.len(), trees[0].leaves.len()), (8, 3, 8));
}

#[test]
fn models_of_whole_rows() {
    let table = applicants(1200);
    let rows = Rows::Stacked(vec![(Party(0), 500), (Party(1), 700)]);
    agrees(&plan(rows.clone(), Method::Logistic), &table);
    agrees(&plan(rows, Method::Trees { boost: BOOST, bins: 12 }), &table);
}

#[test]
fn a_linear_model_finds_what_made_its_label() {
    let row = |i: i32| [("x", f64::from(i % 17)), ("y", 3.0 + f64::from(i % 17) / 4.0 + f64::from(i * 7 % 5) / 100.0)];
    let table: Table =
        (0..200).map(|i| row(i).into_iter().map(|(k, v)| (k.to_owned(), v.to_string())).collect()).collect();
    let plan = Plan {
        features: vec![number(0, "x", 0.0, 20.0)],
        label: Some(Label { owner: Party(1), name: "y".into(), what: What::Number { low: 0.0, high: 10.0 } }),
        ..plan(Rows::Aligned(200), Method::Linear)
    };
    for subject in usual().into_iter().filter(|s| s.entry.spec.width >= 62 && !s.is_slow()) {
        for report in trained(subject, &plan, &[table.clone(), table.clone()]) {
            let report = report.unwrap();
            let explained = report.explained.unwrap();
            assert!(explained.r_squared > 0.99 && explained.deviation < 0.05, "{explained:?}");
            let Some(Model::Linear(lines)) = report.model else { panic!("{subject}") };
            assert!(
                (lines[1].coefficient - 0.25).abs() < 1e-3 && (lines[0].coefficient - 3.02).abs() < 0.01,
                "{lines:?}"
            );
        }
    }
}

#[test]
fn what_is_missing_is_told_to_its_owner_alone() {
    let tables = both();
    let plan = plan(Rows::Aligned(1200), Method::Logistic);
    let mine = encoded(&plan, Party(1), &tables[1]).unwrap();
    assert_eq!(mine.numbers.len(), plan.handed_in(Party(1)));
    let missing = tables[1].iter().filter(|row| !row.contains_key("Income")).count();
    assert!(
        missing > 0 && mine.notes.iter().any(|n| n.contains(&format!("Income: {missing} of 1200"))),
        "{:?}",
        mine.notes
    );
    assert!(matches!(plan.features[5].kind, Kind::Words(_)) && plan.label == Some(bad()));
}
