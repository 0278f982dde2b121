//! Models that stay shared, and what they say of rows.

use std::collections::BTreeMap;

use jointly_core::{Error, Party, Result};
use jointly_learn::{Boost, Scale};
use jointly_model::{
    Label, Method, Model, Part, Plan, Report, Rows, What, ask,
    home::{Manner, encode_as},
    read_said, train,
};
use jointly_share::{Client, Engine};
use jointly_testkit::Subject;

use crate::support::{Table, applicants, columns, encoded, number, plan, trained};

const BOOST: Boost = Boost { trees: 4, depth: 3, rate: 0.3, lambda: 1.0, gamma: 0.0, least: 1.0 };
const SCALE: Scale = Scale { base_points: 600.0, base_odds: 50.0, points_to_double: 20.0 };

/// What parties keep of a model, with its layout.
fn kept(subject: Subject, plan: &Plan, table: &Table) -> Vec<(Vec<Part>, Vec<u8>)> {
    let mine: Vec<Vec<i64>> = plan.owners().iter().map(|o| encoded(plan, *o, table).unwrap().numbers).collect();
    let program = async |e: &mut dyn Engine| {
        let mine = mine.get(e.me().index()).map(|numbers| &numbers[..]);
        let trained = train(e, plan, mine).await?;
        Ok((trained.kept.layout()?, trained.kept.save(e).await?.to_vec()))
    };
    let clients = async |_: Party, _: &mut dyn Client| Err(Error::Misuse("no clients here"));
    let run = subject.world().run_engine(subject, program, clients);
    run.into_iter().map(|out| out.map(|(kept, _)| kept)).collect::<Result<_>>().unwrap()
}

/// What a kept model says of rows, in a run of its own.
fn said(subject: Subject, plan: &Plan, kept: &[(Vec<Part>, Vec<u8>)], known: &Table, table: &Table) -> Vec<f64> {
    let rows = Rows::Aligned(table.len());
    let asked = plan.asked(rows.clone());
    let mine = |owner: &Party| {
        let manner = Manner::of(plan, *owner, &columns(plan, *owner, known)).unwrap();
        let text = serde_json::to_string(&manner).unwrap();
        let manner: Manner = serde_json::from_str(&text).unwrap();
        encode_as(&asked, *owner, &manner, &columns(&asked, *owner, table)).unwrap().numbers
    };
    let mine: Vec<Vec<i64>> = asked.owners().iter().map(mine).collect();
    let program = async |e: &mut dyn Engine| {
        let (layout, saved) = &kept[e.me().index()];
        let mine = mine.get(e.me().index()).map(|numbers| &numbers[..]);
        let said = ask(e, plan, rows.clone(), (layout, saved), mine).await?;
        Ok((said.frac, e.open(&said.secret).await?))
    };
    let clients = async |_: Party, _: &mut dyn Client| Err(Error::Misuse("no clients here"));
    let run = subject.world().run_engine(subject, program, clients);
    let outs: Vec<(u32, Vec<i64>)> =
        run.into_iter().map(|out| out.map(|(said, _)| said)).collect::<Result<_>>().unwrap();
    assert!(outs.iter().all(|out| *out == outs[0]));
    read_said(plan, outs[0].0, &outs[0].1)
}

/// The revealed model of the same plan.
fn revealed(subject: Subject, plan: &Plan, table: &Table) -> Report {
    trained(subject, plan, &[table.clone(), table.clone()]).remove(0).unwrap()
}

#[test]
fn a_shared_model_says_what_the_revealed_one_says() {
    let table = applicants(1200);
    // Rows that are known in full, as the revealed regression takes them.
    let asked: Table = table.iter().filter(|row| row.len() == table[0].len()).take(7).cloned().collect();
    let methods =
        [Method::Logistic, Method::Trees { boost: BOOST, bins: 8 }, Method::Scorecard { bins: 5, scale: SCALE }];
    for (id, method) in ["rep3", "rep3-malicious", "shamir-127"].into_iter().zip(methods) {
        let subject = Subject::named(id);
        let plan = plan(Rows::Aligned(1200), method);
        let model = revealed(subject, &plan, &table).model.unwrap();
        let kept = kept(subject, &plan, &table);
        let said = said(subject, &plan, &kept, &table, &asked);
        for (row, said) in asked.iter().zip(said) {
            let open = model.foretell(row).unwrap();
            assert!((open - said).abs() < 2e-4, "{id}: {open} {said}");
        }
    }
}

#[test]
fn a_model_that_stays_shared_is_in_no_report() {
    let table = applicants(1200);
    let plan = Plan { revealed: false, ..plan(Rows::Aligned(1200), Method::Logistic) };
    let hidden = revealed(Subject::named("rep3"), &plan, &table);
    let shown = revealed(Subject::named("rep3"), &Plan { revealed: true, ..plan }, &table);
    assert!(hidden.model.is_none() && hidden.deviation.is_none() && shown.model.is_some());
    let near = |a: f64, b: f64| (a - b).abs() < 1e-3;
    let [hidden, shown] = [hidden, shown].map(|report| report.evaluation.unwrap());
    assert!(near(hidden.auc, shown.auc) && near(hidden.ks, shown.ks) && hidden.auc > 0.7, "{hidden:?} {shown:?}");
}

#[test]
fn a_scorecard_adds_up_points() {
    let table = applicants(1200);
    let plan = plan(Rows::Aligned(1200), Method::Scorecard { bins: 5, scale: SCALE });
    let report = revealed(Subject::named("rep3"), &plan, &table);
    assert!(report.evaluation.as_ref().unwrap().auc > 0.75, "{report:?}");
    let Some(Model::Scorecard(card)) = &report.model else { panic!("{report:?}") };
    assert_eq!(card.columns.len(), plan.features.len());
    let seniority = card.columns.iter().find(|c| c.column == "Seniority").unwrap();
    assert!(seniority.information > 0.1 && seniority.bins.len() >= 4, "{seniority:?}");
    let factor = SCALE.points_to_double / std::f64::consts::LN_2;
    for row in &table[..50] {
        let (points, p) = (card.score(row).unwrap(), report.model.as_ref().unwrap().foretell(row).unwrap());
        // Points say the odds of paying back.
        let odds = ((points - SCALE.base_points) / factor).exp() * SCALE.base_odds;
        assert!((1.0 / (1.0 + odds) - p).abs() < 1e-6, "{points} {p}");
    }
}

#[test]
fn a_bin_has_as_many_rows_as_may_be_shown() {
    let table = applicants(1200);
    let plan = Plan { min_group: 100, ..plan(Rows::Aligned(1200), Method::Scorecard { bins: 30, scale: SCALE }) };
    let report = revealed(Subject::named("rep3"), &plan, &table);
    let Some(Model::Scorecard(card)) = report.model else { panic!() };
    for column in &card.columns {
        for bin in &column.bins {
            let inside = |row: &&BTreeMap<String, String>| match row.get(&column.column) {
                None => bin.missing,
                Some(text) if bin.numbers => {
                    let x: f64 = text.parse().unwrap();
                    bin.above.is_none_or(|low| x > low) && bin.at_most.is_none_or(|high| x <= high)
                }
                Some(text) => bin.words.contains(text),
            };
            let rows = table.iter().filter(inside).count();
            assert!(rows >= 100, "{}: {} has {rows} rows", column.column, bin.words());
        }
    }
}

#[test]
fn a_poisson_model_finds_what_made_its_counts() {
    let row = |i: i32| [("x", f64::from(i % 20)), ("y", (0.3 + 0.1 * f64::from(i % 20)).exp().round())];
    let table: Table =
        (0..300).map(|i| row(i).into_iter().map(|(k, v)| (k.to_owned(), v.to_string())).collect()).collect();
    let label = Label { owner: Party(1), name: "y".into(), what: What::Number { low: 0.0, high: 50.0 } };
    let plan = Plan {
        features: vec![number(0, "x", 0.0, 20.0)],
        label: Some(label),
        ..plan(Rows::Aligned(300), Method::Poisson)
    };
    let subject = Subject::named("rep3");
    let Some(Model::Poisson(lines)) = revealed(subject, &plan, &table).model else { panic!() };
    assert!((lines[1].coefficient - 0.1).abs() < 0.01 && (lines[0].coefficient - 0.3).abs() < 0.1, "{lines:?}");
    let said = said(subject, &plan, &kept(subject, &plan, &table), &table, &table[..3].to_vec());
    let open: Vec<f64> = table[..3].iter().map(|row| Model::Poisson(lines.clone()).foretell(row).unwrap()).collect();
    assert!(said.iter().zip(&open).all(|(a, b)| (a - b).abs() < 1e-2), "{said:?} {open:?}");
}

#[test]
fn an_owner_sees_that_its_values_lie_elsewhere_by_now() {
    let table = applicants(1000);
    let plan = plan(Rows::Aligned(1000), Method::Logistic);
    let manner = Manner::of(&plan, Party(0), &columns(&plan, Party(0), &table)).unwrap();
    let features: Vec<_> = plan.features.iter().filter(|f| f.owner == Party(0)).collect();
    let asked = plan.asked(Rows::Aligned(1000));
    let index = |table: &Table| manner.drift.index(&features, &columns(&asked, Party(0), table)).unwrap();
    assert!(index(&table).iter().all(|psi| psi.abs() < 1e-9));
    let mut older = table.clone();
    for row in &mut older {
        let age: f64 = row["Age"].parse().unwrap();
        row.insert("Age".into(), (age + 15.0).min(99.0).to_string());
    }
    let psi = index(&older);
    assert!(psi[0] > 0.25 && psi[1..].iter().all(|psi| psi.abs() < 1e-9), "{psi:?}");
}
