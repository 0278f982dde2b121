//! How a table of rows becomes a matrix, and what a fetch from it costs: from public sizes alone.

use jointly_core::{Error, Result};
use jointly_math::{ntt::DEGREE, pir::DIGITS};

use crate::params::{A_BITS, B_BITS, PACKED, RESIDUE_BITS};

/// The most columns of a matrix: what the bound on noise is computed for.
pub const MAX_COLUMNS: usize = 1 << 20;

/// The most ciphertexts of an answer.
const MAX_OUTPUTS: usize = 64;

/// What an output costs beyond its bytes, in bytes on a wire of 100 Mbit/s: a pass over 32 MiB of prepared digits.
const OUTPUT_PRICE: usize = 50_000;

/// The public size of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// How many rows.
    pub rows: usize,
    /// Bytes of each.
    pub row_bytes: usize,
}

/// A table of numbers of 16 bits, as the protocol sees it: `shelves` rows stand in a column, one below the other.
///
/// Row i of the table stands in column i mod `columns`, on shelf i / `columns`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Columns: numbers that are encrypted in a query. A multiple of 2048.
    pub columns: usize,
    /// Ciphertexts of an answer, of 1024 numbers each: together they are one column.
    pub outputs: usize,
    /// Rows of the table in a column.
    pub shelves: usize,
    /// Numbers of a row.
    pub words: usize,
}

impl Shape {
    /// The matrix with the cheapest fetch, by bytes and time.
    ///
    /// # Errors
    /// Refuses an empty table, and one that is too large for the parameters.
    pub fn layout(self) -> Result<Layout> {
        if self.rows == 0 || self.row_bytes == 0 {
            return Err(Error::Refused("a table to fetch from needs at least one row of at least one byte".into()));
        }
        let fitting = (1..=MAX_OUTPUTS).filter_map(|outputs| Layout::new(self, outputs));
        fitting.min_by_key(|layout| layout.bytes() + layout.outputs * OUTPUT_PRICE).ok_or_else(|| {
            Error::Refused(format!(
                "a table of {} rows of {} bytes is too large to be fetched from obliviously; split it",
                self.rows, self.row_bytes
            ))
        })
    }
}

impl Layout {
    fn new(shape: Shape, outputs: usize) -> Option<Layout> {
        let words = shape.row_bytes.div_ceil(2);
        let shelves = outputs * PACKED / words;
        let columns = shape.rows.div_ceil((shelves > 0).then_some(shelves)?).div_ceil(DEGREE).checked_mul(DEGREE)?;
        // More shelves than rows need would be empty.
        let shelves = shape.rows.div_ceil(columns);
        (columns <= MAX_COLUMNS).then_some(Layout { columns, outputs, shelves, words })
    }

    /// Bytes of a query.
    pub fn query_bytes(&self) -> usize {
        ((self.columns + DIGITS * DEGREE) * 2 * RESIDUE_BITS).div_ceil(8)
    }

    /// Bytes of an answer to a query.
    pub fn answer_bytes(&self) -> usize {
        self.outputs * (DEGREE * A_BITS as usize + PACKED * B_BITS as usize).div_ceil(8)
    }

    /// Bytes of both.
    pub fn bytes(&self) -> usize {
        self.query_bytes() + self.answer_bytes()
    }

    /// Bytes of memory that the owner of the table needs: the matrix, and what packing has prepared.
    pub fn memory(&self) -> usize {
        self.matrix_bytes() + self.outputs * (PACKED - 1) * DIGITS * DEGREE * 8
    }

    /// Bytes of the matrix.
    pub fn matrix_bytes(&self) -> usize {
        self.outputs * PACKED * self.columns * 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layouts_hold_their_tables_and_stay_small_on_the_wire() {
        for (log, limit) in [(10, 60_000), (14, 60_000), (16, 130_000), (18, 200_000), (20, 300_000), (22, 600_000)] {
            for row_bytes in [1, 2, 16, 255, 256, 272, 1000] {
                let shape = Shape { rows: (1 << log) - 3, row_bytes };
                let layout = shape.layout().unwrap();
                assert!(layout.columns * layout.shelves >= shape.rows && layout.columns.is_multiple_of(DEGREE));
                assert!(layout.shelves * layout.words <= layout.outputs * PACKED && 2 * layout.words >= row_bytes);
                assert!(row_bytes != 256 || layout.bytes() < limit, "{layout:?}: {} bytes", layout.bytes());
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for (rows, row_bytes) in [(0, 1), (1, 0), (1, 1 << 20), (usize::MAX, 256), (1 << 40, 16)] {
            assert!(matches!(Shape { rows, row_bytes }.layout(), Err(Error::Refused(_))), "{rows} × {row_bytes}");
        }
    }
}
