//! Half-gates (Zahur, Rosulek, Evans, Eurocrypt 2015, ePrint 2014/756): two ciphertexts, blocks, are told of an AND.

use jointly_math::garble;

use crate::walk;

/// Who knows Δ.
pub type Garbler<'f> = walk::Garbler<'f, garble::Garbler>;
/// Who knows one label of every wire.
pub type Evaluator<'f> = walk::Evaluator<'f, garble::Evaluator>;
/// A garbler's ciphertexts, in full frames.
pub type Frames<'g, 'f> = walk::Frames<'g, 'f, garble::Garbler>;

/// Ciphertexts in a frame: those of 8192 ANDs.
pub const FRAME: usize = 2 * walk::FRAME;

/// The sizes of the frames of `blocks` ciphertexts.
pub fn frames(blocks: u64) -> impl Iterator<Item = usize> {
    walk::frames(blocks / 2).map(|ands| 2 * ands)
}
