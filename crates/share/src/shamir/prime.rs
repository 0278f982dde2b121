//! The fields that there are engines over, and what these claim.

use std::marker::PhantomData;

use jointly_core::{Adversary, Corrupt, Guarantee, Parties, Prices, Spec};
use jointly_math::mersenne::{self, F61, F127, Mersenne};

use super::{
    cost::cost,
    malicious::{Challenge, Square, claims},
};
use crate::Ring;

/// A field with engines.
pub trait Modulus: Mersenne {
    /// What the semi-honest one claims.
    const SPEC: Spec;
    /// What the malicious one claims.
    const MALICIOUS: Spec;
    /// What the checks of the malicious one draw challenges from.
    type Challenge: Challenge<Base = Self>;
}

/// Integers from −2^59 to 2^59 take the middle of the field: moved up by a quarter of it for truncation, they stay below its half; moved up by a half to be taken apart, they stay off 0, which
/// has two representations in 61 bits.
impl Modulus for F61 {
    const SPEC: Spec = Spec {
        id: "shamir",
        about: "Shamir sharing among three parties or more over the field of 2^61 − 1, bits over GF(2^m)",
        width: 59,
        parts: 3,
        cost: Prices::plain(cost::<F61>),
        ..SPEC
    };

    const MALICIOUS: Spec = Spec {
        id: "shamir-malicious",
        about: "Shamir sharing among three parties or more over the field of 2^61 − 1, bits over GF(2^m), with a check of every product",
        width: 59,
        ..claims::<F61>()
    };

    type Challenge = Square;
}

/// 62 bits are all that the interface of engines takes.
impl Modulus for F127 {
    const SPEC: Spec = Spec {
        id: "shamir-127",
        about: "the same over the field of 2^127 − 1, for wider values",
        width: 62,
        parts: 3,
        cost: Prices::plain(cost::<F127>),
        ..SPEC
    };

    const MALICIOUS: Spec = Spec {
        id: "shamir-malicious-127",
        about: "the same over the field of 2^127 − 1, for wider values",
        width: 62,
        ..claims::<F127>()
    };

    type Challenge = F127;
}

const SPEC: Spec = Spec {
    id: "",
    about: "",
    paper: "Damgård and Nielsen, CRYPTO 2007; Cramer, Damgård and Ishai, TCC 2005",
    parties: Parties::AtLeast(3),
    corrupt: Corrupt::Minority,
    adversary: Adversary::SemiHonest,
    width: 0,
    parts: 0,
    cost: Prices::plain(cost::<F61>),
    leaks: &[],
    guarantee: Guarantee::IfFollowed,
};

/// The integers modulo a Mersenne prime, those above its half negative.
pub struct Prime<F>(PhantomData<F>);

impl<F: Modulus> Ring for Prime<F> {
    type Word = F;

    fn encode(x: i64) -> F {
        F::from_signed(x)
    }

    fn decode(x: F) -> i64 {
        x.to_signed()
    }

    fn add(x: &[F], y: &[F]) -> Vec<F> {
        mersenne::add(x, y)
    }

    fn sub(x: &[F], y: &[F]) -> Vec<F> {
        mersenne::sub(x, y)
    }

    fn mul(x: &[F], y: &[F]) -> Vec<F> {
        mersenne::mul(x, y)
    }

    fn scale(x: &[F], k: F) -> Vec<F> {
        mersenne::scale(x, k)
    }

    fn prefix_sum(x: &[F]) -> Vec<F> {
        mersenne::prefix_sum(x)
    }

    fn sum(x: &[F], k: usize) -> Vec<F> {
        mersenne::sums(x, k)
    }
}
