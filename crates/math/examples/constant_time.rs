//! Prints whether kernels take the same time for one fixed secret as for random ones:
//! `cargo run --release -p jointly-math --example constant_time`. The first line is a control that must be found out.

mod dudect;

use dudect::examine;
use jointly_math::{
    Aes128, Block, Prg, Seed, gf64, gf128,
    ggm::{Leaves, grow_punctured},
    montgomery::{FixedBase, Modulus},
    small_field::fold_punctured,
};

const SAMPLES: usize = 100_000;

fn main() {
    let (mut prg, mut coins) = (Prg::new(Seed::random()), Prg::new(Seed::random()));
    let mut coin = || coins.block().0[0] & 1 == 1;
    control(&mut prg, &mut coin);
    fields(&mut prg, &mut coin);
    trees(&mut prg, &mut coin);
    powers(&mut prg, &mut coin);
}

/// Secret exponents, as Paillier has them: powers of a base with a table, and of one without.
fn powers(prg: &mut Prg, coin: &mut dyn FnMut() -> bool) {
    for bytes in [512, 256] {
        let modulus = Modulus::new(&vec![0xff; bytes]).expect("an odd modulus");
        let mut base = vec![0x35; bytes];
        base[0] = 1;
        let base = modulus.decode(&base).expect("below the modulus");
        let exponent = |prg: &mut Prg, fixed: bool| {
            let mut exponent = [0; 64];
            exponent.as_chunks_mut::<8>().0.iter_mut().zip(prg.words(8)).for_each(|(e, w)| *e = w.to_le_bytes());
            exponent.iter_mut().for_each(|byte| *byte = if fixed { 0 } else { *byte });
            exponent
        };
        if bytes == 512 {
            let table = FixedBase::new(&modulus, &base, 512);
            let power = |e: [u8; 64]| table.powers(&modulus, &[e]);
            examine("montgomery::FixedBase, 4096 bits, to 0", SAMPLES / 10, coin, |fixed| exponent(prg, fixed), power);
        } else {
            let power = |e: [u8; 64]| modulus.pow(&base, &e);
            examine("montgomery pow, 2048 bits, to 0", SAMPLES / 10, coin, |fixed| exponent(prg, fixed), power);
        }
    }
}

/// A comparison that ends at the first difference.
fn control(prg: &mut Prg, coin: &mut dyn FnMut() -> bool) {
    let secret = prg.words(64);
    let guess = |fixed: bool| {
        let random = prg.words(64);
        random.iter().zip(&secret).map(|(random, secret)| if fixed { *secret } else { *random }).collect()
    };
    let compare = |guess: Vec<u64>| guess.iter().zip(&secret).all(|(a, b)| std::hint::black_box(a) == b);
    examine("control: a comparison that stops early", SAMPLES, coin, guess, compare);
}

fn fields(prg: &mut Prg, coin: &mut dyn FnMut() -> bool) {
    let other = prg.blocks(64);
    let words: Vec<u64> = prg.words(64);
    let draw = |prg: &mut Prg, fixed: bool| {
        let mut x = prg.blocks(64);
        // In place: memory that comes cleared would be in another cache.
        x.iter_mut().for_each(|x| *x = if fixed { Block::ZERO } else { *x });
        x
    };
    examine(
        "gf128::mul, 64 of them, of zeros",
        SAMPLES,
        coin,
        |fixed| draw(prg, fixed),
        |x| x.iter().zip(&other).fold(Block::ZERO, |sum, (x, y)| sum ^ gf128::mul(*x, *y)),
    );
    let scale = |(mut x, by): (Vec<Block>, Block)| {
        gf128::mul_each(&mut x, by);
        x
    };
    let scaled = |prg: &mut Prg, fixed: bool| {
        let (x, random) = (prg.blocks(64), prg.block());
        (x, if fixed { Block([1, 0]) } else { random })
    };
    examine("gf128::mul_each, 64, by one", SAMPLES, coin, |fixed| scaled(prg, fixed), scale);
    examine("gf128::inverse, of zero", SAMPLES / 4, coin, |fixed| draw(prg, fixed)[0], gf128::inverse);
    let draw = |prg: &mut Prg, fixed: bool| {
        let mut x = prg.words(64);
        x.iter_mut().for_each(|x| *x = if fixed { 0 } else { *x });
        x
    };
    examine(
        "gf64::mul, 64 of them, of zeros",
        SAMPLES,
        coin,
        |fixed| draw(prg, fixed),
        |x| x.iter().zip(&words).fold(0, |sum, (x, y)| sum ^ gf64::mul(*x, *y)),
    );
    examine(
        "gf64::inner_product of 64, of zeros",
        SAMPLES,
        coin,
        |fixed| draw(prg, fixed),
        |x| gf64::inner_product(&x, &words),
    );
}

fn trees(prg: &mut Prg, coin: &mut dyn FnMut() -> bool) {
    for k in [2, 4, 8] {
        let keys: Vec<Aes128> = (0..1 << k).map(|_| Aes128::new(prg.block())).collect();
        let correction = prg.words(32);
        let masks = |prg: &mut Prg, fixed: bool| -> Vec<u64> {
            let random = prg.words(k);
            random.iter().map(|word| if fixed { 0 } else { (word & 1).wrapping_neg() }).collect()
        };
        let name = format!("small_field::fold_punctured, k = {k}, no masks");
        let mut planes = vec![0; 32 * k];
        examine(
            &name,
            4 * SAMPLES,
            coin,
            |fixed| masks(prg, fixed),
            |masks| {
                fold_punctured(&keys, 0, &correction, &masks, &mut planes);
            },
        );
    }
    for kind in [Leaves::Correlated, Leaves::Pseudorandom] {
        let depth = 10;
        let (beside, fill) = (prg.blocks(depth), prg.block());
        let path = |prg: &mut Prg, fixed: bool| {
            let random = prg.block().0[0] as usize % (1 << depth);
            if fixed { 0 } else { random }
        };
        let name = format!("ggm::grow_punctured, 1024 {kind:?}, path 0");
        let mut leaves = vec![Block::ZERO; 1 << depth];
        examine(
            &name,
            4 * SAMPLES,
            coin,
            |fixed| path(prg, fixed),
            |path| {
                grow_punctured(Aes128::fixed(), path, &beside, kind, fill, &mut leaves);
            },
        );
    }
}
