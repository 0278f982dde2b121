//! Two sides over memory links.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use datafusion::arrow::array::AsArray;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use jointly_align::{
    Duplicates, Job, Key, Learner, Options, Parties, Protocol, Report, Result, Role, Security, Settings, Variant,
    source,
};
use jointly_net::{Mesh, memory};

/// A row: its key as it stands in the file, and another value.
pub type Row = (String, String);

/// Two files in a folder.
pub struct Pair {
    pub folder: tempfile::TempDir,
    pub settings: Settings,
    pub duplicates: Duplicates,
    pub memory: u64,
    pub restart: bool,
}

pub fn settings() -> Settings {
    Settings {
        normalise: Settings::NORMALISE,
        key: vec!["text".into()],
        result: Learner::Both.into(),
        variant: Variant::Inner,
        protocol: Protocol::Rr22,
        security: Security::Malicious,
        hide_size: false,
        payload: None,
    }
}

pub fn row(key: impl ToString, value: impl ToString) -> Row {
    (key.to_string(), value.to_string())
}

impl Pair {
    pub fn new(listener: &[Row], connector: &[Row]) -> Pair {
        let folder = tempfile::tempdir().unwrap();
        for (role, rows) in [(Role::Listener, listener), (Role::Connector, connector)] {
            let mut text = String::from("id,value\n");
            rows.iter().for_each(|(key, value)| text += &format!("{key},{value}\n"));
            std::fs::write(folder.path().join(format!("{role:?}.csv")), text).unwrap();
        }
        // The least memory there is: buckets of 1024 items.
        Pair { folder, settings: settings(), duplicates: Duplicates::First, memory: 1 << 20, restart: false }
    }

    pub fn path(&self, role: Role, ending: &str) -> PathBuf {
        self.folder.path().join(format!("{role:?}.{ending}"))
    }

    pub fn options(&self, role: Role) -> Options {
        self.options_of(role, &self.path(role, "csv"), None).unwrap()
    }

    /// For another file.
    pub fn options_of(&self, role: Role, file: &Path, table: Option<&str>) -> Result<Options> {
        let output = self.settings.result.includes(role.party()).then(|| self.path(role, "parquet"));
        Ok(Options {
            parties: Parties::sides(role),
            path: "align".to_owned(),
            source: runtime().block_on(source::of_file(file, table))?,
            key: Key::new(vec!["id".parse().unwrap()]).unwrap(),
            settings: self.settings.clone(),
            agreed: None,
            output,
            duplicates: self.duplicates,
            memory: self.memory,
            work: self.path(role, "work"),
            restart: self.restart,
            patience: Duration::from_secs(30),
        })
    }

    /// Runs both sides, as these options say.
    pub fn run_as(&self, listener: Options, connector: Options) -> [Result<Report>; 2] {
        runtime().block_on(async {
            let meshes = memory::meshes(2);
            let (a, b) = tokio::join!(side(listener, meshes[0].clone()), side(connector, meshes[1].clone()));
            [a, b]
        })
    }

    pub fn run(&self) -> [Result<Report>; 2] {
        self.run_as(self.options(Role::Listener), self.options(Role::Connector))
    }

    /// The rows that a side has written, and whether each is marked as common.
    pub fn output(&self, role: Role) -> Vec<(Row, Option<bool>)> {
        read(&self.path(role, "parquet"))
    }
}

async fn side(options: Options, mesh: Arc<dyn Mesh>) -> Result<Report> {
    Job::open(options)?.run(mesh, &mut |_| {}).await
}

pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

fn read(path: &Path) -> Vec<(Row, Option<bool>)> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).unwrap()).unwrap().build().unwrap();
    let mut out = Vec::new();
    for batch in reader {
        let batch = batch.unwrap();
        let (keys, values) = (batch.column(0).as_string::<i32>(), batch.column(1).as_string::<i32>());
        let mark = batch.columns().get(2).map(|c| c.as_boolean());
        for i in 0..batch.num_rows() {
            let key = keys.iter().nth(i).flatten().unwrap_or_default();
            out.push((row(key, values.value(i)), mark.map(|m| m.value(i))));
        }
    }
    out
}
