//! Optimisers against steps computed by hand.

use jointly_federate::optimise::{Memory, Optimiser};

#[test]
fn adam_steps_as_in_its_algorithm() {
    let adam = Optimiser::Adam { rate: 0.1, first: 0.5, second: 0.75, adapt: 0.5 };
    adam.check().unwrap();
    let mut memory = Memory::default();
    let weights = adam.step(&[1.0, -1.0], &[2.0, 0.0], &mut memory);
    // m = ½·0 + ½·2 = 1; v = ¾·¼ + ¼·4 = 19/16.
    let step: f64 = 0.1 / ((19.0f64 / 16.0).sqrt() + 0.5);
    assert_eq!(weights, [1.0 + step, -1.0]);
    let again = adam.step(&weights, &[0.0, 4.0], &mut memory);
    // m = ½; v = ¾·19/16 = 57/64. And m = 2; v = ¾·3/16 + ¼·16 = 265/64.
    assert!((again[0] - (weights[0] + 0.05 / ((57.0f64 / 64.0).sqrt() + 0.5))).abs() < 1e-15);
    assert!((again[1] - (-1.0 + 0.2 / ((265.0f64 / 64.0).sqrt() + 0.5))).abs() < 1e-15);
}

#[test]
fn averages_go_the_whole_way_and_bad_rates_are_refused() {
    let whole = Optimiser::Average { rate: 1.0 };
    assert_eq!(whole.step(&[1.0], &[0.5], &mut Memory::default()), [1.5]);
    for bad in [
        Optimiser::Average { rate: 0.0 },
        Optimiser::Adam { rate: 0.1, first: 1.0, second: 0.9, adapt: 1e-3 },
        Optimiser::Adam { rate: 0.1, first: 0.9, second: 0.9, adapt: f64::NAN },
    ] {
        assert!(bad.check().unwrap_err().to_string().contains("must be positive"), "{bad:?}");
    }
}
