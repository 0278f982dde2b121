//! What the oblivious PRFs claim. Party 0 holds the key.

use jointly_core::{Adversary, Corrupt, Cost, Guarantee, Parties, Party, Price, Spec, wire_bytes};

use super::{Mode, run::BATCH};

/// The claims of the evaluation of `n` inputs.
pub const fn spec(mode: Mode) -> &'static Spec<Price<usize>> {
    match mode {
        Mode::Oprf => &OPRF,
        Mode::Voprf => &VOPRF,
        Mode::Poprf => &POPRF,
    }
}

static VOPRF: Spec<Price<usize>> = Spec {
    id: "oprf/voprf",
    about: "oblivious PRF on ristretto255, with a proof that the published key was used",
    adversary: Adversary::Malicious,
    cost: |n, party| cost(Mode::Voprf, n, party),
    leaks: &[HOW_MANY, STATIC],
    guarantee: Guarantee::IdentifiableAbort,
    ..OPRF
};

static POPRF: Spec<Price<usize>> = Spec {
    id: "oprf/poprf",
    about: "oblivious PRF on ristretto255, with a proof that the published key was used, and a public input",
    paper: "RFC 9497; Tyagi, Celi, Ristenpart, Sullivan, Tessaro, Wood, EUROCRYPT 2022 (ePrint 2021/864)",
    adversary: Adversary::Malicious,
    cost: |n, party| cost(Mode::Poprf, n, party),
    leaks: &[HOW_MANY, STATIC],
    guarantee: Guarantee::IdentifiableAbort,
    ..OPRF
};

const OPRF: Spec<Price<usize>> = Spec {
    id: "oprf/oprf",
    about: "oblivious PRF on ristretto255; a client takes the key holder's word for the key",
    paper: "RFC 9497; Jarecki, Kiayias, Krawczyk, ASIACRYPT 2014",
    parties: Parties::Exactly(2),
    corrupt: Corrupt::UpTo(1),
    adversary: Adversary::SemiHonest,
    width: 0,
    parts: 0,
    cost: |n, party| cost(Mode::Oprf, n, party),
    leaks: &[HOW_MANY],
    guarantee: Guarantee::IfFollowed,
};

const HOW_MANY: &str = "the key holder learns how many inputs are evaluated";

const STATIC: &str = "each answer is one to a static Diffie-Hellman query: after q of them a key is worth about half of log₂ q bits less";

fn cost(mode: Mode, n: usize, party: Party) -> Cost {
    let batches = (0..n).step_by(BATCH).map(|at| BATCH.min(n - at));
    let proof = if party == Party(0) && mode != Mode::Oprf { wire_bytes(1, 64) } else { 0 };
    let bytes = batches.map(|batch| wire_bytes(batch, 32) + proof).sum();
    // One batch travels while the one before it is evaluated.
    Cost { rounds: 2 * n.div_ceil(BATCH).div_ceil(2) as u64, bytes }
}
