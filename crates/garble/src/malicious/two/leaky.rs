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
    auth::{Auth, Blocks, constant, low_mask, mask},
    check::{Name, agree},
    source::Source,
};

/// Leaky ANDs that are computed at a time. A hash key lasts for as many.
pub(super) const CHUNK: usize = 1 << 17;

/// Leaky ANDs, all of them compared, and a coin that was tossed when they were fixed.
pub(super) struct Leaky {
    pub x: Auth,
    pub y: Auth,
    pub z: Auth,
    pub coin: Block,
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
    let [mut x, mut y, mut z] = [(); 3].map(|()| Auth::with_capacity(n));
    let mut s = Wiped::new(Vec::with_capacity(n));
    let mut masks = Auth::default();
    for first in (0..n).step_by(CHUNK) {
        let len = CHUNK.min(n - first);
        let wanted = 3 * len + if first == 0 { more } else { 0 };
        let mut bits = source.draw(ctx, wanted).await?;
        if first == 0 {
            masks = bits.split_off(3 * len);
        }
        end.half_gates(ctx, first / CHUNK, &bits, &mut s).await?;
        z.append(bits.split_off(2 * len));
        y.append(bits.split_off(len));
        x.append(bits);
    }
    if n == 0 {
        masks = source.draw(ctx, more).await?;
    }
    let coin = end.open_and_compare(ctx, &mut z, &mut s).await?;
    Ok((Leaky { x, y, z, coin }, masks))
}

struct End<'a> {
    me: Party,
    peer: Party,
    delta: Block,
    name: &'a Name,
}

impl End<'_> {
    /// Steps 1 to 3: half a gate each way; appends the low words of this party's S. `bits` are the x, the y, and the r.
    async fn half_gates(&self, ctx: &mut Ctx, chunk: usize, bits: &Auth, s: &mut Wiped) -> Result<()> {
        let n = bits.len() / 3;
        let garbler = |party: Party| if party == Party(0) { "half gates of 0" } else { "half gates of 1" };
        let key = |party| self.name.key(garbler(party), chunk);
        let mut zeros = Blocks(bits.key[..n].to_vec());
        let mut ones = Blocks(zeros.iter().map(|key| *key ^ self.delta).collect());
        key(self.me).tccr(0, &mut zeros);
        key(self.me).tccr(0, &mut ones);
        let products: Vec<u64> = (n..2 * n).map(|i| low_product(bits, i, self.delta)).collect();
        let products = Wiped::new(products);
        let pads = zeros.iter().zip(ones.iter()).zip(products.iter());
        let g: Vec<u64> = pads.map(|((zero, one), product)| zero.0[0] ^ one.0[0] ^ product).collect();
        let theirs: Vec<u64> = ctx.exchange(self.peer, &g, self.peer, n).await?;
        let mut had = ones;
        had.copy_from_slice(&bits.mac[..n]);
        key(self.peer).tccr(0, &mut had);
        s.extend((0..n).map(|i| {
            let x = low_mask(bits.mac[i]).0[0];
            zeros[i].0[0] ^ had[i].0[0] ^ x & (theirs[i] ^ products[i]) ^ low_product(bits, 2 * n + i, self.delta)
        }));
        Ok(())
    }

    /// Steps 4 to 6: opens d, makes z of r, and compares.
    async fn open_and_compare(&self, ctx: &mut Ctx, r: &mut Auth, s: &mut Wiped) -> Result<Block> {
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
        for (i, s) in s.iter_mut().enumerate() {
            let d = mask(&d, i);
            r.mac[i] ^= one.mac & d;
            r.key[i] ^= one.key & d;
            *s ^= d.0[0] & self.delta.0[0];
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
