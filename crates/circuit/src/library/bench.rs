//! What benchmarks run.

use jointly_core::Party;

use super::{aes::Sbox, aes128};
use crate::{
    Builder, Circuit,
    function::{Error, Function, Input, Output, Port, Step, Type},
};

/// `n` AES-128 blocks one after the other under the key of party 0: the first encrypts party 1's block, each of the others what
/// the one before it gave. Both learn the last. 6,400 ANDs a block, of which each waits for what came before.
///
/// # Errors
/// If `n` is 0.
pub fn aes_chain(n: u64) -> Result<Function, Error> {
    let port = |name: &str, first| Port { name: name.into(), kind: Type::Bits(128), lanes: 1, first };
    let call = Step::Call { circuit: 0, lanes: 1, from: (0..256).collect(), to: (128..256).collect() };
    Function::new(
        vec![Input { port: port("key", 0), from: Party(0) }, Input { port: port("block", 128), from: Party(1) }],
        vec![Output { port: port("last", 128), to: vec![Party(0), Party(1)] }],
        vec![aes128(Sbox::Small)],
        vec![Step::Repeat { times: n, steps: vec![call] }],
        256,
    )
}

/// Lanes of [`wide_and`]: what stays in a cache.
const LANES: u32 = 1 << 16;
/// ANDs of each lane.
const WIDTH: u32 = 1;
/// Calls that make 2²⁰ ANDs.
const CALLS: u64 = (1 << 20) / (LANES * WIDTH) as u64;

/// `n` times 2²⁰ ANDs that do not wait for each other, and nothing else: x · y on 2¹⁶ lanes of a bit, 16 times. Both learn the result.
///
/// # Errors
/// If `n` is 0.
pub fn wide_and(n: u64) -> Result<Function, Error> {
    let bits = LANES * WIDTH;
    let port = |name: &str, first| Port { name: name.into(), kind: Type::Bits(WIDTH), lanes: LANES, first };
    let row = |first: u32| (0..WIDTH).map(move |i| first + i * LANES);
    let call =
        Step::Call { circuit: 0, lanes: LANES, from: row(0).chain(row(bits)).collect(), to: row(2 * bits).collect() };
    Function::new(
        vec![Input { port: port("x", 0), from: Party(0) }, Input { port: port("y", bits), from: Party(1) }],
        vec![Output { port: port("both", 2 * bits), to: vec![Party(0), Party(1)] }],
        vec![ands()?],
        vec![Step::Repeat { times: n.saturating_mul(CALLS), steps: vec![call] }],
        3 * bits,
    )
}

fn ands() -> Result<Circuit, Error> {
    let mut b = Builder::new();
    let (x, y) = (b.input(WIDTH), b.input(WIDTH));
    let both = b.ands(&x, &y);
    b.finish(&[both])
}
