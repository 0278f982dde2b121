//! Two parties, one of which may do what it likes: authenticated garbling with half-gates (Katz, Ranellucci, Rosulek, Wang: "Optimizing
//! Authenticated Garbling for Faster Secure Two-Party Computation", CRYPTO 2018, ePrint 2018/578), here **KRRW18**.
//!
//! 1. [`TwoParty::preprocess`], which knows no function: authenticated bits from correlated OT (`source.rs`), leaky ANDs (`leaky.rs`), ANDs (`bucket.rs`).
//! 2. [`Preprocessed::garble`], which knows no inputs: masks of all wires, ANDs of masks, the garbled circuit (`garble.rs`).
//! 3. [`Garbled::evaluate`]: inputs, evaluation, the check that every gate was right, outputs (`online.rs`).
//!
//! Party 0 garbles, party 1 evaluates. What is made ahead is used once, by value, and all of it fits together only with the end of the peer that was made with it.
//! A call that fails, or is left, ends the [`TwoParty`] and everything that came from it: they share Δ, and nothing is to be learnt from trying again.
//!
//! `docs/protocols/malicious-2.md` says which step of which figure is where, and what is not as in the paper.

mod auth;
mod bucket;
mod check;
mod claims;
mod evaluator;
mod fuse;
mod garble;
mod garbler;
mod leaky;
mod online;
mod source;
#[cfg(test)]
mod tests;

use async_trait::async_trait;
use jointly_circuit::{Bits, Function};
use jointly_core::{Error, Party, Price, Private, Result, Spec};
use jointly_math::Block;
use jointly_net::Ctx;

pub use claims::MALICIOUS_2;
pub use garble::Garbled;

use crate::{Demand, Evaluator};
use auth::Auth;
use bucket::{Shape, Triples};
use check::Name;
use fuse::Fuse;
use source::Source;

/// The most ANDs that are preprocessed at a time: an AND takes about 450 bytes of memory while it is made, and 128 when it is there.
pub const MAX_ANDS: usize = 1 << 23;

/// From so many correlated OTs on in each direction, they come from Ferret: a tenth of a byte each instead of four, but hundreds of
/// thousands to begin with.
const SILENT_FROM: usize = 1 << 19;

/// What is preprocessed: as much as a function needs, or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// AND gates.
    pub ands: usize,
    /// Bits of all inputs.
    pub inputs: usize,
}

impl Size {
    /// What `function` takes.
    pub fn of(function: &Function) -> Size {
        Size { ands: usize::try_from(function.ands()).unwrap_or(usize::MAX), inputs: function.input_bits() }
    }

    /// Authenticated bits that are not parts of leaky ANDs: a mask for each input and for each AND gate.
    fn masks(self) -> usize {
        self.inputs + self.ands
    }

    /// Correlated OTs in each direction.
    fn cots(self) -> usize {
        3 * Shape::of(self.ands).leaky() + self.masks()
    }

    /// Whether they come from Ferret.
    fn silent(self) -> bool {
        self.cots() >= SILENT_FROM
    }
}

/// One of two parties that compute together, whatever the other does.
pub struct TwoParty {
    peer: Party,
    source: Source,
    name: Name,
    runs: u64,
    fuse: Fuse,
}

/// What one run has of its own.
struct Run {
    me: Party,
    peer: Party,
    delta: Private<Block>,
    name: Name,
    fuse: Fuse,
}

/// What is made before the function is known. Used once.
pub struct Preprocessed {
    run: Run,
    size: Size,
    triples: Triples,
    masks: Auth,
}

impl TwoParty {
    /// Base OTs in both directions, with the peer who does the same at the same time.
    ///
    /// # Errors
    /// [`Misuse`](Error::Misuse) unless there are two parties, and whatever ends the protocol.
    pub async fn setup(ctx: &mut Ctx) -> Result<TwoParty> {
        if ctx.parties() != 2 || ctx.me().0 > 1 {
            return Err(Error::Misuse("two parties compute here"));
        }
        let peer = Party(1 - ctx.me().0);
        let name = Name::new(ctx, peer).await?;
        let source = Source::setup(ctx, peer).await?;
        Ok(TwoParty::over(source, name))
    }

    fn over(source: Source, name: Name) -> TwoParty {
        TwoParty { peer: source.peer(), source, name, runs: 0, fuse: Fuse::default() }
    }

    /// Makes ready for a function of this size. Both parties call it for the same sizes in the same order, and for all functions before the
    /// first is computed: a check that fails here may show Δ, on which functions rest that are done.
    ///
    /// # Errors
    /// [`Refused`](Error::Refused) above [`MAX_ANDS`], and whatever ends the protocol.
    pub async fn preprocess(&mut self, ctx: &mut Ctx, size: Size) -> Result<Preprocessed> {
        if size.ands > MAX_ANDS || size.inputs > MAX_ANDS {
            return Err(Error::Refused(format!("at most {MAX_ANDS} AND gates, and input bits, are possible here")));
        }
        let lit = self.fuse.light_before_inputs()?;
        self.runs += 1;
        let name = self.name.part("run", &self.runs.to_le_bytes());
        let mut silent = if size.silent() { Some(self.source.silent(ctx).await?) } else { None };
        let source = silent.as_mut().unwrap_or(&mut self.source);
        let shape = Shape::of(size.ands);
        let (leaky, masks) = leaky::leaky_ands(ctx, source, &name, shape.leaky(), size.masks()).await?;
        let delta = source.delta();
        let triples = bucket::combine(ctx, (self.peer, &name, delta), shape, leaky, size.ands).await?;
        lit.put_out();
        let run = Run { me: ctx.me(), peer: self.peer, delta: Private::new(delta), name, fuse: self.fuse.clone() };
        Ok(Preprocessed { run, size, triples, masks })
    }
}

impl Preprocessed {
    /// For which functions it is enough.
    pub fn size(&self) -> Size {
        self.size
    }

    /// Garbles, and what else can be done before inputs are there.
    ///
    /// # Errors
    /// [`Misuse`](Error::Misuse) if the function is larger than what was preprocessed, [`Refused`](Error::Refused) if it names other
    /// parties, and whatever ends the protocol.
    pub async fn garble(self, ctx: &mut Ctx, function: &Function) -> Result<Garbled> {
        garble::garble(self, ctx, function).await
    }
}

#[async_trait]
impl Evaluator for TwoParty {
    fn spec(&self) -> &'static Spec<Price<Demand>> {
        &MALICIOUS_2
    }

    async fn evaluate(&mut self, ctx: &mut Ctx, function: &Function, mine: &Bits) -> Result<Bits> {
        check_function(function, ctx.me(), mine)?;
        let preprocessed = self.preprocess(ctx, Size::of(function)).await?;
        preprocessed.garble(ctx, function).await?.evaluate(ctx, mine).await
    }
}

/// What can be said before anything is sent.
fn check_function(function: &Function, me: Party, mine: &Bits) -> Result<()> {
    if function.parties() > 2 {
        return Err(Error::Refused("this protocol is for two parties, and the function names a third".into()));
    }
    if mine.len() != function.inputs_of(me).len() {
        return Err(Error::Misuse("there are as many input bits as the function takes from this party"));
    }
    Ok(())
}

impl std::fmt::Debug for Preprocessed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Preprocessed({:?})", self.size)
    }
}
