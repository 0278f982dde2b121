//! The four kinds of source, each a stream of bounded blocks of raw rows in the source's own order.
//!
//! Each is a thin layer over its driver instead of a ready table provider, because a value that does not fit must be
//! reported with its row: so rows keep their order, nothing is filtered below the checks, and a value that does not have
//! its column's type is handed on as a [`Misfit`] instead of ending the read.

mod cells;
mod csv;
mod parquet;
mod postgres;
mod sqlite;

use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use futures::{Stream, stream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::declaration::SourceSpec;
use crate::error::{Error, Result};

/// A block ends at this many rows …
pub(crate) const BLOCK_ROWS: usize = 8192;
/// … or at this many bytes of text, whichever comes first.
const BLOCK_BYTES: usize = 8 << 20;
/// How many blocks a reader may be ahead of its stream.
const AHEAD: usize = 2;

/// Raw rows under the source's own column names and types.
pub(crate) struct Block {
    pub rows: RecordBatch,
    /// Values that do not have their column's type; they are null in `rows`.
    pub misfits: Vec<Misfit>,
}

/// A value of an untyped source that does not have the type of its column.
pub(crate) struct Misfit {
    /// Index into the block's columns.
    pub column: usize,
    /// Index into the block's rows.
    pub row: usize,
    pub value: String,
}

pub(crate) type Blocks = Pin<Box<dyn Stream<Item = Result<Block>> + Send>>;

/// Rows that can be read as often as wanted.
pub(crate) trait Source: Debug + Send + Sync {
    /// The file or database, for messages.
    fn origin(&self) -> &str;
    /// All columns.
    fn schema(&self) -> &SchemaRef;
    /// Streams the rows, with the columns at these ascending indices only.
    fn scan(&self, columns: Vec<usize>) -> Blocks;
}

/// Opens the source and learns its columns.
pub(crate) async fn open(spec: SourceSpec, base: &Path) -> Result<Arc<dyn Source>> {
    let base = base.to_owned();
    match spec {
        SourceSpec::Postgres { connection, password_env, select } => {
            Ok(Arc::new(postgres::PostgresSource::open(connection, password_env, select).await?))
        }
        SourceSpec::Csv { path, delimiter, header, missing, types } => {
            let format = csv::Format { delimiter, header, missing };
            on_thread(move || Ok(Arc::new(csv::CsvSource::open(file(&base, &path)?, format, types)?) as _)).await
        }
        SourceSpec::Parquet { path } => {
            on_thread(move || Ok(Arc::new(parquet::ParquetSource::open(file(&base, &path)?)?) as _)).await
        }
        SourceSpec::Sqlite { path, select, types } => {
            on_thread(move || Ok(Arc::new(sqlite::SqliteSource::open(file(&base, &path)?, select, types)?) as _)).await
        }
    }
}

async fn on_thread(open: impl FnOnce() -> Result<Arc<dyn Source>> + Send + 'static) -> Result<Arc<dyn Source>> {
    tokio::task::spawn_blocking(open).await.unwrap_or_else(|e| Err(Error::Query(format!("opening the source: {e}"))))
}

fn file(base: &Path, path: &Path) -> Result<PathBuf> {
    let full = base.join(path);
    if full.is_file() {
        return Ok(full);
    }
    let what = if full.exists() { "is not a file" } else { "there is no such file" };
    Err(Error::source(&full.display().to_string(), format!("{what}; paths are relative to the declaration's folder")))
}

/// How a file is called in messages.
fn called(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// Where a reader on a thread of its own hands over its blocks.
struct Outlet(mpsc::Sender<Block>);

impl Outlet {
    /// False when nobody wants more blocks.
    fn put(&self, block: Block) -> bool {
        self.0.blocking_send(block).is_ok()
    }
}

/// Runs a blocking reader on a thread of its own, at most two blocks ahead of whoever reads the stream.
fn blocking(origin: &str, read: impl FnOnce(&Outlet) -> Result<()> + Send + 'static) -> Blocks {
    let (sender, receiver) = mpsc::channel(AHEAD);
    relay(origin, receiver, tokio::task::spawn_blocking(move || read(&Outlet(sender))))
}

/// The blocks that a task puts into its channel, and then the error that it ended with.
fn relay(origin: &str, receiver: mpsc::Receiver<Block>, task: JoinHandle<Result<()>>) -> Blocks {
    let origin = origin.to_owned();
    Box::pin(stream::unfold((receiver, Some(task), origin), |(mut receiver, mut task, origin)| async move {
        if let Some(block) = receiver.recv().await {
            return Some((Ok(block), (receiver, task, origin)));
        }
        // The reader is done: a stream that ends early must not pass for a whole table.
        let error = match task.take()?.await {
            Ok(Ok(())) => return None,
            Ok(Err(error)) => error,
            Err(stopped) => Error::source(&origin, format!("reading stopped unexpectedly: {stopped}")),
        };
        Some((Err(error), (receiver, task, origin)))
    }))
}
