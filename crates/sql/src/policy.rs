//! What an owner lets a query do with each of its columns.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// One kind of use of a column. What a project does not grant is refused before anything leaves home.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Use {
    /// In WHERE, CASE conditions and other places that only decide which rows count.
    Filter,
    /// In GROUP BY: its values appear in the result as labels of groups.
    Group,
    /// In COUNT, COUNT(DISTINCT), SUM, AVG, VAR and STDDEV.
    Aggregate,
    /// In MIN, MAX, MEDIAN and other quantiles, which show one row's value.
    Quantile,
    /// In the SELECT list of a query without aggregates: rows are shown.
    Reveal,
}

/// An owner's grants, by column of the agreed schema.
pub type Policy = BTreeMap<String, BTreeSet<Use>>;
