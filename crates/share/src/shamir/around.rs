//! Sums modulo 2^w − 1 of strings of w bits: the carry out of the top goes in at the bottom. 0 comes out as all ones if anything went in.

use std::ops::Range;

use jointly_core::Result;

use crate::{
    Bits, Scheme,
    adder::{self, pick, put_at, xor_at},
};

/// Two strings with the sum of three: one AND a bit, one round.
pub(super) async fn three_to_two<S: Scheme>(e: &mut S, a: &Bits, b: &Bits, c: &Bits) -> Result<(Bits, Bits)> {
    let width = a.width;
    let (ac, bc) = (a.xor(c), b.xor(c));
    let majority = e.and(&ac, &bc).await?.xor(c);
    let carries = Bits::stack(&[&majority.range(width - 1, width), &majority.range(0, width - 1)]);
    Ok((ac.xor(b), carries))
}

/// The highest bit of the sum. The carry into it goes through all positions, from itself on around: it is the carry out of the strings turned by one.
pub(super) async fn top_of_sum<S: Scheme>(e: &mut S, s: &Bits, t: &Bits) -> Result<Bits> {
    let high = s.width - 1;
    let turned = |x: &Bits| Bits::stack(&[&x.range(high, high + 1), &x.range(0, high)]);
    let carry = adder::carry_out(e, &turned(s), &turned(t)).await?;
    Ok(s.range(high, high + 1).xor(&t.range(high, high + 1)).xor(&carry))
}

/// Bits `range` of the sum: of a parallel-prefix adder (Sklansky 1960) what they need, and then the carry that comes around.
pub(super) async fn sum<S: Scheme>(e: &mut S, s: &Bits, t: &Bits, range: Range<usize>) -> Result<Bits> {
    let width = s.width;
    let (mut g, mut p) = (e.and(s, t).await?, s.xor(t));
    for (span, upper) in levels(width, &range) {
        let below: Vec<usize> = upper.iter().map(|j| j / span * span - 1).collect();
        let left = pick(&[(&p, &upper), (&p, &upper)]);
        let right = pick(&[(&g, &below), (&p, &below)]);
        let joined = e.and(&left, &right).await?;
        xor_at(&mut g, &upper, &joined);
        put_at(&mut p, &upper, &joined.range(upper.len(), joined.width));
    }
    // What goes into position j is what the positions below generate, or what comes around if they all propagate it.
    let around = g.range(width - 1, width);
    let from = range.start.max(1);
    let mut sum = s.range(range.start, range.end).xor(&t.range(range.start, range.end));
    if range.start == 0 {
        xor_at(&mut sum, &[0], &around);
    }
    if from < range.end {
        let (below, same): (Vec<usize>, Vec<usize>) = (from - 1..range.end - 1).map(|j| (j, 0)).unzip();
        let through = e.and(&p.range(from - 1, range.end - 1), &pick(&[(&around, &same)])).await?;
        let places: Vec<usize> = (from - range.start..range.len()).collect();
        xor_at(&mut sum, &places, &pick(&[(&g, &below)]));
        xor_at(&mut sum, &places, &through);
    }
    Ok(sum)
}

/// Layers of [`sum`].
pub(super) fn sum_layers(width: usize, range: Range<usize>) -> Vec<usize> {
    let joins = levels(width, &range).into_iter().map(|(_, upper)| 2 * upper.len());
    let around = range.end.saturating_sub(range.start.max(1));
    [width].into_iter().chain(joins).chain((around > 0).then_some(around)).collect()
}

/// Spans of blocks, and the positions whose block takes in the one below: as far as the carries into `range`, and the one out of the top, need it.
fn levels(width: usize, range: &Range<usize>) -> Vec<(usize, Vec<usize>)> {
    let mut needed = vec![false; width];
    needed[width - 1] = true;
    (range.start.max(1)..range.end).for_each(|j| needed[j - 1] = true);
    let spans = std::iter::successors(Some(1), |span| Some(2 * span)).take_while(|span| *span < width);
    let mut levels: Vec<(usize, Vec<usize>)> = Vec::new();
    for span in spans.collect::<Vec<_>>().into_iter().rev() {
        let upper: Vec<usize> = (0..width).filter(|j| needed[*j] && j / span % 2 == 1).collect();
        upper.iter().for_each(|j| needed[j / span * span - 1] = true);
        levels.push((span, upper));
    }
    levels.retain(|(_, upper)| !upper.is_empty());
    levels.reverse();
    levels
}
