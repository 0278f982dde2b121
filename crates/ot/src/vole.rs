//! Random VOLE over GF(2^128): the receiver has Δ and wᵢ, the sender uᵢ and vᵢ, with wᵢ = vᵢ ⊕ uᵢ·Δ.

use async_trait::async_trait;
use jointly_core::Result;
use jointly_math::Block;
use jointly_net::Ctx;

use crate::Security;

/// The end that holds u and v.
#[async_trait]
pub trait VoleSender: Send {
    /// Against whom it stands: what is built on it stands against no more.
    fn security(&self) -> Security;

    /// The uᵢ and vᵢ of the next `n` VOLEs.
    async fn send(&mut self, ctx: &mut Ctx, n: usize) -> Result<Voles>;
}

/// The end that holds Δ and w.
#[async_trait]
pub trait VoleReceiver: Send {
    /// Against whom it stands: what is built on it stands against no more.
    fn security(&self) -> Security;

    /// Δ, the same for all of this receiver's VOLEs.
    fn delta(&self) -> Block;

    /// The wᵢ of the next `n` VOLEs. After an error the receiver must not be used again: Δ may have leaked.
    async fn receive(&mut self, ctx: &mut Ctx, n: usize) -> Result<Vec<Block>>;
}

/// What a sender obtains: two vectors of `n` elements of GF(2^128) (bit i of a block is the coefficient of xⁱ).
pub struct Voles {
    /// The uᵢ, uniformly random.
    pub u: Vec<Block>,
    /// The vᵢ.
    pub v: Vec<Block>,
}
