//! A whole run between two parties who share nothing yet: base OT, SoftSpoken, silent VOLE, intersection.

use jointly_core::{Adversary, Correlate, Cost, Party, Result};
use jointly_math::Block;
use jointly_net::Ctx;
use jointly_ot::{
    Base, Security, SoftSpokenReceiver, SoftSpokenSender, Width,
    silent::{SilentVoleReceiver, SilentVoleSender, VoleCost},
    softspoken_spec,
};

use super::{Mode, Sizes, receive, send};

/// Few OTs are needed: those that are shortest.
const WIDTH: Width = Width::Eight;

impl Mode {
    /// The receiver's end, with `sender`: which of its `items` the sender has too, as ascending indices.
    ///
    /// # Errors
    /// As [`receive`], and those of what is set up.
    pub async fn run_receiver(self, ctx: &mut Ctx, sender: Party, items: &[Block], theirs: usize) -> Result<Vec<u32>> {
        if (Sizes { receiver: items.len(), sender: theirs }).is_trivial() {
            return Ok(Vec::new());
        }
        let cots = SoftSpokenReceiver::new(ctx, Base::Ristretto, sender, WIDTH, self.security()).await?;
        let bits = 8 * self.value_bytes(Sizes { receiver: items.len(), sender: theirs });
        let mut voles = SilentVoleSender::with_bits(sender, Box::new(cots), self.security(), bits);
        receive(ctx, sender, self, items, theirs, &mut voles).await
    }

    /// The sender's end, with `receiver`.
    ///
    /// # Errors
    /// As [`send`], and those of what is set up.
    pub async fn run_sender(self, ctx: &mut Ctx, receiver: Party, items: &[Block], theirs: usize) -> Result<()> {
        if (Sizes { receiver: theirs, sender: items.len() }).is_trivial() {
            return Ok(());
        }
        let cots = SoftSpokenSender::new(ctx, Base::Ristretto, receiver, WIDTH, self.security()).await?;
        let bits = 8 * self.value_bytes(Sizes { receiver: theirs, sender: items.len() });
        let mut voles = SilentVoleReceiver::with_bits(receiver, Box::new(cots), self.security(), bits);
        send(ctx, receiver, self, items, theirs, &mut voles).await
    }

    pub(super) fn security(self) -> Security {
        match self.spec().adversary {
            Adversary::SemiHonest => Security::SemiHonest,
            _ => Security::Malicious,
        }
    }

    /// What a run costs party 0, the receiver, or party 1.
    pub(super) fn cost(self, sizes: Sizes, party: Party) -> Cost {
        let Some(shape) = self.shape(sizes.receiver).filter(|_| !sizes.is_trivial()) else { return Cost::FREE };
        // The receiver of the intersection receives OTs, which the specification calls party 1.
        let other = Party(1 - party.0.min(1));
        let ots = |step| (softspoken_spec(WIDTH, self.security()).cost)(step, other);
        let voles = VoleCost::of(shape.columns(), 8 * self.value_bytes(sizes), self.security());
        let mut cost = ots(Correlate::Setup);
        voles.ots.iter().for_each(|n| cost += ots(Correlate::Extend { before: 0, n: *n }));
        cost += sizes.cost(self, party);
        cost.bytes += if party == Party(0) { voles.sender_bytes } else { voles.receiver_bytes };
        // Nonces; for each block the trees, and against malicious parties challenge and answer.
        let each = if self.security() == Security::Malicious { 3 } else { 1 };
        cost.rounds += 1 + each * voles.ots.len() as u64;
        cost
    }
}
