//! What parties do together on authenticated values: open them, toss coins, and check all that was opened since the last check.
//!
//! Opening and the batch check are those of ePrint 2018/482, §3.2: values are opened modulo 2^128, and a random linear combination of them is held against the same
//! combination of MACs. Bits are checked in the same way in GF(2^64). Whoever tells parties different things is found by a hash of all that was told, before any coin is tossed.

use std::{collections::BTreeMap, sync::Arc};

use jointly_core::{Among, Cost, Party, Result, Wire, wire_bytes};
use jointly_garble::malicious::many::board::{Board, Coins, cheated};
use jointly_math::{Block, Prg, Wiped, bits, gf64, hash::Hasher, ring::xor_to};
use jointly_net::Ctx;

use super::{
    bits::{PARTS, macs_of},
    keys::Keys,
    wide::{add_to, inner, random, sub_from},
};
use crate::Share;

/// A place at which all parties are together.
pub(super) struct Table {
    pub ctx: Ctx,
    pub keys: Arc<Keys>,
    pub among: Among,
    /// What is drawn with each other party.
    streams: BTreeMap<Party, Prg>,
    owed: Owed,
}

/// What was opened and not checked.
#[derive(Default)]
struct Owed {
    told: Option<Hasher>,
    values: Vec<u128>,
    macs: Wiped<u128>,
    bits: Vec<u64>,
    bit_macs: Wiped<u64>,
}

impl Table {
    pub fn new(ctx: Ctx, keys: Arc<Keys>, among: Among) -> Self {
        let stream = |(peer, pair): (&Party, &super::keys::Peer)| {
            (*peer, Prg::new(pair.seed.derive("jointly spdz2k shares of zero", ctx.path())))
        };
        Self { streams: keys.peers.iter().map(stream).collect(), ctx, keys, among, owed: Owed::default() }
    }

    /// A table of its own.
    pub fn fork(&mut self, label: &str) -> Table {
        Table::new(self.ctx.fork(label), self.keys.clone(), self.among)
    }

    /// Takes a fork back, with what it owes.
    pub fn join(&mut self, fork: Table) {
        self.ctx.join(fork.ctx);
        let Owed { told, values, macs, bits, bit_macs } = fork.owed;
        if let Some(told) = told {
            self.owed.told.get_or_insert_with(hasher).part(&told.finalize());
        }
        self.owed.values.extend(values);
        append(&mut self.owed.macs, &macs);
        self.owed.bits.extend(bits);
        append(&mut self.owed.bit_macs, &bit_macs);
    }

    pub fn me(&self) -> Party {
        self.ctx.me()
    }

    pub fn is_first(&self) -> bool {
        self.me() == Party(0)
    }

    /// Shares of values that everyone knows.
    pub fn public(&self, x: &[u128]) -> Share<u128> {
        let (alpha, first) = (self.keys.alpha(), self.is_first());
        let value = x.iter().map(|x| if first { *x } else { 0 }).collect();
        Share::new(vec![value, x.iter().map(|x| x.wrapping_mul(alpha)).collect()])
    }

    /// Shares of words that everyone knows.
    pub fn public_words(&self, x: &[u64]) -> Share<u64> {
        super::bits::public(&self.keys, self.is_first(), x)
    }

    /// Notes what was told to all.
    pub fn note<T: Wire>(&mut self, values: &[T]) {
        let told = self.owed.told.get_or_insert_with(hasher);
        for values in values.chunks(4096) {
            let mut bytes = Vec::with_capacity(values.len() * T::BYTES);
            T::encode(values, &mut bytes);
            told.part(&bytes);
        }
    }

    /// Everybody tells everybody as many values; the lists by party.
    pub async fn tell<T: Wire + Sync + Clone>(&mut self, mine: &[T]) -> Result<Vec<Vec<T>>> {
        let out: Vec<(Party, &[T])> = self.keys.peers.keys().map(|peer| (*peer, mine)).collect();
        let from: Vec<(Party, usize)> = self.keys.peers.keys().map(|peer| (*peer, mine.len())).collect();
        let mut all = self.ctx.exchange_all(&out, &from).await?;
        all.insert(self.me().index(), mine.to_vec());
        Ok(all)
    }

    /// Opens ring elements, all 128 bits of them. To be checked.
    pub async fn open(&mut self, x: &Share<u128>) -> Result<Vec<u128>> {
        if x.part(0).is_empty() {
            return Ok(Vec::new());
        }
        let mut mine = Wiped::new(x.part(0).to_vec());
        self.add_zero(&mut mine);
        let mut sum = vec![0; mine.len()];
        self.tell(&mine).await?.iter().for_each(|part| add_to(&mut sum, part));
        self.note(&sum);
        self.owe(&sum, x.part(1));
        Ok(sum)
    }

    /// Opens words of bits. To be checked.
    pub async fn open_bits(&mut self, x: &Share<u64>) -> Result<Vec<u64>> {
        if x.part(0).is_empty() {
            return Ok(Vec::new());
        }
        let mut mine = Wiped::new(x.part(0).to_vec());
        self.xor_zero(&mut mine);
        let mut sum = vec![0; mine.len()];
        self.tell(&mine).await?.iter().for_each(|part| xor_to(&mut sum, part));
        self.note(&sum);
        let planes: Vec<&[u64]> = (1..PARTS).map(|part| x.part(part)).collect();
        self.owe_bits(&bits::unpack(&sum, 64 * sum.len()), &macs_of(&planes));
        Ok(sum)
    }

    /// Opens an element of GF(2^64). To be checked.
    pub async fn open_element(&mut self, share: u64, mac: u64) -> Result<u64> {
        let mut mine = [share];
        self.xor_zero(&mut mine);
        let sum = self.tell(&mine).await?.iter().fold(0, |sum, part| sum ^ part[0]);
        self.note(&[sum]);
        self.owe_bits(&[sum], &[mac]);
        Ok(sum)
    }

    /// What is said to be these values, of which this party has these parts of MACs.
    pub fn owe(&mut self, values: &[u128], macs: &[u128]) {
        self.owed.values.extend_from_slice(values);
        append(&mut self.owed.macs, macs);
    }

    /// As [`owe`](Self::owe), of elements of GF(2^64).
    pub fn owe_bits(&mut self, values: &[u64], macs: &[u64]) {
        self.owed.bits.extend_from_slice(values);
        append(&mut self.owed.bit_macs, macs);
    }

    /// A coin that nobody could foresee.
    pub async fn coin(&mut self) -> Result<Prg> {
        let mut board = Board::new(&self.ctx, &[]);
        let mut coins = Coins::commit(&mut self.ctx, &mut board, 1).await?;
        coins.toss(&mut self.ctx, &mut board).await
    }

    /// Compares what was told to all, where nothing else is owed.
    pub async fn agree(&mut self) -> Result<()> {
        let Some(told) = self.owed.told.take() else { return Ok(()) };
        let agreed = Board::new(&self.ctx, &told.finalize()).agree(&mut self.ctx).await;
        if agreed.is_err() {
            self.keys.exposure.fail();
        }
        agreed
    }

    /// Checks everything that was opened. Whatever goes wrong ends all branches.
    pub async fn settle(&mut self) -> Result<()> {
        let checked = self.check().await;
        if checked.is_err() {
            self.keys.exposure.fail();
        }
        checked
    }

    async fn check(&mut self) -> Result<()> {
        let Some(told) = self.owed.told.take() else { return Ok(()) };
        self.keys.exposure.intact()?;
        let owed = std::mem::take(&mut self.owed);
        let mut board = Board::new(&self.ctx, &told.finalize());
        let mut coins = Coins::commit(&mut self.ctx, &mut board, 1).await?;
        let mut coin = coins.toss(&mut self.ctx, &mut board).await?;
        let mine = self.combined(&owed, &mut coin);
        let add = |sum: &mut [Block], of: &[Block]| {
            sum[0] = Block::from(u128::from(sum[0]).wrapping_add(u128::from(of[0])));
            sum[1] ^= of[1];
        };
        board.zero(&mut self.ctx, &self.keys.exposure, &mine, add, "the check of MACs").await
    }

    /// zᵢ = Σ χ·mᵢ − αᵢ·Σ χ·x in the ring, and the same of bits with βᵢ; all parties' add up to zero.
    fn combined(&mut self, owed: &Owed, coin: &mut Prg) -> [Block; 2] {
        let chi: Vec<u128> = coin.words(owed.values.len()).into_iter().map(u128::from).collect();
        let mut z = [inner(&chi, &owed.macs).wrapping_sub(self.keys.alpha().wrapping_mul(inner(&chi, &owed.values)))];
        let chi = coin.words(owed.bits.len());
        let y = gf64::inner_product(&chi, &owed.bits);
        let mut w = [gf64::inner_product(&chi, &owed.bit_macs) ^ gf64::mul(*self.keys.beta.expose(), y)];
        self.add_zero(&mut z);
        self.xor_zero(&mut w);
        [Block::from(z[0]), Block([w[0], 0])]
    }

    /// Adds this party's share of a random sharing of zeros, so that among more than two a coalition sees of the others' shares their sum alone.
    fn add_zero(&mut self, x: &mut [u128]) {
        let me = self.me();
        for (peer, stream) in self.streams.iter_mut().filter(|_| self.among.parties > 2) {
            let mask = random(stream, x.len());
            if me < *peer { add_to(x, &mask) } else { sub_from(x, &mask) }
        }
    }

    fn xor_zero(&mut self, x: &mut [u64]) {
        for stream in self.streams.values_mut().filter(|_| self.among.parties > 2) {
            xor_to(x, &Wiped::new(stream.words(x.len())));
        }
    }

    /// A check that an honest run passes has failed: ends all branches.
    pub fn cheated<T>(&self, check: &'static str) -> Result<T> {
        self.keys.exposure.fail();
        Err(cheated(None, check))
    }
}

fn hasher() -> Hasher {
    Hasher::new("jointly spdz2k told to all")
}

/// Grows a vector without leaving copies behind.
fn append<W: zeroize::DefaultIsZeroes>(all: &mut Wiped<W>, more: &[W]) {
    if all.capacity() - all.len() < more.len() {
        let mut room = Wiped::new(Vec::with_capacity((2 * all.len()).max(all.len() + more.len())));
        room.extend_from_slice(all);
        *all = room;
    }
    all.extend_from_slice(more);
}

/// [`Table::agree`].
pub(super) fn agree_cost(others: u64) -> Cost {
    Cost { rounds: 1, bytes: others * wire_bytes(1, 32) }
}

/// A coin: commitments, openings, comparison.
pub(super) fn coin_cost(others: u64) -> Cost {
    Cost { rounds: 3, bytes: others * wire_bytes(1, 32) } + Cost { rounds: 0, bytes: toss_cost(others).bytes }
}

/// A coin that was committed to before.
pub(super) fn toss_cost(others: u64) -> Cost {
    Cost { rounds: 2, bytes: others * (wire_bytes(48, 1) + wire_bytes(1, 32)) }
}

/// [`Table::settle`], where there is anything to check.
pub(super) fn settle_cost(others: u64) -> Cost {
    coin_cost(others) + Cost { rounds: 3, bytes: others * (wire_bytes(1, 32) + wire_bytes(64, 1) + wire_bytes(1, 32)) }
}
