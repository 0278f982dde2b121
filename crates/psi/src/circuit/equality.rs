//! Whether two strings of bits, one at each party, are equal: XOR shares of the answers (Goldreich, Micali, Wigderson).

use jointly_core::{FRAME_BYTES, Party, Result, wire_bytes};
use jointly_math::bits;
use jointly_net::Ctx;

use super::BitTriples;

/// Shares of whether each of the values' low `width` bits are those of the peer's value. One party says `first`.
pub(super) async fn equal(
    ctx: &mut Ctx,
    peer: Party,
    values: &[u64],
    width: usize,
    triples: &mut dyn BitTriples,
) -> Result<Vec<u64>> {
    let first = ctx.me() < peer;
    let words = bits::words(values.len());
    // Bit by bit: 1 where they agree.
    let mut planes = bits::to_planes(values, width);
    if first {
        planes.iter_mut().for_each(|word| *word = !*word);
    }
    for level in levels(width) {
        let (x, rest) = planes.split_at(level * words);
        let (y, odd) = rest.split_at(level * words);
        let mut next = and(ctx, peer, x, y, triples).await?;
        next.extend_from_slice(odd);
        planes = next;
    }
    if let (Some(last), rest @ 1..) = (planes.last_mut(), values.len() % 64) {
        *last &= (1 << rest) - 1;
    }
    Ok(planes)
}

/// ANDs of a value's bits on each level of the tree.
fn levels(width: usize) -> impl Iterator<Item = usize> {
    let halved = |width: &usize| (*width > 2).then(|| width.div_ceil(2));
    std::iter::successors((width > 1).then_some(width), halved).map(|width| width / 2)
}

/// Bytes that each party sends for `n` values, without the triples' own.
pub(super) fn bytes(n: usize, width: usize) -> u64 {
    levels(width).map(|level| wire_bytes(2 * level * bits::words(n), 8)).sum()
}

/// Words of triples that are taken at a time for `n` values.
pub(super) fn triples(n: usize, width: usize) -> impl Iterator<Item = usize> {
    levels(width).map(move |level| level * bits::words(n))
}

/// Rounds of a test.
pub(super) fn rounds(width: usize) -> u64 {
    levels(width).count() as u64
}

/// Shares of x ∧ y: x ⊕ a and y ⊕ b are opened, as random as a and b are.
async fn and(ctx: &mut Ctx, peer: Party, x: &[u64], y: &[u64], triples: &mut dyn BitTriples) -> Result<Vec<u64>> {
    const _: () = assert!(FRAME_BYTES.is_multiple_of(8));
    let n = x.len();
    let super::Triples { a, b, c } = triples.take(ctx, n).await?;
    if [&a, &b, &c].iter().any(|plane| plane.len() != n) {
        return Err(jointly_core::Error::Misuse("as many triples as were asked for"));
    }
    let mine: Vec<u64> = x.iter().chain(y).zip(a.iter().chain(&b)).map(|(x, a)| x ^ a).collect();
    let theirs = ctx.exchange::<u64>(peer, &mine, peer, 2 * n).await?;
    let open: Vec<u64> = mine.iter().zip(theirs).map(|(mine, theirs)| mine ^ theirs).collect();
    let (d, e) = open.split_at(n);
    let one = if ctx.me() < peer { u64::MAX } else { 0 };
    Ok((0..n).map(|i| c[i] ^ (d[i] & b[i]) ^ (e[i] & a[i]) ^ (d[i] & e[i] & one)).collect())
}
