//! Protocols for circuits: what they claim, and which one an adversary model takes.

use std::str::FromStr;

use jointly_core::{Adversary, Error, Result};
use jointly_garble::{
    Evaluator, HalfGates, ThreeHalves,
    covert::{Covert, Signers},
    malicious::{many::Many, two::TwoParty},
};
use jointly_net::Ctx;
use jointly_ot::Width;

/// The OTs of inputs: few bytes for little work.
const WIDTH: Width = Width::Four;

/// What ANDs are made of where both parties follow the protocol.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Garbling {
    /// 32 bytes, the least work.
    #[default]
    HalfGates,
    /// 24.6 bytes, up to twice the work.
    ThreeHalves,
}

/// ANDs that the slower side of three halves works off in a second, over TCP; from `docs/benchmarks.md`.
const THREE_HALVES_A_SECOND: f64 = 15e6;

impl Garbling {
    /// Which one is through first over a link of `mbit` Mbit/s. Sending and computing overlap: three halves are, where half-gates have to wait for the
    /// link for longer than three halves compute.
    pub fn fitting(mbit: f64) -> Garbling {
        if mbit * 1e6 < 32.0 * 8.0 * THREE_HALVES_A_SECOND { Garbling::ThreeHalves } else { Garbling::HalfGates }
    }
}

impl FromStr for Garbling {
    type Err = Error;

    fn from_str(name: &str) -> Result<Garbling> {
        match name {
            "half-gates" => Ok(Garbling::HalfGates),
            "three-halves" => Ok(Garbling::ThreeHalves),
            _ => Err(Error::Refused(format!("there is no garbling `{name}`; there are: half-gates, three-halves"))),
        }
    }
}

/// Starts the protocol for circuits that stands against `adversary` among all participants, who start theirs at the same time. Of two, party 0
/// garbles. Among more than two, there is one protocol, which stands against malicious parties.
///
/// # Errors
/// [`Error::Refused`] if a covert model is asked for among more than two, or a publicly verifiable one without `signers`; whatever ends the set-up.
pub async fn circuit_evaluator(
    ctx: &mut Ctx,
    adversary: Adversary,
    signers: Option<Signers>,
) -> Result<Box<dyn Evaluator>> {
    circuit_evaluator_of(ctx, adversary, signers, Garbling::default()).await
}

/// The same, with ANDs of this kind where there is a choice: between two who follow the protocol.
///
/// # Errors
/// As [`circuit_evaluator`].
pub async fn circuit_evaluator_of(
    ctx: &mut Ctx,
    adversary: Adversary,
    signers: Option<Signers>,
    garbling: Garbling,
) -> Result<Box<dyn Evaluator>> {
    Ok(match (adversary, ctx.parties()) {
        (Adversary::SemiHonest, 2) => match garbling {
            Garbling::HalfGates => Box::new(HalfGates::new(ctx, WIDTH).await?),
            Garbling::ThreeHalves => Box::new(ThreeHalves::new(ctx, WIDTH).await?),
        },
        (Adversary::Covert { one_in }, 2) => Box::new(Covert::new(one_in)?),
        (Adversary::PubliclyVerifiable { one_in }, 2) => {
            let signers = signers.ok_or_else(|| {
                Error::Refused("a publicly verifiable protocol needs the parties' long-term keys to sign with".into())
            })?;
            Box::new(Covert::publicly_verifiable(one_in, signers)?)
        }
        (Adversary::Malicious, 2) => Box::new(TwoParty::setup(ctx).await?),
        (Adversary::SemiHonest | Adversary::Malicious, 3..) => Box::new(Many::start(ctx).await?),
        (_, 3..) => {
            return Err(Error::Refused(
                "covert protocols for circuits are for two parties: name malicious, which covers them, for more".into(),
            ));
        }
        _ => return Err(Error::Refused("a circuit is computed by two parties or more".into())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thin_links_take_three_halves() {
        assert_eq!([2.0, 1000.0, 10_000.0, 1e6].map(Garbling::fitting), {
            use Garbling::{HalfGates, ThreeHalves};
            [ThreeHalves, ThreeHalves, HalfGates, HalfGates]
        });
    }

    #[test]
    fn names_are_those_of_the_catalogue() {
        assert_eq!("three-halves".parse::<Garbling>().unwrap(), Garbling::ThreeHalves);
        assert_eq!("half-gates".parse::<Garbling>().unwrap(), Garbling::default());
        let error = "whole".parse::<Garbling>().unwrap_err().to_string();
        assert!(error.contains("whole") && error.contains("three-halves"), "{error}");
    }
}
