//! Protocols for circuits: what they claim, and which one an adversary model takes.

use jointly_circuit::Function;
use jointly_core::{Adversary, Cost, Error, Party, Result, Spec};
use jointly_garble::{
    Demand, Evaluator, HalfGates,
    covert::{self, COVERT, Covert, PVC, Signers, check_one_in},
    half_gates_spec,
    malicious::{
        many::{self, MALICIOUS_MANY, MAX_PARTIES, Many},
        two::{self, MALICIOUS_2, TwoParty},
    },
};
use jointly_net::Ctx;
use jointly_ot::Width;

/// The OTs of inputs: few bytes for little work.
const WIDTH: Width = Width::Four;

/// Bytes of memory that every protocol takes: buffers, OTs.
const LEAST_MEMORY: u64 = 64 << 20;

/// Bytes of memory for an AND gate and another party, where gates are prepared before the function is computed.
const BYTES_AN_AND: u64 = 400;

const FOR_TWO: &str = "covert protocols for circuits are for two parties: name malicious, which covers them, for more";

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
            return Err(Error::Refused(FOR_TWO.into()));
        }
        _ => return Err(Error::Refused("a circuit is computed by two parties or more".into())),
    })
}

/// What [`circuit_evaluator`] starts for a function.
pub struct CircuitPlan {
    /// What the protocol claims; a covert one for λ = 1/2.
    pub spec: &'static Spec<Demand>,
    /// What each party sends, and the rounds, set-up included.
    pub costs: Vec<Cost>,
    /// About how many bytes of memory a party takes.
    pub memory: u64,
}

/// The protocol for `function` against `adversary`, and what it takes.
///
/// # Errors
/// [`Error::Refused`] if there is none for so many parties, for so large a function, or for that λ.
pub fn circuit_plan(adversary: Adversary, function: &Function) -> Result<CircuitPlan> {
    let (parties, ands) = (function.parties(), function.ands());
    let covert = |spec, one_in, signed| {
        check_one_in(one_in)?;
        Ok(plan(spec, function, 0, &move |demand, party| covert::cost(one_in, signed, demand, party)))
    };
    let limited = |most: usize| match ands > most as u64 {
        true => Err(Error::Refused(format!(
            "the function has {ands} AND gates, and this protocol takes at most {most}: split it, or name a weaker adversary model"
        ))),
        false => Ok(()),
    };
    match (adversary, parties) {
        (Adversary::SemiHonest, 2) => {
            let spec = half_gates_spec(WIDTH);
            Ok(plan(spec, function, 0, &spec.cost))
        }
        (Adversary::Covert { one_in }, 2) => covert(&COVERT, one_in, false),
        (Adversary::PubliclyVerifiable { one_in }, 2) => covert(&PVC, one_in, true),
        (Adversary::Malicious, 2) => {
            limited(two::MAX_ANDS)?;
            Ok(plan(&MALICIOUS_2, function, BYTES_AN_AND, &MALICIOUS_2.cost))
        }
        (Adversary::SemiHonest | Adversary::Malicious, 3..=MAX_PARTIES) => {
            limited(many::MAX_ANDS)?;
            let cost = |demand, party| many::cost(parties, demand, party);
            Ok(plan(&MALICIOUS_MANY, function, BYTES_AN_AND * u64::from(parties - 1), &cost))
        }
        (Adversary::Covert { .. } | Adversary::PubliclyVerifiable { .. }, 3..) => Err(Error::Refused(FOR_TWO.into())),
        _ => Err(Error::Refused(format!("a circuit is computed by 2 to {MAX_PARTIES} parties, not by {parties}"))),
    }
}

fn plan(
    spec: &'static Spec<Demand>,
    function: &Function,
    and_bytes: u64,
    cost: &dyn Fn(Demand, Party) -> Cost,
) -> CircuitPlan {
    let demand = Demand::of(function);
    let costs = Party::all(function.parties()).map(|party| cost(Demand::Setup, party) + cost(demand, party));
    let memory = LEAST_MEMORY + 64 * function.registers() as u64 + and_bytes * function.ands();
    CircuitPlan { spec, costs: costs.collect(), memory }
}
