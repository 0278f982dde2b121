//! Tables as wide as the terminal.

use std::path::Path;

use comfy_table::{CellAlignment, ContentArrangement, Table, presets::UTF8_FULL, presets::UTF8_FULL_CONDENSED};
use jointly_node::live::control;
use serde_json::Value;

use crate::failure::Failure;

/// The width of tables of prose where the output is no terminal.
const WIDTH: u16 = 120;

/// An empty table with this header, as wide as `width` allows.
fn new(header: &[&str], width: Option<u16>) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_FULL).set_header(header);
    if let Some(width) = width {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width.max(40));
    }
    table
}

/// The terminal's width, if there is one.
fn terminal() -> Option<u16> {
    let columns = std::env::var("COLUMNS").ok().and_then(|c| c.parse().ok());
    columns.or_else(|| terminal_size::terminal_size().map(|(width, _)| width.0))
}

/// A table of text.
pub fn of<const N: usize>(header: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let mut table = new(&header, terminal().or(Some(WIDTH)));
    rows.into_iter().for_each(|row| {
        table.add_row(row);
    });
    table.to_string()
}

/// An answer: numbers to the right.
pub fn answer(answer: &control::Table) -> String {
    let header: Vec<&str> = answer.columns.iter().map(String::as_str).collect();
    // A line a row: a file or a pipe is as wide as it has to be.
    let mut table = new(&header, terminal());
    table.load_preset(UTF8_FULL_CONDENSED);
    for row in &answer.rows {
        table.add_row(row.iter().map(cell));
    }
    for (i, column) in table.column_iter_mut().enumerate() {
        if answer.rows.iter().any(|row| row.get(i).is_some_and(Value::is_number)) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.to_string()
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => "–".into(),
        Value::String(text) => visible(text),
        Value::Number(n) if n.is_f64() => decimal(n.as_f64().unwrap_or(f64::NAN)),
        other => other.to_string(),
    }
}

/// Three decimals, or three digits of a smaller number.
fn decimal(x: f64) -> String {
    match x.abs() {
        0.0 | 0.1.. => format!("{x:.3}"),
        1e-4.. => format!("{x:.*}", (2.0 - x.abs().log10().floor()) as usize),
        _ => format!("{x:.2e}"),
    }
}

/// Text from elsewhere, unable to command the terminal, to hide anything, or to show it in another order.
pub fn visible(text: &str) -> String {
    let hides = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    text.chars().map(|c| if hides(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// 12345678 as "12.3 MB".
pub fn bytes(n: u64) -> String {
    match n {
        0..1_000 => format!("{n} bytes"),
        1_000..1_000_000 => format!("{:.1} kB", n as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", n as f64 / 1e6),
        _ => format!("{:.1} GB", n as f64 / 1e9),
    }
}

/// Writes an answer as CSV.
pub fn write(file: &Path, answer: &control::Table) -> Result<(), Failure> {
    let failed = |e: csv::Error| Failure::file("write", file)(e.into());
    let mut out = csv::Writer::from_path(file).map_err(failed)?;
    let cell = |value: &Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let lines = std::iter::once(answer.columns.clone()).chain(answer.rows.iter().map(|r| r.iter().map(cell).collect()));
    for line in lines {
        out.write_record(line).map_err(failed)?;
    }
    out.flush().map_err(Failure::file("write", file))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn small_numbers_keep_three_digits() {
        let shown = [2.0, -0.25, 0.0, 0.0312, -0.001_904, 0.000_25, 1.2e-7].map(decimal);
        assert_eq!(shown, ["2.000", "-0.250", "0.000", "0.0312", "-0.00190", "0.000250", "1.20e-7"]);
    }

    #[test]
    fn an_answer_is_readable_and_cannot_command_the_terminal() {
        let rows = vec![vec![json!("a\u{1b}[2Jb"), json!(1.23456), json!(null), json!(7)]];
        let columns = ["who", "mean", "median", "n"].map(String::from).into();
        let text = answer(&control::Table { columns, rows });
        assert!(text.contains("1.235") && text.contains('–') && text.contains('7'), "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
        assert_eq!(visible("SELECT\n\u{202e}1"), "SELECT\n\u{fffd}1");
    }

    #[test]
    fn sizes() {
        assert_eq!([999, 1_500, 12_345_678, 3_000_000_000].map(bytes), ["999 bytes", "1.5 kB", "12.3 MB", "3.0 GB"]);
    }
}
