//! The list of every protocol that intersects two parties' sets, for one of them to learn the result.

use futures::future::BoxFuture;
use jointly_core::{Party, Price, Result, Spec};
use jointly_math::Block;
use jointly_net::Ctx;
use jointly_psi::{
    ecdh,
    rr22::{Mode, Sizes},
};

/// The receiver's end: ascending indices of its items.
pub type Receiving<'a> = BoxFuture<'a, Result<Vec<u32>>>;

/// The sender's end.
pub type Sending<'a> = BoxFuture<'a, Result<()>>;

/// A protocol for private set intersection between two, with everything that it sets up. An end gets the other party, its own items, all
/// different, and how many the other has.
pub struct PsiEntry {
    /// What it claims. Party 0 is the receiver.
    pub spec: &'static Spec<Price<Sizes>>,
    /// The end that learns the intersection.
    pub receiver: for<'a> fn(&'a mut Ctx, Party, &'a [Block], usize) -> Receiving<'a>,
    /// The end that learns nothing.
    pub sender: for<'a> fn(&'a mut Ctx, Party, &'a [Block], usize) -> Sending<'a>,
}

/// Every protocol for private set intersection between two, the default first.
pub static PSIS: &[PsiEntry] = &[
    PsiEntry {
        spec: Mode::Malicious.spec(),
        receiver: |ctx, peer, items, theirs| Box::pin(Mode::Malicious.run_receiver(ctx, peer, items, theirs)),
        sender: |ctx, peer, items, theirs| Box::pin(Mode::Malicious.run_sender(ctx, peer, items, theirs)),
    },
    PsiEntry {
        spec: Mode::SemiHonest.spec(),
        receiver: |ctx, peer, items, theirs| Box::pin(Mode::SemiHonest.run_receiver(ctx, peer, items, theirs)),
        sender: |ctx, peer, items, theirs| Box::pin(Mode::SemiHonest.run_sender(ctx, peer, items, theirs)),
    },
    PsiEntry {
        spec: Mode::LowCommunication.spec(),
        receiver: |ctx, peer, items, theirs| Box::pin(Mode::LowCommunication.run_receiver(ctx, peer, items, theirs)),
        sender: |ctx, peer, items, theirs| Box::pin(Mode::LowCommunication.run_sender(ctx, peer, items, theirs)),
    },
    PsiEntry { spec: &ecdh::SPEC, receiver: ecdh_receiver, sender: ecdh_sender },
];

fn ecdh_receiver<'a>(ctx: &'a mut Ctx, peer: Party, items: &'a [Block], theirs: usize) -> Receiving<'a> {
    Box::pin(async move { ecdh::receive(ctx, peer, items, theirs).await })
}

fn ecdh_sender<'a>(ctx: &'a mut Ctx, peer: Party, items: &'a [Block], theirs: usize) -> Sending<'a> {
    Box::pin(async move { ecdh::send(ctx, peer, items, theirs).await })
}
