//! What was prepared for jobs to come: correlations in sealed chunks, each handed out once. A chunk that is handed out is deleted in the same
//! transaction, before anybody sees it: whatever happens then, it cannot be handed out again.

use chrono::{DateTime, Utc};
use rusqlite::{Row, params};

use super::{Store, parsed};
use crate::clock::stamp;
use crate::{Digest, JobId, ProjectId, Result};

/// One kind of thing in one batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StockLine {
    /// The job that made it: the same at every party.
    pub batch: JobId,
    /// For whom it is: a protocol among these parties in this order.
    pub pool: Digest,
    /// The same in words.
    pub about: String,
    /// What it is: the same at every party.
    pub need: String,
    /// The same in words.
    pub words: String,
    /// How many there are in a chunk.
    pub units: u64,
    /// Chunks that were made. They are numbered from 0.
    pub chunks: u64,
    /// The first chunk that is left.
    pub next: u64,
    /// When it was made.
    pub made: DateTime<Utc>,
}

/// Chunks to be handed out: `from..to` of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// Of which batch.
    pub batch: JobId,
    /// Of which kind.
    pub need: String,
    /// The first.
    pub from: u64,
    /// The first that is not handed out.
    pub to: u64,
}

impl StockLine {
    /// How many are left.
    pub fn left(&self) -> u64 {
        self.chunks.saturating_sub(self.next).saturating_mul(self.units)
    }
}

impl Store {
    /// Keeps a chunk of a batch that is being made. It is nowhere to be seen before [`keep_batch`](Store::keep_batch).
    pub fn keep_chunk(&self, batch: JobId, need: &str, chunk: u64, sealed: &[u8]) -> Result<()> {
        let sql = "INSERT INTO stock_chunks (batch, need, chunk, sealed) VALUES (?1, ?2, ?3, ?4)";
        self.change(|tx| {
            tx.execute(sql, params![batch.to_string(), need, number(chunk), sealed])?;
            Ok(())
        })
    }

    /// A batch is complete: it may be used.
    pub fn keep_batch(&self, lines: &[StockLine]) -> Result<()> {
        let sql = "INSERT INTO stock (batch, pool, about, need, words, units, chunks, made) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        self.change(|tx| {
            for line in lines {
                let StockLine { about, need, words, .. } = line;
                let (batch, pool, made) = (line.batch.to_string(), line.pool.to_string(), stamp(line.made));
                let (units, chunks) = (number(line.units), number(line.chunks));
                tx.execute(sql, params![batch, pool, about, need, words, units, chunks, made])?;
            }
            Ok(())
        })
    }

    /// Everything that is in stock, what is used up included.
    pub fn stock(&self) -> Result<Vec<StockLine>> {
        let sql = "SELECT batch, pool, about, need, words, units, chunks, made,
                COALESCE((SELECT MIN(chunk) FROM stock_chunks c WHERE c.batch = stock.batch AND c.need = stock.need), chunks)
            FROM stock ORDER BY made, batch, need";
        self.run(|db| {
            let mut statement = db.prepare(sql)?;
            let rows = statement.query_map([], line)?.collect::<rusqlite::Result<Vec<_>>>()?;
            Ok(rows)
        })
    }

    /// Hands out chunks, sealed, in the order of `leases`, and whatever came before them in their lines is gone too. All or nothing, and once.
    pub fn lease(&self, leases: &[Lease]) -> Result<Vec<Vec<Vec<u8>>>> {
        let take = "SELECT sealed FROM stock_chunks WHERE batch = ?1 AND need = ?2 AND chunk >= ?3 AND chunk < ?4 ORDER BY chunk";
        let burn = "DELETE FROM stock_chunks WHERE batch = ?1 AND need = ?2 AND chunk < ?3";
        self.change(|tx| {
            let mut out = Vec::new();
            for Lease { batch, need, from, to } in leases {
                let batch = batch.to_string();
                let mut statement = tx.prepare_cached(take)?;
                let rows = statement.query_map(params![batch, need, number(*from), number(*to)], |row| row.get(0))?;
                let chunks = rows.collect::<rusqlite::Result<Vec<Vec<u8>>>>()?;
                if chunks.len() as u64 != to - from {
                    let what = "what was prepared has been used since".to_owned();
                    return Err(crate::Error::Refused(what).into());
                }
                tx.execute(burn, params![batch, need, number(*to)])?;
                out.push(chunks);
            }
            Ok(out)
        })
    }

    /// What is to be kept in stock: for which question of which project, and how often.
    pub fn stock_wishes(&self) -> Result<Vec<(ProjectId, String, u32)>> {
        self.run(|db| {
            let mut statement =
                db.prepare("SELECT project, request, times FROM stock_wishes ORDER BY project, request")?;
            let wish = |row: &Row<'_>| Ok((parsed(row, 0)?, row.get(1)?, row.get(2)?));
            let rows = statement.query_map([], wish)?.collect::<rusqlite::Result<Vec<_>>>()?;
            Ok(rows)
        })
    }

    /// Keeps stock for a question, or no longer if `times` is 0.
    pub fn wish_stock(&self, project: ProjectId, request: &str, times: u32) -> Result<()> {
        let keep = "INSERT OR REPLACE INTO stock_wishes (project, request, times) VALUES (?1, ?2, ?3)";
        self.change(|tx| {
            match times {
                0 => tx.execute(
                    "DELETE FROM stock_wishes WHERE project = ?1 AND request = ?2",
                    params![project.to_string(), request],
                )?,
                _ => tx.execute(keep, params![project.to_string(), request, times])?,
            };
            Ok(())
        })
    }

    /// Deletes what a batch that never was completed has left behind, and lines of which nothing is left.
    pub fn tidy_stock(&self) -> Result<()> {
        self.change(|tx| {
            tx.execute("DELETE FROM stock_chunks WHERE batch NOT IN (SELECT batch FROM stock)", [])?;
            let used = "DELETE FROM stock WHERE NOT EXISTS (SELECT 1 FROM stock_chunks c WHERE c.batch = stock.batch AND c.need = stock.need)";
            tx.execute(used, [])?;
            Ok(())
        })
    }
}

fn line(row: &Row<'_>) -> rusqlite::Result<StockLine> {
    let count = |i: usize| -> rusqlite::Result<u64> { Ok(u64::try_from(row.get::<_, i64>(i)?).unwrap_or(0)) };
    Ok(StockLine {
        batch: parsed(row, 0)?,
        pool: parsed(row, 1)?,
        about: row.get(2)?,
        need: row.get(3)?,
        words: row.get(4)?,
        units: count(5)?,
        chunks: count(6)?,
        made: parsed(row, 7)?,
        next: count(8)?,
    })
}

/// SQLite's whole numbers are signed.
fn number(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store() -> (Store, StockLine) {
        let store = Store::in_memory().unwrap();
        let line = StockLine {
            batch: JobId::random().unwrap(),
            pool: Digest::random().unwrap(),
            about: "additive among a and b".into(),
            need: "Triples".into(),
            words: "random products".into(),
            units: 100,
            chunks: 4,
            next: 0,
            made: crate::clock::now(),
        };
        (0..4).for_each(|chunk| store.keep_chunk(line.batch, &line.need, chunk, &[chunk as u8]).unwrap());
        (store, line)
    }

    fn lease(line: &StockLine, from: u64, to: u64) -> Lease {
        Lease { batch: line.batch, need: line.need.clone(), from, to }
    }

    #[test]
    fn chunks_are_handed_out_once_and_gaps_are_burnt() {
        let (store, line) = store();
        assert!(store.stock().unwrap().is_empty(), "not complete yet");
        store.keep_batch(std::slice::from_ref(&line)).unwrap();
        assert_eq!(store.stock().unwrap()[0].left(), 400);
        assert_eq!(store.lease(&[lease(&line, 1, 3)]).unwrap(), [[vec![1], vec![2]]]);
        assert_eq!((store.stock().unwrap()[0].next, store.stock().unwrap()[0].left()), (3, 100));
        for (from, to) in [(0, 1), (2, 3), (3, 5)] {
            let said = store.lease(&[lease(&line, from, to)]).unwrap_err().to_string();
            assert!(said.contains("has been used since"), "{said}");
        }
        assert_eq!(store.lease(&[lease(&line, 3, 4)]).unwrap(), [[vec![3]]]);
        store.tidy_stock().unwrap();
        assert!(store.stock().unwrap().is_empty());
    }

    #[test]
    fn a_batch_that_was_not_completed_is_tidied_away() {
        let (store, line) = store();
        store.tidy_stock().unwrap();
        store.keep_batch(std::slice::from_ref(&line)).unwrap();
        assert!(store.lease(&[lease(&line, 0, 1)]).is_err());
    }
}
