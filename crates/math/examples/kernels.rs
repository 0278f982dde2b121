//! Prints what the kernels reach on this machine: `cargo run --release -p jointly-math --example kernels [filter]`.

#![allow(unsafe_code)]

use std::hint::black_box;

use jointly_math::{Aes128, Block, Prg, Seed, bits, matmul, prg, random_permutation, ring};

fn main() {
    let filter = std::env::args().nth(1).unwrap_or_default();
    let bench = Bench {
        filter,
        #[cfg(not(target_os = "linux"))]
        start: std::time::Instant::now(),
    };
    streams(&bench);
    hashes(&bench);
    sharing(&bench);
    planes(&bench);
    products(&bench);
}

struct Bench {
    filter: String,
    #[cfg(not(target_os = "linux"))]
    start: std::time::Instant,
}

impl Bench {
    /// CPU time of this thread in seconds.
    #[cfg(target_os = "linux")]
    fn seconds(&self) -> f64 {
        let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
        // SAFETY: the call writes one timespec, and this clock exists on every Linux.
        unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
        time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
    }

    /// Seconds by the clock.
    #[cfg(not(target_os = "linux"))]
    fn seconds(&self) -> f64 {
        self.start.elapsed().as_secs_f64()
    }

    /// The median of several runs of `work`; `amount` of `unit` (in 10^9) are done in each.
    fn run<T>(&self, name: &str, amount: f64, unit: &str, mut work: impl FnMut() -> T) {
        if !name.contains(&self.filter) {
            return;
        }
        black_box(work());
        let mut seconds: Vec<f64> = (0..15)
            .map(|_| {
                let start = self.seconds();
                black_box(work());
                self.seconds() - start
            })
            .collect();
        seconds.sort_by(f64::total_cmp);
        let rate = |s: f64| amount / s / 1e9;
        println!("{name:44} {:8.2} {unit}, best {:8.2}", rate(seconds[7]), rate(seconds[0]));
    }
}

fn prgs() -> (Prg, Prg) {
    (Prg::new(Seed::from_bytes([1; 16])), Prg::new(Seed::from_bytes([2; 16])))
}

fn streams(bench: &Bench) {
    let (mut a, mut b) = prgs();
    let mut out = vec![0u64; 1 << 13];
    bench.run("prg, 64 KiB x 100", 65_536.0 * 100.0, "GB/s", || (0..100).for_each(|_| a.fill_words(&mut out)));
    bench.run("difference of two prgs, 64 KiB x 100", 65_536.0 * 100.0, "GB/s", || {
        (0..100).for_each(|_| prg::fill_difference(&mut a, &mut b, &mut out));
    });
    bench.run("prg, new vector of 8 MB", 8e6, "GB/s", || a.words(1_000_000));
    bench.run("prg, one word x 10^5", 1e5, "G calls/s", || (0..100_000).for_each(|_| a.fill_words(&mut out[..1])));
    bench.run("random permutation of 10^6", 1e6, "G elements/s", || random_permutation(&mut a, 1_000_000));
}

fn hashes(bench: &Bench) {
    let mut blocks = vec![Block([3, 5]); 4096];
    let aes = Aes128::fixed();
    let n = 409_600.0;
    bench.run("aes, 64 KiB x 100", n, "G blocks/s", || (0..100).for_each(|_| aes.encrypt_blocks(&mut blocks)));
    bench.run("mmo, 64 KiB x 100", n, "G blocks/s", || (0..100).for_each(|_| aes.mmo(&mut blocks)));
    bench.run("tccr, 64 KiB x 100", n, "G blocks/s", || (0..100).for_each(|i| aes.tccr(i, &mut blocks)));
    bench.run("tccr, 4 blocks x 10^5", 4e5, "G blocks/s", || {
        (0..100_000).for_each(|i| aes.tccr(i, &mut blocks[..4]));
    });
    bench.run("aes key expansion x 10^5", 1e5, "G keys/s", || {
        (0..100_000u64).for_each(|i| drop(black_box(Aes128::new(Block([i, 0])))));
    });
}

fn sharing(bench: &Bench) {
    for n in [10_000usize, 1_000_000] {
        let (mut a, mut b) = prgs();
        let [x0, x1, y0, y1]: [Vec<u64>; 4] = std::array::from_fn(|_| a.words(n));
        let size = n as f64;
        bench.run(&format!("rep_mul_masked, {n}"), size, "G elements/s", || {
            ring::rep_mul_masked(&x0, &x1, &y0, &y1, &mut a, &mut b)
        });
        bench.run(&format!("rep_and_masked, {n}"), size, "G words/s", || {
            ring::rep_and_masked(&x0, &x1, &y0, &y1, &mut a, &mut b)
        });
        if n % 100 == 0 {
            bench.run(&format!("rep_dot_masked of 100 terms, {n}"), size, "G terms/s", || {
                ring::rep_dot_masked(&x0, &x1, &y0, &y1, 100, &mut a, &mut b)
            });
        }
        bench.run(&format!("rep_mul, {n}"), size, "G elements/s", || ring::rep_mul(&x0, &x1, &y0, &y1));
        bench.run(&format!("add, {n}"), size, "G elements/s", || ring::add(&x0, &x1));
        bench.run(&format!("mul, {n}"), size, "G elements/s", || ring::mul(&x0, &x1));
        bench.run(&format!("prefix_sum, {n}"), size, "G elements/s", || ring::prefix_sum(&x0));
        let idx = random_permutation(&mut a, n);
        bench.run(&format!("gather, {n}"), size, "G elements/s", || ring::gather(&x0, &idx));
        bench.run(&format!("scatter, {n}"), size, "G elements/s", || ring::scatter(&x0, &idx));
    }
}

fn planes(bench: &Bench) {
    for n in [8_192usize, 1_000_000] {
        let values = prgs().0.words(n);
        let planes = bits::to_planes(&values, 64);
        let bytes = 8.0 * n as f64;
        bench.run(&format!("to_planes of 64 bits, {n}"), bytes, "GB/s", || bits::to_planes(&values, 64));
        bench.run(&format!("to_planes of 8 bits, {n}"), bytes, "GB/s", || bits::to_planes(&values, 8));
        bench.run(&format!("from_planes of 64 bits, {n}"), bytes, "GB/s", || bits::from_planes(&planes, n, 64));
        bench.run(&format!("pack, {n}"), bytes, "GB/s", || bits::pack(&values));
        bench.run(&format!("unpack, {n}"), bytes, "GB/s", || bits::unpack(&planes[..bits::words(n)], n));
        bench.run(&format!("popcount, {n}"), bytes, "GB/s", || bits::popcount(&values));
        let columns = prgs().0.words(128 * bits::words(n));
        bench.run(&format!("transpose128, {n}"), 2.0 * bytes, "GB/s", || bits::transpose128(&columns, n));
    }
}

fn products(bench: &Bench) {
    for (m, k, n) in [
        (100, 100, 100),
        (256, 256, 256),
        (500, 500, 500),
        (512, 512, 512),
        (1000, 1000, 1000),
        (2000, 2000, 2000),
        (10_000, 100, 1),
        (1, 1000, 1000),
        (3, 1000, 1000),
        (10_000, 100, 10),
        (100, 10_000, 100),
    ] {
        let (mut a, mut b) = prgs();
        let (x, y) = (a.words(m * k), b.words(k * n));
        let products = (m * k * n) as f64;
        bench.run(&format!("matmul {m} x {k} x {n}"), products, "GMAC/s", || matmul(&x, &y, m, k, n));
    }
}
