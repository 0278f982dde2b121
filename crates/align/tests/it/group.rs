//! Two to ten parties with names, whose tables are Parquet files: a key as text, and a number.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use datafusion::arrow::array::{AsArray, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Int64Type, Schema};
use datafusion::parquet::arrow::{ArrowWriter, arrow_reader::ParquetRecordBatchReaderBuilder};
use futures::future::join_all;
use jointly_align::{Duplicates, Job, Key, Learners, Options, Parties, Report, Result, Security, Settings, source};
use jointly_core::Party;
use jointly_net::memory;

use crate::pair::{runtime, settings};

/// A key as it stands in the table, and a number.
pub type Row = (String, i64);

pub const NAMES: [&str; 4] = ["Clinic", "Bank", "Bureau", "Insurer"];

pub struct Group {
    pub folder: tempfile::TempDir,
    pub rows: Vec<Vec<Row>>,
    pub settings: Settings,
    pub restart: bool,
}

impl Group {
    pub fn new(rows: Vec<Vec<Row>>, result: Learners) -> Group {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings { result, security: Security::SemiHonest, ..settings() };
        let group = Group { folder, rows, settings, restart: false };
        (0..group.rows.len()).for_each(|i| write(&group.path(i, "input.parquet"), &group.rows[i]));
        group
    }

    pub fn path(&self, party: usize, ending: &str) -> PathBuf {
        self.folder.path().join(format!("{}-{ending}", NAMES[party]))
    }

    pub fn parties(&self, me: usize) -> Parties {
        let names = NAMES[..self.rows.len()].iter().map(ToString::to_string).collect();
        Parties::named(Party(me as u16), names).unwrap()
    }

    pub fn options(&self, me: usize) -> Options {
        let output = self.settings.result.writes(Party(me as u16)).then(|| self.path(me, "output.parquet"));
        Options {
            parties: self.parties(me),
            path: "run/7/hash".to_owned(),
            source: runtime().block_on(source::of_file(&self.path(me, "input.parquet"), None)).unwrap(),
            key: Key::new(vec!["key".parse().unwrap()]).unwrap(),
            settings: self.settings.clone(),
            agreed: None,
            output,
            duplicates: Duplicates::First,
            memory: 1 << 20,
            work: self.path(me, "work"),
            restart: self.restart,
            patience: Duration::from_secs(30),
        }
    }

    pub fn run(&self) -> Vec<Result<Report>> {
        self.run_as((0..self.rows.len()).map(|me| self.options(me)).collect())
    }

    pub fn run_as(&self, options: Vec<Options>) -> Vec<Result<Report>> {
        let jobs: Vec<Job> = options.into_iter().map(|options| Job::open(options).unwrap()).collect();
        let meshes = memory::meshes(jobs.len() as u16);
        runtime()
            .block_on(join_all(jobs.into_iter().zip(meshes).map(async |(job, mesh)| job.run(mesh, &mut |_| {}).await)))
    }

    /// Runs all until the last says that it is at a step, and then leaves; how it ends for the others.
    pub fn break_off(&self, at: &str) -> Vec<Result<Report>> {
        // Nobody closes a link that was not opened.
        let options = |me| Options { patience: Duration::from_secs(3), ..self.options(me) };
        let jobs = (0..self.rows.len()).map(|me| Job::open(options(me)).unwrap());
        let mut runs: Vec<_> = jobs.zip(memory::meshes(self.rows.len() as u16)).collect();
        let last = runs.pop().unwrap();
        runtime().block_on(async {
            let (leave, left) = tokio::sync::oneshot::channel();
            let last = async move {
                let mut leave = Some(leave);
                let mut told = |event: jointly_align::Event<'_>| {
                    if let jointly_align::Event::Step(step) = event
                        && step.contains(at)
                    {
                        leave.take().into_iter().for_each(|leave| leave.send(()).unwrap());
                    }
                };
                let run = last.0.run(last.1, &mut told);
                tokio::select! { biased; _ = left => {}, end = run => panic!("it was to be stopped: {end:?}") }
            };
            let others = join_all(runs.into_iter().map(async |(job, mesh)| job.run(mesh, &mut |_| {}).await));
            tokio::join!(others, last).0
        })
    }

    /// The first row of each key of a party, by the key's normal form.
    pub fn standing(&self, party: usize) -> BTreeMap<String, Row> {
        let mut first = BTreeMap::new();
        for row in self.rows[party].iter().filter(|row| !normal(&row.0).is_empty()) {
            first.entry(normal(&row.0)).or_insert_with(|| row.clone());
        }
        first
    }

    /// The keys that all have.
    pub fn common(&self) -> BTreeSet<String> {
        let sets = (0..self.rows.len()).map(|party| self.standing(party).into_keys().collect::<BTreeSet<_>>());
        sets.reduce(|a, b| &a & &b).unwrap()
    }
}

/// As the rule `text` writes keys.
pub fn normal(key: &str) -> String {
    let width = |c: char| match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap(),
        '\u{3000}' => ' ',
        c => c,
    };
    let key: String = key.chars().filter(|c| *c != '\u{200b}').map(width).collect();
    key.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

fn write(path: &Path, rows: &[Row]) {
    let fields = vec![Field::new("key", DataType::Utf8, true), Field::new("number", DataType::Int64, false)];
    let schema = Arc::new(Schema::new(fields));
    let keys: StringArray = rows.iter().map(|row| Some(row.0.as_str())).collect();
    let numbers: Int64Array = rows.iter().map(|row| Some(row.1)).collect();
    let batch = RecordBatch::try_new(schema.clone(), vec![Arc::new(keys), Arc::new(numbers)]).unwrap();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), schema, None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

/// All batches of a file as one.
pub fn read(path: &Path) -> RecordBatch {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap().build().unwrap();
    let batches: Vec<RecordBatch> = reader.map(|batch| batch.unwrap()).collect();
    let schema = batches.first().unwrap().schema();
    datafusion::arrow::compute::concat_batches(&schema, &batches).unwrap()
}

/// The rows of an output.
pub fn rows(path: &Path) -> Vec<Row> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap().build().unwrap();
    let mut rows = Vec::new();
    for batch in reader.map(|batch| batch.unwrap()) {
        let (keys, numbers) = (batch.column(0).as_string::<i32>(), batch.column(1).as_primitive::<Int64Type>());
        rows.extend((0..batch.num_rows()).map(|i| (keys.value(i).to_owned(), numbers.value(i))));
    }
    rows
}

/// A source of numbers that are the same in every run.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    /// A table with keys among `keys` many, repeated, empty, and each written in its own way.
    pub fn table(&mut self, rows: u64, keys: std::ops::Range<u64>) -> Vec<Row> {
        let mut row = |i| {
            let key = keys.start + self.below(keys.end - keys.start);
            let key = match self.below(8) {
                0 => format!("ＫＥＹ　{key}"),
                1 => format!("  key \u{200b}{key} "),
                2 => format!("KEY  {key}"),
                3 if self.below(3) == 0 => " ".to_owned(),
                // A Cyrillic letter: another key, though it looks the same.
                4 if self.below(3) == 0 => format!("kеy {key}"),
                _ => format!("Key {key}"),
            };
            (key, i64::try_from(i).unwrap() - 5)
        };
        (0..rows).map(&mut row).chain([("key 0 of this table".to_owned(), 0)]).collect()
    }
}
