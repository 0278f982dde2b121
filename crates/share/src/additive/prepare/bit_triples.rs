//! Random ANDs, 64 to a word: a, b, c shared by XOR, with c = a·b; alone, in pairs that have b in common, or between two parties.
//!
//! A random OT of bits, p and p' at the sender, x and the chosen one at the receiver, shares the product of p ⊕ p' and x as p and the chosen one (Asharov,
//! Lindell, Schneider, Zohner, CCS 2013, §5.1, as in ABY). A party's a is what it sends to the next party by chance, its b what it chooses there
//! by chance; towards others it tells what is different from them. An OT of two bits shares two products with one b.

use futures::future::{try_join, try_join_all};
use jointly_core::Result;
use jointly_math::{Wiped, ring};

use super::{
    ALONE, Links,
    session::{Choose, Receiver, Sender},
};

/// A party's b, and for each lane its a and c.
type Triples<const LANES: usize> = (Wiped, [Wiped; LANES], [Wiped; LANES]);

/// Of `words` words.
pub(super) async fn make<const LANES: usize>(links: &mut Links, words: usize) -> Result<Triples<LANES>> {
    let Links { senders, receivers } = links;
    let ([next, senders @ ..], [prev, receivers @ ..]) = (&mut senders[..], &mut receivers[..]) else {
        return Err(ALONE);
    };
    let ((a, sent), (b, got)) = try_join(send::<LANES>(next, None, words), receive::<LANES>(prev, None, words)).await?;
    let others = try_join(
        try_join_all(senders.iter_mut().map(|to| send(to, Some(&a), words))),
        try_join_all(receivers.iter_mut().map(|from| receive(from, Some(&b), words))),
    );
    let (others_sent, others_got) = others.await?;
    let mut c: [Wiped; LANES] = std::array::from_fn(|lane| and(&a[lane], &b));
    let others =
        others_sent.into_iter().map(|(_, shares)| shares).chain(others_got.into_iter().map(|(_, shares)| shares));
    for shares in [sent, got].into_iter().chain(others) {
        c.iter_mut().zip(&shares).for_each(|(c, share)| ring::xor_to(c, share));
    }
    Ok((b, a, c))
}

/// Of two parties, each one's a or b, and shares of the products: of the first half of the words the lower party has a, of the others the higher.
pub(super) async fn make_cross(links: &mut Links, words: usize) -> Result<[Wiped; 2]> {
    let ([to], [from]) = (&mut links.senders[..], &mut links.receivers[..]) else { return Err(ALONE) };
    let lower = from.ctx.me() < from.peer;
    let [first, second] = halves(words);
    let [sends, receives] = if lower { [first, second] } else { [second, first] };
    let (([mine], [sent]), (theirs, [got])) = try_join(send(to, None, sends), receive(from, None, receives)).await?;
    let join = |first: &[u64], second: &[u64]| Wiped::new([first, second].concat());
    Ok(match lower {
        true => [join(&mine, &theirs), join(&sent, &got)],
        false => [join(&theirs, &mine), join(&got, &sent)],
    })
}

/// Words in which the lower, and in which the higher party sends.
pub(super) fn halves(words: usize) -> [usize; 2] {
    [words.div_ceil(2), words / 2]
}

fn and(x: &[u64], y: &[u64]) -> Wiped {
    Wiped::new(x.iter().zip(y).map(|(x, y)| x & y).collect())
}

fn room<const LANES: usize>(words: usize) -> [Wiped; LANES] {
    [(); LANES].map(|()| Wiped::new(Vec::with_capacity(words)))
}

/// The a of each lane, as wanted or else random, and shares of its products with the receiver's b.
async fn send<const LANES: usize>(
    to: &mut Sender,
    wanted: Option<&[Wiped; LANES]>,
    words: usize,
) -> Result<([Wiped; LANES], [Wiped; LANES])> {
    let choose = if wanted.is_some() { Choose::Told } else { Choose::Random };
    let at_once = to.size.at_once(choose, 64, 1);
    let (mut a, mut shares) = (room::<LANES>(words), room::<LANES>(words));
    for first in (0..words).step_by(at_once) {
        let n = at_once.min(words - first);
        let [zeros, ones] = to.bits::<LANES>(64 * n, choose).await?;
        let mut corrections = Vec::new();
        for (lane, (zeros, ones)) in zeros.iter().zip(&ones).enumerate() {
            let random = zeros.iter().zip(ones.iter()).map(|(zero, one)| zero ^ one);
            match wanted {
                None => a[lane].extend(random),
                Some(wanted) => corrections.extend(random.zip(&wanted[lane][first..]).map(|(random, a)| random ^ a)),
            }
            shares[lane].extend_from_slice(zeros);
        }
        to.ctx.send(to.peer, &corrections).await?;
    }
    Ok((a, shares))
}

/// b, as wanted or else random, and for each lane shares of its products with the sender's a.
async fn receive<const LANES: usize>(
    from: &mut Receiver,
    wanted: Option<&[u64]>,
    words: usize,
) -> Result<(Wiped, [Wiped; LANES])> {
    let choose = if wanted.is_some() { Choose::Told } else { Choose::Random };
    let at_once = from.size.at_once(choose, 64, 1);
    let (mut b, mut shares) = (Wiped::new(Vec::with_capacity(words)), room::<LANES>(words));
    for first in (0..words).step_by(at_once) {
        let n = at_once.min(words - first);
        let (choices, pads) = from.bits::<LANES>(64 * n, wanted.map(|b| &b[first..first + n])).await?;
        let told = if wanted.is_some() { LANES * n } else { 0 };
        let corrections: Vec<u64> = from.ctx.recv(from.peer, told).await?;
        for (lane, pads) in pads.iter().enumerate() {
            shares[lane].extend_from_slice(pads);
            let (corrections, start) = (corrections.chunks_exact(n).nth(lane).unwrap_or(&[]), shares[lane].len() - n);
            ring::xor_to(&mut shares[lane][start..][..corrections.len()], &and(corrections, &choices));
        }
        b.extend_from_slice(&choices);
    }
    Ok((b, shares))
}
