//! Which chunks a job gets: what all its parties still have, each from the furthest place that any of them has reached.

use std::collections::BTreeMap;

use jointly_core::{Among, Cost, Demand, Error, Party, wire_bytes};
use jointly_net::Ctx;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{super::seal, Pool, code, units};
use crate::live::{control::Fault, job::Job, node::Node, query::Planned};
use crate::{JobId, Lease, StockLine};

/// Bytes of a party's list, at most.
const LONGEST: u64 = 1 << 20;

/// Lines that a party tells of, at most: the oldest.
const MOST: usize = 1024;

/// What a party still has of a batch.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Held {
    batch: JobId,
    need: String,
    units: u64,
    next: u64,
    chunks: u64,
}

impl Node {
    /// Takes from stock what all parties have of what `planned` takes, for good. The engine unpacks it.
    pub(in crate::live) async fn lease(
        &self,
        job: &Job,
        ctx: &mut Ctx,
        planned: &Planned,
    ) -> Result<Vec<Zeroizing<Vec<u8>>>, Fault> {
        let demand = planned.needs.total();
        if demand.is_empty() {
            return Ok(Vec::new());
        }
        let pool = Pool::of(planned.engine, planned.among, &job.agreement.names, &job.agreement.keys);
        let mine = self.0.store.stock()?.into_iter().filter(|line| line.pool == pool.digest && line.left() > 0);
        let mine: Vec<Held> = mine.map(held).take(MOST).collect();
        let all = match tell(ctx, planned, mine).await {
            Ok(all) => all,
            Err(e) => return Err(self.cause(job, &e).await),
        };
        let leases = agreed(&all, &demand);
        let sealed = self.0.store.lease(&leases)?;
        let mut out = Vec::new();
        for (lease, chunks) in leases.iter().zip(sealed) {
            for (chunk, sealed) in (lease.from..).zip(chunks) {
                let opened = seal::open(&self.0.identity, (lease.batch, &lease.need, chunk), &sealed);
                out.push(
                    opened
                        .ok_or_else(|| Fault::failed("what was prepared and kept in the node's store was changed"))?,
                );
            }
        }
        Ok(out)
    }
}

fn held(line: StockLine) -> Held {
    let StockLine { batch, need, units, next, chunks, .. } = line;
    Held { batch, need, units, next, chunks }
}

/// What telling the others sends, where nothing is in stock.
pub(in crate::live) fn asking(among: Among) -> Cost {
    let each = wire_bytes(1, 8) + wire_bytes("[]".len(), 1);
    Cost { rounds: 2, bytes: u64::from(among.parties - 1) * each }
}

/// Every computing party's list, in their order.
async fn tell(ctx: &mut Ctx, planned: &Planned, mine: Vec<Held>) -> jointly_core::Result<Vec<Vec<Held>>> {
    let (me, among) = (ctx.me(), planned.among);
    let text = serde_json::to_vec(&mine).map_err(|_| Error::Misuse("a list of stock is JSON"))?;
    let mut ctx = ctx.fork("stock");
    let others: Vec<Party> = among.all().filter(|p| *p != me).collect();
    let length = [text.len() as u64];
    let out: Vec<_> = others.iter().map(|p| (*p, &length[..])).collect();
    let lengths = ctx.exchange_all(&out, &others.iter().map(|p| (*p, 1)).collect::<Vec<_>>()).await?;
    let wrong = |from: Party| Error::Malformed { from, what: "a list of what it has in stock" };
    let mut from = Vec::new();
    for (party, length) in others.iter().zip(lengths.iter().flatten()) {
        if *length > LONGEST {
            return Err(wrong(*party));
        }
        from.push((*party, *length as usize));
    }
    let out: Vec<_> = others.iter().map(|p| (*p, &text[..])).collect();
    let texts = ctx.exchange_all(&out, &from).await?;
    let mut all = BTreeMap::from([(me, mine)]);
    for (party, text) in others.into_iter().zip(texts) {
        all.insert(party, serde_json::from_slice(&text).map_err(|_| wrong(party))?);
    }
    Ok(all.into_values().collect())
}

/// What all parties take of what all have: the same whoever reckons it. Of each kind in the order of batches, in whole chunks.
fn agreed(all: &[Vec<Held>], demand: &Demand) -> Vec<Lease> {
    let mut common: BTreeMap<(JobId, &str, u64), (usize, u64, u64)> = BTreeMap::new();
    for held in all.iter().flatten() {
        let (parties, next, chunks) = common.entry((held.batch, &held.need, held.units)).or_insert((0, 0, u64::MAX));
        (*parties, *next, *chunks) = (*parties + 1, (*next).max(held.next), (*chunks).min(held.chunks));
    }
    let mut leases = Vec::new();
    for (need, count) in demand.iter() {
        let (name, units, mut rest) = (code(need), units(need), count);
        for ((batch, _, _), (parties, next, chunks)) in common.iter().filter(|((_, n, u), _)| *n == name && *u == units)
        {
            let wanted = rest.div_ceil(units).min(chunks.saturating_sub(*next));
            if *parties == all.len() && wanted > 0 {
                leases.push(Lease { batch: *batch, need: name.clone(), from: *next, to: next + wanted });
                rest = rest.saturating_sub(wanted * units);
            }
        }
    }
    leases
}

#[cfg(test)]
mod tests {
    use jointly_core::Need;

    use super::{super::CHUNK, *};

    fn held(batch: JobId, next: u64, chunks: u64) -> Held {
        Held { batch, need: code(Need::Triples), units: CHUNK, next, chunks }
    }

    fn batches() -> [JobId; 3] {
        [1, 2, 3].map(|i| JobId(crate::Hex([i; 16])))
    }

    fn taken(all: &[Vec<Held>], count: u64) -> Vec<(JobId, u64, u64)> {
        let leases = agreed(all, &Demand::of(Need::Triples, count as usize));
        leases.into_iter().map(|lease| (lease.batch, lease.from, lease.to)).collect()
    }

    #[test]
    fn all_go_on_from_the_furthest_place() {
        let [first, second, third] = batches();
        let mine = vec![held(first, 1, 4), held(second, 0, 3)];
        let theirs = vec![held(first, 2, 4), held(second, 0, 3), held(third, 0, 9)];
        let all = [mine.clone(), theirs];
        assert_eq!(taken(&all, 1), [(first, 2, 3)]);
        assert_eq!(taken(&all, 2 * CHUNK + 1), [(first, 2, 4), (second, 0, 1)]);
        assert_eq!(taken(&all, 100 * CHUNK), [(first, 2, 4), (second, 0, 3)]);
        let other_order = [all[1].clone(), all[0].clone()];
        assert_eq!(taken(&other_order, 3 * CHUNK), taken(&all, 3 * CHUNK));
        assert!(taken(&[mine, Vec::new()], 1).is_empty());
    }

    #[test]
    fn what_a_peer_says_of_its_place_only_burns() {
        let [first, ..] = batches();
        let far = vec![held(first, u64::MAX, u64::MAX)];
        assert!(taken(&[vec![held(first, 0, 4)], far], 10).is_empty());
    }
}
