//! Random shared bits, authenticated (Π_aBit^n and Π_aShare of WRK17).

use jointly_core::{Party, Result};
use jointly_math::{
    Block, Prg, Seed,
    bits::words,
    ct::{Choice, ConstantTimeEq},
    gf128,
    hash::Opening,
};
use jointly_net::Ctx;

use super::{
    Session,
    board::{Board, Coins, cheated},
    shares::{Shares, add, clear_behind, mask, others},
    silent::Source,
};

/// ρ: bits that the check of everybody's Δ spends; a lie about it passes with probability 2^−ρ.
pub(super) const RHO: usize = 40;

/// Bits that hide the others in the check of the bits.
pub(super) const HIDING: usize = 128;

/// `n` random shared bits. Spends a coin.
pub(super) async fn shares(
    session: &mut Session,
    ctx: &mut Ctx,
    board: &mut Board,
    coins: &mut Coins,
    (source, n): (Source, usize),
) -> Result<Shares> {
    let total = n + RHO + HIDING;
    let mut bits = Prg::new(Seed::random()).words(words(total));
    clear_behind(&mut bits, total);
    let [macs, keys] = session.authenticate(ctx, source, &bits, total).await?;
    let mut all = Shares { bits, macs, keys, len: total };
    let delta = *session.delta.expose();
    check_bits(ctx, board, coins, &all, delta).await?;
    check_delta(ctx, board, &all.slice(n..n + RHO), delta).await?;
    all.truncate(n);
    Ok(all)
}

/// Π_aBit^n, step 3: everybody has used the same bits towards all others. A random linear combination of a party's bits over GF(2^128), hidden by the
/// last 128, is told to all, and its MAC to whom it belongs; the paper takes combinations over GF(2), ρ of them. Two sets of bits meet in it with probability 2^−128.
async fn check_bits(ctx: &mut Ctx, board: &mut Board, coins: &mut Coins, all: &Shares, delta: Block) -> Result<()> {
    let mut chi = coins.toss(ctx, board).await?.blocks(all.len - HIDING);
    chi.extend((0..HIDING).map(|k| Block::from(1 << k)));
    let y = chi.iter().enumerate().fold(Block::ZERO, |sum, (k, chi)| sum ^ (mask(&all.bits, k) & *chi));
    let (me, n) = (ctx.me(), ctx.parties());
    let mine: Vec<(Party, [Block; 2])> =
        others(me, n).map(|j| (j, [y, gf128::inner_product(&chi, &all.macs[j.index()])])).collect();
    let out: Vec<(Party, &[Block])> = mine.iter().map(|(j, message)| (*j, &message[..])).collect();
    let from: Vec<(Party, usize)> = others(me, n).map(|j| (j, 2)).collect();
    let told = ctx.exchange_all(&out, &from).await?;
    let mut sums: Vec<Block> = told.iter().map(|told| told[0]).collect();
    sums.insert(me.index(), y);
    board.absorb(&sums);
    for (j, told) in others(me, n).zip(&told) {
        let key = gf128::inner_product(&chi, &all.keys[j.index()]);
        if !bool::from((key ^ gf128::mul(told[0], delta)).ct_eq(&told[1])) {
            return Err(cheated(Some(j), "the check of authenticated bits"));
        }
    }
    board.agree(ctx).await
}

/// Π_aShare, step 3: everybody has used the same Δ towards all others.
///
/// Each party commits to both values that the sum of the others' MACs under its Δ can have, and to its bits and MACs; when these are opened it opens the
/// right one. Whoever used two different Δ is caught for each bit with probability 1/2. A party opens only a value that the others'
/// opened MACs already add up to, so that a lie about bits does not make it show Δ.
async fn check_delta(ctx: &mut Ctx, board: &mut Board, spent: &Shares, delta: Block) -> Result<()> {
    let told = tell(ctx, board, spent, delta).await?;
    if !told.is_proved(ctx.me()) {
        return Err(cheated(None, "the check of opened MACs"));
    }
    open_sums(ctx, board, &told).await
}

/// What everybody has told, and what this party has committed to: for each of ρ bits the sum of its keys, and that sum plus Δ.
pub(super) struct Told {
    sums: [Vec<Block>; 2],
    openings: [Vec<Opening>; 2],
    commitments: Vec<Vec<[u8; 32]>>,
    seen: Vec<Seen>,
}

/// Commits, and opens bits and MACs.
pub(super) async fn tell(ctx: &mut Ctx, board: &mut Board, spent: &Shares, delta: Block) -> Result<Told> {
    let (me, n) = (ctx.me(), usize::from(ctx.parties()));
    let told = message(spent);
    let (of_message, opening) = board.commit(me, &told);
    let mut sum = vec![Block::ZERO; RHO];
    spent.keys.iter().for_each(|keys| add(&mut sum, keys));
    let sums = [sum.clone(), sum.iter().map(|sum| *sum ^ delta).collect()];
    let mut commitments = vec![*of_message.as_bytes()];
    let openings = sums.each_ref().map(|sums| {
        let commit = |sum: &Block| {
            let (commitment, opening) = board.commit(me, &sum.to_bytes());
            commitments.push(*commitment.as_bytes());
            opening
        };
        sums.iter().map(commit).collect::<Vec<_>>()
    });
    let commitments = board.broadcast(ctx, &commitments, &vec![1 + 2 * RHO; n]).await?;
    let told = [&told[..], opening.as_bytes()].concat();
    let told = board.broadcast(ctx, &told, &vec![told.len(); n]).await?;
    let mut seen = Vec::with_capacity(n);
    for (j, (told, commitments)) in Party::all(ctx.parties()).zip(told.iter().zip(&commitments)) {
        let (message, opening) = told.split_at(told.len() - 32);
        let opening = std::array::from_fn(|i| opening[i]);
        if !board.is_opened(j, &commitments[0], message, &opening) {
            return Err(cheated(Some(j), "the opening of a commitment"));
        }
        seen.push(Seen::of(message, j, n));
    }
    Ok(Told { sums, openings, commitments, seen })
}

/// Bits and MACs, as they are told.
fn message(spent: &Shares) -> Vec<u8> {
    let macs = spent.macs.iter().flatten().flat_map(|mac| mac.to_bytes());
    spent.bits[0].to_le_bytes().into_iter().chain(macs).collect()
}

/// What a party told.
struct Seen {
    bits: u64,
    /// By party.
    macs: Vec<Vec<Block>>,
}

impl Seen {
    /// `message` has the length of one.
    fn of(message: &[u8], from: Party, n: usize) -> Seen {
        let (bits, macs) = message.split_at(8);
        let bits = u64::from_le_bytes(std::array::from_fn(|i| bits[i]));
        let blocks: Vec<Block> = macs.as_chunks::<16>().0.iter().map(|bytes| Block::from_bytes(*bytes)).collect();
        let mut macs: Vec<Vec<Block>> = blocks.chunks(RHO).map(<[Block]>::to_vec).collect();
        macs.resize(n - 1, Vec::new());
        macs.insert(from.index(), Vec::new());
        Seen { bits, macs }
    }
}

impl Told {
    /// The sums of the others' bits, and of their MACs under Δ of `party`.
    fn others_of(&self, party: Party) -> (u64, Vec<Block>) {
        let mut sums = (0, vec![Block::ZERO; RHO]);
        for other in others(party, self.seen.len() as u16).map(|other| &self.seen[other.index()]) {
            sums.0 ^= other.bits;
            add(&mut sums.1, &other.macs[party.index()]);
        }
        sums
    }

    /// Whether the others' MACs add up to what this party is to open.
    pub fn is_proved(&self, me: Party) -> bool {
        let (bits, macs) = self.others_of(me);
        (0..RHO).fold(Choice::from(1), |all, r| all & macs[r].ct_eq(&self.sums[which(bits, r)][r])).into()
    }
}

/// Which sum is the right one for bit `r`.
fn which(bits: u64, r: usize) -> usize {
    (bits >> r & 1) as usize
}

/// Opens the right sums of keys, and checks the others'.
pub(super) async fn open_sums(ctx: &mut Ctx, board: &mut Board, told: &Told) -> Result<()> {
    let (bits, _) = told.others_of(ctx.me());
    // What is opened is what the MACs add up to, which everybody knows.
    let opened: Vec<[u8; 32]> = (0..RHO).map(|r| *told.openings[which(bits, r)][r].as_bytes()).collect();
    let opened = board.broadcast(ctx, &opened, &vec![RHO; told.seen.len()]).await?;
    for j in others(ctx.me(), ctx.parties()) {
        let (bits, macs) = told.others_of(j);
        let fits = |r: usize| {
            let commitment = &told.commitments[j.index()][1 + which(bits, r) * RHO + r];
            board.is_opened(j, commitment, &macs[r].to_bytes(), &opened[j.index()][r])
        };
        if !(0..RHO).all(fits) {
            return Err(cheated(None, "the check that every party has one Δ"));
        }
    }
    board.agree(ctx).await
}
