//! Whatever a peer may send, thrown at what reads it: the fuzz targets run these for hours, the suite for a moment.
//!
//! Each function takes any bytes at all. It panics if a decoder does, if something decodes that is not the one encoding of what came out,
//! or if a protocol's honest end, whose peer's frames the bytes change, ends with anything but a result or an error that a peer can cause.

mod dealer;
mod ot;
mod pir;
mod psi;
mod silent;

pub use dealer::Dealer;
pub use ot::ot;
pub use pir::pir;
pub use psi::psi;

use std::sync::Mutex;

use jointly_core::{Error, Party, Result, Wire};
use jointly_net::{Ctx, Frame, tamper::Place};

use crate::{World, world};

/// The end that is honest.
const HONEST: Party = Party(0);

/// The end whose frames are changed.
const PEER: Party = Party(1);

/// What the bytes are read as: zeros when they are over.
struct Input {
    bytes: Vec<u8>,
    at: usize,
}

impl Input {
    fn new(bytes: &[u8]) -> Self {
        Self { bytes: bytes.to_vec(), at: 0 }
    }

    fn byte(&mut self) -> u8 {
        let byte = self.rest().first().copied().unwrap_or(0);
        self.at += 1;
        byte
    }

    fn array<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| self.byte())
    }

    fn number(&mut self) -> usize {
        usize::from(u16::from_le_bytes(self.array()))
    }

    /// All that is left.
    fn rest(&self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Leaves most alone; else changes some bytes, all of them, or the length.
    fn spoil(&mut self, bytes: &mut Vec<u8>) {
        match self.byte() % 8 {
            4 | 5 if !bytes.is_empty() => {
                for _ in 0..=self.byte() % 8 {
                    let at = self.number() % bytes.len();
                    bytes[at] ^= self.byte();
                }
            }
            6 if !bytes.is_empty() => {
                let pattern: Vec<u8> = (0..=self.byte() % 40).map(|_| self.byte()).collect();
                bytes.iter_mut().zip(pattern.iter().cycle()).for_each(|(byte, new)| *byte = *new);
            }
            7 => {
                let length = (bytes.len() + 20).saturating_sub(usize::from(self.byte() % 41));
                bytes.resize(length, 0);
            }
            _ => {}
        }
    }
}

/// What decodes is the one encoding of what came out.
fn is_canonical<T: Wire>(bytes: &[u8]) {
    let (mut values, mut back) = (Vec::<T>::new(), Vec::new());
    if T::decode(bytes, &mut values) {
        T::encode(&values, &mut back);
        assert_eq!(back, bytes);
        assert_eq!(values.len() * T::BYTES, bytes.len());
    }
}

/// So many ends, of which the peer's frames are changed as the input says.
fn spoiled(input: &Input, parties: u16) -> World {
    let input = Mutex::new(Input::new(input.rest()));
    world(parties).tamper(move |place: &Place, mut frame: Frame| {
        if place.from == PEER
            && let Ok(mut input) = input.lock()
        {
            input.spoil(&mut frame.payload);
        }
        vec![frame]
    })
}

/// Runs both ends, the peer's frames changed by the input: what the honest one gets. It blames neither its caller nor itself, and succeeds
/// if nothing was changed.
fn honest<T>(input: &Input, party: impl AsyncFn(Ctx) -> Result<T>) -> Result<T> {
    honest_among(input, 2, party)
}

/// As [`honest`], among so many.
fn honest_among<T>(input: &Input, parties: u16, party: impl AsyncFn(Ctx) -> Result<T>) -> Result<T> {
    let mut ends = spoiled(input, parties).run(party);
    let end = ends.swap_remove(usize::from(HONEST.0));
    if let Err(error) = &end {
        assert!(!matches!(error, Error::Misuse(_)), "a peer's fault is not a defect here: {error}");
        assert_ne!(error.party(), Some(HONEST), "{error}");
        assert!(input.rest().iter().any(|byte| byte % 8 > 3), "frames that nobody changed end well: {error}");
    }
    end
}
