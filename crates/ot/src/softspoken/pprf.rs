//! Punctured trees: 2^k seeds at one end, all of them but one at the other, which knows which one it lacks (§5 of the paper; the tree of
//! Goldreich, Goldwasser and Micali).
//!
//! The receiver numbers its nodes relative to the path that it lacks: node y stands where the sender has y ⊕ α, node 0 is
//! the unknown one. So no index depends on α.

use jointly_core::{Error, Party, Result};
use jointly_math::{
    Aes128, Block, Prg, Seed,
    ct::{Choice, ConditionallySelectable, ConstantTimeEq},
    hash::hash,
};
use jointly_net::Ctx;
use zeroize::Zeroizing;

use crate::{
    Base, base,
    softspoken::{Security, Width},
};

/// What is learnt of a leaf besides its seed: 2λ bits that only serve to compare.
type Proof = [Block; 2];

/// The generators of all leaves, tree by tree.
pub(super) async fn send(
    ctx: &mut Ctx,
    base: Base,
    receiver: Party,
    width: Width,
    security: Security,
) -> Result<Vec<Vec<Aes128>>> {
    let pads = base::send(ctx, base, receiver, 128).await?;
    send_over(ctx, &pads, receiver, width, security).await
}

/// As [`send`], over 128 random OTs that are there.
pub(super) async fn send_over(
    ctx: &mut Ctx,
    pads: &[[Seed; 2]],
    receiver: Party,
    width: Width,
    security: Security,
) -> Result<Vec<Vec<Aes128>>> {
    let mut masked = Vec::with_capacity(256);
    let mut trees = Vec::with_capacity(width.trees());
    for pads in pads.chunks_exact(width.bits()) {
        let (leaves, sums) = grow(ctx.seed(), width.bits());
        masked.extend(
            sums.iter().zip(pads).flat_map(|(sums, pads)| [sums[0] ^ block(&pads[0]), sums[1] ^ block(&pads[1])]),
        );
        trees.push(leaves);
    }
    ctx.send(receiver, &masked).await?;
    let (trees, proofs): (Vec<_>, Vec<_>) = trees.iter().map(|leaves| split(leaves)).unzip();
    if security == Security::Malicious {
        let sums: Vec<Block> = proofs.iter().flat_map(|proofs| total(proofs)).collect();
        ctx.send(receiver, &sums).await?;
        ctx.send(receiver, &[digest(&proofs)]).await?;
    }
    Ok(trees.iter().map(|seeds| generators(seeds)).collect())
}

/// The generators of tree i's leaves y ⊕ α_i in order of y, where the bits of `delta` from i·k on are α_i. Those at y = 0 are meaningless.
pub(super) async fn receive(
    ctx: &mut Ctx,
    base: Base,
    sender: Party,
    width: Width,
    security: Security,
    delta: Block,
) -> Result<Vec<Vec<Aes128>>> {
    let choices = choices(width, delta);
    let pads = base::receive(ctx, base, sender, &choices).await?;
    receive_over(ctx, &pads, sender, width, security, delta).await
}

/// What the receiver chooses in the OTs below: the sum of the other side at each level of each tree's path, which begins with the highest bit of α.
pub(super) fn choices(width: Width, delta: Block) -> Vec<Choice> {
    let k = width.bits();
    (0..128).map(|j| !delta.bit(j / k * k + k - 1 - j % k)).collect()
}

/// As [`receive`], over 128 OTs that are there, of which [`choices`] chose.
pub(super) async fn receive_over(
    ctx: &mut Ctx,
    pads: &[Seed],
    sender: Party,
    width: Width,
    security: Security,
    delta: Block,
) -> Result<Vec<Vec<Aes128>>> {
    let k = width.bits();
    let choices = choices(width, delta);
    let path = |i: usize, level: usize| delta.bit(i * k + k - 1 - level);
    let masked: Vec<Block> = ctx.recv(sender, 256).await?;
    let sums: Zeroizing<Vec<Block>> = Zeroizing::new(
        (0..128)
            .map(|j| Block::conditional_select(&masked[2 * j], &masked[2 * j + 1], choices[j]) ^ block(&pads[j]))
            .collect(),
    );
    let trees = (0..width.trees()).map(|i| {
        let levels: Vec<_> = (0..k).map(|level| (path(i, level), sums[i * k + level])).collect();
        split(&regrow(&levels))
    });
    let (trees, mut proofs): (Vec<_>, Vec<_>) = trees.unzip();
    if security == Security::Malicious {
        let totals: Vec<Block> = ctx.recv(sender, 2 * width.trees()).await?;
        let theirs: Vec<[u8; 32]> = ctx.recv(sender, 1).await?;
        for (i, (proofs, sum)) in proofs.iter_mut().zip(totals.as_chunks::<2>().0).enumerate() {
            complete(proofs, sum);
            let alpha: Vec<Choice> = (0..k).map(|b| delta.bit(i * k + b)).collect();
            permute(proofs, &alpha);
        }
        if !bool::from(digest(&proofs).ct_eq(&theirs[0])) {
            let check = "the consistency check of the punctured trees";
            return Err(Error::Cheated { by: Some(sender), check, proof: None });
        }
    }
    Ok(trees.iter().map(|seeds| generators(seeds)).collect())
}

/// Generators of their own for every leaf, for one use, which `name` names: each leaf's generator is a pseudo-random function of the seed that only who
/// has the leaf has, here at a point where no stream comes by, as these count in the lower half of a block. Who lacks a leaf lacks what is made of it.
pub(super) fn branch(trees: &[Vec<Aes128>], name: &str) -> Vec<Vec<Aes128>> {
    let mut point = [0; 16];
    point.copy_from_slice(&hash("jointly ot 1 softspoken branch", &[name.as_bytes()])[..16]);
    let Block([low, high]) = Block::from_bytes(point);
    let point = Block([low, high | 1 << 63]);
    trees.iter().map(|leaves| leaves.iter().map(|leaf| Aes128::new(leaf.encrypt(point))).collect()).collect()
}

fn block(seed: &Seed) -> Block {
    Block::from_bytes(*seed.as_bytes())
}

/// The two children of a node.
fn children(node: Block) -> [Block; 2] {
    let mut out = [Block::ZERO; 2];
    Prg::new(Seed::from_bytes(node.to_bytes())).fill_blocks(&mut out);
    out
}

/// The leaves under `root`, and for each level the sums of its left and of its right nodes.
fn grow(root: Seed, levels: usize) -> (Zeroizing<Vec<Block>>, Vec<[Block; 2]>) {
    let mut nodes = Zeroizing::new(vec![block(&root)]);
    let mut sums = Vec::with_capacity(levels);
    for _ in 0..levels {
        nodes = Zeroizing::new(nodes.iter().flat_map(|node| children(*node)).collect());
        let sum = |side| nodes.iter().skip(side).step_by(2).fold(Block::ZERO, |sum, node| sum ^ *node);
        sums.push([sum(0), sum(1)]);
    }
    (nodes, sums)
}

/// The leaves by their place relative to the path: at each level, the path's bit and the sum of the nodes on its other side. Leaf 0 is
/// meaningless.
fn regrow(levels: &[(Choice, Block)]) -> Zeroizing<Vec<Block>> {
    let mut nodes = Zeroizing::new(vec![Block::ZERO]);
    for (bit, sum) in levels {
        let relative = |node: &Block| {
            let [left, right] = children(*node);
            [Block::conditional_select(&left, &right, *bit), Block::conditional_select(&right, &left, *bit)]
        };
        nodes = Zeroizing::new(nodes.iter().flat_map(relative).collect());
        nodes[1] = nodes.iter().skip(3).step_by(2).fold(*sum, |sum, node| sum ^ *node);
    }
    nodes
}

/// Each leaf gives its generator's seed and, independent of it, its proof.
fn split(leaves: &[Block]) -> (Zeroizing<Vec<Block>>, Vec<Proof>) {
    let expand = |leaf: &Block| {
        let mut out = [Block::ZERO; 3];
        Prg::new(Seed::from_bytes(leaf.to_bytes())).fill_blocks(&mut out);
        (out[0], [out[1], out[2]])
    };
    let (seeds, proofs) = leaves.iter().map(expand).unzip();
    (Zeroizing::new(seeds), proofs)
}

fn generators(seeds: &[Block]) -> Vec<Aes128> {
    seeds.iter().map(|seed| Aes128::new(*seed)).collect()
}

fn total(proofs: &[Proof]) -> Proof {
    proofs.iter().fold([Block::ZERO; 2], |sum, proof| [sum[0] ^ proof[0], sum[1] ^ proof[1]])
}

/// Puts what is missing to `sum` in place 0.
fn complete(proofs: &mut [Proof], sum: &Proof) {
    let known = total(&proofs[1..]);
    proofs[0] = [known[0] ^ sum[0], known[1] ^ sum[1]];
}

/// Moves the proof in place y to place y ⊕ α, where bit b of α is `alpha[b]`.
fn permute(proofs: &mut [Proof], alpha: &[Choice]) {
    for (b, bit) in alpha.iter().enumerate() {
        for y in (0..proofs.len()).filter(|y| y >> b & 1 == 0) {
            let (low, high) = proofs.split_at_mut(y + (1 << b));
            for (low, high) in low[y].iter_mut().zip(&mut high[0]) {
                Block::conditional_swap(low, high, *bit);
            }
        }
    }
}

fn digest(proofs: &[Vec<Proof>]) -> [u8; 32] {
    let bytes: Vec<u8> = proofs.iter().flatten().flatten().flat_map(|block| block.to_bytes()).collect();
    hash("jointly ot 1 punctured trees", &[&bytes])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_regrown_tree_lacks_one_leaf() {
        for k in [1, 2, 4, 8] {
            let (leaves, sums) = grow(Seed::random(), k);
            for alpha in [0, 1, (1 << k) - 1, 5 % (1 << k)] {
                let bit = |level: usize| Choice::from((alpha >> (k - 1 - level) & 1) as u8);
                let levels: Vec<_> = (0..k).map(|l| (bit(l), sums[l][usize::from((!bit(l)).unwrap_u8())])).collect();
                let regrown = regrow(&levels);
                for y in 1..1 << k {
                    assert_eq!(regrown[y].0, leaves[y ^ alpha].0, "k = {k}, α = {alpha}, y = {y}");
                }
                assert_ne!(regrown[0].0, leaves[alpha].0);
            }
        }
    }

    #[test]
    fn proofs_are_completed_and_put_in_order() {
        let (_, proofs) = split(&Prg::new(Seed::random()).blocks(16));
        let alpha = 11;
        let mut relative: Vec<Proof> = (0..16).map(|y| proofs[y ^ alpha]).collect();
        relative[0] = [Block::ZERO; 2];
        complete(&mut relative, &total(&proofs));
        let bits: Vec<Choice> = (0..4).map(|b| Choice::from((alpha >> b & 1) as u8)).collect();
        permute(&mut relative, &bits);
        assert_eq!(digest(&[relative]), digest(&[proofs]));
    }
}
