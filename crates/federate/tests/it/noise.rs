//! Noise against its distribution, the account against its closed form and against divergences computed from the distributions.

use jointly_core::Error;
use jointly_federate::noise::{Budget, DiscreteGaussian, Noise, Rho, Unit};
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

/// D_α of the sum of `n` discrete Gaussians from the same, moved by `shift`: both distributions are computed, far into their tails.
fn divergence(variance: f64, n: usize, shift: usize, alpha: f64) -> f64 {
    let edge = 60;
    let one: Vec<f64> = (-edge..=edge).map(|x: i32| (-f64::from(x * x) / (2.0 * variance)).exp()).collect();
    let mut sum = vec![1.0];
    for _ in 0..n {
        let mut next = vec![0.0; sum.len() + one.len() - 1];
        for (i, a) in sum.iter().enumerate() {
            one.iter().enumerate().for_each(|(j, b)| next[i + j] += a * b);
        }
        sum = next;
    }
    let all: f64 = sum.iter().sum();
    let at = |i: Option<usize>| i.and_then(|i| sum.get(i)).map_or(0.0, |p| p / all);
    let terms = (0..sum.len()).map(|i| (at(Some(i)), at(i.checked_sub(shift))));
    // Where the tails underflow, nothing of weight is left out.
    let terms = terms.filter(|(p, q)| *p > 1e-280 && *q > 1e-280);
    terms.map(|(p, q)| (alpha * p.ln() + (1.0 - alpha) * q.ln()).exp()).sum::<f64>().ln() / (alpha - 1.0)
}

#[test]
fn sums_of_draws_cost_no_more_than_the_account_says() {
    for variance in [1u64, 2, 4] {
        for n in [1usize, 2, 5] {
            for shift in [1usize, 3] {
                for alpha in [1.5, 2.0, 8.0] {
                    let rho = Rho::of_gaussians(shift as f64, variance, n as u16, 1).0;
                    let exact = divergence(variance as f64, n, shift, alpha);
                    let said = alpha * rho;
                    assert!(exact <= said * (1.0 + 1e-9), "σ² {variance}, {n} draws, by {shift}: {exact} > {said}");
                    // Where many add up at a small σ the bound is loose; else it is tight.
                    assert!(
                        variance < 2 || exact > said * 0.95,
                        "σ² {variance}, {n} draws, by {shift}: {exact} {said}"
                    );
                }
            }
        }
    }
}

#[test]
fn noise_is_fitted_to_its_words() {
    let noise = Noise { unit: Unit::Member, multiplier: 2.0, colluding: 1 };
    let fitted = noise.fit(1000, 500, f64::from(1u32 << 29), 4).unwrap();
    // Three of four members' draws: ρ = 1 / (2 · 3 · 2²), and a little for rounding.
    let ideal = 1.0 / 24.0;
    assert!(fitted.cost.0 >= ideal && fitted.cost.0 < ideal * 1.01, "{:?}", fitted.cost);
    assert!((fitted.largest * 2.0 / (fitted.variance as f64).sqrt() - 1.0).abs() < 1e-6);
    let rows = Noise { unit: Unit::Row, ..noise }.fit(1000, 500, f64::from(1u32 << 29), 4).unwrap();
    assert!((rows.largest / 500.0 * 2.0 / (rows.variance as f64).sqrt() - 1.0).abs() < 1e-6);

    let why = |noise: Noise, counted| noise.fit(1000, 500, 1e8, counted).unwrap_err().to_string();
    assert!(why(noise, 1).contains("then none is left"));
    assert!(why(Noise { multiplier: 0.0, ..noise }, 4).contains("positive"));
    assert!(why(Noise { multiplier: 1e9, ..noise }, 4).contains("updates vanish"));
}

#[test]
fn a_budget_that_was_tampered_with_is_not_read() {
    for text in ["{\"epsilon\":1.0,\"delta\":1e-5,\"spent\":-3.0}", "{\"epsilon\":0.0,\"delta\":1e-5,\"spent\":0.0}"] {
        assert!(serde_json::from_str::<Budget>(text).is_err(), "{text}");
    }
}
