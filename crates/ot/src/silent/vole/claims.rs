//! What silent VOLE claims, from base OT on. Party 0 receives: it holds Δ.

use jointly_core::{Adversary, Correlate, Corrupt, Cost, Guarantee, Parties, Party, Price, Spec};

use super::{PACK, VoleCost};
use crate::{Security, Width, softspoken_spec};

/// The protocol that the OTs come from: few are needed, those that are shortest.
pub const BASE: Width = Width::Eight;

/// The claims of the first `n` VOLEs over GF(2^128), with the OTs of SoftSpoken at width [`BASE`] that they start from.
pub const fn vole_spec(security: Security) -> &'static Spec<Price<usize>> {
    match security {
        Security::SemiHonest => &SEMI_HONEST,
        Security::Malicious => &MALICIOUS,
    }
}

static SEMI_HONEST: Spec<Price<usize>> = CLAIMS;

static MALICIOUS: Spec<Price<usize>> = Spec {
    id: "ot/vole-malicious",
    about: "random VOLE over GF(2^128), checked; a few bytes for each hundred",
    adversary: Adversary::Malicious,
    cost: |n, party| cost(Security::Malicious, n, party),
    leaks: &[
        "whether a guess of the sender, as receiver of the OTs below, at bits of Δ was right; a wrong one ends the run",
        "whether a guess of the receiver at places of the noise was right; a wrong one ends the run",
    ],
    guarantee: Guarantee::IdentifiableAbort,
    ..CLAIMS
};

const CLAIMS: Spec<Price<usize>> = Spec {
    id: "ot/vole",
    about: "random VOLE over GF(2^128); a few bytes for each hundred",
    paper: "Boyle, Couteau, Gilboa, Ishai, CCS 2018; Weng, Yang, Katz, Wang, S&P 2021 (ePrint 2020/925); trees: Guo et al., EUROCRYPT 2023 \
            (ePrint 2022/1431); code: Raghuraman, Rindal, Tanguy, CRYPTO 2023 (ePrint 2023/882)",
    parties: Parties::Exactly(2),
    corrupt: Corrupt::UpTo(1),
    adversary: Adversary::SemiHonest,
    width: 0,
    parts: 0,
    cost: |n, party| cost(Security::SemiHonest, n, party),
    leaks: &[],
    guarantee: Guarantee::IfFollowed,
};

fn cost(security: Security, n: usize, party: Party) -> Cost {
    VoleCost::of(n, PACK, security).from_base_ot(security, party)
}

impl VoleCost {
    /// What they cost with the OTs that they start from, by SoftSpoken at width [`BASE`]; party 0 receives VOLEs.
    pub fn from_base_ot(&self, security: Security, party: Party) -> Cost {
        // The receiver of VOLEs sends OTs, as the specification's party 0.
        let ots = |step| (softspoken_spec(BASE, security).cost)(step, party);
        let mut cost = ots(Correlate::Setup);
        self.ots.iter().for_each(|n| cost += ots(Correlate::Extend { before: 0, n: *n }));
        cost.bytes += if party == Party(0) { self.receiver_bytes } else { self.sender_bytes };
        // Nonces; for each block the trees, and against malicious parties challenge and answer.
        let each = if security == Security::Malicious { 3 } else { 1 };
        cost.rounds += u64::from(!self.ots.is_empty()) + each * self.ots.len() as u64;
        cost
    }
}
