//! What Ferret claims, over SoftSpoken.

use jointly_core::{Adversary, Correlate, Corrupt, Cost, Guarantee, Parties, Party, Price, Spec, wire_bytes};

use super::batches;
use crate::{
    Security, Width,
    silent::{PARAMETERS, Parameters},
    softspoken_spec,
};

/// The set of parameters that the claims are about: its secret fits into a core's caches.
pub static FERRET: &Parameters = PARAMETERS[1];

/// The protocol that the first reserve comes from: few OTs, so those that are shortest.
pub const BASE: Width = Width::Eight;

/// The claims of Ferret with [`FERRET`], on OTs of SoftSpoken at width [`BASE`].
pub const fn ferret_spec(security: Security) -> &'static Spec<Price<Correlate>> {
    match security {
        Security::SemiHonest => &SEMI_HONEST,
        Security::Malicious => &MALICIOUS,
    }
}

static SEMI_HONEST: Spec<Price<Correlate>> = CLAIMS;

static MALICIOUS: Spec<Price<Correlate>> = Spec {
    id: "ot/ferret-malicious",
    about: "random correlated OT, a tenth of a byte each, checked; two million at a time",
    adversary: Adversary::Malicious,
    cost: |step, party| cost(Security::Malicious, step, party),
    leaks: &[
        "whether a guess of the receiver at bits of Δ, in the OTs that it starts from, was right; a wrong one ends the run",
        "whether a guess of the sender at places of the noise was right; a wrong one ends the run",
    ],
    guarantee: Guarantee::IdentifiableAbort,
    ..CLAIMS
};

const CLAIMS: Spec<Price<Correlate>> = Spec {
    id: "ot/ferret",
    about: "random correlated OT, a tenth of a byte each; two million at a time",
    paper: "Yang, Weng, Lan, Zhang, Wang, CCS 2020 (ePrint 2020/924); trees: Guo et al., EUROCRYPT 2023 (ePrint 2022/1431)",
    parties: Parties::Exactly(2),
    corrupt: Corrupt::UpTo(1),
    adversary: Adversary::SemiHonest,
    width: 0,
    parts: 0,
    cost: |step, party| cost(Security::SemiHonest, step, party),
    leaks: &[],
    guarantee: Guarantee::IfFollowed,
};

/// Party 0 sends the OTs.
fn cost(security: Security, step: Correlate, party: Party) -> Cost {
    let base = |step| (softspoken_spec(BASE, security).cost)(step, party);
    let Correlate::Extend { before, n } = step else { return base(Correlate::Setup) };
    let iterations = (before + n).div_ceil(FERRET.outputs()) - before.div_ceil(FERRET.outputs());
    let mut cost = Cost::FREE;
    if before == 0 {
        let nonces = Cost { rounds: 1, bytes: wire_bytes(1, 16) };
        cost = nonces + base(Correlate::Extend { before: 0, n: FERRET.reserve() });
    }
    for _ in 0..iterations {
        cost += iteration(security, party);
    }
    cost
}

fn iteration(security: Security, party: Party) -> Cost {
    let checked = security == Security::Malicious;
    let bytes = match party {
        Party(0) => {
            let trees: u64 = batches(FERRET).map(|batch| wire_bytes(2 * batch.len() * FERRET.depth, 8)).sum();
            trees + if checked { wire_bytes(1, 32) } else { 0 }
        }
        _ if checked => wire_bytes(2, 16),
        _ => 0,
    };
    Cost { rounds: if checked { 3 } else { 1 }, bytes }
}
