//! What half-gates and three halves claim.

use jointly_core::{Adversary, Correlate, Corrupt, Cost, Guarantee, Parties, Party, Price, Spec, wire_bytes};
use jointly_ot::{Security, Width, softspoken_spec};

use super::{GARBLER, transfer::AT_ONCE};
use crate::{Demand, threehalves, walk};

/// The claims of half-gates over OTs of this width.
pub const fn half_gates_spec(width: Width) -> &'static Spec<Price<Demand>> {
    match width {
        Width::Two => &Spec {
            id: "garble/half-gates-2",
            about: "garbled circuits, 32 bytes an AND; inputs of the evaluator by OTs of 8 bytes",
            cost: |demand, party| cost(Width::Two, half_gates, demand, party),
            ..HALF_GATES
        },
        Width::Four => &Spec {
            id: "garble/half-gates",
            about: "garbled circuits, 32 bytes an AND; inputs of the evaluator by OTs of 4 bytes",
            cost: |demand, party| cost(Width::Four, half_gates, demand, party),
            ..HALF_GATES
        },
        Width::Eight => &Spec {
            id: "garble/half-gates-8",
            about: "garbled circuits, 32 bytes an AND; inputs of the evaluator by OTs of 2 bytes",
            cost: |demand, party| cost(Width::Eight, half_gates, demand, party),
            ..HALF_GATES
        },
    }
}

const HALF_GATES: Spec<Price<Demand>> = Spec {
    id: "",
    about: "",
    paper: "Zahur, Rosulek, Evans, Eurocrypt 2015 (ePrint 2014/756); hash: Guo, Katz, Wang, Weng, Yu, Crypto 2020 (ePrint 2019/1168)",
    parties: Parties::Exactly(2),
    corrupt: Corrupt::UpTo(1),
    adversary: Adversary::SemiHonest,
    width: 0,
    parts: 0,
    cost: |_, _| Cost::FREE,
    leaks: &["a party that does not follow the protocol can learn the other's inputs, or make the result wrong"],
    guarantee: Guarantee::IfFollowed,
};

/// The claims of three halves over OTs of this width.
pub const fn three_halves_spec(width: Width) -> &'static Spec<Price<Demand>> {
    match width {
        Width::Two => &Spec {
            id: "garble/three-halves-2",
            about: "garbled circuits, 24.6 bytes an AND; inputs of the evaluator by OTs of 8 bytes",
            cost: |demand, party| cost(Width::Two, three_halves, demand, party),
            ..THREE_HALVES
        },
        Width::Four => &Spec {
            id: "garble/three-halves",
            about: "garbled circuits for slow links, 24.6 bytes an AND; inputs of the evaluator by OTs of 4 bytes",
            cost: |demand, party| cost(Width::Four, three_halves, demand, party),
            ..THREE_HALVES
        },
        Width::Eight => &Spec {
            id: "garble/three-halves-8",
            about: "garbled circuits for slow links, 24.6 bytes an AND; inputs of the evaluator by OTs of 2 bytes",
            cost: |demand, party| cost(Width::Eight, three_halves, demand, party),
            ..THREE_HALVES
        },
    }
}

const THREE_HALVES: Spec<Price<Demand>> = Spec {
    paper: "Rosulek, Roy, Crypto 2021 (ePrint 2021/749); hash: ibid., keyed as in ePrint 2019/1168",
    ..HALF_GATES
};

/// What travels of these ANDs.
fn half_gates(ands: usize) -> u64 {
    wire_bytes(2 * ands, 16)
}

/// What travels of these ANDs: each frame is a message.
fn three_halves(ands: usize) -> u64 {
    walk::frames(ands as u64).map(|ands| wire_bytes(threehalves::words(ands), 8)).sum()
}

fn cost(width: Width, tables: fn(usize) -> u64, demand: Demand, party: Party) -> Cost {
    let ots = softspoken_spec(width, Security::SemiHonest).cost;
    match demand {
        Demand::Setup => ots(Correlate::Setup, party),
        Demand::Function { ands, inputs: [garbler, evaluator, _], outputs: [back, out, _] } => {
            let bits = |n: usize| wire_bytes(n.div_ceil(64), 8);
            let bytes = if party == GARBLER {
                let transfer = wire_bytes(evaluator.div_ceil(AT_ONCE), 16) + wire_bytes(2 * evaluator, 16);
                transfer + wire_bytes(1 + garbler, 16) + tables(ands) + bits(out)
            } else {
                bits(evaluator) + wire_bytes(back, 16)
            };
            let extension = match evaluator {
                0 => Cost::FREE,
                n => ots(Correlate::Extend { before: 0, n }, party),
            };
            // The extension and the choices; the labels and all ciphertexts; the garbler's outputs.
            extension + Cost { rounds: 1 + u64::from(back > 0), bytes }
        }
    }
}
