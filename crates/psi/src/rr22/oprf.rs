//! The oblivious PRF within: F(x) = Hᵒ(K(x) − Δ·Hᴮ(x)), which the receiver learns for the items of its set alone, and the sender can compute for all.

use jointly_core::{Error, Party, Result};
use jointly_math::{Block, Seed, ct::ConstantTimeEq, gf128, hash::hash};
use jointly_net::Ctx;
use jointly_ot::{VoleReceiver, VoleSender, Voles};
use zeroize::Zeroize;

use super::{
    Mode, Sizes,
    claims::{AT_ONCE, TOO_MANY},
    oracle::Oracle,
};
use crate::okvs::{Okvs, Rows};

/// Values that are made at a time: they stay in a core's cache.
const STEP: usize = 1 << 12;

/// The receiver's part: its rows, and F of each, in their order. `sizes.receiver` is the number of `items`, and not 0.
pub(crate) async fn receive(
    ctx: &mut Ctx,
    sender: Party,
    mode: Mode,
    sizes: Sizes,
    items: &[Block],
    voles: &mut dyn VoleSender,
) -> Result<(Rows, Vec<Block>)> {
    let shape = mode.shape(items.len()).ok_or(TOO_MANY)?;
    // 1. [Malicious: what the sender has committed to, first.] Sample r, r'.
    let commitment = match mode {
        Mode::SemiHonest | Mode::LowCommunication => None,
        Mode::Malicious => ctx.recv::<[u8; 32]>(sender, 1).await?.pop(),
    };
    let (r, second) = (Seed::random(), Seed::random());
    let oracle = commitment.map_or_else(|| Oracle::semi_honest(&second), |session| Oracle::malicious(&session));
    // 2. The VOLE: A and C. It needs the most memory: what is encoded comes after it.
    mode.security().check_base(voles.security())?;
    let Voles { u: a, v: c } = voles.send(ctx, shape.columns()).await?;
    let okvs = Okvs::new(shape, &r);
    let rows = okvs.rows(items);
    let width = mode.value_bytes(sizes);
    let p = okvs.encode_rows(&rows, &oracle.values(rows.keys(), width), None)?;
    if a.len() != p.len() || c.len() != p.len() {
        return Err(Error::Misuse("a VOLE gives as many as were asked for"));
    }
    // 3. r, r' [malicious: w_r in its place], and A − P.
    ctx.send(sender, &[*r.as_bytes(), *second.as_bytes()]).await?;
    for (p, a) in p.chunks(AT_ONCE).zip(a.chunks(AT_ONCE)) {
        ctx.send(sender, &masked(p, a, width)?).await?;
    }
    drop((p, a));
    // [Malicious: w = w_r + w_s, known to nobody before P is fixed.]
    let w = match commitment {
        None => Block::ZERO,
        Some(commitment) => Block::from_bytes(*second.as_bytes()) ^ opened(ctx, sender, &commitment).await?,
    };
    // 5. Hᵒ(C(x)).
    let mut out = okvs.decode_rows(&rows, &c);
    finish(&mut out, w, &oracle, &rows);
    Ok((rows, out))
}

/// The function, as its sender holds it.
pub(crate) struct Function {
    okvs: Okvs,
    k: Vec<Block>,
    delta: Block,
    oracle: Oracle,
    w: Block,
    width: usize,
}

/// The sender's part.
pub(crate) async fn send(
    ctx: &mut Ctx,
    receiver: Party,
    mode: Mode,
    sizes: Sizes,
    voles: &mut dyn VoleReceiver,
) -> Result<Function> {
    let shape = mode.shape(sizes.receiver).ok_or(TOO_MANY)?;
    // 1. [Malicious: commit to w_s.]
    let coin = Seed::random();
    let commitment = commitment(ctx.me(), &coin);
    if mode == Mode::Malicious {
        ctx.send(receiver, &[commitment]).await?;
    }
    // 2. The VOLE: Δ and B.
    mode.security().check_base(voles.security())?;
    let mut k = voles.receive(ctx, shape.columns()).await?;
    if k.len() != shape.columns() {
        return Err(Error::Misuse("a VOLE gives as many as were asked for"));
    }
    let delta = voles.delta();
    // 3. r, r' [malicious: w_r], and K = B + (A − P)·Δ, while it comes in.
    let [r, second] = exactly(ctx.recv::<[u8; 16]>(receiver, 2).await?)?;
    let width = mode.value_bytes(sizes);
    for k in k.chunks_mut(AT_ONCE) {
        let masked: Vec<u8> = ctx.recv(receiver, k.len() * width).await?;
        add_products(k, &masked, width, delta);
    }
    let (oracle, w) = match mode {
        Mode::SemiHonest | Mode::LowCommunication => (Oracle::semi_honest(&Seed::from_bytes(second)), Block::ZERO),
        Mode::Malicious => {
            ctx.send(receiver, &[*coin.as_bytes()]).await?;
            (Oracle::malicious(&commitment), Block::from_bytes(second) ^ Block::from_bytes(*coin.as_bytes()))
        }
    };
    Ok(Function { okvs: Okvs::new(shape, &Seed::from_bytes(r)), k, delta, oracle, w, width })
}

impl Function {
    /// 4. The items' rows, and Hᵒ(K(y) − Δ·Hᴮ(y)) of each, in their order.
    pub(crate) fn evaluate(&self, items: &[Block]) -> (Rows, Vec<Block>) {
        let rows = self.okvs.rows(items);
        let mut out = self.okvs.decode_rows(&rows, &self.k);
        for (out, keys) in out.chunks_mut(STEP).zip(rows.keys().chunks(STEP)) {
            gf128::mul_add(out, &self.oracle.values(keys, self.width), self.delta);
        }
        finish(&mut out, self.w, &self.oracle, &rows);
        (rows, out)
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        self.delta.zeroize();
    }
}

/// v ← Hᵒ(v + w, x).
fn finish(v: &mut [Block], w: Block, oracle: &Oracle, rows: &Rows) {
    v.iter_mut().for_each(|v| *v ^= w);
    oracle.tags(v, rows.keys());
}

/// P + A, `width` bytes of each.
fn masked(p: &[Block], a: &[Block], width: usize) -> Result<Vec<u8>> {
    let mut out = Vec::with_capacity(p.len() * width);
    let mut beyond = 0;
    for (p, a) in p.iter().zip(a) {
        let bytes = (*p ^ *a).to_bytes();
        out.extend_from_slice(&bytes[..width]);
        beyond |= bytes[width..].iter().fold(0, |all, byte| all | byte);
    }
    if beyond == 0 { Ok(out) } else { Err(Error::Misuse("the VOLE's u are as short as the values")) }
}

/// K ← K + A·Δ, for A as it arrives.
fn add_products(k: &mut [Block], masked: &[u8], width: usize, delta: Block) {
    let mut blocks = [Block::ZERO; 512];
    for (k, masked) in k.chunks_mut(512).zip(masked.chunks(512 * width)) {
        for (block, short) in blocks.iter_mut().zip(masked.chunks_exact(width)) {
            let mut bytes = [0; 16];
            bytes[..width].copy_from_slice(short);
            *block = Block::from_bytes(bytes);
        }
        gf128::mul_add(k, &blocks[..k.len()], delta);
    }
}

/// The sender's coin, which must be what it has committed to.
async fn opened(ctx: &mut Ctx, sender: Party, promised: &[u8; 32]) -> Result<Block> {
    let coin = ctx.recv::<[u8; 16]>(sender, 1).await?.pop().unwrap_or_default();
    let found = commitment(sender, &Seed::from_bytes(coin));
    if bool::from(found.ct_eq(promised)) {
        return Ok(Block::from_bytes(coin));
    }
    Err(Error::Cheated { by: Some(sender), check: "that the sender's coin is the one it committed to", proof: None })
}

/// 128 random bits need no further hiding. With the sender's number, so that a run in the other direction at the same time has another session, and no
/// use for it.
fn commitment(sender: Party, coin: &Seed) -> [u8; 32] {
    hash("jointly rr22 1 coin", &[&sender.0.to_le_bytes(), coin.as_bytes()])
}

pub(super) fn exactly<T, const N: usize>(values: Vec<T>) -> Result<[T; N]> {
    values.try_into().map_err(|_| Error::Misuse("a message has as many values as were asked for"))
}
