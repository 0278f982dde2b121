//! Who takes part, and what they are called where a person reads about them.

use jointly_core::{Error as Protocol, Party};

use crate::{Error, Result, Role};

/// The most parties that align their tables together.
pub const MOST_PARTIES: usize = 10;

/// Whom the words of plans, reports and errors are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Audience {
    /// Who typed a command, and knows of one other side and of flags.
    Command,
    /// The owner of a node, who knows parties and settings by their names.
    Node,
}

/// The parties of an alignment: party i is the i-th name.
#[derive(Clone, Debug)]
pub struct Parties {
    me: Party,
    names: Vec<String>,
    audience: Audience,
}

impl Parties {
    /// The two sides of `jointly align`.
    pub fn sides(role: Role) -> Parties {
        let names = [Role::Listener, Role::Connector].map(|role| role.to_string()).to_vec();
        Parties { me: role.party(), names, audience: Audience::Command }
    }

    /// Two to ten parties by their names, as each of them knows them, in the same order at all.
    ///
    /// # Errors
    /// `Usage` for another number of names, or one that stands twice, or where `me` is none of them.
    pub fn named(me: Party, names: Vec<String>) -> Result<Parties> {
        let twice = names.iter().enumerate().any(|(i, name)| names[..i].contains(name));
        if !(2..=MOST_PARTIES).contains(&names.len()) || me.index() >= names.len() || twice {
            return Err(Error::Usage(format!(
                "two to {MOST_PARTIES} different parties align their tables, and this party is one of them"
            )));
        }
        Ok(Parties { me, names, audience: Audience::Node })
    }

    /// This party.
    pub fn me(&self) -> Party {
        self.me
    }

    /// How many there are.
    pub fn count(&self) -> u16 {
        self.names.len() as u16
    }

    /// All of them.
    pub fn all(&self) -> impl Iterator<Item = Party> + use<> {
        Party::all(self.count())
    }

    /// All but this one.
    pub fn others(&self) -> impl Iterator<Item = Party> + use<> {
        let me = self.me;
        self.all().filter(move |party| *party != me)
    }

    /// Whether parties are called `this side` and `the other side`.
    pub(crate) fn is_command(&self) -> bool {
        self.audience == Audience::Command
    }

    /// A party's name.
    pub fn name(&self, party: Party) -> String {
        self.names.get(party.index()).cloned().unwrap_or_else(|| party.to_string())
    }

    /// What a party is called in a sentence.
    pub(crate) fn who(&self, party: Party) -> String {
        match self.audience {
            Audience::Command if party == self.me => "this side".to_owned(),
            Audience::Command => "the other side".to_owned(),
            Audience::Node => self.name(party),
        }
    }

    /// What a setting is called.
    pub(crate) fn flag(&self, name: &str) -> String {
        match self.audience {
            Audience::Command => format!("--{}", name.replace('_', "-")),
            Audience::Node => format!("`{name}`"),
        }
    }

    /// A setting with its value.
    pub(crate) fn given(&self, name: &str, value: &str) -> String {
        match self.audience {
            Audience::Command => format!("{} {value}", self.flag(name)),
            Audience::Node => format!("`{name} = {value}`"),
        }
    }

    /// How what broke off goes on.
    pub(crate) fn again(&self) -> &'static str {
        match self.audience {
            Audience::Command => {
                "Read what its program says; then run the same two commands again: they go on where this ended"
            }
            Audience::Node => "Read what its program says; then run the job again: it goes on where this ended",
        }
    }

    /// How one begins from the start.
    pub(crate) fn anew(&self) -> &'static str {
        match self.audience {
            Audience::Command => "run both commands with --restart",
            Audience::Node => "run the job anew, with `restart`",
        }
    }

    /// An error of a protocol in these parties' words.
    pub(crate) fn explain(&self, error: Error) -> Error {
        let Error::Protocol { error, .. } = error else { return error };
        let words = match &error {
            Protocol::Gone { party, why } => format!("{} is gone: {why}. {}", self.who(*party), self.again()),
            Protocol::Malformed { from, what } => {
                format!("{} sent a malformed message: {what}. Check that all run the same version", self.who(*from))
            }
            Protocol::Cheated { by, check, .. } => {
                let who = by.or_else(|| self.others().next().filter(|_| self.count() == 2));
                let who = who.map_or("a party".to_owned(), |by| self.who(by));
                format!("{who} cheated: {check} failed. The run was stopped, and nothing that depends on it is kept")
            }
            other => other.to_string(),
        };
        Error::Protocol { error, words }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jointly_core::Why;

    #[test]
    fn parties_are_two_to_ten_and_different() {
        let named = |me, names: &[&str]| Parties::named(Party(me), names.iter().map(ToString::to_string).collect());
        assert!(named(0, &["a"]).is_err() && named(2, &["a", "b"]).is_err() && named(0, &["a", "a"]).is_err());
        assert!(named(0, &["x"; 11]).is_err());
        assert_eq!(named(1, &["a", "b", "c"]).unwrap().others().collect::<Vec<_>>(), [Party(0), Party(2)]);
    }

    #[test]
    fn errors_name_who_it_was() {
        let gone = || Error::from(Protocol::Gone { party: Party(1), why: Why::Closed });
        let names = ["Clinic", "Bank", "Bureau"].map(str::to_owned).to_vec();
        let node = Parties::named(Party(0), names).unwrap();
        assert!(node.explain(gone()).to_string().starts_with("Bank is gone: its connection was closed."));
        let words = Parties::sides(Role::Listener).explain(gone()).to_string();
        assert!(words.starts_with("the other side is gone") && words.contains("same two commands"), "{words}");
    }
}
