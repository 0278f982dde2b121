//! Half-gates (Zahur, Rosulek, Evans, Eurocrypt 2015, ePrint 2014/756, §5): what a garbler and an evaluator do at the ANDs of a layer.
//!
//! The hash is MiTCCR (Guo, Katz, Wang, Weng, Yu, Crypto 2020, ePrint 2019/1168): H(x, i) = E(S ⊕ i, σ(x)) ⊕ σ(x), with E the AES-128 of
//! that key and σ(h‖l) = (h ⊕ l)‖h. AND j has the tweaks 2j and 2j + 1; S is drawn for every function that is garbled, and told. Without
//! σ, H(x ⊕ Δ, i) ⊕ Δ = E(S ⊕ i, x ⊕ Δ) ⊕ x could be decrypted, and gave Δ.

mod kernel;
pub mod three_halves;

use std::fmt;

use ::aes::cipher::KeyInit;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{
    Block,
    aes::soft_encrypt,
    garble::kernel::{Evaluate, Garble, Layer},
    simd::{AesPath, on_gates},
};

/// The garbler's end: knows Δ, and of every wire the label for 0.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Garbler {
    delta: Block,
    #[zeroize(skip)]
    gates: Gates,
}

/// The evaluator's end: knows one label of every wire.
pub struct Evaluator {
    gates: Gates,
}

/// What both ends know.
struct Gates {
    path: AesPath,
    start: Block,
    next: u64,
}

impl Garbler {
    /// Garbles under `delta`, whose lowest bit is set whatever it was, with keys from `start` on.
    pub fn new(start: Block, delta: Block) -> Garbler {
        Garbler::on(AesPath::best(), start, delta)
    }

    pub(crate) fn on(path: AesPath, start: Block, delta: Block) -> Garbler {
        Garbler { delta: Block([delta.0[0] | 1, delta.0[1]]), gates: Gates { path, start, next: 0 } }
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
    /// touches that. Lane i of slot s is `slots[s * lanes + i]`. Two ciphertexts for each AND and lane are appended to `out`.
    ///
    /// # Panics
    /// If a slot does not exist.
    pub fn garble<T>(
        &mut self,
        ands: &[T],
        of: impl Fn(&T) -> [u32; 3],
        lanes: usize,
        slots: &mut [Block],
        out: &mut Vec<Block>,
    ) {
        let blocks = 2 * ands.len() * lanes;
        let (path, layer) = self.gates.layer(ands, of, lanes, slots);
        out.reserve(blocks);
        let spare = &mut out.spare_capacity_mut()[..blocks];
        if path == AesPath::Portable {
            layer.garble(self.delta, out);
        } else {
            on_gates(path, Garble { layer, delta: self.delta, out: spare });
            // SAFETY: the kernel has written two blocks for each AND and lane.
            unsafe { out.set_len(out.len() + blocks) };
        }
    }
}

impl Evaluator {
    /// Evaluates with keys from `start` on.
    pub fn new(start: Block) -> Evaluator {
        Evaluator::on(AesPath::best(), start)
    }

    pub(crate) fn on(path: AesPath, start: Block) -> Evaluator {
        Evaluator { gates: Gates { path, start, next: 0 } }
    }

    /// S.
    pub fn start(&self) -> Block {
        self.gates.start
    }

    /// Evaluates the next ANDs, as [`garble`](Garbler::garble) has garbled them, with its ciphertexts.
    ///
    /// # Panics
    /// If a slot does not exist, or there are not two ciphertexts for each AND and lane.
    pub fn evaluate<T>(
        &mut self,
        ands: &[T],
        of: impl Fn(&T) -> [u32; 3],
        lanes: usize,
        slots: &mut [Block],
        tables: &[Block],
    ) {
        assert_eq!(tables.len(), 2 * ands.len() * lanes, "two ciphertexts for each AND and lane");
        let (path, layer) = self.gates.layer(ands, of, lanes, slots);
        if path == AesPath::Portable {
            layer.evaluate(tables);
        } else {
            on_gates(path, Evaluate { layer, tables });
        }
    }
}

impl Gates {
    fn layer<'a, T, F: Fn(&T) -> [u32; 3]>(
        &'a mut self,
        ands: &'a [T],
        of: F,
        lanes: usize,
        slots: &'a mut [Block],
    ) -> (AesPath, Layer<'a, T, F>) {
        let first = self.next;
        self.next += (ands.len() * lanes) as u64;
        (self.path, Layer { ands, of, lanes, slots, start: self.start, first })
    }
}

/// The portable path, gate by gate.
impl<T, F: Fn(&T) -> [u32; 3]> Layer<'_, T, F> {
    fn garble(self, delta: Block, out: &mut Vec<Block>) {
        let start = self.start;
        self.each(|a, b, gate| {
            let [ha, ha1] = hash(start, 2 * gate, [a, a ^ delta]);
            let [hb, hb1] = hash(start, 2 * gate + 1, [b, b ^ delta]);
            let (pa, pb) = (Block::mask(a.bit(0)), Block::mask(b.bit(0)));
            let tg = ha ^ ha1 ^ (pb & delta);
            let te = hb ^ hb1 ^ a;
            out.extend([tg, te]);
            ha ^ (pa & tg) ^ hb ^ (pb & (te ^ a))
        });
    }

    fn evaluate(self, tables: &[Block]) {
        let start = self.start;
        let mut tables = tables.as_chunks::<2>().0.iter();
        self.each(|a, b, gate| {
            let [[ha], [hb]] = [hash(start, 2 * gate, [a]), hash(start, 2 * gate + 1, [b])];
            let [tg, te] = *tables.next().expect("two ciphertexts for each AND and lane");
            ha ^ (Block::mask(a.bit(0)) & tg) ^ hb ^ (Block::mask(b.bit(0)) & (te ^ a))
        });
    }

    fn each(self, mut gate: impl FnMut(Block, Block, u64) -> Block) {
        let mut next = self.first;
        for and in self.ands {
            let [a, b, out] = (self.of)(and).map(|slot| slot as usize * self.lanes);
            assert!(a.max(b).max(out) + self.lanes <= self.slots.len(), "an AND's slots exist");
            for lane in 0..self.lanes {
                self.slots[out + lane] = gate(self.slots[a + lane], self.slots[b + lane], next);
                next += 1;
            }
        }
    }
}

/// H, as it is defined.
fn hash<const N: usize>(start: Block, tweak: u64, x: [Block; N]) -> [Block; N] {
    let key = start ^ Block([tweak, 0]);
    let inputs = x.map(|Block([low, high])| Block([high, high ^ low]));
    let mut outputs = inputs;
    soft_encrypt(&::aes::Aes128::new(&key.to_bytes().into()), &mut outputs);
    std::array::from_fn(|i| outputs[i] ^ inputs[i])
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
