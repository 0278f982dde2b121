//! A side, or somebody on the way, that changes messages: nothing is found that is not common.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jointly_align::{Job, Options, Role};
use jointly_net::tamper::{Place, Tamper, tampered};
use jointly_net::{Frame, memory};

use crate::pair::{Pair, Row, row, runtime};

/// Runs both sides with all frames changed so; whether each ended well.
fn run(pair: &Pair, change: Tamper) -> [bool; 2] {
    let jobs = [Role::Listener, Role::Connector].map(|role| {
        let options = Options { patience: Duration::from_secs(2), restart: true, ..pair.options(role) };
        Job::open(options).unwrap()
    });
    runtime().block_on(async {
        let meshes = memory::meshes(2);
        let side = async |job: Job, role: Role| {
            job.run(tampered(meshes[role as usize].clone(), change.clone()), &mut |_| {}).await.is_ok()
        };
        let [a, b] = jobs;
        let (a, b) = tokio::join!(side(a, Role::Listener), side(b, Role::Connector));
        [a, b]
    })
}

#[test]
fn no_changed_frame_makes_a_row_common() {
    let of = |range: std::ops::Range<u64>| range.map(|i| row(i, i)).collect::<Vec<Row>>();
    let (a, b) = (of(0..60), of(40..120));
    let frames = Arc::<Mutex<Vec<(u16, String, u64)>>>::default();
    let list = frames.clone();
    let record: Tamper = Arc::new(move |place: &Place, frame: Frame| {
        list.lock().unwrap().push((place.from.0, place.path.to_string(), place.count));
        vec![frame]
    });
    let pair = Pair::new(&a, &b);
    assert_eq!(run(&pair, record), [true, true]);
    let mut frames = frames.lock().unwrap().clone();
    frames.sort_unstable();
    frames.dedup();
    assert!(frames.len() > 20, "{frames:?}");
    // Every third, another byte of each: all of the protocols have such tests of their own.
    for (i, sent) in frames.into_iter().enumerate().step_by(3) {
        let pair = Pair::new(&a, &b);
        let target = sent.clone();
        let change: Tamper = Arc::new(move |place: &Place, mut frame: Frame| {
            if (place.from.0, place.path, place.count) == (target.0, &target.1[..], target.2) {
                let at = (7 * i) % frame.payload.len().max(1);
                frame.payload.get_mut(at).into_iter().for_each(|byte| *byte ^= 0x21);
            }
            vec![frame]
        });
        let ended = run(&pair, change);
        for (role, ended) in [Role::Listener, Role::Connector].into_iter().zip(ended) {
            let path = pair.path(role, "parquet");
            assert!(path.exists() || !ended, "{sent:?}: {role:?} ended well without an output");
            let found = if path.exists() { pair.output(role) } else { Vec::new() };
            assert!(found.iter().all(|((key, _), _)| (40..60).contains(&key.parse().unwrap())), "{sent:?} {role:?}");
        }
    }
}
