//! VOLE over GF(2^128) from dual LPN with regular noise (Boyle, Couteau, Gilboa, Ishai, CCS 2018; Weng, Yang, Katz,
//! Wang: Wolverine, ePrint 2020/925, Figure 7), over half-tree pseudorandom trees (Guo et al., ePrint 2022/1431,
//! §4) and an [expand-convolute code](jointly_math::expand_convolute).
//!
//! A block of n = 2^k VOLEs starts from correlated OTs with the same Δ. 128 of them, added up with the powers of X, are
//! one random VOLE, without any message: it gives a noise position its value β, with γ = δ + βΔ at the receiver. One OT
//! for each level of a tree lets the sender learn all leaves but the one at the noise position; ψ = γ + Σ leaves then
//! gives it that one plus βΔ. The leaves at the receiver, those at the sender and the noise are a VOLE of a sparse
//! vector, which the code makes pseudorandom.
//!
//! The leaves must be pseudorandom, not correlated: those of a correlated tree add up to Δ, and ψ would tell (β + 1)Δ
//! to who knows β.
//!
//! Against a malicious adversary, all trees of a block are [checked](super::check) before it is used; the OTs must then
//! be maliciously secure.
//!
//! With b < 128 OTs a noise position, u lies in the space of the elements below X^b. The code is then the binary one,
//! which keeps that space, with heavier noise: see [`DUAL`](super::DUAL).
//!
//! The sender here is the receiver of OTs: it is the one that does not know Δ. Cost of a block, with t = 128 trees of
//! 2^(k − 6) leaves: t·(k − 6) + 128·(t + 1) OTs, t·(k − 4) blocks from receiver to sender (and 64 bytes if checked);
//! for each VOLE three AES for leaves, 48 additions in convolutions and 7 reads, the latter two of pairs at the sender.
//! A block is in memory at a time.

mod claims;
mod receiver;
mod sender;
#[cfg(test)]
mod tests;

use std::ops::Range;

use jointly_core::{Error, Party, Private, Result, wire_bytes};
use jointly_math::{
    Block, Seed,
    expand_convolute::{self, Element},
};
use jointly_net::Ctx;

pub use claims::{BASE as VOLE_BASE, vole_spec};
pub use receiver::SilentVoleReceiver;
pub use sender::SilentVoleSender;

use super::{
    parameters::DUAL,
    session::{Session, name},
};
use crate::Security;

/// Trees that are grown before their leaves are laid out: eight neighbours fill whole cache lines.
const GROUP: usize = 8;
/// OTs that make one VOLE with any u; fewer make one whose u has so many bits.
const PACK: usize = 128;
/// Elements that a check takes in at a time.
const FOLD: usize = 2048;

const BROKEN: Error = Error::Misuse("silent correlations are over after an error");

/// What an end has between two calls.
struct Running<const W: usize> {
    session: Option<Session>,
    /// The last block's vector; its memory serves the next one too.
    vector: Private<Vec<Element<W>>>,
    /// How many VOLEs at its beginning nobody has asked for yet.
    spare: usize,
}

impl<const W: usize> Running<W> {
    fn new() -> Self {
        Running { session: None, vector: Private::new(Vec::new()), spare: 0 }
    }

    /// The session, started by the first call, in its next iteration; and a vector for the block, with anything in it.
    async fn next(
        &mut self,
        ctx: &mut Ctx,
        peer: Party,
        security: Security,
        shape: Shape,
    ) -> Result<(&Session, &mut [Element<W>])> {
        if self.session.is_none() {
            self.session = Some(Session::start(ctx, peer, &["vole", name(security)]).await?);
        }
        let n = 2 * shape.outputs();
        if self.vector.expose().len() < n {
            self.vector = Private::new(vec![[Block::ZERO; W]; n]);
        }
        self.vector.expose_mut().truncate(n);
        let session = self.session.as_mut().ok_or(BROKEN)?;
        session.advance();
        Ok((session, self.vector.expose_mut()))
    }

    /// Up to `n` spare VOLEs, which are spare no more.
    fn take(&mut self, n: usize) -> &[Element<W>] {
        let from = self.spare.saturating_sub(n);
        let taken = from..self.spare;
        self.spare = from;
        &self.vector.expose()[taken]
    }
}

/// A block of VOLEs.
#[derive(Clone, Copy)]
struct Shape {
    /// The logarithm of the number of VOLEs.
    log: usize,
    /// Bits of each u, from the lowest on; the others are zero.
    bits: usize,
}

impl Shape {
    /// The block to make for someone who still wants `n`, with u of `bits` bits.
    fn fitting(n: usize, bits: usize) -> Shape {
        let log = n.next_power_of_two().trailing_zeros() as usize;
        Shape { log: log.clamp(DUAL.smallest, DUAL.largest), bits }
    }

    fn outputs(self) -> usize {
        1 << self.log
    }

    /// The weight of the noise.
    fn trees(self) -> usize {
        if self.bits == PACK { DUAL.trees } else { DUAL.binary_trees }
    }

    /// Levels of a tree: together, the trees have two leaves for each VOLE.
    fn depth(self) -> usize {
        self.log + 1 - self.trees().trailing_zeros() as usize
    }

    fn leaves(self) -> usize {
        1 << self.depth()
    }

    /// OTs: for every tree's noise, for the mask of the check, for every tree's levels.
    fn ots(self) -> usize {
        self.levels(0).start + self.trees() * self.depth()
    }

    /// The OTs that make the value of a tree's noise.
    fn noise(self, tree: usize) -> Range<usize> {
        tree * self.bits..(tree + 1) * self.bits
    }

    /// The OTs that make the mask of the check: any element, as the sum that it hides is one.
    fn mask(self) -> Range<usize> {
        let start = self.trees() * self.bits;
        start..start + PACK
    }

    /// The OTs of a tree's levels.
    fn levels(self, tree: usize) -> Range<usize> {
        let start = self.mask().end + tree * self.depth();
        start..start + self.depth()
    }

    /// What is sent for each tree: a correction for every level but the last, two for that, and ψ.
    fn message(self) -> usize {
        self.depth() + 2
    }
}

/// What `n` VOLEs cost, the first ones of their ends: how many correlated OTs are asked for at a time, and what is sent
/// beside these.
pub struct VoleCost {
    /// OTs of each block.
    pub ots: Vec<usize>,
    /// Bytes that the receiver of VOLEs sends, the holder of Δ, frame headers included.
    pub receiver_bytes: u64,
    /// Bytes that the sender of VOLEs sends.
    pub sender_bytes: u64,
}

impl VoleCost {
    /// Of the first `n` VOLEs with u of `bits` bits.
    pub fn of(n: usize, bits: usize, security: Security) -> VoleCost {
        let nonce = if n > 0 { wire_bytes(1, 16) } else { 0 };
        let mut cost = VoleCost { ots: Vec::new(), receiver_bytes: nonce, sender_bytes: nonce };
        let mut rest = n;
        while rest > 0 {
            let shape = Shape::fitting(rest, bits);
            rest = rest.saturating_sub(shape.outputs());
            cost.ots.push(shape.ots());
            cost.receiver_bytes += wire_bytes(2 * shape.trees() * shape.message(), 8);
            if security == Security::Malicious {
                cost.receiver_bytes += wire_bytes(1, 32);
                cost.sender_bytes += wire_bytes(2, 16);
            }
        }
        cost
    }
}

/// Where leaf `leaf` of tree `tree` stands in the sparse vector: the trees, so many, run across it, so that each has
/// noise anywhere, with the same chance.
fn position(trees: usize, tree: usize, leaf: usize) -> usize {
    leaf * trees + tree
}

/// Lays out the leaves of a group of trees, the first of which is `first`, among so many.
fn lay_out<const W: usize>(
    vector: &mut [Element<W>],
    trees: usize,
    first: usize,
    leaves: &[Block],
    element: impl Fn(usize, usize, Block) -> Element<W>,
) {
    let size = leaves.len() / GROUP;
    for (leaf, row) in vector.chunks_exact_mut(trees).enumerate() {
        for (tree, to) in row[first..first + GROUP].iter_mut().enumerate() {
            *to = element(tree, leaf, leaves[tree * size + leaf]);
        }
    }
}

/// Makes the sparse vector a pseudorandom one, under a code that is public and nobody's choice.
fn encode<const W: usize>(session: &Session, shape: Shape, vector: &mut [Element<W>]) {
    let digest = session.digest("code", &[]);
    let seed = Seed::from_bytes(std::array::from_fn(|i| digest[i]));
    if shape.bits == PACK {
        expand_convolute::encode(&seed, vector);
    } else {
        expand_convolute::encode_binary(&seed, vector);
    }
}
