//! How fast members sum what they trained, nobody seeing what another has.

use std::time::Duration;

use async_trait::async_trait;
use jointly_core::{Cost, Error, Party, Result};
use jointly_federate::masks::{Round, Set, Setting, sum};
use jointly_math::{Prg, Seed};
use jointly_net::Ctx;

use crate::benchmark::Task;

/// Numbers of which the sum is looked at.
const SAMPLE: usize = 4096;

/// A sum by masks at one member: n words each, with fresh keys.
pub(crate) struct Masks {
    ctx: Ctx,
    setting: Setting,
    values: Vec<u32>,
    sum: Vec<u32>,
}

impl Masks {
    pub(crate) fn new(ctx: Ctx, n: usize) -> Result<Self> {
        let setting = Setting::new(ctx.parties(), ctx.parties() * 3 / 10)?;
        let values = values(ctx.me(), n);
        Ok(Self { ctx, setting, values, sum: Vec::new() })
    }
}

#[async_trait]
impl Task for Masks {
    fn measured(&self) -> Cost {
        let meter = self.ctx.meter();
        Cost { bytes: meter.bytes(), rounds: meter.rounds() }
    }

    async fn work(&mut self) -> Result<()> {
        let mut ctx = self.ctx.fork("round");
        let round = Round {
            setting: self.setting,
            aggregator: Party(0),
            context: [0; 32],
            absent: Set::default(),
            patience: Duration::from_secs(60),
        };
        let got = sum(&mut ctx, &round, self.values.clone(), &mut || Ok(())).await?;
        self.sum = got.map_err(|missed| missed.why)?.sum;
        self.ctx.join(ctx);
        Ok(())
    }

    async fn check(&mut self) -> Result<bool> {
        let sample = SAMPLE.min(self.values.len());
        let all = Party::all(self.setting.members()).map(|member| values(member, sample));
        let right = all.reduce(|a, b| a.iter().zip(b).map(|(a, b)| a.wrapping_add(b)).collect());
        right
            .map(|right| self.sum.len() == self.values.len() && right == self.sum[..sample])
            .ok_or(Error::Misuse("a sum of nobody"))
    }
}

fn values(member: Party, n: usize) -> Vec<u32> {
    let mut coins = Prg::new(Seed::from_bytes([member.0 as u8; 16]));
    coins.words(n.div_ceil(2)).iter().flat_map(|w| [*w as u32, (*w >> 32) as u32]).take(n).collect()
}
