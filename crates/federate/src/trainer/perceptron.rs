//! A perceptron with one hidden layer. Weights: for each unit, those of a row's numbers, its constant and its weight in the score; then the score's constant.

/// A unit's weights.
fn unit(weights: &[f64], width: usize, unit: usize) -> &[f64] {
    &weights[unit * (width + 2)..][..width + 2]
}

/// What a unit says.
fn says(unit: &[f64], row: &[f64]) -> f64 {
    (row.iter().zip(unit).map(|(x, w)| x * w).sum::<f64>() + unit[row.len()]).tanh()
}

/// The logarithm of the odds.
pub fn score(hidden: usize, weights: &[f64], row: &[f64]) -> f64 {
    let units = (0..hidden).map(|h| unit(weights, row.len(), h));
    units.map(|unit| unit[row.len() + 1] * says(unit, row)).sum::<f64>() + weights[hidden * (row.len() + 2)]
}

/// Adds `residual` times the score's gradient.
pub fn add_gradient(hidden: usize, weights: &[f64], row: &[f64], residual: f64, sum: &mut [f64]) {
    let width = row.len();
    for h in 0..hidden {
        let unit = unit(weights, width, h);
        let said = says(unit, row);
        let inner = residual * unit[width + 1] * (1.0 - said * said);
        let sum = &mut sum[h * (width + 2)..][..width + 2];
        row.iter().zip(&mut *sum).for_each(|(x, sum)| *sum += inner * x);
        sum[width] += inner;
        sum[width + 1] += residual * said;
    }
    sum[hidden * (width + 2)] += residual;
}
