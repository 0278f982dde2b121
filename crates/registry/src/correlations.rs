//! The list of every protocol that makes correlated OTs.

use futures::future::BoxFuture;
use jointly_core::{Correlate, Party, Price, Result, Spec};
use jointly_net::Ctx;
use jointly_ot::{
    Base, CotReceiver, CotSender,
    Security::{self, Malicious, SemiHonest},
    SoftSpokenReceiver, SoftSpokenSender, Width,
    silent::{BASE, FERRET, FerretReceiver, FerretSender, ferret_spec},
    softspoken_spec,
};

/// The sender's end, being set up.
pub type StartingSender<'a> = BoxFuture<'a, Result<Box<dyn CotSender>>>;

/// The receiver's end, being set up.
pub type StartingReceiver<'a> = BoxFuture<'a, Result<Box<dyn CotReceiver>>>;

/// A protocol for random correlated OT, ready to be set up with a peer, who sets up the other end at the same time.
pub struct CotEntry {
    /// What it claims.
    pub spec: &'static Spec<Price<Correlate>>,
    /// The end that holds Δ.
    pub sender: for<'a> fn(&'a mut Ctx, Party) -> StartingSender<'a>,
    /// The end that holds the choices.
    pub receiver: for<'a> fn(&'a mut Ctx, Party) -> StartingReceiver<'a>,
}

/// Every protocol for random correlated OT.
pub static COTS: &[CotEntry] = &[
    CotEntry {
        spec: softspoken_spec(Width::Two, SemiHonest),
        sender: |ctx, peer| softspoken_sender(ctx, peer, Width::Two, SemiHonest),
        receiver: |ctx, peer| softspoken_receiver(ctx, peer, Width::Two, SemiHonest),
    },
    CotEntry {
        spec: softspoken_spec(Width::Four, SemiHonest),
        sender: |ctx, peer| softspoken_sender(ctx, peer, Width::Four, SemiHonest),
        receiver: |ctx, peer| softspoken_receiver(ctx, peer, Width::Four, SemiHonest),
    },
    CotEntry {
        spec: softspoken_spec(Width::Eight, SemiHonest),
        sender: |ctx, peer| softspoken_sender(ctx, peer, Width::Eight, SemiHonest),
        receiver: |ctx, peer| softspoken_receiver(ctx, peer, Width::Eight, SemiHonest),
    },
    CotEntry {
        spec: softspoken_spec(Width::Two, Malicious),
        sender: |ctx, peer| softspoken_sender(ctx, peer, Width::Two, Malicious),
        receiver: |ctx, peer| softspoken_receiver(ctx, peer, Width::Two, Malicious),
    },
    CotEntry {
        spec: softspoken_spec(Width::Four, Malicious),
        sender: |ctx, peer| softspoken_sender(ctx, peer, Width::Four, Malicious),
        receiver: |ctx, peer| softspoken_receiver(ctx, peer, Width::Four, Malicious),
    },
    CotEntry {
        spec: softspoken_spec(Width::Eight, Malicious),
        sender: |ctx, peer| softspoken_sender(ctx, peer, Width::Eight, Malicious),
        receiver: |ctx, peer| softspoken_receiver(ctx, peer, Width::Eight, Malicious),
    },
    CotEntry {
        spec: ferret_spec(SemiHonest),
        sender: |ctx, peer| ferret_sender(ctx, peer, SemiHonest),
        receiver: |ctx, peer| ferret_receiver(ctx, peer, SemiHonest),
    },
    CotEntry {
        spec: ferret_spec(Malicious),
        sender: |ctx, peer| ferret_sender(ctx, peer, Malicious),
        receiver: |ctx, peer| ferret_receiver(ctx, peer, Malicious),
    },
];

fn ferret_sender(ctx: &mut Ctx, peer: Party, security: Security) -> StartingSender<'_> {
    Box::pin(async move {
        let base = softspoken_sender(ctx, peer, BASE, security).await?;
        Ok(Box::new(FerretSender::new(peer, base, FERRET, security)) as Box<dyn CotSender>)
    })
}

fn ferret_receiver(ctx: &mut Ctx, peer: Party, security: Security) -> StartingReceiver<'_> {
    Box::pin(async move {
        let base = softspoken_receiver(ctx, peer, BASE, security).await?;
        Ok(Box::new(FerretReceiver::new(peer, base, FERRET, security)) as Box<dyn CotReceiver>)
    })
}

fn softspoken_sender(ctx: &mut Ctx, peer: Party, width: Width, security: Security) -> StartingSender<'_> {
    Box::pin(async move {
        let end = SoftSpokenSender::new(ctx, Base::Ristretto, peer, width, security).await?;
        Ok(Box::new(end) as Box<dyn CotSender>)
    })
}

fn softspoken_receiver(ctx: &mut Ctx, peer: Party, width: Width, security: Security) -> StartingReceiver<'_> {
    Box::pin(async move {
        let end = SoftSpokenReceiver::new(ctx, Base::Ristretto, peer, width, security).await?;
        Ok(Box::new(end) as Box<dyn CotReceiver>)
    })
}
