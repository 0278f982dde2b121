//! Fine bins joined to coarse ones, where a plan lets their counts be opened. A bin for missing values stays by itself.

use jointly_core::{Error, Result};

use super::Counts;

/// Joins neighbours that tell the classes apart least, until every two neighbours' χ² is above `threshold` and at most `most` bins of values are left (Kerber, "ChiMerge: discretization of
/// numeric attributes", AAAI 1992). A threshold for 95 % is 3.841. Refused where one bin would be left: the column tells nothing.
pub fn chi_merge(counts: &Counts, most: usize, threshold: f64) -> Result<Counts> {
    let mut groups = Groups::new(counts);
    while groups.list.len() > 1 {
        let apart = |i: usize| chi_square(groups.list[i].counts, groups.list[i + 1].counts);
        let (i, least) = (0..groups.list.len() - 1)
            .map(|i| (i, apart(i)))
            .min_by(|a, b| a.1.total_cmp(&b.1))
            .ok_or(Error::Misuse("two bins at least"))?;
        if least > threshold && groups.list.len() <= most {
            break;
        }
        groups.join(i);
    }
    groups.counts(counts)
}

/// Joins neighbours until the share of label 1 only rises from bin to bin, or only falls, whichever leaves the larger information value: the pool of adjacent violators (Ayer et al., "An
/// empirical distribution function for sampling with incomplete information", Ann. Math. Stat. 26, 1955). Refused where one bin would be left either way.
pub fn monotone(counts: &Counts) -> Result<Counts> {
    let pooled = |sign: i128| {
        let mut groups = Groups::new(counts);
        let mut i = 0;
        while i + 1 < groups.list.len() {
            let ([g, b], [h, c]) = (groups.list[i].counts, groups.list[i + 1].counts);
            // b/(g + b) ≥ c/(h + c), or the other way round; an empty bin joins any.
            if sign * (i128::from(b) * i128::from(h) - i128::from(c) * i128::from(g)) >= 0 {
                groups.join(i);
                i = i.saturating_sub(1);
            } else {
                i += 1;
            }
        }
        groups.counts(counts)
    };
    match (pooled(1), pooled(-1)) {
        (Ok(rising), Ok(falling)) => Ok(if rising.value() >= falling.value() { rising } else { falling }),
        (Ok(one), Err(_)) | (Err(_), Ok(one)) => Ok(one),
        (Err(error), Err(_)) => Err(error),
    }
}

/// Neighbouring bins, joined.
struct Group {
    /// The last of them.
    last: usize,
    /// Good and bad samples.
    counts: [u64; 2],
}

struct Groups {
    list: Vec<Group>,
}

impl Groups {
    fn new(counts: &Counts) -> Self {
        let group = |i: usize| Group { last: i, counts: [counts.good[i], counts.bad[i]] };
        Self { list: (0..counts.bins.ordered()).map(group).collect() }
    }

    /// Joins group `i` and the next one.
    fn join(&mut self, i: usize) {
        let next = self.list.remove(i + 1);
        let group = &mut self.list[i];
        group.last = next.last;
        group.counts.iter_mut().zip(next.counts).for_each(|(x, more)| *x += more);
    }

    fn counts(&self, from: &Counts) -> Result<Counts> {
        let kept: Vec<usize> = self.list.split_last().map_or(&[][..], |(_, all)| all).iter().map(|g| g.last).collect();
        if kept.is_empty() {
            return Err(Error::Refused(format!(
                "column {} does not tell the classes apart in the way that is asked for: all its bins would be joined to one; leave it out, or ask for less",
                from.bins.name()
            )));
        }
        let missing = from.bins.ordered()..from.bins.count();
        let of = |class: usize, all: &[u64]| {
            self.list.iter().map(|g| g.counts[class]).chain(all[missing.clone()].iter().copied()).collect()
        };
        Ok(Counts { bins: from.bins.keeping(&kept)?, good: of(0, &from.good), bad: of(1, &from.bad) })
    }
}

/// Pearson's statistic of a table of two bins and two classes; 0 where a bin or a class is empty.
fn chi_square([a, b]: [u64; 2], [c, d]: [u64; 2]) -> f64 {
    let [a, b, c, d] = [a, b, c, d].map(|x| x as f64);
    let margins = (a + b) * (c + d) * (a + c) * (b + d);
    if margins == 0.0 { 0.0 } else { (a + b + c + d) * (a * d - b * c).powi(2) / margins }
}
