//! A column of numbers as words of 8 bytes, to be shared.

use std::fmt;

use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type, Int64Type, SchemaRef, UInt64Type};
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// What the words are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    /// Whole numbers, in two's complement.
    Int64,
    /// Whole numbers that are not negative.
    UInt64,
    /// IEEE 754.
    Float64,
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Encoding::Int64 => "int64",
            Encoding::UInt64 => "uint64",
            Encoding::Float64 => "float64",
        })
    }
}

/// Where the column is, and what its words are.
pub fn find(schema: &SchemaRef, name: &str, origin: &str) -> Result<(usize, Encoding)> {
    use DataType::{Float16, Float32, Float64, Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32, UInt64};
    let at = schema.index_of(name);
    let at = at.map_err(|_| Error::Usage(format!("{origin} has no column `{name}`, which is to be shared")))?;
    let encoding = match schema.field(at).data_type() {
        Int8 | Int16 | Int32 | Int64 => Encoding::Int64,
        UInt8 | UInt16 | UInt32 | UInt64 => Encoding::UInt64,
        Float16 | Float32 | Float64 => Encoding::Float64,
        other => {
            return Err(Error::Usage(format!(
                "column `{name}` of {origin} is {other}: only whole and floating-point numbers of at most 8 bytes are shared"
            )));
        }
    };
    Ok((at, encoding))
}

/// The words of a column.
pub fn words(column: &ArrayRef, encoding: Encoding) -> Result<Vec<u64>> {
    if column.null_count() > 0 {
        return Err(Error::Own(format!(
            "the column that is to be shared has no value in {} rows: fill it in, or leave these rows out",
            column.null_count()
        )));
    }
    let to = |kind| cast(column, &kind).map_err(Error::rows);
    Ok(match encoding {
        Encoding::Int64 => {
            to(DataType::Int64)?.as_primitive::<Int64Type>().values().iter().map(|v| *v as u64).collect()
        }
        Encoding::UInt64 => to(DataType::UInt64)?.as_primitive::<UInt64Type>().values().to_vec(),
        Encoding::Float64 => {
            to(DataType::Float64)?.as_primitive::<Float64Type>().values().iter().map(|v| v.to_bits()).collect()
        }
    })
}
