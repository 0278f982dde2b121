//! Adding strings up modulo 2^width − 1, by carry-save steps, of which all that are possible are taken at a time (Wallace, "A suggestion for a fast multiplier", IEEE Trans. Electronic Computers 1964).

use jointly_core::{Error, Result};

use super::{Modulus, ShamirMalicious};
use crate::{Bits, Scheme, adder::pick};

/// What some places of a circuit's carries add up to: column i holds what counts 2^i. Full adders make fewer of them while the circuit does something else.
pub(super) struct Counter<T> {
    /// Of which places carries are counted.
    places: Vec<usize>,
    columns: Vec<Vec<T>>,
}

impl<T> Counter<T> {
    pub(super) fn of(places: Vec<usize>) -> Self {
        Self { places, columns: Vec::new() }
    }

    /// For who has no use for carries.
    pub(super) fn none() -> Self {
        Self::of(Vec::new())
    }

    fn add(&mut self, column: usize, item: T) {
        if self.columns.len() <= column {
            self.columns.resize_with(column + 1, Vec::new);
        }
        self.columns[column].push(item);
    }

    /// Takes out every three that count alike.
    fn triples(&mut self) -> Vec<(usize, [T; 3])> {
        let mut out = Vec::new();
        for (i, column) in self.columns.iter_mut().enumerate() {
            let (list, rest) = triples(std::mem::take(column));
            *column = rest;
            out.extend(list.into_iter().map(|three| (i, three)));
        }
        out
    }

    /// What is left, and its columns.
    pub(super) fn into_items(self) -> impl Iterator<Item = (usize, T)> {
        self.columns.into_iter().enumerate().flat_map(|(i, column)| column.into_iter().map(move |item| (i, item)))
    }
}

/// As a prediction, of nothing but how many there are.
impl Counter<()> {
    /// What its adders take part in a layer with: planes.
    pub(super) fn layer(&mut self) -> usize {
        let adders = self.triples();
        adders.iter().for_each(|(column, _)| [*column, column + 1].into_iter().for_each(|i| self.add(i, ())));
        adders.len() * self.places.len()
    }
}

/// By threes, and what is left.
fn triples<T>(mut list: Vec<T>) -> (Vec<[T; 3]>, Vec<T>) {
    let rest = list.split_off(list.len() / 3 * 3);
    let mut list = list.into_iter();
    let mut out = Vec::new();
    while let (Some(a), Some(b), Some(c)) = (list.next(), list.next(), list.next()) {
        out.push([a, b, c]);
    }
    (out, rest)
}

/// What a full adder multiplies.
fn operands([a, b, c]: &[Bits; 3]) -> (Bits, Bits) {
    (a.xor(c), b.xor(c))
}

/// Its sum and its carry: the majority.
fn added([a, b, c]: &[Bits; 3], product: &Bits) -> (Bits, Bits) {
    (a.xor(b).xor(c), product.xor(c))
}

impl<F: Modulus> ShamirMalicious<F> {
    /// Two strings with the sum of all, modulo 2^width − 1: the carry out of the top goes in at the bottom.
    pub(super) async fn add_up(&mut self, mut list: Vec<Bits>, counter: &mut Counter<Bits>) -> Result<(Bits, Bits)> {
        while list.len() > 2 {
            let (threes, rest) = triples(list);
            let products = self.layer(threes.iter().map(operands).collect(), counter).await?;
            list = Vec::with_capacity(2 * threes.len() + rest.len());
            for (three, product) in threes.iter().zip(&products) {
                let (sum, carries) = added(three, product);
                if !counter.places.is_empty() {
                    counter.add(0, pick(&[(&carries, &counter.places)]));
                }
                let top = carries.width - 1;
                list.extend([sum, Bits::stack(&[&carries.range(top, top + 1), &carries.range(0, top)])]);
            }
            list.extend(rest);
        }
        let mut list = list.into_iter();
        match (list.next(), list.next()) {
            (Some(s), Some(t)) => Ok((s, t)),
            _ => Err(Error::Misuse("a sum has two addends")),
        }
    }

    /// ANDs of pairs of strings, all in one go, and with them the counter's.
    pub(super) async fn layer(
        &mut self,
        mut pairs: Vec<(Bits, Bits)>,
        counter: &mut Counter<Bits>,
    ) -> Result<Vec<Bits>> {
        let (count, waiting) = (pairs.len(), counter.triples());
        pairs.extend(waiting.iter().map(|(_, three)| operands(three)));
        let left = Bits::stack(&pairs.iter().map(|(left, _)| left).collect::<Vec<_>>());
        let right = Bits::stack(&pairs.iter().map(|(_, right)| right).collect::<Vec<_>>());
        let all = self.and(&left, &right).await?;
        let mut from = 0;
        let mut part = |(left, _): &(Bits, Bits)| {
            from += left.width;
            all.range(from - left.width, from)
        };
        let mut products: Vec<Bits> = pairs.iter().map(&mut part).collect();
        for ((column, three), product) in waiting.iter().zip(products.split_off(count)) {
            let (sum, carry) = added(three, &product);
            counter.add(*column, sum);
            counter.add(column + 1, carry);
        }
        Ok(products)
    }
}

/// Layers of [`add_up`](ShamirMalicious::add_up), of `count` strings: how many planes of ANDs.
pub(super) fn add_up_layers(mut count: usize, width: usize, counter: &mut Counter<()>) -> Vec<usize> {
    let mut layers = Vec::new();
    while count > 2 {
        let adders = count / 3;
        layers.push(adders * width + counter.layer());
        if !counter.places.is_empty() {
            (0..adders).for_each(|_| counter.add(0, ()));
        }
        count -= adders;
    }
    layers
}
