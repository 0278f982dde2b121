use std::collections::HashSet;

use jointly_core::{Error, Party, Result};
use jointly_math::{Block, Prg, Seed};
use jointly_ot::{VoleReceiver, VoleSender};
use jointly_psi::multiparty::{self, Sizes};

use crate::world::{all, dealer};

/// What the receiver gets; the bytes of all parties are as claimed.
fn intersect(receiver: Party, sets: &[Vec<Block>]) -> Vec<Result<Vec<u32>>> {
    let sizes = Sizes { receiver, items: sets.iter().map(Vec::len).collect() };
    let n = sets.len() as u16;
    let mut sends: Vec<Option<Box<dyn VoleSender>>> = Vec::new();
    let mut receives: Vec<Option<Box<dyn VoleReceiver>>> = Vec::new();
    for _ in 0..n {
        let (s, r) = dealer(16);
        sends.push(Some(Box::new(s)));
        receives.push(Some(Box::new(r)));
    }
    let (sends, receives) = (std::sync::Mutex::new(sends), std::sync::Mutex::new(receives));
    let out = all(n, async |mut ctx| {
        let me = ctx.me();
        let out = if me == receiver {
            let others = Party::all(n).filter(|party| *party != me);
            let mut voles: Vec<_> = others.map(|party| sends.lock().unwrap()[party.index()].take().unwrap()).collect();
            multiparty::receive(&mut ctx, &sets[me.index()], &sizes, &mut voles).await
        } else {
            let mut voles = receives.lock().unwrap()[me.index()].take().unwrap();
            multiparty::send(&mut ctx, &sets[me.index()], &sizes, &mut *voles).await.map(|()| Vec::new())
        };
        (out, ctx.meter().bytes(), ctx.meter().rounds())
    });
    let cost = |party| sizes.cost(party);
    if out.iter().all(|(out, _, _)| out.is_ok()) {
        for (party, (_, bytes, rounds)) in Party::all(n).zip(&out) {
            assert_eq!(*bytes, cost(party).bytes);
            assert!(*rounds <= cost(party).rounds, "{rounds}");
        }
    }
    out.into_iter().map(|(out, _, _)| out).collect()
}

fn expected(receiver: Party, sets: &[Vec<Block>]) -> Vec<u32> {
    let others: Vec<HashSet<[u64; 2]>> = sets.iter().map(|set| set.iter().map(|x| x.0).collect()).collect();
    let mine = &sets[receiver.index()];
    (0..).zip(mine).filter(|(_, x)| others.iter().all(|set| set.contains(&x.0))).map(|(i, _)| i).collect()
}

#[test]
fn what_all_have_and_only_that() {
    let mut prg = Prg::new(Seed::random());
    for n in [2, 3, 4, 10] {
        for receiver in [Party(0), Party(1), Party(n - 1)] {
            let common = prg.blocks(30);
            // Every two neighbours share more than all do.
            let pairs = prg.blocks(20 * usize::from(n));
            let set = |i: usize, own: Vec<Block>| -> Vec<Block> {
                let next = (i + 1) % usize::from(n);
                let mut set = [&own[..], &common, &pairs[20 * i..20 * i + 20]].concat();
                if next != i {
                    set.extend(&pairs[20 * next..20 * next + 20]);
                }
                set
            };
            let sets: Vec<Vec<Block>> = (0..usize::from(n)).map(|i| set(i, prg.blocks(10 * i))).collect();
            let out = intersect(receiver, &sets);
            assert_eq!(out[receiver.index()].as_ref().unwrap(), &expected(receiver, &sets), "{n} {receiver}");
            assert!(expected(receiver, &sets).len() >= 30);
        }
    }
}

#[test]
fn an_empty_set_ends_it_at_once() {
    let mut prg = Prg::new(Seed::random());
    let sets = vec![prg.blocks(5), Vec::new(), prg.blocks(7)];
    assert!(intersect(Party(0), &sets).into_iter().all(|out| out.unwrap().is_empty()));
}

#[test]
fn repetitions_are_refused() {
    let mut prg = Prg::new(Seed::random());
    let mut sets = vec![prg.blocks(5), prg.blocks(6), prg.blocks(7)];
    sets[1][3] = sets[1][2];
    assert!(matches!(intersect(Party(0), &sets)[1], Err(Error::Misuse(_))));
    assert!(matches!(intersect(Party(1), &sets)[1], Err(Error::Misuse(_))));
}
