//! The check of everything owed: Goyal and Song, "Malicious security comes free in honest-majority MPC", ePrint 2020/134. All products become one inner product by random weights; the inner
//! product is made shorter, a step at a time, by polynomials whose values are computed with the same multiplication; the last one is opened with a random product in it.
//! `docs/protocols/shamir-malicious.md` goes through it, with what is lost at each step.

mod claim;
mod coins;
mod element;
mod field;
mod plan;
mod words;

pub use element::{Challenge, Element, Square};

use jointly_core::{Among, Cost, Demand, Error, Party, Result, wire_bytes};
use jointly_math::{Prg, Seed, Wiped};

use self::{
    claim::{Claim, units},
    coins::Coins,
    element::Shared,
    plan::{Plan, Step},
    words::Rows,
};
use super::{
    super::{heard::DIGEST, seeds::Streams, world::World},
    Modulus, ShamirMalicious, core_of, cost as prices,
    owed::Owed,
};
use crate::Share;

impl<F: Modulus> ShamirMalicious<F> {
    /// After an error nothing may be opened any more.
    pub(super) async fn check(&mut self, owed: Owed<F>) -> Result<()> {
        let plan = Plan::of(&owed.demand());
        let mut coins = self.commit(plan.coins()).await?;
        let coin = self.toss(&mut coins).await?;
        let weights = |kind: &str| Prg::new(coin.derive("jointly shamir-malicious weights", kind));
        let points = self.core.points.clone();
        let ring =
            field::claim(&owed, plan.ring.first().map_or(0, |s| s.rows << s.variables), &points, &mut weights("ring"));
        let mut bits = match plan.words {
            Some(step) => {
                let rows = Rows::new(&owed, step, &points, &mut weights("words"));
                let products = self.shared(&rows.products()).await?;
                let coin = self.toss(&mut coins).await?;
                rows.go_on(&products, &u64::draw(&mut point_of(&coin, "words"), step.variables))
            }
            None => Claim::empty(),
        };
        words::add_hops(&mut bits, &owed, &points, &mut weights("bits"));
        drop(owed);
        self.shorten(&plan, ring, bits, &mut coins).await
    }

    /// Both kinds side by side, to the end.
    async fn shorten(
        &mut self,
        plan: &Plan,
        mut ring: Claim<F::Challenge>,
        mut bits: Claim<u64>,
        coins: &mut Coins,
    ) -> Result<()> {
        for i in 0..plan.ring.len().max(plan.bits.len()) {
            let of_ring = self.step(plan.ring.get(i), &mut ring).await?;
            let of_bits = self.step(plan.bits.get(i), &mut bits).await?;
            let coin = self.toss(coins).await?;
            go_on(plan.ring.get(i), &mut ring, &of_ring, &mut point_of(&coin, "ring"));
            go_on(plan.bits.get(i), &mut bits, &of_bits, &mut point_of(&coin, "bits"));
        }
        self.end(!plan.ring.is_empty(), &ring).await?;
        self.end(!plan.bits.is_empty(), &bits).await
    }

    /// The polynomial's values, shared.
    async fn step<E: Shared<F>>(&mut self, step: Option<&Step>, claim: &mut Claim<E>) -> Result<Wiped<E>> {
        let Some(&step) = step else { return Ok(Wiped::new(Vec::new())) };
        let masks = if step.last { self.random::<E>(2) } else { vec![E::default(); 2] };
        claim.fill(step, [masks[0], masks[1]]);
        self.shared(&claim.products(step)).await
    }

    /// Products of shares, brought back to degree t.
    async fn shared<E: Shared<F>>(&mut self, products: &[E]) -> Result<Wiped<E>> {
        let parts = Wiped::new(products.iter().map(|product| product.part(&self.core.points)).collect::<Vec<E>>());
        let words = Wiped::new(E::words(&parts));
        let n = words.len();
        let share = self.core.reduce::<E::World>(Some(words), n).await?;
        Ok(Wiped::new(E::of_words(share.part(0))))
    }

    /// Random shared elements that nobody knows, without a message.
    fn random<E: Shared<F>>(&mut self, n: usize) -> Vec<E> {
        let points = self.core.points.clone();
        let len = E::words(&vec![E::default(); n]).len();
        let mut share = E::World::blank(&points, len);
        let Streams { sets, .. } = &mut self.core.streams;
        for (stream, weight) in sets.iter_mut().zip(&E::World::weights(&points).sets) {
            let mut drawn = Wiped::new(vec![Default::default(); len]);
            E::World::fill(stream, &mut drawn);
            E::World::spread(*weight, &drawn, &mut share, 0..len);
        }
        E::of_words(share.part(0))
    }

    /// Opens what is left: x and y are random.
    async fn end<E: Shared<F>>(&mut self, any: bool, claim: &Claim<E>) -> Result<()> {
        if !any {
            return Ok(());
        }
        let share = Share::new(vec![E::words(&[claim.x[0], claim.y[0], claim.z])]);
        let opened = self.reveal::<E::World>(&share, (0..self.parties().n).collect()).await?.unwrap_or_default();
        match E::of_words(&opened)[..] {
            [x, y, z] if x.times(y) == z => Ok(()),
            _ => Err(Error::Cheated { by: None, check: "the check of products", proof: None }),
        }
    }
}

fn point_of(coin: &Seed, kind: &str) -> Prg {
    Prg::new(coin.derive("jointly shamir-malicious point", kind))
}

fn go_on<E: Element>(step: Option<&Step>, claim: &mut Claim<E>, products: &[E], coins: &mut Prg) {
    let Some(&step) = step else { return };
    let point = if step.last { units(coins, step.variables) } else { E::draw(coins, step.variables) };
    claim.go_on(step, products, &point);
}

/// What checking `owed` sends.
pub(super) fn cost<F: Modulus>(owed: &Demand, among: Among, party: Party) -> Cost {
    let Ok(core) = core_of(among) else { return super::super::cost::OUT_OF_REACH };
    if owed.is_empty() {
        return Cost::FREE;
    }
    if party.0 >= core.n {
        return Cost { bytes: 0, ..cost::<F>(owed, among, Party(0)) };
    }
    let degree = F::Challenge::DEGREE;
    let (plan, price) = (Plan::of(owed), prices::price::<F>(core, party));
    let others = u64::from(core.n - 1);
    let all = |words: usize| Cost { rounds: 1, bytes: others * wire_bytes(words, 8) };
    let coin = all(DIGEST);
    let mut cost = all(2 * DIGEST) + all(2 * DIGEST);
    if let Some(step) = plan.words {
        cost += price.reduce(step.products(), 8) + coin;
    }
    for i in 0..plan.ring.len().max(plan.bits.len()) {
        cost += plan.ring.get(i).map_or(Cost::FREE, |step| price.reduce(degree * step.products(), F::BYTES));
        cost += plan.bits.get(i).map_or(Cost::FREE, |step| price.reduce(step.products(), 8));
        cost += coin;
    }
    for (any, words, size) in [(!plan.ring.is_empty(), 3 * degree, F::BYTES), (!plan.bits.is_empty(), 3, 8)] {
        // Extra parties hear nothing of it.
        if any {
            cost += prices::open_among(core, core.n, party, words, size);
        }
    }
    cost
}
