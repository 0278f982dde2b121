//! A bureau that holds a dataset, and a bank that asks about it, over memory links.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray};
use datafusion::datasource::MemTable;
use jointly_core::Party;
use jointly_data::{Column, Kind, TableRows};
use jointly_lookup::{Asked, Counts, Found, Holder, Key, Manifest, Offer, Purpose, Querier, Result, Way};
use jointly_net::{Ctx, Mesh, memory, witness::Witness};
use serde_json::json;

pub const HOLDER: Party = Party(0);
pub const QUERIER: Party = Party(1);
pub const SEAL: [u8; 32] = [7; 32];

/// Name, ID number, phone, and what the bureau knows.
pub type Person = [String; 5];

pub fn person(name: &str, id: &str, phone: &str, rating: &str, note: &str) -> Person {
    [name, id, phone, rating, note].map(str::to_owned)
}

/// Person i of a made-up population.
pub fn nth(i: usize) -> Person {
    let note = if i.is_multiple_of(3) { String::new() } else { format!("note {i}") };
    person(&format!("Person {i}"), &format!("id-{i:05}"), &format!("+44 20 {i:07}"), &(i % 100).to_string(), &note)
}

pub fn people(range: std::ops::Range<usize>) -> Vec<Person> {
    range.map(nth).collect()
}

/// What a querier knows of a person.
pub fn key(person: &Person) -> Vec<String> {
    person[..3].to_vec()
}

pub fn rows(people: &[Person]) -> TableRows {
    let column = |at: usize| -> ArrayRef {
        let value = |person: &Person| (!person[at].is_empty()).then(|| person[at].clone());
        Arc::new(StringArray::from(people.iter().map(value).collect::<Vec<_>>()))
    };
    let names = ["name", "id", "phone", "rating", "note"];
    let columns = names.iter().enumerate().map(|(at, name)| (*name, column(at), true));
    let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    TableRows::new("bureau.csv", Arc::new(MemTable::try_new(batch.schema(), vec![vec![batch]]).unwrap()))
}

pub fn rating() -> Column {
    Column::new("rating", Kind::Int { min: 0, max: 100 })
}

pub fn offer(purpose: Purpose) -> Offer {
    let columns = match &purpose {
        Purpose::Check => vec![],
        Purpose::Score(_) => vec![rating()],
        Purpose::Record => vec![rating(), Column::new("note", Kind::Text { max_bytes: 12 })],
    };
    let key = ["name", "id:code", "phone:digits"].iter().map(|column| column.parse().unwrap()).collect();
    Offer { name: "credit".into(), key: Key::new(key).unwrap(), purpose, columns, capacity: 600 }
}

/// What the offer's records say of this person.
pub fn known(person: &Person, purpose: &Purpose) -> Found {
    let rating = ("rating".to_owned(), json!(person[3].parse::<i64>().unwrap()));
    let note = if person[4].is_empty() { json!(null) } else { json!(person[4]) };
    match purpose {
        Purpose::Check => Found::There,
        Purpose::Score(_) => Found::Record(vec![rating]),
        Purpose::Record => Found::Record(vec![rating, ("note".to_owned(), note)]),
    }
}

/// A bureau's folder and the offer.
pub struct Pair {
    pub folder: tempfile::TempDir,
    pub offer: Offer,
}

impl Pair {
    pub fn new(purpose: Purpose) -> Pair {
        Pair { folder: tempfile::tempdir().unwrap(), offer: offer(purpose) }
    }

    pub fn home(&self) -> PathBuf {
        self.folder.path().join("lookup")
    }

    /// The newest version's file of that name.
    pub fn file(&self, version: u64, name: &str) -> PathBuf {
        self.home().join(format!("version-{version}")).join(name)
    }

    pub fn copy(&self) -> PathBuf {
        self.folder.path().join("copy")
    }

    pub fn publish(&self, people: &[Person]) -> Result<(Holder, Counts)> {
        run(Holder::publish(&self.home(), &SEAL, &self.offer, &rows(people), &mut |_| ()))
    }

    pub fn published(&self, people: &[Person]) -> Holder {
        self.publish(people).unwrap().0
    }

    pub fn open(&self) -> Result<Option<Holder>> {
        Holder::open(&self.home(), &SEAL)
    }

    pub fn querier(&self, manifest: &Manifest) -> Querier {
        Querier::new(manifest.clone(), &self.offer, None).unwrap()
    }

    /// Asks, and gets what both ends say, and what the holder saw.
    pub fn ask_over(
        &self,
        meshes: [Arc<dyn Mesh>; 2],
        holder: &Holder,
        querier: &Querier,
        keys: &[Vec<String>],
        asked: Asked,
    ) -> (Result<()>, Result<Vec<Found>>) {
        let [there, here] = meshes.map(|mesh| Ctx::new(mesh, "lookup", Duration::from_secs(60)));
        let copy = self.copy();
        run(async {
            let serve = async |mut ctx: Ctx| holder.serve(&mut ctx, QUERIER, &asked).await;
            let ask = async |mut ctx: Ctx| querier.ask(&mut ctx, HOLDER, keys, &asked, Some(&copy)).await;
            tokio::join!(serve(there), ask(here))
        })
    }

    /// What an honest pair comes to, and what the holder saw.
    pub fn ask(&self, holder: &Holder, keys: &[Vec<String>], asked: Asked) -> (Vec<Found>, Witness) {
        let meshes = memory::meshes(2);
        let (watched, witness) = Witness::watch(meshes[0].clone());
        let querier = self.querier(holder.manifest());
        let (served, found) = self.ask_over([watched, meshes[1].clone()], holder, &querier, keys, asked);
        served.unwrap();
        (found.unwrap(), witness)
    }
}

pub fn asked(ids: usize, way: Way) -> Asked {
    Asked { ids, way }
}

pub fn run<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(work)
}

/// The words of an error.
pub fn words<T>(result: Result<T>) -> String {
    match result {
        Ok(_) => panic!("it went well"),
        Err(error) => error.to_string(),
    }
}
