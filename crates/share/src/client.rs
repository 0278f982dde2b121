//! Owners and receivers that do not compute: they hand in shares and take masked results, over links of their own.

use async_trait::async_trait;
use jointly_core::Result;

/// A non-computing participant's end of a scheme. Its calls stand in the order in which the computing parties name it in theirs.
#[async_trait]
pub trait Client: Send {
    /// Hands in ring elements: the computing parties call `input`.
    async fn give(&mut self, x: &[i64]) -> Result<()>;

    /// Hands in strings of `width` bits: the computing parties call `input_bits`.
    async fn give_bits(&mut self, x: &[u64], width: usize) -> Result<()>;

    /// Takes `n` ring elements: the computing parties call `open_to`.
    async fn take(&mut self, n: usize) -> Result<Vec<i64>>;

    /// Bytes sent and the longest chain of messages so far.
    fn measured(&self) -> jointly_core::Cost;
}
