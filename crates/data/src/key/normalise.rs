//! Which items are the same: the rule by which both sides write a row's key columns before they are compared.
//!
//! A column is [`Text`](Kind::Text), [`Code`](Kind::Code) or [`Digits`](Kind::Digits). What all three do first is
//! toNFKC_Casefold of the Unicode Standard (§3.13), in these steps:
//! 1. NFKC: compatibility forms become the plain ones (full-width digits, ligatures, half-width kana, circled numbers, Kelvin sign), and
//!    every letter with its accents has one encoding;
//! 2. characters that are not seen are dropped: controls and Default_Ignorable_Code_Point (zero-width spaces and joiners, soft hyphens,
//!    direction marks, variation selectors, byte-order marks);
//! 3. case is folded, character by character and without a locale: lower, upper, lower. Against `to_lowercase` alone this makes ß and SS,
//!    and the three sigmas, meet. Against the standard's own table (compared for every character of Unicode 14) one thing differs: the dotless
//!    ı meets i, since many systems cannot write it. It needs no table of its own, so none can go out of date;
//! 4. NFKC again, since folding may undo it.
//!
//! Then [`Text`](Kind::Text) trims and makes any run of white space one space, [`Code`](Kind::Code) keeps letters, marks and digits,
//! [`Digits`](Kind::Digits) keeps decimal digits, those of other scripts as ASCII. Scripts are not mixed: Latin a and Cyrillic а stay two
//! letters, as do traditional and simplified characters. Country codes, abbreviations and the order of names are the data's owners'
//! business.
//!
//! A row of which a column is empty afterwards has no item and matches nothing. Several columns make one item, each with its length before
//! it, so that ("ab", "c") and ("a", "bc") differ.

mod ascii;

use std::fmt;

use unicode_normalization::{UnicodeNormalization, is_nfkc};

use crate::error::{Error, Result};

/// What a key column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Names and other words: white space counts, but not how much of it.
    Text,
    /// Numbers of documents, which may have letters: only letters and digits count.
    Code,
    /// Phone numbers and such: only digits count.
    Digits,
}

impl Kind {
    /// The normal form of a value; none if nothing is left of it.
    pub fn normalise(self, value: &str) -> Option<String> {
        let mut normal = Vec::new();
        self.append(value, &mut normal);
        String::from_utf8(normal).ok().filter(|normal| !normal.is_empty())
    }

    /// Appends the normal form of a value, in UTF-8.
    fn append(self, value: &str, out: &mut Vec<u8>) {
        match value.is_ascii() {
            true => ascii::append(self, value.as_bytes(), out),
            false => out.extend_from_slice(self.of_any(value).as_bytes()),
        }
    }

    /// The normal form, step by step.
    fn of_any(self, value: &str) -> String {
        let folded = casefold(value);
        match self {
            Kind::Text => folded.split_whitespace().collect::<Vec<_>>().join(" "),
            // A mark that stood behind something dropped now belongs to another letter: NFKC once more.
            Kind::Code => {
                folded.chars().filter(|c| c.is_alphanumeric() || is_mark(*c)).map(ascii_digit).nfkc().collect()
            }
            Kind::Digits => folded.chars().map(ascii_digit).filter(char::is_ascii_digit).collect(),
        }
    }
}

/// The kinds of a key's columns, in their order. Both sides must have the same one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule(Vec<Kind>);

impl Rule {
    /// This rule's version: another one may give other items.
    pub const VERSION: u32 = 1;

    /// The rule for a key of columns of these kinds: at least one.
    pub fn new(columns: &[Kind]) -> Result<Self> {
        if columns.is_empty() {
            return Err(Error::Key("a key has at least one column".to_owned()));
        }
        Ok(Self(columns.to_vec()))
    }

    /// The item of a row, given its key columns; none if one of them is empty.
    pub fn item(&self, row: &[&str]) -> Result<Option<Vec<u8>>> {
        let mut item = Vec::new();
        Ok(self.append(row, &mut item)?.then_some(item))
    }

    /// Appends the item of a row, given its key columns. Appends nothing, and says so, if one of them is empty.
    pub(super) fn append(&self, row: &[&str], out: &mut Vec<u8>) -> Result<bool> {
        if row.len() != self.0.len() {
            return Err(Error::Key(format!(
                "a key of {} columns has a value for each, not {}",
                self.0.len(),
                row.len()
            )));
        }
        let before = out.len();
        for (kind, value) in self.0.iter().zip(row) {
            // The length stands first, and is known last.
            let at = out.len() + LENGTH;
            out.extend_from_slice(&[0; LENGTH]);
            kind.append(value, out);
            let length = out.len() - at;
            if length == 0 {
                out.truncate(before);
                return Ok(false);
            }
            out[at - LENGTH..at].copy_from_slice(&(length as u64).to_le_bytes());
        }
        Ok(true)
    }
}

/// Bytes of a length.
const LENGTH: usize = 8;

/// What both sides compare to be sure that they have the same rule.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "normalise {}", Self::VERSION)?;
        self.0.iter().try_for_each(|kind| write!(f, " {}", format!("{kind:?}").to_lowercase()))
    }
}

fn casefold(value: &str) -> String {
    let folded = value.nfkc().filter(is_seen).flat_map(char::to_lowercase).flat_map(char::to_uppercase);
    let folded: String = folded.flat_map(char::to_lowercase).collect();
    if is_nfkc(&folded) { folded } else { folded.nfkc().collect() }
}

/// Neither a control, white space apart, nor of the property Default_Ignorable_Code_Point.
fn is_seen(c: &char) -> bool {
    let hidden = matches!(*c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}');
    !hidden && (c.is_whitespace() || !c.is_control())
}

/// A mark that belongs to the letter before it.
fn is_mark(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

/// The zeros of scripts with decimal digits of their own, in the Basic Multilingual Plane; nine more follow each.
const ZEROS: [u32; 36] = [
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0, 0xf20,
    0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0,
    0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
];

/// The ASCII digit of a decimal digit; any other character as it is.
fn ascii_digit(c: char) -> char {
    let of = |zero: &u32| (c as u32).checked_sub(*zero).filter(|digit| *digit < 10);
    ZEROS.iter().find_map(of).and_then(|digit| char::from_digit(digit, 10)).unwrap_or(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: &str) -> String {
        Kind::Text.normalise(value).unwrap_or_default()
    }

    fn same(values: &[&str]) {
        values.iter().for_each(|value| assert_eq!(text(value), text(values[0]), "{value:?} and {:?}", values[0]));
    }

    #[test]
    fn look_alikes_that_are_the_same() {
        same(&["Li Wei", " LI  WEI\t", "li\u{a0}wei", "Ｌｉ　Ｗｅｉ", "li\u{200b} wei", "\u{feff}Li Wei"]);
        same(&["café", "cafe\u{301}", "CAFE\u{301}", "CAFÉ"]);
        same(&["ffi file", "ﬃ ﬁle"]);
        same(&["straße", "STRASSE", "STRAẞE", "strasse"]);
        same(&["ΟΔΟΣ", "οδος", "οδοσ"]);
        same(&["ｶﾞｯｺｳ", "ガッコウ"]);
        same(&["각", "\u{1100}\u{1161}\u{11a8}"]);
        same(&["豈", "\u{8c48}"]);
        same(&["Ⅳ", "iv"]);
        same(&["co\u{ad}operate", "cooperate", "co\u{2060}operate", "co\u{200d}operate"]);
        same(&["K", "K", "k"]);
        same(&["ﷺ", "صلى الله عليه وسلم"]);
    }

    #[test]
    fn turkish_i() {
        assert_eq!(text("ILGIN"), "ilgin");
        assert_eq!(text("Ilgın"), "ilgin", "the dotless ı meets i");
        assert_eq!(text("İzmir"), "i\u{307}zmir", "the dot of İ stays, as in Unicode's own folding");
        same(&["İzmir", "I\u{307}zmir", "i\u{307}zmir"]);
        assert_ne!(text("İzmir"), text("izmir"));
    }

    #[test]
    fn look_alikes_that_stay_apart() {
        for (a, b) in
            [("a", "а"), ("O", "0"), ("l", "1"), ("丰", "豐"), ("O'Neil", "O’Neil"), ("é", "e"), ("li wei", "liwei")]
        {
            assert_ne!(text(a), text(b));
        }
    }

    #[test]
    fn digits_and_codes() {
        let digits = |value| Kind::Digits.normalise(value);
        for phone in [
            "13800138000",
            "138-0013-8000",
            "(138) 0013 8000",
            "１３８００１３８０００",
            "١٣٨٠٠١٣٨٠٠٠",
            "138\u{200b}00138000",
            "१३८००१३८०००",
        ] {
            assert_eq!(digits(phone).unwrap(), "13800138000");
        }
        assert_eq!(digits("+86 138").unwrap(), "86138", "country codes are digits as others");
        assert_eq!(digits("5² ①").unwrap(), "521", "what is a digit in NFKC counts");
        assert_eq!(digits("none"), None);
        let code = |value| Kind::Code.normalise(value).unwrap();
        assert_eq!(code("110105-19491231-002x"), code("11010519491231002Ｘ"));
        assert_ne!(code("E 1234"), code("G 1234"));
        assert_eq!(code("ab-٣"), "ab3");
    }

    #[test]
    fn normal_forms_stay_what_they_are() {
        // The planes' parts in which letters have other forms.
        let ranges = (0..0x3400).chain(0xa640..0xabff).chain(0xf900..0x10600).chain(0x1d000..0x1f200);
        for c in ranges.filter_map(char::from_u32) {
            for value in [c.to_string(), format!("a{c}\u{301}b"), format!("x{c}")] {
                for kind in [Kind::Text, Kind::Code, Kind::Digits] {
                    let once = kind.normalise(&value);
                    let twice = once.as_deref().and_then(|value| kind.normalise(value));
                    assert_eq!(once, twice, "{value:?} as {kind:?}");
                }
            }
        }
    }

    #[test]
    fn items_of_several_columns() {
        let rule = Rule::new(&[Kind::Text, Kind::Code, Kind::Digits]).unwrap();
        let item = |row: [&str; 3]| rule.item(&row).unwrap();
        assert_eq!(item(["Li  Wei", "ab 1", "138-1"]), item(["li wei", "AB1", "1381"]));
        assert_eq!(item(["li wei", "", "1"]), None);
        assert_eq!(item(["li wei", "a", "\u{200b}"]), None);
        let pair = Rule::new(&[Kind::Text, Kind::Text]).unwrap();
        assert_ne!(pair.item(&["ab", "c"]), pair.item(&["a", "bc"]));
        assert!(pair.item(&["ab"]).is_err() && Rule::new(&[]).is_err());
        assert_eq!(rule.to_string(), "normalise 1 text code digits");
    }
}
