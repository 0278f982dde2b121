//! Logistic regression: weights of a row's numbers, then the constant.

/// The logarithm of the odds.
pub fn score(weights: &[f64], row: &[f64]) -> f64 {
    row.iter().zip(weights).map(|(x, w)| x * w).sum::<f64>() + weights[row.len()]
}

/// Adds `residual` times the score's gradient.
pub fn add_gradient(row: &[f64], residual: f64, sum: &mut [f64]) {
    row.iter().zip(&mut *sum).for_each(|(x, sum)| *sum += residual * x);
    sum[row.len()] += residual;
}
