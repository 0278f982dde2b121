//! Circuits among parties.

use std::sync::Arc;

use ed25519_dalek::SigningKey;
use jointly_circuit::{Bits, Builder, Function};
use jointly_core::{Adversary, Party, Price, Spec};
use jointly_garble::{
    Demand,
    covert::{COVERT, PVC, Signer, Signers},
    half_gates_spec,
    malicious::{many::MALICIOUS_MANY, two::MALICIOUS_2},
    three_halves_spec,
};
use jointly_net::Ctx;
use jointly_ot::Width;
use jointly_registry::{Garbling, circuit_evaluator_of};

use super::Case;

/// Bits of each input.
const WIDTH: u32 = 8;

pub fn cases() -> Vec<Case> {
    vec![
        case(half_gates_spec(Width::Four), 2, Garbling::HalfGates),
        case(three_halves_spec(Width::Four), 2, Garbling::ThreeHalves),
        case(&COVERT, 2, Garbling::default()),
        case(&PVC, 2, Garbling::default()),
        case(&MALICIOUS_2, 2, Garbling::default()),
        case(&MALICIOUS_MANY, 3, Garbling::default()),
    ]
}

/// Both learn the sum of all inputs, and the first whether it is larger than its own.
fn function(parties: u16) -> Function {
    let mut b = Builder::new();
    let inputs: Vec<_> = (0..parties).map(|_| b.input(WIDTH)).collect();
    let sum = inputs[1..].iter().fold(inputs[0].clone(), |sum, x| b.add(&sum, x));
    let larger = b.lt(&inputs[0], &sum);
    let circuit = b.finish(&[sum, vec![larger]]).unwrap();
    let owners: Vec<Party> = Party::all(parties).collect();
    Function::of_circuit(circuit, &owners, &[Party(0), Party(1)]).unwrap()
}

fn case(spec: &'static Spec<Price<Demand>>, parties: u16, garbling: Garbling) -> Case {
    let function = function(parties);
    let expected: u64 = (0..u64::from(parties)).map(|i| 20 + i).sum();
    let demand = Demand::of(&function);
    let ends = async move |ctx: &mut Ctx| {
        let signers = matches!(spec.adversary, Adversary::PubliclyVerifiable { .. }).then(|| signers(ctx.me()));
        let mut evaluator = circuit_evaluator_of(ctx, spec.adversary, signers, garbling).await?;
        assert_eq!(evaluator.spec().id, spec.id);
        let mine = Bits::from_number(20 + u128::from(ctx.me().0), WIDTH as usize);
        evaluator.evaluate(ctx, &function, &mine).await.map(|bits| bits.to_bytes())
    };
    let right = move |out: &[&[u8]]| {
        out[..2].iter().all(|out| *out == [expected as u8, 1]) && out[2..].iter().all(|out| out.is_empty())
    };
    let mut case = Case::new(spec, parties, demand, ends, right);
    case.claimed = Box::new(move |party| (spec.cost)(Demand::Setup, party) + (spec.cost)(demand, party));
    case.bearable(move |_, out| out.iter().flatten().all(|out| out.is_empty() || **out == [expected as u8, 1]))
}

fn signers(me: Party) -> Signers {
    let identities = [1, 2].map(|byte| SigningKey::from_bytes(&[byte; 32]));
    let keys = [identities[0].key(), identities[1].key()];
    let [first, second] = identities;
    Signers { keys, mine: Arc::new(if me == Party(0) { first } else { second }) }
}
