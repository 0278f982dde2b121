//! Random bits that are shared in both domains.
//!
//! In the ring they are roots: of a random odd y, y² is opened modulo 2^66, and y divided by a root of it is 1 or −1 (Damgård, Escudero, Frederiksen, Keller, Scholl, Volgushev, S&P 2019,
//! ePrint 2019/599, figure 5). Modulo 2 the shares of such a bit are bits whose sum is the bit, so that each party hands in its own lowest bits as bits. That nobody handed in others is shown by
//! random parities: of each of 64 random subsets, hidden by a bit that is spent on it, the lowest bit of the sum in the ring, all that is opened of it, is the sum of the bits.

use jointly_core::{Cost, Need, Result, wire_bytes};
use jointly_garble::malicious::many::Shares;
use jointly_math::{Wiped, bits::pack, ring::xor_to};

use super::super::{
    bits::{self, PARTS},
    stock::{Lot, Stock},
    table::{Table, coin_cost, settle_cost},
    wide::{Wide, add, inner, scale, sub, times},
};
use super::SPENT;
use crate::{Ring, Share};

/// Squares are opened modulo 2^(k + 2).
const SQUARE: u32 = 66;

/// `words` words, of products, masks and random bits.
pub(super) async fn make(table: &mut Table, stock: &mut Stock, random: &Shares, words: usize) -> Result<Lot> {
    let ring = roots(table, stock, 64 * words + SPENT).await?;
    let planes = lowest_bits(table, &ring, random).await?;
    check(table, stock, &ring, &planes, words).await?;
    table.settle().await?;
    table.keys.exposure.closed().await?;
    let cut = |share: Share<u128>| share.map(|x| x[..64 * words].to_vec());
    let mut ring = cut(ring);
    let mut planes = planes.map(|x| x[..words].to_vec());
    let ring = std::mem::take(&mut ring.0).into_iter().map(Wiped::new).collect();
    let planes = std::mem::take(&mut planes.0).into_iter().map(Wiped::new).collect();
    Ok(Lot::of_both(ring, planes))
}

/// Random bits in the ring.
async fn roots(table: &mut Table, stock: &mut Stock, n: usize) -> Result<Share<u128>> {
    let me = table.me();
    let triples = stock.take(Need::Triples, n)?;
    let [u, hides] = [stock.take(Need::Masks, n)?, stock.take(Need::Masks, n)?].map(|masks| masks.unknown(me));
    let one = table.public(&vec![1; n]);
    let y = add(&scale(&u, 2), &one);
    let [a, b, c] = [0, 1, 2].map(|k| triples.ring(k));
    let both = sub(&y, &a).zip(&sub(&y, &b), |x, y| [x, y].concat());
    let opened = table.open(&both).await?;
    let (d, e) = opened.split_at(n);
    let square = add(&add(&c, &times(&b, d)), &add(&times(&a, e), &table.public(&Wide::mul(d, e))));
    let squares = table.open(&add(&square, &scale(&hides, 1 << SQUARE))).await?;
    if squares.iter().any(|square| square % 8 != 1) {
        return table.cheated("the opening of squares");
    }
    // y/c + 1 is 2 or 0, and half of it u/c + (1/c + 1)/2.
    let inverses: Vec<u128> = squares.iter().map(|square| inverse(root(*square))).collect();
    let halves: Vec<u128> = inverses.iter().map(|inverse| (inverse >> 1) + 1).collect();
    Ok(add(&times(&u, &inverses), &table.public(&halves)))
}

/// c with c² = x modulo 2^66, where x is 1 modulo 8.
fn root(x: u128) -> u128 {
    // c² = x modulo 2^(i + 1) before, and modulo 2^(i + 2) after each step.
    (2..SQUARE - 1).fold(1u128, |c, i| {
        let differs = c.wrapping_mul(c).wrapping_sub(x) >> (i + 1) & 1;
        c.wrapping_add(differs << i)
    })
}

/// 1/c modulo 2^128, of an odd c.
fn inverse(c: u128) -> u128 {
    // Each step doubles the bits that are right, of which there are three at first.
    (0..6).fold(c, |inverse, _| inverse.wrapping_mul(2u128.wrapping_sub(c.wrapping_mul(inverse))))
}

/// The same bits as words: each party tells how its lowest bits differ from random ones that it knows.
async fn lowest_bits(table: &mut Table, ring: &Share<u128>, random: &Shares) -> Result<Share<u64>> {
    let lowest = Wiped::new(ring.part(0).iter().map(|x| *x as u64 & 1).collect());
    let mut differ = pack(&lowest);
    xor_to(&mut differ, &random.bits);
    let told = table.tell(&differ).await?;
    let mut sum = vec![0; differ.len()];
    for told in &told {
        table.note(told);
        xor_to(&mut sum, told);
    }
    let macs = bits::sum(&table.keys, random).into_iter().map(|plane| plane.to_vec());
    let random = Share::new(std::iter::once(random.bits.clone()).chain(macs).collect());
    Ok(bits::xor(&random, &table.public_words(&sum)))
}

/// Parities of random subsets, in both domains.
async fn check(
    table: &mut Table,
    stock: &mut Stock,
    ring: &Share<u128>,
    planes: &Share<u64>,
    words: usize,
) -> Result<()> {
    let mut coin = table.coin().await?;
    let hides = stock.take(Need::Masks, SPENT)?.unknown(table.me());
    let mut sums = ring.map(|x| x[64 * words..].to_vec());
    let mut parities = planes.map(|x| x[words..].to_vec());
    for subset in 0..SPENT {
        let chosen = coin.words(words);
        let select: Vec<u128> = (0..64 * words).map(|i| u128::from(chosen[i / 64] >> (i % 64) & 1)).collect();
        for part in 0..2 {
            let sum = inner(&select, &ring.part(part)[..64 * words]);
            sums.0[part][subset] = sums.0[part][subset].wrapping_add(sum);
        }
        for part in 0..PARTS {
            let both = planes.part(part)[..words].iter().zip(&chosen).fold(0, |sum, (x, c)| sum ^ (x & c));
            parities.0[part][0] ^= u64::from(both.count_ones() & 1) << subset;
        }
    }
    let opened = table.open(&add(&scale(&sums, 1 << 63), &scale(&hides, 1 << 64))).await?;
    let told = table.open_bits(&parities).await?;
    let in_ring: Vec<u64> = opened.iter().map(|x| (x >> 63) as u64 & 1).collect();
    if pack(&in_ring) != told {
        return table.cheated("the parities of bits in both domains");
    }
    Ok(())
}

/// [`make`] of `words` words.
pub(super) fn cost(others: u64, words: usize) -> Cost {
    let n = 64 * words + SPENT;
    let say = |n: usize, size: usize| Cost { rounds: 1, bytes: others * wire_bytes(n, size) };
    say(2 * n, 16)
        + say(n, 16)
        + say(words + 1, 8)
        + coin_cost(others)
        + say(SPENT, 16)
        + say(1, 8)
        + settle_cost(others)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squares_have_roots() {
        for y in
            [1u128, 3, 5, 0x1234_5678_9abc_def1, u128::MAX, (1 << 64) + 7, 0xdead_beef_dead_beef_dead_beef_dead_beef]
        {
            let c = root(y.wrapping_mul(y) % (1 << SQUARE));
            assert_eq!(c.wrapping_mul(c).wrapping_sub(y.wrapping_mul(y)) % (1 << SQUARE), 0);
            assert_eq!(c.wrapping_mul(inverse(c)), 1);
            let bit = inverse(c).wrapping_mul(y / 2).wrapping_add((inverse(c) >> 1) + 1);
            assert!(bit as u64 <= 1, "{y}");
        }
    }
}
