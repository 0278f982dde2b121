//! The standardised rows as a DataFusion table.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use futures::{StreamExt, stream};

use crate::dataset::Inner;

/// Pushes projections down to the source. Filters stay above: they must not hide a row from the checks.
#[derive(Debug)]
pub(crate) struct StandardTable {
    inner: Arc<Inner>,
    schema: SchemaRef,
}

impl StandardTable {
    pub(crate) fn new(inner: Arc<Inner>) -> Self {
        Self { schema: inner.schema.arrow(), inner }
    }
}

#[async_trait]
impl TableProvider for StandardTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let columns = projection.cloned().unwrap_or_else(|| (0..self.schema.fields().len()).collect());
        let schema = Arc::new(self.schema.project(&columns)?);
        let rows = Arc::new(Rows { inner: self.inner.clone(), columns, schema: schema.clone() });
        Ok(Arc::new(StreamingTableExec::try_new(schema, vec![rows], None, vec![], false, limit)?))
    }
}

/// The rows of one scan: a single partition, because row numbers are counted along it.
#[derive(Debug)]
struct Rows {
    inner: Arc<Inner>,
    columns: Vec<usize>,
    schema: SchemaRef,
}

impl PartitionStream for Rows {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let rows = match self.inner.standardiser(&self.columns, &[]) {
            Err(error) => stream::iter([Err(DataFusionError::from(error))]).boxed(),
            Ok(mut standardiser) => self
                .inner
                .source
                .scan(standardiser.reads.clone())
                .map(move |block| block.and_then(|b| standardiser.strict(&b)).map_err(DataFusionError::from))
                .boxed(),
        };
        Box::pin(RecordBatchStreamAdapter::new(self.schema.clone(), rows))
    }
}
