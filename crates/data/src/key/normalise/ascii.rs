//! The rule for ASCII values, byte by byte: NFKC leaves them as they are, and case folding is lower case.

use super::Kind;

/// What becomes of each byte; 0 where it is dropped.
type Table = [u8; 128];

const TEXT: Table = table(Kind::Text);
const CODE: Table = table(Kind::Code);
const DIGITS: Table = table(Kind::Digits);

const fn table(kind: Kind) -> Table {
    let mut table = [0; 128];
    let mut byte = 0;
    while byte < 128 {
        let lower = (byte as u8).to_ascii_lowercase();
        table[byte] = match (kind, lower) {
            (_, b'0'..=b'9') | (Kind::Text | Kind::Code, b'a'..=b'z') => lower,
            // White space of Unicode, which is one more than that of `u8::is_ascii_whitespace`.
            (Kind::Text, b'\t'..=b'\r' | b' ') => b' ',
            (Kind::Text, b'!'..=b'~') => lower,
            _ => 0,
        };
        byte += 1;
    }
    table
}

/// Appends the normal form of an ASCII value.
pub(super) fn append(kind: Kind, value: &[u8], out: &mut Vec<u8>) {
    let table = match kind {
        Kind::Text => &TEXT,
        Kind::Code => &CODE,
        Kind::Digits => &DIGITS,
    };
    let start = out.len();
    out.resize(start + value.len(), 0);
    let normal = &mut out[start..];
    // What stood before is never written to: a space at the beginning counts as one after a space.
    let (mut end, mut last) = (0, b' ');
    for byte in value {
        let kept = table[usize::from(byte & 0x7f)];
        let again = kept == b' ' && last == b' ';
        if kept != 0 && !again {
            normal[end] = kept;
            (end, last) = (end + 1, kept);
        }
    }
    let trailing = usize::from(end > 0 && last == b' ');
    out.truncate(start + end - trailing);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The other way, which is for all values.
    fn same(value: &str) {
        for kind in [Kind::Text, Kind::Code, Kind::Digits] {
            let mut out = b"before ".to_vec();
            append(kind, value.as_bytes(), &mut out);
            assert_eq!(
                String::from_utf8(out).unwrap(),
                format!("before {}", kind.of_any(value)),
                "{value:?} as {kind:?}"
            );
        }
    }

    #[test]
    fn all_bytes_take_the_same_way() {
        same("");
        (0..128u8).for_each(|byte| same(&char::from(byte).to_string()));
        let all: String = (0..128u8).map(char::from).collect();
        same(&all);
        (0..128u8).for_each(|byte| same(&format!(" {0}x{0} {0} Y{0}", char::from(byte))));
    }

    proptest! {
        #[test]
        fn values_take_the_same_way(value in "[ -~]{0,30}", any in "[\\x00-\\x7f]{0,30}", spaced in "[ \\t\\n\\x0b\\x0c\\r\\x1faB0-]{0,30}") {
            same(&value);
            same(&any);
            same(&spaced);
        }
    }
}
