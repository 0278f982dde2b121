//! Owners and receivers that do not compute.

use jointly_core::{Cost, Error, Op, Party, Result};
use jointly_share::{Client, Engine};
use jointly_testkit::{Subject, subjects, usual};

const N: usize = 70;
const WIDTH: usize = 9;

/// What client `c` hands in.
fn ring(c: u16) -> Vec<i64> {
    (0..N as i64).map(|i| (i - 30) * (1 << 20) * i64::from(c) + i).collect()
}

fn bits(c: u16) -> Vec<u64> {
    (0..N as u64).map(|i| (i * 37 + u64::from(c)) % (1 << WIDTH)).collect()
}

/// Sums what all clients hand in, multiplies by a computing party's own values, and gives everyone the result; each string is added as a number.
fn computed(subject: Subject, clients: u16) -> Vec<(Vec<i64>, Cost)> {
    let computing = subject.among.parties;
    let all = computing..computing + clients;
    let program = async |e: &mut dyn Engine| {
        let own: Vec<i64> = (0..N as i64).collect();
        let last = Party(computing - 1);
        let own = e.input(last, (e.me() == last).then_some(&own[..]), N).await?;
        let mut sum = e.public(&[0; N])?;
        for c in all.clone() {
            let x = e.input(Party(c), None, N).await?;
            let b = e.input_bits(Party(c), None, N, WIDTH).await?;
            let b = e.to_ring(&b).await?;
            sum = e.add(&sum, &e.add(&x, &b)?)?;
        }
        let product = e.mul(&sum, &own).await?;
        for c in all.clone() {
            assert!(e.open_to(&product, Party(c)).await?.is_none());
        }
        e.open(&product).await
    };
    let client = async |me: Party, client: &mut dyn Client| {
        client.give(&ring(me.0)).await?;
        client.give_bits(&bits(me.0), WIDTH).await?;
        client.take(N).await
    };
    subject.world_with(clients).run_engine(subject, program, client).into_iter().collect::<Result<_>>().unwrap()
}

#[test]
fn clients_hand_in_and_take_results() {
    for subject in subjects() {
        let computing = subject.among.parties;
        for clients in 2..=4 {
            let expected: Vec<i64> = (0..N)
                .map(|i| {
                    (computing..computing + clients).map(|c| ring(c)[i] + bits(c)[i] as i64).sum::<i64>() * i as i64
                })
                .collect();
            for (party, (out, _)) in computed(subject, clients).into_iter().enumerate() {
                assert_eq!(out, expected, "{subject}, participant {party} of {}", computing + clients);
            }
        }
    }
}

#[test]
fn clients_and_computing_parties_pay_as_claimed() {
    for subject in subjects() {
        let Subject { entry, among } = subject;
        let owner = Party(among.parties);
        let ops = [
            Op::Input { from: owner, n: N },
            Op::InputBits { from: owner, n: N, width: WIDTH },
            Op::Open { to: owner, n: N },
        ];
        let run = subject.world_with(1).run_engine(
            subject,
            async |e| {
                let x = e.input(owner, None, N).await?;
                e.input_bits(owner, None, N, WIDTH).await?;
                e.open_to(&x, owner).await?;
                Ok(None)
            },
            async |_, client| {
                client.give(&ring(1)).await?;
                client.give_bits(&bits(1), WIDTH).await?;
                let handed_in = client.measured();
                assert_eq!(client.take(N).await?, ring(1));
                Ok(Some(handed_in))
            },
        );
        for (party, out) in Party::all(among.parties + 1).zip(run) {
            let prices = entry.spec.cost;
            let cost = |op| match op {
                Op::Open { .. } if party == owner => Cost::FREE,
                _ if party == owner => (prices.cost)(op, among, party),
                _ => (prices.prepare)(&(prices.takes)(op, among), among, party) + (prices.cost)(op, among, party),
            };
            let claimed: u64 = ops.iter().map(|op| cost(*op).bytes).sum();
            let (handed_in, all) = out.unwrap();
            assert_eq!(handed_in.unwrap_or(all).bytes, claimed, "{subject}, {party}");
        }
    }
}

/// Everyone's outcome when the client does `wrong` in place of handing in `N` values.
fn wronged(subject: Subject, wrong: impl AsyncFn(&mut dyn Client) -> Result<()>) -> Vec<Result<()>> {
    let program = async |e: &mut dyn Engine| {
        let x = e.input(Party(subject.among.parties), None, N).await?;
        e.open(&x).await?;
        Ok(())
    };
    let run = subject.world_with(1).run_engine(subject, program, async |_, client| wrong(client).await);
    run.into_iter().map(|out| out.map(|(out, _)| out)).collect()
}

#[test]
fn a_client_that_hands_in_too_little_or_too_much_is_named() {
    for subject in usual() {
        let (owner, computing) = (Party(subject.among.parties), subject.among.all().count());
        for n in [1, N - 1, N + 1] {
            let outcomes = wronged(subject, async |client| client.give(&vec![1; n]).await);
            let malformed = |out: &Result<()>| matches!(out, Err(Error::Malformed { from, .. }) if *from == owner);
            assert!(outcomes[..computing].iter().any(malformed), "{subject}: {outcomes:?}");
            assert!(outcomes[..computing].iter().all(|out| out.is_err()), "{subject}: {outcomes:?}");
        }
    }
}

#[test]
fn a_client_that_hands_in_nothing_is_gone() {
    for subject in usual() {
        let (owner, computing) = (Party(subject.among.parties), subject.among.all().count());
        let outcomes = wronged(subject, async |_| Ok(()));
        for out in &outcomes[..computing] {
            assert!(matches!(out, Err(Error::Gone { .. })), "{subject}: {out:?}");
        }
        let named = |out: &Result<()>| matches!(out, Err(Error::Gone { party, .. }) if *party == owner);
        assert!(outcomes[..computing].iter().any(named), "{subject}: {outcomes:?}");
    }
}
