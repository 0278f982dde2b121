//! PostgreSQL databases.

use std::net::IpAddr;
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanBuilder, Date32Builder, Float64Builder, Int64Builder, RecordBatch, RecordBatchOptions,
    StringBuilder, TimestampMicrosecondBuilder,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use futures::TryStreamExt;
use tokio::sync::mpsc;
use tokio_postgres::config::Host;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Config, NoTls, Row};

use super::{AHEAD, BLOCK_BYTES, BLOCK_ROWS, Block, Blocks, Source, relay};
use crate::declaration::{ConnectionString, Select, quoted};
use crate::error::{Error, Result};

#[derive(Debug)]
pub(super) struct PostgresSource {
    origin: String,
    access: Access,
    select: Select,
    schema: SchemaRef,
    /// How each column is asked for, so that it arrives as one of the few types read here.
    terms: Vec<String>,
}

/// Everything needed to connect; the password stays out of sight.
#[derive(Debug, Clone)]
struct Access {
    connection: ConnectionString,
    password_env: Option<String>,
}

impl Source for PostgresSource {
    fn origin(&self) -> &str {
        &self.origin
    }

    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn scan(&self, columns: Vec<usize>) -> Blocks {
        let (sender, receiver) = mpsc::channel(AHEAD);
        let (origin, access, relation) = (self.origin.clone(), self.access.clone(), self.select.relation());
        let terms: Vec<String> = columns.iter().filter_map(|&c| self.terms.get(c).cloned()).collect();
        let schema = self.schema.project(&columns).map_err(|e| Error::source(&origin, e.to_string()));
        let task = async move {
            let query = format!("SELECT {} FROM {relation}", terms.join(", "));
            read(&access, &query, Arc::new(schema?), &origin, sender).await
        };
        relay(&self.origin, receiver, tokio::spawn(task))
    }
}

impl PostgresSource {
    pub(super) async fn open(
        connection: ConnectionString,
        password_env: Option<String>,
        select: Select,
    ) -> Result<Self> {
        let access = Access { connection, password_env };
        let (client, origin) = access.connect().await?;
        let query = format!("SELECT * FROM {}", select.relation());
        let statement = client.prepare(&query).await.map_err(|e| explain(&origin, &e))?;
        let mut fields = Vec::new();
        let mut terms = Vec::new();
        for column in statement.columns() {
            let (arrow, term) = as_read(column.type_(), &quoted(column.name()));
            fields.push(Field::new(column.name(), arrow, true));
            terms.push(term);
        }
        Ok(Self { origin, access, select, schema: Arc::new(Schema::new(fields)), terms })
    }
}

/// The Arrow type of a column, and the SQL term that brings it into the type read by [`Builder`].
fn as_read(kind: &Type, name: &str) -> (DataType, String) {
    match *kind {
        Type::BOOL => (DataType::Boolean, name.to_owned()),
        Type::INT2 | Type::INT4 | Type::INT8 => (DataType::Int64, format!("{name}::int8")),
        Type::FLOAT4 | Type::FLOAT8 | Type::NUMERIC => (DataType::Float64, format!("{name}::float8")),
        Type::DATE => (DataType::Date32, format!("({name} - DATE '1970-01-01')::int4")),
        Type::TIMESTAMP | Type::TIMESTAMPTZ => {
            let microseconds = format!("(extract(epoch FROM {name}) * 1000000)::int8");
            (DataType::Timestamp(TimeUnit::Microsecond, None), microseconds)
        }
        _ => (DataType::Utf8, format!("{name}::text")),
    }
}

impl Access {
    /// Connects, and names the database as messages call it.
    async fn connect(&self) -> Result<(Client, String)> {
        let mut config: Config = self.connection.reveal().parse().map_err(|_| {
            Error::source("PostgreSQL", "the connection string is not of the form `host=… port=… user=… dbname=…`")
        })?;
        let origin = format!("PostgreSQL database `{}`", config.get_dbname().unwrap_or("(default)"));
        if let Some(variable) = &self.password_env {
            let password = std::env::var(variable).map_err(|_| {
                Error::source(&origin, format!("set the environment variable {variable}, which `password_env` names"))
            })?;
            config.password(zeroize::Zeroizing::new(password).as_bytes());
        }
        stays_on_this_machine(&config, &origin)?;
        let (client, connection) = config.connect(NoTls).await.map_err(|e| explain(&origin, &e))?;
        // Ends by itself when the client is dropped; what went wrong reaches the client's pending query.
        tokio::spawn(connection);
        let read_only = "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY";
        client.batch_execute(read_only).await.map_err(|e| explain(&origin, &e))?;
        Ok((client, origin))
    }
}

/// There is no TLS to the database yet, and patients' rows do not travel in the clear.
fn stays_on_this_machine(config: &Config, origin: &str) -> Result<()> {
    let local = |host: &Host| match host {
        Host::Tcp(name) => name == "localhost" || name.parse().is_ok_and(|ip: IpAddr| ip.is_loopback()),
        #[cfg(unix)]
        Host::Unix(_) => true,
    };
    let overridden = config.get_hostaddrs().iter().any(|ip| !ip.is_loopback());
    if config.get_hosts().iter().all(local) && !overridden {
        return Ok(());
    }
    let what = "the connection would leave this machine unencrypted; use a socket, or a tunnel that ends at localhost";
    Err(Error::source(origin, what))
}

async fn read(
    access: &Access,
    query: &str,
    schema: SchemaRef,
    origin: &str,
    sender: mpsc::Sender<Block>,
) -> Result<()> {
    let (client, _) = access.connect().await?;
    let failed = |e| explain(origin, &e);
    let none: [&str; 0] = [];
    let mut rows = std::pin::pin!(client.query_raw(query, none).await.map_err(failed)?);
    let mut builder = Builder::new(schema);
    while let Some(row) = rows.try_next().await.map_err(failed)? {
        builder.push(&row).map_err(failed)?;
        if builder.is_full() && sender.send(builder.take(origin)?).await.is_err() {
            return Ok(());
        }
    }
    if builder.rows > 0 {
        // A receiver that is gone wants no more rows, which is no error.
        let _ = sender.send(builder.take(origin)?).await;
    }
    Ok(())
}

/// Collects rows into blocks.
struct Builder {
    schema: SchemaRef,
    columns: Vec<Column>,
    rows: usize,
    bytes: usize,
}

enum Column {
    Bool(BooleanBuilder),
    Int(Int64Builder),
    Real(Float64Builder),
    Date(Date32Builder),
    Time(TimestampMicrosecondBuilder),
    Text(StringBuilder),
}

impl Builder {
    fn new(schema: SchemaRef) -> Self {
        let columns = schema.fields().iter().map(|field| match field.data_type() {
            DataType::Boolean => Column::Bool(BooleanBuilder::new()),
            DataType::Int64 => Column::Int(Int64Builder::new()),
            DataType::Float64 => Column::Real(Float64Builder::new()),
            DataType::Date32 => Column::Date(Date32Builder::new()),
            DataType::Timestamp(..) => Column::Time(TimestampMicrosecondBuilder::new()),
            _ => Column::Text(StringBuilder::new()),
        });
        Self { columns: columns.collect(), schema, rows: 0, bytes: 0 }
    }

    fn push(&mut self, row: &Row) -> std::result::Result<(), tokio_postgres::Error> {
        for (at, column) in self.columns.iter_mut().enumerate() {
            match column {
                Column::Bool(b) => b.append_option(row.try_get::<_, Option<bool>>(at)?),
                Column::Int(b) => b.append_option(row.try_get::<_, Option<i64>>(at)?),
                Column::Real(b) => b.append_option(row.try_get::<_, Option<f64>>(at)?),
                Column::Date(b) => b.append_option(row.try_get::<_, Option<i32>>(at)?),
                Column::Time(b) => b.append_option(row.try_get::<_, Option<i64>>(at)?),
                Column::Text(b) => {
                    let text = row.try_get::<_, Option<&str>>(at)?;
                    self.bytes += text.map_or(0, str::len);
                    b.append_option(text);
                }
            }
        }
        self.rows += 1;
        Ok(())
    }

    fn is_full(&self) -> bool {
        self.rows >= BLOCK_ROWS || self.bytes >= BLOCK_BYTES
    }

    fn take(&mut self, origin: &str) -> Result<Block> {
        let arrays = self.columns.iter_mut().map(|column| -> ArrayRef {
            match column {
                Column::Bool(b) => Arc::new(b.finish()),
                Column::Int(b) => Arc::new(b.finish()),
                Column::Real(b) => Arc::new(b.finish()),
                Column::Date(b) => Arc::new(b.finish()),
                Column::Time(b) => Arc::new(b.finish()),
                Column::Text(b) => Arc::new(b.finish()),
            }
        });
        let options = RecordBatchOptions::new().with_row_count(Some(self.rows));
        let rows = RecordBatch::try_new_with_options(self.schema.clone(), arrays.collect(), &options)
            .map_err(|e| Error::source(origin, e.to_string()))?;
        (self.rows, self.bytes) = (0, 0);
        Ok(Block { rows, misfits: Vec::new() })
    }
}

/// The server's words; the driver's own messages never hold the password.
fn explain(origin: &str, error: &tokio_postgres::Error) -> Error {
    let mut what =
        error.as_db_error().map_or_else(|| error.to_string(), |e| format!("the server says: {}", e.message()));
    if let Some(cause) = std::error::Error::source(error).filter(|_| error.as_db_error().is_none()) {
        what.push_str(&format!(": {cause}"));
    }
    Error::source(origin, format!("{what}; check `postgres`, and `from` or `query`, under [source]"))
}
