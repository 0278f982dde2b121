//! What both sides must expect alike, and how they find out whether they do.

use std::fmt;

use jointly_core::{Error as Failed, Party};
use jointly_data::key::Rule;
use jointly_net::Ctx;
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{Error, Result};

/// The version of all that the two sides say to each other.
pub const VERSION: u64 = 1;

/// Bytes of a document that a side takes.
const LONGEST: usize = 16 << 10;

/// Which side one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Waits for the other.
    Listener,
    /// Comes to the other.
    Connector,
}

impl Role {
    /// Its number among the two.
    pub fn party(self) -> Party {
        Party(self as u16)
    }

    /// The other side.
    pub fn other(self) -> Role {
        if self == Role::Listener { Role::Connector } else { Role::Listener }
    }
}

/// Defines a setting with its words.
macro_rules! setting {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $case:ident = $word:literal,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$doc])* #[serde(rename = $word)] $case,)*
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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

setting! {
    /// Who learns which rows are common.
    Learner {
        /// The side that listens.
        Listener = "listener",
        /// The side that connects.
        Connector = "connector",
        /// Both.
        Both = "both",
    }
}

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
    /// By which protocol common items are found.
    Protocol {
        /// Key-value stores and vector OLE: fast, for sets of all sizes.
        Rr22 = "rr22",
        /// Diffie-Hellman on ristretto255: least bytes, for small or very unequal sets.
        Ecdh = "ecdh",
    }
}

setting! {
    /// Against whom it is secure.
    Security {
        /// A side that does what it likes.
        Malicious = "malicious",
        /// A side that follows the protocol, and tries to learn from what it sees.
        SemiHonest = "semi-honest",
    }
}

impl Learner {
    /// Whether that side learns the result.
    pub fn includes(self, role: Role) -> bool {
        matches!(
            (self, role),
            (Learner::Both, _) | (Learner::Listener, Role::Listener) | (Learner::Connector, Role::Connector)
        )
    }
}

/// What both sides must expect alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The version of the rules by which keys are written.
    pub normalise: u32,
    /// The rules of the key's columns, in their order.
    pub key: Vec<String>,
    /// Who learns the result.
    pub result: Learner,
    /// Which rows are written.
    pub variant: Variant,
    /// By which protocol.
    pub protocol: Protocol,
    /// Against whom.
    pub security: Security,
    /// Whether numbers of rows are rounded up before the other side learns them.
    pub hide_size: bool,
}

impl Settings {
    /// The version of the rules of keys that this program has.
    pub const NORMALISE: u32 = Rule::VERSION;

    /// Refuses what no two sides can do.
    pub fn check(&self) -> Result<()> {
        if (self.protocol, self.security) == (Protocol::Ecdh, Security::Malicious) {
            return Err(Error::Usage(
                "ecdh is secure against semi-honest parties only: take --protocol rr22, or --security semi-honest at both sides".to_owned(),
            ));
        }
        Ok(())
    }

    /// Refuses another side that expects something else, and says what to change.
    pub fn agree(&self, theirs: &Settings) -> Result<()> {
        let key = |key: &[String]| match key.len() {
            1 => format!("one column ({})", key[0]),
            n => format!("{n} columns ({})", key.join(", ")),
        };
        let told = |yes: bool| if yes { "given" } else { "not given" }.to_owned();
        let (a, b) = (self, theirs);
        let pairs = [
            (
                "the rules of keys",
                a.normalise.to_string(),
                b.normalise.to_string(),
                "install the same version of Jointly",
            ),
            (
                "the key",
                key(&a.key),
                key(&b.key),
                "name as many --key columns, in the same order and with the same rules",
            ),
            ("--result", a.result.to_string(), b.result.to_string(), "agree on who learns the result"),
            ("--variant", a.variant.to_string(), b.variant.to_string(), "agree on the rows to be written"),
            ("--protocol", a.protocol.to_string(), b.protocol.to_string(), "agree on one"),
            ("--security", a.security.to_string(), b.security.to_string(), "agree on one"),
            ("--hide-size", told(a.hide_size), told(b.hide_size), "give it at both sides or at none"),
        ];
        match pairs.into_iter().find(|(_, mine, theirs, _)| mine != theirs) {
            None => Ok(()),
            Some((what, mine, theirs, advice)) => {
                // The other side's words may be long and strange.
                let theirs: String = theirs.chars().filter(|c| !c.is_control()).take(200).collect();
                Err(Error::Refused(format!("the two sides differ in {what}: here {mine}, there {theirs}; {advice}")))
            }
        }
    }
}

/// Tells the other side a document, and takes its.
pub async fn exchange<T: Serialize + DeserializeOwned>(ctx: &mut Ctx, peer: Party, mine: &T) -> Result<T> {
    let mine = serde_json::to_vec(mine).map_err(|e| Error::Failed(format!("cannot write a document: {e}")))?;
    let head = ctx.exchange(peer, &[VERSION, mine.len() as u64], peer, 2).await?;
    let [version, length] = head[..] else { return Err(Failed::Misuse("two words were asked for").into()) };
    if version != VERSION {
        return Err(Error::Refused(format!(
            "this program aligns by version {VERSION}, the other side's by version {version}: install the same version of Jointly"
        )));
    }
    let wrong = |what| Error::from(Failed::Malformed { from: peer, what });
    let length = usize::try_from(length).ok().filter(|n| *n <= LONGEST);
    let length = length.ok_or_else(|| wrong("its document is longer than documents are"))?;
    let theirs: Vec<u8> = ctx.exchange(peer, &mine, peer, length).await?;
    serde_json::from_slice(&theirs).map_err(|_| wrong("its document is not one of this version"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings {
            normalise: 1,
            key: vec!["text".into()],
            result: Learner::Both,
            variant: Variant::Inner,
            protocol: Protocol::Rr22,
            security: Security::Malicious,
            hide_size: false,
        }
    }

    #[test]
    fn differences_name_both_values_and_what_to_do() {
        let mine = settings();
        assert!(mine.agree(&settings()).is_ok());
        let theirs = Settings { key: vec!["text".into(), "digits".into()], ..settings() };
        let message = mine.agree(&theirs).unwrap_err().to_string();
        assert!(message.contains("one column (text)") && message.contains("2 columns (text, digits)"), "{message}");
        assert!(message.contains("--key"), "{message}");
        let theirs = Settings { security: Security::SemiHonest, ..settings() };
        let message = mine.agree(&theirs).unwrap_err().to_string();
        assert!(message.contains("here malicious, there semi-honest"), "{message}");
        let theirs = Settings { hide_size: true, ..settings() };
        assert!(mine.agree(&theirs).unwrap_err().to_string().contains("--hide-size"));
    }

    #[test]
    fn diffie_hellman_is_not_called_malicious() {
        assert!(Settings { protocol: Protocol::Ecdh, ..settings() }.check().is_err());
        assert!(Settings { protocol: Protocol::Ecdh, security: Security::SemiHonest, ..settings() }.check().is_ok());
    }
}
