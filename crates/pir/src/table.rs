//! The owner's side: a table as a matrix, prepared for queries.

use jointly_core::{Error, Result};
use jointly_math::{
    ntt::{DEGREE, HALF, Ntt},
    pir::{DIGITS, TILE_ROWS, multiply},
};

use crate::{
    bits::unpack,
    pack::{Packing, Rows},
    params::{PACKED, PRIMES, RESIDUE_BITS},
    ring::{NTTS, Poly, Reference},
    shape::{Layout, Shape},
};

/// A table that others fetch rows from without saying which.
///
/// Preparing it costs about as much as a few dozen queries; queries need no further state, and nothing is downloaded beforehand.
pub struct Table {
    shape: Shape,
    layout: Layout,
    /// Tiles of 16 rows of the matrix, a tile column by column.
    matrix: Vec<i16>,
    packings: Vec<Packing>,
}

/// A query, decoded: each value is below its prime.
struct Query {
    b: [Vec<i32>; 2],
    key: [Poly; DIGITS],
}

impl Table {
    /// Prepares the table of these rows.
    ///
    /// # Errors
    /// Refuses a shape that has no layout; a misuse if there are not exactly `shape.rows` rows of `shape.row_bytes` bytes.
    pub fn new<R: AsRef<[u8]>>(shape: Shape, rows: impl IntoIterator<Item = R>) -> Result<Table> {
        let mut table = Table::empty(shape)?;
        let mut written = 0;
        for row in rows {
            table.write(written, row.as_ref())?;
            written += 1;
        }
        if written != shape.rows {
            return Err(Error::Misuse("a table has as many rows as its shape says"));
        }
        table.prepare_all();
        Ok(table)
    }

    /// A table of zeros, not prepared yet.
    pub(crate) fn empty(shape: Shape) -> Result<Table> {
        let layout = shape.layout()?;
        Ok(Table { shape, layout, matrix: vec![0; layout.matrix_bytes() / 2], packings: Vec::new() })
    }

    /// Prepares what has been written.
    pub(crate) fn prepare_all(&mut self) {
        let reference = self.reference();
        self.packings = (0..self.layout.outputs).map(|o| self.prepare(o, &reference)).collect();
    }

    /// Replaces rows, each given with its index, and prepares anew what depends on them.
    ///
    /// # Errors
    /// A misuse if an index or a row does not fit the shape; the rows before it are replaced.
    pub fn update<R: AsRef<[u8]>>(&mut self, changes: impl IntoIterator<Item = (usize, R)>) -> Result<()> {
        let mut stale = vec![false; self.layout.outputs];
        let mut done = Ok(());
        for (index, row) in changes {
            done = self.write(index, row.as_ref());
            if done.is_err() {
                break;
            }
            let first = index / self.layout.columns * self.layout.words;
            stale[first / PACKED..=(first + self.layout.words - 1) / PACKED].fill(true);
        }
        let reference = self.reference();
        for output in (0..self.layout.outputs).filter(|o| stale[*o]) {
            self.packings[output] = self.prepare(output, &reference);
        }
        done
    }

    /// The public size.
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// How its matrix is laid out.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// The answers to several queries, in their order: one pass over the matrix for all of them.
    ///
    /// # Errors
    /// What is wrong with the first query that no honest program writes.
    pub fn answer(&self, queries: &[&[u8]]) -> Result<Vec<Vec<u8>>, &'static str> {
        let queries = queries.iter().map(|query| self.decode(query)).collect::<Result<Vec<_>, _>>()?;
        let vectors: Vec<[&[i32]; 2]> = queries.iter().map(|query| query.b.each_ref().map(|b| &b[..])).collect();
        let products = multiply(&self.matrix, &vectors);
        let reduce =
            |sums: &[i64], p: usize| -> Vec<u32> { sums.iter().map(|sum| NTTS[p].reduce_signed(*sum)).collect() };
        let products: Vec<[Vec<u32>; 2]> = products.iter().map(|sums| [0, 1].map(|p| reduce(&sums[p], p))).collect();
        let keys: Vec<[Poly; DIGITS]> = queries.into_iter().map(|query| query.key).collect();
        let mut answers = vec![Vec::with_capacity(self.layout.answer_bytes()); products.len()];
        for (o, packing) in self.packings.iter().enumerate() {
            let part = |product: &'_ [Vec<u32>; 2]| -> [Vec<u32>; 2] {
                product.each_ref().map(|b| b[o * PACKED..][..PACKED].to_vec())
            };
            let parts: Vec<[Vec<u32>; 2]> = products.iter().map(part).collect();
            let b: Vec<[&[u32]; 2]> = parts.iter().map(|part| part.each_ref().map(|b| &b[..])).collect();
            answers.iter_mut().zip(packing.pack(&b, &keys)).for_each(|(answer, output)| answer.extend(output));
        }
        Ok(answers)
    }

    fn decode(&self, bytes: &[u8]) -> Result<Query, &'static str> {
        if bytes.len() != self.layout.query_bytes() {
            return Err("a query does not have the length that the table's size asks for");
        }
        let polys = self.layout.columns / DEGREE + DIGITS;
        let mut values = unpack(bytes, RESIDUE_BITS);
        let mut residues: [Vec<u32>; 2] = [0, 1].map(|_| Vec::with_capacity(polys * DEGREE));
        for i in (0..polys).flat_map(|_| [0, 1]) {
            residues[i].extend(values.by_ref().take(DEGREE));
        }
        if residues.iter().zip(PRIMES).any(|(values, q)| values.iter().any(|x| *x >= q)) {
            return Err("a number of a query is not reduced");
        }
        let key =
            |i: usize| residues.each_ref().map(|values| values[self.layout.columns + i * DEGREE..][..DEGREE].to_vec());
        let b = residues.each_ref().map(|values| values[..self.layout.columns].iter().map(|x| *x as i32).collect());
        Ok(Query { b, key: std::array::from_fn(|i| Poly(key(i))) })
    }

    /// Writes a row, without preparing anything.
    pub(crate) fn write(&mut self, index: usize, row: &[u8]) -> Result<()> {
        if index >= self.shape.rows || row.len() != self.shape.row_bytes {
            return Err(Error::Misuse("a row has the table's width, and its index lies in the table"));
        }
        for (i, bytes) in row.chunks(2).enumerate() {
            let place = self.place(index, i);
            self.matrix[place] = i16::from_le_bytes([bytes[0], bytes.get(1).copied().unwrap_or(0)]);
        }
        Ok(())
    }

    /// The numbers of a row.
    pub(crate) fn words(&self, index: usize) -> Vec<u16> {
        (0..self.layout.words).map(|i| self.matrix[self.place(index, i)] as u16).collect()
    }

    /// Where number `i` of row `index` stands in the matrix.
    fn place(&self, index: usize, i: usize) -> usize {
        let columns = self.layout.columns;
        let (column, r) = (index % columns, index / columns * self.layout.words + i);
        (r / TILE_ROWS * columns + column) * TILE_ROWS + r % TILE_ROWS
    }

    /// The aⱼ with their halves swapped, and what else preparing needs.
    fn reference(&self) -> (Reference, Vec<Poly>) {
        let crs = Reference::new();
        let a = (0..self.layout.columns / DEGREE).map(|j| swapped(crs.a(j))).collect();
        (crs, a)
    }

    /// H = D · A for one output (InsPIRe, algorithm 9, line 7), and its packing.
    ///
    /// Row r of D is polynomials D̃ⱼ = Σᵢ D\[r\]\[2048 j + i\] X^(−i), and its product with the encryption of the query has the first part
    /// ã = Σⱼ D̃ⱼ · aⱼ. Slots of X^(−1) are swapped halves: so Σⱼ D̃ⱼ aⱼ is Σⱼ Dⱼ · swapped(aⱼ), swapped.
    fn prepare(&self, output: usize, (crs, a): &(Reference, Vec<Poly>)) -> Packing {
        let mut rows: Rows = [0, 1].map(|_| Vec::with_capacity(PACKED * DEGREE));
        let columns = self.layout.columns;
        let tiles = self.matrix.chunks_exact(columns * TILE_ROWS).skip(output * PACKED / TILE_ROWS);
        for tile in tiles.take(PACKED / TILE_ROWS) {
            for (p, rows) in rows.iter_mut().enumerate() {
                let inverse = u64::from(inverse_packed(p));
                let mut sums = vec![vec![0u64; DEGREE]; TILE_ROWS];
                for (block, a) in tile.chunks_exact(DEGREE * TILE_ROWS).zip(a) {
                    for (r, sums) in sums.iter_mut().enumerate() {
                        let q = PRIMES[p] as i32;
                        let word = |words: &[i16]| (i32::from(words[r]) + q) as u32;
                        let mut poly: Vec<u32> = block.chunks_exact(TILE_ROWS).map(word).collect();
                        NTTS[p].forward(&mut poly);
                        Ntt::multiply_add(sums, &poly, &a.0[p]);
                    }
                }
                for sums in sums {
                    for half in [&sums[HALF..], &sums[..HALF]] {
                        rows.extend(half.iter().map(|sum| NTTS[p].reduce(u64::from(NTTS[p].reduce(*sum)) * inverse)));
                    }
                }
            }
        }
        Packing::prepare(&rows, crs)
    }
}

fn swapped(mut poly: Poly) -> Poly {
    poly.0.iter_mut().for_each(|slots| slots.rotate_left(HALF));
    poly
}

/// γ^(−1) modulo a prime: γ · (q − (q − 1)/γ) = γ q − q + 1 is 1.
fn inverse_packed(prime: usize) -> u32 {
    let q = PRIMES[prime];
    q - (q - 1) / PACKED as u32
}
