//! Whether a function's time depends on a secret: Reparaz, Balasch, Verbauwhede, "Dude, is my code constant time?", DATE 2017 (ePrint
//! 2016/1123). Times for one fixed secret and for random ones, in random order, are two samples; Welch's t says whether their means
//! differ, among all of them and, as interruptions lie on top of all times alike, among the shortest ones.
//!
//! |t| below 4.5 is no evidence of a leak; far above it, and growing with the samples, there is one. It finds leaks that are there; it
//! proves nothing.

use std::{hint::black_box, time::Instant};

/// Above it the means differ, up to one chance in about 10^5 for each comparison.
pub const THRESHOLD: f64 = 4.5;

/// Measurements that are kept at a time.
const BATCH: usize = 500;

/// Shares of the measurements, from the shortest on, that are looked at.
const SHARES: [f64; 6] = [1.0, 0.99, 0.95, 0.8, 0.5, 0.2];

/// One sample: how many, their mean, and the sum of the squared distances from it (Welford, Technometrics 1962).
#[derive(Clone, Copy, Debug, Default)]
pub struct Sample {
    n: f64,
    mean: f64,
    squares: f64,
}

impl Sample {
    /// Adds a measurement.
    pub fn add(&mut self, x: f64) {
        self.n += 1.0;
        let distance = x - self.mean;
        self.mean += distance / self.n;
        self.squares += distance * (x - self.mean);
    }

    /// The variance, without bias.
    pub fn variance(&self) -> f64 {
        self.squares / (self.n - 1.0)
    }
}

/// Welch's t of two samples; 0 where there is nothing to compare.
pub fn welch(a: &Sample, b: &Sample) -> f64 {
    if a.n < 2.0 || b.n < 2.0 {
        return 0.0;
    }
    let spread = (a.variance() / a.n + b.variance() / b.n).sqrt();
    if spread > 0.0 {
        (a.mean - b.mean) / spread
    } else if a.mean == b.mean {
        0.0
    } else {
        f64::INFINITY
    }
}

/// The largest |t| over all shares of these times, each with its class.
pub fn largest_t(times: &[(bool, f64)]) -> f64 {
    let mut sorted: Vec<f64> = times.iter().map(|(_, time)| *time).collect();
    sorted.sort_by(f64::total_cmp);
    let t = |share: f64| {
        let last = ((sorted.len() as f64 * share) as usize).clamp(1, sorted.len());
        let mut samples = [Sample::default(); 2];
        times.iter().filter(|(_, time)| *time <= sorted[last - 1]).for_each(|(class, time)| {
            samples[usize::from(*class)].add(*time);
        });
        welch(&samples[0], &samples[1]).abs()
    };
    if sorted.is_empty() { 0.0 } else { SHARES.into_iter().map(t).fold(0.0, f64::max) }
}

/// Times `work` on `samples` inputs, prepared beforehand from a class drawn by a coin (`true`: the fixed one), and prints the largest |t|.
pub fn examine<I, O>(
    name: &str,
    samples: usize,
    coin: &mut dyn FnMut() -> bool,
    mut prepare: impl FnMut(bool) -> I,
    mut work: impl FnMut(I) -> O,
) {
    let mut times = Vec::with_capacity(samples);
    while times.len() < samples {
        let classes: Vec<bool> = (0..BATCH.min(samples - times.len())).map(|_| coin()).collect();
        let inputs: Vec<I> = classes.iter().map(|class| prepare(*class)).collect();
        for (class, input) in classes.into_iter().zip(inputs) {
            let input = black_box(input);
            let start = Instant::now();
            let out = black_box(work(input));
            let time = start.elapsed();
            drop(out);
            times.push((class, time.as_nanos() as f64));
        }
    }
    let t = largest_t(&times);
    let mut sorted: Vec<f64> = times.iter().map(|(_, time)| *time).collect();
    sorted.sort_by(f64::total_cmp);
    let verdict = if t < THRESHOLD { "no evidence of a leak" } else { "the time depends on the secret?" };
    println!("{name:52} |t| = {t:8.2}  {samples:7} times, median {:9.0} ns  {verdict}", sorted[sorted.len() / 2]);
}
