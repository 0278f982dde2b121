//! Rows that can be read as often as one likes, wherever they come from: for whoever works on whole tables, and not through SQL.

use std::pin::Pin;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;
use datafusion::error::DataFusionError;
use datafusion::prelude::{SessionConfig, SessionContext};
use futures::{Stream, StreamExt, TryStreamExt, stream};

use crate::error::{Error, Result};

/// A stream of bounded blocks of rows.
pub type Batches = Pin<Box<dyn Stream<Item = Result<RecordBatch>> + Send>>;

/// A table's rows, in an order that is the same at each reading.
pub trait Rows: Send + Sync {
    /// What the rows are of, for messages to their owner.
    fn origin(&self) -> &str;

    /// All columns.
    fn schema(&self) -> &SchemaRef;

    /// Streams the rows. Needs a tokio runtime. An error ends the stream.
    fn batches(&self) -> Batches;
}

/// The rows of a table as DataFusion reads it, such as the standardised rows of a [`Dataset`](crate::Dataset).
pub struct TableRows {
    origin: String,
    schema: SchemaRef,
    table: Arc<dyn TableProvider>,
}

impl TableRows {
    /// The rows of `table`; `origin` names it to its owner.
    pub fn new(origin: &str, table: Arc<dyn TableProvider>) -> Self {
        Self { origin: origin.to_owned(), schema: table.schema(), table }
    }
}

impl Rows for TableRows {
    fn origin(&self) -> &str {
        &self.origin
    }

    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn batches(&self) -> Batches {
        // One partition: rows of several would come as they like.
        let context = SessionContext::new_with_config(SessionConfig::new().with_target_partitions(1));
        let frame = context.read_table(self.table.clone());
        let opened = async move { frame?.execute_stream().await };
        let blocks = stream::once(opened).try_flatten();
        Box::pin(blocks.map(|block: std::result::Result<_, DataFusionError>| block.map_err(Error::from)))
    }
}
