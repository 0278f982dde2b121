//! Garbled rows (Π_mpc of WRK17), as pure functions on slices.
//!
//! An AND gate γ of wires α and β has a row for each pair (u, v) of their masked values. Row (u, v) hides the share of λ_γ ⊕ (u ⊕ λ_α)(v ⊕ λ_β) that garbler i
//! has: its MAC under the evaluator's Δ, of which 64 bits travel and which tells the bit as well; its MACs under the other garblers' Δ; and its own label
//! L_γ,0 ⊕ (⊕_j K_i\[rʲ\]) ⊕ rⁱ·Δ_i, to which the others' MACs add up to the label of what the gate gives. Each cell of a row is
//! masked with H(L_α,u, t) ⊕ H(L_β,v, t′) for tweaks t and t′ used nowhere else: H is tweakable and circular correlation robust under Δ_i (Guo, Katz, Wang, Yu,
//! ePrint 2019/074, §7.4), and who lacks one of the two labels lacks the mask. The paper has a random oracle of both labels in its place.

use std::ops::Range;

use jointly_math::{Aes128, Block, Prg, Seed, ct::Choice};

use super::wires::Blocks;

/// Gates under one permutation: D outputs under one permutation give Δ away to who evaluates it 2^128/D times, as one table serves all.
const GATES_PER_KEY: usize = 1 << 14;

/// Gates that are hashed at a time: what they take stays in the second-level cache.
pub(super) const STEP: usize = 64;

/// What is linear in the masks of a gate: for the row (u, v) it is base ⊕ u·b ⊕ v·a, as (u ⊕ λ_α)(v ⊕ λ_β) is λ_αλ_β ⊕ u·λ_β ⊕ v·λ_α ⊕ uv.
pub(super) struct Gates {
    /// Of λ_γ ⊕ λ_αλ_β.
    pub base: Blocks,
    /// Of λ_α.
    pub a: Blocks,
    /// Of λ_β.
    pub b: Blocks,
}

impl Gates {
    /// That of gate `k`'s row `row` = 2u + v.
    pub fn row(&self, k: usize, row: usize) -> Block {
        let times = |bit: usize, block: Block| Block::mask(Choice::from(bit as u8)) & block;
        self.base[k] ^ times(row >> 1, self.b[k]) ^ times(row & 1, self.a[k])
    }
}

/// A garbler's permutations.
pub(super) struct Keys(Vec<Aes128>);

impl Keys {
    /// Those that a garbler's seed, which it tells when its labels are fixed, gives for `gates` gates.
    pub fn new(seed: &[u8; 16], gates: usize) -> Keys {
        let keys = Prg::new(Seed::from_bytes(*seed)).blocks(gates.div_ceil(GATES_PER_KEY));
        Keys(keys.into_iter().map(Aes128::new).collect())
    }

    fn of(&self, gate: usize) -> &Aes128 {
        &self.0[gate / GATES_PER_KEY]
    }
}

/// Where steps through `gates` end, so that none crosses from one permutation to the next.
pub(super) fn steps(gates: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let end = gates.end;
    let next = move |from: usize| end.min((from / GATES_PER_KEY + 1) * GATES_PER_KEY).min(from + STEP);
    std::iter::successors(Some(gates.start..next(gates.start)), move |step| Some(step.end..next(step.end)))
        .take_while(|step| !step.is_empty())
}

/// What a garbler sends of each gate: for each row one word, the MAC for the evaluator, and a block for each garbler.
pub(super) struct Table {
    /// Four a gate.
    pub words: Vec<u64>,
    /// Four times as many as there are garblers a gate.
    pub blocks: Vec<Block>,
}

/// What a garbler garbles with. Columns are those of all parties but the evaluator, in order.
pub(super) struct Garbler<'a> {
    pub keys: &'a Keys,
    pub delta: Block,
    /// Of MACs under the evaluator's Δ.
    pub evaluator: &'a Gates,
    /// Of MACs under each other garbler's Δ, and at this one's place of its shares of the masks times its Δ.
    pub columns: &'a [Gates],
    pub me: usize,
    /// L_α,0, L_β,0 and L_γ,0 of each gate.
    pub labels: [&'a [Block]; 3],
}

impl Garbler<'_> {
    /// The rows of all gates.
    pub fn garble(&self) -> Table {
        let (gates, garblers) = (self.labels[0].len(), self.columns.len());
        let mut table =
            Table { words: Vec::with_capacity(4 * gates), blocks: Vec::with_capacity(4 * gates * garblers) };
        let mut masks = Blocks::default();
        for step in steps(0..gates) {
            self.masks(step.clone(), &mut masks);
            let cells = masks.as_chunks::<2>().0.chunks_exact(1 + garblers);
            let rows = step.flat_map(|k| (0..4).map(move |row| (k, row)));
            for ((k, row), cells) in rows.zip(cells) {
                let mut cells = cells.iter().map(|[a, b]| *a ^ *b);
                let first = cells.next().unwrap_or_default() ^ self.evaluator.row(k, row);
                table.words.push(first.0[1]);
                for (c, mask) in cells.enumerate() {
                    let own = if c == self.me { self.own(k, row) } else { Block::ZERO };
                    table.blocks.push(mask ^ self.columns[c].row(k, row) ^ own);
                }
            }
        }
        table
    }

    /// What stands in this garbler's own column besides keys: its label, and Δ in the row where uv = 1, since the evaluator's share is the one that takes uv.
    fn own(&self, k: usize, row: usize) -> Block {
        let uv = Block::mask(Choice::from(u8::from(row == 3)));
        self.labels[2][k] ^ (uv & self.delta)
    }

    /// The hashes of both labels for each row and cell.
    fn masks(&self, step: Range<usize>, masks: &mut Blocks) {
        let cells = 1 + self.columns.len();
        masks.clear();
        for k in step.clone() {
            let (a, b) = (self.labels[0][k], self.labels[1][k]);
            for row in 0..4 {
                let active = |bit: usize, label: Block| if bit == 1 { label ^ self.delta } else { label };
                let pair = [active(row >> 1, a), active(row & 1, b)];
                (0..cells).for_each(|_| masks.extend_from_slice(&pair));
            }
        }
        self.keys.of(step.start).tccr(tweak(step.start, 0, cells), masks);
    }
}

/// The tweak of the first hash of a row, of which each cell has two.
fn tweak(gate: usize, row: usize, cells: usize) -> u64 {
    ((gate * 4 + row) * cells * 2) as u64
}

/// The masks of the rows that are evaluated, one after the other: `rows` and `labels` of the gates from `first` on.
pub(super) fn unmask(keys: &Keys, first: usize, rows: &[u8], labels: &[[Block; 2]], cells: usize) -> Vec<Block> {
    let mut tweaks = Vec::with_capacity(2 * cells * rows.len());
    let mut masks = Vec::with_capacity(2 * cells * rows.len());
    for (i, (row, pair)) in rows.iter().zip(labels).enumerate() {
        let tweak = tweak(first + i, usize::from(*row), cells);
        for c in 0..cells as u64 {
            tweaks.extend([Block([tweak + 2 * c, 0]), Block([tweak + 2 * c + 1, 0])]);
            masks.extend_from_slice(pair);
        }
    }
    keys.of(first).tccr_with(&tweaks, &mut masks);
    masks.as_chunks::<2>().0.iter().map(|[a, b]| *a ^ *b).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_cover_all_gates_and_cross_no_key() {
        for (start, end) in [(0, 0), (5, 6), (0, 1000), (GATES_PER_KEY - 3, GATES_PER_KEY + 70)] {
            let mut at = start;
            for step in steps(start..end) {
                assert_eq!(step.start, at);
                assert_eq!(step.start / GATES_PER_KEY, (step.end - 1) / GATES_PER_KEY);
                at = step.end;
            }
            assert_eq!(at, end);
        }
    }
}
