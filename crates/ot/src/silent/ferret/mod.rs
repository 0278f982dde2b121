//! Ferret: random correlated OT from primal LPN (Yang, Weng, Lan, Zhang, Wang, CCS 2020, ePrint 2020/924, Figure 9, with
//! the regular noise of §6), over the half-tree single-point COT of Guo et al. (ePrint 2022/1431, Figure 4).
//!
//! An iteration starts from [`Parameters::reserve`] correlated OTs: the first from a base protocol, later ones out of
//! the iteration before. One for each level of each tree lets the receiver learn all leaves of the tree but one, where
//! it has the sender's plus Δ: that is a correlated OT of a very sparse vector of choices. To this both add the same
//! public combinations of the secret part of the reserve, which makes the choices pseudorandom under LPN.
//!
//! Bit 0 carries the choice through all of it: it is 1 in Δ, 0 in every q, and the choice x in every t. So Δ is the
//! base protocol's with bit 0 set, and has 127 unknown bits; q and t are uniform in the other 127 bits, and are to be
//! hashed before they mask anything.
//!
//! All messages of an iteration are exchanged at its beginning, and against a malicious adversary
//! [checked](super::check), before any of its OTs is handed out or used; the base protocol must then be maliciously
//! secure itself. From there on each end grows its trees when OTs are asked for, without a word: an end keeps the
//! reserve (2.3 MiB for b11), one tree, and roots or corrections.
//!
//! Cost for each iteration: `trees · depth` blocks from sender to receiver, and 64 bytes for the check; for each OT
//! five AES for two rows of the matrix, ten reads of the secret, and one AES each time that its tree is grown: twice at
//! the sender, once at the receiver, once more at both for the check.

mod claims;
mod receiver;
mod sender;
#[cfg(test)]
mod tests;

use std::ops::Range;

use jointly_core::{Error, Private};
use jointly_math::{Aes128, Block, lpn};

pub use claims::{BASE, FERRET, ferret_spec};
pub use receiver::FerretReceiver;
pub use sender::FerretSender;

use super::{
    Parameters,
    parameters::MASK,
    session::{Session, name},
};
use crate::Security;

/// Trees whose corrections travel together.
const BATCH: usize = 128;

/// What a caller is told who goes on after an error.
const BROKEN: Error = Error::Misuse("silent correlations are over after an error");

/// Blocks that are kept, wiped when dropped.
type Kept = Private<Vec<Block>>;

fn kept(blocks: Vec<Block>) -> Kept {
    Private::new(blocks)
}

/// The batches of an iteration.
fn batches(parameters: &Parameters) -> impl Iterator<Item = Range<usize>> + use<> {
    let trees = parameters.trees;
    (0..trees).step_by(BATCH).map(move |first| first..trees.min(first + BATCH))
}

/// The words by which both ends name what they do.
fn words(parameters: &Parameters, security: Security) -> [&'static str; 3] {
    ["ferret", parameters.name, name(security)]
}

/// The trees of an iteration, as one end can grow them.
trait Forest: Send {
    /// The leaves of a tree, grown with the OTs of its levels.
    fn grow(&mut self, tree: usize, levels: &[Block]) -> &mut [Block];
}

/// What an end has between two calls.
struct Running<F> {
    parameters: &'static Parameters,
    session: Session,
    /// OTs for the mask of the check, the secret, each level of each tree; what stands behind them is not used.
    reserve: Kept,
    /// The iteration, its matrix, and the tree that is next.
    iteration: Option<(F, Aes128, usize)>,
    /// Outputs of grown trees that nobody has asked for yet.
    spare: Kept,
}

impl<F: Forest> Running<F> {
    fn new(parameters: &'static Parameters, session: Session, reserve: Vec<Block>) -> Self {
        Running { parameters, session, reserve: kept(reserve), iteration: None, spare: kept(Vec::new()) }
    }

    /// Whether it takes another iteration to make more.
    fn is_exhausted(&self) -> bool {
        let all = self.parameters.trees - self.parameters.refill();
        self.iteration.as_ref().is_none_or(|(_, _, next)| *next == all)
    }

    /// Ends the iteration: its last trees are the reserve of the next one.
    fn refill(&mut self) {
        if self.iteration.is_none() {
            return;
        }
        let mut reserve = kept(Vec::with_capacity(self.parameters.refill() * self.parameters.leaves()));
        for _ in 0..self.parameters.refill() {
            reserve.expose_mut().extend_from_slice(self.produce());
        }
        self.reserve = reserve;
        self.session.advance();
    }

    /// Starts the next iteration, whose messages have been exchanged and checked.
    fn start(&mut self, forest: F) {
        self.iteration = Some((forest, self.session.key("matrix"), 0));
    }

    /// The parts of the reserve: mask, secret, and the trees' levels, one tree after the other.
    fn parts(&self) -> (&[Block], &[Block], &[Block]) {
        parts(self.parameters, self.reserve.expose())
    }

    /// The OTs of the next tree: its leaves, to which the local code is added.
    fn produce(&mut self) -> &[Block] {
        let Some((forest, matrix, next)) = &mut self.iteration else { return &[] };
        let (tree, depth) = (*next, self.parameters.depth);
        *next += 1;
        let (_, secret, levels) = parts(self.parameters, self.reserve.expose());
        let leaves = forest.grow(tree, &levels[tree * depth..(tree + 1) * depth]);
        lpn::accumulate(matrix, (tree << depth) as u64, secret, leaves);
        leaves
    }

    /// Puts the OTs of the next tree to the spare ones.
    fn produce_spare(&mut self) {
        let mut spare = Vec::with_capacity(2 * self.parameters.leaves());
        spare.extend_from_slice(self.spare.expose());
        spare.extend_from_slice(self.produce());
        self.spare = kept(spare);
    }

    /// Moves the last `n` spare OTs to the end of `out`.
    fn take_spare(&mut self, n: usize, out: &mut Vec<Block>) {
        let spare = self.spare.expose_mut();
        let rest = spare.len() - n;
        out.extend_from_slice(&spare[rest..]);
        spare.truncate(rest);
    }
}

fn parts<'a>(parameters: &Parameters, reserve: &'a [Block]) -> (&'a [Block], &'a [Block], &'a [Block]) {
    let (mask, rest) = reserve.split_at(MASK);
    let (secret, levels) = rest.split_at(parameters.secret());
    (mask, secret, &levels[..parameters.trees * parameters.depth])
}
