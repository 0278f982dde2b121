//! A value as whole numbers that sort as it does: what rows are sorted and grouped by where no list of possible values can be laid out.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::{ArrayRef, AsArray, StringArray},
        compute::cast,
        datatypes::{DataType, Int64Type},
    },
    logical_expr::{self, Expr},
};
use jointly_data::Schema;

use crate::{
    encode::Coded,
    error::{Error, Result, home, refuse},
    measure::say,
    shape::{Shape, Values},
};

/// The longest text that is sorted by, in bytes: ten numbers a row.
const MOST_BYTES: usize = 64;

/// Bytes of text in one number: 257^7 < 2^57.
const BYTES: usize = 7;

/// What stands for a byte: 1 to 256, and 0 behind the end, so that no text is another's with zeros behind it.
const DIGITS: i64 = 257;

/// How a value is written as unsigned whole numbers, the first deciding before the second. NULL comes behind every value, and a row that
/// stands for nothing behind NULL.
#[derive(Clone, Debug)]
pub struct Key {
    /// What is encoded, for refusals.
    pub name: String,
    /// What is encoded, for people.
    pub said: String,
    /// Whether it can be NULL.
    pub nullable: bool,
    /// How many values an owner has at most, NULL included, if the schema says.
    pub distinct: Option<usize>,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    /// One number: the encoded value less the least.
    Number(Coded),
    /// Seven bytes in each number.
    Text { expr: Expr, max_bytes: usize },
}

impl Key {
    /// Of an expression over rows of `schema`.
    pub fn new(expr: &Expr, schema: &Schema) -> Result<Key> {
        let shape = Shape::of(expr, schema)?;
        let distinct = distinct(expr, schema);
        let Values::Text { max_bytes } = shape.values else {
            return Ok(Key { distinct, ..Key::of(Coded::new(expr, schema)?) });
        };
        if max_bytes > MOST_BYTES {
            let reason = format!("text of up to {max_bytes} bytes is too long to be compared jointly");
            let change = format!("Use left(…, {}), or declare at most {MOST_BYTES} bytes", MOST_BYTES / 4);
            return Err(refuse(expr, reason, change));
        }
        let text = logical_expr::cast(expr.clone(), DataType::Utf8);
        let (name, said) = (expr.to_string(), say(expr));
        let kind = Kind::Text { expr: text, max_bytes: max_bytes.max(1) };
        Ok(Key { name, said, nullable: shape.nullable, distinct, kind })
    }

    /// Of a number, word, day or truth value.
    pub fn of(coded: Coded) -> Key {
        let (name, said, nullable) = (coded.name.clone(), coded.said.clone(), coded.nullable);
        Key { name, said, nullable, distinct: None, kind: Kind::Number(coded) }
    }

    /// The encoding of a number, word, day or truth value; `None` for text.
    pub fn coded(&self) -> Option<&Coded> {
        match &self.kind {
            Kind::Number(coded) => Some(coded),
            Kind::Text { .. } => None,
        }
    }

    /// What an owner computes for each row: Int64, or Utf8 for text.
    pub fn expr(&self) -> &Expr {
        match &self.kind {
            Kind::Number(coded) => &coded.expr,
            Kind::Text { expr, .. } => expr,
        }
    }

    /// How many values an owner can have, NULL included.
    pub fn domain(&self) -> usize {
        let possible = match &self.kind {
            Kind::Number(coded) => coded.domain().saturating_add(usize::from(coded.nullable)),
            Kind::Text { .. } => usize::MAX,
        };
        self.distinct.map_or(possible, |most| most.min(possible))
    }

    /// The first number of NULL.
    pub fn missing(&self) -> i64 {
        match &self.kind {
            Kind::Number(coded) => coded.domain() as i64,
            Kind::Text { max_bytes, .. } => power(*max_bytes),
        }
    }

    /// The first number of a row that stands for nothing.
    pub fn padding(&self) -> i64 {
        self.missing() + 1
    }

    /// How many bits each number takes.
    pub fn bits(&self) -> Vec<u32> {
        let first = width(self.padding());
        match &self.kind {
            Kind::Number(_) => vec![first],
            Kind::Text { max_bytes, .. } => {
                let later = (BYTES..*max_bytes).step_by(BYTES).map(|at| width(power(max_bytes - at) - 1));
                std::iter::once(first).chain(later).collect()
            }
        }
    }

    /// The numbers of each value of a column that [`expr`](Key::expr) gave, appended to `words`, one list for each of [`bits`](Key::bits).
    pub fn encode(&self, column: &ArrayRef, words: &mut [Vec<i64>]) -> Result<()> {
        match &self.kind {
            Kind::Number(coded) => {
                let column = column.as_primitive_opt::<Int64Type>();
                let column = column.ok_or_else(|| Error::Home("a whole number was expected".into()))?;
                for value in column {
                    let word = value.map_or(Ok(self.missing()), |v| coded.place(v).map(|at| at as i64))?;
                    words[0].push(word);
                }
            }
            Kind::Text { max_bytes, .. } => {
                let column = column.as_string_opt::<i32>().ok_or_else(|| Error::Home("text was expected".into()))?;
                for value in column {
                    self.encode_text(value, *max_bytes, words)?;
                }
            }
        }
        Ok(())
    }

    fn encode_text(&self, text: Option<&str>, max_bytes: usize, words: &mut [Vec<i64>]) -> Result<()> {
        let bytes = text.unwrap_or_default().as_bytes();
        if bytes.len() > max_bytes {
            let name = &self.name;
            return Err(Error::Home(format!("a text of `{name}` is longer than {max_bytes} bytes: {text:?}")));
        }
        for (i, word) in words.iter_mut().enumerate() {
            let places = (i * BYTES)..((i + 1) * BYTES).min(max_bytes);
            let digit = |at: usize| bytes.get(at).map_or(0, |b| i64::from(*b) + 1);
            word.push(places.fold(0, |number, at| number * DIGITS + digit(at)));
        }
        if text.is_none() {
            words[0].pop();
            words[0].push(self.missing());
        }
        Ok(())
    }

    /// The values that these numbers stand for, as a column of this type.
    pub fn decode(&self, words: &[Vec<i64>], data_type: &DataType) -> Result<ArrayRef> {
        let Some(first) = words.first() else { return Err(Error::Home("a key's numbers are missing".into())) };
        match &self.kind {
            Kind::Number(coded) => {
                let value = |w: &i64| (*w != self.missing()).then(|| w.wrapping_add(coded.min));
                coded.decode(first.iter().map(value).collect(), data_type)
            }
            Kind::Text { max_bytes, .. } => {
                let texts = (0..first.len()).map(|row| {
                    let row: Vec<i64> = words.iter().map(|w| w[row]).collect();
                    self.decode_text(&row, *max_bytes)
                });
                let texts: StringArray = texts.collect::<Result<Vec<_>>>()?.into();
                cast(&(Arc::new(texts) as ArrayRef), data_type).map_err(|e| home(e.into()))
            }
        }
    }

    fn decode_text(&self, row: &[i64], max_bytes: usize) -> Result<Option<String>> {
        if row[0] == self.missing() {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        for (i, word) in row.iter().enumerate() {
            let places = ((i + 1) * BYTES).min(max_bytes) - i * BYTES;
            let digit = |k: usize| word / DIGITS.pow((places - 1 - k) as u32) % DIGITS;
            bytes.extend((0..places).map(digit).take_while(|d| *d > 0).map(|d| (d - 1) as u8));
        }
        let text = String::from_utf8(bytes);
        text.map(Some).map_err(|_| Error::Home("an opened key is no text: the parties do not agree".into()))
    }
}

/// An expression has no more values than its columns have together.
fn distinct(expr: &Expr, schema: &Schema) -> Option<usize> {
    let of = |name: &str| {
        let column = schema.column(name)?;
        let most = usize::try_from(column.distinct?).unwrap_or(usize::MAX);
        Some(most.saturating_add(usize::from(column.nullable)))
    };
    expr.column_refs().into_iter().map(|c| of(&c.name)).try_fold(1usize, |all, n| Some(all.saturating_mul(n?)))
}

/// The numbers that `bytes` bytes can give, of which one word holds seven.
fn power(bytes: usize) -> i64 {
    DIGITS.pow(bytes.min(BYTES) as u32)
}

fn width(greatest: i64) -> u32 {
    i64::BITS - greatest.leading_zeros()
}

#[cfg(test)]
mod tests {
    use datafusion::{arrow::array::Int64Array, logical_expr::col};
    use jointly_data::{Column, Kind};

    use super::*;

    fn key(kind: Kind) -> Key {
        let schema = Schema { table: "t".into(), columns: vec![Column::new("x", kind)] };
        Key::new(&col("x"), &schema).unwrap()
    }

    fn words(key: &Key, column: ArrayRef) -> Vec<Vec<i64>> {
        let mut words = vec![Vec::new(); key.bits().len()];
        key.encode(&column, &mut words).unwrap();
        words
    }

    #[test]
    fn text_sorts_as_its_bytes_and_comes_back() {
        let key = key(Kind::Text { max_bytes: 9 });
        let sorted =
            ["", "\0", "a", "a\0", "a\u{1}", "ab", "b", "gggggg", "ggggggg", "ggggggg\0", "gggggggz", "ö", "öäüß"];
        let list: Vec<Option<&str>> = sorted.into_iter().map(Some).chain([None]).collect();
        let words = words(&key, Arc::new(StringArray::from(list.clone())));
        let row = |i: usize| words.iter().map(|w| w[i]).collect::<Vec<_>>();
        assert!((1..list.len()).all(|i| row(i - 1) < row(i)));
        assert_eq!(words[0].last(), Some(&key.missing()));
        assert_eq!(key.bits(), [57, 17]);
        for (word, bits) in words.iter().zip(key.bits()) {
            assert!(word.iter().all(|w| (0..1 << bits).contains(w)) && key.padding() < 1 << key.bits()[0]);
        }
        let back = key.decode(&words, &DataType::Utf8).unwrap();
        assert_eq!(back.as_string::<i32>().iter().collect::<Vec<_>>(), list);
    }

    #[test]
    fn numbers_start_at_0_and_null_comes_last() {
        let key = key(Kind::Int { min: -5, max: 1_000_000 });
        let column = Int64Array::from(vec![Some(-5), Some(1_000_000), None]);
        let words = words(&key, Arc::new(column.clone()));
        assert_eq!(words, [[0, 1_000_005, 1_000_006]]);
        assert_eq!((key.bits(), key.padding()), (vec![20], 1_000_007));
        assert_eq!(key.decode(&words, &DataType::Int64).unwrap().as_primitive::<Int64Type>(), &column);
    }

    #[test]
    fn what_is_too_long_is_refused() {
        let schema = Schema { table: "t".into(), columns: vec![Column::new("x", Kind::Text { max_bytes: 65 })] };
        let message = Key::new(&col("x"), &schema).unwrap_err().to_string();
        assert!(message.contains("65 bytes") && message.contains("left("), "{message}");
        let short = key(Kind::Text { max_bytes: 2 });
        let mut words = [Vec::new()];
        let long: ArrayRef = Arc::new(StringArray::from(vec!["abc"]));
        assert!(short.encode(&long, &mut words).unwrap_err().to_string().contains("longer than 2 bytes"));
    }
}
