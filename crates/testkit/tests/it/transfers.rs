//! What is made of correlated OTs: random and chosen ones, rows of a table.

use jointly_core::{Party, Result};
use jointly_math::{Block, Prg, Seed, bits};
use jointly_net::Ctx;
use jointly_ot::{
    Base, RandomReceiver, RandomSender, base, correlate_receiver, correlate_sender, receive_chosen, receive_rows,
    send_chosen, send_rows,
};
use jointly_registry::COTS;
use jointly_testkit::world;
use proptest::prelude::*;

async fn random_sender(ctx: &mut Ctx) -> Result<RandomSender> {
    let cots = (COTS[1].sender)(ctx, Party(1)).await?;
    Ok(RandomSender::new(Party(1), cots))
}

async fn random_receiver(ctx: &mut Ctx) -> Result<RandomReceiver> {
    let cots = (COTS[1].receiver)(ctx, Party(0)).await?;
    Ok(RandomReceiver::new(Party(0), cots))
}

fn chosen(plane: &[u64], i: usize) -> usize {
    (plane[i / 64] >> (i % 64) & 1) as usize
}

#[test]
fn base_ots_give_the_chosen_seed_and_not_the_other() {
    for base in [Base::Ristretto, Base::MlKem] {
        let choices: Vec<u8> = (0..10).map(|i| (0b1011001110 >> i & 1) as u8).collect();
        let out = world(2).run_all(async |mut ctx| match ctx.me() {
            Party(0) => {
                let pairs = base::send(&mut ctx, base, Party(1), 10).await?;
                Ok(pairs.iter().flatten().map(|seed| *seed.as_bytes()).collect::<Vec<_>>())
            }
            _ => {
                let choices: Vec<_> = choices.iter().map(|c| (*c).into()).collect();
                let seeds = base::receive(&mut ctx, base, Party(0), &choices).await?;
                Ok(seeds.iter().map(|seed| *seed.as_bytes()).collect())
            }
        });
        for (i, choice) in choices.iter().map(|c| usize::from(*c)).enumerate() {
            assert_eq!(out[1][i], out[0][2 * i + choice], "{base:?}, OT {i}");
            assert_ne!(out[1][i], out[0][2 * i + 1 - choice], "{base:?}, OT {i}");
        }
    }
}

#[test]
fn random_ots_are_random_and_agree() {
    let sizes = [1, 100, 1000];
    let out = world(2).run_all(async |mut ctx| {
        let mut all = (Vec::new(), Vec::new());
        if ctx.me() == Party(0) {
            let mut ots = random_sender(&mut ctx).await?;
            for n in sizes {
                all.0.extend(ots.send(&mut ctx, n).await?);
            }
        } else {
            let mut ots = random_receiver(&mut ctx).await?;
            for n in sizes {
                let received = ots.receive(&mut ctx, n).await?;
                all.1.extend((0..n).map(|i| (chosen(&received.choices, i), received.blocks[i])));
            }
        }
        Ok(all)
    });
    let (pairs, received) = (&out[0].0, &out[1].1);
    assert!(pairs.iter().zip(received).all(|(pair, (choice, block))| pair[*choice].0 == block.0));
    let mut seen: Vec<_> = pairs.iter().flatten().map(|b| b.0).collect();
    let differences: Vec<_> = pairs.iter().map(|[a, b]| (*a ^ *b).0).collect();
    seen.extend(differences);
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 3 * 1101, "no block, and no difference of a pair, comes twice");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn chosen_messages_arrive(n in 0usize..300, seed in any::<[u8; 16]>()) {
        let mut prg = Prg::new(Seed::from_bytes(seed));
        let messages: Vec<[Block; 2]> = (0..n).map(|_| [prg.block(), prg.block()]).collect();
        let choices = bits::pack(&(0..n).map(|_| prg.words(1)[0] & 1).collect::<Vec<_>>());
        let out = world(2).run_all(async |mut ctx| match ctx.me() {
            Party(0) => {
                let mut ots = random_sender(&mut ctx).await?;
                send_chosen(&mut ctx, &mut ots, Party(1), &messages).await.map(|()| Vec::new())
            }
            _ => {
                let mut ots = random_receiver(&mut ctx).await?;
                receive_chosen(&mut ctx, &mut ots, Party(0), &choices, n).await
            }
        });
        prop_assert!((0..n).all(|i| out[1][i].0 == messages[i][chosen(&choices, i)].0));
    }

    #[test]
    fn chosen_correlations_hold(n in 1usize..300, seed in any::<[u8; 16]>()) {
        let choices = bits::pack(&Prg::new(Seed::from_bytes(seed)).words(n).iter().map(|w| w & 1).collect::<Vec<_>>());
        let out = world(2).run_all(async |mut ctx| match ctx.me() {
            Party(0) => {
                let mut cots = (COTS[1].sender)(&mut ctx, Party(1)).await?;
                let q = correlate_sender(&mut ctx, &mut *cots, Party(1), n).await?;
                Ok((q, cots.delta()))
            }
            _ => {
                let mut cots = (COTS[1].receiver)(&mut ctx, Party(0)).await?;
                Ok((correlate_receiver(&mut ctx, &mut *cots, Party(0), &choices, n).await?, Block::ZERO))
            }
        });
        let [(q, delta), (t, _)] = &out[..] else { panic!("two ends") };
        let x = |i| Block::mask((chosen(&choices, i) as u8).into());
        prop_assert!((0..n).all(|i| (q[i] ^ t[i] ^ (x(i) & *delta)).0 == [0; 2]));
    }

    #[test]
    fn rows_arrive_as_asked_for(n in 1usize..200, row_bytes in 1usize..70, picks in prop::collection::vec(any::<usize>(), 0..4)) {
        let rows: Vec<u8> = (0..n * row_bytes).map(|i| (i * 31 % 251) as u8).collect();
        let places: Vec<usize> = picks.iter().map(|p| p % n).collect();
        let out = world(2).run_all(async |mut ctx| match ctx.me() {
            Party(0) => {
                let mut ots = random_sender(&mut ctx).await?;
                send_rows(&mut ctx, &mut ots, Party(1), &rows, row_bytes, places.len()).await.map(|()| Vec::new())
            }
            _ => {
                let mut ots = random_receiver(&mut ctx).await?;
                receive_rows(&mut ctx, &mut ots, Party(0), n, row_bytes, &places).await
            }
        });
        let expected: Vec<_> = places.iter().map(|p| rows[p * row_bytes..(p + 1) * row_bytes].to_vec()).collect();
        prop_assert_eq!(&out[1], &expected);
    }
}

#[test]
fn tables_of_no_whole_rows_are_refused() {
    let errors = world(2).run(async |mut ctx| match ctx.me() {
        Party(0) => {
            let mut ots = random_sender(&mut ctx).await?;
            send_rows(&mut ctx, &mut ots, Party(1), &[1, 2, 3], 2, 1).await
        }
        _ => {
            let mut ots = random_receiver(&mut ctx).await?;
            receive_rows(&mut ctx, &mut ots, Party(0), 70_000, 2, &[5]).await.map(|_| ())
        }
    });
    let text: Vec<String> = errors.into_iter().map(|e| e.unwrap_err().to_string()).collect();
    assert!(text.iter().all(|t| t.contains("1 to 65,536 whole rows")), "{text:?}");
}
