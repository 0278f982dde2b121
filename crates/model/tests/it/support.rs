//! Applicants of a bank, and models of them.

use std::collections::BTreeMap;

use jointly_core::{Error, Party, Result};
use jointly_model::{Feature, Kind, Label, Method, Plan, Reading, Report, Rows, Trained, What, home, train};
use jointly_share::{Client, Engine, Tally};
use jointly_testkit::Subject;

/// Rows, as text by column; nothing where a value is missing.
pub type Table = Vec<BTreeMap<String, String>>;

/// Some of the applicants.
pub fn applicants(rows: usize) -> Table {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/bank/credit_data.csv");
    let mut reader = csv::Reader::from_path(path).unwrap();
    let names: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let known = |text: &&str| !text.is_empty() && *text != "NA";
    let row = |record: csv::StringRecord| {
        let cells = names.iter().zip(record.iter().map(str::to_owned).collect::<Vec<_>>());
        cells.filter(|(_, text)| known(&text.as_str())).map(|(name, text)| (name.clone(), text)).collect()
    };
    reader.records().take(rows).map(|record| row(record.unwrap())).collect()
}

/// A column of numbers.
pub fn number(owner: u16, name: &str, low: f64, high: f64) -> Feature {
    Feature { owner: Party(owner), name: name.into(), kind: Kind::Number { low, high } }
}

/// A column of words.
pub fn words(owner: u16, name: &str, words: &[&str]) -> Feature {
    Feature {
        owner: Party(owner),
        name: name.into(),
        kind: Kind::Words(words.iter().map(|w| (*w).to_owned()).collect()),
    }
}

/// The bank's columns and the bureau's.
pub fn features() -> Vec<Feature> {
    vec![
        number(0, "Age", 18.0, 100.0),
        number(0, "Amount", 0.0, 10_000.0),
        number(0, "Price", 0.0, 20_000.0),
        number(1, "Seniority", 0.0, 60.0),
        number(1, "Income", 0.0, 1000.0),
        words(1, "Records", &["no", "yes"]),
        words(1, "Job", &["fixed", "freelance", "partime", "others"]),
        number(1, "Debt", 0.0, 100_000.0),
    ]
}

/// Whether applicants do not pay back.
pub fn bad() -> Label {
    Label { owner: Party(0), name: "Status".into(), what: What::Is("bad".into()) }
}

pub fn plan(rows: Rows, method: Method) -> Plan {
    Plan {
        features: features(),
        label: Some(bad()),
        rows,
        method,
        test: 300,
        seed: [7; 16],
        computing: 3,
        revealed: true,
        receivers: vec![Party(0)],
        min_group: 10,
    }
}

/// An owner's columns as text.
pub fn columns(plan: &Plan, owner: Party, table: &Table) -> Vec<home::Texts> {
    let stacked = matches!(plan.rows, Rows::Stacked(_));
    let column = |name: &String| table.iter().map(|row| row.get(name).cloned()).collect::<Vec<_>>();
    let mut columns: Vec<_> =
        plan.features.iter().filter(|f| stacked || f.owner == owner).map(|f| column(&f.name)).collect();
    if let Some(label) = plan.label.as_ref().filter(|label| stacked || label.owner == owner) {
        columns.push(column(&label.name));
    }
    columns
}

/// What an owner hands in of its rows.
pub fn encoded(plan: &Plan, owner: Party, table: &Table) -> Result<home::Encoded> {
    home::encode(plan, owner, &columns(plan, owner, table))
}

/// The report at each party, read as somebody reads it who did not compute.
pub fn trained(subject: Subject, plan: &Plan, tables: &[Table]) -> Vec<Result<Report>> {
    let mine: Vec<Vec<i64>> =
        plan.owners().iter().map(|o| encoded(plan, *o, &tables[o.index()]).unwrap().numbers).collect();
    let program = async |e: &mut dyn Engine| {
        let mine = mine.get(e.me().index()).map(|numbers| &numbers[..]);
        let trained = train(e, plan, mine).await?;
        e.open(&trained.shown).await
    };
    let clients = async |_: Party, _: &mut dyn Client| Err(Error::Misuse("no clients here"));
    let reading = dry(subject, plan).unwrap();
    let read = |out: Result<(Vec<i64>, _)>| out.and_then(|(open, _)| reading.read(plan, &open));
    subject.world().run_engine(subject, program, clients).into_iter().map(read).collect()
}

fn dry(subject: Subject, plan: &Plan) -> Result<Reading> {
    let mut tally = Tally::of_all(subject.entry.spec, subject.among);
    let Trained { shown, reading, .. } = futures::executor::block_on(train(&mut tally, plan, None))?;
    assert_eq!(shown.len(), reading.len());
    Ok(reading)
}

/// The area under the ROC curve, from all pairs.
pub fn auc(scored: &[(f64, bool)]) -> f64 {
    let (ones, zeros): (Vec<_>, Vec<_>) = scored.iter().partition(|(_, is)| *is);
    let pair = |a: f64, b: f64| f64::from(u8::from(a > b)) + f64::from(u8::from(a == b)) / 2.0;
    let sum: f64 = ones.iter().flat_map(|(a, _)| zeros.iter().map(move |(b, _)| pair(*a, *b))).sum();
    sum / (ones.len() * zeros.len()) as f64
}
