//! What is particular to additive sharing: what a coalition sees of shares, and that no correlation serves twice.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
};

use jointly_core::{Among, Cost, Demand, Error, Need, Needs, Op, Party, Result};
use jointly_share::{Client, Engine, Tally};
use jointly_testkit::{Subject, World};

fn among(parties: u16) -> Subject {
    Subject { among: Among::new(parties, parties - 1), ..Subject::named("additive") }
}

/// Runs on a stock; the words that party 0 sends while `program` runs.
fn words_of_first(subject: Subject, needs: &Needs, program: impl AsyncFn(&mut dyn Engine) -> Result<()>) -> Vec<u64> {
    let sent = Arc::<Mutex<Vec<(Party, u64)>>>::default();
    let record = sent.clone();
    let world: World = subject.world().tamper(move |place, frame| {
        // What is said about OTs goes over channels of its own.
        if place.path.contains("/program") && !place.path.contains("ots") && place.from == Party(0) {
            let words = frame.payload.as_chunks::<8>().0.iter().map(|word| u64::from_le_bytes(*word));
            record.lock().unwrap().extend(words.map(|word| (place.to, word)));
        }
        vec![frame]
    });
    let clients = async |_: Party, _: &mut dyn Client| Err(Error::Misuse("no clients here"));
    let run = world.run_stocked(subject, needs, &program, clients);
    assert!(run.into_iter().all(|out| out.is_ok()), "an honest run succeeds");
    let sent = sent.lock().unwrap();
    sent.iter().filter(|(to, _)| *to == Party(1)).map(|(_, word)| *word).collect()
}

/// Products and ANDs of zeros: what is opened is the masks, of which none comes twice, in the program, its branches, and theirs, from stock and without.
async fn zeros(e: &mut dyn Engine) -> Result<()> {
    let (x, b) = (e.public(&[0; 100])?, e.public_bits(&[0; 640], 10)?);
    for _ in 0..2 {
        let (mut left, mut right) = (e.fork("one").await?, e.fork("two").await?);
        let mut inner = left.fork("inner").await?;
        futures::future::try_join3(left.mul(&x, &x), right.mul(&x, &x), inner.mul(&x, &x)).await?;
        futures::future::try_join3(left.and(&b, &b), right.and(&b, &b), inner.and(&b, &b)).await?;
        left.join(inner)?;
        e.join(left)?;
        e.join(right)?;
        e.mul(&x, &x).await?;
        e.and(&b, &b).await?;
    }
    Ok(())
}

#[test]
fn no_correlation_serves_twice() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let subject = among(2);
    let mut tally = Tally::of_all(subject.entry.spec, subject.among);
    runtime.block_on(zeros(&mut tally)).unwrap();
    let all = tally.needs();
    // A stock for everything, for some branches, for nothing.
    let some = Needs { forks: all.forks[..1].to_vec(), ..all.clone() };
    for needs in [all, some, Needs::default()] {
        let words = words_of_first(subject, &needs, zeros);
        let distinct: HashSet<u64> = words.iter().copied().collect();
        // Eight times: masks of two factors of 100 products, and of two of 100 words of ANDs.
        assert_eq!((words.len(), distinct.len()), (8 * 400, 8 * 400));
    }
}

/// Shares of a value that everyone knows are the value and zeros: what is opened of them must not be.
#[test]
fn openings_among_more_than_two_hide_shares() {
    let words = words_of_first(among(3), &Needs::default(), async |e| {
        let (x, b) = (e.public(&[42; 1000])?, e.public_bits(&[1; 64_000], 1)?);
        assert!(e.open(&x).await?.iter().all(|x| *x == 42));
        assert!(e.open_bits(&b).await?.iter().all(|b| *b == 1));
        e.open_to(&x, Party(1)).await.map(|_| ())
    });
    let distinct: HashSet<u64> = words.iter().copied().collect();
    assert_eq!((words.len(), distinct.len()), (3000, 3000));
}

/// Setting up costs what is claimed, and so does each kind of thing in stock, few of it and many.
#[test]
fn preparing_costs_what_is_claimed() {
    let orders = Need::KnownOrders { rows: 5000, ring: 1, words: 2 };
    let kinds = [
        (Need::Triples, vec![1, 64, 5000]),
        (Need::BitTriples, vec![1, 5000]),
        (Need::TwinBitTriples, vec![3, 20_000]),
        (Need::SharedBits, vec![64, 300_032]),
        (orders, vec![1, 6]),
    ];
    for subject in [among(2), among(3)] {
        let prices = subject.entry.spec.cost;
        let start = |needs: &Needs| -> Vec<Cost> {
            let world = subject.world();
            world.run_all(async |ctx| {
                let mut e = (subject.entry.start)(ctx, subject.among).await?;
                e.stock(needs).await?;
                Ok(e.measured())
            })
        };
        let setup = start(&Needs::default());
        for (party, cost) in subject.among.all().zip(&setup) {
            let claimed = (prices.cost)(Op::Setup, subject.among, party);
            assert!(cost.bytes == claimed.bytes && cost.rounds <= claimed.rounds, "{subject}: {cost:?}, {claimed:?}");
        }
        for (need, count) in kinds.iter().flat_map(|(need, counts)| counts.iter().map(move |count| (*need, *count))) {
            let here = Demand::of(need, count);
            let costs = start(&Needs { here: here.clone(), forks: Vec::new() });
            for ((party, cost), setup) in subject.among.all().zip(&costs).zip(&setup) {
                let claimed = (prices.prepare)(&here, subject.among, party);
                assert_eq!(cost.bytes - setup.bytes, claimed.bytes, "{subject}, {party}: {count} {need}");
            }
        }
    }
}
