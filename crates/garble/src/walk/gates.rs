//! The ways to garble ANDs; all other gates are free, and the same for all.

use jointly_circuit::And;
use jointly_math::{
    Block, Prg,
    garble::{self, three_halves},
};

/// ANDs at the garbler.
pub trait Garble: Send {
    /// What is told.
    type Told: Copy + Send + Sync;
    /// So many of them for an AND.
    const TOLD: usize;

    /// Before the first AND, with S, Δ, and what is behind the labels of what their seed gives.
    fn new(start: Block, delta: Block, coins: Prg) -> Self;
    /// S.
    fn start(&self) -> Block;
    /// Δ.
    fn delta(&self) -> Block;
    /// Garbles the next ANDs on all lanes of these slots, and appends what is told of them.
    fn garble(&mut self, ands: &[And], lanes: usize, slots: &mut [Block], out: &mut Vec<Self::Told>);
}

/// ANDs at the evaluator.
pub trait Evaluate: Send {
    /// What is told.
    type Told: Copy + Send + Sync;
    /// So many of them for an AND.
    const TOLD: usize;

    /// Before the first AND, with S.
    fn new(start: Block) -> Self;
    /// S.
    fn start(&self) -> Block;
    /// Evaluates the next ANDs on all lanes of these slots.
    fn evaluate(&mut self, ands: &[And], lanes: usize, slots: &mut [Block], told: &[Self::Told]);
}

/// The slots of an AND, as the kernels take them.
fn slots(and: &And) -> [u32; 3] {
    [and.a, and.b, and.out]
}

impl Garble for garble::Garbler {
    type Told = Block;
    const TOLD: usize = 2;

    fn new(start: Block, delta: Block, _: Prg) -> Self {
        garble::Garbler::new(start, delta)
    }

    fn start(&self) -> Block {
        self.start()
    }

    fn delta(&self) -> Block {
        self.delta()
    }

    fn garble(&mut self, ands: &[And], lanes: usize, wires: &mut [Block], out: &mut Vec<Block>) {
        self.garble(ands, slots, lanes, wires, out);
    }
}

impl Evaluate for garble::Evaluator {
    type Told = Block;
    const TOLD: usize = 2;

    fn new(start: Block) -> Self {
        garble::Evaluator::new(start)
    }

    fn start(&self) -> Block {
        self.start()
    }

    fn evaluate(&mut self, ands: &[And], lanes: usize, wires: &mut [Block], told: &[Block]) {
        self.evaluate(ands, slots, lanes, wires, told);
    }
}

impl Garble for three_halves::Garbler {
    type Told = three_halves::Table;
    const TOLD: usize = 1;

    fn new(start: Block, delta: Block, coins: Prg) -> Self {
        three_halves::Garbler::new(start, delta, coins)
    }

    fn start(&self) -> Block {
        self.start()
    }

    fn delta(&self) -> Block {
        self.delta()
    }

    fn garble(&mut self, ands: &[And], lanes: usize, wires: &mut [Block], out: &mut Vec<three_halves::Table>) {
        self.garble(ands, slots, lanes, wires, out);
    }
}

impl Evaluate for three_halves::Evaluator {
    type Told = three_halves::Table;
    const TOLD: usize = 1;

    fn new(start: Block) -> Self {
        three_halves::Evaluator::new(start)
    }

    fn start(&self) -> Block {
        self.start()
    }

    fn evaluate(&mut self, ands: &[And], lanes: usize, wires: &mut [Block], told: &[three_halves::Table]) {
        self.evaluate(ands, slots, lanes, wires, told);
    }
}
