//! How fast bytes go from one party to another, in messages of a megabyte.

use async_trait::async_trait;
use jointly_core::{Cost, Party, Result};
use jointly_net::Ctx;

use crate::benchmark::Task;

/// Words of a message.
const MESSAGE: usize = 1 << 17;

pub(crate) struct Stream {
    ctx: Ctx,
    words: usize,
    message: Vec<u64>,
    sum: u64,
}

impl Stream {
    /// Party 0 sends `bytes` to party 1, rounded up to whole words.
    pub(crate) fn new(ctx: Ctx, bytes: usize) -> Self {
        let message = (0..MESSAGE as u64).map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15)).collect();
        Self { ctx, words: bytes.div_ceil(8), message, sum: 0 }
    }

    fn parts(&self) -> impl Iterator<Item = usize> + use<> {
        let words = self.words;
        (0..words).step_by(MESSAGE).map(move |at| MESSAGE.min(words - at))
    }
}

/// Takes in a few words of each message.
fn mix(sum: u64, message: &[u64]) -> u64 {
    message.iter().step_by(997).chain(message.last()).fold(sum, |s, w| s.rotate_left(1) ^ w)
}

#[async_trait]
impl Task for Stream {
    fn measured(&self) -> Cost {
        Cost { rounds: self.ctx.meter().rounds(), bytes: self.ctx.meter().bytes() }
    }

    async fn work(&mut self) -> Result<()> {
        self.sum = 0;
        for n in self.parts() {
            match self.ctx.me() {
                Party(0) => self.ctx.send(Party(1), &self.message[..n]).await?,
                _ => self.sum = mix(self.sum, &self.ctx.recv::<u64>(Party(0), n).await?),
            }
        }
        Ok(())
    }

    async fn check(&mut self) -> Result<bool> {
        let expected = self.parts().fold(0, |sum, n| mix(sum, &self.message[..n]));
        Ok(self.ctx.me() == Party(0) || self.sum == expected)
    }
}
