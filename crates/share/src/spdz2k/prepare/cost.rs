//! What a delivery sends.

use jointly_core::{Cost, Demand, wire_bytes};
use jointly_garble::malicious::many::make_cost;

use super::{
    super::table::{coin_cost, settle_cost},
    Sizes, WORDS, cope, products, shared_bits,
};

/// Bytes of each of `parties`, and rounds.
pub(in crate::spdz2k) fn cost(demand: &Demand, parties: u16) -> Cost {
    let (sizes, others) = (Sizes::of(demand), u64::from(parties) - 1);
    let (n, m) = (sizes.all_triples(), sizes.all_masks());
    let mut cost = Cost::FREE;
    if n + m > 0 {
        let say = |n: usize| Cost { rounds: u64::from(n > 0), bytes: others * wire_bytes(n, 16) };
        if n > 0 {
            cost += products::cost(others, n);
        }
        cost += cope::cost(others, 5 * n + m + 1) + coin_cost(others);
        cost += say(parties.into()) + say(n) + settle_cost(others);
    }
    if sizes.all_bits() > 0 {
        cost += make_cost(parties, sizes.all_bits(), 0);
    }
    if sizes.shared > 0 {
        cost += shared_bits::cost(others, sizes.shared);
    }
    (0..sizes.ands)
        .step_by(WORDS)
        .fold(cost, |sum, first| sum + make_cost(parties, 0, 64 * WORDS.min(sizes.ands - first)))
}
