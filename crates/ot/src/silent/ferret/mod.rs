//! Ferret: random correlated OT from primal LPN (Yang, Weng, Lan, Zhang, Wang, CCS 2020, ePrint 2020/924, §4 and §5), with the
//! half-tree single-point COT of Guo et al. (ePrint 2022/1431, §4.1, Figure 4).
//!
//! An iteration starts from [`Parameters::reserve`] correlated OTs: the first from a base protocol, later ones out of the iteration
//! before. One for each level of each tree lets the receiver learn all leaves of the tree but one, where it has the sender's plus Δ: that is a
//! correlated OT of a very sparse vector of choices. To this both add the same public combinations of the secret part of the reserve, which
//! makes the choices pseudorandom under LPN.
//!
//! Bit 0 carries the choice through all of it: it is 1 in Δ, 0 in every q, and the choice x in every t. So Δ is the base
//! protocol's with bit 0 set, and has 127 unknown bits; q and t are uniform in the other 127 bits, and are to be hashed before they mask anything.
//!
//! Against a malicious security, all corrections of an iteration are [checked](super::check) before any of its OTs is handed out or used;
//! the base protocol must then be maliciously secure itself. An iteration's outputs are in memory at a time, and a caller's request.
//!
//! Cost for each iteration: `trees · depth` blocks from sender to receiver, and 64 bytes for the check; for each OT one AES for the tree (two
//! at a sender that is checked), two for the matrix's row, ten reads of the secret.

mod claims;
mod encoder;
mod receiver;
mod sender;
#[cfg(test)]
mod tests;

use std::ops::Range;

use jointly_core::{Error, Private};
use jointly_math::Block;

pub use claims::{BASE, FERRET, ferret_spec};
pub use receiver::FerretReceiver;
pub use sender::FerretSender;

use super::{
    Parameters,
    parameters::MASK,
    session::{Session, name},
};
use crate::Security;

/// Trees whose corrections travel together: the receiver works on some while the sender grows the next.
const BATCH: usize = 64;

/// The batches of an iteration.
fn batches(parameters: &Parameters) -> impl Iterator<Item = Range<usize>> + use<> {
    let trees = parameters.trees;
    (0..trees).step_by(BATCH).map(move |first| first..trees.min(first + BATCH))
}

/// Blocks that are kept, wiped when dropped.
type Kept = Private<Vec<Block>>;

fn kept(blocks: Vec<Block>) -> Kept {
    Private::new(blocks)
}

/// What an end has between two calls.
struct Running {
    session: Session,
    /// OTs for the mask of the check, the secret, each level of each tree; what stands behind them is not used.
    reserve: Kept,
    /// Outputs that nobody has asked for yet.
    spare: Kept,
}

impl Running {
    fn new(session: Session, reserve: Vec<Block>) -> Running {
        Running { session, reserve: kept(reserve), spare: kept(Vec::new()) }
    }

    /// How many iterations go straight to a caller who wants `n`; the rest comes out of what is spare.
    fn whole_iterations(&self, parameters: &Parameters, n: usize) -> usize {
        n.saturating_sub(self.spare.expose().len()) / parameters.outputs()
    }

    /// Moves the last `n` spare OTs to the end of `out`.
    fn take_spare(&mut self, n: usize, out: &mut Vec<Block>) {
        let spare = self.spare.expose_mut();
        let rest = spare.len() - n;
        out.extend_from_slice(&spare[rest..]);
        spare.truncate(rest);
    }

    /// The spare OTs, with room for those of another iteration.
    fn widened_spare(&self, parameters: &Parameters) -> Kept {
        let spare = self.spare.expose();
        let mut wider = Vec::with_capacity(spare.len() + parameters.outputs());
        wider.extend_from_slice(spare);
        kept(wider)
    }

    /// The parts of the reserve: mask, secret, and the trees' levels, one tree after the other.
    fn parts<'a>(&'a self, parameters: &Parameters) -> (&'a [Block], &'a [Block], &'a [Block]) {
        let (mask, rest) = self.reserve.expose().split_at(MASK);
        let (secret, levels) = rest.split_at(parameters.secret());
        (mask, secret, &levels[..parameters.trees * parameters.depth])
    }
}

/// What a caller is told who goes on after an error.
const BROKEN: Error = Error::Misuse("silent correlations are over after an error");

/// The words by which both ends name what they do.
fn words(parameters: &Parameters, security: Security) -> [&'static str; 3] {
    ["ferret", parameters.name, name(security)]
}
