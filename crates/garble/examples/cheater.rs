//! A garbler that garbles another circuit in one run of four, two hundred times: how often it is caught, whether every certificate convicts, and
//! whether honest ones are ever accused. `cheater [RUNS] [FILE]`: into the file goes a certificate.

use std::{sync::Arc, time::Duration};

use ed25519_dalek::SigningKey;
use jointly_circuit::{Bits, Function, expr};
use jointly_core::Error;
use jointly_garble::{
    Evaluator,
    covert::{Covert, Deviation, Signer, Signers},
};
use jointly_judge::{Verdict, judge};
use jointly_math::{Prg, Seed};
use jointly_net::{Ctx, memory};

/// λ = 3/4.
const ONE_IN: u32 = 4;

/// Garbles something else in one run.
struct OtherCircuit(u32, Function);

impl Deviation for OtherCircuit {
    fn function<'a>(&'a self, index: u32, agreed: &'a Function) -> &'a Function {
        if index == self.0 { &self.1 } else { agreed }
    }
}

/// What is agreed on, or what the cheater garbles instead.
fn less(wrong: bool) -> Function {
    let sign = if wrong { '>' } else { '<' };
    let text = format!("input a.x: u32\ninput b.y: u32\noutput less = a.x {sign} b.y\n");
    expr::compile(&text, &[]).expect("a definition").function
}

fn main() {
    let identities: [Arc<dyn Signer>; 2] = [1, 2].map(|byte| Arc::new(SigningKey::from_bytes(&[byte; 32])) as _);
    let keys = [identities[0].key(), identities[1].key()];
    let runs: usize = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(200);
    let (mut caught, mut convicted, mut accused) = (0, 0, 0);
    for run in 0..2 * runs {
        let cheats = run % 2 == 0;
        let covert = |party: usize| {
            let signers = Signers { keys, mine: identities[party].clone() };
            let covert = Covert::publicly_verifiable(ONE_IN, signers).expect("λ = 3/4");
            match cheats && party == 0 {
                true => covert
                    .cheating(Arc::new(OtherCircuit(Prg::new(Seed::random()).words(1)[0] as u32 % ONE_IN, less(true)))),
                false => covert,
            }
        };
        match (cheats, compute([covert(0), covert(1)])) {
            (true, Err(Error::Cheated { proof: Some(proof), .. })) => {
                caught += 1;
                let verdict = judge(&proof, &less(false), &keys);
                if let Some(file) = std::env::args().nth(2) {
                    std::fs::write(file, &proof).expect("a file to write");
                }
                convicted += usize::from(matches!(verdict, Verdict::Guilty { garbler, .. } if garbler == keys[0]));
            }
            (true, _) => {}
            (false, outcome) => accused += usize::from(outcome.is_err()),
        }
    }
    let share = 100.0 * caught as f64 / runs as f64;
    println!(
        "{runs} computations with a cheat: {caught} caught ({share:.1} %, expected 75 % ± 9 %), {convicted} convicted; {runs} honest ones: {accused} accused"
    );
    assert!((66.0..=84.0).contains(&share) && convicted == caught && accused == 0, "not as it should be");
}

/// What the evaluator ends with.
fn compute(parties: [Covert; 2]) -> Result<Bits, Error> {
    let function = less(false);
    let parties = parties.into_iter().zip(memory::meshes(2)).enumerate().map(|(i, (mut covert, mesh))| {
        let function = &function;
        async move {
            let mut ctx = Ctx::new(mesh, "cheater", Duration::from_secs(60));
            covert.evaluate(&mut ctx, function, &Bits::from_number(5 + i as u128, 32)).await
        }
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    let mut outcomes = runtime.block_on(futures::future::join_all(parties));
    outcomes.pop().expect("two parties")
}
