//! The labels of the evaluator's inputs: OT of chosen messages out of random correlated OT (Beaver, CRYPTO 1995, for the choices; Guo, Katz,
//! Wang, Yu, ePrint 2019/074, §7.4, for the masks), as `jointly_ot`'s adapters have it, but in one round trip: the choices are told with the
//! extension, and the key of the hash with the masked labels.
//!
//! The Δ of the OTs is not the Δ of the garbling: two functions would share it.

use jointly_circuit::Bits;
use jointly_core::Result;
use jointly_math::{Aes128, Block, ct::ConditionallySelectable};
use jointly_net::Ctx;
use jointly_ot::{CotReceiver, CotSender, correlate_receiver, correlate_sender};
use zeroize::Zeroize;

use super::{EVALUATOR, GARBLER, Pairs};

/// OTs under one permutation, as for random OTs: 108 bits remain against who computes afterwards.
pub(super) const AT_ONCE: usize = 1 << 20;

/// Sends one label of each pair.
pub(super) async fn send(ctx: &mut Ctx, cots: &mut dyn CotSender, labels: &Pairs) -> Result<()> {
    if labels.is_empty() {
        return Ok(());
    }
    let delta = cots.delta();
    let zeros = correlate_sender(ctx, cots, EVALUATOR, labels.len()).await?;
    let mut masks: Vec<Block> = zeros.iter().chain(&zeros).copied().collect();
    let (zeros, ones) = masks.split_at_mut(labels.len());
    ones.iter_mut().for_each(|one| *one ^= delta);
    let keys: Vec<[u8; 16]> = (0..labels.len().div_ceil(AT_ONCE)).map(|_| *ctx.seed().as_bytes()).collect();
    hash(&keys, zeros);
    hash(&keys, ones);
    let masked = labels.iter().zip(zeros.iter().zip(ones.iter()));
    let masked: Vec<Block> = masked.flat_map(|([w0, w1], (zero, one))| [*w0 ^ *zero, *w1 ^ *one]).collect();
    masks.zeroize();
    ctx.send(EVALUATOR, &keys).await?;
    ctx.send(EVALUATOR, &masked).await
}

/// Receives the labels of these bits.
pub(super) async fn receive(ctx: &mut Ctx, cots: &mut dyn CotReceiver, choices: &Bits) -> Result<Vec<Block>> {
    let n = choices.len();
    if n == 0 {
        return Ok(Vec::new());
    }
    let mut masks = correlate_receiver(ctx, cots, GARBLER, choices.words(), n).await?;
    let keys: Vec<[u8; 16]> = ctx.recv(GARBLER, n.div_ceil(AT_ONCE)).await?;
    hash(&keys, &mut masks);
    let masked: Vec<Block> = ctx.recv(GARBLER, 2 * n).await?;
    let label = |(i, pair): (usize, &[Block; 2])| {
        Block::conditional_select(&pair[0], &pair[1], u8::from(choices.get(i)).into()) ^ masks[i]
    };
    let labels = masked.as_chunks::<2>().0.iter().enumerate().map(label).collect();
    masks.zeroize();
    Ok(labels)
}

fn hash(keys: &[[u8; 16]], blocks: &mut [Block]) {
    for (key, blocks) in keys.iter().zip(blocks.chunks_mut(AT_ONCE)) {
        Aes128::new(Block::from_bytes(*key)).tccr(0, blocks);
    }
}
