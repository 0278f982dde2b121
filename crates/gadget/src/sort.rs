//! Stable radix sort.
//!
//! Chida, Hamada, Ikarashi, Kikuchi, Kiribuchi, Pinkas, "An efficient secure three-party sorting protocol with an honest majority",
//! ePrint 2019/695; Asharov et al., "Efficient secure three-party sorting with applications to data analysis and heavy hitters", CCS 2022
//! (ePrint 2022/1595). From the lowest digit to the highest: each row's place in the order of that digit is computed on shares, and the rows move
//! there by a shuffle and an opened, uniformly random permutation. What moves are the key bits still needed and the row's number, packed into
//! words; the payload moves once, at the end.

use jointly_core::{Error, Result};
use jointly_share::{Domain, Engine, Secret};

use crate::{
    permute::{apply, inverse},
    vector::{add_constant, constant, join, planes, repeat, rows, split},
};

/// Bits sorted by in one pass. Measured for 64-bit keys: 2 and 3 send as much (6.7 kB a row), 3 needs a fifth fewer rounds and less CPU.
const DIGIT: usize = 3;

/// A column to sort by.
#[derive(Clone, Copy)]
pub struct Key<'a> {
    /// Ring elements or strings of bits.
    pub column: &'a Secret,
    /// Bits that a value needs, the sign's included: at most 62 for ring elements, the width for strings. Values beyond are not sorted right.
    pub bits: u32,
    /// Whether the highest bit is a sign: ring elements in −2^(bits−1) .. 2^(bits−1), else in 0 .. 2^bits.
    pub signed: bool,
    /// Largest first.
    pub descending: bool,
}

impl<'a> Key<'a> {
    /// Smallest first, of integers in 0 .. 2^`bits`.
    pub fn unsigned(column: &'a Secret, bits: u32) -> Self {
        Self { column, bits, signed: false, descending: false }
    }

    /// Smallest first, of integers in −2^(bits−1) .. 2^(bits−1).
    pub fn signed(column: &'a Secret, bits: u32) -> Self {
        Self { column, bits, signed: true, descending: false }
    }
}

/// The rows of `columns` in the order of `keys`, the first key deciding before the second; equal rows keep their order. Columns may be of
/// either domain.
///
/// For each three bits of the keys 8 rounds and 34 elements a row, and 4 more for each 64 bits that are carried: the key bits still to come and the row's
/// number; at the end 3 elements a row and 4 a row and column. A 64-bit key and one column: 6.8 kB a row over all parties, 180 rounds at most.
pub async fn sort(e: &mut dyn Engine, keys: &[Key<'_>], columns: &[&Secret]) -> Result<Vec<Secret>> {
    if let Some(key) = keys.first() {
        rows(columns, key.column.len())?;
    }
    match destination(e, keys).await? {
        Some(destination) => apply(e, &destination, columns).await,
        None => Ok(columns.iter().copied().cloned().collect()),
    }
}

/// Where each row goes in [`sort`], for [`apply`]; `None` if it stays where it is, as without keys or with at most one row.
pub async fn destination(e: &mut dyn Engine, keys: &[Key<'_>]) -> Result<Option<Secret>> {
    let Some(n) = keys.first().map(|k| k.column.len()) else { return Ok(None) };
    rows(&keys.iter().map(|k| k.column).collect::<Vec<_>>(), n)?;
    if n <= 1 {
        return Ok(None);
    }
    if n > u32::MAX as usize {
        return Err(Error::Refused(format!("{n} rows are too many to be sorted at once; sort fewer than 2^32")));
    }
    let mut key = Vec::new();
    for k in keys.iter().rev() {
        key.extend(key_planes(e, k).await?);
    }
    passes(e, key, n).await.map(Some)
}

/// A key's bits, lowest first, so that their unsigned order is the wanted one.
async fn key_planes(e: &mut dyn Engine, key: &Key<'_>) -> Result<Vec<Secret>> {
    let bits = key.bits as usize;
    let fits = match key.column.domain() {
        Domain::Ring => (1..=62).contains(&bits),
        Domain::Bits { width } => width == bits,
    };
    if !fits {
        return Err(Error::Misuse("a key of 1 to 62 bits, or strings of just its bits"));
    }
    let string = match key.column.domain() {
        Domain::Ring => e.to_bits(key.column, bits).await?,
        Domain::Bits { .. } => key.column.clone(),
    };
    let string = if key.descending { e.not(&string)? } else { string };
    let mut planes = planes(e, &string)?;
    if key.signed {
        planes[bits - 1] = e.not(&planes[bits - 1])?;
    }
    Ok(planes)
}

/// All digits, lowest first. `key` is in the order of the passes so far, and so is `number`, each row's place at the beginning (none
/// before the first pass).
async fn passes(e: &mut dyn Engine, mut key: Vec<Secret>, n: usize) -> Result<Secret> {
    let mut number: Option<Vec<Secret>> = None;
    let bits = (usize::BITS - (n - 1).leading_zeros()) as usize;
    loop {
        let rest = key.split_off(DIGIT.min(key.len()));
        let place = places(e, &key).await?;
        if rest.is_empty() {
            return match number {
                Some(number) => at_numbers(e, &number, &place).await,
                None => Ok(place),
            };
        }
        let number_now = match number.take() {
            Some(number) => number,
            None => planes(e, &e.public_bits(&(0..n as u64).collect::<Vec<_>>(), bits)?)?,
        };
        let carried: Vec<Secret> = rest.into_iter().chain(number_now).collect();
        let mut moved = carry(e, &place, &carried).await?;
        number = Some(moved.split_off(moved.len() - bits));
        key = moved;
    }
}

/// Moves rows of single bits to their places, packed into as few words as they fill.
async fn carry(e: &mut dyn Engine, place: &Secret, bits: &[Secret]) -> Result<Vec<Secret>> {
    let words: Vec<Secret> = bits.chunks(64).map(|c| e.stack(&c.iter().collect::<Vec<_>>())).collect::<Result<_>>()?;
    let moved = apply(e, place, &words.iter().collect::<Vec<_>>()).await?;
    let mut out = Vec::with_capacity(bits.len());
    for word in moved {
        out.extend(planes(e, &word)?);
    }
    Ok(out)
}

/// The places, by the rows' numbers: rows and numbers are shuffled, then the numbers may be seen.
async fn at_numbers(e: &mut dyn Engine, number: &[Secret], place: &Secret) -> Result<Secret> {
    let number = e.stack(&number.iter().collect::<Vec<_>>())?;
    let shuffled = e.shuffle(&[&number, place]).await?;
    let opened = e.open_bits(&shuffled[0]).await?;
    e.gather(&shuffled[1], &inverse(e.is_dry(), opened.into_iter())?)
}

/// ePrint 2019/695, §4.1, for digits of several bits: each row's place in the stable order of its digit, given by bits. With the flags f_v
/// of the digit's values one after the other, running sums over all of them are the places, counted from 1, and a row's place is Σ f_v · sum_v.
async fn places(e: &mut dyn Engine, digit: &[Secret]) -> Result<Secret> {
    let flags = digit_flags(e, digit).await?;
    let place = e.mul_prefix_sums(&flags.iter().collect::<Vec<_>>()).await?;
    drop(flags);
    add_constant(e, &place, -1)
}

/// For each value of a digit, a flag for each row. With the flags f_v of the bits so far, a further bit b gives f_v·b and f_v − f_v·b; as
/// Σ f_v = 1, the first product is b less the others.
async fn digit_flags(e: &mut dyn Engine, digit: &[Secret]) -> Result<Vec<Secret>> {
    let all = e.to_ring(&join(e, digit)?).await?;
    let bits = split(e, &all, digit.len())?;
    drop(all);
    let mut flags = vec![constant(e, 1, digit[0].len())?];
    for bit in bits {
        let known = &flags[1..];
        let mut high = vec![bit.clone()];
        if !known.is_empty() {
            let products = e.mul(&join(e, known)?, &repeat(e, &bit, known.len())?).await?;
            high.extend(split(e, &products, known.len())?);
        }
        let (first, others) = high.split_at_mut(1);
        for product in others {
            first[0] = e.sub(&first[0], product)?;
        }
        for (flag, product) in flags.iter_mut().zip(&high) {
            *flag = e.sub(flag, product)?;
        }
        flags.extend(high);
    }
    Ok(flags)
}
