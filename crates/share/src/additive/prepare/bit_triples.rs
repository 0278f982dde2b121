//! Random ANDs, 64 to a word: a, b, c shared by XOR, with c = a·b.
//!
//! A random OT of bits, p and p' at the sender, x and the chosen one at the receiver, shares the product of p ⊕ p' and x as p and the chosen one (Asharov,
//! Lindell, Schneider, Zohner, CCS 2013, §5.1; ABY, §III-B). A party's a is what it sends to the next party by chance, its b what it chooses there
//! by chance; towards others it tells what is different from them.

use futures::future::{try_join, try_join_all};
use jointly_core::Result;
use jointly_math::{Wiped, ring};

use super::{
    Links,
    session::{Choose, Receiver, Sender},
};

/// This party's a, b and c of `words` words.
pub(super) async fn make(links: &mut Links, words: usize) -> Result<[Wiped; 3]> {
    let Links { senders, receivers } = links;
    let ([next, senders @ ..], [prev, receivers @ ..]) = (&mut senders[..], &mut receivers[..]) else {
        return Err(super::ALONE);
    };
    let ([a, sent], [b, got]) = try_join(send(next, None, words), receive(prev, None, words)).await?;
    let others = try_join(
        try_join_all(senders.iter_mut().map(|to| send(to, Some(&a), words))),
        try_join_all(receivers.iter_mut().map(|from| receive(from, Some(&b), words))),
    );
    let (others_sent, others_got) = others.await?;
    let mut c = Wiped::new(a.iter().zip(b.iter()).map(|(a, b)| a & b).collect());
    let others = others_sent.into_iter().chain(others_got).map(|[_, share]| share);
    [sent, got].into_iter().chain(others).for_each(|share| ring::xor_to(&mut c, &share));
    Ok([a, b, c])
}

/// a, as wanted or else random, and shares of its products with the receiver's b.
async fn send(to: &mut Sender, wanted: Option<&[u64]>, words: usize) -> Result<[Wiped; 2]> {
    let choose = if wanted.is_some() { Choose::Told } else { Choose::Random };
    let at_once = to.size.at_once(choose, 64, 1);
    let [mut a, mut share] = [(); 2].map(|()| Wiped::new(Vec::with_capacity(words)));
    for first in (0..words).step_by(at_once) {
        let n = at_once.min(words - first);
        let [zeros, ones] = to.bits(64 * n, choose).await?;
        let random = zeros.iter().zip(ones.iter()).map(|(zero, one)| zero ^ one);
        match wanted {
            None => a.extend(random),
            Some(wanted) => {
                let corrections: Vec<u64> = random.zip(&wanted[first..]).map(|(random, a)| random ^ a).collect();
                to.ctx.send(to.peer, &corrections).await?;
            }
        }
        share.extend_from_slice(&zeros);
    }
    Ok([a, share])
}

/// b, as wanted or else random, and shares of its products with the sender's a.
async fn receive(from: &mut Receiver, wanted: Option<&[u64]>, words: usize) -> Result<[Wiped; 2]> {
    let choose = if wanted.is_some() { Choose::Told } else { Choose::Random };
    let at_once = from.size.at_once(choose, 64, 1);
    let [mut b, mut share] = [(); 2].map(|()| Wiped::new(Vec::with_capacity(words)));
    for first in (0..words).step_by(at_once) {
        let n = at_once.min(words - first);
        let [choices, mut pads] = from.bits(64 * n, wanted.map(|b| &b[first..first + n])).await?;
        if wanted.is_some() {
            let corrections: Vec<u64> = from.ctx.recv(from.peer, n).await?;
            let chosen = corrections.iter().zip(choices.iter()).map(|(c, b)| c & b);
            pads.iter_mut().zip(chosen).for_each(|(pad, c)| *pad ^= c);
        }
        b.extend_from_slice(&choices);
        share.extend_from_slice(&pads);
    }
    Ok([b, share])
}
