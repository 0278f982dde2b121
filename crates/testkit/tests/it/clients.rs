//! Owners and receivers that do not compute.

use jointly_core::{Cost, Error, Op, Party, Result};
use jointly_registry::ENGINES;
use jointly_share::{Client, Engine};
use jointly_testkit::{World, world};

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
fn computed(id: &str, clients: u16) -> Vec<(Vec<i64>, Cost)> {
    let all = 3..3 + clients;
    let program = async |e: &mut dyn Engine| {
        let own: Vec<i64> = (0..N as i64).collect();
        let own = e.input(Party(2), (e.me() == Party(2)).then_some(&own[..]), N).await?;
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
    world(3 + clients).run_engine(id, program, client).into_iter().collect::<Result<_>>().unwrap()
}

#[test]
fn clients_hand_in_and_take_results() {
    for entry in ENGINES {
        for clients in 2..=4 {
            let expected: Vec<i64> = (0..N)
                .map(|i| (3..3 + clients).map(|c| ring(c)[i] + bits(c)[i] as i64).sum::<i64>() * i as i64)
                .collect();
            for (party, (out, _)) in computed(entry.spec.id, clients).into_iter().enumerate() {
                assert_eq!(out, expected, "{}, participant {party} of {}", entry.spec.id, 3 + clients);
            }
        }
    }
}

#[test]
fn computing_parties_pay_for_clients_as_claimed() {
    for entry in ENGINES {
        let owner = Party(3);
        let ops = [
            Op::Input { from: owner, n: N },
            Op::InputBits { from: owner, n: N, width: WIDTH },
            Op::Open { to: owner, n: N },
        ];
        let run = world(4).run_engine(
            entry.spec.id,
            async |e| {
                let x = e.input(owner, None, N).await?;
                e.input_bits(owner, None, N, WIDTH).await?;
                e.open_to(&x, owner).await?;
                Ok(())
            },
            async |_, client| {
                client.give(&ring(3)).await?;
                client.give_bits(&bits(3), WIDTH).await?;
                assert_eq!(client.take(N).await?, ring(3));
                Ok(())
            },
        );
        for (party, out) in Party::all(3).zip(run) {
            let claimed: u64 = ops.iter().map(|op| (entry.spec.cost)(*op, party).bytes).sum();
            assert_eq!(out.unwrap().1.bytes, claimed, "{}, {party}", entry.spec.id);
        }
    }
}

/// Everyone's outcome when client 3 does `wrong` in place of handing in `N` values.
fn wronged(world: World, id: &str, wrong: impl AsyncFn(&mut dyn Client) -> Result<()>) -> Vec<Result<()>> {
    let program = async |e: &mut dyn Engine| {
        let x = e.input(Party(3), None, N).await?;
        e.open(&x).await?;
        Ok(())
    };
    let run = world.run_engine(id, program, async |_, client| wrong(client).await);
    run.into_iter().map(|out| out.map(|(out, _)| out)).collect()
}

#[test]
fn a_client_that_hands_in_too_little_or_too_much_is_named() {
    for entry in ENGINES {
        for n in [1, N - 1, N + 1] {
            let outcomes = wronged(world(4), entry.spec.id, async |client| client.give(&vec![1; n]).await);
            let malformed = |out: &Result<()>| matches!(out, Err(Error::Malformed { from: Party(3), .. }));
            assert!(outcomes[..3].iter().any(malformed), "{}: {outcomes:?}", entry.spec.id);
            assert!(outcomes[..3].iter().all(|out| out.is_err()), "{}: {outcomes:?}", entry.spec.id);
        }
    }
}

#[test]
fn a_client_that_hands_in_nothing_is_gone() {
    for entry in ENGINES {
        let outcomes = wronged(world(4), entry.spec.id, async |_| Ok(()));
        for out in &outcomes[..3] {
            assert!(matches!(out, Err(Error::Gone { .. })), "{}: {out:?}", entry.spec.id);
        }
        let named = |out: &Result<()>| matches!(out, Err(Error::Gone { party: Party(3), .. }));
        assert!(outcomes[..3].iter().any(named), "{}: {outcomes:?}", entry.spec.id);
    }
}
