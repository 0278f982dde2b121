//! Prints whether a querier's query, and its reading of an answer, take the same time for row 0 as for random rows:
//! `cargo run --release -p jointly-pir --example constant_time_pir`.

#[path = "../../math/examples/dudect/mod.rs"]
mod dudect;

use dudect::examine;
use jointly_core::Result;
use jointly_math::{Prg, Seed};
use jointly_pir::{Shape, query};

/// Several shelves of several columns.
const SHAPE: Shape = Shape { rows: 1 << 14, row_bytes: 256 };

fn main() -> Result<()> {
    let (mut prg, mut coins) = (Prg::new(Seed::random()), Prg::new(Seed::random()));
    let mut coin = || coins.block().0[0] & 1 == 1;
    let mut index = |fixed: bool| {
        let random = prg.block().0[0] as usize % SHAPE.rows;
        if fixed { 0 } else { random }
    };
    let layout = SHAPE.layout()?;
    println!("{layout:?}");
    examine("query, row 0 of 2^14", 10_000, &mut coin, &mut index, |index| query(SHAPE, index));
    let answer = vec![0x5a; layout.answer_bytes()];
    let asked = |fixed| query(SHAPE, index(fixed)).map(|(secret, _)| secret);
    examine("Secret::extract, row 0 of 2^14", 10_000, &mut coin, asked, |secret| secret.map(|s| s.extract(&answer)));
    Ok(())
}
