//! Two parties who follow the protocol: Yao's protocol (FOCS 1986; proof: Lindell and Pinkas, J. Cryptology 2009) with half-gates, or with three
//! halves where bytes cost more than work.
//!
//! Party 0 garbles, party 1 evaluates. The evaluator's labels go by oblivious transfer before the first ciphertext, so that its inputs are
//! fixed when the garbled circuit comes; ciphertexts are streamed while they are made, in frames of 8192 ANDs.

mod claims;
mod evaluator;
mod garbler;
mod schemes;
mod transfer;

pub use claims::{half_gates_spec, three_halves_spec};
use schemes::{Scheme, ThreeWords, TwoBlocks};

use std::marker::PhantomData;

use async_trait::async_trait;
use jointly_circuit::{Bits, Function};
use jointly_core::{Error, Party, Price, Result, Spec};
use jointly_math::Block;
use jointly_net::Ctx;
use jointly_ot::{Base, CotReceiver, CotSender, Security, SoftSpokenReceiver, SoftSpokenSender, Width};

use crate::{Demand, Evaluator};

/// Who garbles.
const GARBLER: Party = Party(0);
/// Who evaluates.
const EVALUATOR: Party = Party(1);

/// Yao's protocol between two parties who follow it, at one of them.
pub struct Yao<S> {
    spec: &'static Spec<Price<Demand>>,
    end: End,
    scheme: PhantomData<S>,
}

/// With half-gates: 32 bytes an AND.
pub type HalfGates = Yao<TwoBlocks>;

/// With three halves: 24.6 bytes an AND, for up to twice the work.
pub type ThreeHalves = Yao<ThreeWords>;

/// The ends of the correlated OTs.
enum End {
    Garbler(Box<dyn CotSender>),
    Evaluator(Box<dyn CotReceiver>),
}

impl<S: Scheme> Yao<S> {
    /// Sets up the OTs of the evaluator's inputs, as the link asks for it: [`Width::Two`] computes least, [`Width::Eight`] sends least. Both parties at the same time.
    ///
    /// # Errors
    /// [`Misuse`](Error::Misuse) at a third party, and whatever ends the base OTs.
    pub async fn new(ctx: &mut Ctx, width: Width) -> Result<Self> {
        let (base, security) = (Base::Ristretto, Security::SemiHonest);
        let end = match ctx.me() {
            GARBLER => End::Garbler(Box::new(SoftSpokenSender::new(ctx, base, EVALUATOR, width, security).await?)),
            EVALUATOR => End::Evaluator(Box::new(SoftSpokenReceiver::new(ctx, base, GARBLER, width, security).await?)),
            _ => return Err(Error::Misuse("Yao's protocol is for two parties")),
        };
        Ok(Self { spec: S::spec(width), end, scheme: PhantomData })
    }

    fn check(&self, function: &Function, mine: &Bits, me: Party) -> Result<()> {
        if function.parties() > 2 {
            return Err(Error::Refused("Yao's protocol is for two parties; the function names more".into()));
        }
        match function.inputs_of(me).len() == mine.len() {
            true => Ok(()),
            false => Err(Error::Misuse("as many input bits as the function takes of this party")),
        }
    }
}

#[async_trait]
impl<S: Scheme> Evaluator for Yao<S> {
    fn spec(&self) -> &'static Spec<Price<Demand>> {
        self.spec
    }

    async fn evaluate(&mut self, ctx: &mut Ctx, function: &Function, mine: &Bits) -> Result<Bits> {
        self.check(function, mine, ctx.me())?;
        match &mut self.end {
            End::Garbler(cots) => garbler::run::<S>(ctx, &mut **cots, function, mine).await,
            End::Evaluator(cots) => evaluator::run::<S>(ctx, &mut **cots, function, mine).await,
        }
    }
}

/// Labels of inputs that go by OT.
type Pairs = Vec<[Block; 2]>;
