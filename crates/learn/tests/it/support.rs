//! Real samples, and programs on engines.

use std::{collections::HashMap, path::PathBuf};

use jointly_core::{Error, Party, Result};
use jointly_learn::Column;
use jointly_share::{Client, Engine, Secret};
use jointly_testkit::Subject;

/// A file of the folder of references.
pub fn reference(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "reference", name].iter().collect()
}

/// A table of numbers, column by column.
pub fn table(name: &str) -> (Vec<String>, HashMap<String, Vec<f64>>) {
    let mut reader = csv::Reader::from_path(reference(name)).expect("a reference file");
    let names: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    let mut columns = HashMap::<String, Vec<f64>>::new();
    for row in reader.records() {
        for (name, value) in names.iter().zip(&row.unwrap()) {
            columns.entry(name.clone()).or_default().push(value.parse().expect("a number"));
        }
    }
    (names, columns)
}

/// Columns, and their values as they are handed in.
pub type Encoded = Vec<(Column, Vec<i64>)>;

/// Columns with round bounds around their values, and the values as they are handed in.
pub fn encoded(columns: &[(&str, &[f64])]) -> Encoded {
    let column = |(name, values): &(&str, &[f64])| {
        let (low, high) = values.iter().fold((0.0f64, 1.0f64), |(l, h), x| (l.min(*x), h.max(*x)));
        let column = Column::new(*name, low, (high / 10.0).ceil().max(0.1) * 10.0).unwrap();
        let values = column.encode(values).unwrap();
        (column, values)
    };
    columns.iter().map(column).collect()
}

/// Shares columns: every other one is the second party's, if there are two.
pub async fn give(e: &mut dyn Engine, columns: &[&[i64]]) -> Result<Vec<Secret>> {
    let mut shared = Vec::new();
    for (i, x) in columns.iter().enumerate() {
        let from = Party(i as u16 % e.among().parties.min(2));
        let mine = (e.me() == from).then_some(*x);
        shared.push(e.input(from, mine, x.len()).await?);
    }
    Ok(shared)
}

/// What a program gives at each party of an engine.
pub fn run<T>(subject: Subject, program: impl AsyncFn(&mut dyn Engine) -> Result<T>) -> Vec<Result<T>> {
    let clients = async |_: Party, _: &mut dyn Client| Err(Error::Misuse("no clients here"));
    subject.world().run_engine(subject, program, clients).into_iter().map(|out| out.map(|(out, _)| out)).collect()
}
