//! Silent correlations, over dealt OTs: trees, challenges and answers of a peer that sends anything.

use jointly_core::{Error, Party, Result};
use jointly_net::Ctx;
use jointly_ot::{
    CotReceiver, CotSender,
    Security::{self, Malicious, SemiHonest},
    VoleReceiver, VoleSender,
    silent::{FerretReceiver, FerretSender, PARAMETERS, SilentVoleReceiver, SilentVoleSender},
};

use super::{HONEST, Input, PEER, dealer::Dealer, honest};

/// Correlations that are asked for.
const N: usize = 70;

/// Random correlated OT, by the smallest set of parameters.
pub(super) fn ferret(input: &Input, choice: u8) {
    let security = security(choice);
    check(input, security, async |mut ctx: Ctx, peer| {
        let base = Box::new(Dealer::new(16));
        if sends(ctx.me(), choice) {
            return FerretSender::new(peer, base, PARAMETERS[0], security).send(&mut ctx, N).await.map(|q| q.len());
        }
        let received = FerretReceiver::new(peer, base, PARAMETERS[0], security).receive(&mut ctx, N).await?;
        Ok(received.blocks.len())
    });
}

/// VOLE, with u of all or of few bits.
pub(super) fn vole(input: &Input, choice: u8) {
    let (security, bits) = (security(choice), if choice & 4 == 0 { 128 } else { 83 });
    check(input, security, async |mut ctx: Ctx, peer| {
        let base = Box::new(Dealer::new(16));
        if sends(ctx.me(), choice) {
            let voles = SilentVoleSender::with_bits(peer, base, security, bits).send(&mut ctx, N).await?;
            return Ok(voles.u.len());
        }
        SilentVoleReceiver::with_bits(peer, base, security, bits).receive(&mut ctx, N).await.map(|w| w.len())
    });
}

fn security(choice: u8) -> Security {
    if choice & 1 == 0 { Malicious } else { SemiHonest }
}

fn sends(me: Party, choice: u8) -> bool {
    (me == HONEST) == (choice & 2 == 0)
}

/// As many as were asked for, or an error; without checks, nobody is said to have cheated.
fn check(input: &Input, security: Security, end: impl AsyncFn(Ctx, Party) -> Result<usize>) {
    let out = honest(input, async |ctx: Ctx| {
        let peer = if ctx.me() == HONEST { PEER } else { HONEST };
        end(ctx, peer).await
    });
    assert!(out.is_err() || matches!(out, Ok(N)));
    assert!(security == Malicious || !matches!(out, Err(Error::Cheated { .. })), "nothing is checked");
}
