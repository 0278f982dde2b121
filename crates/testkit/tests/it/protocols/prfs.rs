//! Oblivious PRFs.

use jointly_core::Party;
use jointly_net::Ctx;
use jointly_ot::oprf::{self, Client, Mode, Output, SecretKey};

use super::Case;

const HOLDER: Party = Party(0);
const CLIENT: Party = Party(1);

pub fn cases() -> Vec<Case> {
    [Mode::Oprf, Mode::Voprf, Mode::Poprf].map(|mode| evaluate(mode, 5)).into()
}

/// More than one batch.
pub fn large() -> Vec<Case> {
    vec![evaluate(Mode::Voprf, 4100)]
}

fn evaluate(mode: Mode, n: usize) -> Case {
    let key = SecretKey::derive(mode, &[3; 32], b"conformance").unwrap();
    let info: &[u8] = if mode == Mode::Poprf { b"public" } else { b"" };
    let inputs: Vec<[u8; 8]> = (0..n as u64).map(u64::to_le_bytes).collect();
    let plain = |outputs: Vec<Output>| outputs.iter().flat_map(|output| *output.as_bytes()).collect::<Vec<u8>>();
    let expected = plain(key.evaluator(info).unwrap().evaluate(&inputs).unwrap());
    let right = expected.clone();
    let ends = async move |ctx: &mut Ctx| match ctx.me() {
        HOLDER => {
            oprf::serve(ctx, CLIENT, &key.evaluator(info)?, n).await?;
            Ok(Vec::new())
        }
        _ => Ok(plain(oprf::query(ctx, HOLDER, &Client::new(&key.public()?, info)?, &inputs).await?)),
    };
    let case = Case::new(oprf::spec(mode), 2, n, ends, move |out| out[1] == right);
    // Whatever a cheating key holder says: a client that has outputs has the right ones.
    case.bearable(move |party, out| party == HOLDER || out[1] == Some(&expected))
}
