//! Two parties of whom a cheater is caught with probability λ = 1 − 1/k, and, if the garbler signs, convicted before anybody (Hong, Katz,
//! Kolesnikov, Lu and Wang, "Covert Security with Public Verifiability: Faster, Leaner, and Simpler", Eurocrypt 2019, ePrint 2018/1108, Π_pvc).
//!
//! The garbler makes k circuits, each from a seed; the evaluator learns all seeds but one by OT, before it is known which, repeats
//! what the garbler did with them, and evaluates the one circuit whose seed it lacks. The garbler has signed everything before it learns which
//! that is. A garbler who departs from its seed in some run is seen to do so if that run is one of the k − 1, and its own
//! signature, with the evaluator's seed of that run, is the certificate. In those runs the evaluator's inputs were zeros: a certificate shows nothing.
//!
//! The evaluator cannot cheat more than it could against half-gates with malicious-secure OT: it sends nothing that depends on its inputs
//! otherwise. It cannot frame the garbler either: it is bound to its own seed, and who repeats a run blames whoever departs first.
//!
//! Steps are numbered as in the paper's figure; its text could not be obtained, and they were checked against its abstract, the authors'
//! code and the map in docs/protocols. Where that code is weaker than the proof asks for, this follows the proof: all
//! is verified before the challenge is answered, signatures cover the matter and every flow, keys come from outside, labels that decode to
//! nothing stop the run.

mod certificate;
mod claims;
mod deviation;
mod evaluator;
mod garbler;
mod garbling;
mod runs;
mod statement;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod world;

use std::sync::Arc;

use async_trait::async_trait;
use jointly_circuit::{Bits, Function};
use jointly_core::{Adversary, Error, Party, Price, Result, Spec};
use jointly_math::hash::hash;
use jointly_net::Ctx;

pub use certificate::Certificate;
pub use claims::{COVERT, PVC, cost};
pub use deviation::{Deviation, Stage};
pub use runs::{first_to_depart, repeat, repeat_seed};
pub use statement::{DOMAIN, Key, Matter, Run, Signature, Signer, check_one_in, to_be_signed, verifies};

use crate::{Demand, Evaluator};
use deviation::Honest;
use runs::GARBLER;

/// The two parties' long-term keys, and how this one signs.
#[derive(Clone)]
pub struct Signers {
    /// The public keys of the garbler and of the evaluator, from where others have them too.
    pub keys: [Key; 2],
    /// Signs with this party's.
    pub mine: Arc<dyn Signer>,
}

/// Circuits between party 0, who garbles, and party 1, who evaluates, against covert parties.
pub struct Covert {
    one_in: u32,
    signers: Option<Signers>,
    deviation: Arc<dyn Deviation>,
}

impl Covert {
    /// Against covert parties, with λ = 1 − 1/`one_in`.
    ///
    /// # Errors
    /// [`Error::Refused`] if `one_in` is not from 2 to 100.
    pub fn new(one_in: u32) -> Result<Covert> {
        check_one_in(one_in)?;
        Ok(Covert { one_in, signers: None, deviation: Arc::new(Honest) })
    }

    /// Against covert parties who can be convicted, with λ = 1 − 1/`one_in`.
    ///
    /// # Errors
    /// [`Error::Refused`] if `one_in` is not from 2 to 100.
    pub fn publicly_verifiable(one_in: u32, signers: Signers) -> Result<Covert> {
        check_one_in(one_in)?;
        Ok(Covert { one_in, signers: Some(signers), deviation: Arc::new(Honest) })
    }

    /// Cheats: for tests and demonstrations. Programs for use are built without it.
    #[cfg(any(test, feature = "faults"))]
    #[must_use]
    pub fn cheating(self, deviation: Arc<dyn Deviation>) -> Covert {
        Covert { deviation, ..self }
    }

    /// What it stands against: the claims are those of λ = 1/2, an instance has a λ of its own.
    pub fn adversary(&self) -> Adversary {
        match self.signers {
            Some(_) => Adversary::PubliclyVerifiable { one_in: self.one_in },
            None => Adversary::Covert { one_in: self.one_in },
        }
    }

    /// Step 0: what both parties are about to do, under a name that neither alone chose.
    async fn open(&self, ctx: &mut Ctx, function: &Function) -> Result<Matter> {
        let peer = Party(1 - ctx.me().0);
        let mine = *ctx.seed().as_bytes();
        let theirs = ctx.exchange::<[u8; 16]>(peer, &[mine], peer, 1).await?[0];
        let [first, second] = if ctx.me() == GARBLER { [mine, theirs] } else { [theirs, mine] };
        Ok(Matter {
            session: hash("jointly garble 1 session", &[ctx.path().as_bytes(), &first, &second]),
            keys: self.signers.as_ref().map_or([[0; 32]; 2], |signers| signers.keys),
            function: function.digest(),
            one_in: self.one_in,
        })
    }
}

#[async_trait]
impl Evaluator for Covert {
    fn spec(&self) -> &'static Spec<Price<Demand>> {
        if self.signers.is_some() { &PVC } else { &COVERT }
    }

    async fn evaluate(&mut self, ctx: &mut Ctx, function: &Function, mine: &Bits) -> Result<Bits> {
        if ctx.parties() != 2 || function.parties() > 2 {
            return Err(Error::Refused(
                "this protocol is for two parties: name another adversary model for more".into(),
            ));
        }
        if mine.len() != function.inputs_of(ctx.me()).len() {
            return Err(Error::Misuse("an input bit for each input register of the party"));
        }
        if self.signers.as_ref().is_some_and(|signers| signers.keys[ctx.me().index()] != signers.mine.key()) {
            return Err(Error::Misuse("a party signs with the key by which the other one knows it"));
        }
        let matter = self.open(ctx, function).await?;
        match ctx.me() {
            GARBLER => garbler::run(ctx, self.signers.as_ref(), &*self.deviation, &matter, function, mine).await,
            _ => evaluator::run(ctx, self.signers.is_some(), &*self.deviation, &matter, function, mine).await,
        }
    }
}
