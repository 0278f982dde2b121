//! What the protocol claims.

use jointly_core::{
    Adversary, Correlate, Corrupt, Cost, Guarantee, Parties, Party, Spec, wire_bytes,
};
use jointly_math::bits::words;
use jointly_ot::{
    Security,
    silent::{BASE, FERRET, ferret_spec},
    softspoken_spec,
};

use super::{
    Size,
    bucket::Shape,
    check::{AGREE_BYTES, opened_words},
    leaky::CHUNK,
    online::HASH_WORDS,
    source::WIDTH,
};
use crate::Demand;

/// The claims of authenticated garbling between two.
pub static MALICIOUS_2: Spec<Demand> = Spec {
    id: "garble/malicious-2",
    about: "authenticated garbling with half-gates between two: about 82 bytes an AND for large circuits, and 175 kB of base OTs and 0.3 kB an AND for small ones",
    paper: "Katz, Ranellucci, Rosulek, Wang, CRYPTO 2018 (ePrint 2018/578); the proof of labels: Yang, Wang, Zhang, CCS 2020 (ePrint 2019/1104)",
    parties: Parties::Exactly(2),
    corrupt: Corrupt::UpTo(1),
    adversary: Adversary::Malicious,
    width: 0,
    parts: 0,
    cost: |demand, party| Cost { rounds: rounds(demand), bytes: bytes(demand, party) },
    leaks: &[
        "whether a guess at bits of the other's Δ, or at places of the noise, in the correlated OTs was right; a wrong one ends the run",
        "who gets outputs last may stop before the other has its own",
    ],
    guarantee: Guarantee::IdentifiableAbort,
};

/// Costs of a step of correlated OT in both directions to `party`, which sends in one of them and receives in the other.
fn both(cost: fn(Correlate, Party) -> Cost, step: Correlate, _: Party) -> Cost {
    let (sender, receiver) = (cost(step, Party(0)), cost(step, Party(1)));
    Cost { rounds: sender.rounds.max(receiver.rounds), bytes: sender.bytes + receiver.bytes }
}

fn softspoken(step: Correlate, party: Party) -> Cost {
    both(softspoken_spec(WIDTH, Security::Malicious).cost, step, party)
}

fn size(ands: usize, inputs: [usize; 3]) -> Size {
    Size { ands, inputs: inputs.iter().sum() }
}

fn bytes(demand: Demand, party: Party) -> u64 {
    let Demand::Function { ands, inputs, outputs } = demand else {
        return wire_bytes(1, 16) + softspoken(Correlate::Setup, party).bytes;
    };
    let size = size(ands, inputs);
    let me = party.index().min(1);
    correlations(size, party).bytes
        + triples(size)
        + wire_bytes(opened_words(2 * ands + inputs[1 - me]), 8)
        + if me == 0 {
            wire_bytes(2 * ands, 16)
                + wire_bytes(words(ands), 8)
                + wire_bytes(inputs[0] + inputs[1], 16)
                + wire_bytes(if ands > 0 { HASH_WORDS } else { 0 } + opened_words(outputs[1]), 8)
        } else {
            wire_bytes(words(inputs[1]), 8)
                + wire_bytes(if ands > 0 { words(ands) + HASH_WORDS } else { 0 }, 8)
                + wire_bytes(opened_words(outputs[0]), 8)
        }
}

/// How many bits are drawn in each call.
fn draws(size: Size) -> impl Iterator<Item = usize> {
    let leaky = Shape::of(size.ands).leaky();
    let chunks = (0..leaky.max(1)).step_by(CHUNK);
    chunks.map(move |first| 3 * CHUNK.min(leaky - first) + if first == 0 { size.masks() } else { 0 })
}

/// Authenticated bits.
fn correlations(size: Size, party: Party) -> Cost {
    if !size.silent() {
        return draws(size).map(|n| softspoken(Correlate::Extend { before: 0, n }, party)).fold(Cost::FREE, Cost::add);
    }
    let ferret = |n| both(ferret_spec(Security::Malicious).cost, Correlate::Extend { before: 0, n }, party);
    let reserve = Correlate::Extend { before: 0, n: FERRET.reserve() };
    // What the claims of Ferret count for the OTs that it starts from, and what those cost here.
    let counted = both(softspoken_spec(BASE, Security::Malicious).cost, reserve, party);
    let (all, start) = (ferret(draws(size).sum()), softspoken(reserve, party));
    Cost { rounds: all.rounds - counted.rounds + start.rounds, bytes: all.bytes - counted.bytes + start.bytes }
}

use std::ops::Add;

/// Leaky ANDs, their comparison, and buckets.
fn triples(size: Size) -> u64 {
    let shape = Shape::of(size.ands);
    let halves = (0..shape.leaky()).step_by(CHUNK).map(|first| wire_bytes(CHUNK.min(shape.leaky() - first), 8));
    let opened = opened_words(shape.layers.saturating_sub(1) * size.ands);
    halves.sum::<u64>() + wire_bytes(words(shape.leaky()), 8) + AGREE_BYTES + wire_bytes(opened, 8)
}

fn rounds(_: Demand) -> u64 {
    0
}
