//! Short documents that every party tells every other one at the same time.

use jointly_core::{Error as Failed, Party};
use jointly_net::Ctx;
use serde::{Serialize, de::DeserializeOwned};

use crate::{Error, Parties, Result};

/// The version of all that parties say to each other.
pub const VERSION: u64 = 2;

/// Bytes of a document that a party takes.
const LONGEST: usize = 16 << 10;

/// Tells all others a document, and takes theirs: what each party says, this one too, in the parties' order.
pub async fn exchange<T: Serialize + DeserializeOwned + Clone>(
    ctx: &mut Ctx,
    parties: &Parties,
    mine: &T,
) -> Result<Vec<T>> {
    let words = serde_json::to_vec(mine).map_err(|e| Error::Failed(format!("cannot write a document: {e}")))?;
    let others: Vec<Party> = parties.others().collect();
    let head = [VERSION, words.len() as u64];
    let out: Vec<(Party, &[u64])> = others.iter().map(|party| (*party, &head[..])).collect();
    let from: Vec<(Party, usize)> = others.iter().map(|party| (*party, head.len())).collect();
    let heads = ctx.exchange_all(&out, &from).await?;
    let lengths = others.iter().zip(&heads).map(|(from, head)| Ok((*from, length(parties, *from, head)?)));
    let lengths = lengths.collect::<Result<Vec<_>>>()?;
    let out: Vec<(Party, &[u8])> = others.iter().map(|party| (*party, &words[..])).collect();
    let texts = ctx.exchange_all(&out, &lengths).await?;
    let mut all = Vec::with_capacity(others.len() + 1);
    for (from, text) in others.into_iter().zip(texts) {
        let wrong = |_| Failed::Malformed { from, what: "its document is not one of this version" };
        all.push(serde_json::from_slice(&text).map_err(wrong)?);
    }
    all.insert(parties.me().index(), mine.clone());
    Ok(all)
}

/// The length of the document that follows.
fn length(parties: &Parties, from: Party, head: &[u64]) -> Result<usize> {
    let [version, length] = *head else { return Err(Failed::Misuse("two words were asked for").into()) };
    if version != VERSION {
        return Err(Error::Refused(format!(
            "this program aligns by version {VERSION}, that of {} by version {version}: install the same version of Jointly",
            parties.who(from)
        )));
    }
    let length = usize::try_from(length).ok().filter(|n| *n <= LONGEST);
    length.ok_or_else(|| Failed::Malformed { from, what: "its document is longer than documents are" }.into())
}
