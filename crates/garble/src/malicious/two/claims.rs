//! What the protocol claims.

use std::ops::Add;

use jointly_core::{Adversary, Correlate, Corrupt, Cost, Guarantee, Parties, Party, Price, Spec, wire_bytes};
use jointly_math::bits::words;
use jointly_ot::{
    Security,
    silent::{BASE, FERRET, ferret_spec},
    softspoken_spec,
};

use super::{
    Size,
    bucket::Shape,
    check::{AGREE_BYTES, AGREE_ROUNDS, HASH_WORDS, opened_words},
    leaky::CHUNK,
    source::WIDTH,
};
use crate::Demand;

/// The claims of authenticated garbling between two. Bytes are exact; rounds are too, if both parties hand in and learn something and there is an AND, else at most as many.
pub static MALICIOUS_2: Spec<Price<Demand>> = Spec {
    id: "garble/malicious-2",
    about: "authenticated garbling with half-gates between two: 85 bytes an AND in large circuits",
    paper: "Katz, Ranellucci, Rosulek, Wang, CRYPTO 2018 (ePrint 2018/578); the proof of labels: Yang, Wang, Zhang, CCS 2020 (ePrint 2019/1104)",
    parties: Parties::Exactly(2),
    corrupt: Corrupt::UpTo(1),
    adversary: Adversary::Malicious,
    width: 0,
    parts: 0,
    cost,
    leaks: &[
        "whether a guess at bits of the other's Δ, or at places of the noise, in the correlated OTs was right; a wrong one ends the run",
        "party 1 learns its outputs first, and may stop before party 0 has its own",
    ],
    guarantee: Guarantee::IdentifiableAbort,
};

fn cost(demand: Demand, party: Party) -> Cost {
    let Demand::Function { ands, inputs, outputs } = demand else {
        return message(1, 16) + softspoken(Correlate::Setup);
    };
    let size = Size { ands, inputs: inputs.iter().sum() };
    correlations(size) + triples(size) + garbled(ands, inputs, party) + online(ands, inputs, outputs, party)
}

/// A message of `values` values of `size` bytes, by who sends it, or by both at a time.
fn message(values: usize, size: usize) -> Cost {
    Cost { rounds: u64::from(values > 0), bytes: wire_bytes(values, size) }
}

/// The same where `sent` is what this party sends and `other` what the other does.
fn either(mine: bool, values: usize, size: usize) -> Cost {
    let Cost { rounds, bytes } = message(values, size);
    Cost { rounds, bytes: if mine { bytes } else { 0 } }
}

/// Correlated OT in both directions: each party sends in one of them and receives in the other.
fn both(of: fn(Correlate, Party) -> Cost, step: Correlate) -> Cost {
    let (sender, receiver) = (of(step, Party(0)), of(step, Party(1)));
    Cost { rounds: sender.rounds.max(receiver.rounds), bytes: sender.bytes + receiver.bytes }
}

fn softspoken(step: Correlate) -> Cost {
    both(softspoken_spec(WIDTH, Security::Malicious).cost, step)
}

/// How many authenticated bits are drawn in each call.
fn draws(size: Size) -> impl Iterator<Item = usize> {
    let leaky = Shape::of(size.ands).leaky();
    let of = move |first: usize| 3 * CHUNK.min(leaky - first) + if first == 0 { size.masks() } else { 0 };
    (0..leaky.max(1)).step_by(CHUNK).map(of)
}

/// Authenticated bits.
fn correlations(size: Size) -> Cost {
    if !size.silent() {
        return draws(size).map(|n| softspoken(Correlate::Extend { before: 0, n })).fold(Cost::FREE, Cost::add);
    }
    // The claims of Ferret count the OTs that it starts from as one way of making them takes; here they are made in another.
    let start = Correlate::Extend { before: 0, n: FERRET.reserve() };
    let counted = both(softspoken_spec(BASE, Security::Malicious).cost, start);
    let all = both(ferret_spec(Security::Malicious).cost, Correlate::Extend { before: 0, n: draws(size).sum() });
    let start = softspoken(start);
    Cost { rounds: all.rounds - counted.rounds + start.rounds, bytes: all.bytes - counted.bytes + start.bytes }
}

/// Leaky ANDs, their comparison, and buckets.
fn triples(size: Size) -> Cost {
    let (shape, leaky) = (Shape::of(size.ands), Shape::of(size.ands).leaky());
    let halves =
        (0..leaky).step_by(CHUNK).map(|first| message(CHUNK.min(leaky - first), 8)).fold(Cost::FREE, Cost::add);
    let agree = Cost { rounds: AGREE_ROUNDS, bytes: AGREE_BYTES };
    let opened = opened_words(shape.layers.saturating_sub(1) * size.ands);
    halves + message(words(leaky), 8) + agree + message(opened, 8)
}

/// What depends on the function: opened masks, and the garbled circuit from party 0.
fn garbled(ands: usize, inputs: [usize; 3], party: Party) -> Cost {
    let of_other = inputs[1 - party.index().min(1)];
    let tables = Cost { rounds: 0, ..either(party == Party(0), words(ands), 8) };
    message(opened_words(2 * ands + of_other), 8) + either(party == Party(0), 2 * ands, 16) + tables
}

/// What depends on inputs, in the order of the messages.
fn online(ands: usize, inputs: [usize; 3], outputs: [usize; 3], party: Party) -> Cost {
    let (first, second) = (party == Party(0), party == Party(1));
    let checked = if ands > 0 { HASH_WORDS } else { 0 };
    either(second, words(inputs[1]), 8)
        + either(first, inputs[0] + inputs[1], 16)
        + either(second, words(ands) + checked, 8)
        + either(first, checked + opened_words(outputs[1]), 8)
        + either(second, opened_words(outputs[0]), 8)
}
