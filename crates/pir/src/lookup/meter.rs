//! How much a querier may ask. IDs are guessable, so whoever may ask without bound may try them all.

use std::collections::BTreeMap;

use jointly_core::{Error, Result};

/// What a querier may ask in a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// IDs at a time, and within any `seconds` after a pause: a bucket of so many tokens.
    pub burst: u64,
    /// In so many seconds an empty bucket is full again. Not 0.
    pub seconds: u64,
    /// IDs in all.
    pub total: u64,
}

/// What a querier has asked in a project: to be stored with the evidence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// IDs in all.
    pub total: u64,
    /// How much of the bucket is used, in IDs times [`Limits::seconds`].
    pub level: u128,
    /// When that was so, in seconds.
    pub at: u64,
}

/// Counts queries by querier and project. Time is what the caller says it is; going back it stands still.
#[derive(Clone, Debug)]
pub struct Meter {
    limits: Limits,
    used: BTreeMap<(String, String), Usage>,
}

impl Meter {
    /// A meter that starts with what was stored.
    pub fn new(limits: Limits, used: BTreeMap<(String, String), Usage>) -> Result<Self> {
        if limits.seconds == 0 {
            return Err(Error::Misuse("a bucket needs time to fill"));
        }
        Ok(Self { limits, used })
    }

    /// Counts a query of `ids` IDs at the time `now`, in seconds, or refuses all of it and says when to come back. To be called, and the
    /// [usage](Meter::usage) stored, before anything is evaluated.
    pub fn charge(&mut self, querier: &str, project: &str, ids: u64, now: u64) -> Result<()> {
        let Limits { burst, seconds, total } = self.limits;
        let mut usage = self.usage(querier, project);
        let spent = usage.total.checked_add(ids).filter(|spent| *spent <= total).ok_or_else(|| {
            let left = total.saturating_sub(usage.total);
            Error::Refused(format!(
                "this project may ask about {left} more IDs, not {ids}: ask the holder for a larger grant"
            ))
        })?;
        if ids > burst {
            return Err(Error::Refused(format!("a query may have {burst} IDs, not {ids}: ask in parts")));
        }
        let elapsed = now.saturating_sub(usage.at);
        let drained = u128::from(elapsed) * u128::from(burst);
        let level = usage.level.saturating_sub(drained) + u128::from(ids) * u128::from(seconds);
        let over = level.saturating_sub(u128::from(burst) * u128::from(seconds));
        if over > 0 {
            let wait = over.div_ceil(u128::from(burst));
            return Err(Error::Refused(format!("too many queries: ask again in {wait} s")));
        }
        usage = Usage { total: spent, level, at: usage.at.max(now) };
        self.used.insert((querier.to_string(), project.to_string()), usage);
        Ok(())
    }

    /// What a querier has asked in a project.
    pub fn usage(&self, querier: &str, project: &str) -> Usage {
        self.used.get(&(querier.to_string(), project.to_string())).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meter() -> Meter {
        Meter::new(Limits { burst: 10, seconds: 60, total: 25 }, BTreeMap::new()).unwrap()
    }

    fn refused(result: Result<()>) -> String {
        match result {
            Err(Error::Refused(why)) => why,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn rate_and_total() {
        let mut meter = meter();
        meter.charge("bank", "credit", 10, 1000).unwrap();
        assert_eq!(refused(meter.charge("bank", "credit", 1, 1000)), "too many queries: ask again in 6 s");
        assert!(meter.charge("bank", "credit", 1, 1005).is_err());
        meter.charge("bank", "credit", 1, 1006).unwrap();
        assert_eq!(refused(meter.charge("bank", "credit", 11, 9000)), "a query may have 10 IDs, not 11: ask in parts");
        meter.charge("bank", "credit", 10, 9000).unwrap();
        assert!(
            refused(meter.charge("bank", "credit", 5, 99_000)).starts_with("this project may ask about 4 more IDs")
        );
        meter.charge("bank", "credit", 4, 99_000).unwrap();
        assert_eq!(meter.usage("bank", "credit").total, 25);
    }

    #[test]
    fn queriers_and_projects_apart() {
        let mut meter = meter();
        for (querier, project) in [("bank", "a"), ("bank", "b"), ("shop", "a")] {
            meter.charge(querier, project, 10, 0).unwrap();
            assert!(meter.charge(querier, project, 1, 0).is_err());
        }
    }

    #[test]
    fn a_clock_that_goes_back_gives_nothing() {
        let mut meter = meter();
        meter.charge("bank", "a", 10, 1000).unwrap();
        assert!(meter.charge("bank", "a", 1, 0).is_err());
        assert!(meter.charge("bank", "a", 1, 1005).is_err());
        meter.charge("bank", "a", 1, 1006).unwrap();
        assert!(meter.charge("bank", "a", u64::MAX, u64::MAX).is_err());
        let stored = meter.used.clone();
        assert_eq!(Meter::new(meter.limits, stored).unwrap().usage("bank", "a").total, 11);
        assert!(Meter::new(Limits { seconds: 0, ..meter.limits }, BTreeMap::new()).is_err());
    }
}
