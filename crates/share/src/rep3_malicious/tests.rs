//! Attacks by a party that runs this very code but for one lie, and stands by it.

use std::time::Duration;

use futures::{executor::block_on, future::join_all};
use jointly_core::{Error, Party, Result};
use jointly_math::{Prg, Seed, bits};
use jointly_net::{Ctx, memory};

use super::{Rep3Malicious, digest_words};
use crate::{Bits, Client, Engine, Erased, Receiver, Rep3MaliciousClient, Scheme, Share};

const LIAR: Party = Party(1);

/// What every participant ends with.
pub(super) fn run<T>(parties: u16, party: impl AsyncFn(Ctx) -> Result<T>) -> Vec<Result<T>> {
    let ctxs = memory::meshes(parties).into_iter().map(|mesh| Ctx::new(mesh, "test", Duration::MAX));
    block_on(join_all(ctxs.map(|ctx| party(ctx))))
}

/// What the computing parties open, each by itself.
fn opened(program: impl AsyncFn(&mut Rep3Malicious) -> Result<Vec<u64>>) -> Vec<Result<Vec<u64>>> {
    run(3, async |ctx| {
        let mut e = Rep3Malicious::new(ctx).await?;
        program(&mut e).await
    })
}

/// As an engine does.
async fn open(e: &mut Rep3Malicious, x: &Share<u64>) -> Result<Vec<u64>> {
    e.settle().await?;
    let opened = e.open(x, Receiver::All).await?;
    Ok(e.verify(opened).await?.unwrap())
}

async fn open_bits(e: &mut Rep3Malicious, x: &Share<u64>) -> Result<Vec<u64>> {
    e.settle().await?;
    let opened = e.open_words(x, Receiver::All).await?;
    Ok(e.verify(opened).await?.unwrap())
}

async fn input(e: &mut Rep3Malicious, from: u16, x: &[u64]) -> Result<Share<u64>> {
    let mine = (e.core.me() == Party(from)).then_some(x);
    e.input(Party(from), mine, x.len()).await
}

fn lie(e: &mut Rep3Malicious, by: u64) {
    if e.core.me() == LIAR {
        e.core.lie = by;
    }
}

/// Nobody gets anything, and some honest party says that somebody cheated.
fn caught<T: std::fmt::Debug>(outcomes: &[Result<T>]) {
    assert!(outcomes.iter().all(|out| out.is_err()), "{outcomes:?}");
    let noticed = |out: &Result<T>| matches!(out, Err(Error::Cheated { .. }));
    let honest = outcomes.iter().enumerate().filter(|(i, _)| *i != LIAR.index());
    assert!(honest.map(|(_, out)| out).any(noticed), "{outcomes:?}");
}

const X: [u64; 70] = [3; 70];

/// Errors of every kind, also such as vanish when multiplied by an even number.
const ERRORS: [u64; 4] = [1, 1 << 63, u64::MAX, 1 << 40];

#[test]
fn honest_runs_give_what_is_right_check_after_check() {
    for out in opened(async |e| {
        let x = input(e, 0, &X).await?;
        let y = e.mul(&x, &x).await?;
        assert_eq!(open(e, &y).await?, [9; 70]);
        let z = e.dot(&x, &y, 70).await?;
        let w = e.dot(&x, &y, 35).await?;
        let m = e.matmul(&x, &y, [2, 35, 2]).await?;
        assert_eq!(open(e, &w).await?, [27 * 35; 2]);
        assert_eq!(open(e, &m).await?, [27 * 35; 4]);
        open(e, &z).await
    }) {
        assert_eq!(out, Ok(vec![27 * 70]));
    }
}

#[test]
fn an_error_in_a_product_that_is_never_opened_is_caught() {
    for error in ERRORS {
        caught(&opened(async |e| {
            let x = input(e, 0, &X).await?;
            lie(e, error);
            let y = e.mul(&x, &x).await?;
            // The error vanishes in what is opened.
            let z = e.mul(&y, &e.public(&[1 << 63; 70])).await?;
            open(e, &z).await
        }));
    }
}

#[test]
fn a_check_comes_before_any_opening_and_any_branch() {
    caught(&opened(async |e| {
        let (x, other) = (input(e, 0, &X).await?, input(e, 2, &X).await?);
        lie(e, 1);
        e.mul(&x, &x).await?;
        open(e, &other).await
    }));
    caught(&run(3, async |ctx| {
        let mut scheme = Rep3Malicious::new(ctx).await?;
        let x = input(&mut scheme, 0, &X).await?;
        lie(&mut scheme, 1);
        scheme.mul(&x, &x).await?;
        Erased::new(scheme).fork("branch").await.map(|_| ())
    }));
}

#[test]
fn what_a_branch_owes_is_checked_after_it() {
    caught(&opened(async |e| {
        let x = input(e, 0, &X).await?;
        let mut branch = Scheme::fork(e, "branch");
        lie(&mut branch, 1);
        branch.mul(&x, &x).await?;
        e.join(branch);
        open(e, &x).await
    }));
}

#[test]
fn after_a_failed_check_nothing_is_opened() {
    let outcomes = run(3, async |ctx| {
        let mut e = Rep3Malicious::new(ctx).await?;
        let x = input(&mut e, 0, &X).await?;
        lie(&mut e, 1);
        let y = e.mul(&x, &x).await?;
        assert!(e.settle().await.is_err());
        assert!(matches!(e.settle().await, Err(Error::Misuse(_))));
        assert!(matches!(e.open(&y, Receiver::All).await, Err(Error::Misuse(_))));
        assert!(matches!(Scheme::fork(&mut e, "later").settle().await, Err(Error::Misuse(_))));
        Ok(())
    });
    assert!(outcomes.iter().all(|out| out.is_ok()), "{outcomes:?}");
}

#[test]
fn errors_in_sums_of_products_are_caught() {
    for error in ERRORS {
        caught(&opened(async |e| {
            let x = input(e, 0, &X).await?;
            lie(e, error);
            e.dot(&x, &x, 5).await?;
            open(e, &x).await
        }));
        caught(&opened(async |e| {
            let x = input(e, 0, &X).await?;
            lie(e, error);
            e.dot(&x, &x, 70).await?;
            open(e, &x).await
        }));
        caught(&opened(async |e| {
            let x = input(e, 0, &X).await?;
            lie(e, error);
            e.mul_prefix_sums(&[&x, &x]).await?;
            open(e, &x).await
        }));
        caught(&opened(async |e| {
            let x = input(e, 0, &X).await?;
            lie(e, error);
            e.matmul(&x, &x, [7, 10, 7]).await?;
            open(e, &x).await
        }));
    }
}

#[test]
fn errors_in_conversions_are_caught() {
    let words = 2 * 5;
    for error in [1, 1 << 63] {
        caught(&opened(async |e| {
            let x = input(e, 0, &X).await?;
            lie(e, error);
            let y = e.truncate(&x, 1).await?;
            open(e, &y).await
        }));
        caught(&opened(async |e| {
            let x = input(e, 0, &X).await?;
            lie(e, error);
            let s = e.msb(&x).await?;
            open_bits(e, &s.planes).await
        }));
        caught(&opened(async |e| {
            let planes = e.public_words(&vec![5; words]);
            lie(e, error);
            let r = e.to_ring(&Bits { planes, n: 70, width: 5 }).await?;
            open(e, &r).await
        }));
    }
    // In the last products of a truncation, after its ANDs.
    caught(&opened(async |e| {
        let x = input(e, 0, &X).await?;
        let y = e.truncate(&x, 1).await?;
        e.settle().await?;
        lie(e, 1);
        let z = e.mul(&y, &x).await?;
        open(e, &z).await
    }));
}

#[test]
fn rows_moved_to_other_places_are_caught() {
    let program = async |e: &mut Rep3Malicious, ring: bool, bits: bool| {
        e.exchanges = e.core.me() == LIAR;
        let rows: Vec<u64> = (0..70).collect();
        let x = input(e, 0, &rows).await?;
        let planes = e.public_words(&bits::to_planes(&rows, 7));
        let strings = Bits { planes, n: 70, width: 7 };
        let (ring, bits) = (if ring { vec![&x] } else { vec![] }, if bits { vec![&strings] } else { vec![] });
        e.shuffle(&ring, &bits, 70).await?;
        open(e, &x).await
    };
    for (ring, bits) in [(true, false), (false, true), (true, true)] {
        caught(&opened(async |e| program(e, ring, bits).await));
    }
}

/// A client that says one thing to one party and another to the other.
#[test]
fn a_client_that_contradicts_itself_is_caught() {
    let outcomes = run(4, async |mut ctx| {
        if ctx.me() == Party(3) {
            ctx.exchange_all::<[u8; 16]>(&[], &[0, 1, 2].map(|p| (Party(p), 2))).await?;
            ctx.exchange_all(&[(Party(0), &[1u64, 2][..]), (Party(2), &[1, 3])], &[]).await?;
            return Ok(());
        }
        let mut e = Rep3Malicious::new(ctx).await?;
        e.input(Party(3), None, 2).await.map(|_| ())
    });
    for party in [0, 2] {
        assert!(matches!(outcomes[party], Err(Error::Cheated { .. })), "{outcomes:?}");
    }
}

/// A party that gives a client another seed than its other holder.
#[test]
fn a_wrong_mask_is_caught_by_the_client() {
    let outcomes = run(4, async |ctx| {
        if ctx.me() == Party(3) {
            return Rep3MaliciousClient::new(ctx).give(&[1, 2]).await;
        }
        let mut e = Rep3Malicious::new(ctx).await?;
        if e.core.me() == LIAR {
            e.core.next = Prg::new(Seed::random());
        }
        e.input(Party(3), None, 2).await.map(|_| ())
    });
    assert!(matches!(outcomes[3], Err(Error::Cheated { .. })), "{outcomes:?}");
}

/// A party that holds another seed than its neighbour believes, and says otherwise.
#[test]
fn unlike_seeds_are_caught() {
    caught(&opened(async |e| {
        if e.core.me() == LIAR {
            e.core.mine = Prg::new(Seed::random());
        }
        let x = input(e, 0, &X).await?;
        let y = e.mul(&x, &x).await?;
        open(e, &y).await
    }));
}

#[test]
fn a_wrong_component_is_caught() {
    let outcomes = opened(async |e| {
        let x = input(e, 0, &X).await?;
        let mut shown = x.map(Vec::clone);
        if e.core.me() == LIAR {
            shown.0[0][3] ^= 1;
        }
        open(e, &shown).await
    });
    assert_eq!(outcomes[0], Ok(X.to_vec()), "the liar is not asked for what party 0 lacks");
    assert!(matches!(outcomes[2], Err(Error::Cheated { .. })), "{outcomes:?}");
}

#[test]
fn digests_are_whole() {
    assert_eq!(digest_words([1; 32]), [0x0101_0101_0101_0101; 4]);
}
