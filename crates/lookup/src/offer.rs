//! What the members of a project agreed may be looked up.

use jointly_data::Column;
use jointly_data::key::Key;
use jointly_math::hash::hash;
use jointly_pir::lookup::{Purpose, Terms};
use serde::{Deserialize, Serialize};

use crate::{Error, Layout, Result};

/// What may be looked up, by which key, and what a record has.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Offer {
    /// The dataset's name, unique to its holder.
    pub name: String,
    /// The columns by which rows are found, each with the rule by which its values are written.
    #[serde(with = "key")]
    pub key: Key,
    /// What an answer is good for.
    pub purpose: Purpose,
    /// The columns that a record has: none for [`Purpose::Check`], that one for [`Purpose::Score`].
    pub columns: Vec<Column>,
    /// For how many IDs there is room. Public, and the only size that one version tells; the tables of several versions tell together about how many IDs there are.
    pub capacity: usize,
}

impl Offer {
    /// How a record is encoded.
    pub fn layout(&self) -> Result<Layout> {
        let fits = match &self.purpose {
            Purpose::Check => self.columns.is_empty(),
            Purpose::Score(column) => matches!(&self.columns[..], [only] if only.name == *column),
            Purpose::Record => !self.columns.is_empty(),
        };
        if !fits {
            return Err(Error::Refused(match &self.purpose {
                Purpose::Check => "a look-up that only checks offers no columns".to_owned(),
                Purpose::Score(column) => format!("a look-up of a score offers the column `{column}` alone"),
                Purpose::Record => "a look-up of records offers at least one column".to_owned(),
            }));
        }
        Layout::new(&self.columns)
    }

    /// The terms that stand in a manifest.
    pub fn terms(&self) -> Result<Terms> {
        Ok(Terms {
            dataset: self.name.clone(),
            purpose: self.purpose.clone(),
            rule: self.rule()?,
            record_bytes: self.layout()?.bytes(),
            capacity: self.capacity,
        })
    }

    /// How IDs and records are written, in words that both sides compare: the key's rule, and a hash of the columns with their types.
    fn rule(&self) -> Result<String> {
        let columns = serde_json::to_vec(&self.columns).map_err(|e| Error::Refused(e.to_string()))?;
        let hash = hash("jointly lookup 1 columns", &[&columns]);
        let digits: String = hash[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(format!("{}; record 1 {digits}", self.key.rule()))
    }

    /// Refuses terms that are not this offer's, and says in what they differ.
    pub(crate) fn check(&self, terms: &Terms) -> Result<()> {
        let mine = self.terms()?;
        let parts = |rule: &str| {
            let (key, record) = rule.split_once("; ").unwrap_or((rule, ""));
            [key.to_owned(), record.to_owned()]
        };
        let ([key, record], [their_key, their_record]) = (parts(&mine.rule), parts(&terms.rule));
        let pairs = [
            ("its name", mine.dataset, terms.dataset.clone()),
            ("what answers are good for", format!("{:?}", mine.purpose), format!("{:?}", terms.purpose)),
            ("the rule of keys", key, their_key),
            ("the columns of a record", record, their_record),
            ("the bytes of a record", mine.record_bytes.to_string(), terms.record_bytes.to_string()),
            ("the room for IDs", mine.capacity.to_string(), terms.capacity.to_string()),
        ];
        match pairs.into_iter().find(|(_, mine, theirs)| mine != theirs) {
            None => Ok(()),
            Some((what, mine, theirs)) => {
                // The other side's words may be long and strange.
                let theirs: String = theirs.chars().filter(|c| !c.is_control()).take(200).collect();
                Err(Error::Refused(format!(
                    "the look-up database was not made for this offer: {what} is `{mine}` in the offer and `{theirs}` in the database; its holder must publish it anew"
                )))
            }
        }
    }
}

/// A key as its columns' names with their rules.
mod key {
    use jointly_data::key::Key;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub fn serialize<S: Serializer>(key: &Key, to: S) -> Result<S::Ok, S::Error> {
        key.names().serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Key, D::Error> {
        let names = Vec::<String>::deserialize(from)?;
        let columns = names.iter().map(|name| name.parse()).collect::<Result<_, String>>();
        Key::new(columns.map_err(D::Error::custom)?).map_err(D::Error::custom)
    }
}
