//! Parties that deviate where no changed frame shows it, and callers that do.

use std::sync::Mutex;

use jointly_core::Error;

use super::{
    super::{
        abit::{RHO, open_sums, tell},
        board::Board,
        prepare::Prepared,
        shares::Shares,
        silent::Source,
    },
    *,
};
use crate::{Evaluator, malicious::many::Many};

/// Every party of `sessions` prepares.
fn prepare(sessions: Vec<Session>, ands: usize) -> Vec<Result<Prepared>> {
    let n = sessions.len() as u16;
    let sessions: Mutex<Vec<Option<Session>>> = Mutex::new(sessions.into_iter().map(Some).collect());
    run_tampered(
        n,
        |_, frame| vec![frame],
        async |mut ctx| {
            let mut session = sessions.lock().unwrap()[ctx.me().index()].take().unwrap();
            session.prepare(&mut ctx, ands, 3).await
        },
    )
}

#[test]
fn triples_multiply_and_are_authenticated() {
    for (n, ands) in [(2, 1), (3, 100), (4, 5000)] {
        let all: Vec<Prepared> = prepare(honest(n), ands).into_iter().map(|out| out.unwrap()).collect();
        let shares = |of: fn(&Prepared) -> &super::super::shares::Shares| all.iter().map(of).collect::<Vec<_>>();
        let rows = [shares(|p| &p.triples.x), shares(|p| &p.triples.y), shares(|p| &p.triples.z), shares(|p| &p.masks)];
        let bit = |row: usize, p: usize, k: usize| rows[row][p].bits[k / 64] >> (k % 64) & 1;
        let sum = |row: usize, k: usize| (0..all.len()).fold(0, |sum, p| sum ^ bit(row, p, k));
        assert_eq!((all[0].ands(), all[0].inputs()), (ands, 3));
        assert!((0..ands).all(|k| sum(0, k) & sum(1, k) == sum(2, k)));
        for (row, shares) in rows.iter().enumerate() {
            for (i, j) in (0..all.len()).flat_map(|i| (0..all.len()).map(move |j| (i, j))).filter(|(i, j)| i != j) {
                for k in 0..shares[i].len {
                    let delta = Block::mask(Choice::from(bit(row, i, k) as u8)) & *all[j].delta.expose();
                    assert_eq!(shares[i].macs[j][k].0, (shares[j].keys[i][k] ^ delta).0);
                }
            }
        }
    }
}

#[test]
fn two_deltas_are_noticed() {
    let deltas = Prg::new(Seed::random()).blocks(4);
    for cheat in [false, true] {
        // Party 1 uses another Δ towards party 0 than towards party 2.
        let is_other = |from, to| cheat && (from, to) == (1, 0);
        let sessions = dealt(3, |from, to| if is_other(from, to) { deltas[3] } else { deltas[usize::from(from)] });
        let sessions: Mutex<Vec<Option<Session>>> = Mutex::new(sessions.into_iter().map(Some).collect());
        let out = run_tampered(
            3,
            |_, frame| vec![frame],
            async |mut ctx| {
                let mut session = sessions.lock().unwrap()[ctx.me().index()].take().unwrap();
                let bits = random_bits(RHO).words().to_vec();
                let [macs, keys] = session.authenticate(&mut ctx, Source::Short, &bits, RHO).await?;
                let spent = Shares { bits, macs, keys, len: RHO };
                let mut board = Board::new(&ctx, b"");
                // A cheater does not ask whether it should open.
                let told = tell(&mut ctx, &mut board, &spent, *session.delta.expose()).await?;
                open_sums(&mut ctx, &mut board, &told).await
            },
        );
        assert_eq!(out.iter().all(Result::is_ok), !cheat);
        if cheat {
            let noticed = |party: usize| matches!(out[party], Err(Error::Cheated { by: None, .. }));
            assert!(noticed(0) && noticed(2), "{out:?}");
        }
    }
}

#[test]
fn sums_that_nobody_proved_are_not_opened() {
    for lie in [0, 1 << 7] {
        let sessions: Mutex<Vec<Option<Session>>> = Mutex::new(honest(3).into_iter().map(Some).collect());
        let proved = run(3, async |mut ctx| {
            let mut session = sessions.lock().unwrap()[ctx.me().index()].take().unwrap();
            let bits = random_bits(RHO).words().to_vec();
            let [macs, keys] = session.authenticate(&mut ctx, Source::Short, &bits, RHO).await?;
            let mut spent = Shares { bits, macs, keys, len: RHO };
            // Party 1 would have the others open their sum of keys plus Δ where it is not right.
            spent.bits[0] ^= if ctx.me() == Party(1) { lie } else { 0 };
            let mut board = Board::new(&ctx, b"");
            let told = tell(&mut ctx, &mut board, &spent, *session.delta.expose()).await?;
            Ok(told.is_proved(ctx.me()))
        });
        assert_eq!([proved[0], proved[2]], [lie == 0; 2]);
    }
}

#[test]
fn two_sets_of_bits_are_noticed() {
    let inputs = random_bits(6);
    let function = small(&[Party(0)]);
    let sessions: Mutex<Vec<Option<Session>>> = Mutex::new(honest(3).into_iter().map(Some).collect());
    // Party 1 tells party 0 one of its bits otherwise than party 2.
    let tamper = |place: &Place, mut frame: Frame| {
        if (place.from, place.to) == (Party(1), Party(0)) && place.path.contains("lower") {
            frame.payload[3] ^= 8;
        }
        vec![frame]
    };
    let out = run_tampered(3, tamper, async |mut ctx| {
        let me = ctx.me();
        let mut many = Many { session: sessions.lock().unwrap()[me.index()].take().unwrap() };
        let first = many.evaluate(&mut ctx, &function, &part(&function, &inputs, me)).await.err();
        let second = many.evaluate(&mut ctx, &function, &part(&function, &inputs, me)).await.err();
        Ok((first, second))
    });
    let out: Vec<_> = out.into_iter().map(|out| out.unwrap()).collect();
    assert!(matches!(out[0].0, Some(Error::Cheated { by: Some(Party(1)), .. })), "{:?}", out[0].0);
    assert!(out.iter().all(|(first, second)| first.is_some() && matches!(second, Some(Error::Misuse(_)))));
}

#[test]
fn phases_are_used_as_they_are_meant() {
    let function = small(&[Party(1)]);
    let other = small(&[Party(2)]);
    let sessions: Mutex<Vec<Option<Session>>> = Mutex::new(honest(3).into_iter().map(Some).collect());
    let inputs = random_bits(6);
    let out = run(3, async |mut ctx| {
        let me = ctx.me();
        let mut session = sessions.lock().unwrap()[me.index()].take().unwrap();
        let mine = part(&function, &inputs, me);
        let too_small = session.prepare(&mut ctx, 3, 6).await?;
        assert!(matches!(too_small.garble(&mut ctx.fork("a"), &function).await, Err(Error::Misuse(_))));
        let too_much = session.prepare(&mut ctx.fork("b"), super::super::MAX_ANDS + 1, 6).await;
        assert!(matches!(too_much, Err(Error::Refused(_))));
        // More than enough is enough, and what was made ahead waits while other things are done.
        let first = session.prepare(&mut ctx.fork("c"), 70, 9).await?;
        let second = session.prepare(&mut ctx.fork("d"), 4, 6).await?;
        let first = first.garble(&mut ctx.fork("e"), &function).await?;
        let second = second.garble(&mut ctx.fork("f"), &function).await?;
        assert!(matches!(second.compute(&mut ctx.fork("g"), &other, &mine).await, Err(Error::Misuse(_))));
        first.compute(&mut ctx.fork("h"), &function, &mine).await
    });
    assert!(out == expected(&function, &inputs, 3));
}

#[test]
fn what_is_prepared_can_be_stored() {
    let function = small(&[Party(0), Party(1), Party(2)]);
    let sessions: Mutex<Vec<Option<Session>>> = Mutex::new(honest(3).into_iter().map(Some).collect());
    let inputs = random_bits(6);
    let out = run(3, async |mut ctx| {
        let me = ctx.me();
        let mut session = sessions.lock().unwrap()[me.index()].take().unwrap();
        let bytes = session.prepare(&mut ctx, 70, 6).await?.into_bytes();
        drop(session);
        assert!(Prepared::from_bytes(&bytes[..bytes.len() - 1]).is_err());
        for word in 0..5 {
            let mut other = bytes.to_vec();
            other[8 * word + 2] ^= 1;
            assert!(Prepared::from_bytes(&other).is_err(), "word {word}");
        }
        let garbled = Prepared::from_bytes(&bytes)?.garble(&mut ctx.fork("garble"), &function).await?;
        garbled.compute(&mut ctx.fork("compute"), &function, &part(&function, &inputs, me)).await
    });
    assert!(out == expected(&function, &inputs, 3));
}
