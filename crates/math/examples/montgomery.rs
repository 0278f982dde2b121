//! Prints what a multiplication, a power of a fixed base and a secret power take: `cargo run --release -p jointly-math --example montgomery`.

use std::{hint::black_box, time::Instant};

use jointly_math::montgomery::{FixedBase, Modulus};

fn main() {
    for bits in [2048, 3072, 4096, 6144] {
        let modulus = Modulus::new(&vec![0xff; bits / 8]).expect("an odd modulus");
        let mut base = vec![0x35; bits / 8];
        base[0] = 1;
        let base = modulus.decode(&base).expect("below the modulus");
        let mut x = base.clone();
        let product = best(10_000, || modulus.mul_assign(&mut x, &base));
        let secret = vec![0xa7; bits / 16];
        let power = best(1, || black_box(modulus.pow(&base, &secret)));
        print!("{bits} bits: product {:.2} us, secret power of {} bits {:.0} us", product * 1e6, bits / 2, power * 1e6);
        if bits >= 4096 {
            let table = FixedBase::new(&modulus, &base, bits / 4);
            let exponents = vec![[0xa7; 192]; 64];
            let fixed = best(1, || black_box(table.powers(&modulus, &exponents))) / 64.0;
            print!(", fixed power of {} bits {:.0} us", bits / 4, fixed * 1e6);
        }
        println!();
    }
}

/// The best of ten, for one time.
fn best<T>(times: usize, mut work: impl FnMut() -> T) -> f64 {
    let mut run = || {
        let start = Instant::now();
        (0..times).for_each(|_| drop(black_box(work())));
        start.elapsed().as_secs_f64() / times as f64
    };
    (0..10).map(|_| run()).fold(f64::INFINITY, f64::min)
}
