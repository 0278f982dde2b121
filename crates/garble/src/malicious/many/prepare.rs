//! What is made before the function is known (the first half of F_Pre in WRK17): masks for wires, and AND triples.

use jointly_core::{Error, Party, Private, Result};
use jointly_math::Block;
use jointly_net::Ctx;

use super::{
    MAX_ANDS, Session, abit,
    board::{Board, Coins},
    bucket::{bucket_size, combine},
    session::Fuse,
    shares::Shares,
    silent::Source,
    triples::{Triples, leaky},
};

/// Triples that are made at a time: memory is bounded by them. They fill buckets of four.
pub(super) const CHUNK: usize = 1 << 16;

/// Masks and triples for one function of at most so many ANDs and input bits, used up by it: the function-independent phase. May be made long before.
pub struct Prepared {
    pub(super) parties: u16,
    pub(super) me: Party,
    pub(super) delta: Private<Block>,
    pub(super) fuse: Fuse,
    pub(super) masks: Shares,
    pub(super) triples: Triples,
}

impl Prepared {
    /// ANDs for which there are triples.
    pub fn ands(&self) -> usize {
        self.triples.x.len
    }

    /// Input bits for which there are masks.
    pub fn inputs(&self) -> usize {
        self.masks.len - self.ands()
    }
}

impl Session {
    /// Makes what a function of `ands` ANDs and `inputs` input bits of all parties needs. All parties ask for the same, and for all
    /// functions before the first is computed: a check that fails here may show Δ, on which functions rest that are done.
    ///
    /// # Errors
    /// [`Refused`](Error::Refused) if that is more than [`MAX_ANDS`]; whatever a party does wrong, after which the session is over.
    pub async fn prepare(&mut self, ctx: &mut Ctx, ands: usize, inputs: usize) -> Result<Prepared> {
        check_size(ands, inputs)?;
        self.fuse.light_before_inputs()?;
        let (masks, triples) = make(self, ctx, sizes(ands, inputs)).await?;
        self.fuse.put_out();
        let (parties, me) = (ctx.parties(), ctx.me());
        Ok(Prepared { parties, me, delta: self.delta.clone(), fuse: self.fuse.clone(), masks, triples })
    }
}

/// What is made at a time.
#[derive(Clone, Copy)]
pub(super) struct Sizes {
    pub ands: usize,
    /// Random shared bits beside them.
    pub masks: usize,
    pub source: Source,
}

/// What a function takes: a mask for each input bit, and one for each AND's output.
pub(super) fn sizes(ands: usize, inputs: usize) -> Sizes {
    Sizes { ands, masks: ands + inputs, source: source(ands, inputs) }
}

/// Random shared bits and AND triples, under the session's Δ.
pub(super) async fn make(session: &mut Session, ctx: &mut Ctx, sizes: Sizes) -> Result<(Shares, Triples)> {
    let Sizes { ands, masks: wanted, source } = sizes;
    let mut board = Board::new(ctx, &[ands as u64, wanted as u64].map(u64::to_le_bytes).concat());
    let mut coins = Coins::commit(ctx, &mut board, coins(ands)).await?;
    let (n, delta) = (usize::from(ctx.parties()), *session.delta.expose());
    let none = move || Shares::none(n);
    let (mut masks, mut triples) = (none(), Triples { x: none(), y: none(), z: none() });
    for (i, chunk) in chunks(ands).enumerate() {
        let size = bucket_size(chunk);
        let row = chunk * size;
        let mut x = abit::shares(session, ctx, &mut board, &mut coins, (source, bits(chunk, i, wanted))).await?;
        if i == 0 {
            masks = x.split_off(3 * row);
        }
        let r = x.split_off(2 * row);
        let y = x.split_off(row);
        if chunk > 0 {
            let exposure = session.exposure.clone();
            let leaky = leaky(delta, ctx, (&mut board, &exposure), &mut coins, [x, y, r]).await?;
            let mut coin = coins.toss(ctx, &mut board).await?;
            let made = combine(ctx, &mut coin, &leaky, size, delta).await?;
            triples.x.append(&made.x);
            triples.y.append(&made.y);
            triples.z.append(&made.z);
        }
    }
    Ok((masks, triples))
}

/// That a function is not too large.
pub(super) fn check_size(ands: usize, inputs: usize) -> Result<()> {
    if ands > MAX_ANDS || inputs > MAX_ANDS {
        return Err(Error::Refused(format!(
            "{ands} ANDs and {inputs} input bits, where garbling among many takes at most {MAX_ANDS} of each"
        )));
    }
    Ok(())
}

/// How many triples are made each time; at least once something is made.
pub(super) fn chunks(ands: usize) -> impl Iterator<Item = usize> {
    let count = ands.div_ceil(CHUNK).max(1);
    // As even as can be, and each a multiple of 64 but the last, so that planes are put together by words.
    let each = ands.div_ceil(count).next_multiple_of(64);
    (0..count).map(move |i| each.min(ands - (i * each).min(ands)))
}

/// Random shared bits for the `i`-th chunk: three rows of leaky triples, and with the first one the masks of all wires.
pub(super) fn bits(chunk: usize, i: usize, masks: usize) -> usize {
    3 * chunk * bucket_size(chunk) + if i == 0 { masks } else { 0 }
}

/// Where the OTs for it all come from.
pub(super) fn source(ands: usize, inputs: usize) -> Source {
    Source::of(chunks(ands).enumerate().map(|(i, chunk)| bits(chunk, i, ands + inputs)).sum())
}

/// Coins that it takes: one for the bits of each chunk, and if there are triples one for their check and one for the buckets.
pub(super) fn coins(ands: usize) -> usize {
    if ands == 0 { 1 } else { 3 * chunks(ands).count() }
}
