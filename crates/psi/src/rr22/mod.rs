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
//! Memory, in blocks of 16 bytes, m columns and n own items: receiver 3·m + 3·n and the sender's tags, sender m + 5·n; the VOLE's own comes on top of it.

mod claims;
mod oracle;
mod tags;

pub use claims::{Claims, Mode, Sizes, most_items};

use jointly_core::{Error, Party, Result, frame_values};
use jointly_math::{Block, Seed, ct::ConstantTimeEq, gf128, hash::hash};
use jointly_net::Ctx;
use jointly_ot::{VoleReceiver, VoleSender, Voles};

use self::oracle::Oracle;
use crate::okvs::{Dense, Okvs, Rows, Shape};

const TOO_MANY: Error = Error::Misuse("a set has at most 2^30 items");

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
    let shape = Shape::clustered(items.len(), Dense::Powers).ok_or(TOO_MANY)?;
    // 1. [Malicious: what the sender has committed to, first.] Sample r, r'; encode.
    let commitment = match mode {
        Mode::SemiHonest => None,
        Mode::Malicious => ctx.recv::<[u8; 32]>(sender, 1).await?.pop(),
    };
    let (r, second) = (Seed::random(), Seed::random());
    let oracle = commitment.map_or_else(|| Oracle::semi_honest(&second), |session| Oracle::malicious(&session));
    let okvs = Okvs::new(shape, &r);
    let rows = okvs.rows(items);
    let mut p = okvs.encode_rows(&rows, &oracle.values(rows.keys()), None)?;
    // 2. The VOLE: A and C.
    let Voles { u: a, v: c } = voles.send(ctx, shape.columns()).await?;
    if a.len() != p.len() || c.len() != p.len() {
        return Err(Error::Misuse("a VOLE gives as many as were asked for"));
    }
    // 3. r, r' [malicious: w_r in its place], and A − P.
    ctx.send(sender, &[*r.as_bytes(), *second.as_bytes()]).await?;
    p.iter_mut().zip(a).for_each(|(p, a)| *p ^= a);
    ctx.send::<[u8; 16]>(sender, bytemuck::cast_slice(&p)).await?;
    drop(p);
    // [Malicious: w = w_r + w_s, known to nobody before P is fixed.]
    let w = match commitment {
        None => Block::ZERO,
        Some(commitment) => Block::from_bytes(*second.as_bytes()) ^ opened(ctx, sender, &commitment).await?,
    };
    // 5. X' = Hᵒ(C(x)), and what of it is in Y'.
    let mut mine = okvs.decode_rows(&rows, &c);
    drop(c);
    finish(&mut mine, w, &oracle, &rows);
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
    let shape = Shape::clustered(theirs, Dense::Powers).ok_or(TOO_MANY)?;
    // 1. [Malicious: commit to w_s.]
    let coin = Seed::random();
    let commitment = commitment(&coin);
    if mode == Mode::Malicious {
        ctx.send(receiver, &[commitment]).await?;
    }
    // 2. The VOLE: Δ and B.
    let mut k = voles.receive(ctx, shape.columns()).await?;
    if k.len() != shape.columns() {
        return Err(Error::Misuse("a VOLE gives as many as were asked for"));
    }
    let delta = voles.delta();
    // 3. r, r' [malicious: w_r], and K = B + (A − P)·Δ, while it comes in.
    let [r, second] = two(ctx.recv::<[u8; 16]>(receiver, 2).await?)?;
    for k in k.chunks_mut(frame_values(16)) {
        let masked = ctx.recv::<[u8; 16]>(receiver, k.len()).await?;
        add_products(k, &masked, delta);
    }
    let (oracle, w) = match mode {
        Mode::SemiHonest => (Oracle::semi_honest(&Seed::from_bytes(second)), Block::ZERO),
        Mode::Malicious => {
            ctx.send(receiver, &[*coin.as_bytes()]).await?;
            (Oracle::malicious(&commitment), Block::from_bytes(second) ^ Block::from_bytes(*coin.as_bytes()))
        }
    };
    // 4. Y' = Hᵒ(K(y) − Δ·Hᴮ(y)), as a set.
    let okvs = Okvs::new(shape, &Seed::from_bytes(r));
    let rows = okvs.rows(items);
    let mut tags = okvs.decode_rows(&rows, &k);
    drop(k);
    gf128::mul_add(&mut tags, &oracle.values(rows.keys()), delta);
    finish(&mut tags, w, &oracle, &rows);
    drop(rows);
    let layout = sizes.layout(mode);
    let mut tags: Vec<u128> = tags.into_iter().map(|tag| layout.cut(tag.into())).collect();
    let set = layout.encode(&mut tags).ok_or(Error::Misuse("the items of a set are different from each other"))?;
    drop(tags);
    ctx.send(receiver, &set).await
}

/// v ← Hᵒ(v + w, x).
fn finish(v: &mut [Block], w: Block, oracle: &Oracle, rows: &Rows) {
    v.iter_mut().for_each(|v| *v ^= w);
    oracle.tags(v, rows.keys());
}

/// K ← K + A·Δ, for A as it arrives.
fn add_products(k: &mut [Block], masked: &[[u8; 16]], delta: Block) {
    let mut blocks = [Block::ZERO; 512];
    for (k, masked) in k.chunks_mut(512).zip(masked.chunks(512)) {
        blocks.iter_mut().zip(masked).for_each(|(block, bytes)| *block = Block::from_bytes(*bytes));
        gf128::mul_add(k, &blocks[..k.len()], delta);
    }
}

/// The sender's coin, which must be what it has committed to.
async fn opened(ctx: &mut Ctx, sender: Party, promised: &[u8; 32]) -> Result<Block> {
    let coin = ctx.recv::<[u8; 16]>(sender, 1).await?.pop().unwrap_or_default();
    let found = commitment(&Seed::from_bytes(coin));
    if bool::from(found.ct_eq(promised)) {
        return Ok(Block::from_bytes(coin));
    }
    Err(Error::Cheated { by: Some(sender), check: "that the sender's coin is the one it committed to", proof: None })
}

/// 128 random bits need no further hiding.
fn commitment(coin: &Seed) -> [u8; 32] {
    hash("jointly rr22 1 coin", &[coin.as_bytes()])
}

fn two<T>(values: Vec<T>) -> Result<[T; 2]> {
    values.try_into().map_err(|_| Error::Misuse("a message has as many values as were asked for"))
}
