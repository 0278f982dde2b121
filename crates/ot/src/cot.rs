//! Random correlated OT: the sender has Δ and random qᵢ, the receiver random bits xᵢ and tᵢ = qᵢ ⊕ xᵢ·Δ.

use async_trait::async_trait;
use jointly_core::Result;
use jointly_math::Block;
use jointly_net::Ctx;

use crate::Security;

/// The end that holds Δ.
#[async_trait]
pub trait CotSender: Send {
    /// Against whom it stands: what is built on it stands against no more.
    fn security(&self) -> Security;

    /// Δ, the same for all of this sender's OTs.
    fn delta(&self) -> Block;

    /// The qᵢ of the next `n` OTs. After an error the sender must not be used again: Δ may have leaked.
    async fn send(&mut self, ctx: &mut Ctx, n: usize) -> Result<Vec<Block>>;
}

/// The end that holds the choice bits.
#[async_trait]
pub trait CotReceiver: Send {
    /// Against whom it stands: what is built on it stands against no more.
    fn security(&self) -> Security;

    /// The xᵢ and tᵢ of the next `n` OTs.
    async fn receive(&mut self, ctx: &mut Ctx, n: usize) -> Result<Received>;
}

/// What a receiver obtains.
pub struct Received {
    /// The xᵢ: one plane of bits, as in [`jointly_math::bits`]; the bits behind the last OT are zero.
    pub choices: Vec<u64>,
    /// The tᵢ.
    pub blocks: Vec<Block>,
}
