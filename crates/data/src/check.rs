//! One column's values, brought to its agreed type and held against its bounds.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, StringArray, new_null_array,
};
use datafusion::arrow::compute::{CastOptions, can_cast_types, cast_with_options};
use datafusion::arrow::datatypes::{DataType, Date32Type, Float64Type, Int64Type};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::util::display::array_value_to_string;

use crate::schema::{Column, Kind};

/// A value that does not fit its column.
#[derive(Debug)]
pub(crate) struct Fault {
    /// Index into the block's rows.
    pub row: usize,
    /// Untranslatable values may become null if the declaration says so; all others refuse the table.
    pub untranslatable: bool,
    pub rule: String,
}

impl Fault {
    pub(crate) fn untranslatable(row: usize, rule: String) -> Self {
        Self { row, untranslatable: true, rule }
    }

    pub(crate) fn refused(row: usize, rule: String) -> Self {
        Self { row, untranslatable: false, rule }
    }
}

/// Whether values of this type can become values of the column, and if not what to write instead.
pub(crate) fn convertible(kind: &Kind, from: &DataType) -> Result<(), String> {
    let text = matches!(from, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
    let number = from.is_numeric();
    let fits = match kind {
        Kind::Bool => matches!(from, DataType::Boolean) || text || from.is_integer(),
        Kind::Int { .. } | Kind::Real { .. } => number || text,
        Kind::Date { .. } => text || matches!(from, DataType::Date32 | DataType::Date64 | DataType::Timestamp(..)),
        Kind::Enum { .. } | Kind::Text { .. } => {
            text || from.is_integer() || matches!(from, DataType::Date32 | DataType::Dictionary(..))
        }
    };
    if fits || from.is_null() || (from.is_dictionary() && can_cast_types(from, &kind.arrow())) {
        return Ok(());
    }
    Err(format!("gives {from}, which cannot become {}; write a CASE or a CAST", kind.name()))
}

trait IsDictionary {
    fn is_dictionary(&self) -> bool;
}

impl IsDictionary for DataType {
    fn is_dictionary(&self) -> bool {
        matches!(self, DataType::Dictionary(..))
    }
}

/// Brings what the mapping gave to the column's type; a value that does not fit becomes null and a fault.
pub(crate) fn standardise(column: &Column, given: &ArrayRef, faults: &mut Vec<Fault>) -> Result<ArrayRef, ArrowError> {
    let values = translate(&column.kind, given, faults)?;
    Ok(match &column.kind {
        Kind::Bool => values,
        Kind::Int { min, max } => {
            let checked = values
                .as_primitive::<Int64Type>()
                .iter()
                .enumerate()
                .map(|(row, x)| x.filter(|x| within(x, min, max, row, faults, |x| x.to_string())));
            Arc::new(checked.collect::<Int64Array>())
        }
        Kind::Real { min, max, .. } => {
            let checked = values
                .as_primitive::<Float64Type>()
                .iter()
                .enumerate()
                .map(|(row, x)| x.filter(|x| within(x, min, max, row, faults, |x| x.to_string())));
            Arc::new(checked.collect::<Float64Array>())
        }
        Kind::Date { min, max } => {
            let (min, max) = (Date32Type::from_naive_date(*min), Date32Type::from_naive_date(*max));
            let checked = values
                .as_primitive::<Date32Type>()
                .iter()
                .enumerate()
                .map(|(row, x)| x.filter(|x| within(x, &min, &max, row, faults, |x| day(*x))));
            Arc::new(checked.collect::<datafusion::arrow::array::Date32Array>())
        }
        Kind::Enum { values: words } => Arc::new(listed(values.as_string(), words, faults)),
        Kind::Text { max_bytes } if are_short(values.as_string(), *max_bytes) => values,
        Kind::Text { max_bytes } => Arc::new(short(values.as_string(), usize::from(*max_bytes), faults)),
    })
}

/// A day count since 1970 as an ISO date.
pub(crate) fn day(days: i32) -> String {
    Date32Type::to_naive_date_opt(days).map_or_else(|| format!("day {days} since 1970"), |d| d.to_string())
}

fn translate(kind: &Kind, given: &ArrayRef, faults: &mut Vec<Fault>) -> Result<ArrayRef, ArrowError> {
    if given.data_type().is_null() {
        return Ok(new_null_array(&kind.arrow(), given.len()));
    }
    let lenient = CastOptions { safe: true, ..CastOptions::default() };
    // Text is parsed from one string type; fractions and codes are looked at before they would be cut to size.
    let plain = match (kind, given.data_type()) {
        (_, DataType::LargeUtf8 | DataType::Utf8View) => cast_with_options(given, &DataType::Utf8, &lenient)?,
        (Kind::Int { .. }, t) if !t.is_integer() && t.is_numeric() => whole(given, &lenient)?,
        (Kind::Bool, t) if t.is_integer() => zero_or_one(given, &lenient)?,
        _ => given.clone(),
    };
    let cast = cast_with_options(&plain, &kind.arrow(), &lenient)?;
    let cast = match kind {
        Kind::Real { decimals, .. } => rounded(cast.as_primitive(), *decimals),
        _ => cast,
    };
    if cast.null_count() > given.logical_null_count() {
        let nulls = given.logical_nulls();
        let lost = (0..given.len()).filter(|&row| cast.is_null(row) && nulls.as_ref().is_none_or(|n| n.is_valid(row)));
        for row in lost {
            let value = array_value_to_string(given, row).unwrap_or_default();
            faults.push(Fault::untranslatable(row, format!("{:?} is not {}", shorten(&value), wanted(kind))));
        }
    }
    Ok(cast)
}

fn wanted(kind: &Kind) -> &'static str {
    match kind {
        Kind::Bool => "true, false, 1 or 0",
        Kind::Int { .. } => "a whole number",
        Kind::Real { .. } => "a finite number",
        Kind::Date { .. } => "a day such as 2024-12-31",
        Kind::Enum { .. } | Kind::Text { .. } => "text",
    }
}

/// Numbers with a fraction are not integers: they become null instead of being cut.
fn whole(given: &ArrayRef, lenient: &CastOptions) -> Result<ArrayRef, ArrowError> {
    let reals = cast_with_options(given, &DataType::Float64, lenient)?;
    let reals = reals.as_primitive::<Float64Type>().iter().map(|x| x.filter(|x| x.fract() == 0.0));
    Ok(Arc::new(reals.collect::<Float64Array>()))
}

fn zero_or_one(given: &ArrayRef, lenient: &CastOptions) -> Result<ArrayRef, ArrowError> {
    let codes = cast_with_options(given, &DataType::Int64, lenient)?;
    let bools = codes.as_primitive::<Int64Type>().iter().map(|x| match x {
        Some(0) => Some(false),
        Some(1) => Some(true),
        _ => None,
    });
    Ok(Arc::new(bools.collect::<BooleanArray>()))
}

fn rounded(reals: &Float64Array, decimals: u8) -> ArrayRef {
    let scale = 10f64.powi(i32::from(decimals));
    // Adding zero turns -0 into 0.
    let round = |x: f64| if x.abs() < 1e300 / scale { (x * scale).round() / scale + 0.0 } else { x };
    Arc::new(reals.iter().map(|x| x.filter(|x| x.is_finite()).map(round)).collect::<Float64Array>())
}

fn within<T: PartialOrd>(
    x: &T,
    min: &T,
    max: &T,
    row: usize,
    faults: &mut Vec<Fault>,
    show: impl Fn(&T) -> String,
) -> bool {
    let rule = if x < min {
        format!("{} is below the minimum {}", show(x), show(min))
    } else if x > max {
        format!("{} is above the maximum {}", show(x), show(max))
    } else {
        return true;
    };
    faults.push(Fault::refused(row, rule));
    false
}

fn listed(values: &StringArray, words: &[String], faults: &mut Vec<Fault>) -> StringArray {
    let known: HashSet<&str> = words.iter().map(String::as_str).collect();
    let checked = values.iter().enumerate().map(|(row, x)| {
        let x = x?;
        if known.contains(x) {
            return Some(x);
        }
        let mut list = words.iter().take(10).map(|w| format!("{w:?}")).collect::<Vec<_>>().join(", ");
        if words.len() > 10 {
            list.push_str(", …");
        }
        faults.push(Fault::untranslatable(row, format!("{:?} is not one of {list}", shorten(x))));
        None
    });
    checked.collect()
}

fn are_short(values: &StringArray, max_bytes: u16) -> bool {
    values.value_offsets().array_windows().all(|[start, end]| end - start <= i32::from(max_bytes))
}

fn short(values: &StringArray, max_bytes: usize, faults: &mut Vec<Fault>) -> StringArray {
    let checked = values.iter().enumerate().map(|(row, x)| {
        let x = x?;
        if x.len() <= max_bytes {
            return Some(x);
        }
        let rule = format!("the text has {} bytes, the most is {max_bytes}", x.len());
        faults.push(Fault::refused(row, rule));
        None
    });
    checked.collect()
}

/// A value as messages quote it.
pub(crate) fn shorten(value: &str) -> String {
    match value.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &value[..end]),
        None => value.to_owned(),
    }
}
