//! Trees of Goldreich, Goldwasser and Micali whose levels carry one correlation: half the cost of the usual ones (Guo,
//! Yang, Wang, Zhang, Xie, Liu, Zhao: Half-Tree, EUROCRYPT 2023, ePrint 2022/1431, §4).
//!
//! The nodes of every level but a pseudorandom last one add up to Δ: a node x has the children H(x) and x ⊕ H(x), with
//! the circular correlation robust H(x) = π(σ(x)) ⊕ σ(x), σ(x₁‖x₀) = (x₁ ⊕ x₀)‖x₁ (Theorem 4.3 there). Who knows one of
//! the two sums of every level, that of the side beside the path to leaf α, can grow all leaves but the one at α.
//!
//! Leaves stand in bit-reversed order: the left children of a level, in their parents' places, then the right ones.
//! With bit i of `path` telling the side (1: right) that the path takes at level i, the leaf at its end has index
//! `path`.

use crate::{
    Aes128, Block,
    aes::{Keys, broadcast, rounds, soft_encrypt},
    simd::{Kernel, Vector, dispatch, vectorised},
};

/// What the leaves are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaves {
    /// For correlated OT (cGGM, Figure 3 of Half-Tree): they add up to Δ, and bit 0 of each is cleared, where the
    /// protocol puts the choice.
    Correlated,
    /// For VOLE (pcGGM): the last level is H(x) and H(x ⊕ 1), so that the leaf at α is independent of what the others
    /// tell.
    Pseudorandom,
}

/// The sums of a level: over its left and over its right nodes.
pub type Sums = [Block; 2];

/// Grows the tree of Δ and `seed`; returns the two sums of every level, the highest first. They differ by Δ, except in
/// a pseudorandom last level, and bit 0 of correlated leaves' sums is cleared.
///
/// # Panics
/// If the number of leaves is not a power of two, at least 4.
pub fn grow(pi: &Aes128, delta: Block, seed: Block, kind: Leaves, leaves: &mut [Block], sums: &mut [Sums]) {
    let depth = depth(leaves, sums.len());
    leaves[0] = seed;
    leaves[1] = seed ^ delta;
    sums[0] = [leaves[0], leaves[1]];
    for (i, sums) in sums.iter_mut().enumerate().skip(1) {
        *sums = level(pi, step(kind, i + 1 == depth), &mut leaves[..2 << i]);
    }
}

/// Grows all leaves but that at `path` from the sums beside the path; there it puts `fill` plus the sum of all others.
/// Which memory is touched does not depend on the path.
///
/// # Panics
/// If the number of leaves is not a power of two, at least 4, or `path` is not below it.
pub fn grow_punctured(pi: &Aes128, path: usize, beside: &[Block], kind: Leaves, fill: Block, leaves: &mut [Block]) {
    let depth = depth(leaves, beside.len());
    assert!(path < leaves.len(), "the path leads to a leaf");
    let right = |i: usize| Block::mask(((path >> i & 1) as u8).into());
    // Where the path has come to, the node is zero: its children are worthless, and equal for all trees.
    let worthless = |step: Step| {
        let mut pair = [Block::ZERO; 2];
        level(pi, step, &mut pair);
        pair
    };
    let (inner, last) = (worthless(Step::Inner), worthless(step(kind, true)));
    leaves[0] = right(0) & beside[0];
    leaves[1] = leaves[0] ^ beside[0];
    for (i, beside) in beside.iter().enumerate().skip(1) {
        let n = 1 << i;
        let is_last = i + 1 == depth;
        let (step, [zero_left, zero_right]) = if is_last { (step(kind, true), last) } else { (Step::Inner, inner) };
        let [left_sum, right_sum] = level(pi, step, &mut leaves[..2 * n]);
        let (left_sum, right_sum) = (left_sum ^ zero_left, right_sum ^ zero_right);
        let to_right = right(i);
        // The sum beside the path lacks only the path's sibling.
        let sibling = *beside ^ right_sum ^ (to_right & (left_sum ^ right_sum));
        let sibling = sibling & kept(step);
        let end = if is_last { fill ^ left_sum ^ right_sum ^ sibling } else { Block::ZERO };
        let swap = to_right & (sibling ^ end);
        let change = [end ^ swap ^ zero_left, sibling ^ swap ^ zero_right];
        patch(&mut leaves[..2 * n], path & (n - 1), change);
    }
}

/// How a level grows out of the one above.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Inner,
    Cleared,
    Independent,
}

fn step(kind: Leaves, is_last: bool) -> Step {
    match (is_last, kind) {
        (false, _) => Step::Inner,
        (true, Leaves::Correlated) => Step::Cleared,
        (true, Leaves::Pseudorandom) => Step::Independent,
    }
}

/// Which bits a child keeps.
fn kept(step: Step) -> Block {
    if step == Step::Cleared { Block([!1, !0]) } else { Block::ONES }
}

fn depth(leaves: &[Block], levels: usize) -> usize {
    assert!(leaves.len().is_power_of_two() && leaves.len() >= 4, "a tree has 4, 8, 16 … leaves");
    let depth = leaves.len().trailing_zeros() as usize;
    assert_eq!(levels, depth, "as many sums as levels");
    depth
}

/// Adds to the left and the right child of parent `at`, in time that does not depend on `at`.
fn patch(nodes: &mut [Block], at: usize, change: [Block; 2]) {
    let (left, right) = nodes.split_at_mut(nodes.len() / 2);
    let at = std::hint::black_box(at as u64);
    vectorised(|| {
        for (half, change) in [left, right].into_iter().zip(change) {
            let [low, high] = change.0;
            // Four words, two blocks, at a time: what the registers hold.
            let (change, mut number) = ([low, high, low, high], [0u64, 0, 1, 1]);
            for words in bytemuck::cast_slice_mut::<_, u64>(half).as_chunks_mut::<4>().0 {
                for i in 0..4 {
                    words[i] ^= u64::from(number[i] == at).wrapping_neg() & change[i];
                    number[i] += 2;
                }
            }
        }
    });
}

/// Puts the children of the parents in the first half of `nodes` into all of it; the sums over left and right children.
fn level(pi: &Aes128, step: Step, nodes: &mut [Block]) -> Sums {
    let sums = match (&pi.0, step) {
        (Keys::Hardware { path, round }, Step::Independent) => {
            dispatch(*path, Level::<true> { round, keep: Block::ONES, nodes })
        }
        (Keys::Hardware { path, round }, _) => dispatch(*path, Level::<false> { round, keep: kept(step), nodes }),
        (Keys::Portable(aes), _) => Some(level_portable(aes, step, nodes)),
    };
    sums.unwrap_or_default()
}

/// σ of Half-Tree §4: a linear orthomorphism.
fn sigma(x: Block) -> Block {
    Block([x.0[1], x.0[0] ^ x.0[1]])
}

fn level_portable(aes: &::aes::Aes128, step: Step, nodes: &mut [Block]) -> Sums {
    let ccr = |x: Block| {
        let mut y = [sigma(x)];
        soft_encrypt(aes, &mut y);
        y[0] ^ sigma(x)
    };
    let keep = kept(step);
    let mut sums = Sums::default();
    let (parents, children) = nodes.split_at_mut(nodes.len() / 2);
    for (parent, right) in parents.iter_mut().zip(children) {
        let left = ccr(*parent);
        *right = keep & if step == Step::Independent { ccr(*parent ^ Block([1, 0])) } else { *parent ^ left };
        *parent = keep & left;
        sums[0] ^= *parent;
        sums[1] ^= *right;
    }
    sums
}

struct Level<'a, const INDEPENDENT: bool> {
    round: &'a [Block; 11],
    keep: Block,
    nodes: &'a mut [Block],
}

impl<const INDEPENDENT: bool> Kernel for Level<'_, INDEPENDENT> {
    type Out = Sums;

    #[inline(always)]
    unsafe fn run<V: Vector>(self) -> Sums {
        let (n, per) = (self.nodes.len() / 2, V::WORDS / 2);
        let at = self.nodes.as_mut_ptr().cast::<u64>();
        let mut total = Sums::default();
        // SAFETY: inside the trampoline of V; whole registers lie within the parents, and as far behind them within the
        // children.
        unsafe {
            let keys = broadcast::<V>(self.round);
            let mut sums = [V::broadcast(Block::ZERO); 2];
            let mut i = 0;
            while i + 8 * per <= n {
                children::<V, 8, INDEPENDENT>(&keys, self.keep, at.add(2 * i), at.add(2 * (n + i)), &mut sums);
                i += 8 * per;
            }
            while i + per <= n {
                children::<V, 1, INDEPENDENT>(&keys, self.keep, at.add(2 * i), at.add(2 * (n + i)), &mut sums);
                i += per;
            }
            add_up(&mut total, sums);
            // Only the highest levels are narrower than a wide register; every path has the narrow one.
            #[cfg(target_arch = "x86_64")]
            if i < n {
                use std::arch::x86_64::__m128i;
                let keys = broadcast::<__m128i>(self.round);
                let mut sums = [__m128i::broadcast(Block::ZERO); 2];
                for i in i..n {
                    let (left, right) = (at.add(2 * i), at.add(2 * (n + i)));
                    children::<__m128i, 1, INDEPENDENT>(&keys, self.keep, left, right, &mut sums);
                }
                add_up(&mut total, sums);
            }
        }
        total
    }
}

/// Adds the blocks of the registers to the totals.
///
/// # Safety
/// As [`Kernel::run`].
#[inline(always)]
unsafe fn add_up<V: Vector>(total: &mut Sums, sums: [V; 2]) {
    for (total, sum) in total.iter_mut().zip(sums) {
        let mut blocks = [Block::ZERO; 4];
        // SAFETY: the widest register has four blocks; the caller is inside the trampoline.
        unsafe { sum.store(blocks.as_mut_ptr().cast()) };
        blocks.iter().for_each(|b| *total ^= *b);
    }
}

/// # Safety
/// As [`Kernel::run`]; `left` points to N registers of parents, `right` to the place of N registers of right children.
#[inline(always)]
unsafe fn children<V: Vector, const N: usize, const INDEPENDENT: bool>(
    keys: &[V; 11],
    keep: Block,
    left: *mut u64,
    right: *mut u64,
    sums: &mut [V; 2],
) {
    // SAFETY: the caller's promise. Loops, not closures: those would not be compiled for the path's instructions.
    unsafe {
        let keep = V::broadcast(keep);
        let mut parents = [keep; N];
        for (j, parent) in parents.iter_mut().enumerate() {
            *parent = V::load(left.add(j * V::WORDS));
        }
        let lefts = ccr(keys, parents);
        let mut rights = parents;
        if INDEPENDENT {
            let one = V::broadcast(Block([1, 0]));
            for right in &mut rights {
                *right = right.xor(one);
            }
            rights = ccr(keys, rights);
        } else {
            for (right, left) in rights.iter_mut().zip(lefts) {
                *right = right.xor(left);
            }
        }
        for j in 0..N {
            let (l, r) = (lefts[j].and(keep), rights[j].and(keep));
            l.store(left.add(j * V::WORDS));
            r.store(right.add(j * V::WORDS));
            sums[0] = sums[0].xor(l);
            sums[1] = sums[1].xor(r);
        }
    }
}

/// H of N registers.
///
/// # Safety
/// As [`Kernel::run`].
#[inline(always)]
unsafe fn ccr<V: Vector, const N: usize>(keys: &[V; 11], mut x: [V; N]) -> [V; N] {
    // SAFETY: the caller's promise.
    unsafe {
        let high = V::broadcast(Block([0, !0]));
        for x in &mut x {
            *x = x.swap_words().xor(x.and(high));
        }
        let mut y = rounds(keys, x);
        for (y, x) in y.iter_mut().zip(x) {
            *y = y.xor(x);
        }
        y
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Prg, Seed, simd::AesPath};

    fn words(blocks: &[Block]) -> &[u64] {
        bytemuck::cast_slice(blocks)
    }

    fn sum(blocks: &[Block]) -> Block {
        blocks.iter().fold(Block::ZERO, |a, b| a ^ *b)
    }

    fn grown(pi: &Aes128, kind: Leaves, depth: usize) -> (Block, Vec<Block>, Vec<Sums>) {
        let mut prg = Prg::new(Seed::from_bytes([depth as u8; 16]));
        let delta = prg.block() ^ Block([!prg.block().0[0] & 1, 0]);
        let (mut leaves, mut sums) = (vec![Block::ZERO; 1 << depth], vec![Sums::default(); depth]);
        grow(pi, delta, prg.block(), kind, &mut leaves, &mut sums);
        (delta, leaves, sums)
    }

    #[test]
    fn every_path_grows_the_tree_as_defined() {
        for depth in 2..9 {
            let aes = |path| Aes128::on(path, Block([3, 5]));
            for kind in [Leaves::Correlated, Leaves::Pseudorandom] {
                let (_, leaves, sums) = grown(&aes(AesPath::Portable), kind, depth);
                for path in AesPath::available() {
                    let (_, other, other_sums) = grown(&aes(path), kind, depth);
                    assert_eq!(words(&other), words(&leaves), "{path:?}");
                    assert_eq!(words(other_sums.as_flattened()), words(sums.as_flattened()), "{path:?}");
                }
            }
        }
        let ccr = |x| Aes128::fixed().encrypt(sigma(x)) ^ sigma(x);
        let (_, leaves, sums) = grown(Aes128::fixed(), Leaves::Pseudorandom, 2);
        let top = sums[0];
        let expected = [ccr(top[0]), ccr(top[1]), ccr(top[0] ^ Block([1, 0])), ccr(top[1] ^ Block([1, 0]))];
        assert_eq!(words(&leaves), words(&expected));
    }

    #[test]
    fn levels_carry_the_correlation() {
        let (delta, leaves, sums) = grown(Aes128::fixed(), Leaves::Correlated, 7);
        assert_eq!(sum(&leaves).0, (delta & kept(Step::Cleared)).0);
        assert!(leaves.iter().all(|leaf| leaf.0[0] & 1 == 0));
        assert!(sums[..6].iter().all(|sums| (sums[0] ^ sums[1]).0 == delta.0));
        let (_, leaves, sums) = grown(Aes128::fixed(), Leaves::Pseudorandom, 7);
        assert_eq!((sums[6][0] ^ sums[6][1]).0, sum(&leaves).0);
    }

    #[test]
    fn a_punctured_tree_has_all_leaves_but_one() {
        let fill = Block([5, 9]);
        for (depth, kind) in (2..7).flat_map(|d| [(d, Leaves::Correlated), (d, Leaves::Pseudorandom)]) {
            let (_, leaves, sums) = grown(Aes128::fixed(), kind, depth);
            for path in 0..1 << depth {
                let beside: Vec<Block> = (0..depth).map(|i| sums[i][1 - (path >> i & 1)]).collect();
                let mut got = vec![Block::ONES; 1 << depth];
                grow_punctured(Aes128::fixed(), path, &beside, kind, fill, &mut got);
                let mut expected = leaves.clone();
                expected[path] = fill ^ sum(&leaves) ^ leaves[path];
                assert_eq!(words(&got), words(&expected), "{kind:?} {path}");
            }
        }
    }
}
