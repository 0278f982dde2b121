//! Set intersection by Diffie-Hellman on ristretto255: for small sets, very unequal ones, and thin links. Semi-honest, two parties.
//!
//! Each side has a secret exponent, a and b, fresh for the run. An item x becomes H(x)ᵃ at its owner and H(x)ᵃᵇ at the other side: doubly
//! masked items are equal if and only if the items are, whoever masked first, and under DDH, with H a random function, they say nothing
//! else (Meadows, S&P 1986; Huberman, Franklin, Hogg, EC 1999; proofs: Agrawal, Evfimievski, Srikant, SIGMOD 2003, §4 and §5; today's
//! encoding: draft-wang-ppm-ecdh-psi-01).
//!
//! | function | the receiver learns | bytes from the other side to it | and back |
//! |---|---|---|---|
//! | [`intersect`] | which of its rows are common | 32·theirs + 16·mine | 32·mine |
//! | [`cardinality`] | how many are common | 32·theirs + 16·mine | 32·mine |
//! | [`sum`] | how many, and the holder of values their sum | see there | |
//!
//! What else a side sees: the other's [declared size](Sizes). Repetitions and the true size are hidden, as random items take the places of
//! rows that are not there. An item costs one hash and two exponentiations for each side that it meets; points from the other side are
//! checked to be canonical and no identity. A side that does not follow the protocol may claim any items as its own, as in every such
//! protocol, and may here also make the other's result wrong: where that matters, the malicious protocols are the right ones.

mod claims;
mod elgamal;
mod mask;
mod one_way;
mod sum;

use jointly_core::{Error, Party, Result};
use jointly_net::Ctx;

pub use claims::{CARDINALITY, SPEC, SUM};
pub use one_way::{receive, send};
pub use sum::{sum, sum_of_values};

use mask::{Doubly, Mask, Rows, Tag};

/// How many rows each side says it has. Both sides know both numbers; `mine` may be larger than the truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// This side's.
    pub mine: usize,
    /// The other side's.
    pub theirs: usize,
}

/// Who learns the result. Both sides name the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receivers {
    /// One side.
    One(Party),
    /// Both.
    Both,
}

impl Receivers {
    fn includes(self, party: Party) -> bool {
        self == Receivers::Both || self == Receivers::One(party)
    }
}

/// The rows of `items` that `peer` has too: of equal rows the first, in an order that is the same at both sides. `None` at a side that
/// is no receiver.
pub async fn intersect<I: AsRef<[u8]>>(
    ctx: &mut Ctx,
    peer: Party,
    items: &[I],
    sizes: Sizes,
    receivers: Receivers,
) -> Result<Option<Vec<usize>>> {
    let (mask, rows) = start(ctx, peer, sizes, items, receivers)?;
    let theirs = mask.exchange(ctx, peer, &rows, sizes.theirs).await?;

    // §4, step 4: the other side's items go back doubly masked, in the order in which they came.
    let (me, tags) = (ctx.me(), theirs.tags());
    let back: &[Tag] = if receivers.includes(peer) { &tags } else { &[] };
    let due = if receivers.includes(me) { sizes.mine } else { 0 };
    let mine = ctx.exchange(peer, back, peer, due).await?;
    if !receivers.includes(me) {
        return Ok(None);
    }
    let common = Doubly::new(mine).common(&theirs);
    Ok(Some(common.into_iter().filter_map(|(place, _)| rows.row(place)).collect()))
}

/// How many distinct items both sides have. `None` at a side that is no receiver.
pub async fn cardinality<I: AsRef<[u8]>>(
    ctx: &mut Ctx,
    peer: Party,
    items: &[I],
    sizes: Sizes,
    receivers: Receivers,
) -> Result<Option<usize>> {
    let (mask, rows) = start(ctx, peer, sizes, items, receivers)?;
    let theirs = mask.exchange(ctx, peer, &rows, sizes.theirs).await?;

    // §5, step 4: they go back in an order that says nothing about the one in which they came.
    let (me, sorted) = (ctx.me(), theirs.sorted());
    let back: &[Tag] = if receivers.includes(peer) { &sorted } else { &[] };
    let due = if receivers.includes(me) { sizes.mine } else { 0 };
    let mine = ctx.exchange(peer, back, peer, due).await?;
    Ok(receivers.includes(me).then(|| Doubly::new(mine).common(&theirs).len()))
}

fn start<'a, I: AsRef<[u8]>>(
    ctx: &Ctx,
    peer: Party,
    sizes: Sizes,
    items: &'a [I],
    receivers: Receivers,
) -> Result<(Mask, Rows<'a, I>)> {
    if !receivers.includes(ctx.me()) && !receivers.includes(peer) {
        return Err(Error::Misuse("one of the two sides learns the result"));
    }
    Ok((Mask::new(ctx)?, Rows::new(items, sizes.mine)?))
}
