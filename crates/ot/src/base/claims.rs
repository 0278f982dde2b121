//! What base OT claims. Party 0 sends.

use jointly_core::{Adversary, Corrupt, Cost, Guarantee, Parties, Party, Price, Spec};

use super::{Base, cost};

/// The claims of `n` base OTs.
pub const fn base_spec(base: Base) -> &'static Spec<Price<usize>> {
    match base {
        Base::Ristretto => &RISTRETTO,
        #[cfg(feature = "ml-kem")]
        Base::MlKem => &ML_KEM,
    }
}

#[cfg(feature = "ml-kem")]
static ML_KEM: Spec<Price<usize>> = Spec {
    id: "ot/base-ml-kem",
    about: "base OT by ML-KEM-768, which stands against quantum computers too",
    paper: "Masny, Rindal, CCS 2019 (ePrint 2019/706); FIPS 203",
    cost: |n, party| of_party(Base::MlKem, n, party),
    ..RISTRETTO
};

const RISTRETTO: Spec<Price<usize>> = Spec {
    id: "ot/base",
    about: "base OT by Diffie-Hellman on ristretto255: what every extension begins with",
    paper: "Masny, Rindal, CCS 2019 (ePrint 2019/706)",
    parties: Parties::Exactly(2),
    corrupt: Corrupt::UpTo(1),
    adversary: Adversary::Malicious,
    width: 0,
    parts: 0,
    cost: |n, party| of_party(Base::Ristretto, n, party),
    leaks: &[
        "endemic: a party that cheats may choose its own seeds, which the extensions allow; the other's stay hidden from it",
    ],
    guarantee: Guarantee::Abort,
};

fn of_party(base: Base, n: usize, party: Party) -> Cost {
    let ([sender, receiver], rounds) = cost(base, n);
    let bytes = if party == Party(0) { sender } else { receiver };
    Cost { rounds: if n == 0 { 0 } else { rounds }, bytes }
}
