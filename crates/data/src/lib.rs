//! An owner's table as rows under the schema that the project agreed on.
//!
//! Every organisation keeps its table in its own way: other column names, other codes, other units, other marks for
//! "missing". A [`Declaration`] says where the table is and which SQL expression gives each column of the [`Schema`];
//! [`Dataset::open`] checks the one against the other, [`Dataset::table`] streams the standardised rows to DataFusion
//! and refuses the first value that breaks the schema, naming its row, and [`Dataset::profile`] counts every such value
//! and warns of what a mapping forgot.
//!
//! ```
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! use jointly_data::{Dataset, Declaration, Schema};
//!
//! let schema = Schema::from_toml(
//!     r#"
//!     table = "patients"
//!     [[columns]]
//!     name = "age"
//!     type = "int"
//!     min = 0
//!     max = 120
//!     unit = "years"
//!     "#,
//! )?;
//! let declaration = Declaration::from_toml(
//!     r#"
//!     name = "clinic"
//!     table = "patients"
//!     [source]
//!     csv = "clinic.csv"
//!     missing = ["?"]
//!     [columns]
//!     age = "age_in_months / 12"
//!     "#,
//! )?;
//! let folder = tempfile::tempdir()?;
//! std::fs::write(folder.path().join("clinic.csv"), "age_in_months\n480\n?\n")?;
//!
//! let dataset = Dataset::open(declaration, &schema, folder.path()).await?;
//! let profile = dataset.profile().await?;
//! assert_eq!((profile.rows, profile.columns[0].nulls), (2, 1));
//! # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
//! ```
//!
//! Errors of this crate quote source values: they are for the owner of the table and must not be sent to a peer.

#![forbid(unsafe_code)]

mod check;
mod dataset;
mod declaration;
mod error;
pub mod key;
mod mapping;
mod profile;
mod raw;
mod rows;
mod schema;
mod source;
mod synthetic;
mod table;

pub use dataset::Dataset;
pub use declaration::{ConnectionString, Declaration, Select, SourceColumnType, SourceSpec, Untranslatable};
pub use error::{BadValue, Error, Result};
pub use profile::{ColumnProfile, Count, Example, KeyProfile, Profile, RawColumnProfile, Value, Values};
pub use raw::RawTable;
pub use rows::{Batches, Rows, TableRows};
pub use schema::{Column, Kind, Schema};
pub use synthetic::synthetic;
