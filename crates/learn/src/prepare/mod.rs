//! What is done to samples before a model sees them.

mod bins;
mod compact;
mod evidence;
mod merge;
mod scorecard;
mod stability;

pub use bins::{Bin, Bins};
pub use compact::compact;
pub use evidence::{Counts, Evidence, Tabulated, weighed};
pub use merge::{chi_merge, monotone};
pub use scorecard::{Card, Points, Scale, Scorecard};
pub use stability::{Population, stability};
