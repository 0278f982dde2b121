//! OTs whose choices, and whose messages, the parties choose (Beaver, CRYPTO 1995): the receiver tells in which OTs its choice differs from the random
//! one, and the sender swaps these. One bit, and where messages are chosen two of them, an OT.

use jointly_core::{Error, Party, Result};
use jointly_math::{
    Block, Seed,
    bits::{pack, words},
    ct::{Choice, ConditionallySelectable},
};
use jointly_net::Ctx;
use zeroize::Zeroizing;

use super::random::{RandomReceiver, RandomSender, bit};
use crate::{CotReceiver, CotSender};

/// Correlated OT with chosen bits, the sender's end: qᵢ with tᵢ = qᵢ ⊕ cᵢ·Δ at the receiver, who chose cᵢ.
pub async fn correlate_sender(
    ctx: &mut Ctx,
    cots: &mut dyn CotSender,
    receiver: Party,
    n: usize,
) -> Result<Vec<Block>> {
    let mut q = cots.send(ctx, n).await?;
    let delta = cots.delta();
    let flips = recv_flips(ctx, receiver, n).await?;
    q.iter_mut().enumerate().for_each(|(i, q)| *q ^= Block::mask(bit(&flips, i)) & delta);
    Ok(q)
}

/// Correlated OT with chosen bits, the receiver's end: the tᵢ for these choices, a plane of `n` bits.
pub async fn correlate_receiver(
    ctx: &mut Ctx,
    cots: &mut dyn CotReceiver,
    sender: Party,
    choices: &[u64],
    n: usize,
) -> Result<Vec<Block>> {
    let received = cots.receive(ctx, n).await?;
    send_flips(ctx, sender, choices, &received.choices, n).await?;
    Ok(received.blocks)
}

/// Sends one of each pair of messages.
pub async fn send_chosen(
    ctx: &mut Ctx,
    ots: &mut RandomSender,
    receiver: Party,
    messages: &[[Block; 2]],
) -> Result<()> {
    let n = messages.len();
    let pads = ots.send(ctx, n).await?;
    let flips = recv_flips(ctx, receiver, n).await?;
    let mask = |(i, (messages, pads)): (usize, (&[Block; 2], &[Block; 2]))| {
        let flip = bit(&flips, i);
        let pad = |j: usize| Block::conditional_select(&pads[j], &pads[1 - j], flip);
        [messages[0] ^ pad(0), messages[1] ^ pad(1)]
    };
    let masked: Vec<Block> = messages.iter().zip(&pads).enumerate().flat_map(mask).collect();
    ctx.send(receiver, &masked).await
}

/// Receives the messages for these choices, a plane of `n` bits.
pub async fn receive_chosen(
    ctx: &mut Ctx,
    ots: &mut RandomReceiver,
    sender: Party,
    choices: &[u64],
    n: usize,
) -> Result<Vec<Block>> {
    let received = ots.receive(ctx, n).await?;
    send_flips(ctx, sender, choices, &received.choices, n).await?;
    let masked: Vec<Block> = ctx.recv(sender, 2 * n).await?;
    let message =
        |i: usize| Block::conditional_select(&masked[2 * i], &masked[2 * i + 1], bit(choices, i)) ^ received.blocks[i];
    Ok((0..n).map(message).collect())
}

/// Random OTs of seeds, of which the receiver chose: the sender's end, all pairs.
pub(crate) async fn send_by_choice(ctx: &mut Ctx, ots: &mut RandomSender, n: usize) -> Result<Vec<[Seed; 2]>> {
    let pads = Zeroizing::new(ots.send(ctx, n).await?);
    let flips = recv_flips(ctx, ots.receiver(), n).await?;
    let seed = |pads: &[Block; 2], j: usize, flip: Choice| {
        Seed::from_bytes(Block::conditional_select(&pads[j], &pads[1 - j], flip).to_bytes())
    };
    let pairs = pads.iter().enumerate().map(|(i, pads)| [0, 1].map(|j| seed(pads, j, bit(&flips, i))));
    Ok(pairs.collect())
}

/// The receiver's end: the seeds that it chose.
pub(crate) async fn receive_by_choice(
    ctx: &mut Ctx,
    ots: &mut RandomReceiver,
    choices: &[Choice],
) -> Result<Vec<Seed>> {
    let n = choices.len();
    let received = ots.receive(ctx, n).await?;
    let choices: Vec<u64> = choices.iter().map(|choice| u64::from(choice.unwrap_u8())).collect();
    send_flips(ctx, ots.sender(), &Zeroizing::new(pack(&choices)), &received.choices, n).await?;
    Ok(received.blocks.iter().map(|block| Seed::from_bytes(block.to_bytes())).collect())
}

/// Tells where the choices are not the random ones.
pub(super) async fn send_flips(ctx: &mut Ctx, to: Party, choices: &[u64], random: &[u64], n: usize) -> Result<()> {
    if choices.len() != words(n) {
        return Err(Error::Misuse("choices are a plane of as many bits as there are OTs"));
    }
    let mut flips: Vec<u64> = choices.iter().zip(random).map(|(c, x)| c ^ x).collect();
    if let Some(last) = flips.last_mut().filter(|_| !n.is_multiple_of(64)) {
        *last &= (1 << (n % 64)) - 1;
    }
    ctx.send(to, &flips).await
}

pub(super) async fn recv_flips(ctx: &mut Ctx, from: Party, n: usize) -> Result<Vec<u64>> {
    ctx.recv(from, words(n)).await
}

/// Whether bit `j` of a public index is set, as a choice.
pub(super) fn index_bit(index: usize, j: usize) -> Choice {
    Choice::from((index >> j & 1) as u8)
}
