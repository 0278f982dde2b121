//! Sums of strings of bits, and what is cheaper than a whole sum, for any scheme that can AND. Each comes with its layers: how many planes of
//! ANDs there are in each round, for what a scheme claims of its cost.

use jointly_core::Result;

use crate::{Bits, Scheme, Share};

/// s + t modulo 2^width.
pub(crate) async fn sum<S: Scheme>(e: &mut S, s: &Bits, t: &Bits) -> Result<Bits> {
    let (width, sum) = (s.width, s.xor(t));
    if width == 1 {
        return Ok(sum);
    }
    let carries = carries(e, &s.range(0, width - 1), &t.range(0, width - 1)).await?;
    Ok(Bits::stack(&[&sum.range(0, 1), &sum.range(1, width).xor(&carries)]))
}

/// Layers of [`sum`].
pub(crate) fn sum_layers(width: usize) -> Vec<usize> {
    if width == 1 { Vec::new() } else { carries_layers(width - 1) }
}

/// The highest bit of s + t modulo 2^width: only the carry into it is computed.
pub(crate) async fn top_of_sum<S: Scheme>(e: &mut S, s: Bits, t: Bits) -> Result<Bits> {
    let high = s.width - 1;
    let top = s.range(high, high + 1).xor(&t.range(high, high + 1));
    if high == 0 {
        return Ok(top);
    }
    let carry = carry_out(e, &s.lowest(high), &t.lowest(high)).await?;
    Ok(top.xor(&carry))
}

/// Layers of [`top_of_sum`].
pub(crate) fn top_of_sum_layers(width: usize) -> Vec<usize> {
    if width == 1 { Vec::new() } else { carry_out_layers(width - 1) }
}

/// Whether all bits of each string are 1: a tree of ANDs.
pub(crate) async fn all_ones<S: Scheme>(e: &mut S, mut x: Bits) -> Result<Bits> {
    while x.width > 1 {
        let half = x.width / 2;
        let joined = e.and(&x.range(0, half), &x.range(half, 2 * half)).await?;
        x = if x.width == 2 * half { joined } else { Bits::stack(&[&joined, &x.range(2 * half, x.width)]) };
    }
    Ok(x)
}

/// Layers of [`all_ones`].
pub(crate) fn all_ones_layers(mut width: usize) -> Vec<usize> {
    let mut layers = Vec::new();
    while width > 1 {
        layers.push(width / 2);
        width = width.div_ceil(2);
    }
    layers
}

/// The carry out of s + t: a tree over (generate, propagate) pairs that keeps no inner carries.
pub(crate) async fn carry_out<S: Scheme>(e: &mut S, s: &Bits, t: &Bits) -> Result<Bits> {
    let g = e.and(s, t).await?;
    carry_out_of(e, g, s.xor(t)).await
}

/// The carry out of strings that generate and propagate carries at these positions.
pub(crate) async fn carry_out_of<S: Scheme>(e: &mut S, mut g: Bits, mut p: Bits) -> Result<Bits> {
    while g.width > 1 {
        // Position j of the next level joins 2j and 2j + 1; the lowest one's propagate bit is needed by nobody.
        let (low, high): (Vec<usize>, Vec<usize>) = (0..g.width / 2).map(|j| (2 * j, 2 * j + 1)).unzip();
        let (pairs, odd) = (low.len(), Vec::from_iter(2 * low.len()..g.width));
        let (left, below) = (pick(&[(&p, &high)]), pick(&[(&g, &low)]));
        let (generated, propagated) = e.and_both(&left, &below, &pick(&[(&p, &low[1..])])).await?;
        let mut next = pick(&[(&g, &high), (&g, &odd)]);
        xor_at(&mut next, &Vec::from_iter(0..pairs), &generated);
        // The lowest place is filled with anything.
        p = pick(&[(&p, &high[..1]), (&propagated, &Vec::from_iter(0..pairs - 1)), (&p, &odd)]);
        g = next;
    }
    Ok(g)
}

/// The carries out of every position of s + t (Sklansky 1960).
pub(crate) async fn carries<S: Scheme>(e: &mut S, s: &Bits, t: &Bits) -> Result<Bits> {
    let g = e.and(s, t).await?;
    carries_of(e, g, s.xor(t)).await
}

/// The carries out of every position, of strings that generate and propagate carries at these positions.
pub(crate) async fn carries_of<S: Scheme>(e: &mut S, mut g: Bits, mut p: Bits) -> Result<Bits> {
    let (width, mut span) = (g.width, 1);
    while span < width {
        // Upper halves of blocks of 2·span take in the top of their lower half.
        let upper: Vec<usize> = (0..width).filter(|j| j / span % 2 == 1).collect();
        let below: Vec<usize> = upper.iter().map(|j| j / span * span - 1).collect();
        // Blocks that reach down to position 0 need no propagate bit any more.
        let still: Vec<usize> = upper.iter().copied().filter(|&j| j >= 2 * span).collect();
        let still_below: Vec<usize> = still.iter().map(|j| j / span * span - 1).collect();
        // These are the last ones of the others: blocks stand in order.
        let (left, generating) = (pick(&[(&p, &upper)]), pick(&[(&g, &below)]));
        let (generated, propagated) = e.and_both(&left, &generating, &pick(&[(&p, &still_below)])).await?;
        xor_at(&mut g, &upper, &generated);
        put_at(&mut p, &still, &propagated);
        span *= 2;
    }
    Ok(g)
}

/// Layers of [`carry_out`].
pub(crate) fn carry_out_layers(mut width: usize) -> Vec<usize> {
    let mut layers = vec![width];
    while width > 1 {
        layers.push(width / 2 * 2 - 1);
        width = width.div_ceil(2);
    }
    layers
}

/// Layers of [`carries`].
pub(crate) fn carries_layers(width: usize) -> Vec<usize> {
    let (mut layers, mut span) = (vec![width], 1);
    while span < width {
        let upper = (0..width).filter(|j| j / span % 2 == 1);
        layers.push(upper.map(|j| 1 + usize::from(j >= 2 * span)).sum());
        span *= 2;
    }
    layers
}

/// Of each of [`carry_out_layers`], the ANDs that have an operand in common with another one: as many pairs.
pub(crate) fn carry_out_twins(mut width: usize) -> Vec<usize> {
    let mut twins = vec![0];
    while width > 1 {
        twins.push(width / 2 - 1);
        width = width.div_ceil(2);
    }
    twins
}

/// Of each of [`carries_layers`], as [`carry_out_twins`].
pub(crate) fn carries_twins(width: usize) -> Vec<usize> {
    let (mut twins, mut span) = (vec![0], 1);
    while span < width {
        twins.push((2 * span..width).filter(|j| j / span % 2 == 1).count());
        span *= 2;
    }
    twins
}

/// Planes of several strings side by side.
pub(crate) fn pick(list: &[(&Bits, &[usize])]) -> Bits {
    let width = list.iter().map(|(_, places)| places.len()).sum();
    let (n, w) = list.first().map_or((0, 0), |(b, _)| (b.n, b.words()));
    let part = |k: usize| {
        let mut out = Vec::with_capacity(width * w);
        for (b, places) in list {
            places.iter().for_each(|&j| out.extend_from_slice(&b.planes.part(k)[j * w..(j + 1) * w]));
        }
        out
    };
    let parts = list.first().map_or(0, |(b, _)| b.planes.0.len());
    Bits { planes: Share::new((0..parts).map(part).collect()), n, width }
}

pub(crate) fn xor_at(b: &mut Bits, places: &[usize], with: &Bits) {
    at(b, places, with, |to, from| to.iter_mut().zip(from).for_each(|(t, f)| *t ^= f));
}

pub(crate) fn put_at(b: &mut Bits, places: &[usize], with: &Bits) {
    at(b, places, with, |to, from| to.copy_from_slice(from));
}

fn at(b: &mut Bits, places: &[usize], with: &Bits, f: impl Fn(&mut [u64], &[u64])) {
    let w = b.words();
    for (to, from) in b.planes.0.iter_mut().zip(&with.planes.0) {
        for (k, &j) in places.iter().enumerate() {
            f(&mut to[j * w..(j + 1) * w], &from[k * w..(k + 1) * w]);
        }
    }
}
