//! Runs that break off, and go on.

use std::collections::BTreeSet;

use jointly_align::{Error, Event, Job, Role};
use jointly_net::memory;

use crate::pair::{Pair, Row, row, runtime};

fn pair() -> Pair {
    let a: Vec<Row> = (0..6000).map(|i| row(i, "a")).collect();
    let b: Vec<Row> = (3000..9000).map(|i| row(i, "b")).collect();
    Pair::new(&a, &b)
}

/// Runs both sides until the connector says that it is at `bucket`, and then leaves.
fn break_off(pair: &Pair, bucket: u32) -> Error {
    let jobs = [Role::Listener, Role::Connector].map(|role| Job::open(pair.options(role)).unwrap());
    runtime().block_on(async {
        let meshes = memory::meshes(2);
        let [listener, connector] = jobs;
        let listener = async {
            listener.run(meshes[0].clone(), &mut |_| {}).await
        };
        let (leave, left) = tokio::sync::oneshot::channel();
        let connector = async {
            let mut leave = Some(leave);
            let mut told = |event: Event<'_>| {
                if let Event::Step(step) = event
                    && step.contains(&format!("bucket {bucket} "))
                {
                    leave.take().into_iter().for_each(|leave| leave.send(()).unwrap());
                }
            };
            tokio::select! { biased; _ = left => {}, _ = connector.run(meshes[1].clone(), &mut told) => panic!("it was to be stopped") }
        };
        tokio::join!(listener, connector).0.unwrap_err()
    })
}

#[test]
fn a_broken_run_goes_on_where_it_was() {
    let pair = pair();
    let error = break_off(&pair, 4).to_string();
    assert!(error.contains("the other side is gone") && error.contains("same two commands"), "{error}");
    assert!(!pair.path(Role::Listener, "parquet").exists(), "no output before its time");
    let reports = pair.run().map(Result::unwrap);
    for (role, report) in [Role::Listener, Role::Connector].into_iter().zip(reports) {
        assert_eq!((report.buckets, report.matches), ((8, 3), Some(3000)));
        let keys: BTreeSet<u64> = pair.output(role).iter().map(|((key, _), _)| key.parse().unwrap()).collect();
        assert!(keys.iter().copied().eq(3000..6000));
        assert!(!pair.path(role, "work").exists());
    }
}

#[test]
fn a_run_that_broke_off_while_reading_begins_again() {
    let pair = pair();
    break_off(&pair, 1);
    let [a, b] = pair.run().map(Result::unwrap);
    assert_eq!((a.buckets, b.matches), ((8, 0), Some(3000)));
}

#[test]
fn what_has_changed_is_not_gone_on_with() {
    let mut pair = pair();
    break_off(&pair, 3);
    let opening = |pair: &Pair| Job::open(pair.options(Role::Listener)).err();
    pair.settings.hide_size = true;
    let error = opening(&pair).unwrap().to_string();
    assert!(error.contains("with other settings") && error.contains("--restart"), "{error}");
    pair.settings.hide_size = false;
    assert!(opening(&pair).is_none());

    // One side alone starts anew: both are told.
    std::fs::remove_dir_all(pair.path(Role::Connector, "work")).unwrap();
    for result in pair.run() {
        let error = result.unwrap_err().to_string();
        assert!(error.contains("--restart at both sides"), "{error}");
    }
    pair.restart = true;
    assert!(pair.run().into_iter().all(|report| report.unwrap().buckets == (8, 0)));

    pair = self::pair();
    break_off(&pair, 3);
    std::fs::write(pair.path(Role::Listener, "csv"), "id,value\n1,2\n").unwrap();
    let error = opening(&pair).unwrap().to_string();
    assert!(error.contains("the input has changed"), "{error}");
}
