//! The object-safe face of a scheme: everything above protocol crates is written against this.

use std::ops::Range;

use async_trait::async_trait;
use jointly_core::{Among, Cost, Demand, Needs, Party, Result, Spec};
use zeroize::Zeroizing;

use crate::Secret;

/// Computing on shared vectors. Every computing party runs the same program: the same calls, in the same order, with the same public sizes.
///
/// Ring elements are signed integers of at most [`Spec::width`] bits; no operation reduces them, and a program whose bounds do not hold
/// gives wrong values, not errors. Mixing engines, domains, or lengths is [`Misuse`](jointly_core::Error::Misuse).
#[async_trait]
pub trait Engine: Send {
    /// What the scheme claims.
    fn spec(&self) -> &'static Spec;

    /// This party.
    fn me(&self) -> Party;

    /// Who computes.
    fn among(&self) -> Among;

    /// Whether this is a dry run: opened values then are zeros of the right length.
    fn is_dry(&self) -> bool;

    /// What this party has sent so far, with the longest chain of messages.
    fn measured(&self) -> Cost;

    /// Prepares all that a program will take, as [`Tally::needs`](crate::Tally::needs) tells, in one go. What lacks later is prepared when it is
    /// needed, at a higher price.
    async fn stock(&mut self, needs: &Needs) -> Result<()>;

    /// Hands out `part` of the stock as bytes, to be kept for a later run among the same parties. They are secret, and are to be used once.
    fn pack(&mut self, part: &Demand) -> Result<Zeroizing<Vec<u8>>>;

    /// Takes in what [`pack`](Engine::pack) handed out.
    fn unpack(&mut self, packed: &[u8]) -> Result<()>;

    /// Discharges every check still owed, then hands out this party's shares of ring elements as bytes, to be [loaded](Engine::load) in a later run among the
    /// same parties. They are secret. Refused by protocols whose shares mean nothing outside their run ([`Prices::keeps`](jointly_core::Prices::keeps)).
    async fn save(&mut self, x: &Secret) -> Result<Zeroizing<Vec<u8>>>;

    /// Takes in what [`save`](Engine::save) handed out of `n` elements. Every party loads what it saved of the same elements: what honest parties hold is
    /// what is shared, so that corrupt ones gain no more by loading other bytes than by departing from the protocol.
    fn load(&mut self, saved: &[u8], n: usize) -> Result<Secret>;

    /// Discharges every check still owed, as openings and forks do by themselves.
    async fn settle(&mut self) -> Result<()>;

    /// A concurrent branch, once every check still owed is discharged: a branch may open what depends on them. Fork in program order; secrets
    /// of a branch may be used after its [`join`](Engine::join).
    async fn fork(&mut self, label: &str) -> Result<Box<dyn Engine>>;

    /// Takes a branch back, with the checks that it owes.
    fn join(&mut self, fork: Box<dyn Engine>) -> Result<()>;

    /// Shares of values that everyone knows.
    fn public(&self, x: &[i64]) -> Result<Secret>;

    /// Strings of `width` bits that everyone knows.
    fn public_bits(&self, x: &[u64], width: usize) -> Result<Secret>;

    /// Sums, element by element.
    fn add(&self, x: &Secret, y: &Secret) -> Result<Secret>;

    /// Differences, element by element.
    fn sub(&self, x: &Secret, y: &Secret) -> Result<Secret>;

    /// Each element times `k`.
    fn scale(&self, x: &Secret, k: i64) -> Result<Secret>;

    /// Products with values that everyone knows.
    fn mul_public(&self, x: &Secret, k: &[i64]) -> Result<Secret>;

    /// Sums of all elements up to each place.
    fn prefix_sum(&self, x: &Secret) -> Result<Secret>;

    /// Sums of `k` neighbours each.
    fn sum(&self, x: &Secret, k: usize) -> Result<Secret>;

    /// The elements at public places, in that order; a place may stand several times.
    fn gather(&self, x: &Secret, places: &[u32]) -> Result<Secret>;

    /// One vector after the other.
    fn concat(&self, list: &[&Secret]) -> Result<Secret>;

    /// The elements at `range`.
    fn slice(&self, x: &Secret, range: Range<usize>) -> Result<Secret>;

    /// Bitwise XOR.
    fn xor(&self, x: &Secret, y: &Secret) -> Result<Secret>;

    /// Bitwise NOT.
    fn not(&self, x: &Secret) -> Result<Secret>;

    /// Bits `range` of each string.
    fn planes(&self, x: &Secret, range: Range<usize>) -> Result<Secret>;

    /// Strings side by side: the first of `list` gives the lowest bits.
    fn stack(&self, list: &[&Secret]) -> Result<Secret>;

    /// Shares of `n` values that `from` knows; `from` itself gives them.
    async fn input(&mut self, from: Party, x: Option<&[i64]>, n: usize) -> Result<Secret>;

    /// Shares of `n` strings of `width` bits that `from` knows; `from` itself gives them.
    async fn input_bits(&mut self, from: Party, x: Option<&[u64]>, n: usize, width: usize) -> Result<Secret>;

    /// Discharges every check still owed, then shows ring elements to all computing parties.
    async fn open(&mut self, x: &Secret) -> Result<Vec<i64>>;

    /// As [`open`](Engine::open), to one participant; the others get `None`.
    async fn open_to(&mut self, x: &Secret, to: Party) -> Result<Option<Vec<i64>>>;

    /// As [`open`](Engine::open), for strings of bits.
    async fn open_bits(&mut self, x: &Secret) -> Result<Vec<u64>>;

    /// Products, element by element.
    async fn mul(&mut self, x: &Secret, y: &Secret) -> Result<Secret>;

    /// x₁s₁ + x₂s₂ + …, element by element, with s₁, s₂, … the running sums through all of `list`, one vector after the other: at the cost
    /// of one inner product an element.
    async fn mul_prefix_sums(&mut self, list: &[&Secret]) -> Result<Secret>;

    /// Inner products of `k` neighbours each.
    async fn dot(&mut self, x: &Secret, y: &Secret, k: usize) -> Result<Secret>;

    /// The product of an m×k and a k×n matrix, row by row.
    async fn matmul(&mut self, x: &Secret, y: &Secret, m: usize, k: usize, n: usize) -> Result<Secret>;

    /// Bitwise AND.
    async fn and(&mut self, x: &Secret, y: &Secret) -> Result<Secret>;

    /// 1 for each negative element, as one bit.
    async fn msb(&mut self, x: &Secret) -> Result<Secret>;

    /// 1 for each element that is 0, as one bit.
    async fn is_zero(&mut self, x: &Secret) -> Result<Secret>;

    /// The low `width` bits of each element.
    async fn to_bits(&mut self, x: &Secret, width: usize) -> Result<Secret>;

    /// Each string of bits as an unsigned integer.
    async fn to_ring(&mut self, x: &Secret) -> Result<Secret>;

    /// Each element divided by 2^`bits`, rounded up or down: the error is less than 1, and 0 for multiples.
    async fn truncate(&mut self, x: &Secret, bits: u32) -> Result<Secret>;

    /// The rows of a table, in an order that nobody knows. Columns of equal length, in either domain.
    async fn shuffle(&mut self, columns: &[&Secret]) -> Result<Vec<Secret>>;

    /// For [`join`](Engine::join).
    fn into_any(self: Box<Self>) -> Box<dyn std::any::Any>;
}
