//! Correlations out of nowhere, so that all that is changed are the frames of what is built on them.

use async_trait::async_trait;
use jointly_core::Result;
use jointly_math::{Block, Prg, Seed, bits, gf128};
use jointly_net::Ctx;
use jointly_ot::{CotReceiver, CotSender, Received, Security, VoleReceiver, VoleSender, Voles};

/// Either end of any correlation: two of the same kind fit.
pub struct Dealer {
    delta: Block,
    prg: Prg,
    /// Of the u of VOLE.
    bytes: usize,
}

impl Dealer {
    /// The u of VOLE have `bytes` bytes, at most 16.
    pub fn new(bytes: usize) -> Self {
        let seed = Seed::from_bytes([7; 16]);
        Self { delta: Prg::new(seed.derive("delta", "dealer")).block(), prg: Prg::new(seed), bytes }
    }

    fn cots(&mut self, n: usize) -> (Vec<Block>, Vec<u64>) {
        let blocks = self.prg.blocks(n);
        let choices: Vec<u64> = self.prg.words(n).iter().map(|word| word & 1).collect();
        (blocks, choices)
    }

    fn voles(&mut self, n: usize) -> Voles {
        let mask = Block::from(u128::MAX >> (128 - 8 * self.bytes));
        Voles { u: self.prg.blocks(n).into_iter().map(|u| u & mask).collect(), v: self.prg.blocks(n) }
    }
}

#[async_trait]
impl CotSender for Dealer {
    fn security(&self) -> Security {
        Security::Malicious
    }

    fn delta(&self) -> Block {
        self.delta
    }

    async fn send(&mut self, _: &mut Ctx, n: usize) -> Result<Vec<Block>> {
        Ok(self.cots(n).0)
    }
}

#[async_trait]
impl CotReceiver for Dealer {
    fn security(&self) -> Security {
        Security::Malicious
    }

    async fn receive(&mut self, _: &mut Ctx, n: usize) -> Result<Received> {
        let (mut blocks, choices) = self.cots(n);
        blocks.iter_mut().zip(&choices).for_each(|(q, x)| *q ^= Block::mask((*x as u8).into()) & self.delta);
        Ok(Received { choices: bits::pack(&choices), blocks })
    }
}

#[async_trait]
impl VoleSender for Dealer {
    fn security(&self) -> Security {
        Security::Malicious
    }

    async fn send(&mut self, _: &mut Ctx, n: usize) -> Result<Voles> {
        Ok(self.voles(n))
    }
}

#[async_trait]
impl VoleReceiver for Dealer {
    fn security(&self) -> Security {
        Security::Malicious
    }

    fn delta(&self) -> Block {
        self.delta
    }

    async fn receive(&mut self, _: &mut Ctx, n: usize) -> Result<Vec<Block>> {
        let Voles { u, v: mut w } = self.voles(n);
        gf128::mul_add(&mut w, &u, self.delta);
        Ok(w)
    }
}
