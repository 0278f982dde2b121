//! Leaky ANDs (KRRW18 §5.1, Figure 5, Π_LaAND): authenticated x, y, z with z = x·y, of which a cheater may learn the other's part of x, at the
//! price of being caught with probability 1/2.
//!
//! Both parties garble the AND of x and y by half a gate each, under their own Δ: with C_P = y_P·Δ_P ⊕ K_P[y] ⊕ M_P[y], so that C_A ⊕ C_B = y·(Δ_A ⊕ Δ_B),
//! A sends G_A = H(K_A[x]) ⊕ H(K_A[x] ⊕ Δ_A) ⊕ C_A, from which B has H(K_A[x]) ⊕ x_B·C_A. What each then adds up, S_A and S_B, differs by
//! (x·y ⊕ r)·(Δ_A ⊕ Δ_B). Bit 1 of it, where Δ_A ⊕ Δ_B is 1, is opened as d, and z = r ⊕ d. S_A ⊕ d·Δ_A must equal S_B ⊕ d·Δ_B, which
//! is compared for all ANDs at once, without showing it.
//!
//! **Of S, and so of G, only the low 64 bits are computed, sent and compared.** Who makes d wrong must guess, before the comparison, these bits of the other's
//! Δ, 62 of which are secret: 2^-62 is far below the statistical 2^-40 of the bucketing. What a wrong G costs its sender, and what it learns,
//! does not depend on the length. The MACs on x, y and z stay 128 bits long.

use jointly_core::{Error, Party, Result};
use jointly_math::{
    Block, Wiped,
    bits::{pack, words},
};
use jointly_net::Ctx;

use super::{
    SILENT_FROM,
    auth::{Auth, Blocks, constant, low_mask, mask},
    check::{Name, agree},
    source::Source,
};

/// Leaky ANDs that are computed at a time. A hash key lasts for as many.
pub(super) const CHUNK: usize = 1 << 17;

/// Leaky ANDs, all of them compared, and a coin that was tossed when they were fixed.
pub(super) struct Leaky {
    /// Chunks of [`CHUNK`], of which the last may be shorter: all x, then all y, then all z.
    chunks: Vec<Auth>,
    pub coin: Block,
}

/// Which bits of leaky ANDs.
#[derive(Clone, Copy)]
pub(super) enum Which {
    X,
    Y,
    Z,
}

impl Leaky {
    /// Those bits of the leaky ANDs from `first` on that stand together, `n` of them or fewer: MACs and keys.
    pub fn run(&self, which: Which, first: usize, n: usize) -> (&[Block], &[Block]) {
        let chunk = &self.chunks[first / CHUNK];
        let (len, at) = (chunk.len() / 3, first % CHUNK);
        let range = which as usize * len + at..which as usize * len + len.min(at + n);
        (&chunk.mac[range.clone()], &chunk.key[range])
    }
}

/// Makes `n` leaky ANDs, and `more` authenticated bits.
pub(super) async fn leaky_ands(
    ctx: &mut Ctx,
    source: &mut Source,
    name: &Name,
    n: usize,
    more: usize,
) -> Result<(Leaky, Auth)> {
    let end = End { me: ctx.me(), peer: source.peer(), delta: source.delta(), name };
    let mut chunks = Vec::new();
    let mut s = Wiped::new(Vec::with_capacity(n));
    let (mut masks, mut scratch) = (Auth::default(), Scratch::default());
    // Few masks come with the first leaky ANDs, which saves the rounds of a check; many, with memory of their own.
    let mut together = if n == 0 || more >= SILENT_FROM { 0 } else { more };
    if together < more {
        masks = source.draw(ctx, more).await?;
    }
    for first in (0..n).step_by(CHUNK) {
        let len = CHUNK.min(n - first);
        let mut bits = source.draw(ctx, 3 * len + together).await?;
        if together > 0 {
            masks = bits.split_off(3 * len);
            together = 0;
        }
        end.half_gates(ctx, first / CHUNK, &bits, &mut s, &mut scratch).await?;
        chunks.push(bits);
    }
    let coin = end.open_and_compare(ctx, &mut chunks, &mut s).await?;
    Ok((Leaky { chunks, coin }, masks))
}

struct End<'a> {
    me: Party,
    peer: Party,
    delta: Block,
    name: &'a Name,
}

/// Memory that every chunk uses again.
#[derive(Default)]
struct Scratch {
    /// What is hashed at a time: K, K ⊕ Δ and M of [`BATCH`] x.
    zeros: Blocks,
    ones: Blocks,
    had: Blocks,
    /// The low words of C, and of G.
    products: Wiped,
    g: Vec<u64>,
}

/// Half gates that are hashed at a time: they stay in the fastest caches.
const BATCH: usize = 1 << 10;

impl End<'_> {
    /// Steps 1 to 3: half a gate each way; appends the low words of this party's S. `bits` are the x, the y, and the r.
    async fn half_gates(
        &self,
        ctx: &mut Ctx,
        chunk: usize,
        bits: &Auth,
        s: &mut Wiped,
        scratch: &mut Scratch,
    ) -> Result<()> {
        let (n, before) = (bits.len() / 3, s.len());
        self.garble(chunk, bits, s, scratch);
        let theirs: Vec<u64> = ctx.exchange(self.peer, &scratch.g, self.peer, n).await?;
        let terms = theirs.iter().zip(scratch.products.iter()).zip(bits.mac.iter());
        for (s, ((g, product), x)) in s[before..].iter_mut().zip(terms) {
            *s ^= low_mask(*x).0[0] & (g ^ product);
        }
        Ok(())
    }

    /// G of all, and S but for what depends on the peer's G.
    fn garble(&self, chunk: usize, bits: &Auth, s: &mut Wiped, scratch: &mut Scratch) {
        let garbler = |party: Party| if party == Party(0) { "half gates of 0" } else { "half gates of 1" };
        let [mine, theirs] = [self.me, self.peer].map(|party| self.name.key(garbler(party), chunk));
        let Scratch { zeros, ones, had, products, g } = scratch;
        let n = bits.len() / 3;
        products.clear();
        g.clear();
        for first in (0..n).step_by(BATCH) {
            let range = first..n.min(first + BATCH);
            [&mut *zeros, ones, had].into_iter().for_each(|blocks| blocks.clear());
            zeros.extend_from_slice(&bits.key[range.clone()]);
            ones.extend(zeros.iter().map(|key| *key ^ self.delta));
            had.extend_from_slice(&bits.mac[range.clone()]);
            mine.tccr(first as u64, zeros);
            mine.tccr(first as u64, ones);
            theirs.tccr(first as u64, had);
            for (j, i) in range.enumerate() {
                let product = low_product(bits, n + i, self.delta);
                products.push(product);
                g.push(zeros[j].0[0] ^ ones[j].0[0] ^ product);
                s.push(zeros[j].0[0] ^ had[j].0[0] ^ low_product(bits, 2 * n + i, self.delta));
            }
        }
    }

    /// Steps 4 to 6: opens d, makes z of r, and compares.
    async fn open_and_compare(&self, ctx: &mut Ctx, chunks: &mut [Auth], s: &mut Wiped) -> Result<Block> {
        let mine = pack(&s.iter().map(|s| s >> 1 & 1).collect::<Vec<_>>());
        let theirs: Vec<u64> = match s.len() {
            0 => Vec::new(),
            n => ctx.exchange(self.peer, &mine, self.peer, words(n)).await?,
        };
        if theirs.len() != mine.len() {
            return Err(Error::Misuse("as many bits as were asked for"));
        }
        let d: Vec<u64> = mine.iter().zip(&theirs).map(|(mine, theirs)| mine ^ theirs).collect();
        let one = constant(self.me, self.delta);
        for ((chunk, s), d) in chunks.iter_mut().zip(s.chunks_mut(CHUNK)).zip(d.chunks(words(CHUNK))) {
            let r = 2 * s.len();
            for (i, s) in s.iter_mut().enumerate() {
                let d = mask(d, i);
                chunk.mac[r + i] ^= one.mac & d;
                chunk.key[r + i] ^= one.key & d;
                *s ^= d.0[0] & self.delta.0[0];
            }
        }
        let digest = self.name.digest("leaky ANDs", bytemuck::cast_slice(s));
        agree(ctx, self.peer, digest, "the comparison of leaky ANDs").await
    }
}

/// The low word of b·Δ ⊕ K ⊕ M of bit `i`: summed over both parties, (b_A ⊕ b_B)·(Δ_A ⊕ Δ_B).
fn low_product(bits: &Auth, i: usize, delta: Block) -> u64 {
    let (mac, key) = (bits.mac[i], bits.key[i]);
    low_mask(mac).0[0] & delta.0[0] ^ mac.0[0] ^ key.0[0]
}
