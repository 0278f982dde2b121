//! Base OTs, what is made of correlated OTs, VOLE.

use jointly_core::Party;
use jointly_math::{Block, ct::Choice, gf128};
use jointly_net::Ctx;
use jointly_ot::{
    Base, CHOSEN, CORRELATED, CotSender, RANDOM, ROWS, RandomReceiver, RandomSender, Rows, base, base_spec,
    correlate_receiver, correlate_sender, receive_chosen, receive_rows, send_chosen, send_rows,
};
use jointly_registry::{VOLES, VoleEntry};
use jointly_testkit::decoders::Dealer;

use super::Case;

const S: Party = Party(0);
const R: Party = Party(1);

const N: usize = 70;

/// What the receiver chooses.
const CHOICES: [u64; 2] = [0x9e37_79b9_7f4a_7c15, 0b10_1101];

pub fn cases() -> Vec<Case> {
    let bases = [Base::Ristretto, Base::MlKem].map(bases);
    let voles = VOLES.iter().map(voles);
    bases.into_iter().chain([correlated(), random(), chosen(), rows()]).chain(voles).collect()
}

fn choice(i: usize) -> usize {
    (CHOICES[i / 64] >> (i % 64) & 1) as usize
}

fn bytes(blocks: impl IntoIterator<Item = Block>) -> Vec<u8> {
    blocks.into_iter().flat_map(|block| block.to_bytes()).collect()
}

/// What of each pair the other end has.
#[derive(PartialEq)]
enum Has {
    Chosen,
    Other,
    Neither,
}

/// `pairs` at the sender, of 16 bytes each, and what came out at the receiver.
fn has<'a>(pairs: &'a [u8], received: &'a [u8]) -> impl Iterator<Item = Has> + 'a {
    let (pairs, received) = (pairs.as_chunks::<16>().0, received.as_chunks::<16>().0);
    assert_eq!(pairs.len(), 2 * received.len());
    received.iter().enumerate().map(|(i, got)| match (0..2).find(|j| pairs[2 * i + j] == *got) {
        Some(j) if j == choice(i) => Has::Chosen,
        Some(_) => Has::Other,
        None => Has::Neither,
    })
}

/// A peer that cheats may spoil its own OTs; the receiver never has what it did not choose.
fn never_the_other(case: Case) -> Case {
    case.bearable(|_, outputs| match outputs {
        [Some(pairs), Some(received)] => has(pairs, received).all(|has| has != Has::Other),
        _ => true,
    })
}

fn bases(base: Base) -> Case {
    let ends = async move |ctx: &mut Ctx| match ctx.me() {
        S => {
            let pairs = base::send(ctx, base, R, 6).await?;
            Ok(pairs.iter().flatten().flat_map(|seed| *seed.as_bytes()).collect())
        }
        _ => {
            let choices: Vec<Choice> = (0..6).map(|i| Choice::from(choice(i) as u8)).collect();
            let seeds = base::receive(ctx, base, S, &choices).await?;
            Ok(seeds.iter().flat_map(|seed| *seed.as_bytes()).collect())
        }
    };
    never_the_other(Case::new(base_spec(base), 2, 6, ends, |out| has(out[0], out[1]).all(|has| has == Has::Chosen)))
}

fn dealer() -> Box<Dealer> {
    Box::new(Dealer::new(16))
}

/// A receiver that tells other choices than it meant has other choices.
fn correlated() -> Case {
    let ends = async |ctx: &mut Ctx| match ctx.me() {
        S => Ok(bytes(correlate_sender(ctx, &mut *dealer(), R, N).await?)),
        _ => Ok(bytes(correlate_receiver(ctx, &mut *dealer(), S, &CHOICES, N).await?)),
    };
    let delta = CotSender::delta(&*dealer());
    Case::new(&CORRELATED, 2, N, ends, move |out| {
        let [q, t] = [0, 1].map(|end| out[end].as_chunks::<16>().0);
        let right = |i: usize| Block::from_bytes(q[i]) ^ Block::mask(Choice::from(choice(i) as u8)) & delta;
        (0..N).all(|i| right(i).to_bytes() == t[i])
    })
}

fn random() -> Case {
    let ends = async |ctx: &mut Ctx| match ctx.me() {
        S => Ok(bytes(RandomSender::new(R, dealer()).send(ctx, N).await?.into_flattened())),
        _ => Ok(bytes(RandomReceiver::new(S, dealer()).receive(ctx, N).await?.blocks)),
    };
    // The choices are the dealer's.
    let agree = |out: &[&[u8]]| has(out[0], out[1]).all(|has| has != Has::Neither);
    Case::new(&RANDOM, 2, N, ends, agree)
}

fn chosen() -> Case {
    let ends = async |ctx: &mut Ctx| {
        let messages: Vec<[Block; 2]> = (0..N as u64).map(|i| [Block([i, 0]), Block([i, 1])]).collect();
        match ctx.me() {
            S => {
                send_chosen(ctx, &mut RandomSender::new(R, dealer()), R, &messages).await?;
                Ok(bytes(messages.into_flattened()))
            }
            _ => Ok(bytes(receive_chosen(ctx, &mut RandomReceiver::new(S, dealer()), S, &CHOICES, N).await?)),
        }
    };
    never_the_other(Case::new(&CHOSEN, 2, N, ends, |out| has(out[0], out[1]).all(|has| has == Has::Chosen)))
}

fn rows() -> Case {
    const SIZE: Rows = Rows { rows: 9, row_bytes: 5, asked: 3 };
    const PLACES: [usize; 3] = [8, 0, 3];
    let table: Vec<u8> = (0..45).collect();
    let shown = table.clone();
    let ends = async move |ctx: &mut Ctx| match ctx.me() {
        S => {
            let mut ots = RandomSender::new(R, dealer());
            send_rows(ctx, &mut ots, R, &table, SIZE.row_bytes, SIZE.asked).await.map(|()| Vec::new())
        }
        _ => {
            let mut ots = RandomReceiver::new(S, dealer());
            Ok(receive_rows(ctx, &mut ots, S, SIZE.rows, SIZE.row_bytes, &PLACES).await?.concat())
        }
    };
    let asked: Vec<&'static [u8]> = PLACES.map(|i| &*shown[5 * i..5 * i + 5].to_vec().leak()).into();
    let (others, right) = (shown, asked.concat());
    // A row is the right one, or nobody's.
    let bearable = move |_: Party, out: &[Option<&[u8]>]| {
        let Some(got) = out[1] else { return true };
        got.chunks(5).zip(&asked).all(|(got, asked)| got == *asked || others.chunks(5).all(|row| row != got))
    };
    Case::new(&ROWS, 2, SIZE, ends, move |out| out[1] == right).bearable(bearable)
}

fn voles(entry: &'static VoleEntry) -> Case {
    const MANY: usize = 100;
    let ends = async |ctx: &mut Ctx| match ctx.me() {
        S => {
            let mut end = (entry.receiver)(ctx, R).await?;
            let w = end.receive(ctx, MANY).await?;
            Ok(bytes(w.into_iter().chain([end.delta()])))
        }
        _ => {
            let voles = (entry.sender)(ctx, S).await?.send(ctx, MANY).await?;
            Ok(bytes(voles.u.into_iter().chain(voles.v)))
        }
    };
    let holds = |w: &[u8], uv: &[u8]| {
        let blocks = |bytes: &[u8]| bytes.as_chunks::<16>().0.iter().map(|b| Block::from_bytes(*b)).collect::<Vec<_>>();
        let (w, mut uv) = (blocks(w), blocks(uv));
        let mut v = uv.split_off(MANY);
        gf128::mul_add(&mut v, &uv, w[MANY]);
        v.iter().zip(&w).all(|(a, b)| a.0 == b.0) && uv.iter().any(|u| u.0 != uv[0].0)
    };
    Case::new(entry.spec, 2, MANY, ends, move |out| holds(out[0], out[1])).bearable(move |_, out| match out {
        [Some(w), Some(uv)] => holds(w, uv),
        _ => true,
    })
}
