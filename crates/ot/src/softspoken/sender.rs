//! The sender of OTs, which is the VOLE's receiver: it lacks one leaf of each tree, by which it knows its bits of Δ.

use async_trait::async_trait;
use jointly_core::{Error, Party, Private, Result};
use jointly_math::{Aes128, Block, Seed, Wiped, small_field::fold_streams};
use jointly_net::Ctx;

use super::{CHUNK, Fuse, Security, Width, check, chunks, group, pprf, receiver::transpose_chunk};
use crate::{Base, CotSender};

/// The sending end of SoftSpoken OT extension.
pub struct SoftSpokenSender {
    receiver: Party,
    width: Width,
    security: Security,
    delta: Private<Block>,
    trees: Vec<Vec<Aes128>>,
    next: u64,
    fuse: Fuse,
}

impl SoftSpokenSender {
    /// Runs the base OTs with `receiver`, who starts its end at the same time with the same settings. Δ is random.
    pub async fn new(ctx: &mut Ctx, base: Base, receiver: Party, width: Width, security: Security) -> Result<Self> {
        let delta = Block::from_bytes(*Seed::random().as_bytes());
        Self::with_delta(ctx, base, receiver, width, security, delta).await
    }

    /// As [`new`](SoftSpokenSender::new), with a Δ for which the caller answers: secret, and uniform but for bits that a protocol fixes.
    pub async fn with_delta(
        ctx: &mut Ctx,
        base: Base,
        receiver: Party,
        width: Width,
        security: Security,
        delta: Block,
    ) -> Result<Self> {
        let trees = pprf::receive(ctx, base, receiver, width, security, delta).await?;
        Ok(Self { receiver, width, security, delta: Private::new(delta), trees, next: 0, fuse: Fuse::new() })
    }

    /// Folds the next words of every tree into the planes of w, and adds Δ times the corrections.
    fn fold(&self, at: u64, corrections: &[u64], planes: &mut [u64]) {
        let words = planes.len() / 128;
        let mut unknown = [0; CHUNK];
        let unknown = &mut unknown[..words];
        let k = self.width.bits();
        for (i, (tree, planes)) in self.trees.iter().zip(planes.chunks_exact_mut(k * words)).enumerate() {
            fold_streams(tree, true, at, unknown, planes);
            // The first tree's u is everyone's: it needs no correction.
            let Some(start) = i.checked_sub(1).map(|i| i * words) else { continue };
            let correction = &corrections[start..start + words];
            for (b, plane) in planes.chunks_exact_mut(words).enumerate() {
                let mask = u64::from(self.delta.expose().bit(i * k + b).unwrap_u8()).wrapping_neg();
                plane.iter_mut().zip(correction).for_each(|(w, c)| *w ^= c & mask);
            }
        }
    }

    /// Challenges the receiver, now that its corrections are here, and compares.
    async fn verify(&self, ctx: &mut Ctx, blocks: usize, planes: &[Wiped]) -> Result<()> {
        let challenge = Block::from_bytes(*Seed::random().as_bytes());
        ctx.send(self.receiver, &[challenge]).await?;
        let mut hash = check::Hash::new(challenge, 2 * blocks);
        let mut sums = [0; 128];
        chunks(blocks).zip(planes).for_each(|(words, planes)| hash.add(words, &[planes], &mut sums));
        let told: Vec<u64> = ctx.recv(self.receiver, check::WORDS).await?;
        match check::fits(&told, &sums, *self.delta.expose()) {
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
    fn delta(&self) -> Block {
        *self.delta.expose()
    }

    async fn send(&mut self, ctx: &mut Ctx, n: usize) -> Result<Vec<Block>> {
        self.fuse.light()?;
        let blocks = self.security.blocks(n);
        let mut out = vec![Block::ZERO; n];
        let mut kept = Vec::new();
        let mut planes = Wiped::new(vec![0; 128 * CHUNK]);
        let sizes: Vec<usize> = chunks(blocks).collect();
        let mut i = 0;
        for sizes in sizes.chunks(group(self.width)) {
            let each = self.width.trees() - 1;
            let corrections: Vec<u64> = ctx.recv(self.receiver, each * sizes.iter().sum::<usize>()).await?;
            let mut rest = &corrections[..];
            for words in sizes {
                let (here, behind) = rest.split_at(each * words);
                rest = behind;
                let planes_here = &mut planes[..128 * words];
                self.fold(self.next + (i * CHUNK / 2) as u64, here, planes_here);
                match self.security {
                    Security::SemiHonest => transpose_chunk(planes_here, i, &mut out),
                    Security::Malicious => kept.push(Wiped::new(planes_here.to_vec())),
                }
                i += 1;
            }
        }
        if self.security == Security::Malicious {
            self.verify(ctx, blocks, &kept).await?;
            kept.iter().enumerate().for_each(|(i, planes)| transpose_chunk(planes, i, &mut out));
        }
        self.next += blocks as u64;
        self.fuse.put_out();
        Ok(out)
    }
}
