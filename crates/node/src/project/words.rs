//! A project in plain words, for the person who is about to sign it.

use std::fmt::Write as _;

use jointly_core::Adversary;
use jointly_sql::Use;

use super::{Approval, JobKind, Project, ProjectDataset};
use crate::text::{and, number};

impl Project {
    /// The project in plain words. For a project that passes [`Project::check`], which keeps names from posing as text.
    pub fn in_words(&self) -> String {
        let mut text = format!("{}\n{}\n\n", self.name, self.purpose);
        if self.rehearsal {
            text += "This is a rehearsal: it runs on synthetic data, no real row is touched.\n\n";
        }
        text += &self.members_in_words();
        text += "\nData\n";
        for dataset in &self.datasets {
            text += &self.dataset_in_words(dataset);
        }
        text += &self.approval_in_words();
        text += &self.jobs_in_words();
        text += &self.protection_in_words();
        let (from, until) = (self.valid_from.format("%-d %B %Y, %H:%M"), self.valid_until.format("%-d %B %Y, %H:%M"));
        text + &format!("\nValid from {from} UTC until {until} UTC.\nIdentifier: {}\n", self.id)
    }

    fn members_in_words(&self) -> String {
        let mut text = "Members (each must sign)\n".to_owned();
        for member in &self.members {
            // Writing to a String cannot fail.
            let _ = write!(text, "  {}, key {}", member.name, member.key.fingerprint());
            text += &member.address.as_ref().map_or("\n".to_owned(), |address| format!(", at {address}\n"));
        }
        text
    }

    fn approval_in_words(&self) -> String {
        let (automatic, by_hand): (Vec<_>, Vec<_>) =
            self.approvers().into_iter().partition(|owner| self.approval_of(owner) == Approval::Automatic);
        let mut text = String::new();
        if !by_hand.is_empty() {
            text += &format!("  At {}, a person approves each job before it runs.\n", and(&by_hand));
        }
        if !automatic.is_empty() {
            text +=
                &format!("  At {}, every job that this project allows runs without asking anyone.\n", and(&automatic));
        }
        text
    }

    fn jobs_in_words(&self) -> String {
        let kinds: Vec<&str> = self.kinds.iter().map(|kind| kind.in_words()).collect();
        let mut text = format!("\nJobs\n  Allowed: {}.\n", and(&kinds));
        if self.allows(JobKind::Query) {
            text += &self.queries_in_words();
        }
        text += &self.alignments.iter().map(|a| a.in_words()).collect::<String>();
        text += &self.lookups.iter().map(|l| l.in_words()).collect::<String>();
        text += &self.circuits.iter().map(|c| c.in_words()).collect::<String>();
        text += &self.models.iter().map(|m| m.in_words(self)).collect::<String>();
        text + &self.federations.iter().map(|f| f.in_words(self)).collect::<String>()
    }

    fn queries_in_words(&self) -> String {
        let group = match self.min_group {
            1 => "Every group may be shown, even one of a single row: results can be about single people.".to_owned(),
            n => format!(
                "A group of fewer than {n} rows, or with fewer than {n} values of what is computed, is never shown. Within a larger \
                 group, a question can still single out fewer rows, or one, by a condition on a column that may decide which rows count."
            ),
        };
        format!("  Answers to queries go to {}, and to nobody else.\n  {group}\n", and(&self.receivers))
    }

    /// Who computes, and against whom everyone is protected.
    fn protection_in_words(&self) -> String {
        let mut text = "\nProtection\n".to_owned();
        if self.computes() {
            text += &format!("  {}\n  {}\n", self.computing_in_words(), self.security_in_words());
        }
        if self.allows(JobKind::Align) {
            text += match self.adversary {
                Adversary::SemiHonest => {
                    "  Alignments: whoever asks for one may choose a protocol that is secure only as long as each runs the program as it is.\n"
                }
                _ => {
                    "  Alignments are secure for each side even if all others change their programs: these learn no more than is said above. \
                     No protocol can see whether the keys that a side brings are those of its table.\n"
                }
            };
        }
        if self.allows(JobKind::Lookup) {
            text += "  Look-ups: whatever program the holder runs, it does not learn for which row it is asked. Whatever program a querier \
                     runs, it learns of no more rows than it may ask about.\n";
        }
        text + &self.circuits_in_words()
    }

    fn computing_in_words(&self) -> String {
        format!("{} compute together, on parts of the data that mean nothing alone.", and(&self.computing))
    }

    /// The adversary model and the threshold, in a sentence each.
    fn security_in_words(&self) -> String {
        let n = number(self.computing.len());
        let together = match self.threshold {
            1 => format!("Secure as long as no two of the {n} computing parties work together"),
            t if usize::from(t) + 1 == self.computing.len() => {
                format!(
                    "Secure for each party that keeps to the rules, even if all others of the {n} computing parties work together"
                )
            }
            t => format!("Secure as long as at most {} of the {n} computing parties work together", number(t.into())),
        };
        let together = if self.computing.len() == 2 {
            "Secure for each of the two computing parties against the other".to_owned()
        } else {
            together
        };
        together + &adversary_in_words(self.adversary)
    }
}

impl JobKind {
    fn in_words(self) -> &'static str {
        match self {
            JobKind::Query => "SQL queries within what each owner allows above",
            JobKind::Align => "the alignments below",
            JobKind::Lookup => "the look-ups below",
            JobKind::Circuit => "the circuits below",
            JobKind::Model => "the models below",
            JobKind::Federation => "the federations below",
        }
    }
}

fn adversary_in_words(adversary: Adversary) -> String {
    match adversary {
        Adversary::SemiHonest => {
            ", and each runs the program as it is.\n  A party that changes its program could learn more or \
             spoil results without being noticed."
                .to_owned()
        }
        Adversary::Covert { one_in } => {
            format!(".\n  A party that changes its program is caught by the others, except in one run of {one_in}.")
        }
        Adversary::PubliclyVerifiable { one_in } => format!(
            ".\n  A party that changes its program is caught, except in one run of {one_in}, and the others then hold proof \
             that anyone can verify."
        ),
        Adversary::Malicious => {
            ", whatever programs these run.\n  A party that changes its program learns nothing more; the \
             others stop rather than accept a wrong result."
                .to_owned()
        }
    }
}

impl Project {
    fn dataset_in_words(&self, dataset: &ProjectDataset) -> String {
        let ProjectDataset { owner, name, table, policy } = dataset;
        let mut text = format!("  {owner} brings {name:?} as table {table}:\n");
        let mut used = false;
        let mut line = |columns: &[&str], what: &str| {
            used |= !columns.is_empty();
            text += &if columns.is_empty() { String::new() } else { format!("    {} {what}\n", and(columns)) };
        };
        for (kind, meaning) in MEANINGS {
            let columns: Vec<&str> =
                policy.iter().filter(|(_, uses)| uses.contains(&kind)).map(|(c, _)| c.as_str()).collect();
            line(&columns, meaning);
        }
        for (alignment, side) in self.alignments.iter().flat_map(|a| a.sides.iter().map(move |s| (a, s))) {
            if side.owner == *owner && side.table == *table {
                line(&names(&side.key), &format!("may be compared in the alignment {:?}", alignment.name));
            }
        }
        for lookup in self.lookups.iter().filter(|l| l.holder == *owner && l.table == *table) {
            let name = &lookup.name;
            line(&names(&lookup.key), &format!("may be asked by in the look-up {name:?}"));
            line(&names(&lookup.columns), &format!("may be told row by row in the look-up {name:?}"));
        }
        for circuit in self.circuits.iter().filter(|c| c.has(owner, table)) {
            let columns = circuit.columns(owner);
            line(
                &columns.iter().map(String::as_str).collect::<Vec<_>>(),
                &format!("may be handed in to the circuit {:?}", circuit.name),
            );
        }
        for model in &self.models {
            let columns = model.columns_of(self, owner, table);
            let what =
                format!("may be handed in, as parts that mean nothing alone, to train the model {:?}", model.name);
            line(&columns.iter().map(String::as_str).collect::<Vec<_>>(), &what);
        }
        for federation in self.federations.iter().filter(|f| f.table == *table) {
            let columns = federation.recipe().columns_of(self, owner, table);
            let what = format!("may be trained on at home, in the federation {:?}", federation.name);
            line(&columns.iter().map(String::as_str).collect::<Vec<_>>(), &what);
        }
        if !used {
            text += "    nothing may be done with any column\n";
        }
        text + "    every other column stays unused\n"
    }
}

/// What a policy's uses mean.
const MEANINGS: [(Use, &str); 5] = [
    (Use::Filter, "may decide which rows count"),
    (Use::Group, "may label groups, so that its values appear in results"),
    (Use::Aggregate, "may be counted, summed and averaged"),
    (Use::Quantile, "may give minima, maxima and medians, which show one row's value"),
    (Use::Reveal, "may be shown row by row"),
];

/// The columns of a key, without their rules.
fn names(key: &[String]) -> Vec<&str> {
    let name = |column: &'_ String| column.rsplit_once(':').map_or(column.len(), |(name, _)| name.len());
    key.iter().map(|column| &column[..name(column)]).collect()
}
