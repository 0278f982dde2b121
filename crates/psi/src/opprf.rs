//! An oblivious programmable PRF: the receiver gets, for each of its keys, the value that the sender has for it, or else something
//! random; neither learns which. From the oblivious PRF of [`rr22`](crate::rr22) and a doubly oblivious key-value store of the values,
//! masked by it (Rindal and Schoppmann, ePrint 2021/266; Raghuraman and Rindal, ePrint 2022/320, §A.2). Semi-honest.
//!
//! The store's free columns are random, so that with values that look random to the receiver it looks the same whatever the sender's keys are.

use jointly_core::{Cost, Error, Party, Result, wire_bytes};
use jointly_math::{Block, Prg, Seed};
use jointly_net::Ctx;
use jointly_ot::{Security::SemiHonest, VoleReceiver, VoleSender, silent::vole_spec};

use crate::{
    okvs::{Dense, Okvs, Shape},
    rr22::{self, Mode, oprf},
};

/// What both parties agree on beforehand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sizes {
    /// The receiver's keys, not 0.
    pub queries: usize,
    /// The sender's keys, not 0.
    pub pairs: usize,
    /// Bytes of a value, at most 16.
    pub width: usize,
}

impl Sizes {
    fn oprf(self) -> rr22::Sizes {
        rr22::Sizes { receiver: self.queries, sender: self.pairs }
    }

    fn shape(self) -> Option<Shape> {
        Shape::clustered(self.pairs, Dense::Bits)
    }

    /// VOLEs that it takes; `None` if there are too many keys.
    pub fn voles(self) -> Option<usize> {
        Some(Shape::clustered(self.queries, Dense::Powers)?.columns())
    }

    /// What these VOLEs cost with all that they are made of, from base OT on: the receiver is party 0.
    pub fn vole_cost(self, party: Party) -> Cost {
        let Some(n) = self.voles() else { return Cost::FREE };
        // Who receives values sends VOLEs, and the specification of VOLE calls their receiver party 0.
        (vole_spec(SemiHonest).cost)(n, Party(1 - party.0.min(1)))
    }

    /// Bytes that the receiver and the sender send, without those of the VOLE; `None` if there are too many keys.
    pub fn bytes(self) -> Option<[u64; 2]> {
        let store = wire_bytes(1, 16) + wire_bytes(self.shape()?.columns() * self.width, 1);
        Some([self.oprf().receiver_bytes(Mode::SemiHonest)?, store])
    }
}

const TOO_MANY: Error = Error::Misuse("a key-value store has at most 2^30 pairs");

/// The value of each query.
pub(crate) async fn receive(
    ctx: &mut Ctx,
    sender: Party,
    queries: &[Block],
    sizes: Sizes,
    voles: &mut dyn VoleSender,
) -> Result<Vec<Block>> {
    let shape = sizes.shape().ok_or(TOO_MANY)?;
    let (rows, outputs) = oprf::receive(ctx, sender, Mode::SemiHonest, sizes.oprf(), queries, voles).await?;
    let seed = ctx.recv::<[u8; 16]>(sender, 1).await?.pop().unwrap_or_default();
    let store = Okvs::new(shape, &Seed::from_bytes(seed));
    let columns = unpack(&ctx.recv::<u8>(sender, shape.columns() * sizes.width).await?, sizes.width);
    let mut values = vec![Block::ZERO; queries.len()];
    for ((i, output), programmed) in rows.order().iter().zip(outputs).zip(store.decode(rows.keys(), &columns)) {
        values[*i as usize] = output ^ programmed;
    }
    Ok(values)
}

/// Programs `values[i]` for `keys[i]`: values that look random to the receiver, also together.
pub(crate) async fn send(
    ctx: &mut Ctx,
    receiver: Party,
    keys: &[Block],
    values: Vec<Block>,
    sizes: Sizes,
    voles: &mut dyn VoleReceiver,
) -> Result<()> {
    let shape = sizes.shape().ok_or(TOO_MANY)?;
    let function = oprf::send(ctx, receiver, Mode::SemiHonest, sizes.oprf(), voles).await?;
    let mut masked = values;
    {
        let (rows, outputs) = function.evaluate(keys);
        rows.order().iter().zip(outputs).for_each(|(i, output)| masked[*i as usize] ^= output);
    }
    drop(function);
    let seed = Seed::random();
    let store = Okvs::new(shape, &seed);
    let rows = store.rows(keys);
    let sorted: Vec<Block> = rows.order().iter().map(|i| masked[*i as usize]).collect();
    drop(masked);
    let columns = store.encode_rows(&rows, &sorted, Some(&mut Prg::new(Seed::random())))?;
    drop((rows, sorted));
    ctx.send(receiver, &[*seed.as_bytes()]).await?;
    ctx.send(receiver, &pack(&columns, sizes.width)).await
}

/// The low `width` bytes of each column. All coefficients are bits, so that the low bytes of values are decoded from those alone.
fn pack(columns: &[Block], width: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(columns.len() * width);
    columns.iter().for_each(|column| out.extend_from_slice(&column.to_bytes()[..width]));
    out
}

fn unpack(bytes: &[u8], width: usize) -> Vec<Block> {
    let column = |short: &[u8]| {
        let mut bytes = [0; 16];
        bytes[..width].copy_from_slice(short);
        Block::from_bytes(bytes)
    };
    bytes.chunks_exact(width).map(column).collect()
}
