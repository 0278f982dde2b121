//! From m·G to m, for small m.

use std::{collections::HashMap, fmt};

use curve25519_dalek::{ristretto::RistrettoPoint, scalar::Scalar, traits::Identity};
use jointly_core::{Error, Result};

/// The largest count that can be found.
pub const LARGEST: u64 = 1 << 40;

/// Points that one inversion serves.
const BATCH: usize = 256;

/// Shanks's baby steps, for any number of logarithms: a table of small multiples, and steps of its length.
pub struct Logarithms {
    /// By the encoding of their doubles, of which many are cheap at once.
    babies: HashMap<[u8; 32], u32>,
    giant: RistrettoPoint,
    steps: u64,
}

impl Logarithms {
    /// For counts up to `most`, at most [`LARGEST`]: √most entries of some 40 bytes, and as many additions to find the largest.
    pub fn new(most: u64) -> Result<Self> {
        if most > LARGEST {
            return Err(Error::Refused(
                "counts above 2^40 cannot be found again: add up fewer, or use Paillier".into(),
            ));
        }
        let steps = most.isqrt() + 1;
        let mut babies = HashMap::with_capacity(steps as usize);
        let (mut at, one) = (RistrettoPoint::identity(), RistrettoPoint::mul_base(&Scalar::ONE));
        for start in (0..steps).step_by(BATCH) {
            let points = multiples(at, one, BATCH.min((steps - start) as usize));
            for (j, encoding) in (start as u32..).zip(RistrettoPoint::double_and_compress_batch(&points)) {
                babies.insert(encoding.to_bytes(), j);
            }
            at = points.last().map_or(at, |last| last + one);
        }
        Ok(Self { babies, giant: -RistrettoPoint::mul_base(&Scalar::from(steps)), steps })
    }

    /// The m ≤ `most` with m·G = `point`, where there is one and it is within what the table is for. Takes m/√most steps.
    pub fn vartime_find(&self, point: &RistrettoPoint, most: u64) -> Option<u64> {
        let mut at = *point;
        for start in (0..=self.steps).step_by(BATCH) {
            let giants = multiples(at, self.giant, BATCH);
            for (i, encoding) in (start..).zip(RistrettoPoint::double_and_compress_batch(&giants)) {
                if let Some(j) = self.babies.get(encoding.as_bytes()) {
                    let m = i * self.steps + u64::from(*j);
                    return (m <= most).then_some(m);
                }
            }
            at = giants.last()? + self.giant;
        }
        None
    }
}

impl fmt::Debug for Logarithms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Logarithms({} entries)", self.babies.len())
    }
}

/// `start`, `start + step`, …: `n` points.
fn multiples(start: RistrettoPoint, step: RistrettoPoint, n: usize) -> Vec<RistrettoPoint> {
    std::iter::successors(Some(start), |point| Some(point + step)).take(n).collect()
}
