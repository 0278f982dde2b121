//! What ANDs are made of: half-gates, or three halves.

use std::borrow::Cow;

use jointly_core::{Price, Spec, Wire};
use jointly_math::{
    Block,
    garble::{self, three_halves},
};
use jointly_ot::Width;

use super::{half_gates_spec, three_halves_spec};
use crate::{
    Demand, threehalves,
    walk::{Evaluate, Garble},
};

/// A way to garble ANDs, and how what is told of them travels.
pub trait Scheme: Send + Sync + 'static {
    /// ANDs at the garbler.
    type Garbler: Garble<Told = Self::Told>;
    /// ANDs at the evaluator.
    type Evaluator: Evaluate<Told = Self::Told>;
    /// What is told of ANDs.
    type Told: Copy + Send + Sync + 'static;
    /// What it travels as.
    type Packed: Wire + Clone + Send + Sync;

    /// What it claims, over OTs of this width.
    fn spec(width: Width) -> &'static Spec<Price<Demand>>;
    /// So much travels for these ANDs.
    fn packed(ands: usize) -> usize;
    /// A frame, as it travels.
    fn pack(told: &[Self::Told]) -> Cow<'_, [Self::Packed]>;
    /// A frame of these ANDs that has travelled; nothing if nobody packs one like that.
    fn unpack(packed: Vec<Self::Packed>, ands: usize) -> Option<Vec<Self::Told>>;
}

/// Two ciphertexts of 128 bits.
pub enum TwoBlocks {}

/// Three of 64 bits, and five bits.
pub enum ThreeWords {}

impl Scheme for TwoBlocks {
    type Garbler = garble::Garbler;
    type Evaluator = garble::Evaluator;
    type Told = Block;
    type Packed = Block;

    fn spec(width: Width) -> &'static Spec<Price<Demand>> {
        half_gates_spec(width)
    }

    fn packed(ands: usize) -> usize {
        2 * ands
    }

    fn pack(told: &[Block]) -> Cow<'_, [Block]> {
        Cow::Borrowed(told)
    }

    fn unpack(packed: Vec<Block>, _: usize) -> Option<Vec<Block>> {
        Some(packed)
    }
}

impl Scheme for ThreeWords {
    type Garbler = three_halves::Garbler;
    type Evaluator = three_halves::Evaluator;
    type Told = three_halves::Table;
    type Packed = u64;

    fn spec(width: Width) -> &'static Spec<Price<Demand>> {
        three_halves_spec(width)
    }

    fn packed(ands: usize) -> usize {
        threehalves::words(ands)
    }

    fn pack(told: &[three_halves::Table]) -> Cow<'_, [u64]> {
        Cow::Owned(threehalves::pack(told))
    }

    fn unpack(packed: Vec<u64>, ands: usize) -> Option<Vec<three_halves::Table>> {
        threehalves::unpack(&packed, ands)
    }
}
