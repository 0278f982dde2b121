//! The own table: rows that are read once, and by what one knows them again.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use jointly_data::{RawTable, Rows};

use crate::{Error, Result};

/// How many times its own bytes a file may hold as text, if it is not text.
const PACKED: u64 = 8;

/// A table of rows.
#[derive(Clone)]
pub struct Source {
    /// The rows.
    pub rows: Arc<dyn Rows>,
    /// Changes when the rows do: a run that broke off goes on with the same rows only.
    pub fingerprint: Vec<u8>,
    /// About how many bytes the rows have as text, where that is known.
    pub bytes: Option<u64>,
}

/// The rows of a file, or of a `table` of it, if it is a database. A file is known by its path, its length, and when it was last changed.
///
/// # Errors
/// `Usage` for a path that cannot be one of a table; `Data` where it cannot be read.
pub async fn of_file(path: &Path, table: Option<&str>) -> Result<Source> {
    let spec = RawTable::spec(path, table).map_err(|e| Error::Usage(e.to_string()))?;
    let rows = RawTable::open(spec, Path::new("")).await?;
    let about = fs::metadata(path).map_err(Error::file("read", path))?;
    let changed = about.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let changed = changed.map_or(0, |time| time.as_nanos());
    let fingerprint = format!("{} {:?} {} {changed}", path.display(), table, about.len()).into_bytes();
    Ok(Source { rows: Arc::new(rows), fingerprint, bytes: text_bytes(path) })
}

/// About how many bytes the rows of a file have as text; none if there is no such file.
pub fn text_bytes(path: &Path) -> Option<u64> {
    let is_text = path.extension().is_some_and(|ending| ending == "csv" || ending == "tsv");
    let bytes = fs::metadata(path).ok()?.len();
    Some(if is_text { bytes } else { bytes.saturating_mul(PACKED) })
}
