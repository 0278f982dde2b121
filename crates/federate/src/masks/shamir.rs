//! Shamir's sharing of keys among the members: polynomials over GF(2^128), of which member i holds the value at i + 1.

use jointly_core::Party;
use jointly_math::{Block, Prg, gf128};

/// Where a member's share stands.
fn at(member: Party) -> Block {
    Block([u64::from(member.0) + 1, 0])
}

/// Shares of `secret` for `n` members, of which any `threshold` (at least 1) give it back and fewer tell nothing.
pub fn share(secret: Block, n: u16, threshold: usize, coins: &mut Prg) -> Vec<Block> {
    let mut polynomial = coins.blocks(threshold);
    polynomial[0] = secret;
    let value = |x| polynomial.iter().rev().fold(Block::ZERO, |sum, c| gf128::mul(sum, x) ^ *c);
    let shares = Party::all(n).map(|member| value(at(member))).collect();
    jointly_math::wipe::wipe(&mut polynomial);
    shares
}

/// What the members at `places` have in common, by Lagrange's interpolation.
pub struct Recovery {
    /// The factors of the first shares in the secret.
    secret: Vec<Block>,
    /// Those in each of the other shares.
    others: Vec<Vec<Block>>,
}

impl Recovery {
    /// From the shares of `holders`, all of them different, at least `threshold`: the first that many give the secret, and tell what the others' shares must be.
    pub fn of(holders: &[Party], threshold: usize) -> Recovery {
        let (first, rest) = holders.split_at(threshold);
        let factors = |x: Block| -> Vec<Block> {
            let others = |i: Party| first.iter().filter(move |j| **j != i);
            let product = |i: Party, y: Block| others(i).fold(Block([1, 0]), |p, j| gf128::mul(p, at(*j) ^ y));
            first.iter().map(|i| gf128::mul(product(*i, x), gf128::inverse(product(*i, at(*i))))).collect()
        };
        Recovery { secret: factors(Block::ZERO), others: rest.iter().map(|holder| factors(at(*holder))).collect() }
    }

    /// The secret of which these are the holders' shares; `None` if they do not lie on one polynomial.
    pub fn secret(&self, shares: &[Block]) -> Option<Block> {
        let (first, rest) = shares.split_at_checked(self.secret.len())?;
        let fits =
            |(factors, share): (&Vec<Block>, &Block)| (gf128::inner_product(factors, first) ^ *share).0 == [0; 2];
        let all = rest.len() == self.others.len() && self.others.iter().zip(rest).all(fits);
        all.then(|| gf128::inner_product(&self.secret, first))
    }
}
