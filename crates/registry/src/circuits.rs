//! Protocols for circuits: what they claim, and which one an adversary model takes.

use jointly_core::{Adversary, Error, Result};
use jointly_garble::{
    Evaluator, HalfGates,
    covert::{Covert, Signers},
    malicious::{many::Many, two::TwoParty},
};
use jointly_net::Ctx;
use jointly_ot::Width;

/// The OTs of inputs: few bytes for little work.
const WIDTH: Width = Width::Four;

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
    Ok(match (adversary, ctx.parties()) {
        (Adversary::SemiHonest, 2) => Box::new(HalfGates::new(ctx, WIDTH).await?),
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
