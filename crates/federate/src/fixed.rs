//! Updates as whole numbers that can be summed: fixed point in words of Z_2^32, with room for all members.

use jointly_core::{Error, Result};

/// How numbers stand in words. A member's are weighted by its rows: the sum is then a weighted mean once it is divided by the sum of the weights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// Steps of a word for 1.
    steps: f64,
    /// The norm that an update has at most.
    clip: f64,
    /// The rows that count as weight 1.
    most_rows: u32,
}

impl Scale {
    /// For the sum of `members` updates, each of L2 norm at most `clip`, from at most `most_rows` rows each.
    ///
    /// # Errors
    /// `Refused` unless `clip` is positive and finite, and all rows together can be counted in a word.
    pub fn new(members: u16, clip: f64, most_rows: u32) -> Result<Scale> {
        if !(clip.is_finite() && clip > 0.0) {
            return Err(Error::Refused(format!(
                "updates are clipped to a norm of {clip}: it must be a positive number"
            )));
        }
        let room = f64::from(1u32 << 31) / f64::from(members.max(1));
        if most_rows == 0 || f64::from(most_rows) >= room {
            return Err(Error::Refused(format!(
                "{most_rows} rows at a member: 1 to {} can be counted among {members} members",
                room as u32 - 1
            )));
        }
        // One step is left for rounding.
        Ok(Scale { steps: (room - 1.0).floor() / clip, clip, most_rows })
    }

    /// What a member's number may take of a word, in steps.
    pub fn room(&self) -> f64 {
        self.steps * self.clip
    }

    /// The same, but the largest update takes `largest` steps: the rest is for noise.
    pub fn coarser(self, largest: f64) -> Scale {
        Scale { steps: largest.min(self.room()) / self.clip, ..self }
    }

    /// The rows that count as weight 1.
    pub fn most_rows(&self) -> u32 {
        self.most_rows
    }

    /// Clips an update to the norm, and writes it with its weight: one word for each number, then the number of rows.
    ///
    /// # Errors
    /// `Refused` for a number that is none, with its place counted from 1, or too many rows.
    pub fn write(&self, update: &[f64], rows: u32) -> Result<Vec<u32>> {
        if let Some(place) = update.iter().position(|x| !x.is_finite()) {
            return Err(Error::Refused(format!(
                "the trainer's weight {} of {} is not a finite number: train with a smaller rate, or look for values out of range",
                place + 1,
                update.len()
            )));
        }
        if rows == 0 || rows > self.most_rows {
            return Err(Error::Refused(format!("an update from {rows} rows: the plan says 1 to {}", self.most_rows)));
        }
        // The largest number first, so that the squares of none can overflow.
        let largest = update.iter().fold(0.0, |m: f64, x| m.max(x.abs()));
        let norm = match largest > 0.0 {
            true => largest * update.iter().map(|x| (x / largest) * (x / largest)).sum::<f64>().sqrt(),
            false => 0.0,
        };
        let shrink = if norm > self.clip { self.clip / norm } else { 1.0 };
        let factor = f64::from(rows) / f64::from(self.most_rows) * self.steps;
        let word = |x: &f64| (x * shrink * factor).round() as i64 as u32;
        Ok(update.iter().map(word).chain([rows]).collect())
    }

    /// The weighted mean update, and the rows of all who are counted, from a sum of what [`write`](Scale::write) wrote.
    ///
    /// # Errors
    /// `Refused` if no rows are counted, as in a sum to which somebody added what no update is.
    pub fn read(&self, sum: &[u32]) -> Result<(Vec<f64>, u32)> {
        let (&rows, update) = sum.split_last().ok_or(Error::Misuse("a sum has a weight"))?;
        if rows == 0 {
            return Err(Error::Refused(
                "the sum of the members' updates counts no rows: a member handed in no update".into(),
            ));
        }
        let factor = f64::from(self.most_rows) / f64::from(rows) / self.steps;
        Ok((update.iter().map(|word| f64::from(*word as i32) * factor).collect(), rows))
    }
}
