//! Frames cut, stretched, lost or changed on their way: an error that names the right party, or an answer, but never a panic.

use std::{sync::Arc, time::Duration};

use jointly_core::{Error, Party, Result};
use jointly_net::{Ctx, Frame, memory::meshes, tamper::tampered};
use jointly_pir::{Shape, Table, fetch, serve};

use crate::fetch::rows;

type Change = fn(Frame) -> Vec<Frame>;

/// A fetch in which `change` has been made to frame number `count` that `from` sent.
fn run(table: &Table, from: Party, count: u64, change: Change) -> (Result<usize>, Result<Vec<Vec<u8>>>) {
    let mesh = |mesh| {
        let tamper = move |place: &jointly_net::tamper::Place, frame: Frame| {
            if (place.from, place.count) == (from, count) { change(frame) } else { vec![frame] }
        };
        Ctx::new(tampered(mesh, Arc::new(tamper)), "test", Duration::from_secs(30))
    };
    let mut ctxs = meshes(2).into_iter().map(mesh);
    let (mut holder, mut querier) = (ctxs.next().unwrap(), ctxs.next().unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    // A party that ends closes its links.
    runtime.block_on(async {
        futures::join!(async move { serve(&mut holder, Party(1), table).await }, async move {
            fetch(&mut querier, Party(0), table.shape(), &[7, 9]).await
        },)
    })
}

#[test]
fn frames_of_another_length_are_refused() {
    let shape = Shape { rows: 20, row_bytes: 6 };
    let table = Table::new(shape, rows(shape)).unwrap();
    let cut: Change = |mut frame| {
        frame.payload.pop();
        vec![frame]
    };
    let stretch: Change = |mut frame| {
        frame.payload.push(0);
        vec![frame]
    };
    let lose: Change = |_| vec![];
    for change in [cut, stretch, lose] {
        for count in [0, 1] {
            let (served, fetched) = run(&table, Party(1), count, change);
            assert!(matches!(
                served,
                Err(Error::Malformed { from: Party(1), .. } | Error::Gone { party: Party(1), .. })
            ));
            assert!(matches!(fetched, Err(Error::Gone { party: Party(0), .. })));
        }
        let (served, fetched) = run(&table, Party(0), 0, change);
        assert_eq!(served.unwrap(), 2);
        assert!(matches!(fetched, Err(Error::Malformed { from: Party(0), .. } | Error::Gone { party: Party(0), .. })));
    }
}

#[test]
fn changed_frames_change_rows_at_most() {
    let shape = Shape { rows: 20, row_bytes: 6 };
    let table = Table::new(shape, rows(shape)).unwrap();
    let flip: Change = |mut frame| {
        let middle = frame.payload.len() / 2;
        frame.payload[middle] ^= 0x10;
        vec![frame]
    };
    for (from, count) in [(Party(1), 1), (Party(0), 0)] {
        let (served, fetched) = run(&table, from, count, flip);
        if served.is_ok() {
            assert!(fetched.unwrap().iter().all(|row| row.len() == 6));
        }
    }
}
