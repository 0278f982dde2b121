//! PSI by OKVS and VOLE: Raghuraman and Rindal, "Blazing Fast PSI from Improved OKVS and Subfield VOLE", CCS 2022 (ePrint
//! 2022/320), figure 4; against malicious parties the protocol of Rindal and Schoppmann, "VOLE-PSI: Fast OPRF and Circuit-PSI from
//! Vector-OLE", Eurocrypt 2021 (ePrint 2021/266), on the same OKVS.
//!
//! The receiver encodes P with P(x) = Hᴮ(x) for its items, and both turn a random VOLE C = A·Δ + B (A and C the receiver's, Δ
//! and B the sender's) into C = P·Δ + K. As decoding is linear, C(x) = K(x) − Δ·Hᴮ(x) exactly for x in the receiver's set
//! (in characteristic 2 minus is plus). The sender sends the hashes of what it gets so for its items; the receiver finds its own among them.
//!
//! Items are 128 bits, made by [`items`](crate::items) from keys; each party's must be different from each other
//! ([`distinct`](crate::items::distinct)). Both parties must agree on mode and sizes beforehand; who wants to hide a size fills up
//! with random items. A pair of VOLE ends serves one run: its Δ belongs to one set.
//!
//! Memory, in blocks of 16 bytes, m columns and n own items: receiver 3·m + 4·n and the sender's tags, sender m + 5·n; the VOLE's own comes on top of it.

mod claims;
pub(crate) mod oprf;
mod oracle;
mod run;
mod tags;

pub use claims::{Mode, Sizes, most_items};

use jointly_core::{Error, Party, Result};
use jointly_math::Block;
use jointly_net::Ctx;
use jointly_ot::{VoleReceiver, VoleSender};

/// The receiver: learns which of its items the sender has as well, as ascending indices into `items`. The sender has `theirs` items.
///
/// # Errors
/// `Misuse` if an item stands twice; whatever the sender does wrong.
pub async fn receive(
    ctx: &mut Ctx,
    sender: Party,
    mode: Mode,
    items: &[Block],
    theirs: usize,
    voles: &mut dyn VoleSender,
) -> Result<Vec<u32>> {
    let sizes = Sizes { receiver: items.len(), sender: theirs };
    if sizes.is_trivial() {
        return Ok(Vec::new());
    }
    let (rows, mine) = oprf::receive(ctx, sender, mode, sizes, items, voles).await?;
    // 5. What of X' = F(X) is in Y'.
    let layout = sizes.layout(mode);
    let set = layout.decode(ctx.recv(sender, layout.bytes()).await?, sender)?;
    let mine: Vec<u128> = mine.into_iter().map(|tag| layout.cut(tag.into())).collect();
    let mut common: Vec<u32> = set.common(&mine).iter().map(|i| rows.order()[*i as usize]).collect();
    common.sort_unstable();
    Ok(common)
}

/// The sender: learns nothing. The receiver has `theirs` items.
///
/// # Errors
/// `Misuse` if an item stands twice; whatever the receiver does wrong.
pub async fn send(
    ctx: &mut Ctx,
    receiver: Party,
    mode: Mode,
    items: &[Block],
    theirs: usize,
    voles: &mut dyn VoleReceiver,
) -> Result<()> {
    let sizes = Sizes { receiver: theirs, sender: items.len() };
    if sizes.is_trivial() {
        return Ok(());
    }
    let function = oprf::send(ctx, receiver, mode, sizes, voles).await?;
    // 4. Y' = F(Y), as a set.
    let (_, tags) = function.evaluate(items);
    drop(function);
    let layout = sizes.layout(mode);
    let tags: Vec<u128> = tags.into_iter().map(|tag| layout.cut(tag.into())).collect();
    let set = layout.encode(&tags).ok_or(Error::Misuse("the items of a set are different from each other"))?;
    drop(tags);
    ctx.send(receiver, &set).await
}
