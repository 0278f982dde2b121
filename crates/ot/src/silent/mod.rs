//! Silent correlations: many of them out of few, by trees and noisy linear codes, with a few bytes for each hundred.
//!
//! - [`FerretSender`] and [`FerretReceiver`]: random correlated OT from primal LPN with regular noise (Yang, Weng, Lan,
//!   Zhang, Wang: Ferret, CCS 2020, ePrint 2020/924), over half-tree correlated GGM trees (Guo et al., EUROCRYPT 2023,
//!   ePrint 2022/1431).
//! - [`SilentVoleSender`] and [`SilentVoleReceiver`]: VOLE over GF(2^128) from dual LPN with regular noise.
//! - VOLE over F₂ ⊂ GF(2^128), where the uᵢ are bits, is correlated OT: its xᵢ are the u, its tᵢ and qᵢ the v and w.
//!
//! [`PARAMETERS`] and [`DUAL`] are every set of LPN parameters in use, with its source and estimated security.

mod check;
#[cfg(test)]
mod estimate;
mod ferret;
mod parameters;
mod session;
#[cfg(test)]
mod tests;
mod vole;
mod wire;

pub use ferret::{BASE, FERRET, FerretReceiver, FerretSender, ferret_spec};
pub use parameters::{DUAL, DualParameters, PARAMETERS, Parameters};
pub use vole::{SilentVoleReceiver, SilentVoleSender, VOLE_BASE, VoleCost, vole_spec};
