//! A whole run between two parties who share nothing yet: base OT, SoftSpoken, silent VOLE, intersection.

use futures::future::try_join;
use jointly_core::{Adversary, Correlate, Cost, Party, Result, wire_bytes};
use jointly_math::Block;
use jointly_net::Ctx;
use jointly_ot::{
    Base, Security, SoftSpokenReceiver, SoftSpokenSender, VoleReceiver, VoleSender, Width,
    silent::{SilentVoleReceiver, SilentVoleSender, VoleCost},
    softspoken_spec,
};

use super::{
    Mode, Sizes,
    both::{both, directions},
    once::{OnceReceiver, OnceSender},
    receive, receive_and_tell, send, send_and_learn,
};

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
        let mut voles = self.asking(ctx, sender, Sizes { receiver: items.len(), sender: theirs }).await?;
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
        let mut voles = self.answering(ctx, receiver, Sizes { receiver: theirs, sender: items.len() }).await?;
        send(ctx, receiver, self, items, theirs, &mut voles).await
    }

    /// Either end, with `peer`, where both are to learn which of their items the other has too, as ascending indices. In the malicious mode by [`both`]; in the
    /// others the party with the lower number receives and tells.
    ///
    /// # Errors
    /// As [`both`] or [`receive_and_tell`], and those of what is set up.
    pub async fn run_both(self, ctx: &mut Ctx, peer: Party, items: &[Block], theirs: usize) -> Result<Vec<u32>> {
        let ask = Sizes { receiver: items.len(), sender: theirs };
        if ask.is_trivial() {
            return Ok(Vec::new());
        }
        ask.check()?;
        match (self, ctx.me() < peer) {
            (Mode::Malicious, _) => {
                let [mut ask_ctx, mut answer_ctx] = directions(ctx, peer);
                let asking = self.asking(&mut ask_ctx, peer, ask);
                let answering = self.answering(&mut answer_ctx, peer, ask.swapped());
                let (mut asking, mut answering) = try_join(asking, answering).await?;
                ctx.join(ask_ctx);
                ctx.join(answer_ctx);
                both(ctx, peer, items, theirs, (&mut asking, &mut answering)).await
            }
            (Mode::SemiHonest | Mode::LowCommunication, true) => {
                let mut voles = self.asking(ctx, peer, ask).await?;
                receive_and_tell(ctx, peer, self, items, theirs, &mut voles).await
            }
            (Mode::SemiHonest | Mode::LowCommunication, false) => {
                let mut voles = self.answering(ctx, peer, ask.swapped()).await?;
                send_and_learn(ctx, peer, self, items, theirs, &mut voles).await
            }
        }
    }

    /// The receiver's VOLE end, for one run.
    pub(super) async fn asking(self, ctx: &mut Ctx, sender: Party, sizes: Sizes) -> Result<impl VoleSender + use<>> {
        let cots = SoftSpokenReceiver::new(ctx, Base::Ristretto, sender, WIDTH, self.security()).await?;
        let bits = 8 * self.value_bytes(sizes);
        Ok(OnceSender::new(SilentVoleSender::with_bits(sender, Box::new(cots), self.security(), bits)))
    }

    /// The sender's VOLE end, for one run.
    pub(super) async fn answering(
        self,
        ctx: &mut Ctx,
        receiver: Party,
        sizes: Sizes,
    ) -> Result<impl VoleReceiver + use<>> {
        let cots = SoftSpokenSender::new(ctx, Base::Ristretto, receiver, WIDTH, self.security()).await?;
        let bits = 8 * self.value_bytes(sizes);
        Ok(OnceReceiver::new(SilentVoleReceiver::with_bits(receiver, Box::new(cots), self.security(), bits)))
    }

    pub(super) fn security(self) -> Security {
        match self.spec().adversary {
            Adversary::SemiHonest => Security::SemiHonest,
            _ => Security::Malicious,
        }
    }

    /// What [`run_both`](Mode::run_both) costs `party`; party 0 has `receiver` items, party 1 `sender`.
    pub fn cost_of_both(self, sizes: Sizes, party: Party) -> Cost {
        match self {
            Mode::Malicious => sizes.doubled(party, |sizes, party| self.cost(sizes, party)),
            Mode::SemiHonest | Mode::LowCommunication if sizes.is_trivial() => Cost::FREE,
            Mode::SemiHonest | Mode::LowCommunication => {
                let told = if party == Party(0) { wire_bytes(sizes.sender.div_ceil(8), 1) } else { 0 };
                self.cost(sizes, party) + Cost { rounds: 1, bytes: told }
            }
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
