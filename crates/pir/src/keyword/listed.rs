//! Rows by key where the table itself travels: a list of check values says where each key's row stands.

use jointly_core::{Error, Party, Result};
use jointly_math::{
    ct::{ConditionallySelectable, ConstantTimeEq},
    hash::hash,
};
use jointly_net::Ctx;
use jointly_ot::{CotReceiver, CotSender};

use super::{CHECK_BYTES, Tag, filter::distinct};
use crate::{
    copy::{receive_copy, send_copy},
    shape::Shape,
    transfer::{receive, transfer},
};

type Check = [u8; CHECK_BYTES];

/// Rows in the order of their keys' check values, which are pseudo-random: the order says nothing of the rows.
#[derive(Clone)]
pub struct ListedTable {
    listing: Listing,
    rows: Vec<u8>,
}

/// Where the rows of keys stand. It tells who knows a key whether it is there, and is the same for all queriers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    shape: Shape,
    checks: Vec<Check>,
}

impl ListedTable {
    /// A table of these rows of `row_bytes` bytes. Keys must be pseudo-random tags, such as outputs of an OPRF.
    ///
    /// # Errors
    /// A misuse if a key stands there twice or a row has another width.
    pub fn new(row_bytes: usize, rows: &[(Tag, Vec<u8>)]) -> Result<ListedTable> {
        if rows.iter().any(|(_, row)| row.len() != row_bytes) {
            return Err(Error::Misuse("a row has the table's width"));
        }
        if !distinct(&rows.iter().map(|(key, _)| *key).collect::<Vec<_>>()) {
            return Err(Error::Misuse("a key stands in a table once"));
        }
        let mut sorted: Vec<(Check, &Vec<u8>)> = rows.iter().map(|(key, row)| (check(key), row)).collect();
        sorted.sort_unstable();
        let (checks, rows): (Vec<Check>, Vec<&[u8]>) = sorted.into_iter().map(|(check, row)| (check, &row[..])).unzip();
        let listing = Listing { shape: Shape { rows: rows.len(), row_bytes }, checks };
        Ok(ListedTable { listing, rows: rows.concat() })
    }

    /// What queriers must know.
    pub fn listing(&self) -> &Listing {
        &self.listing
    }

    /// Answers one batch of keys that `to` [fetches](Listing::fetch); returns how many they were.
    ///
    /// # Errors
    /// As [`transfer`].
    pub async fn transfer(&self, ctx: &mut Ctx, to: Party, ot: &mut dyn CotSender) -> Result<usize> {
        transfer(ctx, to, ot, self.listing.shape, &self.rows).await
    }

    /// Sends a copy of the whole table, whose rows must be encrypted.
    pub async fn send(&self, ctx: &mut Ctx, to: Party) -> Result<()> {
        self.listing.send(ctx, to).await?;
        send_copy(ctx, to, self.listing.shape, &self.rows).await
    }

    /// Receives a copy of a table of this size.
    ///
    /// # Errors
    /// [`Error::Malformed`] if what comes is no table of this size.
    pub async fn receive(ctx: &mut Ctx, from: Party, shape: Shape) -> Result<ListedTable> {
        let listing = Listing::receive(ctx, from, shape).await?;
        let rows = receive_copy(ctx, from, shape).await?;
        Ok(ListedTable { listing, rows })
    }

    /// The row of a key, from a copy that one has.
    pub fn row(&self, key: &Tag) -> Option<&[u8]> {
        let at = self.listing.checks.binary_search(&check(key)).ok()?;
        Some(&self.rows[at * self.listing.shape.row_bytes..][..self.listing.shape.row_bytes])
    }
}

impl Listing {
    /// The public size of the table.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// Sends the listing to `to`.
    pub async fn send(&self, ctx: &mut Ctx, to: Party) -> Result<()> {
        ctx.send(to, &self.checks).await
    }

    /// Receives the listing of a table of this size.
    ///
    /// # Errors
    /// [`Error::Malformed`] if no table has it.
    pub async fn receive(ctx: &mut Ctx, from: Party, shape: Shape) -> Result<Listing> {
        let checks = ctx.recv::<Check>(from, shape.rows).await?;
        if checks.windows(2).any(|pair| pair[0] >= pair[1]) {
            return Err(Error::Malformed { from, what: "a listing is in ascending order" });
        }
        Ok(Listing { shape, checks })
    }

    /// Fetches the rows of these keys from the table that `from` [transfers](ListedTable::transfer); `None` for a key that is not there,
    /// which `from` cannot tell from one that is.
    ///
    /// # Errors
    /// As [`receive`].
    pub async fn fetch(
        &self,
        ctx: &mut Ctx,
        from: Party,
        ot: &mut dyn CotReceiver,
        keys: &[Tag],
    ) -> Result<Vec<Option<Vec<u8>>>> {
        let places: Vec<(usize, bool)> = keys.iter().map(|key| self.place(key)).collect();
        let indices: Vec<usize> = places.iter().map(|(at, _)| *at).collect();
        let rows = receive(ctx, from, ot, self.shape, &indices).await?;
        Ok(rows.into_iter().zip(places).map(|(row, (_, there))| there.then_some(row)).collect())
    }

    /// Where a key's row stands, and whether it does; 0 if not. All check values are compared, so that the time does not tell.
    fn place(&self, key: &Tag) -> (usize, bool) {
        let (wanted, mut at, mut there) = (check(key), 0u64, 0u8);
        for (i, check) in self.checks.iter().enumerate() {
            let here = check.ct_eq(&wanted);
            at.conditional_assign(&(i as u64), here);
            there.conditional_assign(&1, here);
        }
        (at as usize, there == 1)
    }
}

fn check(key: &Tag) -> Check {
    let digest = hash("jointly pir 1 check value of a listed key", &[key]);
    std::array::from_fn(|i| digest[i])
}
