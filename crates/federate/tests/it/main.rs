//! Noise against its distribution, the account against its closed form.

mod federation;
mod masks;

use jointly_core::Error;
use jointly_federate::{Budget, DiscreteGaussian, Rho};
use jointly_math::Seed;

/// Pearson's statistic of 200,000 draws in cells -4σ..=4σ, the tails in the outermost cells.
fn chi_square(variance: u64) -> (f64, usize) {
    const DRAWS: usize = 200_000;
    let mut noise = DiscreteGaussian::new(variance, Seed::from_bytes([7; 16])).unwrap();
    let edge = 4 * variance.isqrt() as i64;
    let weight = |x: i64| (-(x * x) as f64 / (2.0 * variance as f64)).exp();
    let cell = |x: i64| (x.clamp(-edge, edge) + edge) as usize;
    let mut expected = vec![0.0; 2 * edge as usize + 1];
    let mut seen = vec![0.0; expected.len()];
    (-10 * edge..=10 * edge).for_each(|x| expected[cell(x)] += weight(x));
    let total: f64 = expected.iter().sum();
    (0..DRAWS).for_each(|_| seen[cell(noise.draw())] += 1.0);
    let statistic = expected
        .iter()
        .zip(&seen)
        .map(|(e, s)| (e / total * DRAWS as f64, s))
        .map(|(e, s)| (s - e) * (s - e) / e)
        .sum();
    (statistic, seen.len() - 1)
}

#[test]
fn draws_follow_the_discrete_gaussian() {
    for variance in [1, 2, 10, 100] {
        let (statistic, freedom) = chi_square(variance);
        // Mean k, deviation √2k: five deviations.
        let most = freedom as f64 + 5.0 * (2.0 * freedom as f64).sqrt();
        assert!(statistic < most, "variance {variance}: {statistic} over {freedom} degrees of freedom");
    }
}

#[test]
fn the_largest_variance_is_drawn_and_others_are_refused() {
    let mut noise = DiscreteGaussian::new(1 << 40, Seed::from_bytes([3; 16])).unwrap();
    let squares: f64 = (0..20_000).map(|_| (noise.draw() as f64).powi(2)).sum();
    // The mean of 20,000 squares has a relative deviation of 1 %.
    assert!((squares / 20_000.0 / (1u64 << 40) as f64 - 1.0).abs() < 0.05);
    for variance in [0, (1 << 40) + 1] {
        assert!(matches!(DiscreteGaussian::new(variance, Seed::from_bytes([0; 16])), Err(Error::Refused(_))));
    }
}

#[test]
fn epsilon_is_below_the_simple_bound_and_above_the_gaussian_itself() {
    // Simple: ρ + 2√(ρ ln 1/δ) (Bun, Steinke 2016). The Gaussian mechanism of μ = 1 at δ = 10^-5 has ε = 4.3772 (Balle, Wang 2018).
    let (rho, delta) = (0.5, 1e-5f64);
    let simple = rho + 2.0 * (rho * -delta.ln()).sqrt();
    let epsilon = Rho(rho).epsilon(delta);
    assert!(4.3772 < epsilon && epsilon < simple, "{epsilon} against {simple}");
    // The same formula minimised over α = 1.001, 1.002, …, 50, by another program.
    assert!((epsilon - 4.728387).abs() < 1e-5, "{epsilon}");
    assert_eq!(Rho::of_gaussian(3.0, 9), Rho(0.5));
}

#[test]
fn a_spent_budget_refuses_and_survives_a_restart() {
    let mut budget = Budget::new(2.0, 1e-5).unwrap();
    let cost = Rho(0.02);
    let mut rounds = 0;
    let refused = loop {
        match budget.spend(rounds + 1, cost) {
            Ok(()) => rounds += 1,
            Err(error) => break error.to_string(),
        }
        budget = serde_json::from_str(&serde_json::to_string(&budget).unwrap()).unwrap();
    };
    assert!(rounds > 1 && budget.spent() <= 2.0);
    assert!(Rho(0.02 * (rounds + 1) as f64).epsilon(1e-5) > 2.0);
    assert!(refused.contains(&format!("round {}", rounds + 1)) && refused.contains("the budget is 2"), "{refused}");
    for bad in [f64::NAN, -1.0, f64::INFINITY] {
        let before = budget.clone();
        assert!(budget.spend(99, Rho(bad)).is_err());
        assert_eq!(before, budget);
    }
    assert!(Budget::new(0.0, 1e-5).is_err() && Budget::new(1.0, 1.0).is_err() && Budget::new(f64::NAN, 1e-5).is_err());
}
