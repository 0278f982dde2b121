//! Ciphertexts in full frames: what travels, and what is digested, is cut in the same places whatever the layers are.

use jointly_core::frame_values;
use jointly_math::Block;

use super::Garbler;

/// Ciphertexts in a frame: those of 8192 ANDs.
pub const FRAME: usize = frame_values(16);

/// The sizes of the frames of `blocks` ciphertexts.
pub fn frames(blocks: u64) -> impl Iterator<Item = usize> {
    let whole = blocks / FRAME as u64;
    let rest = (blocks % FRAME as u64) as usize;
    (0..whole).map(|_| FRAME).chain((rest > 0).then_some(rest))
}

/// A garbler's ciphertexts, made as they are asked for.
pub struct Frames<'g, 'f> {
    garbler: &'g mut Garbler<'f>,
    made: Vec<Block>,
    /// How many of them were taken.
    taken: usize,
}

impl<'g, 'f> Frames<'g, 'f> {
    /// Of a garbler that has not begun.
    pub fn of(garbler: &'g mut Garbler<'f>) -> Self {
        Self { garbler, made: Vec::with_capacity(2 * FRAME), taken: 0 }
    }

    /// The next frame; none behind the last gate. All frames but the last are full.
    pub fn next_frame(&mut self) -> Option<&[Block]> {
        if self.made.len() - self.taken < FRAME {
            self.made.drain(..self.taken);
            self.taken = 0;
            while self.made.len() < FRAME && !self.garbler.is_done() {
                self.garbler.advance((FRAME - self.made.len()).div_ceil(2), &mut self.made);
            }
        }
        let next = FRAME.min(self.made.len() - self.taken);
        self.taken += next;
        (next > 0).then(|| &self.made[self.taken - next..self.taken])
    }
}
