//! Where what operations take comes from.

use jointly_core::{Demand, Party, Result, Spec};
use jointly_math::Seed;
use jointly_net::Ctx;

use super::{
    SPEC,
    peers::{self, Peers},
    prepare,
    stock::Stock,
};

/// Makes what operations take, for one party among all.
pub trait Source: Send + Sync + Sized + 'static {
    /// What sharing with it claims.
    const SPEC: Spec;

    /// Meets the other parties.
    fn meet(ctx: &mut Ctx, parties: u16) -> impl Future<Output = Result<Self>> + Send;

    /// The seeds that this party has in common with each other one.
    fn seeds(&self) -> Vec<(Party, Seed)>;

    /// Makes all of `demand`, at every party at the same time.
    fn prepare(&self, ctx: &mut Ctx, demand: &Demand) -> impl Future<Output = Result<Stock>> + Send;
}

/// Oblivious transfer between every pair of parties.
pub struct Ots(Peers);

impl Source for Ots {
    const SPEC: Spec = SPEC;

    async fn meet(ctx: &mut Ctx, parties: u16) -> Result<Self> {
        Ok(Self(peers::meet(ctx, parties).await?))
    }

    fn seeds(&self) -> Vec<(Party, Seed)> {
        self.0.iter().map(|(peer, pair)| (*peer, pair.seed.derive("jointly additive pair", ""))).collect()
    }

    async fn prepare(&self, ctx: &mut Ctx, demand: &Demand) -> Result<Stock> {
        prepare::prepare(ctx, &self.0, demand).await
    }
}
