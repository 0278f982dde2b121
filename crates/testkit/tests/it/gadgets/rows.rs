//! Groups of rows, quantiles.

use jointly_gadget::{quantile, segments};

use super::{give, open_all, opens, random};

/// Sorted keys with padding behind them, and which rows are valid.
struct Table {
    keys: [Vec<i64>; 2],
    valid: Vec<i64>,
    values: Vec<i64>,
}

fn table(seed: u64, n: usize, padding: usize, kinds: u64) -> Table {
    let mut rows: Vec<[i64; 2]> = random(seed, n, kinds).iter().map(|k| [k / 3 - 1, k % 3]).collect();
    rows.sort();
    rows.extend(vec![[99, 1]; padding]);
    Table {
        keys: [0, 1].map(|j| rows.iter().map(|r| r[j]).collect()),
        valid: (0..n + padding).map(|i| i64::from(i < n)).collect(),
        values: random(seed + 1, n + padding, 2001).iter().map(|v| v - 1000).collect(),
    }
}

impl Table {
    /// The rows of each group.
    fn groups(&self) -> Vec<Vec<usize>> {
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for i in (0..self.valid.len()).filter(|&i| self.valid[i] == 1) {
            let same = i > 0 && (0..2).all(|j| self.keys[j][i] == self.keys[j][i - 1]);
            if same { groups.last_mut().unwrap().push(i) } else { groups.push(vec![i]) }
        }
        groups
    }

    fn marks(&self, pick: impl Fn(&[usize]) -> usize) -> Vec<i64> {
        let mut out = vec![0; self.valid.len()];
        self.groups().iter().for_each(|g| out[pick(g)] = 1);
        out
    }
}

fn tables() -> Vec<Table> {
    [(0, 0), (0, 3), (1, 0), (1, 2), (2, 0), (40, 0), (40, 9), (65, 1)]
        .iter()
        .flat_map(|&(n, padding)| [1, 4, 30].map(|kinds| table(n as u64 + 2 * kinds, n, padding, kinds)))
        .collect()
}

#[test]
fn groups_begin_and_end() {
    for t in tables() {
        let expected = [t.marks(|g| g[0]), t.marks(|g| g[g.len() - 1])].concat();
        opens(&expected, async |e| {
            let (a, b, v) = (give(e, &t.keys[0]).await?, give(e, &t.keys[1]).await?, give(e, &t.valid).await?);
            let b = e.to_bits(&b, 5).await?;
            let first = segments::first_of_group(e, &[&a, &b], &v).await?;
            let last = segments::last_of_group(e, &[&a, &b], &v).await?;
            open_all(e, &[first, last]).await
        });
    }
}

#[test]
fn groups_are_summed() {
    for t in tables() {
        let all = t.groups();
        for limit in [0, 2, t.valid.len() + 3] {
            let n = limit.min(t.valid.len());
            let column =
                |f: &dyn Fn(&[usize]) -> i64| (0..n).map(|g| all.get(g).map_or(0, |g| f(g))).collect::<Vec<_>>();
            let expected = [
                column(&|g| t.keys[0][g[0]]),
                column(&|g| t.keys[1][g[0]]),
                column(&|g| g.iter().map(|&i| t.values[i]).sum()),
                column(&|g| g.len() as i64),
                column(&|_| 1),
                vec![all.len() as i64],
            ];
            opens(&expected.concat(), async |e| {
                let (a, b, v) = (give(e, &t.keys[0]).await?, give(e, &t.keys[1]).await?, give(e, &t.valid).await?);
                let (x, bits) = (give(e, &t.values).await?, e.to_bits(&b, 3).await?);
                let last = give(e, &t.marks(|g| g[g.len() - 1])).await?;
                let g = segments::group_sums(e, &last, &[&a, &bits], &[&x, &v], limit).await?;
                let bits = e.to_ring(&g.keys[1]).await?;
                open_all(e, &[g.keys[0].clone(), bits, g.sums[0].clone(), g.sums[1].clone(), g.valid, g.count]).await
            });
        }
    }
}

#[test]
fn rows_learn_about_their_group() {
    for t in tables() {
        let mut expected = vec![vec![]; 4];
        for g in t.groups() {
            for (k, &i) in g.iter().enumerate() {
                let row = [t.values[g[0]], t.keys[0][i], k as i64, g.len() as i64];
                expected.iter_mut().zip(row).for_each(|(column, x)| column.push(x));
            }
        }
        opens(&expected.concat(), async |e| {
            let (a, x, v) = (give(e, &t.keys[0]).await?, give(e, &t.values).await?, give(e, &t.valid).await?);
            let first = give(e, &t.marks(|g| g[0])).await?;
            let mut columns = segments::broadcast(e, &first, &[&x, &a]).await?;
            columns.push(segments::position_in_group(e, &first).await?);
            columns.push(segments::group_size(e, &first, &v).await?);
            let real = t.valid.iter().sum::<i64>() as usize;
            let columns: Vec<_> = columns.iter().map(|c| e.slice(c, 0..real)).collect::<Result<_, _>>()?;
            open_all(e, &columns).await
        });
    }
}

/// ⌊r⌋, ⌈r⌉ and the remainder for n values.
fn ranks(n: usize, num: u64, den: u64) -> (usize, usize, i64) {
    let r = num * (n as u64 - 1);
    ((r / den) as usize, r.div_ceil(den) as usize, (r % den) as i64)
}

const QUANTILES: [(u64, u64); 6] = [(1, 2), (0, 1), (1, 1), (1, 4), (95, 100), (1, 3)];

#[test]
fn ranks_in_histograms() {
    for (groups, domain) in [(0, 3), (1, 1), (4, 1), (3, 2), (9, 7), (5, 30)] {
        let mut counts = random((groups + domain) as u64, groups * domain, 5);
        counts.iter_mut().for_each(|c| *c = (*c - 2).max(0));
        // No group is empty: what an empty one gives means nothing.
        counts.iter_mut().step_by(domain).for_each(|c| *c = (*c).max(1));
        let distinct: Vec<i64> = counts.chunks(domain).map(|g| g.iter().filter(|c| **c > 0).count() as i64).collect();
        for (num, den) in QUANTILES {
            let mut expected = vec![vec![]; 3];
            for g in counts.chunks(domain) {
                let all: Vec<i64> = g.iter().enumerate().flat_map(|(v, &c)| vec![v as i64; c as usize]).collect();
                let (low, high, rem) = ranks(all.len(), num, den);
                expected.iter_mut().zip([all[low], all[high], rem]).for_each(|(column, x)| column.push(x));
            }
            opens(&[expected.concat(), distinct.clone()].concat(), async |e| {
                let counts = give(e, &counts).await?;
                let (low, high, rem) = quantile::rank_in_histogram(e, &counts, groups, domain, num, den).await?;
                let distinct = quantile::distinct_in_histogram(e, &counts, groups, domain).await?;
                open_all(e, &[low, high, rem, distinct]).await
            });
        }
    }
}

#[test]
fn empty_groups_stay_within_the_domain() {
    super::checked(
        |id, out| assert!(out.iter().all(|i| (0..3).contains(i)), "{id}: {out:?}"),
        async |e| {
            let counts = give(e, &[0; 6]).await?;
            let (low, high, _) = quantile::rank_in_histogram(e, &counts, 2, 3, 1, 2).await?;
            open_all(e, &[low, high]).await
        },
    );
}

#[test]
fn quantiles_of_sorted_rows() {
    // Groups of rows sorted by value, nulls last; one group has nothing but nulls, one row stands alone, padding follows.
    let groups: [(&[i64], usize); 5] =
        [(&[-5, -5, 0, 7, 1000], 2), (&[], 2), (&[3], 0), (&[1, 2, 2, 9], 0), (&[-(1 << 60), 1 << 60], 1)];
    let (mut first, mut values, mut valid, mut last) = (vec![], vec![], vec![], vec![]);
    for (known, nulls) in groups {
        for i in 0..known.len() + nulls {
            first.push(i64::from(i == 0));
            last.push(i64::from(i + 1 == known.len() + nulls));
            valid.push(i64::from(i < known.len()));
            values.push(known.get(i).copied().unwrap_or(123));
        }
    }
    for column in [&mut first, &mut last, &mut values, &mut valid] {
        column.extend([0, 0]);
    }
    for (num, den) in QUANTILES {
        let mut expected = vec![vec![]; 3];
        for (known, _) in groups {
            let row = if known.is_empty() {
                [0; 3]
            } else {
                let (low, high, rem) = ranks(known.len(), num, den);
                [known[low], known[high], rem]
            };
            expected.iter_mut().zip(row).for_each(|(column, x)| column.push(x));
        }
        opens(&expected.concat(), async |e| {
            let (f, l) = (give(e, &first).await?, give(e, &last).await?);
            let (x, v) = (give(e, &values).await?, give(e, &valid).await?);
            let (low, high, rem) = quantile::quantile_sorted(e, &f, &x, &v, num, den).await?;
            let sums = segments::group_sums(e, &l, &[], &[&low, &high, &rem], 5).await?;
            open_all(e, &sums.sums).await
        });
    }
}
