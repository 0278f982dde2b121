//! PSI by OKVS and VOLE: Raghuraman and Rindal, "Blazing Fast PSI from Improved OKVS and Subfield VOLE", CCS 2022 (ePrint
//! 2022/320), figure 4; against malicious parties the protocol of Rindal and Schoppmann, "VOLE-PSI: Fast OPRF and Circuit-PSI from
//! Vector-OLE", Eurocrypt 2021 (ePrint 2021/266), on the same OKVS.
//!
//! The receiver encodes P with P(x) = Hᴮ(x) for its items, and both turn a random VOLE C = A·Δ + B (A and C the receiver's, Δ
//! and B the sender's) into C = P·Δ + K. As decoding is linear, C(x) = K(x) − Δ·Hᴮ(x) exactly for x in the receiver's set
//! (in characteristic 2 minus is plus). The sender sends the hashes of what it gets so for its items; the receiver finds its own among them.
//!
//! One party learns the intersection. Where both are to learn it, the receiver [tells](receive_and_tell) the sender if neither cheats, and else there is
//! [`both()`].
//!
//! Items are 128 bits, made by [`items`](crate::items) from keys; each party's must be different from each other
//! ([`distinct`](crate::items::distinct)). Both parties must agree on mode and sizes beforehand; who wants to hide a size fills up
//! with random items. A pair of VOLE ends serves one run: its Δ belongs to one set.
//!
//! Memory, in blocks of 16 bytes, m columns and n own items: receiver 3·m + 4·n and the sender's tags, sender m + 5·n; and before that what the VOLE takes.

mod both;
mod claims;
mod once;
pub(crate) mod oprf;
mod oracle;
mod run;
mod tags;

pub use both::both;
pub use claims::{BOTH, Mode, Sizes, most_items};

use jointly_core::{Error, Party, Result};
use jointly_math::Block;
use jointly_net::Ctx;
use jointly_ot::{VoleReceiver, VoleSender};

use self::tags::Layout;
use crate::okvs::Rows;

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
    Ok(find(ctx, sender, mode, items, theirs, voles).await?.0)
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
    show(ctx, receiver, mode, items, theirs, voles).await.map(drop)
}

/// As [`receive`], and the receiver tells the sender the result, who takes part by [`send_and_learn`]: a bit for each of the sender's tags.
///
/// # Errors
/// As [`receive`]; `Misuse` in the malicious mode, where the sender could not believe what it is told: see [`both()`].
pub async fn receive_and_tell(
    ctx: &mut Ctx,
    sender: Party,
    mode: Mode,
    items: &[Block],
    theirs: usize,
    voles: &mut dyn VoleSender,
) -> Result<Vec<u32>> {
    refuse_malicious(mode)?;
    let (common, places) = find(ctx, sender, mode, items, theirs, voles).await?;
    if items.is_empty() || theirs == 0 {
        return Ok(common);
    }
    let mut told = vec![0u8; theirs.div_ceil(8)];
    places.iter().for_each(|place| told[*place as usize / 8] |= 1 << (place % 8));
    ctx.send(sender, &told).await?;
    Ok(common)
}

/// As [`send`], where the receiver [tells](receive_and_tell): which of its items the receiver has as well, as ascending indices.
///
/// # Errors
/// As [`send`] and [`receive_and_tell`].
pub async fn send_and_learn(
    ctx: &mut Ctx,
    receiver: Party,
    mode: Mode,
    items: &[Block],
    theirs: usize,
    voles: &mut dyn VoleReceiver,
) -> Result<Vec<u32>> {
    refuse_malicious(mode)?;
    let Some(Shown { layout, rows, tags, set }) = show(ctx, receiver, mode, items, theirs, voles).await? else {
        return Ok(Vec::new());
    };
    let told = ctx.recv::<u8>(receiver, items.len().div_ceil(8)).await?;
    let bit = |place: u32| told[place as usize / 8] >> (place % 8) & 1 == 1;
    if (items.len()..8 * told.len()).any(|place| bit(place as u32)) {
        return Err(Error::Malformed { from: receiver, what: "it says that more is common than there is" });
    }
    let places = layout.decode(set, ctx.me())?.common(&tags);
    Ok(ascending(&rows, places.into_iter().filter(|(_, place)| bit(*place)).map(|(i, _)| i)))
}

fn refuse_malicious(mode: Mode) -> Result<()> {
    match mode {
        Mode::SemiHonest | Mode::LowCommunication => Ok(()),
        Mode::Malicious => Err(Error::Misuse("a malicious receiver could tell the sender anything")),
    }
}

/// Which items are common, and their tags' places in the sender's set.
async fn find(
    ctx: &mut Ctx,
    sender: Party,
    mode: Mode,
    items: &[Block],
    theirs: usize,
    voles: &mut dyn VoleSender,
) -> Result<(Vec<u32>, Vec<u32>)> {
    let sizes = Sizes { receiver: items.len(), sender: theirs };
    if sizes.is_trivial() {
        return Ok((Vec::new(), Vec::new()));
    }
    sizes.check()?;
    let (rows, mine) = oprf::receive(ctx, sender, mode, sizes, items, voles).await?;
    // 5. What of X' = F(X) is in Y'.
    let layout = sizes.layout(mode);
    let set = layout.decode(ctx.recv(sender, layout.bytes()).await?, sender)?;
    let mine: Vec<u128> = mine.into_iter().map(|tag| layout.cut(tag.into())).collect();
    let (common, places): (Vec<u32>, Vec<u32>) = set.common(&mine).into_iter().unzip();
    Ok((ascending(&rows, common.into_iter()), places))
}

/// What the sender has shown, and what it came from: tags in the order of the rows, and their set.
struct Shown {
    layout: Layout,
    rows: Rows,
    tags: Vec<u128>,
    set: Vec<u8>,
}

async fn show(
    ctx: &mut Ctx,
    receiver: Party,
    mode: Mode,
    items: &[Block],
    theirs: usize,
    voles: &mut dyn VoleReceiver,
) -> Result<Option<Shown>> {
    let sizes = Sizes { receiver: theirs, sender: items.len() };
    if sizes.is_trivial() {
        return Ok(None);
    }
    sizes.check()?;
    let function = oprf::send(ctx, receiver, mode, sizes, voles).await?;
    // 4. Y' = F(Y), as a set.
    let (rows, tags) = function.evaluate(items);
    drop(function);
    let layout = sizes.layout(mode);
    let tags: Vec<u128> = tags.into_iter().map(|tag| layout.cut(tag.into())).collect();
    let set = layout.encode(&tags).ok_or(Error::Misuse("the items of a set are different from each other"))?;
    ctx.send(receiver, &set).await?;
    Ok(Some(Shown { layout, rows, tags, set }))
}

/// Rows as the items that they are of.
fn ascending(rows: &Rows, which: impl Iterator<Item = u32>) -> Vec<u32> {
    let mut items: Vec<u32> = which.map(|i| rows.order()[i as usize]).collect();
    items.sort_unstable();
    items
}
