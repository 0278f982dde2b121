//! All parties in one process.

mod checks;
mod faults;
mod functions;

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use futures::future::join_all;
use jointly_circuit::{Bits, Circuit, Function, Gate};
use jointly_core::{Party, Private, Result};
use jointly_math::{Block, Prg, Seed, bits::words, ct::Choice};
use jointly_net::{
    Ctx, Frame, Mesh, memory,
    tamper::{Place, Tamper, tampered},
};
use jointly_ot::{CotReceiver, CotSender, Received, Security};

use super::{Session, session::Ends, shares::clear_behind};

/// Runs `party` at each of `n` parties, every frame passed through `tamper`; everybody's outcome.
fn run_tampered<T>(
    n: u16,
    tamper: impl Fn(&Place, Frame) -> Vec<Frame> + Send + Sync + 'static,
    party: impl AsyncFn(Ctx) -> Result<T>,
) -> Vec<Result<T>> {
    let tamper: Tamper = Arc::new(tamper);
    let wrap = |mesh: Arc<dyn Mesh>| Ctx::new(tampered(mesh, tamper.clone()), "test", Duration::from_secs(30));
    let ctxs: Vec<Ctx> = memory::meshes(n).into_iter().map(wrap).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(join_all(ctxs.into_iter().map(|ctx| party(ctx))))
}

/// Runs `party` at each of `n` honest parties.
fn run<T>(n: u16, party: impl AsyncFn(Ctx) -> Result<T>) -> Vec<T> {
    run_tampered(n, |_, frame| vec![frame], party).into_iter().map(|out| out.expect("an honest run succeeds")).collect()
}

/// Sessions among `n` parties over OTs that a dealer gives; `delta(i, j)` is what party i uses towards party j.
fn dealt(n: u16, delta: impl Fn(u16, u16) -> Block) -> Vec<Session> {
    let seed = Seed::random();
    let end = |from: u16, to: u16| Ideal {
        delta: delta(from, to),
        prg: Prg::new(seed.derive("masks", &format!("{from} {to}"))),
        bits: Prg::new(seed.derive("bits", &format!("{from} {to}"))),
    };
    let ends = |me: u16, peer: u16| Ends { sender: Box::new(end(me, peer)), receiver: Box::new(end(peer, me)) };
    let session = |me: u16| Session {
        exposure: super::Exposure::default(),
        delta: Private::new(delta(me, (me + 1) % n)),
        fuse: Default::default(),
        ends: (0..n).map(|peer| (peer != me).then(|| ends(me, peer))).collect(),
        silent: (0..n).map(|_| None).collect(),
    };
    (0..n).map(session).collect()
}

/// As [`dealt`], with a Δ for each party.
fn honest(n: u16) -> Vec<Session> {
    let mut deltas = Prg::new(Seed::random()).blocks(usize::from(n));
    deltas.iter_mut().for_each(|delta| delta.0[0] |= 1);
    dealt(n, |from, _| deltas[usize::from(from)])
}

struct Ideal {
    delta: Block,
    prg: Prg,
    bits: Prg,
}

#[async_trait]
impl CotSender for Ideal {
    fn security(&self) -> Security {
        Security::Malicious
    }

    fn delta(&self) -> Block {
        self.delta
    }

    async fn send(&mut self, _: &mut Ctx, n: usize) -> Result<Vec<Block>> {
        Ok(self.prg.blocks(n))
    }
}

#[async_trait]
impl CotReceiver for Ideal {
    fn security(&self) -> Security {
        Security::Malicious
    }

    async fn receive(&mut self, _: &mut Ctx, n: usize) -> Result<Received> {
        let mut choices = self.bits.words(words(n));
        clear_behind(&mut choices, n);
        let choice = |i: usize| Choice::from((choices[i / 64] >> (i % 64) & 1) as u8);
        let blocks = self.prg.blocks(n).into_iter().enumerate();
        let blocks = blocks.map(|(i, q)| q ^ (Block::mask(choice(i)) & self.delta)).collect();
        Ok(Received { choices, blocks })
    }
}

/// A multiplexer of three values of two bits by one of them, and a bit that is always 1; everybody owns one value.
fn small(receivers: &[Party]) -> Function {
    use Gate::{And, Not, Xor};
    let gates = vec![Xor(0, 2), And(6, 4), Xor(7, 2), And(1, 3), Not(9), And(10, 5), Xor(0, 0), Not(12), And(13, 8)];
    let circuit = Circuit::new(vec![2, 2, 2], gates, vec![2, 2], vec![8, 11, 14, 13]).unwrap();
    Function::of_circuit(circuit, &[Party(0), Party(1), Party(2)], receivers).unwrap()
}

/// The bits of all inputs that are `party`'s.
fn part(function: &Function, inputs: &Bits, party: Party) -> Bits {
    function.inputs_of(party).iter().map(|register| inputs.get(*register as usize)).collect()
}

/// What each party learns, in the clear.
fn expected(function: &Function, inputs: &Bits, n: u16) -> Vec<Bits> {
    let all = function.evaluate(inputs).unwrap();
    let of = |party: Party| {
        let (mut at, mut mine) = (0, Bits::default());
        for output in function.outputs() {
            let width = output.port.bits() as usize;
            if output.to.contains(&party) {
                mine.extend(all.slice(at, width).iter());
            }
            at += width;
        }
        mine
    };
    Party::all(n).map(of).collect()
}

fn random_bits(n: usize) -> Bits {
    let words = Prg::new(Seed::random()).words(words(n));
    (0..n).map(|i| words[i / 64] >> (i % 64) & 1 == 1).collect()
}
