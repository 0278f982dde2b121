//! What is told of ANDs in full frames: what travels, and what is digested, is cut in the same places whatever the layers are.

use jointly_core::frame_values;

use super::{Garble, Garbler};

/// ANDs in a frame: those of which two blocks each are told in one.
pub const FRAME: usize = frame_values(32);

/// How many ANDs there are in each frame.
pub fn frames(ands: u64) -> impl Iterator<Item = usize> {
    let whole = ands / FRAME as u64;
    let rest = (ands % FRAME as u64) as usize;
    (0..whole).map(|_| FRAME).chain((rest > 0).then_some(rest))
}

/// What a garbler tells, made as it is asked for.
pub struct Frames<'g, 'f, G: Garble> {
    garbler: &'g mut Garbler<'f, G>,
    made: Vec<G::Told>,
    /// How much of it was taken.
    taken: usize,
}

impl<'g, 'f, G: Garble> Frames<'g, 'f, G> {
    const WHOLE: usize = FRAME * G::TOLD;

    /// Of a garbler that has not begun.
    pub fn of(garbler: &'g mut Garbler<'f, G>) -> Self {
        Self { garbler, made: Vec::with_capacity(2 * Self::WHOLE), taken: 0 }
    }

    /// The next frame; none behind the last gate. All frames but the last are full.
    pub fn next_frame(&mut self) -> Option<&[G::Told]> {
        if self.made.len() - self.taken < Self::WHOLE {
            self.made.drain(..self.taken);
            self.taken = 0;
            while self.made.len() < Self::WHOLE && !self.garbler.is_done() {
                self.garbler.advance((Self::WHOLE - self.made.len()).div_ceil(G::TOLD), &mut self.made);
            }
        }
        let next = Self::WHOLE.min(self.made.len() - self.taken);
        self.taken += next;
        (next > 0).then(|| &self.made[self.taken - next..self.taken])
    }
}
