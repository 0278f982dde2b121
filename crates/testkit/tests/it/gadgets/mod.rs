//! Every gadget on every engine, against plain integers, and against its predicted cost.

mod arithmetic;
mod choices;
mod learning;
mod rows;
mod sorting;

use jointly_core::{Among, Error, Party, Result};
use jointly_share::{Client, Engine, Rep3, Scheme, Secret, Tally};
use jointly_testkit::{Subject, usual};

/// Shares what the second party knows, or the only one.
async fn give(e: &mut dyn Engine, x: &[i64]) -> Result<Secret> {
    let from = Party(e.among().parties.min(2) - 1);
    let mine = (e.me() == from).then_some(x);
    e.input(from, mine, x.len()).await
}

/// What a program opens, the same on every engine and at every party; the prediction of its cost holds.
fn opens(expected: &[i64], program: impl AsyncFn(&mut dyn Engine) -> Result<Vec<i64>>) {
    checked(|id, out| assert_eq!(out, expected, "{id}"), program);
}

/// As [`opens`], where the caller judges what was opened. Gadgets are for values of 62 bits.
fn checked(judge: impl Fn(&str, &[i64]), program: impl AsyncFn(&mut dyn Engine) -> Result<Vec<i64>>) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    // Gadgets know no scheme: slow ones are left out.
    for subject in usual().into_iter().filter(|s| s.entry.spec.width >= 62 && !s.is_slow()) {
        let Subject { entry, among } = subject;
        let mut tally = Tally::of_all(entry.spec, among);
        runtime.block_on(program(&mut tally)).unwrap();
        let clients = async |_: Party, _: &mut dyn Client| Err(Error::Misuse("no clients here"));
        let run = subject.world().run_stocked(subject, &tally.needs(), &program, clients);
        for ((party, out), predicted) in among.all().zip(run).zip(tally.costs()) {
            let (out, cost) = out.unwrap();
            judge(entry.spec.id, &out);
            assert_eq!(predicted.bytes, cost.bytes, "{subject}: bytes of {party}");
            assert!(
                cost.rounds <= predicted.rounds,
                "{subject}: rounds of {party}: {} of {}",
                cost.rounds,
                predicted.rounds
            );
        }
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
    let mut tally = Tally::new(&Rep3::SPEC, Among::new(3, 1), Party(0));
    let x = tally.public(&[1, 2, 3]).unwrap();
    let keys = [jointly_gadget::Key::unsigned(&x, 3)];
    sent(&jointly_gadget::sort(&mut tally, &keys, &[]));
    let fixed = jointly_gadget::Fixed::integer(x.clone(), 3.0).unwrap();
    sent(&jointly_gadget::divide(&mut tally, &fixed, &x, 3, 3.0, 10));
    sent(&jointly_gadget::sqrt(&mut tally, &fixed, 10));
    sent(&jointly_gadget::exp(&mut tally, &fixed, 10));
    sent(&jointly_gadget::ln(&mut tally, &fixed, 10));
    sent(&jointly_gadget::sigmoid(&mut tally, &fixed, 10));
    sent(&jointly_gadget::softmax(&mut tally, &fixed, 3, 10));
    sent(&jointly_gadget::top(&mut tally, &x, 10, 3, 2));
    sent(&fixed.matmul(&mut tally, &fixed, [1, 3, 1], 10));
    sent(&jointly_gadget::logic::all(&mut tally, &[&x]));
}
