//! What SoftSpoken claims, for each width and adversary.

use jointly_core::{Adversary, Correlate, Corrupt, Cost, Guarantee, Parties, Party, Price, Spec, wire_bytes};

use super::{Security, Width, check, corrections};
use crate::{Base, adapters::by_choice, base};

/// The claims of SoftSpoken at this width, on base OTs from ristretto255.
pub const fn softspoken_spec(width: Width, security: Security) -> &'static Spec<Price<Correlate>> {
    use Security::{Malicious, SemiHonest};
    match (width, security) {
        (Width::Two, SemiHonest) => &Spec {
            id: "ot/softspoken-2",
            about: "random correlated OT, 8 bytes and 2 AES blocks each",
            cost: |step, party| cost(Width::Two, SemiHonest, step, party),
            ..SEMI_HONEST
        },
        (Width::Four, SemiHonest) => &Spec {
            id: "ot/softspoken-4",
            about: "random correlated OT, 4 bytes and 4 AES blocks each",
            cost: |step, party| cost(Width::Four, SemiHonest, step, party),
            ..SEMI_HONEST
        },
        (Width::Eight, SemiHonest) => &Spec {
            id: "ot/softspoken-8",
            about: "random correlated OT, 2 bytes and 32 AES blocks each",
            cost: |step, party| cost(Width::Eight, SemiHonest, step, party),
            ..SEMI_HONEST
        },
        (Width::Two, Malicious) => &Spec {
            id: "ot/softspoken-2-malicious",
            about: "random correlated OT, 8 bytes and 2 AES blocks each, checked",
            cost: |step, party| cost(Width::Two, Malicious, step, party),
            ..MALICIOUS
        },
        (Width::Four, Malicious) => &Spec {
            id: "ot/softspoken-4-malicious",
            about: "random correlated OT, 4 bytes and 4 AES blocks each, checked",
            cost: |step, party| cost(Width::Four, Malicious, step, party),
            ..MALICIOUS
        },
        (Width::Eight, Malicious) => &Spec {
            id: "ot/softspoken-8-malicious",
            about: "random correlated OT, 2 bytes and 32 AES blocks each, checked",
            cost: |step, party| cost(Width::Eight, Malicious, step, party),
            ..MALICIOUS
        },
    }
}

const SEMI_HONEST: Spec<Price<Correlate>> = Spec {
    id: "",
    about: "",
    paper: "Roy, CRYPTO 2022 (ePrint 2022/192), §3; base OT: Masny and Rindal, CCS 2019 (ePrint 2019/706)",
    parties: Parties::Exactly(2),
    corrupt: Corrupt::UpTo(1),
    adversary: Adversary::SemiHonest,
    width: 0,
    parts: 0,
    cost: |_, _| Cost::FREE,
    leaks: &[],
    guarantee: Guarantee::IfFollowed,
};

const MALICIOUS: Spec<Price<Correlate>> = Spec {
    paper: "Roy, CRYPTO 2022 (ePrint 2022/192), §3 to §5; base OT: Masny and Rindal, CCS 2019 (ePrint 2019/706)",
    adversary: Adversary::Malicious,
    leaks: &["whether a guess of the receiver at bits of Δ was right; a wrong one ends the run"],
    guarantee: Guarantee::IdentifiableAbort,
    ..SEMI_HONEST
};

/// Party 0 sends the OTs.
fn cost(width: Width, security: Security, step: Correlate, party: Party) -> Cost {
    let malicious = security == Security::Malicious;
    let ([sender, receiver], rounds) = match step {
        Correlate::Setup => setup(width, malicious),
        Correlate::Extend { n, .. } => extend(width, security, n),
    };
    Cost { rounds, bytes: if party == Party(0) { sender } else { receiver } }
}

/// What an extension costs that [starts](crate::SoftSpokenSender::over) from OTs the other way: party 0 sends the new OTs, and receives those
/// that are spent, which are not in it.
pub fn softspoken_over(width: Width, security: Security, party: Party) -> Cost {
    let ([sends, receives], rounds) = by_choice(128);
    let trees = trees(width, security == Security::Malicious);
    Cost { rounds: rounds + 1, bytes: if party == Party(0) { receives } else { sends + trees } }
}

/// The receiver of OTs sends the base OTs and the trees' sums, and what proves them.
fn setup(width: Width, malicious: bool) -> ([u64; 2], u64) {
    let ([sends, receives], rounds) = base::cost(Base::Ristretto, 128);
    ([receives, sends + trees(width, malicious)], rounds + 1)
}

/// The trees' sums, and what proves them.
fn trees(width: Width, malicious: bool) -> u64 {
    let proof = if malicious { wire_bytes(2 * width.trees(), 16) + wire_bytes(1, 32) } else { 0 };
    wire_bytes(256, 16) + proof
}

fn extend(width: Width, security: Security, n: usize) -> ([u64; 2], u64) {
    let corrections = corrections(width, security.blocks(n)).map(|words| wire_bytes(words, 8)).sum();
    match security {
        Security::SemiHonest => ([0, corrections], u64::from(n > 0)),
        Security::Malicious => ([wire_bytes(1, 16), corrections + wire_bytes(check::WORDS, 8)], 3),
    }
}
