//! The receiver of OTs, which is the VOLE's sender: it grows the trees, and its choices are what the first one gives.

use async_trait::async_trait;
use jointly_core::{Party, Result};
use jointly_math::{
    Aes128, Block, Wiped,
    bits::{transpose128_append, words},
    small_field::fold_all,
};
use jointly_net::Ctx;

use super::{CHUNK, Fuse, Security, Width, check, group, pprf};
use crate::{Base, CotReceiver, RandomSender, Received, adapters::send_by_choice};

/// The receiving end of SoftSpoken OT extension.
pub struct SoftSpokenReceiver {
    sender: Party,
    width: Width,
    security: Security,
    trees: Vec<Vec<Aes128>>,
    next: u64,
    planes: Wiped,
    fuse: Fuse,
}

impl SoftSpokenReceiver {
    /// Runs the base OTs with `sender`, who starts its end at the same time with the same settings.
    pub async fn new(ctx: &mut Ctx, base: Base, sender: Party, width: Width, security: Security) -> Result<Self> {
        let trees = pprf::send(ctx, base, sender, width, security).await?;
        Ok(Self::on(trees, sender, width, security))
    }

    /// As [`new`](Self::new), without public-key operations: the base OTs are random OTs that go the other way, against whose end the sender runs
    /// [`SoftSpokenSender::over`](crate::SoftSpokenSender::over).
    pub async fn over(ctx: &mut Ctx, ots: &mut RandomSender, width: Width, security: Security) -> Result<Self> {
        security.check_base(ots.security())?;
        let sender = ots.receiver();
        let pads = send_by_choice(ctx, ots, 128).await?;
        let trees = pprf::send_over(ctx, &pads, sender, width, security).await?;
        Ok(Self::on(trees, sender, width, security))
    }

    /// The other end of [`SoftSpokenSender::branch`](crate::SoftSpokenSender::branch).
    pub fn branch(&self, name: &str) -> Self {
        Self::on(pprf::branch(&self.trees, name), self.sender, self.width, self.security)
    }

    fn on(trees: Vec<Vec<Aes128>>, sender: Party, width: Width, security: Security) -> Self {
        Self { sender, width, security, trees, next: 0, planes: Wiped::default(), fuse: Fuse::new() }
    }

    /// Folds the next words of every tree: the first u into `u`, how far the others are from it behind `corrections`, v into `planes`.
    fn fold(trees: &[Vec<Aes128>], at: u64, u: &mut [u64], planes: &mut [u64], corrections: &mut Vec<u64>) {
        u.fill(0);
        let planes = planes.chunks_exact_mut(128 / trees.len() * u.len());
        for (i, (tree, planes)) in trees.iter().zip(planes).enumerate() {
            if i == 0 {
                fold_all(tree, at, u, planes);
            } else {
                let start = corrections.len();
                corrections.extend_from_slice(u);
                fold_all(tree, at, &mut corrections[start..], planes);
            }
        }
    }

    /// Tells the sender the hashes of u and v under its challenge.
    async fn prove(&self, ctx: &mut Ctx, u: &[u64], planes: &[u64]) -> Result<()> {
        let challenge: Vec<Block> = ctx.recv(self.sender, 1).await?;
        let mut hash = check::Hash::new(challenge[0], u.len());
        let mut sums = [Block::ZERO; check::WORDS];
        for (u, planes) in u.chunks(CHUNK).zip(planes.chunks(128 * CHUNK)) {
            hash.add(u.len(), &[u, planes], &mut sums);
        }
        ctx.send(self.sender, &check::finish(sums)).await
    }
}

#[async_trait]
impl CotReceiver for SoftSpokenReceiver {
    fn security(&self) -> Security {
        self.security
    }

    async fn receive(&mut self, ctx: &mut Ctx, n: usize) -> Result<Received> {
        self.fuse.light()?;
        let blocks = self.security.blocks(n);
        let mut u = Wiped::new(vec![0; 2 * blocks]);
        let mut out = Vec::with_capacity(128 * blocks);
        let mut corrections = Vec::new();
        size_planes(&mut self.planes, self.security, blocks);
        for (i, u) in u.chunks_mut(CHUNK).enumerate() {
            let planes = planes_of_chunk(&mut self.planes, self.security, i, u.len());
            Self::fold(&self.trees, self.next + (i * CHUNK / 2) as u64, u, planes, &mut corrections);
            transpose128_append(planes, 64 * u.len(), &mut out);
            if (i + 1).is_multiple_of(group(self.width)) {
                ctx.send(self.sender, &corrections).await?;
                corrections.clear();
            }
        }
        ctx.send(self.sender, &corrections).await?;
        if self.security == Security::Malicious {
            self.prove(ctx, &u, &self.planes[..256 * blocks]).await?;
        }
        out.truncate(n);
        self.next += blocks as u64;
        self.fuse.put_out();
        Ok(Received { choices: cut(&u, n), blocks: out })
    }
}

/// Makes room for the planes of a chunk, or of all `blocks` blocks where they are looked at again.
pub(super) fn size_planes(planes: &mut Wiped, security: Security, blocks: usize) {
    let words = match security {
        Security::SemiHonest => CHUNK,
        Security::Malicious => 2 * blocks,
    };
    if planes.len() < 128 * words {
        planes.resize(128 * words, 0);
    }
}

/// Where the planes of chunk `i` go, of `words` words each.
pub(super) fn planes_of_chunk(planes: &mut Wiped, security: Security, i: usize, words: usize) -> &mut [u64] {
    let start = match security {
        Security::SemiHonest => 0,
        Security::Malicious => i * 128 * CHUNK,
    };
    &mut planes[start..start + 128 * words]
}

/// The first `n` bits.
fn cut(plane: &[u64], n: usize) -> Vec<u64> {
    let mut plane = plane[..words(n)].to_vec();
    if let Some(last) = plane.last_mut().filter(|_| !n.is_multiple_of(64)) {
        *last &= (1 << (n % 64)) - 1;
    }
    plane
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::softspoken::chunks;

    #[test]
    fn bits_behind_the_last_ot_are_zero() {
        assert_eq!(cut(&[u64::MAX, u64::MAX], 65), [u64::MAX, 1]);
        assert_eq!(cut(&[u64::MAX, u64::MAX], 64), [u64::MAX]);
        assert!(cut(&[u64::MAX], 0).is_empty());
        assert_eq!(chunks(17).collect::<Vec<_>>(), [32, 2]);
    }
}
