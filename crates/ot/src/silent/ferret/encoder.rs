//! From the leaves of trees to OTs: adding the local code.

use jointly_math::{Aes128, Block, lpn};

use super::{Kept, kept};
use crate::silent::{Parameters, session::Session};

/// Takes the trees of an iteration one after the other; the first ones' OTs are kept for the next iteration.
pub(super) struct Encoder<'a> {
    parameters: &'a Parameters,
    matrix: Aes128,
    secret: &'a [Block],
    next: Kept,
    out: &'a mut Vec<Block>,
    tree: usize,
}

impl<'a> Encoder<'a> {
    /// An encoder that appends what is to be handed out to `out`.
    pub fn new(parameters: &'a Parameters, session: &Session, secret: &'a [Block], out: &'a mut Vec<Block>) -> Self {
        let next = kept(Vec::with_capacity(parameters.refill() * parameters.leaves()));
        Encoder { parameters, matrix: session.key("matrix"), secret, next, out, tree: 0 }
    }

    /// The next tree.
    pub fn add(&mut self, leaves: &mut [Block]) {
        lpn::accumulate(&self.matrix, (self.tree * leaves.len()) as u64, self.secret, leaves);
        let to = if self.tree < self.parameters.refill() { self.next.expose_mut() } else { &mut *self.out };
        to.extend_from_slice(leaves);
        self.tree += 1;
    }

    /// The reserve of the next iteration.
    pub fn finish(self) -> Kept {
        self.next
    }
}
