//! The inverse of a positive semidefinite matrix, by products alone.
//!
//! X ← X(2I − AX) from X₀ = I/μ, μ at least A's largest eigenvalue (Schulz 1933; Ben-Israel and Cohen, "On iterative computation of generalized inverses
//! and associated projections", SIAM J. Numer. Anal. 3, 1966). X remains a polynomial in A, and on an eigenvector with eigenvalue λ, after k steps,
//! AX is 1 − (1 − λ/μ)^(2^k): between 0 and 1 for every λ in [0, μ], and X at most 2^k/μ. So, unlike with divisions by pivots, no bound is broken
//! when A is singular; AX is then not I, and shows in which columns. The iteration is stable (Söderström and Stewart, "On the numerical
//! properties of an iterative method for computing the Moore–Penrose generalized inverse", SIAM J. Numer. Anal. 11, 1974).
//!
//! Six rounds a step, none of them depends on the size.

use jointly_core::Result;
use jointly_gadget::Fixed;
use jointly_share::Engine;

use crate::matrix::{diagonal, identity, product};

/// λ/μ down to 4·2⁻¹⁹ comes out right up to 2⁻⁶ and better: the largest eigenvalue may be some 10⁵ times the smallest.
pub(crate) const STEPS: u32 = 19;

/// Fraction bits of A, of X, of AX: those of X(AX), with X at most 2^21 for μ ≥ 1/4, are 59.
const A_FRAC: u32 = 26;
const X_FRAC: u32 = 16;
const AX_FRAC: u32 = 22;

/// What a diagonal entry of AX lacks at most for its column to be told apart from the others.
const LACK: i64 = 1 << (AX_FRAC - 6);

/// An inverse, and how well it fits.
pub(crate) struct Inverse {
    /// Entries are at most 2^19/μ.
    pub x: Fixed,
    /// AX, which is I where A has an inverse.
    ax: Fixed,
}

impl Inverse {
    /// Of a d×d matrix whose eigenvalues are at least 0 and at most `most`, with so many steps: 2^steps/`most` is at most 2^21.
    pub(crate) async fn new(e: &mut dyn Engine, a: &Fixed, d: usize, most: f64, steps: u32) -> Result<Self> {
        let a = a.rescale(e, A_FRAC).await?;
        let size = 2f64.powi(steps as i32) / most;
        let mut x = identity(e, d, 1.0 / most, X_FRAC)?;
        let mut ax = product(e, &a, &x, [d; 3], 1.5, AX_FRAC).await?;
        for _ in 0..steps {
            let taken = product(e, &x, &ax, [d; 3], 1.5 * size, X_FRAC).await?;
            let next = e.sub(&e.scale(&x.secret, 2)?, &taken.secret)?;
            x = Fixed::new(next, X_FRAC, 1.5 * size)?;
            ax = product(e, &a, &x, [d; 3], 1.5, AX_FRAC).await?;
        }
        Ok(Self { x, ax })
    }

    /// For each column, as a bit: whether it is nothing but a sum of multiples of others, as nearly as can be told.
    pub(crate) async fn doubtful(&self, e: &mut dyn Engine, d: usize) -> Result<jointly_share::Secret> {
        let enough = e.public(&vec![(1 << AX_FRAC) - LACK; d])?;
        let fit = diagonal(e, &self.ax.secret, d)?;
        jointly_gadget::compare::less_than(e, &fit, &enough).await
    }
}
