//! SoftSpoken OT extension (Roy, CRYPTO 2022, ePrint 2022/192): random correlated OTs at 128/k − 1 bits each, for 2^k/k AES blocks.
//!
//! §3 turns 128 base OTs into 128/k punctured trees of 2^k leaves ([`pprf`]), these into VOLEs over F_{2^k} with the bits of Δ, k at a
//! time, as their scalars, and these, by telling how far each one's u is from the first one's, into one VOLE of 128
//! bits for the repetition code: correlated OT. §4 adds, for malicious parties, a check that the receiver told the truth ([`check`]).
//!
//! What a corrupt receiver can learn is whether a guess at bits of Δ was right, and wrong guesses are noticed: an
//! end that met an error refuses to go on, and Δ is gone with it.

mod check;
mod claims;
mod pprf;
mod receiver;
mod sender;
#[cfg(test)]
mod tests;

pub use claims::{softspoken_over, softspoken_spec};
pub use receiver::SoftSpokenReceiver;
pub use sender::SoftSpokenSender;

use jointly_core::{Error, FRAME_BYTES, Result};
use jointly_math::small_field::STEP;

/// k: how much is computed for each bit that is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// k = 2: 63 bits and 2 AES blocks an OT.
    Two = 2,
    /// k = 4: 31 bits and 4 AES blocks.
    Four = 4,
    /// k = 8: 15 bits and 32 AES blocks.
    Eight = 8,
}

impl Width {
    /// All of them.
    pub const ALL: [Width; 3] = [Width::Two, Width::Four, Width::Eight];

    const fn bits(self) -> usize {
        self as usize
    }

    /// How many VOLEs over F_{2^k} make one of 128 bits.
    const fn trees(self) -> usize {
        128 / self.bits()
    }
}

/// Against whom an extension stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// Parties that follow the protocol.
    SemiHonest,
    /// Parties that do what they like: the honest one stops, or its OTs are right.
    Malicious,
}

impl Security {
    /// Refuses to build something that claims this level on something that does not have it.
    pub fn check_base(self, base: Security) -> Result<()> {
        match (self, base) {
            (Security::SemiHonest, _) | (Security::Malicious, Security::Malicious) => Ok(()),
            _ => Err(Error::Misuse("what stands against malicious parties is built on what does too")),
        }
    }

    /// Blocks of 128 OTs that are made for `n`: the check spends 64 more, which hide the receiver's choices in it.
    fn blocks(self, n: usize) -> usize {
        match self {
            Security::SemiHonest => n.div_ceil(128),
            Security::Malicious => (n + 64).div_ceil(128),
        }
    }
}

/// Words of a stream that are worked on at a time: 128 planes of them fill the first-level cache.
const CHUNK: usize = STEP;

/// The chunks of `blocks` blocks of 128 OTs, in words of each stream.
fn chunks(blocks: usize) -> impl Iterator<Item = usize> {
    let words = 2 * blocks;
    (0..words).step_by(CHUNK).map(move |at| CHUNK.min(words - at))
}

/// How many chunks' corrections travel in one message: what fills a frame.
fn group(width: Width) -> usize {
    FRAME_BYTES / ((width.trees() - 1) * CHUNK * 8)
}

/// The words of each message of corrections.
fn corrections(width: Width, blocks: usize) -> impl Iterator<Item = usize> {
    let per_message = group(width) * CHUNK;
    let words = 2 * blocks;
    (0..words).step_by(per_message).map(move |at| (width.trees() - 1) * per_message.min(words - at))
}

/// Whether an end may still be used. Set to burnt while a call runs, so that whatever ends the call early leaves it so.
struct Fuse(bool);

impl Fuse {
    fn new() -> Self {
        Self(false)
    }

    fn light(&mut self) -> Result<()> {
        if self.0 {
            return Err(Error::Misuse("an OT extension is not used again after an error: its Δ may be known"));
        }
        self.0 = true;
        Ok(())
    }

    fn put_out(&mut self) {
        self.0 = false;
    }
}
