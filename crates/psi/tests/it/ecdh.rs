use std::collections::{BTreeMap, BTreeSet};

use jointly_core::{Error, Party};
use jointly_psi::ecdh::{Receivers, Sizes, cardinality, intersect, sum, sum_of_values};
use proptest::prelude::*;

use crate::pair::{run, run_tampered};

const BOTH: Receivers = Receivers::Both;

fn sizes(mine: usize, theirs: usize) -> Sizes {
    Sizes { mine, theirs }
}

fn items(list: &[u16]) -> Vec<Vec<u8>> {
    list.iter().map(|item| format!("item {item}").into_bytes()).collect()
}

/// The items at the rows that a side got, in its order.
fn named(list: &[u16], rows: Option<Vec<usize>>) -> Vec<u16> {
    rows.expect("a receiver").into_iter().map(|row| list[row]).collect()
}

fn plain(x: &[u16], y: &[u16]) -> BTreeSet<u16> {
    let y: BTreeSet<u16> = y.iter().copied().collect();
    x.iter().copied().filter(|item| y.contains(item)).collect()
}

fn check(x: &[u16], y: &[u16], padding: usize) {
    let (mine, theirs) = (x.len() + padding, y.len() + 2 * padding);
    let (a, b) = run(
        async |mut ctx| intersect(&mut ctx, Party(1), &items(x), sizes(mine, theirs), BOTH).await,
        async |mut ctx| intersect(&mut ctx, Party(0), &items(y), sizes(theirs, mine), BOTH).await,
    );
    let (a, b) = (named(x, a.unwrap()), named(y, b.unwrap()));
    assert_eq!(a, b, "the same order on both sides");
    assert_eq!(a.len(), plain(x, y).len(), "each common item once");
    assert_eq!(a.into_iter().collect::<BTreeSet<_>>(), plain(x, y));

    let (a, b) = run(
        async |mut ctx| cardinality(&mut ctx, Party(1), &items(x), sizes(mine, theirs), BOTH).await,
        async |mut ctx| cardinality(&mut ctx, Party(0), &items(y), sizes(theirs, mine), BOTH).await,
    );
    assert_eq!((a.unwrap(), b.unwrap()), (Some(plain(x, y).len()), Some(plain(x, y).len())));

    let values: Vec<(Vec<u8>, u64)> = items(y).into_iter().zip((0..).map(|i| i * 31 % 17)).collect();
    let common = plain(x, y);
    let expected: u64 =
        y.iter().zip(&values).filter(|(item, _)| common.contains(item)).map(|(_, (_, value))| value).sum();
    let (a, b) = run(
        async |mut ctx| sum(&mut ctx, Party(1), &items(x), sizes(mine, theirs), 0).await,
        async |mut ctx| sum_of_values(&mut ctx, Party(0), &values, sizes(theirs, mine)).await,
    );
    assert_eq!((a.unwrap(), b.unwrap()), (common.len(), expected));
}

#[test]
fn special_sets() {
    let five = [1, 2, 3, 4, 5];
    for (x, y) in [
        (vec![], vec![]),
        (vec![], five.to_vec()),
        (five.to_vec(), vec![]),
        (vec![7], vec![7]),
        (vec![7], vec![8]),
        (five.to_vec(), five.to_vec()),
        (five.to_vec(), vec![6, 7, 8]),
        (vec![1, 1, 2, 2, 3], vec![3, 3, 2, 9]),
    ] {
        check(&x, &y, 0);
        check(&x, &y, 3);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn as_plain_sets(x in prop::collection::vec(0u16..40, 0..30), y in prop::collection::vec(0u16..40, 0..30), padding in 0usize..3) {
        check(&x, &y, padding);
    }
}

#[test]
fn more_than_one_chunk() {
    let (x, y): (Vec<u16>, Vec<u16>) = ((0..4100).collect(), (4090..4099).collect());
    let (a, b) = run(
        async |mut ctx| intersect(&mut ctx, Party(1), &items(&x), sizes(4100, 9), Receivers::One(Party(1))).await,
        async |mut ctx| intersect(&mut ctx, Party(0), &items(&y), sizes(9, 4100), Receivers::One(Party(1))).await,
    );
    assert_eq!(a.unwrap(), None);
    assert_eq!(named(&y, b.unwrap()).len(), 9);
}

#[test]
fn one_receiver_learns_alone() {
    for receiver in [Party(0), Party(1)] {
        let one = Receivers::One(receiver);
        let (a, b) = run(
            async |mut ctx| cardinality(&mut ctx, Party(1), &items(&[1, 2]), sizes(2, 3), one).await,
            async |mut ctx| cardinality(&mut ctx, Party(0), &items(&[2, 1, 5]), sizes(3, 2), one).await,
        );
        let expected = |party| (party == receiver).then_some(2);
        assert_eq!((a.unwrap(), b.unwrap()), (expected(Party(0)), expected(Party(1))));
    }
    let (a, _) = run(
        async |mut ctx| cardinality(&mut ctx, Party(1), &items(&[1]), sizes(1, 1), Receivers::One(Party(7))).await,
        async |_| Ok(()),
    );
    assert!(matches!(a, Err(Error::Misuse(_))));
}

#[test]
fn values_of_equal_items_are_added() {
    let values: BTreeMap<u16, [u64; 2]> = [(1, [10, 100]), (2, [7, 1 << 33])].into();
    let rows: Vec<(Vec<u8>, u64)> =
        values.iter().flat_map(|(item, values)| values.map(|value| (items(&[*item]).remove(0), value))).collect();
    let (a, b) = run(
        async |mut ctx| sum(&mut ctx, Party(1), &items(&[2, 3]), sizes(2, 4), 1).await,
        async |mut ctx| sum_of_values(&mut ctx, Party(0), &rows, sizes(4, 2)).await,
    );
    assert_eq!((a.unwrap(), b.unwrap()), (1, 7 + (1 << 33)));
}

#[test]
fn a_sum_of_too_few_is_not_sent() {
    let rows: Vec<_> = items(&[1, 2, 3]).into_iter().zip([5, 6, 7]).collect();
    let (a, b) = run(
        async |mut ctx| sum(&mut ctx, Party(1), &items(&[1, 2]), sizes(2, 3), 3).await,
        async |mut ctx| sum_of_values(&mut ctx, Party(0), &rows, sizes(3, 2)).await,
    );
    assert!(matches!(a, Err(Error::Refused(_))));
    assert!(matches!(b, Err(Error::Gone { party: Party(0), .. })));
}

#[test]
fn sums_beyond_the_range_and_sets_beyond_the_size_are_refused() {
    let rows: Vec<_> = items(&[1, 2]).into_iter().zip([1 << 40, 1]).collect();
    let (_, b) = run(async |_| Ok(()), async |mut ctx| sum_of_values(&mut ctx, Party(0), &rows, sizes(2, 1)).await);
    assert!(matches!(b, Err(Error::Refused(_))));
    let (a, _) =
        run(async |mut ctx| intersect(&mut ctx, Party(1), &items(&[1, 2]), sizes(1, 1), BOTH).await, async |_| Ok(()));
    assert!(matches!(a, Err(Error::Misuse(_))));
}

#[test]
fn points_that_are_none_are_the_senders_fault() {
    // The identity, a number beyond the field's prime, and a frame cut short.
    let changes: [fn(&mut Vec<u8>); 3] =
        [|bytes| bytes[32..64].fill(0), |bytes| bytes[32..64].fill(0xff), |bytes| bytes.truncate(40)];
    for change in changes {
        let (_, b) = run_tampered(
            move |place, frame| {
                if place.from == Party(0) && place.count == 0 {
                    change(&mut frame.payload);
                }
            },
            async |mut ctx| intersect(&mut ctx, Party(1), &items(&[1, 2, 3]), sizes(3, 3), BOTH).await,
            async |mut ctx| intersect(&mut ctx, Party(0), &items(&[1, 2, 3]), sizes(3, 3), BOTH).await,
        );
        assert!(matches!(b, Err(Error::Malformed { from: Party(0), .. })));
    }
}

#[test]
fn a_sum_that_cannot_be_is_noticed() {
    let rows: Vec<_> = items(&[1, 2, 3]).into_iter().zip([5, 6, 7]).collect();
    let (_, b) = run_tampered(
        |place, frame| {
            // The last frame of the other side: the sum's ciphertext, its halves exchanged.
            if place.from == Party(0) && frame.payload.len() == 64 {
                frame.payload.rotate_left(32);
            }
        },
        async |mut ctx| sum(&mut ctx, Party(1), &items(&[1, 2, 4]), sizes(3, 3), 1).await,
        async |mut ctx| sum_of_values(&mut ctx, Party(0), &rows, sizes(3, 3)).await,
    );
    assert!(matches!(b, Err(Error::Cheated { by: Some(Party(0)), .. })));
}
