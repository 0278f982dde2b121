//! Shares that are kept from one run to the next.

use jointly_core::{Error, Party, Result};
use jointly_share::{Client, Engine};
use jointly_testkit::{Subject, subjects, usual};

const VALUES: [i64; 5] = [0, 1, -1, 1 << 40, -(1 << 55)];

/// What each party keeps of the products of values with themselves and 1.
fn kept(subject: Subject) -> Vec<Result<Vec<u8>>> {
    let program = async |e: &mut dyn Engine| {
        let mine = (e.me() == Party(0)).then_some(&VALUES[..]);
        let x = e.input(Party(0), mine, VALUES.len()).await?;
        let ones = e.public(&[1; VALUES.len()])?;
        let products = e.mul(&x, &ones).await?;
        Ok(e.save(&products).await?.to_vec())
    };
    let clients = async |_: Party, _: &mut dyn Client| Err(Error::Misuse("no clients here"));
    subject.world().run_engine(subject, program, clients).into_iter().map(|out| out.map(|(kept, _)| kept)).collect()
}

/// What was kept, with 3 added and halved in a run of its own.
fn gone_on(subject: Subject, kept: &[Vec<u8>]) -> Vec<Result<Vec<i64>>> {
    let program = async |e: &mut dyn Engine| {
        let x = e.load(&kept[e.me().index()], VALUES.len())?;
        let twice = e.mul(&x, &e.public(&[2; VALUES.len()])?).await?;
        let more = e.add(&twice, &e.public(&[3; VALUES.len()])?)?;
        e.open(&more).await
    };
    let clients = async |_: Party, _: &mut dyn Client| Err(Error::Misuse("no clients here"));
    subject.world().run_engine(subject, program, clients).into_iter().map(|out| out.map(|(open, _)| open)).collect()
}

#[test]
fn shares_mean_the_same_in_a_later_run() {
    for subject in subjects().into_iter().filter(|s| s.entry.spec.cost.keeps && s.entry.spec.width >= 62) {
        let kept: Vec<Vec<u8>> = kept(subject).into_iter().collect::<Result<_>>().unwrap();
        for open in gone_on(subject, &kept) {
            assert_eq!(open.unwrap(), VALUES.map(|x| 2 * x + 3), "{subject}");
        }
    }
}

#[test]
fn what_is_not_what_was_saved_is_refused() {
    for subject in usual().into_iter().filter(|s| s.entry.spec.cost.keeps && s.entry.spec.width >= 62) {
        let mut kept: Vec<Vec<u8>> = kept(subject).into_iter().collect::<Result<_>>().unwrap();
        kept.iter_mut().for_each(|bytes| bytes.truncate(bytes.len() - 1));
        let refused = gone_on(subject, &kept);
        assert!(refused.iter().all(|r| matches!(r, Err(Error::Misuse(_)))), "{subject}");
    }
}

#[test]
fn a_protocol_whose_shares_are_bound_to_their_run_says_so() {
    for subject in usual().into_iter().filter(|s| !s.entry.spec.cost.keeps) {
        for out in kept(subject) {
            let said = out.unwrap_err().to_string();
            assert!(said.contains(subject.entry.spec.id) && said.contains("cannot be kept"), "{said}");
        }
    }
}
