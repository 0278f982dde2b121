//! The sender of OTs, which is the VOLE's receiver: it lacks one leaf of each tree, by which it knows its bits of Δ.

use async_trait::async_trait;
use jointly_core::{Error, Party, Private, Result};
use jointly_math::{Aes128, Block, Wiped, bits::transpose128_append, small_field::fold_punctured};
use jointly_net::Ctx;

use super::{
    CHUNK, Fuse, Security, Width, check, chunks, group, pprf,
    receiver::{planes_of_chunk, size_planes},
};
use crate::{Base, CotSender, RandomReceiver, adapters::receive_by_choice};

/// The sending end of SoftSpoken OT extension.
pub struct SoftSpokenSender {
    receiver: Party,
    width: Width,
    security: Security,
    delta: Private<Block>,
    trees: Vec<Vec<Aes128>>,
    next: u64,
    planes: Wiped,
    fuse: Fuse,
}

impl SoftSpokenSender {
    /// Runs the base OTs with `receiver`, who starts its end at the same time with the same settings. Δ is random.
    pub async fn new(ctx: &mut Ctx, base: Base, receiver: Party, width: Width, security: Security) -> Result<Self> {
        let delta = Block::from_bytes(*ctx.seed().as_bytes());
        Self::with_delta(ctx, base, receiver, width, security, delta).await
    }

    /// As [`new`](Self::new), with a Δ that the caller has drawn: for who sends to several under one Δ.
    pub async fn with_delta(
        ctx: &mut Ctx,
        base: Base,
        receiver: Party,
        width: Width,
        security: Security,
        delta: Block,
    ) -> Result<Self> {
        let trees = pprf::receive(ctx, base, receiver, width, security, delta).await?;
        Ok(Self::on(trees, receiver, width, security, delta))
    }

    /// As [`with_delta`](Self::with_delta), without public-key operations: the base OTs are random OTs that go the other way, against whose end the
    /// receiver runs [`SoftSpokenReceiver::over`](crate::SoftSpokenReceiver::over).
    pub async fn over(
        ctx: &mut Ctx,
        ots: &mut RandomReceiver,
        width: Width,
        security: Security,
        delta: Block,
    ) -> Result<Self> {
        security.check_base(ots.security())?;
        let receiver = ots.sender();
        let pads = receive_by_choice(ctx, ots, &pprf::choices(width, delta)).await?;
        let trees = pprf::receive_over(ctx, &pads, receiver, width, security, delta).await?;
        Ok(Self::on(trees, receiver, width, security, delta))
    }

    /// A sender under the same Δ whose OTs have nothing else in common with this one's, nor with those of other names. The
    /// receiver branches under the same name; nothing is sent. Each name once.
    pub fn branch(&self, name: &str) -> Self {
        Self::on(pprf::branch(&self.trees, name), self.receiver, self.width, self.security, *self.delta.expose())
    }

    fn on(trees: Vec<Vec<Aes128>>, receiver: Party, width: Width, security: Security, delta: Block) -> Self {
        Self {
            receiver,
            width,
            security,
            delta: Private::new(delta),
            trees,
            next: 0,
            planes: Wiped::default(),
            fuse: Fuse::new(),
        }
    }

    /// Folds the next words of every tree into the planes of w, and adds Δ times the corrections.
    fn fold(trees: &[Vec<Aes128>], delta: Block, at: u64, corrections: &[u64], planes: &mut [u64]) {
        let words = planes.len() / 128;
        let k = 128 / trees.len();
        // The first tree's u is everyone's: it needs no correction.
        let corrections = std::iter::once(&[0; CHUNK][..words]).chain(corrections.chunks_exact(words));
        let trees = trees.iter().zip(planes.chunks_exact_mut(k * words)).zip(corrections);
        for (i, ((tree, planes), correction)) in trees.enumerate() {
            let mask = |b: usize| u64::from(delta.bit(i * k + b).unwrap_u8()).wrapping_neg();
            let masks: [u64; 8] = std::array::from_fn(|b| if b < k { mask(b) } else { 0 });
            fold_punctured(tree, at, correction, &masks[..k], planes);
        }
    }

    /// Challenges the receiver, now that its corrections are here, and compares.
    async fn verify(&self, ctx: &mut Ctx, blocks: usize, planes: &[u64]) -> Result<()> {
        let challenge = Block::from_bytes(*ctx.seed().as_bytes());
        ctx.send(self.receiver, &[challenge]).await?;
        let mut hash = check::Hash::new(challenge, 2 * blocks);
        let mut sums = [Block::ZERO; 128];
        chunks(blocks)
            .zip(planes.chunks(128 * CHUNK))
            .for_each(|(words, planes)| hash.add(words, &[planes], &mut sums));
        let told: Vec<u64> = ctx.recv(self.receiver, check::WORDS).await?;
        match check::fits(&told, &check::finish(sums), *self.delta.expose()) {
            true => Ok(()),
            false => Err(Error::Cheated {
                by: Some(self.receiver),
                check: "the consistency check of the OT extension",
                proof: None,
            }),
        }
    }
}

#[async_trait]
impl CotSender for SoftSpokenSender {
    fn security(&self) -> Security {
        self.security
    }

    fn delta(&self) -> Block {
        *self.delta.expose()
    }

    async fn send(&mut self, ctx: &mut Ctx, n: usize) -> Result<Vec<Block>> {
        self.fuse.light()?;
        let blocks = self.security.blocks(n);
        let mut out = Vec::with_capacity(128 * blocks);
        size_planes(&mut self.planes, self.security, blocks);
        let each = self.width.trees() - 1;
        let sizes: Vec<usize> = chunks(blocks).collect();
        let mut i = 0;
        for sizes in sizes.chunks(group(self.width)) {
            let corrections: Vec<u64> = ctx.recv(self.receiver, each * sizes.iter().sum::<usize>()).await?;
            // All chunks but the very last are full ones.
            for (words, corrections) in sizes.iter().zip(corrections.chunks(each * CHUNK)) {
                let planes = planes_of_chunk(&mut self.planes, self.security, i, *words);
                let at = self.next + (i * CHUNK / 2) as u64;
                Self::fold(&self.trees, *self.delta.expose(), at, corrections, planes);
                // While they are in the cache; whose check fails is told nothing of it.
                transpose128_append(planes, 64 * words, &mut out);
                i += 1;
            }
        }
        if self.security == Security::Malicious {
            self.verify(ctx, blocks, &self.planes[..256 * blocks]).await?;
        }
        out.truncate(n);
        self.next += blocks as u64;
        self.fuse.put_out();
        Ok(out)
    }
}
