//! What a query is, to both sides: agreed before, and public.

use jointly_core::{Error as Failed, Party};
use jointly_net::Ctx;
use jointly_pir::{
    MAX_BATCH, Shape,
    choice::{self, Way},
    lookup::Manifest,
};
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// The most IDs of a query.
pub const MOST_IDS: usize = 4096;

/// The version of all that the two sides say to each other.
const VERSION: u64 = 1;

/// The public size of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// How many IDs the holder sees: those that are asked about, filled up with random ones.
    pub ids: usize,
    /// How their rows are fetched.
    pub way: Way,
}

impl Asked {
    /// Tells the other side what is asked, and stops if it means something else.
    pub(crate) async fn agree(&self, ctx: &mut Ctx, peer: Party) -> Result<()> {
        if self.ids == 0 || self.ids > MOST_IDS {
            return Err(Error::Refused(format!("a query has 1 to {MOST_IDS} IDs, not {}: ask in parts", self.ids)));
        }
        let mine = [VERSION, self.ids as u64, code(self.way)];
        let theirs = ctx.exchange(peer, &mine, peer, mine.len()).await?;
        match theirs == mine {
            true => Ok(()),
            false if theirs[0] != VERSION => Err(Error::Refused(format!(
                "this program looks up by version {VERSION}, the other side's by version {}: install the same version of Jointly",
                theirs[0]
            ))),
            false => {
                let way = Way::ALL.into_iter().find(|way| code(*way) == theirs[2]);
                let way = way.map_or("an unknown way".to_owned(), |way| way.to_string());
                Err(Error::Refused(format!(
                    "the two sides do not mean the same query: here {} IDs by {}, there {} by {way}",
                    self.ids, self.way, theirs[1]
                )))
            }
        }
    }

    /// How many IDs' rows are fetched at a time: two rows of the table for each.
    pub(crate) fn batches(&self) -> impl Iterator<Item = usize> + use<> {
        let ids = self.ids;
        (0..ids).step_by(MAX_BATCH / 2).map(move |start| (ids - start).min(MAX_BATCH / 2))
    }
}

/// The way that fits a database for so many IDs a day over a link of `mbit` Mbit/s, and the reason in words. An ID is one of two rows of the
/// table, and both are fetched.
pub fn choose(manifest: &Manifest, ids_a_day: u64, mbit: f64) -> Result<(Way, String)> {
    let choice = choice::choose(shape(manifest), ids_a_day.saturating_mul(2), mbit)?;
    Ok((choice.best.way, format!("{ids_a_day} IDs a day are two queries each; {choice}")))
}

/// The table that is fetched from.
pub(crate) fn shape(manifest: &Manifest) -> Shape {
    Shape { rows: manifest.buckets(), row_bytes: manifest.bucket_bytes() }
}

/// Refuses a batch that has not the size that was agreed on.
pub(crate) fn exactly(from: Party, got: usize, ids: usize) -> Result<()> {
    match got == 2 * ids {
        true => Ok(()),
        false => Err(Failed::Malformed { from, what: "it fetches more or fewer rows than were agreed on" }.into()),
    }
}

fn code(way: Way) -> u64 {
    match way {
        Way::Query => 1,
        Way::Transfer => 2,
        Way::Copy => 3,
    }
}
