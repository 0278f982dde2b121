//! Three halves (Rosulek and Roy, Crypto 2021, ePrint 2021/749): ANDs of 1.5·128 + 5 bits. `docs/protocols/garbling.md` has the formulas, their
//! source and what was verified of them.
//!
//! The hash is H(x, i) = E(S' ⊕ i, x) ⊕ σ(x), of which the low 64 bits and the highest one are used; σ multiplies both halves by X in GF(2^64),
//! S' is S ⊕ a constant. AND j has the tweaks 3j, 3j + 1 and 3j + 2, for A, B and A ⊕ B. The σ of half-gates will not do: cut to one half it
//! cancels against what the garbler adds of Δ, and each AND would show 64 bits of what is encrypted.

mod algebra;
mod kernel;

use std::fmt;

use ::aes::cipher::KeyInit;
use zeroize::{Zeroize, ZeroizeOnDrop};

use self::algebra::{Hash, Hashes, Known};
use crate::{
    Block, Prg,
    aes::soft_encrypt,
    simd::{AesPath, on_gates},
};

/// What the garbler tells of an AND.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// G₁, G₂, G₃.
    pub halves: [u64; 3],
    /// z₀ … z₄, the lowest first.
    pub bits: u8,
}

/// ANDs that are hashed at a time.
const BATCH: usize = 64;
/// Their hashes, three for each.
const HASHES: usize = 3 * BATCH;
/// Keys of this scheme are none of half-gates'.
const DOMAIN: Block = Block([0, u64::from_le_bytes(*b"3 halves")]);

/// The garbler's end: knows Δ, and of every wire the label for 0.
pub struct Garbler {
    delta: Block,
    gates: Gates,
    /// Where ρ comes from, and the bits of 64 ANDs that it gave last.
    coins: Prg,
    drawn: Block,
}

/// The evaluator's end: knows one label of every wire.
pub struct Evaluator {
    gates: Gates,
}

/// What both ends know, and where they hash.
struct Gates {
    path: AesPath,
    start: Block,
    /// The number of the next AND.
    next: u64,
    batch: Box<Batch>,
}

/// What is hashed, as A, B, A ⊕ B of AND after AND, and the hashes: of the garbler's labels of colour 0 and of colour 1.
#[derive(Zeroize, ZeroizeOnDrop)]
struct Batch {
    x: [Block; HASHES],
    hashes: [[Block; HASHES]; 2],
}

impl Garbler {
    /// Garbles under `delta`, whose lowest bit is set whatever it was, with keys from `start` on. `coins` is the garbler's alone.
    pub fn new(start: Block, delta: Block, coins: Prg) -> Garbler {
        Garbler::on(AesPath::best(), start, delta, coins)
    }

    pub(crate) fn on(path: AesPath, start: Block, delta: Block, coins: Prg) -> Garbler {
        let delta = Block([delta.0[0] | 1, delta.0[1]]);
        Garbler { delta, gates: Gates::new(path, start), coins, drawn: Block::ZERO }
    }

    /// Δ.
    pub fn delta(&self) -> Block {
        self.delta
    }

    /// S.
    pub fn start(&self) -> Block {
        self.gates.start
    }

    /// Garbles the next ANDs: each of `ands`, lane by lane. `of` tells which slots an AND reads, and which it writes: no other of `ands`
    /// touches that. Lane i of slot s is `slots[s * lanes + i]`. A table for each AND and lane is appended to `out`.
    ///
    /// # Panics
    /// If a slot does not exist.
    pub fn garble<T>(
        &mut self,
        ands: &[T],
        of: impl Fn(&T) -> [u32; 3],
        lanes: usize,
        slots: &mut [Block],
        out: &mut Vec<Table>,
    ) {
        out.reserve(ands.len() * lanes);
        let delta = self.delta;
        each_batch(ands, of, lanes, slots.len(), |places| {
            let colour_0 = |label: Block| label ^ (Block::mask(label.bit(0)) & delta);
            self.gates.fill(places, |place| colour_0(slots[place]));
            self.gates.hash(places.len(), Some(delta));
            for (k, [a, b, c]) in places.iter().enumerate() {
                let known = Known {
                    a: self.gates.batch.x[3 * k].0,
                    b: self.gates.batch.x[3 * k + 1].0,
                    delta: delta.0,
                    hashes: self.gates.hashes(k),
                    colours: [slots[*a].0[0] & 1, slots[*b].0[0] & 1],
                    coins: self.toss(),
                };
                let (table, zero) = algebra::garble(&known);
                out.push(table);
                slots[*c] = Block(zero);
            }
        });
    }

    /// ρ of the next AND: of AND j, bit j modulo 64 of each word of the coins' block j/64.
    fn toss(&mut self) -> [u64; 2] {
        let at = self.gates.next % 64;
        if at == 0 {
            self.drawn = self.coins.block();
        }
        self.gates.next += 1;
        self.drawn.0.map(|word| word >> at & 1)
    }
}

impl Evaluator {
    /// Evaluates with keys from `start` on.
    pub fn new(start: Block) -> Evaluator {
        Evaluator::on(AesPath::best(), start)
    }

    pub(crate) fn on(path: AesPath, start: Block) -> Evaluator {
        Evaluator { gates: Gates::new(path, start) }
    }

    /// S.
    pub fn start(&self) -> Block {
        self.gates.start
    }

    /// Evaluates the next ANDs, as [`garble`](Garbler::garble) has garbled them, with its tables.
    ///
    /// # Panics
    /// If a slot does not exist, or there is not a table for each AND and lane.
    pub fn evaluate<T>(
        &mut self,
        ands: &[T],
        of: impl Fn(&T) -> [u32; 3],
        lanes: usize,
        slots: &mut [Block],
        tables: &[Table],
    ) {
        assert_eq!(tables.len(), ands.len() * lanes, "a table for each AND and lane");
        let mut tables = tables.chunks(BATCH);
        each_batch(ands, of, lanes, slots.len(), |places| {
            self.gates.fill(places, |place| slots[place]);
            self.gates.hash(places.len(), None);
            let tables = tables.next().expect("a table for each AND and lane");
            for (k, ([.., c], table)) in places.iter().zip(tables).enumerate() {
                let [a, b] = [self.gates.batch.x[3 * k].0, self.gates.batch.x[3 * k + 1].0];
                let [hashes, _] = self.gates.hashes(k);
                slots[*c] = Block(algebra::evaluate([a[0] & 1, b[0] & 1], a, b, hashes, table));
            }
            self.gates.next += places.len() as u64;
        });
    }
}

impl Gates {
    fn new(path: AesPath, start: Block) -> Gates {
        let batch = Box::new(Batch { x: [Block::ZERO; HASHES], hashes: [[Block::ZERO; HASHES]; 2] });
        Gates { path, start, next: 0, batch }
    }

    /// Puts A, B and A ⊕ B of these ANDs where they are hashed.
    fn fill(&mut self, places: &[[usize; 3]], label: impl Fn(usize) -> Block) {
        for (x, [a, b, _]) in self.batch.x.as_chunks_mut::<3>().0.iter_mut().zip(places) {
            let (a, b) = (label(*a), label(*b));
            *x = [a, b, a ^ b];
        }
    }

    /// Hashes the inputs of the next `ands` ANDs, and, with Δ, also what they are with the other colour.
    fn hash(&mut self, ands: usize, delta: Option<Block>) {
        let (start, first) = (self.start ^ DOMAIN, 3 * self.next);
        let Batch { x, hashes: [zeros, ones] } = &mut *self.batch;
        // Whole registers: behind the last AND stands what was there, and nobody looks at its hashes.
        let n = (3 * ands).next_multiple_of(kernel::BLOCKS);
        let (x, zeros, ones) = (&x[..n], &mut zeros[..n], &mut ones[..n]);
        match (self.path, delta) {
            (AesPath::Portable, delta) => {
                for (k, x) in x.iter().enumerate() {
                    zeros[k] = hash(start, first + k as u64, *x);
                    ones[k] = delta.map_or(Block::ZERO, |delta| hash(start, first + k as u64, *x ^ delta));
                }
            }
            (path, Some(delta)) => {
                on_gates(path, kernel::Hash { start, first, delta, x, hashes: [zeros, ones] });
            }
            (path, None) => {
                on_gates(path, kernel::Hash { start, first, delta: Block::ZERO, x, hashes: [zeros] });
            }
        }
    }

    /// The hashes of AND k of the batch, for both colours.
    fn hashes(&self, k: usize) -> [Hashes; 2] {
        let cut = |Block([low, high]): Block| Hash { half: low, bit: high >> 63 };
        self.batch.hashes.each_ref().map(|hashes| [0, 1, 2].map(|i| cut(hashes[3 * k + i])))
    }
}

/// Hands the places of inputs and output of up to [`BATCH`] ANDs at a time to `batch`, lane by lane.
fn each_batch<T>(
    ands: &[T],
    of: impl Fn(&T) -> [u32; 3],
    lanes: usize,
    slots: usize,
    mut batch: impl FnMut(&[[usize; 3]]),
) {
    let (mut places, mut count) = ([[0; 3]; BATCH], 0);
    for and in ands {
        let first = of(and).map(|slot| slot as usize * lanes);
        assert!(first.iter().all(|place| place + lanes <= slots), "an AND's slots exist");
        for lane in 0..lanes {
            places[count] = first.map(|place| place + lane);
            count += 1;
            if count == BATCH {
                batch(&places);
                count = 0;
            }
        }
    }
    if count > 0 {
        batch(&places[..count]);
    }
}

/// H as a whole, as it is defined.
fn hash(start: Block, tweak: u64, x: Block) -> Block {
    let key = start ^ Block([tweak, 0]);
    let mut y = [x];
    soft_encrypt(&::aes::Aes128::new(&key.to_bytes().into()), &mut y);
    y[0] ^ Block(x.0.map(|half| half << 1 ^ ((half >> 63).wrapping_neg() & FOLD)))
}

/// X⁶⁴ modulo X⁶⁴ + X⁴ + X³ + X + 1.
const FOLD: u64 = 0x1b;

impl Drop for Garbler {
    fn drop(&mut self) {
        self.delta.zeroize();
        self.drawn.zeroize();
    }
}

impl fmt::Debug for Garbler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Garbler(..)")
    }
}

impl fmt::Debug for Evaluator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Evaluator(..)")
    }
}

#[cfg(test)]
mod tests;
