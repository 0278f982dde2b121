//! The querier's side: from keys to what the holder has of them.

use std::path::Path;

use jointly_core::Party;
use jointly_net::Ctx;
use jointly_ot::{Base, RandomReceiver, Security, SoftSpokenReceiver, Width};
use jointly_pir::{
    choice::Way,
    fetch,
    lookup::{Client, Manifest, Purpose, Terms, Wanted, ask},
    transfer::receive,
};
use serde::Serialize;
use serde_json::Value;

use crate::{Asked, Error, Layout, Offer, Result, asked::shape, copy};

/// What came of one key.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Found {
    /// The record's values by their columns' names.
    Record(Vec<(String, Value)>),
    /// The key is there: all that a check tells.
    There,
    /// There is no such key, or the holder leaves it out.
    NotFound,
    /// The holder has put something under this key that is no record of the offer. It must not learn from what happens next that it was asked for.
    Malformed,
}

/// A querier of one version of a database.
pub struct Querier {
    client: Client,
    offer: Offer,
    layout: Layout,
}

impl Querier {
    /// A querier of a manifest that its holder signed; `last` is the one that it used before, if there was one.
    ///
    /// # Errors
    /// Refuses a manifest that is not the offer's, is older than `last`, or is malformed; [`jointly_core::Error::Cheated`] if both are of one
    /// version and differ.
    pub fn new(manifest: Manifest, offer: &Offer, last: Option<&Manifest>) -> Result<Querier> {
        offer.check(&manifest.terms)?;
        // One that was published anew for another offer is no predecessor, but its numbers go on.
        let terms = |last: &Manifest| Terms { dataset: last.terms.dataset.clone(), ..manifest.terms.clone() };
        let like = last.map(|last| Manifest { terms: terms(last), ..last.clone() });
        let last = if last.is_some_and(|last| last.version < manifest.version) { like.as_ref() } else { last };
        let client = Client::new(manifest, last)?;
        Ok(Querier { client, layout: offer.layout()?, offer: offer.clone() })
    }

    /// The manifest.
    pub fn manifest(&self) -> &Manifest {
        self.client.manifest()
    }

    /// What `holder` has of each of these keys, in their order; a key has a value for each of the offer's key columns. For [`Way::Copy`], `copy` is
    /// the file that the table is kept in, which is read as a whole.
    ///
    /// # Errors
    /// Before anything is sent: [`Error::Refused`] for more keys than were agreed on, and for one with an empty value; [`Error::File`] for a
    /// copy that was changed. Then [`Error::Protocol`], as soon as the holder does not keep to what its manifest says.
    pub async fn ask(
        &self,
        ctx: &mut Ctx,
        holder: Party,
        keys: &[Vec<String>],
        asked: &Asked,
        copy: Option<&Path>,
    ) -> Result<Vec<Found>> {
        let ids = self.ids(keys, asked.ids)?;
        let copy = match (asked.way, copy) {
            (Way::Copy, None) => return Err(Error::Refused("an encrypted copy needs a file to be kept in".to_owned())),
            (Way::Copy, Some(path)) => Some((path, copy::read(path, &self.client)?)),
            _ => None,
        };
        asked.agree(ctx, holder).await?;
        let wanted = ask(ctx, holder, &self.client, &ids, asked.ids).await?;
        let rows = match (asked.way, copy) {
            (Way::Copy, Some((path, have))) => {
                let table = copy::receive(ctx, holder, &self.client, path, have).await?;
                return wanted[..keys.len()].iter().map(|wanted| Ok(self.found(wanted.open_copy(&table)?))).collect();
            }
            (Way::Transfer, _) => self.transferred(ctx, holder, &wanted, asked).await?,
            _ => self.fetched(ctx, holder, &wanted, asked).await?,
        };
        let opened = wanted[..keys.len()].iter().zip(rows.as_chunks::<2>().0);
        opened.map(|(wanted, [first, second])| Ok(self.found(wanted.open([first, second])?))).collect()
    }

    /// What keys are looked up by.
    fn ids(&self, keys: &[Vec<String>], most: usize) -> Result<Vec<Vec<u8>>> {
        if keys.len() > most {
            return Err(Error::Refused(format!("{} keys are more than the {most} that were agreed on", keys.len())));
        }
        let id = |(i, key): (usize, &Vec<String>)| {
            let values: Vec<&str> = key.iter().map(String::as_str).collect();
            let id = self.offer.key.item(&values)?;
            id.ok_or_else(|| Error::Refused(format!("an element of key {} is empty: nobody has such a key", i + 1)))
        };
        keys.iter().enumerate().map(id).collect()
    }

    /// Two rows for each ID, by private queries.
    async fn fetched(&self, ctx: &mut Ctx, holder: Party, wanted: &[Wanted], asked: &Asked) -> Result<Vec<Vec<u8>>> {
        let (shape, mut rows, mut rest) = (shape(self.manifest()), Vec::new(), wanted);
        for ids in asked.batches() {
            let (batch, after) = rest.split_at(ids);
            rest = after;
            rows.extend(fetch(ctx, holder, shape, &buckets(batch)).await?);
        }
        Ok(rows)
    }

    /// Two rows for each ID, by oblivious transfer.
    async fn transferred(
        &self,
        ctx: &mut Ctx,
        holder: Party,
        wanted: &[Wanted],
        asked: &Asked,
    ) -> Result<Vec<Vec<u8>>> {
        let cots = SoftSpokenReceiver::new(ctx, Base::Ristretto, holder, Width::Two, Security::Malicious).await?;
        let mut ots = RandomReceiver::new(holder, Box::new(cots));
        let (shape, mut rows, mut rest) = (shape(self.manifest()), Vec::new(), wanted);
        for ids in asked.batches() {
            let (batch, after) = rest.split_at(ids);
            rest = after;
            rows.extend(receive(ctx, holder, &mut ots, shape, &buckets(batch)).await?);
        }
        Ok(rows)
    }

    fn found(&self, record: Option<Vec<u8>>) -> Found {
        match (record, &self.offer.purpose) {
            (None, _) => Found::NotFound,
            (Some(record), Purpose::Check) if record.is_empty() => Found::There,
            (Some(_), Purpose::Check) => Found::Malformed,
            (Some(record), _) => self.layout.decode(&record).map_or(Found::Malformed, Found::Record),
        }
    }
}

fn buckets(wanted: &[Wanted]) -> Vec<usize> {
    wanted.iter().flat_map(Wanted::buckets).collect()
}
