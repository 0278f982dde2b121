//! Triangulation (figure 1, step 2): in which order the rows of one cluster can be solved for, and by which of their places.

/// Places and rows of a cluster are numbers of 16 bits.
pub(super) const SPACE: usize = 1 << 16;

/// A table with an entry for every number of 16 bits, which needs no check of its index.
pub(super) type Table<T> = Box<[T; SPACE]>;

pub(super) fn table<T: Copy>(value: T) -> Table<T> {
    vec![value; SPACE].into_boxed_slice().try_into().unwrap_or_else(|_| unreachable!("a table of its own length"))
}

/// One row in a column's entry; its low half is the XOR of the rows' numbers, so that the last one can be read off.
const ONE: u32 = 1 << 16;

/// What triangulation works on; made once, used for one cluster after another.
pub(super) struct Peeler {
    /// The places of each row.
    pub places: Table<[u16; 4]>,
    columns: Table<u32>,
    /// Columns that have, or had, one row left.
    queue: Table<u16>,
    solved: Table<bool>,
    /// Row and column of each pivot: no column stands in a later row, the gap's apart.
    pub pivots: Vec<(u16, u16)>,
    /// The rows without a pivot.
    pub gap: Vec<u16>,
}

impl Peeler {
    pub fn new() -> Peeler {
        let (pivots, gap) = (Vec::with_capacity(SPACE), Vec::new());
        let (places, columns, queue, solved) = (table([0; 4]), table(0), table(0), table(false));
        Peeler { places, columns, queue, solved, pivots, gap }
    }

    /// Triangulates `rows` rows, whose places are set, over `sparse` columns. `false` if more than `most` rows stay without a pivot.
    ///
    /// Which memory is touched, and how long it takes, depends on the places.
    #[must_use]
    pub fn triangulate(&mut self, rows: usize, sparse: usize, most: usize) -> bool {
        self.pivots.clear();
        self.gap.clear();
        self.columns[..sparse].fill(0);
        for row in 0..rows as u16 {
            for place in first_three(self.places[usize::from(row)]) {
                let column = &mut self.columns[usize::from(place)];
                *column = (*column + ONE) ^ u32::from(row);
            }
        }
        let ready = (0..sparse as u16).fold(0, |ready, column| self.offer(ready, column));
        self.peel(ready);
        self.pivots.len() == rows || self.peel_core(rows, sparse, most)
    }

    /// Puts a column at the queue's end, there to stay if exactly one row is left in it. Without a branch: which one
    /// it is cannot be foreseen. A column comes here once with one row, hence `sparse` < 2^16 never overflows the queue.
    fn offer(&mut self, end: u16, column: u16) -> u16 {
        self.queue[usize::from(end)] = column;
        end.wrapping_add(u16::from(self.columns[usize::from(column)] >> 16 == 1))
    }

    /// While a column has a single row: a pivot.
    fn peel(&mut self, mut end: u16) {
        let mut at = 0;
        while at < end {
            let column = self.queue[usize::from(at)];
            at += 1;
            let entry = self.columns[usize::from(column)];
            if entry >> 16 == 1 {
                let row = entry as u16;
                self.pivots.push((row, column));
                end = self.remove(row, end);
            }
        }
    }

    /// Takes a row out of its columns.
    fn remove(&mut self, row: u16, mut end: u16) -> u16 {
        for place in first_three(self.places[usize::from(row)]) {
            let column = &mut self.columns[usize::from(place)];
            *column = (*column - ONE) ^ u32::from(row);
            end = self.offer(end, place);
        }
        end
    }

    /// The 2-core, which is rarely there, and then small: the column of the lowest weight gives one pivot, and its
    /// other rows to the gap.
    fn peel_core(&mut self, rows: usize, sparse: usize, most: usize) -> bool {
        while self.pivots.len() + self.gap.len() < rows {
            let rest = self.core(rows);
            let weight = |column: &u16| self.columns[usize::from(*column)] >> 16;
            let lightest = (0..sparse as u16).filter(|column| weight(column) > 0).min_by_key(weight);
            let Some(column) = lightest else { return false };
            let mut there =
                rest.into_iter().filter(|row| first_three(self.places[usize::from(*row)]).contains(&column));
            let Some(pivot) = there.next() else { return false };
            let others: Vec<u16> = there.collect();
            if self.gap.len() + others.len() > most {
                return false;
            }
            self.pivots.push((pivot, column));
            let end = others.iter().chain([&pivot]).fold(0, |end, row| self.remove(*row, end));
            self.gap.extend(others);
            self.peel(end);
        }
        true
    }

    /// The rows that are neither a pivot's nor in the gap.
    fn core(&mut self, rows: usize) -> Vec<u16> {
        self.solved[..rows].fill(false);
        for row in self.pivots.iter().map(|(row, _)| row).chain(&self.gap) {
            self.solved[usize::from(*row)] = true;
        }
        (0..rows as u16).filter(|row| !self.solved[usize::from(*row)]).collect()
    }
}

pub(super) fn first_three([a, b, c, _]: [u16; 4]) -> [u16; 3] {
    [a, b, c]
}
