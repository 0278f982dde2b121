//! The holder's side: publishing, changing and serving.

use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use jointly_core::Party;
use jointly_data::Rows;
use jointly_math::Seed;
use jointly_net::Ctx;
use jointly_ot::oprf::{Evaluator, Mode, SecretKey};
use jointly_ot::{Base, RandomSender, Security, SoftSpokenSender, Width};
use jointly_pir::{
    Table,
    choice::Way,
    lookup::{Builder, Manifest, Purpose, answer},
    serve,
    transfer::transfer,
};
use serde::Serialize;
use zeroize::Zeroizing;

use crate::{
    Asked, Counts, Error, Offer, Result,
    asked::{exactly, shape},
    copy,
    read::{Pass, Row},
    store::{Lock, Store, Stored},
};

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// So many rows have been read and worked on.
    Rows(u64),
    /// The database is written.
    Writing,
}

/// What an update did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Update {
    /// What the dataset has now.
    pub counts: Counts,
    /// How many of the 256 groups have changed. That these have is public.
    pub groups: usize,
    /// How many rows of the table that is fetched from have changed.
    pub buckets: usize,
    /// The version that is current now.
    pub version: u64,
}

/// A database in figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The dataset's name.
    pub name: String,
    /// What answers are good for.
    pub purpose: Purpose,
    /// Counts changes.
    pub version: u64,
    /// Counts keys.
    pub epoch: u64,
    /// IDs in it.
    pub ids: usize,
    /// IDs that there is room for.
    pub capacity: usize,
    /// Bytes of a record.
    pub record_bytes: usize,
    /// Bytes of the table: of a copy.
    pub table_bytes: usize,
}

/// One version of a look-up database, in memory and in its folder. Several queriers can be served at the same time, and while the next version
/// is made.
pub struct Holder {
    store: Store,
    stored: Stored,
    evaluator: Evaluator,
    /// The table as private queries need it.
    prepared: Mutex<Option<Arc<Table>>>,
}

impl Holder {
    /// Makes a database of the dataset's rows, under a new key, in `folder`, which is its own. If there is one already, it is followed by this one
    /// as its next version, whatever its offer was. `seal` is secret, and the same whenever the folder is opened. While it is made it takes some
    /// 2.5 times the table's bytes of memory; afterwards the table's, and about as much again once it is [prepared](Holder::prepare).
    ///
    /// # Errors
    /// Refuses rows that do not fit the offer, and more of them than it has room for: what was there before stays.
    pub async fn publish(
        folder: &Path,
        seal: &[u8; 32],
        offer: &Offer,
        rows: &dyn Rows,
        told: &mut (dyn FnMut(Step) + Send),
    ) -> Result<(Holder, Counts)> {
        offer.layout()?;
        let store = Store::new(folder, seal)?;
        let lock = store.lock()?;
        let last = store.last()?;
        build(store, &lock, offer, last, rows, told).await
    }

    /// The database in `folder`, all of it read and checked; none if nothing was published there.
    ///
    /// # Errors
    /// Names the file that is missing, was cut short or changed, or was sealed under another key.
    pub fn open(folder: &Path, seal: &[u8; 32]) -> Result<Option<Holder>> {
        if !folder.exists() {
            return Ok(None);
        }
        let store = Store::new(folder, seal)?;
        let stored = store.read()?;
        stored.map(|stored| Holder::new(store, stored)).transpose()
    }

    fn new(store: Store, stored: Stored) -> Result<Holder> {
        let evaluator = stored.database.evaluator(&stored.key)?;
        Ok(Holder { store, stored, evaluator, prepared: Mutex::new(None) })
    }

    /// Reads the dataset again, twice, and makes the next version with the groups of rows that have changed; none if nothing has. Until it is
    /// written this one stays, and serves.
    ///
    /// # Errors
    /// Refuses another offer than the database was made for, and a dataset that changes while it is read.
    pub async fn update(
        &self,
        offer: &Offer,
        rows: &dyn Rows,
        told: &mut (dyn FnMut(Step) + Send),
    ) -> Result<(Option<Holder>, Update)> {
        let lock = self.lock(offer)?;
        let Stored { database, key, secret, digests } = &self.stored;
        let (counts, now) = Pass::new(offer, rows, secret).run(told, &mut |_| Ok(())).await?;
        let groups = now.changed(digests);
        let mut update = Update { counts, groups: groups.len(), buckets: 0, version: database.manifest().version };
        if groups.is_empty() {
            return Ok((None, update));
        }
        let mut changed: Vec<Row> = Vec::new();
        let terms = &database.manifest().terms;
        let mut take = |part: Vec<Row>| {
            changed.extend(part.into_iter().filter(|(id, _)| groups.binary_search(&terms.group(id)).is_ok()));
            Ok(())
        };
        let (_, again) = Pass::new(offer, rows, secret).run(told, &mut take).await?;
        if again != now {
            return Err(Error::Refused(format!(
                "{} changed while it was read: update again when nobody writes to it",
                rows.origin()
            )));
        }
        let mut next = self.stored.clone();
        update.buckets = next.database.update(key, &groups, &changed)?.buckets.len();
        update.version = next.database.manifest().version;
        next.digests = now;
        told(Step::Writing);
        self.store.write(&lock, &next)?;
        Ok((Some(Holder::new(self.store.clone(), next)?), update))
    }

    /// The next version, of the dataset as it is now, under a new key in a new epoch: no answer of before opens any of it. Until it is written
    /// this one stays, and serves.
    ///
    /// # Errors
    /// Refuses another offer than the database was made for.
    pub async fn rotate(
        &self,
        offer: &Offer,
        rows: &dyn Rows,
        told: &mut (dyn FnMut(Step) + Send),
    ) -> Result<(Holder, Counts)> {
        let lock = self.lock(offer)?;
        let Manifest { version, epoch, .. } = self.manifest();
        build(self.store.clone(), &lock, offer, (*version, *epoch), rows, told).await
    }

    /// Before a change: the offer is the same, nobody else writes, and nobody has.
    fn lock(&self, offer: &Offer) -> Result<Lock> {
        offer.check(&self.manifest().terms)?;
        let lock = self.store.lock()?;
        if self.store.newest()? != Some(self.manifest().version) {
            return Err(Error::Refused(
                "the look-up database on disk has another version than the one in memory: open it again".to_owned(),
            ));
        }
        Ok(lock)
    }

    /// What queriers must have, signed by whoever the holder is.
    pub fn manifest(&self) -> &Manifest {
        self.stored.database.manifest()
    }

    /// The database in figures.
    pub fn status(&self) -> Status {
        let manifest = self.manifest();
        let terms = manifest.terms.clone();
        Status {
            name: terms.dataset,
            purpose: terms.purpose,
            version: manifest.version,
            epoch: manifest.epoch,
            ids: self.stored.database.len(),
            capacity: terms.capacity,
            record_bytes: terms.record_bytes,
            table_bytes: self.stored.database.rows().len(),
        }
    }

    /// Makes the table ready for private queries: once, by the first query unless it is called before. It takes some seconds for a large
    /// table, and once more as much memory.
    pub fn prepare(&self) -> Result<Arc<Table>> {
        let mut prepared = self.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(table) = &*prepared {
            return Ok(table.clone());
        }
        let shape = shape(self.manifest());
        let table = Arc::new(Table::new(shape, self.stored.database.rows().chunks_exact(shape.row_bytes))?);
        *prepared = Some(table.clone());
        Ok(table)
    }

    /// Answers one query, which the caller has metered. The holder learns that it happened, and nothing else.
    ///
    /// # Errors
    /// [`Error::Protocol`] if the querier asks for something else than was agreed on, or does not follow the protocol.
    pub async fn serve(&self, ctx: &mut Ctx, querier: Party, asked: &Asked) -> Result<()> {
        asked.agree(ctx, querier).await?;
        let database = &self.stored.database;
        answer(ctx, querier, database, &self.evaluator, asked.ids).await?;
        match asked.way {
            Way::Query => {
                let table = self.prepare()?;
                for ids in asked.batches() {
                    exactly(querier, serve(ctx, querier, &table).await?, ids)?;
                }
            }
            Way::Transfer => {
                let security = Security::Malicious;
                let cots = SoftSpokenSender::new(ctx, Base::Ristretto, querier, Width::Two, security).await?;
                let mut ots = RandomSender::new(querier, Box::new(cots));
                let shape = shape(self.manifest());
                for ids in asked.batches() {
                    exactly(querier, transfer(ctx, querier, &mut ots, shape, database.rows()).await?, ids)?;
                }
            }
            Way::Copy => copy::send(ctx, querier, database.rows()).await?,
        }
        Ok(())
    }
}

/// Reads the dataset into a new database after `last`, and writes it.
async fn build(
    store: Store,
    lock: &Lock,
    offer: &Offer,
    last: (u64, u64),
    rows: &dyn Rows,
    told: &mut (dyn FnMut(Step) + Send),
) -> Result<(Holder, Counts)> {
    let (key, secret) = (SecretKey::random(Mode::Poprf), secret());
    let mut builder = Builder::new(offer.terms()?, &key, last)?;
    let (counts, digests) = Pass::new(offer, rows, &secret).run(told, &mut |part| Ok(builder.add(&part)?)).await?;
    let stored = Stored { database: builder.finish()?, key, secret, digests };
    told(Step::Writing);
    store.write(lock, &stored)?;
    Ok((Holder::new(store, stored)?, counts))
}

fn secret() -> Zeroizing<[u8; 32]> {
    let parts = [Seed::random(), Seed::random()];
    Zeroizing::new(std::array::from_fn(|i| parts[i / 16].as_bytes()[i % 16]))
}

/// Says what it is, not what is in it.
impl fmt::Debug for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Holder({:?}, ..)", self.stored.database)
    }
}
