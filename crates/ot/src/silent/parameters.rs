//! The sets of primal LPN parameters, in one place.

use jointly_math::lpn::WEIGHT;

/// Correlated OTs that a check spends on its mask: as many as a block has bits.
pub(super) const MASK: usize = 128;

/// A set of parameters for LPN over F₂ with regular noise: `trees` blocks of 2^`depth` samples with one error each, a
/// secret of 2^`log_secret` bits, a matrix with ten ones in every row.
///
/// Chosen by the authors of emp-ot in May 2026 (its `tuning.h`, commits dcbafff and 7a7e8c7): the most trees for which
/// every attack of their estimator (lpnestimator.com) costs 2^128 or more. The sets of the Ferret paper are out of
/// date: hybrid and newer algebraic attacks (ePrint 2025/1284, 2025/1476) make use of the noise's regularity.
#[derive(Debug)]
pub struct Parameters {
    /// The set's name in emp-ot.
    pub name: &'static str,
    /// How many trees an iteration grows: the weight of the noise.
    pub trees: usize,
    /// The logarithm of the number of a tree's leaves.
    pub depth: usize,
    /// The logarithm of the length of the secret.
    pub log_secret: u32,
    /// The cheapest attack known to the estimator, in bits: what a test of this crate recomputes.
    pub security: f64,
    /// The set that makes this one's first secret, where that saves more than it costs.
    pub bootstrap: Option<&'static Parameters>,
}

/// Every set in use, the smallest first.
pub static PARAMETERS: [&Parameters; 4] = [&B10, &B11, &B12, &B13];

static B10: Parameters =
    Parameters { name: "b10", trees: 850, depth: 10, log_secret: 16, security: 128.7, bootstrap: None };
static B11: Parameters =
    Parameters { name: "b11", trees: 1170, depth: 11, log_secret: 17, security: 128.2, bootstrap: None };
static B12: Parameters =
    Parameters { name: "b12", trees: 1520, depth: 12, log_secret: 18, security: 128.1, bootstrap: Some(&B10) };
static B13: Parameters =
    Parameters { name: "b13", trees: 1900, depth: 13, log_secret: 19, security: 128.2, bootstrap: Some(&B10) };

impl Parameters {
    /// The set to take where about `n` OTs are wanted in all: the smallest that makes them in one iteration, but none
    /// above b11, whose secret (2 MiB) still fits into a core's caches.
    pub fn for_count(n: usize) -> &'static Parameters {
        if n <= B10.outputs() { &B10 } else { &B11 }
    }

    /// The OTs that one iteration hands out.
    pub const fn outputs(&self) -> usize {
        (self.trees - self.refill()) << self.depth
    }

    /// The OTs that an iteration spends, of which the first iteration's come from elsewhere: a mask for the check, the
    /// secret, and one for each level of each tree.
    pub const fn reserve(&self) -> usize {
        MASK + self.secret() + self.trees * self.depth
    }

    /// The length of the secret.
    pub(super) const fn secret(&self) -> usize {
        1 << self.log_secret
    }

    /// The trees whose leaves are kept for the next iteration.
    pub(super) const fn refill(&self) -> usize {
        self.reserve().div_ceil(1 << self.depth)
    }

    /// Leaves of one tree.
    pub(super) const fn leaves(&self) -> usize {
        1 << self.depth
    }
}

/// Dual LPN over GF(2^128) with regular noise, for VOLE: of 2n elements, in `trees` classes with one error each, the
/// expand-convolute code (expander weight 7, window 24, two convolutions) makes n.
#[derive(Debug)]
pub struct DualParameters {
    /// The weight of the noise.
    pub trees: usize,
    /// The weight of noise whose values are of a space over F₂, under the binary code.
    pub binary_trees: usize,
    /// The logarithm of the smallest n in use.
    pub smallest: usize,
    /// The logarithm of the largest n in use.
    pub largest: usize,
    /// The relative minimum distance that the code is taken to have.
    pub distance: f64,
}

/// What libOTe takes for `ExConv7x24` at 128 bits (its `ConfigureCode`, July 2026): with a pseudo-minimum distance of a
/// quarter, which is an estimate from experiments and not proven, the bias of any linear test is at most (1 − 2/4)¹²⁸.
///
/// Noise in a space over F₂ under a binary code is zero in any one coordinate for half of the blocks: there a test of
/// relative weight d has a bias of (1 − d) for each block, not (1 − 2d), and 309 blocks would do; 512 is the next power
/// of two.
pub static DUAL: DualParameters =
    DualParameters { trees: 128, binary_trees: 512, smallest: 14, largest: 17, distance: 0.25 };

/// The code's weight is part of the sets; and choices are counted out in words.
const _: () = assert!(WEIGHT == 10 && B10.depth >= 6);
