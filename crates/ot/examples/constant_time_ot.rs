//! Prints whether a receiver's pick of rows, and both ends of the OPRF, take the same time for one fixed secret as for random ones:
//! `cargo run --release -p jointly-ot --example constant_time_ot`.

#[path = "../../math/examples/dudect/mod.rs"]
mod dudect;

use std::{error::Error, time::Duration};

use async_trait::async_trait;
use dudect::examine;
use jointly_core::{Party, Result};
use jointly_math::{Block, Prg, Seed};
use jointly_net::{Ctx, memory};
use jointly_ot::{
    CotReceiver, RandomReceiver, Received, Security,
    oprf::{Client, Element, Mode, SecretKey},
    receive_rows,
};
use tokio::runtime::{Builder, Runtime};

type Outcome = std::result::Result<(), Box<dyn Error>>;

fn main() -> Outcome {
    let (mut prg, mut coins) = (Prg::new(Seed::random()), Prg::new(Seed::random()));
    let mut coin = || coins.block().0[0] & 1 == 1;
    rows(&mut prg, &mut coin)?;
    blinding(&mut prg, &mut coin)?;
    evaluation(&mut prg, &mut coin)
}

/// Correlated OTs that cost nothing.
struct Nothing;

#[async_trait]
impl CotReceiver for Nothing {
    fn security(&self) -> Security {
        Security::Malicious
    }

    async fn receive(&mut self, _: &mut Ctx, n: usize) -> Result<Received> {
        Ok(Received { choices: vec![0; n.div_ceil(64)], blocks: vec![Block::ONES; n] })
    }
}

const ROWS: usize = 64;
const ROW_BYTES: usize = 32;

/// A receiver, all of whose messages have come already.
struct Waiting {
    ctx: Ctx,
    ots: RandomReceiver,
    place: usize,
    /// Its links stay open.
    _sender: Ctx,
}

fn waiting(runtime: &Runtime, place: usize) -> Result<Waiting> {
    let mut ctxs = memory::meshes(2).into_iter().map(|mesh| Ctx::new(mesh, "rows", Duration::from_secs(30)));
    let (Some(mut sender), Some(mut ctx)) = (ctxs.next(), ctxs.next()) else { unreachable!("two parties") };
    runtime.block_on(async {
        // Opens the receiver's channel.
        ctx.send(Party(0), &[0u8]).await?;
        sender.recv::<u8>(Party(1), 1).await?;
        // The permutation of the OTs' hash, the rows, and their keys.
        sender.send(Party(1), &[[5u8; 16]]).await?;
        sender.send(Party(1), &[7u8; ROWS * ROW_BYTES]).await?;
        sender.send(Party(1), &[Block::ONES; ROWS]).await
    })?;
    let ots = RandomReceiver::new(Party(0), Box::new(Nothing));
    Ok(Waiting { ctx, ots, place, _sender: sender })
}

fn rows(prg: &mut Prg, coin: &mut dyn FnMut() -> bool) -> Outcome {
    let runtime = Builder::new_current_thread().enable_time().build()?;
    let prepare = |fixed: bool| {
        let random = prg.block().0[0] as usize % ROWS;
        waiting(&runtime, if fixed { 0 } else { random })
    };
    let receive = |waiting: Result<Waiting>| {
        let mut waiting = waiting?;
        let Waiting { ctx, ots, place, .. } = &mut waiting;
        let rows = runtime.block_on(receive_rows(ctx, ots, Party(0), ROWS, ROW_BYTES, &[*place]))?;
        // Both are dropped after the time is taken.
        Ok::<_, jointly_core::Error>((rows, waiting))
    };
    receive(waiting(&runtime, 5))?;
    examine("receive_rows, one of 64, place 0", 20_000, coin, prepare, receive);
    Ok(())
}

fn blinding(prg: &mut Prg, coin: &mut dyn FnMut() -> bool) -> Outcome {
    let client = Client::unverified()?;
    let input = |fixed: bool| {
        let mut random = [0u8; 32];
        prg.fill_bytes(&mut random);
        if fixed { [0; 32] } else { random }
    };
    examine("Client::blind, of zeros", 20_000, coin, input, |input| client.blind(&[input]));
    let key = SecretKey::random(Mode::Voprf);
    let client = Client::new(&key.public()?, b"")?;
    let mut prepared = client.prepare(20_000)?;
    let input = |fixed: bool| {
        let mut random = [0u8; 32];
        prg.fill_bytes(&mut random);
        if fixed { [0; 32] } else { random }
    };
    let blind = |input: [u8; 32]| client.blind_prepared(&[input], &mut prepared);
    examine("Client::blind_prepared, of zeros", 20_000, coin, input, blind);
    Ok(())
}

/// The key one, of which almost all bits are zero, against random keys.
fn evaluation(prg: &mut Prg, coin: &mut dyn FnMut() -> bool) -> Outcome {
    let element = Element::random(1);
    let evaluator = |fixed: bool| {
        let mut bytes = [0u8; 32];
        prg.fill_bytes(&mut bytes[..31]);
        if fixed {
            bytes = [0; 32];
            bytes[0] = 1;
        }
        SecretKey::from_bytes(Mode::Oprf, &bytes).map(|key| key.evaluator(b""))
    };
    examine("Evaluator::blind_evaluate, key 1", 20_000, coin, evaluator, |evaluator| match evaluator {
        Some(Ok(evaluator)) => Some(evaluator.blind_evaluate(&element)),
        _ => None,
    });
    Ok(())
}
