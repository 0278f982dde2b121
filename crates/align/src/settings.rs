//! What all parties must expect alike.

use std::collections::BTreeSet;

use jointly_core::Party;
use jointly_data::key::Rule;
use serde::{Deserialize, Serialize};

use crate::{Error, Parties, Result};

/// Defines a setting with its words.
macro_rules! setting {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $case:ident = $word:literal,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[$doc])* #[serde(rename = $word)] $case,)*
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(match self { $($name::$case => $word,)* })
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;

            fn from_str(text: &str) -> std::result::Result<Self, String> {
                match text {
                    $($word => Ok($name::$case),)*
                    _ => Err(format!("it is one of {}", [$($word),*].join(", "))),
                }
            }
        }
    };
}
pub(crate) use setting;

setting! {
    /// Which rows are written.
    Variant {
        /// The common ones.
        Inner = "inner",
        /// All, and which of them are common.
        Left = "left",
        /// Those that are not common.
        Anti = "anti",
    }
}

setting! {
    /// By what kind of protocol common items are found.
    Protocol {
        /// Key-value stores and vector OLE: fast, for sets of all sizes; what is made of them for several parties, and for shares.
        Rr22 = "rr22",
        /// Diffie-Hellman on ristretto255: least bytes, for two small or very unequal sets.
        Ecdh = "ecdh",
    }
}

setting! {
    /// Against whom it is secure.
    Security {
        /// A party that does what it likes.
        Malicious = "malicious",
        /// A party that follows the protocol, and tries to learn from what it sees.
        SemiHonest = "semi-honest",
    }
}

/// Who learns which rows are common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Learners {
    /// These parties.
    Revealed(BTreeSet<u16>),
    /// Nobody: two parties get shares of it.
    Shared,
}

impl Learners {
    /// These parties learn it.
    pub fn revealed(parties: impl IntoIterator<Item = Party>) -> Learners {
        Learners::Revealed(parties.into_iter().map(|party| party.0).collect())
    }

    /// Whether that party learns the result.
    pub fn includes(&self, party: Party) -> bool {
        matches!(self, Learners::Revealed(parties) if parties.contains(&party.0))
    }

    /// Whether that party writes anything.
    pub fn writes(&self, party: Party) -> bool {
        *self == Learners::Shared || self.includes(party)
    }

    /// Who learns it, in the parties' order.
    pub fn parties(&self) -> impl Iterator<Item = Party> + '_ {
        let parties = match self {
            Learners::Revealed(parties) => Some(parties),
            Learners::Shared => None,
        };
        parties.into_iter().flatten().map(|party| Party(*party))
    }

    /// In a word, or by the parties' names.
    pub(crate) fn words(&self, parties: &Parties) -> String {
        match self {
            Learners::Shared => "shared".to_owned(),
            Learners::Revealed(of) if parties.all().all(|party| of.contains(&party.0)) => {
                if parties.count() == 2 { "both" } else { "all" }.to_owned()
            }
            Learners::Revealed(of) if of.is_empty() => "nobody".to_owned(),
            _ => self.parties().map(|party| parties.name(party)).collect::<Vec<_>>().join(", "),
        }
    }
}

/// What all parties must expect alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The version of the rules by which keys are written.
    pub normalise: u32,
    /// The rules of the key's columns, in their order.
    pub key: Vec<String>,
    /// Who learns the result.
    pub result: Learners,
    /// Which rows are written; `inner` where the result is shared.
    pub variant: Variant,
    /// By which protocol.
    pub protocol: Protocol,
    /// Against whom.
    pub security: Security,
    /// Whether numbers of rows are rounded up before the others learn them.
    pub hide_size: bool,
    /// A column of the second party of which both get shares too, where the result is shared: a number of at most 8 bytes.
    pub payload: Option<String>,
}

impl Settings {
    /// The version of the rules of keys that this program has.
    pub const NORMALISE: u32 = Rule::VERSION;

    /// Refuses what these parties cannot do.
    ///
    /// # Errors
    /// `Usage`, with what to change.
    pub fn check(&self, parties: &Parties) -> Result<()> {
        let (many, shared) = (parties.count() > 2, self.result == Learners::Shared);
        let semi_honest = parties.given("security", "semi-honest");
        let refused = |words: String| Err(Error::Usage(words));
        if let Learners::Revealed(of) = &self.result
            && (of.is_empty() || of.iter().any(|party| *party >= parties.count()))
        {
            return refused(format!("{} names one or more of the parties", parties.flag("result")));
        }
        if shared && many {
            return refused("a result is kept shared between two parties only".to_owned());
        }
        if (many || shared || self.protocol == Protocol::Ecdh) && self.security == Security::Malicious {
            let (what, instead) = match (shared, many) {
                (true, _) => ("a result that is kept shared", String::new()),
                (_, true) => ("the intersection of more than two tables", String::new()),
                _ => ("ecdh", format!("{}, or ", parties.given("protocol", "rr22"))),
            };
            let everywhere = if parties.is_command() { "at both sides" } else { "in the project" };
            return refused(format!(
                "{what} is secure against semi-honest parties only: take {instead}{semi_honest} {everywhere}"
            ));
        }
        if (many || shared) && self.protocol != Protocol::Rr22 {
            let what = if shared { "for a result that is kept shared" } else { "for more than two parties" };
            return refused(format!("ecdh is not {what}: take {}", parties.given("protocol", "rr22")));
        }
        if shared && self.variant != Variant::Inner {
            return refused(format!(
                "where the result is kept shared, nobody knows which rows are common: take {}",
                parties.given("variant", "inner")
            ));
        }
        if !shared && self.payload.is_some() {
            return refused(format!("{} is for a result that is kept shared: leave it out", parties.flag("payload")));
        }
        Ok(())
    }

    /// Refuses another party that expects something else, and says what to change.
    ///
    /// # Errors
    /// `Refused`.
    pub fn agree(&self, theirs: &Settings, parties: &Parties, from: Party) -> Result<()> {
        let (mine, others) = (self.words(parties), theirs.words(parties));
        let pairs = mine.into_iter().zip(others);
        let Some(((what, mine, advice), (_, theirs, _))) = pairs.into_iter().find(|(mine, theirs)| mine.1 != theirs.1)
        else {
            return Ok(());
        };
        // The other party's words may be long and strange.
        let theirs: String = theirs.chars().filter(|c| !c.is_control()).take(200).collect();
        let who = match parties.is_command() {
            true => "the two sides".to_owned(),
            false => format!("{} and {}", parties.who(parties.me()), parties.who(from)),
        };
        Err(Error::Refused(format!("{who} differ in {what}: here {mine}, there {theirs}; {advice}")))
    }

    /// Every setting: what it is called, its value, and what to do where it differs.
    fn words(&self, parties: &Parties) -> [(String, String, &'static str); 8] {
        let key = match &self.key[..] {
            [one] => format!("one column ({one})"),
            more => format!("{} columns ({})", more.len(), more.join(", ")),
        };
        let flag = |name| parties.flag(name);
        let columns = if parties.is_command() {
            "name as many --key columns, in the same order and with the same rules"
        } else {
            "agree on as many key columns, in the same order and with the same rules"
        };
        let hidden = if self.hide_size { "given" } else { "not given" }.to_owned();
        let payload = self.payload.as_ref().map_or("none".to_owned(), |column| format!("`{column}`"));
        [
            ("the rules of keys".into(), self.normalise.to_string(), "install the same version of Jointly"),
            ("the key".into(), key, columns),
            (flag("result"), self.result.words(parties), "agree on who learns the result"),
            (flag("variant"), self.variant.to_string(), "agree on the rows to be written"),
            (flag("protocol"), self.protocol.to_string(), "agree on one"),
            (flag("security"), self.security.to_string(), "agree on one"),
            (flag("hide_size"), hidden, "give it at both sides or at none"),
            (flag("payload"), payload, "agree on one column, or on none"),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Learner, Role};

    fn settings() -> Settings {
        Settings {
            normalise: 1,
            key: vec!["text".into()],
            result: Learner::Both.into(),
            variant: Variant::Inner,
            protocol: Protocol::Rr22,
            security: Security::Malicious,
            hide_size: false,
            payload: None,
        }
    }

    fn three() -> Parties {
        Parties::named(Party(0), ["Clinic", "Bank", "Bureau"].map(str::to_owned).to_vec()).unwrap()
    }

    #[test]
    fn differences_name_both_values_and_what_to_do() {
        let (mine, sides) = (settings(), Parties::sides(Role::Listener));
        let differ = |theirs: &Settings| mine.agree(theirs, &sides, Party(1)).unwrap_err().to_string();
        assert!(mine.agree(&settings(), &sides, Party(1)).is_ok());
        let message = differ(&Settings { key: vec!["text".into(), "digits".into()], ..settings() });
        assert!(message.contains("one column (text)") && message.contains("2 columns (text, digits)"), "{message}");
        assert!(message.contains("--key"), "{message}");
        let message = differ(&Settings { security: Security::SemiHonest, ..settings() });
        assert!(message.contains("--security: here malicious, there semi-honest"), "{message}");
        let message = differ(&Settings { result: Learner::Listener.into(), ..settings() });
        assert!(message.contains("--result: here both, there listener"), "{message}");
        assert!(differ(&Settings { hide_size: true, ..settings() }).contains("--hide-size"));

        let theirs = Settings { result: Learners::revealed([Party(0), Party(7)]), ..settings() };
        let message = mine.agree(&theirs, &three(), Party(2)).unwrap_err().to_string();
        assert!(
            message.starts_with("Clinic and Bureau differ in `result`: here Clinic, Bank, there Clinic, party 7"),
            "{message}"
        );
    }

    #[test]
    fn nothing_is_called_more_secure_than_it_is() {
        let (sides, three) = (Parties::sides(Role::Listener), three());
        let weak = |settings: Settings| Settings { security: Security::SemiHonest, ..settings };
        let ecdh = Settings { protocol: Protocol::Ecdh, ..settings() };
        let shared = Settings { result: Learners::Shared, ..settings() };
        for (settings, parties) in [(ecdh, &sides), (shared.clone(), &sides), (settings(), &three)] {
            let error = settings.check(parties).unwrap_err().to_string();
            assert!(error.contains("semi-honest"), "{error}");
            weak(settings).check(parties).unwrap();
        }
        assert!(weak(shared.clone()).check(&three).is_err());
        assert!(weak(Settings { variant: Variant::Left, ..shared }).check(&sides).is_err());
        assert!(Settings { payload: Some("x".into()), ..settings() }.check(&sides).is_err());
        for result in [Learners::revealed([]), Learners::revealed([Party(2)])] {
            assert!(Settings { result, ..settings() }.check(&sides).is_err());
        }
    }

    #[test]
    fn settings_are_written_the_same_for_ever() {
        let text = serde_json::to_string(&settings()).unwrap();
        assert!(text.contains(r#""result":{"revealed":[0,1]}"#), "{text}");
        let shared = Settings { result: Learners::Shared, ..settings() };
        assert!(serde_json::to_string(&shared).unwrap().contains(r#""result":"shared""#));
        assert_eq!(serde_json::from_str::<Settings>(&text).unwrap(), settings());
    }
}
