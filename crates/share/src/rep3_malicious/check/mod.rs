//! The check of everything owed: distributed zero-knowledge proofs.
//!
//! Boyle, Gilboa, Ishai, Nof, "Practical Fully Secure Three-Party Computation via Sublinear Distributed Zero-Knowledge Proofs", CCS 2019
//! (ePrint 2019/1390), with the recursion of Boneh, Boyle, Corrigan-Gibbs, Gilboa, Ishai, "Zero-Knowledge Proofs on Secret-Shared Data via Fully
//! Linear PCPs", CRYPTO 2019 (ePrint 2019/188). Each party proves to its two neighbours that what it sent is what the protocol says; all three
//! proofs run side by side. `docs/protocols/rep3-malicious.md` goes through it step by step, with what is lost at each.

mod claims;
mod cube;
pub(crate) mod extension;
mod plan;
mod proof;
mod rows;
#[cfg(test)]
mod tests;

use jointly_core::{Cost, Demand, Error, Party, Result, wire_bytes};
use jointly_math::{
    Wiped,
    hash::Hasher,
    prg::{Prg, Seed},
};

use self::{
    extension::{Binary, Extension, Galois},
    plan::Plan,
    proof::Proof,
};
use super::{DIGEST, digest_words, owed::Owed};
use crate::rep3::Rep3;

/// What a party says when its part of the check has gone well.
const GOOD: u64 = 0x676f_6f64;

/// Generators that neighbours have in common, for one check. Each pair is of party i's own seed and the next party's.
struct Common {
    /// The second verifier's shares.
    shares: [Prg; 2],
    /// What hides the end of a component.
    masks: [Prg; 2],
    coins: [Prg; 2],
    /// What came of the coins.
    tossed: Hasher,
}

impl Common {
    fn new(core: &Rep3, number: u64) -> Self {
        let path = format!("{}#{number}", core.path());
        let pair = |label: &str| [0, 1].map(|i| Prg::new(core.seed(i).derive(label, &path)));
        Self {
            shares: pair("jointly rep3-malicious shares"),
            masks: pair("jointly rep3-malicious masks"),
            coins: pair("jointly rep3-malicious coins"),
            tossed: Hasher::new("jointly rep3-malicious coins"),
        }
    }

    /// A coin that all know and nobody chose: kᵢ₋₁'s part of it reaches party i from party i − 1, which sends it when it has all that party i sent before.
    /// What came is compared before anything is decided.
    async fn toss(&mut self, core: &mut Rep3) -> Result<Seed> {
        let [mine, next] = self.coins.each_mut().map(|prg| prg.words(2));
        let theirs = core.pass_next(&mine, 2).await?;
        let mut coin = [0; 16];
        for (i, out) in coin.chunks_exact_mut(8).enumerate() {
            out.copy_from_slice(&(mine[i] ^ next[i] ^ theirs[i]).to_le_bytes());
        }
        self.tossed.part(&coin);
        Ok(Seed::from_bytes(coin))
    }
}

/// Checks all that is owed; `number` counts the checks. After an error nothing may be opened any more.
pub(super) async fn check(core: &mut Rep3, owed: Owed, number: u64) -> Result<()> {
    let demand = owed.demand();
    let mut common = Common::new(core, number);
    let coin = common.toss(core).await?;
    let me = core.me().0;
    let start = |kind: &str| Prg::new(coin.derive("jointly rep3-malicious weights", kind));
    let mut ring = Proof::<Galois>::new(Plan::of::<Galois>(&demand), owed.ring, me, &mut start("ring"));
    let mut bits = Proof::<Binary>::new(Plan::of::<Binary>(&demand), owed.bits, me, &mut start("bits"));
    while ring.expected() + bits.expected() > 0 {
        step(core, &mut common, &mut ring, &mut bits).await?;
    }
    end(core, common, &ring, &bits).await
}

/// Each party shares its polynomials between its verifiers: the second one's share is drawn, the first one's is sent. Then all go on at a random point.
async fn step(core: &mut Rep3, common: &mut Common, ring: &mut Proof<Galois>, bits: &mut Proof<Binary>) -> Result<()> {
    let at = ring.expected();
    let mut message = Vec::with_capacity(at + bits.expected());
    let (of_ring, of_bits) = (Wiped::new(ring.prove(&mut common.masks)), Wiped::new(bits.prove(&mut common.masks)));
    let [drawn, to_draw] = [0, 1].map(|i| [at, bits.expected()].map(|n| common.shares[i].words(n)));
    message.extend(Galois::sub(&of_ring, &to_draw[0]));
    message.extend(Binary::sub(&of_bits, &to_draw[1]));
    let mut received = core.pass_prev(&message, message.len()).await?;
    let received_bits = received.split_off(at);
    let [drawn_ring, drawn_bits] = drawn;
    ring.hear([received, drawn_ring]);
    bits.hear([received_bits, drawn_bits]);
    let coin = common.toss(core).await?;
    go_on(ring, &coin, "ring");
    go_on(bits, &coin, "bits");
    Ok(())
}

fn go_on<E: Extension>(proof: &mut Proof<E>, coin: &Seed, kind: &str) {
    let mut prg = Prg::new(coin.derive("jointly rep3-malicious point", kind));
    let draw = if proof.is_last() { E::draw_units } else { E::draw };
    let point = draw(&mut prg, proof.variables());
    proof.go_on(&point);
}

/// All compare the coins: a verifier that was told of others would give away by what its shares differ. Then first verifiers tell second ones how it
/// ended, and each says that it is content: nobody opens anything before.
async fn end(core: &mut Rep3, common: Common, ring: &Proof<Galois>, bits: &Proof<Binary>) -> Result<()> {
    let coins = digest_words(common.tossed.finalize());
    let theirs = core.both([(core.next(), &coins), (core.prev(), &coins)], [DIGEST, DIGEST]).await?;
    if theirs.iter().any(|theirs| *theirs != coins) {
        return Err(cheated("the comparison of random coins"));
    }
    let message = [ring.ending(), bits.ending()].concat();
    let ending = core.pass_prev(&message, message.len()).await?;
    let (of_ring, of_bits) = ending.split_at(ring.ending_words());
    if !ring.accepts(of_ring) || !bits.accepts(of_bits) {
        return Err(cheated("the proof that products are right"));
    }
    agree(core).await
}

/// Nobody goes on before all have said that they are content.
async fn agree(core: &mut Rep3) -> Result<()> {
    let good = [GOOD];
    let out = [(core.next(), &good[..]), (core.prev(), &good[..])];
    let said = core.both(out, [1, 1]).await?;
    match [core.prev(), core.next()].into_iter().zip(&said).find(|(_, said)| said[0] != GOOD) {
        None => Ok(()),
        Some((from, _)) => Err(Error::Malformed { from, what: "it is not the word that ends a check" }),
    }
}

fn cheated(check: &'static str) -> Error {
    Error::Cheated { by: None, check, proof: None }
}

/// What checking `owed` sends.
pub(super) fn cost(owed: &Demand, _: Party) -> Cost {
    if owed.is_empty() {
        return Cost::FREE;
    }
    let coin = Cost { rounds: 1, bytes: wire_bytes(2, 8) };
    let (ring, bits) = (Plan::of::<Galois>(owed), Plan::of::<Binary>(owed));
    let (of_ring, of_bits) = (ring.points(), bits.points());
    let mut cost = coin;
    for i in 0..of_ring.len().max(of_bits.len()) {
        let words = |points: &[usize], width| points.get(i).map_or(0, |points| points * width);
        let words = words(&of_ring, Galois::WIDTH) + words(&of_bits, Binary::WIDTH);
        cost += Cost { rounds: 1, bytes: wire_bytes(words, 8) };
        cost += coin;
    }
    let ending = |points: &[usize], width| if points.is_empty() { 0 } else { (3 + points.len()) * width };
    let ending = ending(&of_ring, Galois::WIDTH) + ending(&of_bits, Binary::WIDTH);
    cost += Cost { rounds: 1, bytes: 2 * wire_bytes(DIGEST, 8) };
    cost += Cost { rounds: 1, bytes: wire_bytes(ending, 8) };
    cost + Cost { rounds: 1, bytes: 2 * wire_bytes(1, 8) }
}
