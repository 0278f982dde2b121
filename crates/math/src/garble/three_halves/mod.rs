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

/// ANDs that are worked off at a time.
const BATCH: usize = 64;
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

/// A batch of ANDs: a block for each of A, B, ρ, C, and of what is told. A bit is the highest of a word, of which the others are anything.
#[derive(Zeroize, ZeroizeOnDrop)]
struct Batch {
    a: [Block; BATCH],
    b: [Block; BATCH],
    /// ρ₁, ρ₂.
    coins: [Block; BATCH],
    c: [Block; BATCH],
    /// G₁, G₂.
    pair: [Block; BATCH],
    /// G₃ in the high word; for the evaluator in both.
    third: [Block; BATCH],
    z01: [Block; BATCH],
    z23: [Block; BATCH],
    /// As `third`.
    z4: [Block; BATCH],
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
        each_batch(ands, of, lanes, slots.len(), |places| {
            self.gates.gather(places, slots);
            self.toss(places.len());
            self.garble_batch(places.len());
            self.gates.scatter(places, slots);
            out.extend((0..places.len()).map(|k| self.gates.batch.table(k)));
        });
    }

    /// Garbles the first `ands` of the batch.
    fn garble_batch(&mut self, ands: usize) {
        let delta = self.delta;
        let (path, gate) = self.gates.take(ands);
        if path != AesPath::Portable {
            on_gates(path, kernel::Garble { gate, delta });
            return;
        }
        let kernel::Gate { start, first, batch, .. } = gate;
        for k in 0..ands {
            let colours = [batch.a[k].0[0] & 1, batch.b[k].0[0] & 1];
            let colour_0 = |label: Block, colour: u64| label ^ (Block([colour.wrapping_neg(); 2]) & delta);
            let (a, b) = (colour_0(batch.a[k], colours[0]), colour_0(batch.b[k], colours[1]));
            let [zeros, ones] =
                [Block::ZERO, delta].map(|other| hashes(start, first + k as u64, a ^ other, b ^ other, a ^ b ^ other));
            let coins = batch.coins[k].0.map(|word| word >> 63);
            let known = Known { a: a.0, b: b.0, delta: delta.0, hashes: [zeros, ones], colours, coins };
            let (table, zero) = algebra::garble(&known);
            batch.c[k] = Block(zero);
            batch.tell(k, &table);
        }
    }

    /// ρ of the next ANDs: of AND j, bit j modulo 64 of each word of the coins' block j/64.
    fn toss(&mut self, ands: usize) {
        let numbers = self.gates.next..;
        for (coins, j) in self.gates.batch.coins[..ands].iter_mut().zip(numbers) {
            if j % 64 == 0 {
                self.drawn = self.coins.block();
            }
            *coins = Block(self.drawn.0.map(|word| word >> (j % 64) << 63));
        }
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
            self.gates.gather(places, slots);
            let tables = tables.next().expect("a table for each AND and lane");
            tables.iter().enumerate().for_each(|(k, table)| self.gates.batch.tell(k, table));
            self.gates.evaluate_batch(places.len());
            self.gates.scatter(places, slots);
        });
    }
}

impl Gates {
    fn new(path: AesPath, start: Block) -> Gates {
        let none = [Block::ZERO; BATCH];
        let batch =
            Batch { a: none, b: none, coins: none, c: none, pair: none, third: none, z01: none, z23: none, z4: none };
        Gates { path, start, next: 0, batch: Box::new(batch) }
    }

    /// The next ANDs, which stand in the batch.
    fn take(&mut self, ands: usize) -> (AesPath, kernel::Gate<'_>) {
        let first = self.next;
        self.next += ands as u64;
        (self.path, kernel::Gate { start: self.start ^ DOMAIN, first, ands, batch: &mut self.batch })
    }

    /// Evaluates the first `ands` of the batch.
    fn evaluate_batch(&mut self, ands: usize) {
        let (path, gate) = self.take(ands);
        if path != AesPath::Portable {
            on_gates(path, kernel::Evaluate(gate));
            return;
        }
        let kernel::Gate { start, first, batch, .. } = gate;
        for k in 0..ands {
            let (a, b) = (batch.a[k], batch.b[k]);
            let hashes = hashes(start, first + k as u64, a, b, a ^ b);
            batch.c[k] = Block(algebra::evaluate([a.0[0] & 1, b.0[0] & 1], a.0, b.0, hashes, &batch.table(k)));
        }
    }

    fn gather(&mut self, places: &[[usize; 3]], slots: &[Block]) {
        let Batch { a, b, .. } = &mut *self.batch;
        for (([from_a, from_b, _], a), b) in places.iter().zip(a).zip(b) {
            (*a, *b) = (slots[*from_a], slots[*from_b]);
        }
    }

    fn scatter(&self, places: &[[usize; 3]], slots: &mut [Block]) {
        for ([.., to], c) in places.iter().zip(&self.batch.c) {
            slots[*to] = *c;
        }
    }
}

impl Batch {
    /// What is told of AND k.
    fn table(&self, k: usize) -> Table {
        let [[z0, z1], [z2, z3], [_, z4]] = [self.z01[k].0, self.z23[k].0, self.z4[k].0];
        let bits = z0 >> 63 | z1 >> 63 << 1 | z2 >> 63 << 2 | z3 >> 63 << 3 | z4 >> 63 << 4;
        Table { halves: [self.pair[k].0[0], self.pair[k].0[1], self.third[k].0[1]], bits: bits as u8 }
    }

    /// Puts it there.
    fn tell(&mut self, k: usize, &Table { halves: [left, right, third], bits }: &Table) {
        let bits = u64::from(bits);
        (self.pair[k], self.third[k]) = (Block([left, right]), Block([third; 2]));
        (self.z01[k], self.z23[k]) = (Block([bits << 63, bits << 62]), Block([bits << 61, bits << 60]));
        self.z4[k] = Block([bits << 59; 2]);
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

/// The hashes of A, B and A ⊕ B of AND j.
fn hashes(start: Block, j: u64, a: Block, b: Block, ab: Block) -> Hashes {
    [hash(start, 3 * j, a), hash(start, 3 * j + 1, b), hash(start, 3 * j + 2, ab)]
}

/// H, as it is defined.
fn hash(start: Block, tweak: u64, x: Block) -> Hash {
    let key = start ^ Block([tweak, 0]);
    let mut y = [x];
    soft_encrypt(&::aes::Aes128::new(&key.to_bytes().into()), &mut y);
    let Block([low, high]) = y[0] ^ Block(x.0.map(|half| half << 1 ^ ((half >> 63).wrapping_neg() & FOLD)));
    Hash { half: low, bit: high >> 63 }
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
