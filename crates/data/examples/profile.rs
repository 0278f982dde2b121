//! Prints a dataset's profile, or the answer to a query over its standardised rows.
//!
//! ```text
//! cargo run -p jointly-data --example profile -- \
//!     examples/hospitals/schema.toml examples/hospitals/hungary.toml ["SELECT avg(cholesterol) FROM patients"]
//! ```

use std::path::Path;

use datafusion::prelude::SessionContext;
use jointly_data::{Dataset, Declaration, Error, Schema};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [schema, declaration, query @ ..] = arguments.as_slice() else {
        eprintln!("usage: profile SCHEMA.toml DECLARATION.toml [QUERY]");
        std::process::exit(2);
    };
    let schema = Schema::read(Path::new(schema))?;
    let file = Path::new(declaration);
    let folder = file.parent().unwrap_or(Path::new("."));
    let dataset = Dataset::open(Declaration::read(file)?, &schema, folder).await?;
    let Some(query) = query.first() else {
        println!("{}", dataset.profile().await?);
        return Ok(());
    };
    let session = SessionContext::new();
    session.register_table(schema.table.as_str(), dataset.table())?;
    session.sql(query).await?.show().await?;
    Ok(())
}
