//! One order of a table's rows that nobody knows: party after party permutes them by an order of its own.
//!
//! The order goes through a switching network (Waksman, J. ACM 1968; Keller and Scholl, ASIACRYPT 2014, ePrint 2014/137), whose settings the party hands in as bits. A switch is a product like
//! any other: rows can be exchanged or kept, and nothing else.

use jointly_core::{Need, Party, Result};
use jointly_math::{Prg, Seed, Wiped, bits as planes, random_permutation, ring::xor_to, wipe::wipe};

use super::{
    Spdz2k,
    bits::{self, PARTS},
    convert::shared_bits,
    wide::{add, sub, times},
};
use crate::{
    Bits, Share,
    additive::network::{Network, route, switches},
    packed,
};

/// The settings of a network's switches, in the ring if they are wanted there, and as a plane.
struct Settings {
    ring: Option<Share<u128>>,
    plane: Share<u64>,
}

/// Switches that touch different rows: their numbers, and the places that meet.
#[derive(Default)]
pub(super) struct Layer {
    numbers: Vec<u32>,
    low: Vec<u32>,
    high: Vec<u32>,
}

impl Layer {
    pub fn len(&self) -> usize {
        self.numbers.len()
    }
}

/// The switches of a network of `n` rows: each as soon as both of its rows are there.
pub(super) fn layers(n: usize) -> Vec<Layer> {
    let (mut ready, mut layers) = (vec![0; n], Vec::<Layer>::new());
    for (number, [low, high]) in (0..).zip(Network::new(n as u32)) {
        let at = ready[low].max(ready[high]);
        (ready[low], ready[high]) = (at + 1, at + 1);
        if layers.len() == at {
            layers.push(Layer::default());
        }
        layers[at].numbers.push(number);
        layers[at].low.push(low as u32);
        layers[at].high.push(high as u32);
    }
    layers
}

impl Spdz2k {
    pub(super) async fn permute(
        &mut self,
        ring: &[&Share<u128>],
        strings: &[&Bits],
        n: usize,
    ) -> Result<(Vec<Share<u128>>, Vec<Bits>)> {
        let mut table: Vec<Share<u128>> = ring.iter().map(|x| x.map(Vec::clone)).collect();
        let mut rows = (!strings.is_empty()).then(|| Bits::stack(strings));
        let layers = layers(n);
        for party in self.table.among.all().filter(|_| !layers.is_empty()) {
            let settings = self.settings(party, n, !table.is_empty()).await?;
            for layer in &layers {
                if let Some(s) = &settings.ring {
                    self.switch_ring(layer, s, &mut table).await?;
                }
                if let Some(rows) = &mut rows {
                    self.switch_bits(layer, switches(n), &settings.plane, rows).await?;
                }
            }
        }
        let mut at = 0;
        let cut = |b: &&Bits| {
            let (from, to) = (at, at + b.width);
            at = to;
            rows.as_ref().map(|rows| rows.range(from, to))
        };
        let strings = strings.iter().filter_map(cut).collect();
        Ok((table, strings))
    }

    /// `party` draws an order. Its settings are handed in by masks that it knows; where they are wanted in the ring too, by random bits in both domains, which it gets to know.
    async fn settings(&mut self, party: Party, n: usize, in_ring: bool) -> Result<Settings> {
        let (count, me) = (switches(n), self.table.me());
        let masks = self.stock.take(Need::BitMasks, planes::words(count))?;
        let known = masks.bits_known_to(party, me);
        let mut mine = Wiped::new(masks.own_bits().to_vec());
        let mut random = None;
        if in_ring {
            let lot = self.stock.take(Need::SharedBits, shared_bits(count))?;
            let words = lot.words(0);
            xor_to(&mut mine, &self.table.open_bits(&bits::xor(&words, &known)).await?);
            random = Some((lot.ring(0), words));
        }
        let told = if party == me {
            let mut order = random_permutation(&mut Prg::new(Seed::random()), n);
            let mut told = route(&order);
            wipe(&mut order);
            xor_to(&mut told, &mine);
            self.tell_all(&told).await?;
            told
        } else {
            self.table.ctx.recv(party, planes::words(count)).await?
        };
        self.table.note(&told);
        let public = self.table.public_words(&told);
        let Some((ring, words)) = random else {
            return Ok(Settings { ring: None, plane: bits::xor(&known, &public) });
        };
        let told: Vec<u128> = planes::unpack(&told, 64 * told.len()).into_iter().map(u128::from).collect();
        let signs: Vec<u128> = told.iter().map(|d| 1u128.wrapping_sub(2 * d)).collect();
        let ring = add(&times(&ring, &signs), &self.table.public(&told));
        Ok(Settings { ring: Some(ring), plane: bits::xor(&words, &public) })
    }

    /// With t = s·(x − y), x − t and y + t stand where x and y did.
    async fn switch_ring(&mut self, layer: &Layer, s: &Share<u128>, table: &mut [Share<u128>]) -> Result<()> {
        let pick = |x: &Share<u128>, places: &[u32]| x.map(|x| places.iter().map(|i| x[*i as usize]).collect());
        let differences: Vec<_> = table.iter().map(|x| sub(&pick(x, &layer.low), &pick(x, &layer.high))).collect();
        let differences = Share::gather(&differences.iter().collect::<Vec<_>>(), |parts| parts.concat());
        let s = pick(s, &layer.numbers).map(|s| s.repeat(table.len()));
        let moved = self.multiply(&s, &differences).await?;
        for (c, column) in table.iter_mut().enumerate() {
            for part in 0..2 {
                let moved = &moved.part(part)[c * layer.len()..(c + 1) * layer.len()];
                let column = &mut column.0[part];
                for ((low, high), moved) in layer.low.iter().zip(&layer.high).zip(moved) {
                    column[*low as usize] = column[*low as usize].wrapping_sub(*moved);
                    column[*high as usize] = column[*high as usize].wrapping_add(*moved);
                }
            }
        }
        Ok(())
    }

    /// The same of strings of bits.
    async fn switch_bits(&mut self, layer: &Layer, switches: usize, s: &Share<u64>, rows: &mut Bits) -> Result<()> {
        let (n, width) = (rows.n, rows.width);
        let pick = |places: &[u32]| rows.planes.map(|x| packed::gather(x, n, width, places));
        let s = s.map(|x| packed::gather(x, switches, 1, &layer.numbers).repeat(width));
        let differences = bits::xor(&pick(&layer.low), &pick(&layer.high));
        let moved = self.and_words(&s, &differences).await?;
        for part in 0..PARTS {
            let (moved, column) = (moved.part(part), &mut rows.planes.0[part]);
            let each = planes::words(layer.len());
            for (moved, plane) in moved.chunks_exact(each).zip(column.chunks_exact_mut(planes::words(n))) {
                for (k, (low, high)) in layer.low.iter().zip(&layer.high).enumerate() {
                    let bit = moved[k / 64] >> (k % 64) & 1;
                    plane[*low as usize / 64] ^= bit << (low % 64);
                    plane[*high as usize / 64] ^= bit << (high % 64);
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_switch_comes_once_and_after_those_before_it() {
        for n in [0, 1, 2, 3, 8, 77] {
            let layers = layers(n);
            assert_eq!(layers.iter().map(Layer::len).sum::<usize>(), switches(n));
            assert!(layers.iter().all(|layer| layer.len() <= n / 2));
            assert!(n < 2 || layers.len() < 2 * n.next_power_of_two().ilog2() as usize);
        }
    }
}
