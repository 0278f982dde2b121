//! Rows to single values by halves, and rows in order.

use super::{
    compile::{Compiler, Rows},
    operation::{Fold, Node, Op, emit},
};
use crate::{
    Type, Wire,
    function::Error,
    word::{batcher, sign_extend, zero_extend},
};

impl Compiler {
    /// Adds the upper half of a row to the lower one, value by value, until one is left; or takes the smaller, or the larger.
    pub fn fold(&mut self, fold: Fold, row: &Node, to: Type) -> Result<Rows, Error> {
        let mut rows = self.row(row)?;
        let (mut kind, grows) = (row.kind, fold == Fold::Sum && to != Type::Float64);
        let op = match fold {
            Fold::Sum => Op::Add,
            Fold::Min => Op::Min,
            Fold::Max => Op::Max,
        };
        while rows.lanes > 1 {
            let (from, of) = (kind, kind.width() as usize);
            if grows {
                kind = wider(kind);
            }
            let circuit = self.circuit(&[of, of], |b, x| {
                let x: Vec<_> = x.iter().map(|x| extended(x, from, kind)).collect();
                vec![emit(b, op, kind, kind, &x)]
            })?;
            rows = self.halve(&rows, circuit, from, kind)?;
        }
        // Sums of rows of 2^k − 1 values and the like take fewer bits than there is room for in the type, never more.
        debug_assert_eq!(rows.planes.len(), to.width() as usize);
        Ok(rows)
    }

    /// One step: the lower half of the lanes, rounded up, is left.
    fn halve(&mut self, rows: &Rows, circuit: usize, from: Type, to: Type) -> Result<Rows, Error> {
        let (half, left) = (rows.lanes / 2, rows.lanes.div_ceil(2));
        let width = to.width() as usize;
        // What is ours is overwritten; only what is wider than before takes registers.
        let mut planes = if rows.owned { rows.planes.clone() } else { Vec::new() };
        while planes.len() < width {
            planes.push(self.registers(u64::from(left))?);
        }
        let folded = Rows { planes, lanes: left, owned: true };
        self.call(circuit, half, [rows.from(0), rows.from(left)].concat(), folded.from(0))?;
        if left > half {
            // The value in the middle has none to go with.
            let widen = self.circuit(&[from.width() as usize], |_, x| vec![extended(&x[0], from, to)])?;
            self.call(widen, 1, rows.from(half), folded.from(half))?;
        }
        Ok(folded)
    }

    /// Batcher's merge exchange. Neighbouring comparators of a stage are one call.
    pub fn sort(&mut self, row: &Node) -> Result<Rows, Error> {
        let mut rows = self.row(row)?;
        let (width, lanes, signed) = (row.kind.width() as usize, rows.lanes, matches!(row.kind, Type::Signed(_)));
        if !rows.owned {
            let first = self.registers(width as u64 * u64::from(lanes))?;
            let copy = self.copy(width)?;
            let own = Rows::of(first, width as u32, lanes, true);
            self.call(copy, lanes, rows.planes, own.from(0))?;
            rows = own;
        }
        let comparator = self.circuit(&[width, width], |b, x| {
            let swap = if signed { b.lt_signed(&x[1], &x[0]) } else { b.lt(&x[1], &x[0]) };
            <[_; 2]>::from(b.swap_if(swap, &x[0], &x[1])).into()
        })?;
        for stage in batcher(lanes as usize) {
            for run in stage.chunk_by(|(i, _), (next, _)| i + 1 == *next) {
                let (low, high) = (rows.from(run[0].0 as u32), rows.from(run[0].1 as u32));
                let both = [low, high].concat();
                self.call(comparator, run.len() as u32, both.clone(), both)?;
            }
        }
        Ok(rows)
    }
}

/// One bit wider: enough for the sum of two.
fn wider(kind: Type) -> Type {
    match kind {
        Type::Unsigned(width) => Type::Unsigned(width + 1),
        Type::Signed(width) => Type::Signed(width + 1),
        kind => kind,
    }
}

fn extended(x: &[Wire], from: Type, to: Type) -> Vec<Wire> {
    match from {
        Type::Signed(_) => sign_extend(x, to.width() as usize),
        _ => zero_extend(x, to.width() as usize),
    }
}
