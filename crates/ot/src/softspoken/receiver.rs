//! The receiver of OTs, which is the VOLE's sender: it grows the trees, and its choices are what the first one gives.

use async_trait::async_trait;
use jointly_core::{Party, Result};
use jointly_math::{
    Aes128, Block, Wiped,
    bits::{transpose128_into, words},
    small_field::fold_streams,
};
use jointly_net::Ctx;

use super::{CHUNK, Fuse, Security, Width, check, group, pprf};
use crate::{Base, CotReceiver, Received};

/// The receiving end of SoftSpoken OT extension.
pub struct SoftSpokenReceiver {
    sender: Party,
    width: Width,
    security: Security,
    trees: Vec<Vec<Aes128>>,
    next: u64,
    fuse: Fuse,
}

impl SoftSpokenReceiver {
    /// Runs the base OTs with `sender`, who starts its end at the same time with the same settings.
    pub async fn new(ctx: &mut Ctx, base: Base, sender: Party, width: Width, security: Security) -> Result<Self> {
        let trees = pprf::send(ctx, base, sender, width, security).await?;
        Ok(Self { sender, width, security, trees, next: 0, fuse: Fuse::new() })
    }

    /// Folds the next `words` words of every tree: v into `planes`, the first u into `u`, and how far the others are from it behind
    /// `corrections`.
    fn fold(&self, at: u64, u: &mut [u64], planes: &mut [u64], corrections: &mut Vec<u64>) {
        let words = u.len();
        let mut other = [0; CHUNK];
        let other = &mut other[..words];
        for (i, (tree, planes)) in self.trees.iter().zip(planes.chunks_exact_mut(self.width.bits() * words)).enumerate() {
            if i == 0 {
                fold_streams(tree, false, at, u, planes);
            } else {
                fold_streams(tree, false, at, other, planes);
                corrections.extend(u.iter().zip(&*other).map(|(u, other)| u ^ other));
            }
        }
    }

    /// Tells the sender the hashes of u and v under its challenge.
    async fn prove(&self, ctx: &mut Ctx, u: &[u64], planes: &[Wiped]) -> Result<()> {
        let challenge: Vec<Block> = ctx.recv(self.sender, 1).await?;
        let mut hash = check::Hash::new(challenge[0], u.len());
        let mut told = [0; check::WORDS];
        for (u, planes) in u.chunks(CHUNK).zip(planes) {
            hash.add(u.len(), &[u, planes], &mut told);
        }
        ctx.send(self.sender, &told).await
    }
}

#[async_trait]
impl CotReceiver for SoftSpokenReceiver {
    async fn receive(&mut self, ctx: &mut Ctx, n: usize) -> Result<Received> {
        self.fuse.light()?;
        let blocks = self.security.blocks(n);
        let mut u = Wiped::new(vec![0; 2 * blocks]);
        let mut out = vec![Block::ZERO; n];
        let mut kept = Vec::new();
        let mut planes = Wiped::new(vec![0; 128 * CHUNK]);
        let mut corrections = Vec::new();
        for (i, u) in u.chunks_mut(CHUNK).enumerate() {
            let planes_here = &mut planes[..128 * u.len()];
            self.fold(self.next + (i * CHUNK / 2) as u64, u, planes_here, &mut corrections);
            match self.security {
                Security::SemiHonest => transpose_chunk(planes_here, i, &mut out),
                Security::Malicious => kept.push(Wiped::new(planes_here.to_vec())),
            }
            if (i + 1).is_multiple_of(group(self.width)) {
                ctx.send(self.sender, &corrections).await?;
                corrections.clear();
            }
        }
        ctx.send(self.sender, &corrections).await?;
        if self.security == Security::Malicious {
            self.prove(ctx, &u, &kept).await?;
            kept.iter().enumerate().for_each(|(i, planes)| transpose_chunk(planes, i, &mut out));
        }
        self.next += blocks as u64;
        self.fuse.put_out();
        Ok(Received { choices: cut(&u, n), blocks: out })
    }
}

/// The blocks of chunk `i`, as far as they are asked for.
pub(super) fn transpose_chunk(planes: &[u64], i: usize, out: &mut [Block]) {
    let ots = planes.len() / 2;
    let first = (i * CHUNK * 64).min(out.len());
    let here = &mut out[first..];
    if here.len() >= ots {
        return transpose128_into(planes, &mut here[..ots]);
    }
    let mut all = vec![Block::ZERO; ots];
    transpose128_into(planes, &mut all);
    here.copy_from_slice(&all[..here.len()]);
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
