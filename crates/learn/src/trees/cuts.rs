//! Where a column may be split, and what its owner hands in for it.

use jointly_core::{Error, Result};

/// A column's name and its cuts, smallest first: a split sends values up to one of them one way, greater ones the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Cuts {
    name: String,
    cuts: Vec<f64>,
}

impl Cuts {
    /// Cuts at these values. Refused unless they are finite and ascend, or if there are none.
    pub fn new(name: impl Into<String>, cuts: Vec<f64>) -> Result<Self> {
        let name = name.into();
        let ascending = cuts.windows(2).all(|pair| pair[0] < pair[1]) && cuts.iter().all(|x| x.is_finite());
        if cuts.is_empty() || !ascending {
            return Err(Error::Refused(format!(
                "column {name} has no place to be split at, as where it has one value only, or its cuts do not ascend; leave it out, or give others"
            )));
        }
        Ok(Self { name, cuts })
    }

    /// At most `bins` − 1 cuts, with about as many values between any two.
    pub fn quantiles(name: impl Into<String>, values: &[f64], bins: usize) -> Result<Self> {
        let mut sorted: Vec<f64> = values.iter().copied().filter(|x| x.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        let largest = sorted.last().copied();
        let mut cuts: Vec<f64> =
            (1..bins).filter_map(|i| sorted.get((i * sorted.len() / bins).saturating_sub(1)).copied()).collect();
        cuts.dedup();
        // Nothing is above the largest value.
        cuts.retain(|cut| Some(*cut) != largest);
        Self::new(name, cuts)
    }

    /// What the column is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The cuts.
    pub fn cuts(&self) -> &[f64] {
        &self.cuts
    }

    /// What the owner hands in: for each cut, for each value, 1 if the value is at most the cut, else 0. A value that is missing (NaN) counts as above all cuts.
    pub fn encode(&self, values: &[f64]) -> Vec<i64> {
        self.cuts.iter().flat_map(|cut| values.iter().map(move |x| i64::from(x <= cut))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Cuts;

    #[test]
    fn quantiles_divide_evenly_and_keep_to_what_occurs() {
        let values: Vec<f64> = (0..100).map(|x| f64::from(x / 10)).collect();
        assert_eq!(Cuts::quantiles("x", &values, 5).unwrap().cuts(), [1.0, 3.0, 5.0, 7.0]);
        assert_eq!(Cuts::quantiles("x", &[0.0, 0.0, 0.0, 1.0], 32).unwrap().cuts(), [0.0]);
        assert_eq!(Cuts::quantiles("x", &[2.0, f64::NAN, 1.0, 3.0], 32).unwrap().cuts(), [1.0, 2.0]);
    }

    #[test]
    fn what_cannot_be_split_is_named() {
        for cuts in [vec![], vec![1.0, 1.0], vec![2.0, 1.0], vec![f64::NAN]] {
            assert!(Cuts::new("age", cuts).unwrap_err().to_string().contains("column age"));
        }
        assert!(Cuts::quantiles("age", &[7.0; 9], 8).is_err());
    }

    #[test]
    fn flags_stand_cut_by_cut() {
        let cuts = Cuts::new("x", vec![1.0, 2.0]).unwrap();
        assert_eq!(cuts.encode(&[1.0, 1.5, 3.0, f64::NAN]), [1, 0, 0, 0, 1, 1, 0, 0]);
    }
}
