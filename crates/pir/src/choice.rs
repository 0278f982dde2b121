//! Which of the three ways fits a table: by predicted bytes and time, with the reason in words.

use std::fmt;

use jointly_core::Result;
use serde::{Deserialize, Serialize};

use crate::{shape::Shape, transfer::MAX_ROWS};

/// Seconds of a core for each byte of the matrix that a query passes over.
const PASS: f64 = 1.0 / 7e9;

/// Seconds of a core for each ciphertext that an answer packs, and at the querier for each query.
const PACKING: f64 = 4e-3;

/// Seconds of a core for each byte of the matrix that is prepared, and for each ciphertext.
const PREPARING: (f64, f64) = (8e-9, 0.3);

/// Seconds of a core for each row that is transferred obliviously, beside its bytes, and for each byte.
const TRANSFER: (f64, f64) = (200e-9, 1e-9);

/// Bytes and seconds that start a session's OTs.
const OT_START: (f64, f64) = (20e3, 20e-3);

/// Queries a day from which on a querier may be given a copy. A copy stays readable for whoever learns the keys of its rows one day: it is
/// for those who ask all day, and not for those who could as well ask.
const ALL_DAY: u64 = 1000;

/// A way to fetch rows obliviously.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// [`fetch`](crate::fetch) or [`keyword`](crate::keyword): one pass over the table for a query, little to send.
    Query,
    /// [`transfer`](crate::transfer): the masked table is sent for each batch.
    Transfer,
    /// [`copy`](crate::copy): the encrypted table is sent once a day, and asked at home.
    Copy,
}

/// What a way costs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Price {
    /// Which way.
    pub way: Way,
    /// Bytes of all queries of a day.
    pub bytes: f64,
    /// Seconds of all queries of a day, on the wire and on one core of the holder.
    pub seconds: f64,
    /// Seconds from a query to its row.
    pub latency: f64,
}

/// The way that takes the least time in a day, with all prices.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// The cheapest; a copy only for those who ask all day.
    pub best: Price,
    /// All ways that can be gone, the cheapest first.
    pub prices: Vec<Price>,
    shape: Shape,
    queries: u64,
    mbit: f64,
}

/// The way for `queries` queries a day for single rows of a table of this shape that changes daily, over a link of `mbit` Mbit/s.
///
/// # Errors
/// Refuses a shape that has no layout.
pub fn choose(shape: Shape, queries: u64, mbit: f64) -> Result<Choice> {
    let wire = |bytes: f64| bytes * 8.0 / (mbit * 1e6);
    let (n, table) = (queries as f64, shape.rows as f64 * shape.row_bytes as f64);
    let layout = shape.layout()?;
    let each = wire(layout.bytes() as f64) + layout.matrix_bytes() as f64 * PASS + layout.outputs as f64 * PACKING;
    let prepare = layout.matrix_bytes() as f64 * PREPARING.0 + layout.outputs as f64 * PREPARING.1;
    let query = Price { way: Way::Query, bytes: n * layout.bytes() as f64, seconds: prepare + n * each, latency: each };

    let bytes = OT_START.0 + table + 16.0 * shape.rows as f64;
    let each = OT_START.1 + wire(bytes) + shape.rows as f64 * TRANSFER.0 + table * TRANSFER.1;
    let transfer = Price { way: Way::Transfer, bytes: n * bytes, seconds: n * each, latency: each };

    let copy = Price { way: Way::Copy, bytes: table, seconds: wire(table), latency: 0.0 };
    let mut prices = vec![query, copy];
    if shape.rows <= MAX_ROWS {
        prices.push(transfer);
    }
    prices.sort_by(|a, b| a.seconds.total_cmp(&b.seconds));
    let best = prices.iter().find(|price| price.way != Way::Copy || queries >= ALL_DAY).copied().unwrap_or(query);
    Ok(Choice { best, prices, shape, queries, mbit })
}

impl Way {
    /// All of them.
    pub const ALL: [Way; 3] = [Way::Query, Way::Transfer, Way::Copy];
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Way::Query => "private queries",
            Way::Transfer => "oblivious transfer",
            Way::Copy => "an encrypted copy",
        })
    }
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shape { rows, row_bytes } = self.shape;
        let reason = match self.best.way {
            Way::Query => {
                "passing over the table is cheaper than sending it for each query, and a copy is for who asks all day"
            }
            Way::Transfer => {
                "the table is small enough to be sent, masked, for each query, and is not asked often enough to be prepared"
            }
            Way::Copy => "so many queries take longer than sending the encrypted table once a day",
        };
        let asked =
            format!("{} queries a day for {rows} rows of {row_bytes} bytes at {} Mbit/s", self.queries, self.mbit);
        write!(f, "{} for {asked}: {reason}", self.best.way)?;
        for (i, price) in self.prices.iter().enumerate() {
            let separator = if i == 0 { " (" } else { "; " };
            write!(f, "{separator}{}: {} and {:.1} s a day", price.way, Bytes(price.bytes), price.seconds)?;
        }
        f.write_str(")")
    }
}

struct Bytes(f64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            bytes if bytes < 1e6 => write!(f, "{:.0} kB", bytes / 1e3),
            bytes if bytes < 1e9 => write!(f, "{:.1} MB", bytes / 1e6),
            bytes => write!(f, "{:.1} GB", bytes / 1e9),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn way(rows: usize, queries: u64, mbit: f64) -> Way {
        choose(Shape { rows, row_bytes: 256 }, queries, mbit).unwrap().best.way
    }

    #[test]
    fn small_and_rare_large_and_often_choose_differently() {
        assert_eq!(way(1000, 1, 1000.0), Way::Transfer);
        assert_eq!(way(1 << 20, 5, 100.0), Way::Query);
        assert_eq!(way(1 << 20, 100_000, 100.0), Way::Copy);
        assert_eq!(way(1 << 22, 100, 100.0), Way::Query);
        assert_eq!(way(1 << 14, 200, 100.0), Way::Query);
        assert!(choose(Shape { rows: 0, row_bytes: 1 }, 1, 1.0).is_err());
    }

    #[test]
    fn transfer_is_offered_for_small_tables_alone() {
        for (rows, ways) in [(MAX_ROWS, 3), (MAX_ROWS + 1, 2)] {
            assert_eq!(choose(Shape { rows, row_bytes: 256 }, 10, 100.0).unwrap().prices.len(), ways);
        }
    }

    #[test]
    fn the_reason_is_in_words() {
        let choice = choose(Shape { rows: 1 << 20, row_bytes: 256 }, 20, 100.0).unwrap();
        let text = choice.to_string();
        assert!(
            text.starts_with(
                "private queries for 20 queries a day for 1048576 rows of 256 bytes at 100 Mbit/s: passing"
            ),
            "{text}"
        );
        assert!(text.contains("; an encrypted copy: 268.4 MB and 21.5 s a day"), "{text}");
    }
}
