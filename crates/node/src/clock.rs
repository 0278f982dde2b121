//! Time, as nodes agree on it.

use chrono::{DateTime, SecondsFormat, SubsecRound, TimeDelta, Utc};

use crate::{Error, Result};

/// How far a peer's clock may be from ours.
pub const TOLERANCE: TimeDelta = TimeDelta::minutes(5);

/// After how long the same thing is written down again.
pub(crate) const NOTE_AGAIN: TimeDelta = TimeDelta::minutes(1);

/// The time now, to the millisecond: as exact as it is stored, shown and signed.
pub fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(3)
}

/// Refuses a peer whose clock is more than [`TOLERANCE`] from ours.
pub fn check(peer: &str, theirs: DateTime<Utc>, ours: DateTime<Utc>) -> Result<()> {
    let apart = theirs.signed_duration_since(ours).abs();
    if apart <= TOLERANCE {
        return Ok(());
    }
    let minutes = apart.num_seconds().unsigned_abs().div_ceil(60);
    Err(Error::Clock { peer: peer.to_owned(), theirs, ours, minutes })
}

/// RFC 3339 in UTC, the one way in which times are stored and hashed.
pub(crate) fn stamp(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn five_minutes_are_tolerated_either_way() {
        let ours = at("2026-03-01T12:00:00Z");
        for theirs in ["2026-03-01T12:05:00Z", "2026-03-01T11:55:00Z", "2026-03-01T12:00:00.5Z"] {
            assert!(check("Hungary", at(theirs), ours).is_ok());
        }
        for theirs in ["2026-03-01T12:05:00.001Z", "2026-03-01T11:54:59Z"] {
            let message = check("Hungary", at(theirs), ours).unwrap_err().to_string();
            assert!(
                message.contains("Hungary says 2026-03-01 1")
                    && message.contains("this node says 2026-03-01 12:00:00 UTC")
            );
        }
        assert!(check("x", DateTime::<Utc>::MAX_UTC, DateTime::<Utc>::MIN_UTC).is_err());
    }

    #[test]
    fn stamps_read_back_as_they_were() {
        let time = now();
        assert_eq!(at(&stamp(time)), time);
        assert_eq!(stamp(at("2026-03-01T13:00:00.120+01:00")), "2026-03-01T12:00:00.120Z");
    }
}
