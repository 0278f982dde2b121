//! Random products: a, b, c shared, with Σcᵢ = Σaᵢ·Σbᵢ.
//!
//! Of the products aᵢ·bⱼ a party computes its own, i = j. Each other one is shared between the two parties by 64 correlated OTs (Gilboa, "Two party
//! RSA key generation", CRYPTO 1999; as in Demmler, Schneider, Zohner, "ABY", NDSS 2015, "Generating arithmetic multiplication triples"): party j chooses with bit k of bⱼ; party i, whose pads are
//! p and p', says m = p − p' + aᵢ, of which party j with bit 1 makes p + aᵢ out of p', and with bit 0 it has p. The difference to −p at party i
//! is aᵢ·2ᵏ·bit after both are multiplied by 2ᵏ: of m, only the low 64 − k bits count, and no others are sent.

use jointly_core::Result;
use jointly_math::{Wiped, ring};

use super::{
    Links,
    session::{Choose, Receiver, Sender},
};

/// OTs of a product.
const BITS: usize = 64;

/// Words that a message of `n` products has: pairs of m of 64 bits together fill one, the one of 32 bits fills a half.
pub(super) fn message_words(n: usize) -> usize {
    32 * n + n.div_ceil(2)
}

/// This party's a, b and c of `n` triples. Where the next party receives, the random choices become its b; others are told.
pub(super) async fn make(links: &mut Links, a: Wiped, n: usize) -> Result<[Wiped; 3]> {
    let Links { senders, receivers } = links;
    let ([next, senders @ ..], [prev, receivers @ ..]) = (&mut senders[..], &mut receivers[..]) else {
        return Err(super::ALONE);
    };
    let (sent, (b, got)) = futures::future::try_join(send(next, &a, Choose::Random), receive(prev, None, n)).await?;
    let others = futures::future::try_join(
        futures::future::try_join_all(senders.iter_mut().map(|to| send(to, &a, Choose::Told))),
        futures::future::try_join_all(receivers.iter_mut().map(|from| receive(from, Some(&b), n))),
    );
    let (others_sent, others_got) = others.await?;
    let mut c = Wiped::new(ring::mul(&a, &b));
    let shares = [sent, got].into_iter().chain(others_sent).chain(others_got.into_iter().map(|(_, share)| share));
    shares.for_each(|share| ring::add_to(&mut c, &share));
    Ok([a, b, c])
}

/// Shares of the products of `a` and the receiver's b.
async fn send(to: &mut Sender, a: &[u64], choose: Choose) -> Result<Wiped> {
    let mut share = Wiped::new(Vec::with_capacity(a.len()));
    for a in a.chunks(to.size.at_once(choose, BITS, 1)) {
        let [zeros, ones] = to.pads(BITS * a.len(), 1, choose).await?;
        let mut message = vec![0; message_words(a.len())];
        let (words, halves) = message.split_at_mut(32 * a.len());
        let pads = zeros.as_chunks::<BITS>().0.iter().zip(ones.as_chunks::<BITS>().0);
        for (i, ((a, (zeros, ones)), words)) in a.iter().zip(pads).zip(words.as_chunks_mut::<32>().0).enumerate() {
            let (mine, half) = correct(*a, zeros, ones, words);
            share.push(mine);
            halves[i / 2] |= half << (i % 2 * 32);
        }
        to.ctx.send(to.peer, &message).await?;
    }
    Ok(share)
}

/// The messages of one product: its share, and the message of 32 bits.
fn correct(a: u64, zeros: &[u64; BITS], ones: &[u64; BITS], words: &mut [u64; 32]) -> (u64, u64) {
    let m: [u64; BITS] = std::array::from_fn(|k| zeros[k].wrapping_sub(ones[k]).wrapping_add(a));
    words[0] = m[0];
    for k in 1..32 {
        words[k] = m[k] & (u64::MAX >> k) | m[64 - k] << (64 - k);
    }
    let share = zeros.iter().enumerate().fold(0u64, |sum, (k, pad)| sum.wrapping_sub(pad << k));
    (share, m[32] & u64::from(u32::MAX))
}

/// b, as wanted or else random, and shares of its products with the sender's a.
async fn receive(from: &mut Receiver, wanted: Option<&[u64]>, n: usize) -> Result<(Wiped, Wiped)> {
    let choose = if wanted.is_some() { Choose::Told } else { Choose::Random };
    let at_once = from.size.at_once(choose, BITS, 1);
    let (mut b, mut share) = (Wiped::new(Vec::with_capacity(n)), Wiped::new(Vec::with_capacity(n)));
    for first in (0..n).step_by(at_once) {
        let n = at_once.min(n - first);
        let [choices, pads] = from.pads(BITS * n, 1, wanted.map(|b| &b[first..first + n])).await?;
        let message: Vec<u64> = from.ctx.recv(from.peer, message_words(n)).await?;
        let (words, halves) = message.split_at(32 * n);
        let products = choices.iter().zip(pads.as_chunks::<BITS>().0).zip(words.as_chunks::<32>().0);
        for (i, ((b, pads), words)) in products.enumerate() {
            share.push(choose_products(*b, pads, words, halves[i / 2] >> (i % 2 * 32)));
        }
        b.extend_from_slice(&choices);
    }
    Ok((b, share))
}

/// The share of one product. What stands above the 64 − k bits of a message falls out when it is shifted.
fn choose_products(b: u64, pads: &[u64; BITS], words: &[u64; 32], half: u64) -> u64 {
    let mut m = [0; BITS];
    m[..32].copy_from_slice(words);
    m[32] = half;
    for k in 1..32 {
        m[64 - k] = words[k] >> (64 - k);
    }
    let term = |k: usize| pads[k].wrapping_add(m[k] & (b >> k & 1).wrapping_neg()) << k;
    (0..BITS).fold(0u64, |sum, k| sum.wrapping_add(term(k)))
}
