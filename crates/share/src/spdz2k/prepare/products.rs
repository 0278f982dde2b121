//! Products that nobody has checked: the steps "multiply" and "combine" of Π_Triple (ePrint 2018/482, §6).
//!
//! Each party draws τ bits a and a b in the ring for each product. Of every two parties, one receives in τ correlated OTs with its bits as choices and the other
//! says d = H(q) − H(q ⊕ Δ) + b, which shares the τ products of a bit and b. Random combinations r and r̂ of all τ, tossed when these are fixed, give a, c
//! and â, ĉ with c = a·b, ĉ = â·b: whatever the other one learnt of single bits by making some d wrong, a and â are as good as random.

use futures::future::{try_join, try_join_all};
use jointly_core::{Cost, Party, Result, wire_bytes};
use jointly_garble::malicious::many::{
    board::{Board, Coins},
    ots_cost,
};
use jointly_math::{Aes128, Block, Prg, Seed, Wiped, bits::words};
use jointly_net::Ctx;
use jointly_ot::{CotSender, SoftSpokenReceiver, SoftSpokenSender, correlate_receiver, correlate_sender};
use zeroize::Zeroizing;

use super::super::{
    keys::each_pair,
    table::{Table, toss_cost},
    wide::{add_to, inner, random},
};

/// τ = 4s + 2k.
const BITS: usize = 384;

/// Products at a time.
const CHUNK: usize = 1 << 10;

/// This party's shares of a, b, c, â, ĉ of `n` products.
pub(super) async fn make(table: &mut Table, n: usize) -> Result<[Wiped<u128>; 5]> {
    let mut out = [(); 5].map(|()| Wiped::new(Vec::with_capacity(n)));
    let mut board = Board::new(&table.ctx, &(n as u64).to_le_bytes());
    let mut coins = Coins::commit(&mut table.ctx, &mut board, n.div_ceil(CHUNK)).await?;
    let mut links = Link::all(table)?;
    let mut prg = Prg::new(Seed::random());
    for first in (0..n).step_by(CHUNK) {
        let n = CHUNK.min(n - first);
        let (bits, b) = (Wiped::new(prg.words(words(BITS * n))), random(&mut prg, n));
        let mut c = own(&bits, &b);
        let shares = try_join_all(links.iter_mut().map(|link| link.multiply(&bits, &b))).await?;
        shares.iter().flatten().for_each(|share| add_to(&mut c, share));
        links.iter_mut().for_each(|link| link.meet(&mut table.ctx));
        let mut coin = coins.toss(&mut table.ctx, &mut board).await?;
        links.iter_mut().for_each(|link| link.follow(&table.ctx));
        combine(&mut coin, &bits, &c, &mut out);
        out[1].extend_from_slice(&b);
    }
    links.into_iter().for_each(|link| link.ctxs.into_iter().for_each(|ctx| table.ctx.join(ctx)));
    Ok(out)
}

/// Bit `i`, as a mask.
fn mask(plane: &[u64], i: usize) -> u128 {
    u128::from(plane[i / 64] >> (i % 64) & 1).wrapping_neg()
}

fn own(bits: &[u64], b: &[u128]) -> Wiped<u128> {
    Wiped::new((0..BITS * b.len()).map(|i| b[i / BITS] & mask(bits, i)).collect())
}

/// r and r̂ for each product.
fn combine(coin: &mut Prg, bits: &[u64], c: &[u128], out: &mut [Wiped<u128>; 5]) {
    for (i, c) in c.chunks_exact(BITS).enumerate() {
        for [a, of] in [[0, 2], [3, 4]] {
            let r = random(coin, BITS);
            let sum = r.iter().enumerate().fold(0, |sum: u128, (h, r)| sum.wrapping_add(r & mask(bits, BITS * i + h)));
            out[a].push(sum);
            out[of].push(inner(&r, c));
        }
    }
}

/// Both ends of OT with another party.
struct Link {
    peer: Party,
    /// To send on, and to receive on.
    ctxs: [Ctx; 2],
    sender: SoftSpokenSender,
    receiver: SoftSpokenReceiver,
    used: u64,
}

impl Link {
    fn all(table: &mut Table) -> Result<Vec<Link>> {
        let path = format!("{}/products", table.ctx.path());
        let pairs = each_pair(&mut table.ctx);
        let link = |(peer, [lower, higher]): (Party, [Ctx; 2])| {
            let ctxs = if lower.me() < peer { [lower, higher] } else { [higher, lower] };
            let roots = &table.keys.roots;
            let (sender, receiver) = (roots.sender(peer, &path)?, roots.receiver(peer, &path)?);
            Ok(Link { peer, ctxs, sender, receiver, used: 0 })
        };
        pairs.into_iter().map(link).collect()
    }

    /// What follows at the table comes after what happened here, ...
    fn meet(&mut self, ctx: &mut Ctx) {
        self.ctxs.iter().for_each(|own| ctx.reach_of(own));
    }

    /// ... and the other way round.
    fn follow(&mut self, ctx: &Ctx) {
        self.ctxs.iter_mut().for_each(|own| own.reach_of(ctx));
    }

    /// Shares of its bits times this party's b, and of this party's bits times its b.
    async fn multiply(&mut self, bits: &[u64], b: &[u128]) -> Result<[Wiped<u128>; 2]> {
        let [out, back] = &mut self.ctxs;
        let first = self.used;
        self.used += (BITS * b.len()) as u64;
        let (sent, got) = try_join(
            send(out, &mut self.sender, self.peer, b, first),
            receive(back, &mut self.receiver, self.peer, bits, (b.len(), first)),
        )
        .await?;
        Ok([sent, got])
    }
}

async fn send(ctx: &mut Ctx, cots: &mut SoftSpokenSender, to: Party, b: &[u128], first: u64) -> Result<Wiped<u128>> {
    let mut zeros = Zeroizing::new(correlate_sender(ctx, cots, to, BITS * b.len()).await?);
    let delta = cots.delta();
    let mut ones = Zeroizing::new(zeros.iter().map(|q| *q ^ delta).collect::<Vec<Block>>());
    // Drawn when what goes into the hash is fixed.
    let key = *ctx.seed().as_bytes();
    let hash = Aes128::new(Block::from_bytes(key));
    hash.tccr(first, &mut zeros);
    hash.tccr(first, &mut ones);
    let share = zeros.iter().map(|zero| u128::from(*zero).wrapping_neg()).collect();
    for (i, (zero, one)) in zeros.iter().zip(ones.iter_mut()).enumerate() {
        let d = u128::from(*zero).wrapping_sub(u128::from(*one)).wrapping_add(b[i / BITS]);
        *one = Block::from(d);
    }
    ctx.send(to, &[key]).await?;
    ctx.send(to, &ones).await?;
    Ok(Wiped::new(share))
}

async fn receive(
    ctx: &mut Ctx,
    cots: &mut SoftSpokenReceiver,
    from: Party,
    bits: &[u64],
    (n, first): (usize, u64),
) -> Result<Wiped<u128>> {
    let mut t = Zeroizing::new(correlate_receiver(ctx, cots, from, bits, BITS * n).await?);
    let key: Vec<[u8; 16]> = ctx.recv(from, 1).await?;
    let d: Vec<u128> = ctx.recv(from, BITS * n).await?;
    Aes128::new(Block::from_bytes(key[0])).tccr(first, &mut t);
    let share = t.iter().zip(&d).enumerate();
    Ok(Wiped::new(share.map(|(i, (t, d))| u128::from(*t).wrapping_add(d & mask(bits, i))).collect()))
}

/// [`make`] of `n` products.
pub(super) fn cost(others: u64, n: usize) -> Cost {
    let coins = Cost { rounds: 1, bytes: others * wire_bytes(n.div_ceil(CHUNK), 32) };
    (0..n).step_by(CHUNK).fold(coins, |sum, first| {
        let ots = BITS * CHUNK.min(n - first);
        let cots = ots_cost(ots);
        let bytes = cots.bytes + wire_bytes(words(ots), 8) + wire_bytes(1, 16) + wire_bytes(ots, 16);
        sum + Cost { rounds: cots.rounds + 1, bytes: others * bytes } + toss_cost(others)
    })
}
