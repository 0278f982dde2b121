//! Elements, keys and proofs of the OPRF; base OTs, extensions and what is made of them, against a peer that sends anything.

use jointly_core::Result;
use jointly_math::{Block, ct::Choice};
use jointly_net::Ctx;
use jointly_ot::{
    Base, RandomReceiver, RandomSender, Security, SoftSpokenReceiver, SoftSpokenSender, Width, base,
    oprf::{self, Client, Element, Mode, Proof, PublicKey, SecretKey},
    receive_chosen, receive_rows, send_chosen, send_rows,
};

use super::{HONEST, Input, PEER, dealer::Dealer, honest, is_canonical, silent};

const MODES: [Mode; 3] = [Mode::Oprf, Mode::Voprf, Mode::Poprf];

/// Everything of crate `ot` that reads what came from outside.
pub fn ot(bytes: &[u8]) {
    is_canonical::<Element>(bytes);
    is_canonical::<Proof>(bytes);
    is_canonical::<Block>(bytes);
    let mut input = Input::new(bytes);
    let choice = input.byte();
    let mode = MODES[usize::from(choice / 16) % 3];
    match choice % 16 {
        0 => keys(mode, input.array()),
        1 => evaluate(&input, mode, true),
        2 => evaluate(&input, mode, false),
        3 => bases(&input, Base::Ristretto),
        4 => bases(&input, Base::MlKem),
        5 => extend(&input),
        6 => rows(&input, true),
        7 => rows(&input, false),
        8 => chosen(&input),
        9 => silent::ferret(&input, choice / 16),
        10 => silent::vole(&input, choice / 16),
        _ => evaluate(&input, Mode::Voprf, choice & 1 == 1),
    }
}

fn keys(mode: Mode, bytes: [u8; 32]) {
    if let Some(key) = PublicKey::from_bytes(mode, &bytes) {
        assert_eq!(key.as_bytes(), &bytes);
        assert!(Client::new(&key, b"").is_ok());
    }
    if let Some(key) = SecretKey::from_bytes(mode, &bytes) {
        assert_eq!(key.to_bytes().expose(), &bytes);
        let public = key.public().expect("a key is not zero");
        assert!(PublicKey::from_bytes(mode, public.as_bytes()) == Some(public));
    }
    if let Some(element) = Element::from_bytes(bytes) {
        assert_eq!(element.as_bytes(), &bytes);
        assert!(Element::from_point(element.point()) == Some(element));
    }
}

/// An evaluation of which the client, or the key holder, is honest. A verifiable output is right or does not come.
fn evaluate(input: &Input, mode: Mode, client_is_honest: bool) {
    let inputs = [&b"one"[..], b"two"];
    let out = honest(input, async |mut ctx: Ctx| {
        let key = SecretKey::derive(mode, &[3; 32], b"fuzz")?;
        let (evaluator, client) = (key.evaluator(b"")?, Client::new(&key.public()?, b"")?);
        if (ctx.me() == HONEST) == client_is_honest {
            let holder = if client_is_honest { PEER } else { HONEST };
            let outputs = oprf::query(&mut ctx, holder, &client, &inputs).await?;
            let expected = evaluator.evaluate(&inputs)?;
            return Ok(outputs.iter().zip(&expected).all(|(got, right)| got.as_bytes() == right.as_bytes()));
        }
        let querier = if client_is_honest { HONEST } else { PEER };
        oprf::serve(&mut ctx, querier, &evaluator, inputs.len()).await.map(|()| true)
    });
    assert!(mode == Mode::Oprf || !matches!(out, Ok(false)), "a wrong output with a proof");
}

fn bases(input: &Input, base: Base) {
    let ends = async |mut ctx: Ctx, sender: bool| -> Result<usize> {
        let peer = if ctx.me() == HONEST { PEER } else { HONEST };
        if sender {
            return base::send(&mut ctx, base, peer, 3).await.map(|seeds| seeds.len());
        }
        base::receive(&mut ctx, base, peer, &[Choice::from(0), Choice::from(1), Choice::from(1)]).await.map(|s| s.len())
    };
    for honest_sends in [true, false] {
        let done = honest(input, async |ctx: Ctx| {
            let sends = (ctx.me() == HONEST) == honest_sends;
            ends(ctx, sends).await
        });
        assert!(done.is_err() || matches!(done, Ok(3)));
    }
}

/// A malicious extension of which either end is honest.
fn extend(input: &Input) {
    use jointly_ot::{CotReceiver, CotSender};
    for honest_sends in [true, false] {
        let done = honest(input, async |mut ctx: Ctx| {
            let (peer, security) = (if ctx.me() == HONEST { PEER } else { HONEST }, Security::Malicious);
            if (ctx.me() == HONEST) == honest_sends {
                let mut ots = SoftSpokenSender::new(&mut ctx, Base::Ristretto, peer, Width::Eight, security).await?;
                return ots.send(&mut ctx, 70).await.map(|q| q.len());
            }
            let mut ots = SoftSpokenReceiver::new(&mut ctx, Base::Ristretto, peer, Width::Eight, security).await?;
            ots.receive(&mut ctx, 70).await.map(|received| received.blocks.len())
        });
        assert!(done.is_err() || matches!(done, Ok(70)));
    }
}

fn rows(input: &Input, honest_sends: bool) {
    let (table, row_bytes) = ([9u8; 35], 7);
    let done = honest(input, async |mut ctx: Ctx| {
        let peer = if ctx.me() == HONEST { PEER } else { HONEST };
        if (ctx.me() == HONEST) == honest_sends {
            let mut ots = RandomSender::new(peer, Box::new(Dealer::new(16)));
            return send_rows(&mut ctx, &mut ots, peer, &table, row_bytes, 2).await.map(|()| 0);
        }
        let mut ots = RandomReceiver::new(peer, Box::new(Dealer::new(16)));
        let rows = receive_rows(&mut ctx, &mut ots, peer, 5, row_bytes, &[4, 1]).await?;
        Ok(rows.iter().map(Vec::len).sum())
    });
    assert!(done.is_err() || matches!(done, Ok(0 | 14)));
}

fn chosen(input: &Input) {
    for honest_sends in [true, false] {
        let done = honest(input, async |mut ctx: Ctx| {
            let peer = if ctx.me() == HONEST { PEER } else { HONEST };
            if (ctx.me() == HONEST) == honest_sends {
                let mut ots = RandomSender::new(peer, Box::new(Dealer::new(16)));
                return send_chosen(&mut ctx, &mut ots, peer, &[[Block::ZERO, Block::ONES]; 5]).await.map(|()| 5);
            }
            let mut ots = RandomReceiver::new(peer, Box::new(Dealer::new(16)));
            receive_chosen(&mut ctx, &mut ots, peer, &[0b10110], 5).await.map(|blocks| blocks.len())
        });
        assert!(done.is_err() || matches!(done, Ok(5)));
    }
}
