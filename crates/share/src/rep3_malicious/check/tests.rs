//! A prover that lies in every step, so that each step's polynomials sum up to what the step before claims.

use jointly_core::{Error, Party, Result};
use jointly_math::prg::Prg;

use super::{
    super::{Rep3Malicious, tests::run},
    *,
};
use crate::Scheme;

const LIAR: Party = Party(1);

/// What the liar's claims exceed the truth by.
struct Debt(Vec<u64>);

impl Debt {
    /// Makes the polynomials sum up: adds the debt at the first corner.
    fn hide<E: Extension>(&self, message: &mut [u64]) {
        let first = E::add(&message[..E::WIDTH], &self.0);
        message[..E::WIDTH].copy_from_slice(&first);
    }

    /// What the lie is at a random point.
    fn go_on<E: Extension>(&mut self, points: usize, point: &[u64]) {
        let mut lie = vec![0; points * E::WIDTH];
        lie[..E::WIDTH].copy_from_slice(&self.0);
        self.0 = super::cube::value_at::<E>(&lie, point);
    }
}

/// As [`check`], by a prover whose product with index 0 exceeds the right one by `error`; whether it is caught.
async fn lying_check(core: &mut Rep3, owed: Owed, error: u64) -> Result<()> {
    let demand = owed.demand();
    let mut common = Common::new(core, 1);
    let coin = common.toss(core).await?;
    let me = core.me().0;
    let start = |kind: &str| Prg::new(coin.derive("jointly rep3-malicious weights", kind));
    // The first output's weight: its place's, times its row's.
    let plan = Plan::of::<Galois>(&demand);
    let weights = rows::Weights::draw::<Galois>(&owed.ring, plan.rows, &mut start("ring"));
    let row = Galois::of_bits(weights.of_rows[0][0]);
    let mut debt = Debt(row.iter().map(|w| w.wrapping_mul(error)).collect());
    let mut ring = Proof::<Galois>::new(plan.clone(), owed.ring, me, &mut start("ring"));
    let mut bits = Proof::<Binary>::new(Plan::of::<Binary>(&demand), owed.bits, me, &mut start("bits"));
    for points in plan.points() {
        let mut values = ring.prove(&mut common.masks);
        debt.hide::<Galois>(&mut values);
        let [drawn, to_draw] = [0, 1].map(|i| common.shares[i].words(values.len()));
        let (message, n) = (Galois::sub(&values, &to_draw), values.len());
        let received = core.pass_prev(&message, n).await?;
        ring.hear([received, drawn]);
        bits.hear([Vec::new(), Vec::new()]);
        let coin = common.toss(core).await?;
        let mut prg = Prg::new(coin.derive("jointly rep3-malicious point", "ring"));
        let draw = if ring.is_last() { Galois::draw_units } else { Galois::draw };
        let point = draw(&mut prg, ring.variables());
        debt.go_on::<Galois>(points, &point);
        go_on(&mut ring, &coin, "ring");
        go_on(&mut bits, &coin, "bits");
    }
    assert!(debt.0.iter().any(|word| *word != 0), "a lie of 0 would be true");
    end(core, common, &ring, &bits).await
}

fn lie(error: u64, n: usize) -> Vec<Result<()>> {
    run(3, async |ctx| {
        let mut e = Rep3Malicious::new(ctx).await?;
        let x = e.public(&vec![3; n]);
        let liar = e.core.me() == LIAR;
        e.core.lie = if liar { error } else { 0 };
        e.mul(&x, &x).await?;
        let owed = std::mem::take(&mut e.owed);
        if liar { lying_check(&mut e.core, owed, error).await } else { check(&mut e.core, owed, 1).await }
    })
}

#[test]
fn a_prover_that_lies_throughout_is_caught_in_the_end() {
    for (error, n) in [(1, 70), (1 << 63, 70), (1 << 40, 3), (1 << 63, 20_000)] {
        let outcomes = lie(error, n);
        // The second verifier of party 1's proof is party 2; the others wait for its word.
        let caught = matches!(&outcomes[2], Err(Error::Cheated { check, .. }) if check.contains("proof"));
        assert!(caught && outcomes.iter().all(|out| out.is_err()), "{outcomes:?}");
    }
}

/// The same run without a lie ends well: it is the lie that is caught, not the liar's code.
#[test]
fn the_same_prover_with_the_truth_convinces() {
    let outcomes = run(3, async |ctx| {
        let mut e = Rep3Malicious::new(ctx).await?;
        let x = e.public(&[3; 70]);
        e.mul(&x, &x).await?;
        e.settle().await
    });
    assert!(outcomes.iter().all(|out| out.is_ok()), "{outcomes:?}");
}
