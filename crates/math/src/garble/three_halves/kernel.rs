//! ANDs in registers: a block of a register holds the left and the right half of a label, or the same of what becomes one.

use super::{BATCH, Batch, FOLD};
use crate::{
    Block,
    garble::kernel::{hash, xor},
    simd::{GateKernel, Gates, Group, counters, group},
};

/// What is the same for all ANDs of a batch.
pub(super) struct Gate<'a> {
    /// S'.
    pub start: Block,
    /// The number of the first AND.
    pub first: u64,
    /// How many ANDs there are. Those that fill the last registers are worked off too, and nobody looks at them.
    pub ands: usize,
    pub batch: &'a mut Batch,
}

/// Garbles a batch.
pub(super) struct Garble<'a> {
    pub gate: Gate<'a>,
    pub delta: Block,
}

/// Evaluates a batch.
pub(super) struct Evaluate<'a>(pub Gate<'a>);

/// The hashes' keys: S', and whether there is a Δ.
struct Hasher<V, const M: usize> {
    start: V,
    /// Δ and σ(Δ).
    delta: [V; 2],
}

impl GateKernel for Garble<'_> {
    type Out = ();

    #[inline(always)]
    unsafe fn run<V: Gates>(self) {
        let Gate { start, first, ands, batch } = self.gate;
        assert!(ands <= BATCH, "a batch");
        // SAFETY: inside the trampoline of V; a group is a whole part of a batch.
        unsafe {
            let delta = V::broadcast(self.delta);
            let hasher = Hasher::<V, 2> { start: V::broadcast(start), delta: [delta, sigma(delta)] };
            for at in (0..ands).step_by(2 * V::WORDS) {
                let (zero_a, zero_b) = (load::<V>(&batch.a, at), load::<V>(&batch.b, at));
                // The labels of colour 0, and the colours of A⁰ and B⁰.
                let p = group!(Q => zero_a[Q].spread().lows(zero_b[Q].spread()));
                let a = group!(Q => zero_a[Q].xor(p[Q].lows(p[Q]).and(delta)));
                let b = group!(Q => zero_b[Q].xor(p[Q].highs(p[Q]).and(delta)));
                let ha = hasher.hash(first + at as u64, 0, a);
                let hb = hasher.hash(first + at as u64, 1, b);
                let hab = hasher.hash(first + at as u64, 2, xor(a, b));
                let coins = load::<V>(&batch.coins, at);
                let out = group!(Q => {
                    let hashes = [[ha[0][Q], hb[0][Q], hab[0][Q]], [ha[1][Q], hb[1][Q], hab[1][Q]]];
                    garble([a[Q], b[Q]], p[Q], coins[Q].signs(), hashes, delta)
                });
                store(group!(Q => out[Q].0), &mut batch.c, at);
                store(group!(Q => out[Q].1.pair), &mut batch.pair, at);
                store(group!(Q => out[Q].1.third), &mut batch.third, at);
                store(group!(Q => out[Q].1.z01), &mut batch.z01, at);
                store(group!(Q => out[Q].1.z23), &mut batch.z23, at);
                store(group!(Q => out[Q].1.z4), &mut batch.z4, at);
            }
        }
    }
}

impl GateKernel for Evaluate<'_> {
    type Out = ();

    #[inline(always)]
    unsafe fn run<V: Gates>(self) {
        let Gate { start, first, ands, batch } = self.0;
        assert!(ands <= BATCH, "a batch");
        // SAFETY: inside the trampoline of V; a group is a whole part of a batch.
        unsafe {
            let hasher = Hasher::<V, 1> { start: V::broadcast(start), delta: [V::broadcast(Block::ZERO); 2] };
            for at in (0..ands).step_by(2 * V::WORDS) {
                let (a, b) = (load::<V>(&batch.a, at), load::<V>(&batch.b, at));
                let [ha] = hasher.hash(first + at as u64, 0, a);
                let [hb] = hasher.hash(first + at as u64, 1, b);
                let [hab] = hasher.hash(first + at as u64, 2, xor(a, b));
                let (pair, third) = (load::<V>(&batch.pair, at), load::<V>(&batch.third, at));
                let (z01, z23, z4) = (load::<V>(&batch.z01, at), load::<V>(&batch.z23, at), load::<V>(&batch.z4, at));
                let c = group!(Q => {
                    let told = Told { pair: pair[Q], third: third[Q], z01: z01[Q], z23: z23[Q], z4: z4[Q] };
                    evaluate([a[Q], b[Q]], [ha[Q], hb[Q], hab[Q]], told)
                });
                store(c, &mut batch.c, at);
            }
        }
    }
}

/// What is told of ANDs, a block for each: (G₁, G₂), (G₃, G₃), (z₀, z₁), (z₂, z₃), (z₄, z₄). A bit is the highest of a word, of which the others
/// are anything; the garbler leaves the left G₃ and z₄ undefined.
struct Told<V> {
    pair: V,
    third: V,
    z01: V,
    z23: V,
    z4: V,
}

/// What is told, and C⁰, as in `algebra::garble`: of labels of colour 0, the colours p of A⁰ and B⁰, ρ, and the hashes of both colours.
///
/// # Safety
/// Inside the trampoline of V.
#[inline(always)]
unsafe fn garble<V: Gates>([a, b]: [V; 2], p: V, coins: V, hashes: [[V; 3]; 2], delta: V) -> (V, Told<V>) {
    // SAFETY: the caller's promise.
    unsafe {
        let [[a0, b0, ab0], [a1, b1, ab1]] = hashes;
        let (swapped, swapped_p) = (delta.swap_words(), p.swap_words());
        let alpha_beta = p.xor(V::broadcast(Block::ONES));
        let [d, x, f] = sums(a, b);
        // R_00·(A, B).
        let none = dice(coins, d, x).xor(f);
        // R_11·(A ⊕ Δ, B ⊕ Δ).
        let both = dice(coins.xor(alpha_beta), d.xor(swapped), x.xor(delta).xor(swapped));
        // On the right, R_10·(A ⊕ Δ, B): β ⊕ ρ₁ and α ⊕ β ⊕ ρ₂.
        let equal = alpha_beta.xor(swapped_p);
        let first = coins.xor(alpha_beta.swap_words().lows(equal.xor(V::broadcast(Block::ONES))));
        let first = dice(first, d.xor(delta), x.xor(swapped)).xor(f).xor(delta);

        let (h0, f0) = (a0.lows(b0), a0.highs(b0));
        let (third0, further0) = (ab0.lows(ab0), ab0.highs(ab0));
        let pair = h0.xor(a1.lows(b1)).xor(none).xor(both).xor(equal.and(delta));
        let third = third0.xor(ab1.lows(ab1)).xor(none).xor(first).xor(p.and(delta));
        let z01 = coins.xor(f0).xor(further0);
        let z23 = alpha_beta.xor(f0).xor(a1.highs(b1));
        let z4 = p.xor(swapped_p).xor(further0).xor(ab1.highs(ab1));
        let zero = h0.xor(third0).xor(none).xor(p.and(swapped_p).and(delta));
        (zero, Told { pair, third, z01, z23, z4 })
    }
}

/// C, as in `algebra::evaluate`.
///
/// # Safety
/// Inside the trampoline of V.
#[inline(always)]
unsafe fn evaluate<V: Gates>([a, b]: [V; 2], [ha, hb, hab]: [V; 3], told: Told<V>) -> V {
    // SAFETY: the caller's promise.
    unsafe {
        let colours = a.spread().lows(b.spread());
        let differ = colours.xor(colours.swap_words());
        let r = ha.highs(hb).xor(hab.highs(hab)).xor(told.z01);
        let r = r.xor(colours.and(told.z23)).xor(differ.and(told.z4)).signs();
        let [d, x, f] = sums(a, b);
        let h = ha.lows(hb).xor(hab.lows(hab)).xor(differ.and(told.third));
        h.xor(dice(r, d, x)).xor(f).xor(colours.and(told.pair.xor(f)))
    }
}

/// What S₁, S₂ and P are made of. With e = (A_L, B_R) and f = (B_L, A_R): D = e ⊕ f ⊕ f swapped = (A_L ⊕ A_R ⊕ B_L, A_R ⊕ B_L ⊕ B_R), X = A_L ⊕ B_R
/// twice, f.
///
/// # Safety
/// Inside the trampoline of V.
#[inline(always)]
unsafe fn sums<V: Gates>(a: V, b: V) -> [V; 3] {
    // SAFETY: the caller's promise.
    unsafe {
        let (e, f) = (a.lows(b.swap_words()), b.lows(a.swap_words()));
        [e.xor(f).xor(f.swap_words()), e.xor(e.swap_words()), f]
    }
}

/// r₁·S₁ ⊕ r₂·S₂ of labels: S₁ gives (D_L, X), S₂ gives (X, D_R).
///
/// # Safety
/// Inside the trampoline of V.
#[inline(always)]
unsafe fn dice<V: Gates>(r: V, d: V, x: V) -> V {
    // SAFETY: the caller's promise.
    unsafe { r.and(d).xor(r.swap_words().and(x)) }
}

impl<V: Gates, const M: usize> Hasher<V, M> {
    /// H(x, 3j + `which`) of ANDs from number `first` on, and, if there is a Δ, H(x ⊕ Δ, 3j + `which`).
    ///
    /// # Safety
    /// Inside the trampoline of V.
    #[inline(always)]
    unsafe fn hash(&self, first: u64, which: u64, x: Group<V>) -> [Group<V>; M] {
        let [delta, sigma_delta] = self.delta;
        // SAFETY: the caller's promise.
        unsafe {
            let number: Group<V> = counters(first);
            let which = V::broadcast(Block([which, 0]));
            let keys = group!(Q => number[Q].add(number[Q]).add(number[Q]).add(which).xor(self.start));
            let mut inputs = [x; M];
            if M > 1 {
                inputs[1] = xor(x, [delta; 4]);
            }
            let mut outputs = hash(keys, inputs, group!(Q => sigma(x[Q])));
            if M > 1 {
                outputs[1] = xor(outputs[1], [sigma_delta; 4]);
            }
            outputs
        }
    }
}

/// σ: both halves times X in GF(2^64).
///
/// # Safety
/// Inside the trampoline of V.
#[inline(always)]
unsafe fn sigma<V: Gates>(x: V) -> V {
    // SAFETY: the caller's promise.
    unsafe { x.add(x).xor(x.signs().and(V::broadcast(Block([FOLD; 2])))) }
}

/// A group of blocks of a batch.
///
/// # Safety
/// Inside the trampoline of V; `at` is a multiple of 2·WORDS, below [`BATCH`].
#[inline(always)]
unsafe fn load<V: Gates>(from: &[Block; BATCH], at: usize) -> Group<V> {
    let from = from.as_ptr().cast::<u64>();
    // SAFETY: the caller's promise; a batch is a multiple of the largest group.
    unsafe { group!(Q => V::load(from.add(2 * at + Q * V::WORDS))) }
}

/// # Safety
/// As for [`load`].
#[inline(always)]
unsafe fn store<V: Gates>(x: Group<V>, to: &mut [Block; BATCH], at: usize) {
    let to = to.as_mut_ptr().cast::<u64>();
    for (q, x) in x.into_iter().enumerate() {
        // SAFETY: the caller's promise.
        unsafe { x.store(to.add(2 * at + q * V::WORDS)) };
    }
}
