//! MACs on what a party knows: correlated oblivious product evaluation (ePrint 2018/482, appendix C, VOLE modulo 2^l, as in MASCOT, ePrint 2016/505).
//!
//! For bit h of αᵢ, party j has two seeds and party i the one that its bit chose. Of x, party j says u = F(k₀) − F(k₁) + x; with q = F(k₀) or
//! F(k₁) + u, party i has q = F(k₀) + αᵢ[h]·x. Multiplied by 2^h and summed: αᵢ·x, shared. Only the low 128 − h bits of u count, and whole bytes of them are sent.

use jointly_core::{Cost, Party, Result, wire_bytes};
use jointly_math::{Prg, Seed, Wiped};

use super::super::{
    keys::KEY_BITS,
    table::Table,
    wide::{add_to, random},
};

/// Values at a time.
const CHUNK: usize = 1 << 11;

/// Bytes of u for each bit of α, and of all together.
const fn bytes(h: usize) -> usize {
    (128 - h).div_ceil(8)
}

const EACH: usize = {
    let (mut sum, mut h) = (0, 0);
    while h < KEY_BITS {
        sum += bytes(h);
        h += 1;
    }
    sum
};

/// What this party holds of x·α for what each party knows, by party: at its own place for its own x.
pub(super) async fn authenticate(table: &mut Table, x: &[u128]) -> Result<Vec<Wiped<u128>>> {
    let (me, alpha, path) = (table.me(), table.keys.alpha(), table.ctx.path().to_string());
    let stream = |seed: &Seed| Prg::new(seed.derive("jointly spdz2k MACs", &path));
    let mut peers: Vec<Peer> = table
        .keys
        .peers
        .iter()
        .map(|(party, peer)| Peer {
            party: *party,
            both: peer.both.iter().map(|pair| [stream(&pair[0]), stream(&pair[1])]).collect(),
            chosen: peer.chosen.iter().map(stream).collect(),
        })
        .collect();
    let mut parts: Vec<Wiped<u128>> = table.among.all().map(|_| Wiped::new(Vec::with_capacity(x.len()))).collect();
    for x in x.chunks(CHUNK) {
        let mut own = Wiped::new(x.iter().map(|x| x.wrapping_mul(alpha)).collect());
        let messages: Vec<Vec<u8>> = peers.iter_mut().map(|peer| peer.say(x, &mut own)).collect();
        let out: Vec<(Party, &[u8])> = peers.iter().zip(&messages).map(|(peer, m)| (peer.party, &m[..])).collect();
        let from: Vec<(Party, usize)> = peers.iter().map(|peer| (peer.party, EACH * x.len())).collect();
        let got = table.ctx.exchange_all(&out, &from).await?;
        for (peer, message) in peers.iter_mut().zip(&got) {
            parts[peer.party.index()].extend_from_slice(&peer.hear(message, x.len(), alpha as u64));
        }
        parts[me.index()].extend_from_slice(&own);
    }
    Ok(parts)
}

struct Peer {
    party: Party,
    both: Vec<[Prg; 2]>,
    chosen: Vec<Prg>,
}

impl Peer {
    /// The messages u; `own` takes this party's share.
    fn say(&mut self, x: &[u128], own: &mut [u128]) -> Vec<u8> {
        let (mut message, mut at) = (vec![0; EACH * x.len()], 0);
        for (h, [zero, one]) in self.both.iter_mut().enumerate() {
            let [zeros, ones] = [random(zero, x.len()), random(one, x.len())];
            for (i, x) in x.iter().enumerate() {
                own[i] = own[i].wrapping_sub(zeros[i] << h);
                let u = zeros[i].wrapping_sub(ones[i]).wrapping_add(*x);
                message[i * EACH + at..][..bytes(h)].copy_from_slice(&u.to_le_bytes()[..bytes(h)]);
            }
            at += bytes(h);
        }
        message
    }

    /// This party's share of what the other one has said.
    fn hear(&mut self, message: &[u8], n: usize, alpha: u64) -> Wiped<u128> {
        let (mut share, mut at) = (Wiped::new(vec![0u128; n]), 0);
        for (h, chosen) in self.chosen.iter_mut().enumerate() {
            let stream = random(chosen, n);
            let mask = u128::from(alpha >> h & 1).wrapping_neg();
            for (i, share) in share.iter_mut().enumerate() {
                let mut u = [0; 16];
                u[..bytes(h)].copy_from_slice(&message[i * EACH + at..][..bytes(h)]);
                let q = stream[i].wrapping_add(u128::from_le_bytes(u) & mask);
                *share = share.wrapping_add(q << h);
            }
            at += bytes(h);
        }
        share
    }
}

/// Σ of all parts.
pub(super) fn total(parts: &[Wiped<u128>]) -> Wiped<u128> {
    let mut sum = Wiped::new(vec![0; parts.first().map_or(0, |part| part.len())]);
    parts.iter().for_each(|part| add_to(&mut sum, part));
    sum
}

/// [`authenticate`] of `n` values.
pub(super) fn cost(others: u64, n: usize) -> Cost {
    let chunk = |first: usize| wire_bytes(EACH * CHUNK.min(n - first), 1);
    let bytes: u64 = (0..n).step_by(CHUNK).map(chunk).sum();
    Cost { rounds: n.div_ceil(CHUNK) as u64, bytes: others * bytes }
}
