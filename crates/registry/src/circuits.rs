//! Protocols for circuits: what they claim, and which one an adversary model takes.

use std::str::FromStr;

use jointly_circuit::Function;
use jointly_core::{Adversary, Cost, Error, Party, Price, Result, Spec};
use jointly_garble::{
    Demand, Evaluator, HalfGates, ThreeHalves,
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

/// Bytes of memory that every protocol takes: buffers, OTs.
const LEAST_MEMORY: u64 = 64 << 20;

/// Bytes of memory for an AND gate, or a bit of input, and another party, where these are prepared before the function is computed.
const BYTES_AN_AND: u64 = 400;

/// Bytes of memory for the oblivious transfer of an input bit.
const OT_BYTES: u64 = 128;

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
            return Err(Error::Refused(FOR_TWO.into()));
        }
        _ => return Err(Error::Refused("a circuit is computed by two parties or more".into())),
    })
}

/// What [`circuit_evaluator`] starts for a function.
pub struct CircuitPlan {
    /// What the protocol claims; a covert one for λ = 1/2.
    pub spec: &'static Spec<Price<Demand>>,
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
    let [inputs, outputs] = of_two(function);
    let bits = function.input_bits() as u64;
    let covert = |spec, one_in, signed| {
        check_one_in(one_in)?;
        // Of every run, what binds the garbler; of eight at a time, the OTs of inputs.
        let (runs, [mine, theirs], [_, out]) = (u64::from(one_in), inputs, outputs);
        let memory = 64 * runs * (mine + out) + 8 * OT_BYTES * theirs;
        Ok(plan(spec, function, memory, &move |demand, party| covert::cost(one_in, signed, demand, party)))
    };
    let limited = |most: usize| match ands.max(bits) > most as u64 {
        true => Err(Error::Refused(format!(
            "the function has {ands} AND gates and {bits} bits of inputs, and this protocol takes at most {most} of each: split it, or name a weaker adversary model"
        ))),
        false => Ok(()),
    };
    match (adversary, parties) {
        (Adversary::SemiHonest, 2) => {
            let spec = half_gates_spec(WIDTH);
            Ok(plan(spec, function, OT_BYTES * inputs[1], &spec.cost))
        }
        (Adversary::Covert { one_in }, 2) => covert(&COVERT, one_in, false),
        (Adversary::PubliclyVerifiable { one_in }, 2) => covert(&PVC, one_in, true),
        (Adversary::Malicious, 2) => {
            limited(two::MAX_ANDS)?;
            Ok(plan(&MALICIOUS_2, function, BYTES_AN_AND * (ands + bits), &MALICIOUS_2.cost))
        }
        (Adversary::SemiHonest | Adversary::Malicious, 3..=MAX_PARTIES) => {
            limited(many::MAX_ANDS)?;
            let cost = |demand, party| many::cost(parties, demand, party);
            Ok(plan(&MALICIOUS_MANY, function, BYTES_AN_AND * u64::from(parties - 1) * (ands + bits), &cost))
        }
        (Adversary::Covert { .. } | Adversary::PubliclyVerifiable { .. }, 3..) => Err(Error::Refused(FOR_TWO.into())),
        _ => Err(Error::Refused(format!("a circuit is computed by 2 to {MAX_PARTIES} parties, not by {parties}"))),
    }
}

/// Bits that each of two hands in, and that each learns.
fn of_two(function: &Function) -> [[u64; 2]; 2] {
    let Demand::Function { inputs, outputs, .. } = Demand::of(function) else { return [[0; 2]; 2] };
    [inputs, outputs].map(|[first, second, _]| [first as u64, second as u64])
}

fn plan(
    spec: &'static Spec<Price<Demand>>,
    function: &Function,
    memory: u64,
    cost: &dyn Fn(Demand, Party) -> Cost,
) -> CircuitPlan {
    let demand = Demand::of(function);
    let costs = Party::all(function.parties()).map(|party| cost(Demand::Setup, party) + cost(demand, party));
    let memory = memory.saturating_add(LEAST_MEMORY + 64 * function.registers() as u64);
    CircuitPlan { spec, costs: costs.collect(), memory }
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
