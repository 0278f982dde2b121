//! Leaky AND triples (Π_HaAND and Π_LaAND of WRK17): ⟨x⟩, ⟨y⟩, ⟨z⟩ with z = x·y, of which a corrupt party may learn honest shares of x by
//! guesses, a wrong one of which ends the run.

use jointly_core::{Party, Result};
use jointly_math::{Aes128, Block, Prg, Seed, bits::low_bits, gf128};
use jointly_net::Ctx;
use zeroize::Zeroizing;

use super::{
    board::{Board, Coins},
    exposure::Exposure,
    shares::{Shares, add, add_bits, clear_behind, mask, others},
};

/// Triples, one row for each of x, y, z.
pub(super) struct Triples {
    pub x: Shares,
    pub y: Shares,
    pub z: Shares,
}

/// Makes triples of random shares. Spends a coin.
pub(super) async fn leaky(
    delta: Block,
    ctx: &mut Ctx,
    (board, exposure): (&mut Board, &Exposure),
    coins: &mut Coins,
    [x, y, mut r]: [Shares; 3],
) -> Result<Triples> {
    let mut hashes = Hashes::draw(ctx, x.len);
    let v = half(ctx, &mut hashes, &x, &y.bits, delta).await?;
    // Step 3: z = v ⊕ x·y, and ⟨z⟩ = ⟨r⟩ ⊕ (z ⊕ r).
    let z: Zeroizing<Vec<u64>> =
        Zeroizing::new(v.iter().zip(x.bits.iter().zip(&y.bits)).map(|(v, (x, y))| v ^ (x & y)).collect());
    let e: Vec<u64> = z.iter().zip(&r.bits).map(|(z, r)| z ^ r).collect();
    let phi = phi(&y, delta);
    let (h, all_e) = masked_phi(ctx, &hashes, &x, &phi, &e, delta).await?;
    for j in Party::all(ctx.parties()) {
        board.absorb(if j == ctx.me() { &e } else { &all_e[j.index()] });
        let keys = r.keys[j.index()].iter_mut().enumerate();
        keys.for_each(|(k, key)| *key ^= mask(&all_e[j.index()], k) & delta);
    }
    r.bits.copy_from_slice(&z);
    check(ctx, (board, exposure), coins, (&x, &r), (h, &phi), delta).await?;
    Ok(Triples { x, y, z: r })
}

/// The hash of each ordered pair of parties, with a key drawn by who has Δ when the keys that go into it are fixed. Tweaks below `n` are for
/// [`half`], those above for [`masked_phi`]. Lists by party.
struct Hashes {
    seeds: Vec<Block>,
    mine: Vec<Aes128>,
    theirs: Vec<Option<Aes128>>,
    n: usize,
}

impl Hashes {
    fn draw(ctx: &Ctx, n: usize) -> Hashes {
        let parties = usize::from(ctx.parties());
        let seeds = Prg::new(Seed::random()).blocks(parties);
        let mine = seeds.iter().map(|seed| Aes128::new(*seed)).collect();
        Hashes { seeds, mine, theirs: vec![None; parties], n }
    }

    /// The hashes of the keys K_i\[xʲ\] and of K_i\[xʲ\] ⊕ Δ_i.
    fn of_keys(&self, j: Party, part: usize, keys: &[Block], delta: Block) -> [Zeroizing<Vec<Block>>; 2] {
        let mut pair = [keys.to_vec(), keys.iter().map(|key| *key ^ delta).collect()].map(Zeroizing::new);
        pair.iter_mut().for_each(|blocks| self.mine[j.index()].tccr((part * self.n) as u64, blocks));
        pair
    }

    /// The hashes of the MACs M_j\[xⁱ\].
    fn of_macs(&self, j: Party, part: usize, macs: &[Block]) -> Zeroizing<Vec<Block>> {
        let mut blocks = Zeroizing::new(macs.to_vec());
        if let Some(aes) = &self.theirs[j.index()] {
            aes.tccr((part * self.n) as u64, &mut blocks);
        }
        blocks
    }
}

/// Π_HaAND: vⁱ with ⊕ vⁱ = ⊕_{i≠j} xⁱ·yʲ, for y that need not be authenticated.
async fn half(ctx: &mut Ctx, hashes: &mut Hashes, x: &Shares, y: &[u64], delta: Block) -> Result<Zeroizing<Vec<u64>>> {
    let (me, parties, words) = (ctx.me(), ctx.parties(), x.bits.len());
    let mut v = Zeroizing::new(vec![0; words]);
    let mut prg = Prg::new(Seed::random());
    let mut out = Vec::new();
    for j in others(me, parties) {
        // h₀ = lsb H(K) ⊕ s, h₁ = lsb H(K ⊕ Δ) ⊕ s ⊕ y.
        let mut s = Zeroizing::new(prg.words(words));
        clear_behind(&mut s, x.len);
        let [mut h0, mut h1] = hashes.of_keys(j, 0, &x.keys[j.index()], delta).map(|hashes| low_bits(&hashes));
        add_bits(&mut h0, &s);
        add_bits(&mut h1, &s);
        add_bits(&mut h1, y);
        add_bits(&mut v, &s);
        out.push((j, [&hashes.seeds[j.index()].0[..], &h0, &h1].concat()));
    }
    let out: Vec<(Party, &[u64])> = out.iter().map(|(j, h)| (*j, &h[..])).collect();
    let from: Vec<(Party, usize)> = others(me, parties).map(|j| (j, 2 + 2 * words)).collect();
    let got = ctx.exchange_all(&out, &from).await?;
    for (j, h) in others(me, parties).zip(&got) {
        let (seed, h) = h.split_at(2);
        let (h0, h1) = h.split_at(words);
        hashes.theirs[j.index()] = Some(Aes128::new(Block([seed[0], seed[1]])));
        let t = Zeroizing::new(low_bits(&hashes.of_macs(j, 0, &x.macs[j.index()])));
        for (w, v) in v.iter_mut().enumerate() {
            *v ^= t[w] ^ h0[w] ^ (x.bits[w] & (h0[w] ^ h1[w]));
        }
    }
    clear_behind(&mut v, x.len);
    Ok(v)
}

/// Step 4: Φ_i = yⁱ·Δ_i ⊕ ⊕_j (K_i\[yʲ\] ⊕ M_j\[yⁱ\]); all of them add up to y·⊕Δ_i.
fn phi(y: &Shares, delta: Block) -> Zeroizing<Vec<Block>> {
    let mut phi = Zeroizing::new(y.own(delta));
    y.macs.iter().for_each(|macs| add(&mut phi, macs));
    phi
}

/// Step 5: U_{i,j} = H(K_i\[xʲ\]) ⊕ H(K_i\[xʲ\] ⊕ Δ_i) ⊕ Φ_i to each j, with e to all. Of what comes back: the sum over j of K_i\[xʲ\]_{Φ_i} and M_j\[xⁱ\]_{Φ_j}, which
/// are a key for xʲ under Φ_i and a MAC on xⁱ under Φ_j; and everybody else's e, by party, zeros at this party's own place.
async fn masked_phi(
    ctx: &mut Ctx,
    hashes: &Hashes,
    x: &Shares,
    phi: &[Block],
    e: &[u64],
    delta: Block,
) -> Result<(Zeroizing<Vec<Block>>, Vec<Vec<u64>>)> {
    let (me, parties) = (ctx.me(), ctx.parties());
    let mut sum = Zeroizing::new(vec![Block::ZERO; x.len]);
    let mut out = Vec::new();
    for j in others(me, parties) {
        let [keys, mut u] = hashes.of_keys(j, 1, &x.keys[j.index()], delta);
        add(&mut sum, &keys);
        add(&mut u, &keys);
        add(&mut u, phi);
        let mut message = Vec::with_capacity(e.len() + 2 * u.len());
        message.extend_from_slice(e);
        message.extend(u.iter().flat_map(|u| u.0));
        out.push((j, message));
    }
    let out: Vec<(Party, &[u64])> = out.iter().map(|(j, message)| (*j, &message[..])).collect();
    let from: Vec<(Party, usize)> = others(me, parties).map(|j| (j, e.len() + 2 * x.len)).collect();
    let mut all_e = vec![vec![0; e.len()]; usize::from(parties)];
    for (j, message) in others(me, parties).zip(ctx.exchange_all(&out, &from).await?) {
        let (e, u) = message.split_at(e.len());
        all_e[j.index()].copy_from_slice(e);
        let mut macs = hashes.of_macs(j, 1, &x.macs[j.index()]);
        let u = u.as_chunks::<2>().0;
        macs.iter_mut().enumerate().for_each(|(k, mac)| *mac ^= mask(&x.bits, k) & Block(u[k]));
        add(&mut sum, &macs);
    }
    Ok((sum, all_e))
}

/// Steps 6 and 7: what each party makes of its keys and MACs for a triple adds up to (x·y ⊕ z)·⊕Δ_i. A random linear combination over GF(2^128) stands for
/// all triples (the authors' program takes ρ of them over GF(2)), committed to by all before any is opened.
async fn check(
    ctx: &mut Ctx,
    (board, exposure): (&mut Board, &Exposure),
    coins: &mut Coins,
    (x, z): (&Shares, &Shares),
    (mut h, phi): (Zeroizing<Vec<Block>>, &[Block]),
    delta: Block,
) -> Result<()> {
    add(&mut h, &Zeroizing::new(z.own(delta)));
    z.macs.iter().for_each(|macs| add(&mut h, macs));
    h.iter_mut().enumerate().for_each(|(k, h)| *h ^= mask(&x.bits, k) & phi[k]);
    let chi = coins.toss(ctx, board).await?.blocks(h.len());
    let mine = [gf128::inner_product(&chi, &h)];
    board.zero(ctx, exposure, &mine, |sum, of| sum[0] ^= of[0], "the check of AND triples").await
}
