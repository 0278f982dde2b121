//! Words that people and other nodes hand us, checked before they are shown, stored or signed.

use crate::{Error, Result};

const LONGEST_NAME: usize = 64;
const LONGEST_PROSE: usize = 2000;

/// A member's, dataset's or project's name: one short line without characters that could hide or reorder text.
pub(crate) fn check_name(what: &'static str, name: &str) -> Result<()> {
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        return Err(Error::unusable(what, name, format!("a name has 1 to {LONGEST_NAME} characters")));
    }
    if name.trim() != name {
        return Err(Error::unusable(what, name, "it begins or ends with a space"));
    }
    check_visible(what, name)
}

/// A sentence or a few, under the same rules as a name but longer.
pub(crate) fn check_prose(what: &'static str, text: &str) -> Result<()> {
    if text.trim().is_empty() || text.chars().count() > LONGEST_PROSE {
        return Err(Error::unusable(what, text, format!("it should be 1 to {LONGEST_PROSE} characters of text")));
    }
    check_visible(what, text)
}

/// `host:port`; an IPv6 host stands in brackets.
pub(crate) fn check_address(address: &str) -> Result<()> {
    let wrong = || Error::unusable("the address", address, "it should be host:port, such as node.example.org:7400");
    let (host, port) = address.rsplit_once(':').ok_or_else(wrong)?;
    let bare = host.strip_prefix('[').and_then(|h| h.strip_suffix(']'));
    let host_is_right = match bare {
        Some(ipv6) => ipv6.parse::<std::net::Ipv6Addr>().is_ok(),
        None => {
            !host.is_empty() && host.len() <= 253 && host.chars().all(|c| c.is_ascii_alphanumeric() || ".-".contains(c))
        }
    };
    if host_is_right && port.parse::<u16>().is_ok_and(|p| p > 0) { Ok(()) } else { Err(wrong()) }
}

/// "A", "A and B", "A, B and C".
pub(crate) fn and<S: AsRef<str>>(names: &[S]) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    match names.as_slice() {
        [] => "nobody".to_owned(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

/// Small numbers as words, as a sentence wants them.
pub(crate) fn number(n: usize) -> String {
    const WORDS: [&str; 11] = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
    WORDS.get(n).map_or_else(|| n.to_string(), |word| (*word).to_owned())
}

/// Text from elsewhere that was refused, fit to be quoted to a person: it cannot command a terminal or hide anything.
pub(crate) fn quotable(text: &str) -> String {
    text.chars().take(LONGEST_PROSE).map(|c| if is_hidden(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

fn check_visible(what: &'static str, text: &str) -> Result<()> {
    match text.chars().find(|&c| is_hidden(c)) {
        None => Ok(()),
        Some(c) => {
            Err(Error::unusable(what, text, format!("it contains the invisible character U+{:04X}", u32::from(c))))
        }
    }
}

/// What a reader would not see, or what would show the text in another order than it is written.
pub(crate) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for good in ["St. Mary's", "北京医院", "bank-1"] {
            assert!(check_name("the name", good).is_ok(), "{good}");
        }
        for bad in ["", " a", "a\nb", "a\u{202e}b", "a\u{200b}", &"x".repeat(65)] {
            assert!(check_name("the name", bad).is_err(), "{bad:?}");
        }
        assert_eq!(quotable("a\u{1b}[2Jb"), "a\u{fffd}[2Jb");
        assert!(check_name("the name", "a\u{202e}b").unwrap_err().to_string().contains("U+202E"));
    }

    #[test]
    fn addresses() {
        for good in ["node.example.org:7400", "10.0.0.1:1", "[::1]:65535"] {
            assert!(check_address(good).is_ok(), "{good}");
        }
        for bad in ["", "host", ":80", "host:0", "host:65536", "[::1:80", "::1:80", "a b:80", "http://a:80"] {
            assert!(check_address(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn enumerations() {
        assert_eq!(and(&["A", "B", "C"]), "A, B and C");
        assert_eq!((number(3), number(11)), ("three".to_owned(), "11".to_owned()));
    }
}
