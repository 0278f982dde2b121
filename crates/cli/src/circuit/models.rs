//! Both parties at home, or one of two: a function under the adversary model that was asked for.

use std::sync::Arc;
use std::time::Duration;

use ed25519_dalek::SigningKey;
use futures::future::try_join_all;
use jointly_circuit::{Bits, Function};
use jointly_core::{Adversary, Error};
use jointly_garble::covert::{Signer, Signers};
use jointly_net::{Ctx, Mesh, memory};
use jointly_registry::{Garbling, circuit_evaluator_of};

/// How long the other side may be busy.
const PATIENCE: Duration = Duration::from_secs(24 * 3600);

/// One party's part.
pub async fn part(
    mesh: Arc<dyn Mesh>,
    (model, garbling): (Adversary, Garbling),
    signers: Option<Signers>,
    function: &Function,
    mine: &Bits,
) -> Result<Bits, Error> {
    let mut ctx = Ctx::new(mesh, "circuit", PATIENCE);
    let mut evaluator = circuit_evaluator_of(&mut ctx, model, signers, garbling).await?;
    evaluator.evaluate(&mut ctx, function, mine).await
}

/// All parties' parts in this process; what each learns.
pub async fn all(model: (Adversary, Garbling), function: &Function, inputs: &[Bits]) -> Result<Vec<Bits>, Error> {
    let identities: Vec<Arc<dyn Signer>> = (1..=2).map(|i| Arc::new(SigningKey::from_bytes(&[i; 32])) as _).collect();
    let keys = [identities[0].key(), identities[1].key()];
    let parties = memory::meshes(inputs.len() as u16).into_iter().zip(inputs).enumerate();
    let parts = parties.map(|(i, (mesh, mine))| {
        let signers = identities.get(i).map(|mine| Signers { keys, mine: mine.clone() });
        part(mesh, model, signers, function, mine)
    });
    try_join_all(parts).await
}
