//! How many rows a file has, where nothing else of it is wanted: lines are counted much faster than rows are read.

use std::io::{self, BufRead};

/// The lines of a file that are not empty, each of which is a row of `columns` fields. None where that cannot be said so easily: a quote may hide the
/// end of a line, and with too many delimiters or too few, some row has not its fields.
pub(super) fn lines(mut file: impl BufRead, delimiter: u8, columns: usize) -> io::Result<Option<u64>> {
    if file.fill_buf()?.starts_with("\u{feff}".as_bytes()) {
        file.consume(3);
    }
    let (mut lines, mut delimiters, mut before) = (0, 0, b'\n');
    loop {
        let bytes = file.fill_buf()?;
        if bytes.is_empty() {
            break;
        }
        if bytes.contains(&b'"') {
            return Ok(None);
        }
        for step in bytes.chunks(STEP) {
            delimiters += sum(step.iter().map(|byte| *byte == delimiter));
            lines += u64::from(begins(before, step[0])) + sum(step.array_windows().map(|[a, b]| begins(*a, *b)));
            before = step[step.len() - 1];
        }
        let read = bytes.len();
        file.consume(read);
    }
    Ok((delimiters + lines == lines * columns as u64).then_some(lines))
}

/// Bytes that are looked at together: few enough for a count of one byte, which the compiler makes wide instructions of.
const STEP: usize = 255;

fn sum(which: impl Iterator<Item = bool>) -> u64 {
    u64::from(which.map(u8::from).sum::<u8>())
}

/// Whether a line begins between two bytes.
fn begins(before: u8, byte: u8) -> bool {
    let ends = |byte| byte == b'\n' || byte == b'\r';
    ends(before) & !ends(byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_rows() {
        let counted = |text: &str| lines(text.as_bytes(), b',', 2).unwrap();
        assert_eq!((counted(""), counted("\n\r\n"), counted("a,b")), (Some(0), Some(0), Some(1)));
        assert_eq!(counted("\u{feff}a,b\r\n\r\n1,2\r3,4\n\n,\n"), Some(4));
        assert_eq!((counted("a,b\n1\n"), counted("a,b,c\n"), counted("a,\"b\n\"\n")), (None, None, None));
        assert_eq!(lines(&b"a\nb\n"[..], b',', 1).unwrap(), Some(2));
    }

    /// Whatever it says is what the reader says.
    #[test]
    fn as_many_as_are_read() {
        let letters = ["a", ",", "\n", "\r", "b,c", "\r\n", "\u{feff}", "é", " "];
        for n in 0..9usize.pow(4) {
            let text: String = (0..4).map(|i| letters[n / 9usize.pow(i) % 9]).collect();
            let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
            let rows: Result<Vec<_>, _> = reader.byte_records().collect();
            let columns = rows.as_ref().ok().and_then(|rows| rows.first()).map_or(1, csv::ByteRecord::len);
            let small = io::BufReader::with_capacity(3, text.as_bytes());
            match (lines(small, b',', columns).unwrap(), rows) {
                (Some(lines), Ok(rows)) => assert_eq!(lines, rows.len() as u64, "{text:?}"),
                (None, Ok(rows)) => assert_eq!(rows.len(), 0, "{text:?}"),
                // Too many delimiters in one row may be those that another lacks.
                (_, Err(_)) => {}
            }
        }
    }
}
