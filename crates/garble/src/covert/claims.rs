//! What the covert protocols claim.

use jointly_core::{Adversary, Correlate, Corrupt, Cost, Guarantee, Parties, Party, Price, Spec, wire_bytes};
use jointly_ot::{Base, CHOSEN, Security, base_spec, softspoken_spec};

use super::runs::{GARBLER, WIDTH};
use crate::Demand;

/// The claims without signatures, for λ = 1/2.
pub static COVERT: Spec<Price<Demand>> = Spec {
    id: "garble/covert",
    about: "garbled circuits, of which k − 1 of k are opened and checked: 32 bytes an AND, and k times the work",
    adversary: Adversary::Covert { one_in: 2 },
    cost: |demand, party| cost(2, false, demand, party),
    leaks: &[
        "a garbler that cheats is caught with probability λ, and otherwise can learn the evaluator's inputs or make the result wrong",
    ],
    ..PVC
};

/// The claims with signatures, for λ = 1/2.
pub static PVC: Spec<Price<Demand>> = Spec {
    id: "garble/pvc",
    about: "as covert, and who is caught is convicted by its own signature, before anyone",
    paper: "Hong, Katz, Kolesnikov, Lu, Wang, Eurocrypt 2019 (ePrint 2018/1108)",
    parties: Parties::Exactly(2),
    corrupt: Corrupt::UpTo(1),
    adversary: Adversary::PubliclyVerifiable { one_in: 2 },
    width: 0,
    parts: 0,
    cost: |demand, party| cost(2, true, demand, party),
    leaks: &[
        "a garbler that cheats is caught and convicted with probability λ, and otherwise can learn the evaluator's inputs or make the result wrong",
    ],
    guarantee: Guarantee::IdentifiableAbort,
};

/// What `party` sends in a computation of k = `one_in` runs, and the rounds.
pub fn cost(one_in: u32, signed: bool, demand: Demand, party: Party) -> Cost {
    let Demand::Function { ands, inputs: [garbler, evaluator, _], outputs: [back, out, _] } = demand else {
        return Cost::FREE;
    };
    let k = one_in as usize;
    let bytes = if party == GARBLER {
        let signatures = if signed { wire_bytes(k, 64) } else { 0 };
        let opened = wire_bytes(1, 16) + wire_bytes(2 * garbler, 16) + wire_bytes(2 * ands, 16);
        let bound = wire_bytes(2 * garbler, 32) + wire_bytes(2 * out, 32) + wire_bytes(1, 32);
        one_in as u64 * wire_bytes(2, 16) + wire_bytes(k, 32) + signatures + opened + bound
    } else {
        wire_bytes(1 + k, 32) + wire_bytes(1, 8) + wire_bytes(k, 16) + wire_bytes(back, 16)
    };
    let run = (base_spec(Base::Ristretto).cost)(1, party).bytes + transfers(evaluator, party).bytes;
    // Nonces; promises, with which the OT of seeds begins; its messages; the OTs of inputs, with whose last message the commitments go; the
    // challenge; the circuit; the garbler's outputs.
    let rounds = 4 + transfers(evaluator, party).rounds + u64::from(back > 0);
    Cost { rounds, bytes: wire_bytes(1, 16) + bytes + u64::from(one_in) * run }
}

/// The OTs of `n` input bits in one run.
fn transfers(n: usize, party: Party) -> Cost {
    if n == 0 {
        return Cost { rounds: 2, bytes: 0 };
    }
    let cots = softspoken_spec(WIDTH, Security::Malicious).cost;
    cots(Correlate::Setup, party) + cots(Correlate::Extend { before: 0, n }, party) + (CHOSEN.cost)(n, party)
}
