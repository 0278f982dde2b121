//! The list of every protocol that makes random VOLE.

use futures::future::BoxFuture;
use jointly_core::{Party, Price, Result, Spec};
use jointly_net::Ctx;
use jointly_ot::{
    Base,
    Security::{self, Malicious, SemiHonest},
    SoftSpokenReceiver, SoftSpokenSender, VoleReceiver, VoleSender,
    silent::{SilentVoleReceiver, SilentVoleSender, VOLE_BASE, vole_spec},
};

/// The end that holds u and v, being set up.
pub type StartingVoleSender<'a> = BoxFuture<'a, Result<Box<dyn VoleSender>>>;

/// The end that holds Δ, being set up.
pub type StartingVoleReceiver<'a> = BoxFuture<'a, Result<Box<dyn VoleReceiver>>>;

/// A protocol for random VOLE over GF(2^128), ready to be set up with a peer, who sets up the other end at the same time.
pub struct VoleEntry {
    /// What it claims. Party 0 is the end that holds Δ.
    pub spec: &'static Spec<Price<usize>>,
    /// The end that holds u and v.
    pub sender: for<'a> fn(&'a mut Ctx, Party) -> StartingVoleSender<'a>,
    /// The end that holds Δ.
    pub receiver: for<'a> fn(&'a mut Ctx, Party) -> StartingVoleReceiver<'a>,
}

/// Every protocol for random VOLE.
pub static VOLES: &[VoleEntry] = &[
    VoleEntry {
        spec: vole_spec(SemiHonest),
        sender: |ctx, peer| sender(ctx, peer, SemiHonest),
        receiver: |ctx, peer| receiver(ctx, peer, SemiHonest),
    },
    VoleEntry {
        spec: vole_spec(Malicious),
        sender: |ctx, peer| sender(ctx, peer, Malicious),
        receiver: |ctx, peer| receiver(ctx, peer, Malicious),
    },
];

fn sender(ctx: &mut Ctx, peer: Party, security: Security) -> StartingVoleSender<'_> {
    Box::pin(async move {
        let cots = SoftSpokenReceiver::new(ctx, Base::Ristretto, peer, VOLE_BASE, security).await?;
        Ok(Box::new(SilentVoleSender::new(peer, Box::new(cots), security)) as Box<dyn VoleSender>)
    })
}

fn receiver(ctx: &mut Ctx, peer: Party, security: Security) -> StartingVoleReceiver<'_> {
    Box::pin(async move {
        let cots = SoftSpokenSender::new(ctx, Base::Ristretto, peer, VOLE_BASE, security).await?;
        Ok(Box::new(SilentVoleReceiver::new(peer, Box::new(cots), security)) as Box<dyn VoleReceiver>)
    })
}
