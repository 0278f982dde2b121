//! Every gadget on every engine, against plain integers, and against its predicted cost.

mod arithmetic;
mod choices;
mod rows;
mod sorting;

use jointly_core::{Party, Result};
use jointly_share::{Engine, Rep3, Scheme, Secret, Tally};
use jointly_testkit::world;

/// Shares what party 1 knows.
async fn give(e: &mut dyn Engine, x: &[i64]) -> Result<Secret> {
    let mine = (e.me() == Party(1)).then_some(x);
    e.input(Party(1), mine, x.len()).await
}

/// What a program opens, the same on every engine and at every party; the prediction of its cost holds.
fn opens(expected: &[i64], program: impl AsyncFn(&mut dyn Engine) -> Result<Vec<i64>>) {
    checked(|id, out| assert_eq!(out, expected, "{id}"), program);
}

/// As [`opens`], where the caller judges what was opened.
fn checked(judge: impl Fn(&str, &[i64]), program: impl AsyncFn(&mut dyn Engine) -> Result<Vec<i64>>) {
    for (out, _) in world(3).run_program("clear", &program) {
        judge("clear", &out);
    }
    for (i, (out, cost)) in world(3).run_program("rep3", &program).into_iter().enumerate() {
        judge("rep3", &out);
        let mut tally = Tally::new(&Rep3::SPEC, Party(i as u16));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(program(&mut tally)).unwrap();
        let predicted = tally.measured();
        assert_eq!(predicted.bytes, cost.bytes, "bytes of party {i}");
        assert!(cost.rounds <= predicted.rounds, "rounds of party {i}: {} of {}", cost.rounds, predicted.rounds);
    }
}

/// Everything that several columns hold, one after the other.
async fn open_all(e: &mut dyn Engine, columns: &[Secret]) -> Result<Vec<i64>> {
    let mut out = Vec::new();
    for c in columns {
        out.extend(e.open(c).await?);
    }
    Ok(out)
}

/// Reproducible values below `bound`.
fn random(seed: u64, n: usize, bound: u64) -> Vec<i64> {
    let mut prg = jointly_math::Prg::new(jointly_math::Seed::from_bytes([seed as u8; 16]));
    prg.words(n).into_iter().map(|x| (x % bound) as i64).collect()
}

#[test]
fn programs_can_move_between_threads() {
    fn sent<T: Send>(_: &T) {}
    let mut tally = Tally::new(&Rep3::SPEC, Party(0));
    let x = tally.public(&[1, 2, 3]).unwrap();
    let keys = [jointly_gadget::Key::unsigned(&x, 3)];
    sent(&jointly_gadget::sort(&mut tally, &keys, &[]));
    let fixed = jointly_gadget::Fixed::integer(x.clone(), 3.0).unwrap();
    sent(&jointly_gadget::divide(&mut tally, &fixed, &x, 3, 3.0, 10));
    sent(&jointly_gadget::sqrt(&mut tally, &fixed, 10));
    sent(&jointly_gadget::logic::all(&mut tally, &[&x]));
}
