//! An owner's rows as a model is asked about them one by one: found by their key, written as for training.

use std::collections::{BTreeMap, HashMap};

use jointly_core::Party;
use jointly_data::key::Key;
use jointly_model::{
    Plan,
    home::{Manner, Texts, encode_as},
};

use super::super::control::Fault;

/// What an owner has at hand.
pub(super) struct Desk {
    /// The owner's name and place.
    pub owner: String,
    pub me: Party,
    /// One row of everyone.
    pub asked: Plan,
    pub manner: Manner,
    /// The names of its columns that the model asks for, and their values in all its rows.
    pub names: Vec<String>,
    pub columns: Vec<Texts>,
    /// By what rows are found, and where each is; none where several have one key.
    pub key: Option<Key>,
    pub places: HashMap<Vec<u8>, Option<usize>>,
}

/// Why an owner has nothing to hand in for a row: told to all who take part, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lacking {
    /// It has no row with this key.
    Unknown = 1,
    /// It has several.
    Several,
    /// A value cannot be written.
    Unfit,
    /// Too many rows were asked about.
    TooMany,
}

impl Lacking {
    pub fn of(status: u8) -> Option<Self> {
        [Self::Unknown, Self::Several, Self::Unfit, Self::TooMany].into_iter().find(|why| *why as u8 == status)
    }

    /// For who asked.
    pub fn words(self, owner: &str) -> String {
        match self {
            Self::Unknown => format!("{owner} has no row with this key: ask about others, or have {owner} enter it"),
            Self::Several => format!("{owner} has several rows with this key: it is to correct its dataset"),
            Self::Unfit => format!(
                "{owner} has a row with this key, and cannot write it as the model needs it: its operator finds the reason among the job's notes"
            ),
            Self::TooMany => format!("{owner} has counted as many rows as may be asked about a day: ask again later"),
        }
    }
}

/// Where rows with these keys are.
pub(super) fn places(key: &Key, columns: &[Texts]) -> Result<HashMap<Vec<u8>, Option<usize>>, Fault> {
    let mut places = HashMap::new();
    for row in 0..columns.first().map_or(0, Vec::len) {
        let values: Vec<&str> = columns.iter().map(|c| c[row].as_deref().unwrap_or_default()).collect();
        if let Some(item) = key.item(&values).map_err(|e| Fault::failed(e.to_string()))? {
            places.entry(item).and_modify(|place| *place = None).or_insert(Some(row));
        }
    }
    Ok(places)
}

impl Desk {
    /// What is handed in for the row with this key.
    pub fn find(&self, item: &[u8]) -> Result<Vec<i64>, (Lacking, String)> {
        let row = match self.places.get(item) {
            None => return Err((Lacking::Unknown, "a row was asked about that is not there".to_owned())),
            Some(None) => return Err((Lacking::Several, "a row was asked about whose key several have".to_owned())),
            Some(Some(row)) => *row,
        };
        let texts: Vec<Texts> = self.columns.iter().map(|column| vec![column[row].clone()]).collect();
        let encoded = encode_as(&self.asked, self.me, &self.manner, &texts);
        encoded.map(|e| e.numbers).map_err(|e| (Lacking::Unfit, e.to_string()))
    }

    /// The key of a row that this owner asks about, and what is handed in for it: its values as they are given by column, and where none is given as they stand in the dataset.
    pub fn own(&self, row: &BTreeMap<String, String>) -> Result<(Vec<u8>, Vec<i64>), Fault> {
        let item = match &self.key {
            None => Vec::new(),
            Some(key) => self.item(key, row)?,
        };
        let known = self.places.get(&item).copied().flatten();
        let is_key = |name: &String| self.key_names().contains(name);
        if let Some(other) = row.keys().find(|name| !self.names.contains(name) && !is_key(name)) {
            let names = self.key_names().into_iter().chain(self.names.clone()).collect::<Vec<_>>().join(", ");
            return Err(Fault::refused(format!(
                "{other:?} is no column that the model asks {} for: these are {names}",
                self.owner
            )));
        }
        let mut lacking = Vec::new();
        let mut value = |(name, column): (&String, &Texts)| match (row.get(name), known) {
            (Some(text), _) => vec![Some(text.clone()).filter(|text| !text.is_empty())],
            (None, Some(row)) => vec![column[row].clone()],
            (None, None) => {
                lacking.push(name.clone());
                vec![None]
            }
        };
        let texts: Vec<Texts> = self.names.iter().zip(&self.columns).map(&mut value).collect();
        if !lacking.is_empty() {
            return Err(Fault::refused(format!(
                "the row lacks {}, and {} has no row with its key: give a value of each, empty where it is missing",
                lacking.join(", "),
                self.owner
            )));
        }
        let encoded = encode_as(&self.asked, self.me, &self.manner, &texts);
        let said = |e: jointly_core::Error| Fault::refused(e.to_string().replace(", row 1:", ":"));
        Ok((item, encoded.map_err(said)?.numbers))
    }

    fn key_names(&self) -> Vec<String> {
        let bare = |name: String| name.rsplit_once(':').map_or(name.clone(), |(name, _)| name.to_owned());
        self.key.as_ref().map_or_else(Vec::new, |key| key.names().into_iter().map(bare).collect())
    }

    fn item(&self, key: &Key, row: &BTreeMap<String, String>) -> Result<Vec<u8>, Fault> {
        let names = self.key_names();
        let lacks = |name: &str| Fault::refused(format!("the row lacks {name}, by which all find it"));
        let values = names.iter().map(|name| row.get(name).map(String::as_str).ok_or_else(|| lacks(name)));
        let item = key.item(&values.collect::<Result<Vec<_>, _>>()?).map_err(|e| Fault::refused(e.to_string()))?;
        item.ok_or_else(|| lacks(&names.join(", ")))
    }
}
