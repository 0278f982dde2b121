//! Which protocol a project gets, and why.

use jointly_core::{Adversary, Among, Corrupt, Error, Parties, Result, Spec};

use crate::{ENGINES, EngineEntry};

/// The preferred protocol for the computing parties `among`, where corrupt ones are as `adversary` says. Where none fits, the error
/// says which change would help. Protocols without security are never chosen.
pub fn choose(among: Among, adversary: Adversary) -> Result<&'static EngineEntry> {
    let Among { parties, corrupt } = among;
    if parties == 0 || corrupt >= parties {
        return Err(Error::Refused(format!(
            "{corrupt} of {parties} computing parties corrupt leaves nobody to protect: ask for a threshold below {parties}"
        )));
    }
    let asked = Asked { among, adversary };
    secure().find(|e| e.spec.fits(parties, corrupt, adversary)).ok_or_else(|| Error::Refused(asked.refusal()))
}

impl EngineEntry {
    /// How many of `among` may be corrupt without harm: what was asked for, where the protocol is made for any number, else what it always stands.
    pub fn stands(&self, among: Among) -> u16 {
        let most = self.spec.corrupt.threshold(among.parties);
        if self.spec.corrupt == Corrupt::Minority { among.corrupt.clamp(1, most.max(1)) } else { most }
    }

    /// In words, why this protocol is the one for the computing parties `among`.
    pub fn reason(&self, among: Among, adversary: Adversary) -> String {
        let (spec, n, asked) = (self.spec, among.parties, Asked { among, adversary });
        let stands = format!("stands {} with up to {} of {n} corrupt", who(spec.adversary), self.stands(among));
        let rank = secure().filter(|e| e.spec.fits(n, among.corrupt, adversary)).position(|e| e.spec.id == spec.id);
        match rank {
            Some(0) => format!("{}: {}; it {stands}, and is the fastest here that does", spec.id, spec.about),
            Some(_) => format!("{}: {}; it {stands}, but a faster one here does too", spec.id, spec.about),
            None => format!("{}: {}; it {stands}, which is less than {}", spec.id, spec.about, asked.words()),
        }
    }
}

/// What can be chosen: everything that protects against anybody.
fn secure() -> impl Iterator<Item = &'static EngineEntry> {
    ENGINES.iter().filter(|e| e.spec.corrupt != Corrupt::Nobody)
}

/// What a project asks for.
struct Asked {
    among: Among,
    adversary: Adversary,
}

impl Asked {
    fn words(&self) -> String {
        format!("{} {} with up to {} corrupt", parties(self.among.parties), who(self.adversary), self.among.corrupt)
    }

    /// Names the protocols for which least would have to change.
    fn refusal(&self) -> String {
        let none = format!("no protocol here is secure among {}", self.words());
        let options: Vec<(usize, String)> = secure().map(|e| self.changes(e.spec)).collect();
        let Some(fewest) = options.iter().map(|(changes, _)| *changes).min() else {
            return none;
        };
        let best: Vec<&str> = options.iter().filter(|(c, _)| *c == fewest).map(|(_, words)| words.as_str()).collect();
        format!("{none}; what would do: {}", best.join("; or "))
    }

    /// What would have to change for `spec` to fit: how many things, and in words.
    fn changes(&self, spec: &Spec) -> (usize, String) {
        let asked = self.among;
        let n = if spec.parties.allows(asked.parties) { asked.parties } else { fitting(spec.parties) };
        let threshold = spec.corrupt.threshold(n);
        let mut changes = Vec::new();
        if n != asked.parties {
            changes.push(format!("{} instead of {}", parties(n), asked.parties));
        }
        if threshold < asked.corrupt {
            changes.push(format!("at most {threshold} of {n} corrupt instead of {}", asked.corrupt));
        }
        if !spec.adversary.covers(self.adversary) {
            changes.push(format!("adversary model {} instead of {}", spec.adversary, self.adversary));
        }
        (changes.len(), format!("{} ({})", changes.join(", "), spec.id))
    }
}

fn fitting(parties: Parties) -> u16 {
    match parties {
        Parties::Exactly(n) | Parties::AtLeast(n) => n,
    }
}

fn parties(n: u16) -> String {
    format!("{n} computing {}", if n == 1 { "party" } else { "parties" })
}

fn who(adversary: Adversary) -> String {
    format!("against an adversary that is {adversary},")
}

#[cfg(test)]
mod tests {
    use super::*;
    use jointly_core::Adversary::*;

    fn refusal(n: u16, corrupt: u16, adversary: Adversary) -> String {
        match choose(Among::new(n, corrupt), adversary) {
            Err(Error::Refused(text)) => text,
            Err(other) => panic!("{other:?}"),
            Ok(entry) => panic!("{} was chosen", entry.spec.id),
        }
    }

    #[test]
    fn three_semi_honest_parties_get_rep3() {
        for corrupt in [0, 1] {
            let entry = choose(Among::new(3, corrupt), SemiHonest).unwrap();
            assert_eq!(entry.spec.id, "rep3");
            let why = entry.reason(Among::new(3, corrupt), SemiHonest);
            assert!(why.contains("1 of 3") && why.contains("semi-honest"), "{why}");
        }
    }

    #[test]
    fn clear_is_never_chosen_and_its_reason_says_so() {
        assert!(refusal(1, 0, SemiHonest).contains("3 computing parties instead of 1"));
        let clear = crate::engine("clear").unwrap();
        assert!(clear.reason(Among::new(3, 1), SemiHonest).contains("less than"));
    }

    #[test]
    fn a_refusal_names_the_smallest_change() {
        let malicious = refusal(3, 1, Malicious);
        assert!(malicious.contains("semi-honest instead of malicious") && malicious.contains("rep3"), "{malicious}");
        let two = refusal(3, 2, SemiHonest);
        assert!(two.contains("at most 1 of 3 corrupt instead of 2"), "{two}");
        assert_eq!(choose(Among::new(5, 1), SemiHonest).unwrap().spec.id, "shamir");
        assert!(refusal(3, 3, SemiHonest).contains("below 3"));
    }

    #[test]
    fn whatever_is_chosen_fits() {
        let models = [SemiHonest, Covert { one_in: 2 }, PubliclyVerifiable { one_in: 2 }, Malicious];
        for (n, t) in (0..6).flat_map(|n| (0..6).map(move |t| (n, t))) {
            for model in models {
                if let Ok(entry) = choose(Among::new(n, t), model) {
                    assert!(entry.spec.fits(n, t, model) && entry.spec.corrupt != Corrupt::Nobody);
                }
            }
        }
    }
}
