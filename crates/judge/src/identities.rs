//! Whose key is whose, as the judge knows it.

use jointly_garble::covert::Key;

use crate::Verdict;

/// Parties' names and their public keys.
#[derive(Clone, Debug, Default)]
pub struct Identities(Vec<(String, Key)>);

impl Identities {
    /// Adds the keys that stand in `text`, each as 64 hexadecimal digits on a line of its own, as `name`'s.
    pub fn add(&mut self, name: &str, text: &str) {
        self.0.extend(text.lines().filter_map(|line| key(line.trim())).map(|key| (name.to_owned(), key)));
    }

    /// Whether no key is known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All keys.
    pub fn keys(&self) -> Vec<Key> {
        self.0.iter().map(|(_, key)| *key).collect()
    }

    /// Whose `key` is. If several parties gave the same one, the first of them by the alphabet.
    pub fn name_of(&self, key: &Key) -> Option<&str> {
        self.0.iter().filter(|(_, other)| other == key).map(|(name, _)| name.as_str()).min()
    }

    /// `verdict` as a sentence, the convicted by name.
    pub fn tell(&self, verdict: &Verdict) -> String {
        match verdict {
            Verdict::Guilty { garbler, .. } => match self.name_of(garbler) {
                Some(name) => format!("{name} is {verdict}"),
                None => verdict.to_string(),
            },
            _ => verdict.to_string(),
        }
    }
}

fn key(word: &str) -> Option<Key> {
    if word.len() != 64 || !word.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return None;
    }
    let mut key = [0; 32];
    for (i, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&word[2 * i..2 * i + 2], 16).ok()?;
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_stand_on_lines_of_their_own() {
        let mut known = Identities::default();
        known.add("bank", &format!("# the bank\n  {}\n+{}\n", "0A".repeat(32), "1".repeat(63)));
        known.add("nobody", &"é".repeat(32));
        assert_eq!(known.keys(), [[10; 32]]);
        assert_eq!(known.name_of(&[10; 32]), Some("bank"));
        assert_eq!(known.name_of(&[11; 32]), None);
        known.add("attic", &"0a".repeat(32));
        assert_eq!(known.name_of(&[10; 32]), Some("attic"));
    }
}
