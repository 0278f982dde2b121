//! Rows to single values by halves, and rows in order.

use super::{
    compile::{Compiler, Each, Rows},
    operation::{Fold, How, Node, Op, emit},
};
use crate::{
    Type, Wire,
    function::Error,
    word::{batcher, sign_extend, zero_extend},
};

/// Longer rows are computed and folded so many values at a time, so that what stands in between takes few registers: a power of two.
const CHUNK: u32 = 4096;

/// Where the values of a row come from.
enum Source {
    Computed(Each),
    There(Rows),
}

impl Compiler {
    /// Adds the upper half of a row to the lower one, value by value, until one is left; or takes the smaller, or the larger.
    pub fn fold(&mut self, fold: Fold, row: &Node, to: Type) -> Result<Rows, Error> {
        let op = match fold {
            Fold::Sum => Op::Add,
            Fold::Min => Op::Min,
            Fold::Max => Op::Max,
        };
        let (rows, kind) = if row.lanes > CHUNK {
            self.fold_chunks(op, row)?
        } else {
            let rows = self.row(row)?;
            self.fold_rows(op, rows, row.kind)?
        };
        debug_assert_eq!(kind, to);
        Ok(rows)
    }

    fn fold_rows(&mut self, op: Op, mut rows: Rows, mut kind: Type) -> Result<(Rows, Type), Error> {
        while rows.lanes > 1 {
            let (from, of) = (kind, kind.width() as usize);
            if op == Op::Add {
                kind = wider(kind);
            }
            let circuit = self.circuit(&[of, of], |b, x| {
                let x: Vec<_> = x.iter().map(|x| extended(x, from, kind)).collect();
                vec![emit(b, op, kind, kind, &x)]
            })?;
            rows = self.halve(&rows, circuit, from, kind)?;
        }
        Ok((rows, kind))
    }

    /// Each chunk to one value, and then these.
    fn fold_chunks(&mut self, op: Op, row: &Node) -> Result<(Rows, Type), Error> {
        let source = match row.how {
            How::Each(..) => Source::Computed(self.prepare(&[row], row.lanes, CHUNK)?),
            _ => Source::There(self.row(row)?),
        };
        let chunks = row.lanes.div_ceil(CHUNK);
        let partial = (0..CHUNK.ilog2()).fold(row.kind, |kind, _| if op == Op::Add { wider(kind) } else { kind });
        let first = self.registers(u64::from(partial.width()) * u64::from(chunks))?;
        let results = Rows::of(first, partial.width(), chunks, true);
        self.in_same_registers(chunks, |compiler, chunk| {
            let (first, lanes) = (chunk * CHUNK, CHUNK.min(row.lanes - chunk * CHUNK));
            let rows = match &source {
                Source::Computed(each) => compiler.run(each, first, lanes)?.remove(0),
                Source::There(rows) => Rows { planes: rows.from(first), lanes, owned: false },
            };
            let (one, kind) = compiler.fold_rows(op, rows, row.kind)?;
            // The last chunk may be shorter, and its sum narrower.
            let widen = compiler.circuit(&[kind.width() as usize], |_, x| vec![extended(&x[0], kind, partial)])?;
            compiler.call(widen, 1, one.from(0), results.from(chunk))
        })?;
        self.fold_rows(op, results, partial)
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
