//! Garbling among n parties, of whom up to n − 1 may do what they like.
//!
//! Wang, Ranellucci and Katz, "Global-Scale Secure Multiparty Computation", CCS 2017 (ePrint 2017/189), cited as WRK17. All parties but one garble, and
//! the [evaluator](EVALUATOR) evaluates. Each wire w has a random mask λ_w that is shared among all; on it goes the masked value. The shares are
//! authenticated by every party towards every other, so that garblers, who put their shares into the rows of their tables, can lie about none: a wrong row is
//! noticed, and which row is decrypted says nothing about inputs.
//!
//! Three phases, each a type that is used once: [`Session::prepare`] before the function is known, [`Prepared::garble`] before its inputs are, and
//! [`Garbled::compute`]. What is prepared can be [stored](Prepared::into_bytes). A constant number of rounds, whatever the function.
//!
//! The paper is followed step by step as its authors' program (emp-agmpc) and polytune show it, since its text was not at hand when this was written. What
//! differs, and why it may, is said at each step and in `docs/protocols/malicious-n.md`. Of the improvements of Yang, Wang and Zhang (CCS 2020, ePrint 2019/1104)
//! none is in it: neither their text nor a program of theirs was at hand.
//!
//! | parameter | value | what it bounds |
//! |---|---|---|
//! | κ | 128 | labels, MACs, Δ: computational |
//! | ρ | 40 | leaks of AND triples (`bucket`), different Δ towards different parties (`abit`): statistical |
//! | MACs in tables | 64 bits | a wrong row passes with probability 2^−64 |
//! | linear checks | GF(2^128) | of bits and of triples: 2^−128 |
//! | gates under one permutation | 2^14 | hashes of labels (`rows`) |
//!
//! Memory, of n parties: a party keeps 128·(n − 1) bytes for each AND that is prepared and 480·(n − 1) while it is garbled, the evaluator's tables take
//! 4·(n − 1)·(8 + 16·(n − 1)), and making triples takes about 80 MB·(n − 1) at a time. Functions have at most [`MAX_ANDS`] ANDs.

mod abit;
pub mod board;
mod bucket;
mod claims;
mod evaluate;
mod exposure;
mod garble;
mod online;
mod opening;
mod prepare;
mod roots;
mod rows;
mod session;
mod shares;
mod silent;
mod stored;
#[cfg(test)]
mod tests;
mod triples;
mod wires;

use async_trait::async_trait;
use jointly_circuit::{Bits, Function};
use jointly_core::{Error, Party, Price, Result, Spec};
use jointly_net::Ctx;

pub use claims::{MALICIOUS_MANY, cost};
pub use exposure::{Exposure, Held};
pub use garble::Garbled;
pub use prepare::Prepared;
pub use roots::{Roots, make_cost, ots_cost, start_cost};
pub use session::Session;
pub use shares::Shares;

use crate::{Demand, Evaluator};

/// Who evaluates; all others garble.
pub const EVALUATOR: Party = Party(0);

/// Parties at most.
pub const MAX_PARTIES: u16 = 16;

/// ANDs, and input bits, of a function at most.
pub const MAX_ANDS: usize = 1 << 20;

/// Functions among all parties of a context, one after the other, each from preparation to result.
pub struct Many {
    session: Session,
}

impl Many {
    /// Sets up what all functions share.
    ///
    /// # Errors
    /// As [`Session::start`].
    pub async fn start(ctx: &mut Ctx) -> Result<Many> {
        Ok(Many { session: Session::start(ctx).await? })
    }
}

#[async_trait]
impl Evaluator for Many {
    fn spec(&self) -> &'static Spec<Price<Demand>> {
        &MALICIOUS_MANY
    }

    async fn evaluate(&mut self, ctx: &mut Ctx, function: &Function, mine: &Bits) -> Result<Bits> {
        garble::check_function(ctx, function)?;
        if mine.len() != function.inputs_of(ctx.me()).len() {
            return Err(Error::Misuse("as many input bits as the function takes of this party"));
        }
        // Runs of their own: their paths differ from those of the next function's.
        let mut run = ctx.fork("prepare");
        let prepared = self.session.prepare(&mut run, function.ands() as usize, function.input_bits()).await?;
        ctx.join(run);
        let mut run = ctx.fork("garble");
        let garbled = prepared.garble(&mut run, function).await?;
        ctx.join(run);
        let mut run = ctx.fork("compute");
        let out = garbled.compute(&mut run, function, mine).await?;
        ctx.join(run);
        Ok(out)
    }
}
