//! OTs from one party to another for one delivery, as pads: at the sender two random strings for each, at the receiver one of them.
//!
//! Few OTs come from a branch of SoftSpoken, many from Ferret on such a branch: each with a name of its own, so that nothing is left over, and
//! what a delivery costs depends on it alone. The correlation by Δ is broken by a hash that is correlation robust, which is what parties that
//! follow the protocol need (Ishai, Kilian, Nissim, Petrank, CRYPTO 2003): π(x) ⊕ x (Guo, Katz, Wang, Yu, ePrint 2019/074, §7.2), under permutations
//! that nobody outside the pair knows beforehand, each for about 2^20 OTs, and for two words of a pad.

use jointly_core::{Party, Result};
use jointly_math::{Aes128, Block, Seed, Wiped, bits, ct::Choice};
use jointly_net::{Ctx, yield_now};
use jointly_ot::{
    CotReceiver, CotSender,
    Security::SemiHonest,
    silent::{FERRET, FerretReceiver, FerretSender},
};
use zeroize::Zeroizing;

use crate::additive::peers::Pair;

/// Up to so many OTs of a delivery come from SoftSpoken: Ferret's start takes more bytes.
const FEW: usize = 1 << 18;

/// OTs under one permutation, and at most so many between two messages.
pub(super) const STEP: usize = 1 << 20;

/// OTs that are made and used while they are in a core's caches, where nobody waits for the other one.
const PIECE: usize = 1 << 14;

/// OTs after which the other sessions of a party come on: each has tables of its own, which fill a cache.
const TURN: usize = 1 << 18;

/// Blocks that are hashed at a time, in the first-level cache.
const CHUNK: usize = 256;

/// Whose OTs, and how many there will be: known to both ends.
#[derive(Clone, Copy)]
pub(super) struct Size(pub usize);

/// Who chooses the receiver's bits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Choose {
    /// Chance: the receiver says nothing.
    Random,
    /// The receiver tells in which OTs its choice is not the random one (Beaver, CRYPTO 1995).
    Told,
}

impl Size {
    pub fn is_few(self) -> bool {
        self.0 <= FEW
    }

    /// How many things that take `ots` OTs and `words` words of pads each are made at a time. What is told costs a round, so that it is told of many at
    /// a time; a multiple of 64.
    pub fn at_once(self, choose: Choose, ots: usize, words: usize) -> usize {
        let all = if self.is_few() || choose == Choose::Told { STEP } else { PIECE };
        (all / (ots * words)).max(64) / 64 * 64
    }
}

/// The end of a session that sends OTs.
pub(super) struct Sender {
    pub peer: Party,
    pub ctx: Ctx,
    pub size: Size,
    cots: Box<dyn CotSender>,
    keys: Keys,
}

/// The end of a session that receives OTs.
pub(super) struct Receiver {
    pub peer: Party,
    pub ctx: Ctx,
    pub size: Size,
    cots: Box<dyn CotReceiver>,
    keys: Keys,
}

impl Sender {
    pub fn new(ctx: Ctx, peer: Party, pair: &Pair, size: Size) -> Self {
        let mut cots: Box<dyn CotSender> = Box::new(pair.sends.branch(ctx.path()));
        if !size.is_few() {
            cots = Box::new(FerretSender::new(peer, cots, FERRET, SemiHonest));
        }
        let keys = Keys::new(&pair.seed, ctx.path());
        Self { peer, ctx, size, cots, keys }
    }

    /// The qᵢ of the next `n` OTs and Δ, where the receiver's choice is what it wants it to be.
    async fn next(&mut self, n: usize, choose: Choose) -> Result<(Zeroizing<Vec<Block>>, Block)> {
        let delta = self.cots.delta();
        let mut q = Zeroizing::new(self.cots.send(&mut self.ctx, n).await?);
        match choose {
            Choose::Random => self.keys.turn(n).await,
            Choose::Told => {
                let flips: Vec<u64> = self.ctx.recv(self.peer, bits::words(n)).await?;
                for (q, flips) in q.chunks_mut(64).zip(&flips) {
                    let flip = |(j, q): (usize, &mut Block)| *q ^= choice(*flips, j) & delta;
                    q.iter_mut().enumerate().for_each(flip);
                }
            }
        }
        Ok((q, delta))
    }

    /// Both pads of `words` words of each of the next `n` OTs.
    pub async fn pads(&mut self, n: usize, words: usize, choose: Choose) -> Result<[Wiped; 2]> {
        let (q, delta) = self.next(n, choose).await?;
        let hash = self.keys.hash(n, words);
        Ok([Block::ZERO, delta].map(|offset| hash.pads(&q, offset, words)))
    }

    /// As [`pads`](Self::pads), of one or two bits: planes.
    pub async fn bits<const LANES: usize>(&mut self, n: usize, choose: Choose) -> Result<[[Wiped; LANES]; 2]> {
        let (q, delta) = self.next(n, choose).await?;
        let hash = self.keys.hash(n, 1);
        Ok([Block::ZERO, delta].map(|offset| hash.bits(&q, offset)))
    }
}

impl Receiver {
    pub fn new(ctx: Ctx, peer: Party, pair: &Pair, size: Size) -> Self {
        let mut cots: Box<dyn CotReceiver> = Box::new(pair.receives.branch(ctx.path()));
        if !size.is_few() {
            cots = Box::new(FerretReceiver::new(peer, cots, FERRET, SemiHonest));
        }
        let keys = Keys::new(&pair.seed, ctx.path());
        Self { peer, ctx, size, cots, keys }
    }

    /// The choices and tᵢ of the next `n` OTs. With `wanted`, a plane, the choices are these.
    async fn next(&mut self, n: usize, wanted: Option<&[u64]>) -> Result<(Wiped, Zeroizing<Vec<Block>>)> {
        let received = self.cots.receive(&mut self.ctx, n).await?;
        let (random, t) = (Wiped::new(received.choices), Zeroizing::new(received.blocks));
        let Some(wanted) = wanted else {
            self.keys.turn(n).await;
            return Ok((random, t));
        };
        let flips: Vec<u64> = random.iter().zip(wanted).map(|(x, b)| x ^ b).collect();
        self.ctx.send(self.peer, &flips).await?;
        Ok((Wiped::new(wanted.to_vec()), t))
    }

    /// The choices, and the chosen pads of `words` words, of the next `n` OTs.
    pub async fn pads(&mut self, n: usize, words: usize, wanted: Option<&[u64]>) -> Result<[Wiped; 2]> {
        let (choices, t) = self.next(n, wanted).await?;
        Ok([choices, self.keys.hash(n, words).pads(&t, Block::ZERO, words)])
    }

    /// As [`pads`](Self::pads), of one or two bits: planes.
    pub async fn bits<const LANES: usize>(
        &mut self,
        n: usize,
        wanted: Option<&[u64]>,
    ) -> Result<(Wiped, [Wiped; LANES])> {
        let (choices, t) = self.next(n, wanted).await?;
        Ok((choices, self.keys.hash(n, 1).bits(&t, Block::ZERO)))
    }
}

/// A whole block where bit `j` of a word is set.
fn choice(word: u64, j: usize) -> Block {
    Block::mask(Choice::from((word >> j & 1) as u8))
}

/// The permutations of a session: both ends draw them from the pair's seed.
struct Keys {
    draw: Aes128,
    used: usize,
    /// OTs since others had their turn.
    turn: usize,
}

impl Keys {
    fn new(seed: &Seed, path: &str) -> Self {
        let seed = seed.derive("jointly additive permutations", path);
        Self { draw: Aes128::new(Block::from_bytes(*seed.as_bytes())), used: 0, turn: 0 }
    }

    /// Lets others come on, now and then.
    async fn turn(&mut self, n: usize) {
        self.turn += n;
        if self.turn >= TURN {
            self.turn = 0;
            yield_now().await;
        }
    }

    /// The hash of the next `n` OTs.
    fn hash(&mut self, n: usize, words: usize) -> Hash {
        let step = (self.used / STEP) as u64;
        self.used += n;
        let key = |i: usize| Aes128::new(self.draw.encrypt(Block([step, i as u64])));
        Hash((0..words.div_ceil(2)).map(key).collect())
    }
}

/// A permutation for each two words of a pad.
struct Hash(Vec<Aes128>);

impl Hash {
    /// Of each block plus `offset`, `words` words.
    fn pads(&self, blocks: &[Block], offset: Block, words: usize) -> Wiped {
        let mut out = vec![0; blocks.len() * words];
        for (out, blocks) in out.chunks_mut(CHUNK * words).zip(blocks.chunks(CHUNK)) {
            for (i, pi) in self.0.iter().enumerate() {
                let hashed = hashed(pi, blocks, offset);
                for (out, hashed) in out.chunks_exact_mut(words).zip(&hashed) {
                    out[2 * i..].iter_mut().zip(hashed.0).for_each(|(out, word)| *out = word);
                }
            }
        }
        Wiped::new(out)
    }

    /// Of each block plus `offset`, the lowest bit of one word or of both.
    fn bits<const LANES: usize>(&self, blocks: &[Block], offset: Block) -> [Wiped; LANES] {
        const { assert!(LANES <= 2) };
        let mut planes = [(); LANES].map(|()| Wiped::new(Vec::with_capacity(bits::words(blocks.len()))));
        for blocks in blocks.chunks(CHUNK) {
            let mut hashed = hashed(&self.0[0], blocks, offset);
            for (lane, plane) in planes.iter_mut().enumerate() {
                if lane == 1 {
                    hashed.iter_mut().for_each(|block| *block = Block([block.0[1], 0]));
                }
                plane.extend(bits::low_bits(&hashed[..blocks.len()]));
            }
        }
        planes
    }
}

/// π(x) ⊕ x.
fn hashed(pi: &Aes128, blocks: &[Block], offset: Block) -> [Block; CHUNK] {
    let mut buffer = [Block::ZERO; CHUNK];
    buffer.iter_mut().zip(blocks).for_each(|(out, block)| *out = *block ^ offset);
    pi.mmo(&mut buffer[..blocks.len()]);
    buffer
}
