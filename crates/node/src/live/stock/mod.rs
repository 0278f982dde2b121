//! What is prepared for questions to come: correlations that depend on no data, made ahead by the computing parties, and leased to jobs.
//!
//! A batch is what one job made, the same kinds and numbers at every party; its chunks are sealed under the node's own key. Before a job uses any,
//! its parties tell each other what each still has, and go on from the furthest place: what one has lost or used is burnt at all.
//! A chunk is deleted before it is used ([`Store::lease`](crate::Store::lease)), so that no crash hands it out again.

mod lease;
mod make;
mod top_up;

pub(super) use lease::asking;
pub(super) use make::plan;

use jointly_core::{Among, Demand, Need};
use jointly_registry::EngineEntry;

use super::control::{Fault, StockReport};
use super::node::Node;
use crate::{Digest, Hex, PublicKey, StockLine, hash::hash};

/// How many there are in a chunk: what a job takes is rounded up to whole chunks.
const CHUNK: u64 = 1 << 13;

fn units(need: Need) -> u64 {
    if matches!(need, Need::KnownOrders { .. }) { 1 } else { CHUNK }
}

/// `demand` in whole chunks.
fn in_chunks(demand: &Demand) -> Demand {
    let whole = |(need, count): (Need, u64)| Demand::of(need, count.next_multiple_of(units(need)) as usize);
    demand.iter().map(whole).fold(Demand::none(), |sum, part| sum + part)
}

/// Its name in the store, and between nodes.
fn code(need: Need) -> String {
    format!("{need:?}")
}

/// For whom stock is: a protocol among these parties, in this order.
#[derive(Clone)]
struct Pool {
    digest: Digest,
    about: String,
}

impl Pool {
    fn of(engine: &EngineEntry, among: Among, names: &[String], keys: &[PublicKey]) -> Self {
        let computing = usize::from(among.parties);
        let mut parts = vec![engine.spec.id.as_bytes().to_vec(), among.corrupt.to_le_bytes().to_vec()];
        parts.extend(keys.iter().take(computing).map(|key| key.as_bytes().to_vec()));
        let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        let names = names.get(..computing).unwrap_or(names).join(", ");
        Self { digest: Hex(hash("jointly v1 stock", &parts)), about: format!("{} among {names}", engine.spec.id) }
    }
}

impl Node {
    /// What is in stock.
    pub(super) fn stock_report(&self) -> Result<Vec<StockReport>, Fault> {
        let report = |line: StockLine| StockReport {
            pool: line.about.clone(),
            what: line.words.clone(),
            made: line.chunks * line.units,
            left: line.left(),
            when: line.made,
            batch: line.batch,
        };
        Ok(self.0.store.stock()?.into_iter().map(report).collect())
    }
}
