//! What a protocol author writes: one party's end of a linear secret-sharing scheme, over whole vectors.

use jointly_core::{Among, Demand, Error, Needs, Party, Result, Spec, Unchecked, Wire};
use jointly_math::ring;
use jointly_net::Ctx;
use zeroize::{DefaultIsZeroes, Zeroizing};

use crate::{Bits, Share};

/// The ring that a scheme's shares live in, by vector operations.
pub trait Ring: 'static {
    /// One element.
    type Word: DefaultIsZeroes + Send + Sync + Wire + 'static;
    /// From a signed integer.
    fn encode(x: i64) -> Self::Word;
    /// To a signed integer.
    fn decode(x: Self::Word) -> i64;
    /// Element by element.
    fn add(x: &[Self::Word], y: &[Self::Word]) -> Vec<Self::Word>;
    /// Element by element.
    fn sub(x: &[Self::Word], y: &[Self::Word]) -> Vec<Self::Word>;
    /// Element by element.
    fn mul(x: &[Self::Word], y: &[Self::Word]) -> Vec<Self::Word>;
    /// Each element times `k`.
    fn scale(x: &[Self::Word], k: Self::Word) -> Vec<Self::Word>;
    /// Sums of all elements up to each place.
    fn prefix_sum(x: &[Self::Word]) -> Vec<Self::Word>;
    /// Sums of `k` neighbours each.
    fn sum(x: &[Self::Word], k: usize) -> Vec<Self::Word>;
}

/// Z_2^64, signed by two's complement.
pub struct Z64;

impl Ring for Z64 {
    type Word = u64;

    fn encode(x: i64) -> u64 {
        x as u64
    }

    fn decode(x: u64) -> i64 {
        x as i64
    }

    fn add(x: &[u64], y: &[u64]) -> Vec<u64> {
        ring::add(x, y)
    }

    fn sub(x: &[u64], y: &[u64]) -> Vec<u64> {
        ring::sub(x, y)
    }

    fn mul(x: &[u64], y: &[u64]) -> Vec<u64> {
        ring::mul(x, y)
    }

    fn scale(x: &[u64], k: u64) -> Vec<u64> {
        ring::scale(x, k)
    }

    fn prefix_sum(x: &[u64]) -> Vec<u64> {
        ring::prefix_sum(x)
    }

    fn sum(x: &[u64], k: usize) -> Vec<u64> {
        x.chunks(k).map(|c| c.iter().fold(0, |a: u64, b| a.wrapping_add(*b))).collect()
    }
}

/// Who sees an opened value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Receiver {
    /// Every computing party.
    All,
    /// One participant, computing or not.
    One(Party),
}

type Words<S> = Share<<<S as Scheme>::Ring as Ring>::Word>;

/// Values that were shown, at those who see them.
type Shown<W> = Unchecked<Option<Vec<W>>>;

/// One party's end of a scheme. Lengths and domains are checked by [`Erased`](crate::Erased) before any of these is called.
pub trait Scheme: Send + Sized + 'static {
    /// Where its shares live.
    type Ring: Ring;

    /// What it claims.
    const SPEC: Spec;

    /// The party's place in the run.
    fn ctx(&self) -> &Ctx;

    /// Who computes.
    fn among(&self) -> Among;

    /// Prepares all that a program will take, here and in the branches that are forked next, in one go.
    fn stock(&mut self, needs: &Needs) -> impl Future<Output = Result<()>> + Send {
        let _ = needs;
        async { Ok(()) }
    }

    /// Prepares what the stock lacks of `demand`. Called with what an operation takes, before that operation.
    fn supply(&mut self, demand: &Demand) -> impl Future<Output = Result<()>> + Send {
        let _ = demand;
        async { Ok(()) }
    }

    /// Hands out `part` of its stock as bytes, to be kept for a later run among the same parties. They are secret.
    fn pack(&mut self, part: &Demand) -> Result<Zeroizing<Vec<u8>>> {
        let _ = part;
        Err(Error::Misuse("a protocol that prepares nothing has no stock"))
    }

    /// Takes in what [`pack`](Scheme::pack) handed out, once.
    fn unpack(&mut self, packed: &[u8]) -> Result<()> {
        let _ = packed;
        Err(Error::Misuse("a protocol that prepares nothing has no stock"))
    }

    /// A concurrent branch with its own channels, randomness and stock. Nothing is owed by then.
    fn fork(&mut self, label: &str) -> Self;

    /// Takes a branch back, with the checks that it owes.
    fn join(&mut self, fork: Self);

    /// Shares of values that everyone knows.
    fn public(&self, x: &[<Self::Ring as Ring>::Word]) -> Words<Self>;

    /// XOR shares of words that everyone knows.
    fn public_words(&self, x: &[u64]) -> Share<u64>;

    /// Shares of `n` values that `from` knows and gives as `x`.
    fn input(
        &mut self,
        from: Party,
        x: Option<&[<Self::Ring as Ring>::Word]>,
        n: usize,
    ) -> impl Future<Output = Result<Words<Self>>> + Send;

    /// XOR shares of `n` words that `from` knows and gives as `x`.
    fn input_words(
        &mut self,
        from: Party,
        x: Option<&[u64]>,
        n: usize,
    ) -> impl Future<Output = Result<Share<u64>>> + Send;

    /// Shows `x`. Nothing may use the value before [`verify`](Scheme::verify) has released it.
    fn open(
        &mut self,
        x: &Words<Self>,
        to: Receiver,
    ) -> impl Future<Output = Result<Shown<<Self::Ring as Ring>::Word>>> + Send;

    /// Shows XOR-shared words.
    fn open_words(&mut self, x: &Share<u64>, to: Receiver) -> impl Future<Output = Result<Shown<u64>>> + Send;

    /// Runs every check still owed, then releases an opened value. Semi-honest schemes owe none.
    fn verify<T: Send>(&mut self, x: Unchecked<T>) -> impl Future<Output = Result<T>> + Send;

    /// Runs every check still owed, before something is opened.
    fn settle(&mut self) -> impl Future<Output = Result<()>> + Send;

    /// Products, element by element.
    fn mul(&mut self, x: &Words<Self>, y: &Words<Self>) -> impl Future<Output = Result<Words<Self>>> + Send;

    /// x₁s₁ + x₂s₂ + …, element by element, with s₁, s₂, … the running sums through all of `list`, which is not empty.
    fn mul_prefix_sums(&mut self, list: &[&Words<Self>]) -> impl Future<Output = Result<Words<Self>>> + Send;

    /// Inner products of `k` neighbours each.
    fn dot(&mut self, x: &Words<Self>, y: &Words<Self>, k: usize) -> impl Future<Output = Result<Words<Self>>> + Send;

    /// The product of an m×k and a k×n matrix, row by row.
    fn matmul(
        &mut self,
        x: &Words<Self>,
        y: &Words<Self>,
        shape: [usize; 3],
    ) -> impl Future<Output = Result<Words<Self>>> + Send;

    /// Bitwise AND.
    fn and(&mut self, x: &Bits, y: &Bits) -> impl Future<Output = Result<Bits>> + Send;

    /// x ∧ y, and the upper planes of x with the planes of z, of which there may be fewer: for schemes in which an operand in common saves something.
    fn and_both(&mut self, x: &Bits, y: &Bits, z: &Bits) -> impl Future<Output = Result<(Bits, Bits)>> + Send {
        async move {
            let left = Bits::stack(&[x, &x.range(x.width - z.width, x.width)]);
            let both = self.and(&left, &Bits::stack(&[y, z])).await?;
            Ok((both.range(0, x.width), both.range(x.width, both.width)))
        }
    }

    /// The sign of each element, as one bit.
    fn msb(&mut self, x: &Words<Self>) -> impl Future<Output = Result<Bits>> + Send;

    /// 1 for each element that is 0, as one bit.
    fn is_zero(&mut self, x: &Words<Self>) -> impl Future<Output = Result<Bits>> + Send;

    /// The low `width` bits of each element.
    fn to_bits(&mut self, x: &Words<Self>, width: usize) -> impl Future<Output = Result<Bits>> + Send;

    /// Each string of bits as an unsigned integer.
    fn to_ring(&mut self, x: &Bits) -> impl Future<Output = Result<Words<Self>>> + Send;

    /// Each element divided by 2^`bits`, rounded up or down.
    fn truncate(&mut self, x: &Words<Self>, bits: u32) -> impl Future<Output = Result<Words<Self>>> + Send;

    /// The rows of a table of `n` rows, in an order that nobody knows.
    fn shuffle(
        &mut self,
        ring: &[&Words<Self>],
        bits: &[&Bits],
        n: usize,
    ) -> impl Future<Output = Result<(Vec<Words<Self>>, Vec<Bits>)>> + Send;
}
