//! Circuit-PSI: nobody learns the intersection; both get XOR shares of what is common and of the sender's payload, to compute on.
//!
//! Rindal and Schoppmann ("VOLE-PSI", Eurocrypt 2021, ePrint 2021/266, the circuit-PSI part) with the OKVS of Raghuraman and
//! Rindal (CCS 2022, ePrint 2022/320, §4 and §A.2): the receiver puts its items into bins by cuckoo hashing, the sender every item into
//! its three bins. By an oblivious programmable PRF the receiver gets for its item in a bin the bin's random value r, if the sender has the
//! item too, and else something random. Whether it has r is a test of equality between the two parties, on shares.
//!
//! Semi-honest. Memory, in blocks of 16 bytes: the sender about 14 for each of its items, the receiver about 5 and 6 for each of the sender's.

mod bit_ots;
mod cuckoo;
mod equality;
mod run;
mod triples;

pub use run::{run_receiver, run_sender};
pub use triples::{BitTriples, CotTriples, Triples};

use jointly_core::{Adversary, Corrupt, Cost, Error, Guarantee, Parties, Party, Price, Result, Spec, wire_bytes};
use jointly_math::{Block, Prg, Seed};
use jointly_net::Ctx;
use jointly_ot::{VoleReceiver, VoleSender};

use self::cuckoo::{HASHES, Hashes, Table};
use crate::{okvs::LAMBDA, opprf};

/// What it claims, with everything that it sets up: base OT, correlated OT, VOLE, triples. Party 0 is the receiver.
pub const SPEC: Spec<Price<Sizes>> = Spec {
    id: "psi/circuit",
    about: "set intersection on shares, by an oblivious programmable PRF and tests of equality",
    paper: "Rindal, Schoppmann, Eurocrypt 2021, ePrint 2021/266; Raghuraman, Rindal, CCS 2022, ePrint 2022/320",
    parties: Parties::Exactly(2),
    corrupt: Corrupt::UpTo(1),
    adversary: Adversary::SemiHonest,
    width: 0,
    parts: 0,
    cost: run::cost,
    leaks: &["both parties learn the size of the other's set"],
    guarantee: Guarantee::IfFollowed,
};

/// What the tests of equality are made of: about 150 OTs for each of the receiver's items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ots {
    /// Ferret: a tenth of a byte for each OT.
    #[default]
    Ferret,
    /// SoftSpoken at width 4: four bytes for each OT, in half of the time; for links of a gigabit and more.
    SoftSpoken,
}

impl Ots {
    /// With which of them a test is done first over a link of `mbit` Mbit/s: of two OTs, one in each direction, Ferret takes each end
    /// 40 ns and SoftSpoken 20 ns (`docs/benchmarks.md`), if their bits take no longer.
    pub fn fitting(mbit: f64) -> Ots {
        const FERRET_SECONDS: f64 = 40e-9;
        const SOFT_SPOKEN_BITS: f64 = 31.0;
        if SOFT_SPOKEN_BITS / (mbit * 1e6) < FERRET_SECONDS { Ots::SoftSpoken } else { Ots::Ferret }
    }
}

/// What both parties agree on beforehand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// The receiver's items.
    pub receiver: usize,
    /// The sender's items.
    pub sender: usize,
    /// Bytes of the payload that the sender has for each item: 0 to 8.
    pub payload: usize,
    /// What tests of equality are made of: nothing that the caller of [`receive`] and [`send`] does not bring along.
    pub ots: Ots,
}

/// A party's shares, bin by bin.
pub struct Shares {
    /// One bit a bin: the parties' XOR is 1 where the receiver's item is common. A plane, as in [`jointly_math::bits`].
    pub member: Vec<u64>,
    /// One word a bin: the parties' XOR is the sender's payload of the item where it is common, and random elsewhere. Empty without payloads.
    pub payload: Vec<u64>,
}

impl std::fmt::Debug for Shares {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Shares(..)")
    }
}

impl Sizes {
    /// How many bins there are.
    pub fn bins(self) -> usize {
        cuckoo::bins(self.receiver)
    }

    /// Bytes that the receiver and the sender send, without those of VOLE and triples. `None` if a set is too large.
    pub fn bytes(self) -> Option<[u64; 2]> {
        if self.is_trivial() {
            return Some([0, 0]);
        }
        let tests = equality::bytes(self.bins(), self.tag_bits());
        let [receiver, sender] = self.opprf().bytes()?;
        Some([wire_bytes(1, 16) + receiver + tests, sender + tests])
    }

    /// What it costs `party`, without VOLE and triples; nothing for sets that are too large, which are refused.
    pub fn cost(self, party: Party) -> Cost {
        let bytes = self.bytes().map_or(0, |bytes| bytes[usize::from(party != Party(0))]);
        let rounds = if self.is_trivial() { 0 } else { 2 + equality::rounds(self.tag_bits()) };
        Cost { rounds, bytes }
    }

    /// No bin's values are equal by chance, but with probability 2^−λ in all.
    fn tag_bits(self) -> usize {
        LAMBDA as usize + self.bins().next_power_of_two().ilog2() as usize
    }

    fn tag_bytes(self) -> usize {
        self.tag_bits().div_ceil(8)
    }

    fn is_trivial(self) -> bool {
        self.receiver == 0 || self.sender == 0
    }

    /// The sender programs the keys of its items under all hash functions.
    fn opprf(self) -> opprf::Sizes {
        opprf::Sizes { queries: self.receiver, pairs: HASHES * self.sender, width: self.tag_bytes() + self.payload }
    }

    fn check(self, items: usize, own: usize) -> Result<()> {
        let fits = self.receiver <= 1 << 23 && self.sender <= 1 << 28 && self.payload <= 8;
        if fits && items == own {
            return Ok(());
        }
        Err(Error::Misuse("as many items as agreed on, at most 2^23 and 2^28; payloads of at most 8 bytes"))
    }

    fn nothing(self) -> Shares {
        let payload = if self.payload > 0 { vec![0; self.bins()] } else { Vec::new() };
        Shares { member: vec![0; self.bins().div_ceil(64)], payload }
    }

    /// Tag and payload of a value.
    fn split(self, value: Block) -> (u64, u64) {
        let value = u128::from(value) & (u128::MAX >> (128 - 8 * (self.tag_bytes() + self.payload)));
        let tag = value & ((1 << (8 * self.tag_bytes())) - 1);
        (tag as u64, (value >> (8 * self.tag_bytes())) as u64)
    }

    fn join(self, tag: u64, payload: u64) -> Block {
        Block::from(u128::from(tag) | u128::from(payload) << (8 * self.tag_bytes()))
    }
}

/// The receiver's part: its shares, and which of its items is in each bin.
///
/// # Errors
/// `Misuse` if an item stands twice or sizes do not fit; whatever the sender does wrong.
pub async fn receive(
    ctx: &mut Ctx,
    sender: Party,
    items: &[Block],
    sizes: Sizes,
    voles: &mut dyn VoleSender,
    triples: &mut dyn BitTriples,
) -> Result<(Shares, Vec<Option<u32>>)> {
    sizes.check(items.len(), sizes.receiver)?;
    if sizes.is_trivial() {
        return Ok((sizes.nothing(), vec![None; sizes.bins()]));
    }
    // Items to bins.
    let seed = Seed::random();
    let hashes = Hashes::new(&seed, sizes.bins());
    let keys = std::array::from_fn(|function| hashes.keys(items, function));
    let table = Table::new(&hashes, &keys, Seed::random())?;
    let placed: Vec<usize> = (0..table.bins.len()).filter(|bin| table.bins[*bin].is_some()).collect();
    let key = |(item, function): (u32, u8)| keys[usize::from(function)][item as usize];
    let queries: Vec<Block> = table.bins.iter().flatten().map(|slot| key(*slot)).collect();
    ctx.send(sender, &[*seed.as_bytes()]).await?;
    // What the sender programmed for them. An empty bin has a value that no other party knows.
    let programmed = opprf::receive(ctx, sender, &queries, sizes.opprf(), voles).await?;
    let mut values = Prg::new(Seed::random()).blocks(sizes.bins());
    placed.iter().zip(programmed).for_each(|(bin, value)| values[*bin] = value);
    let (tags, payload): (Vec<u64>, Vec<u64>) = values.into_iter().map(|value| sizes.split(value)).unzip();
    let member = equality::equal(ctx, sender, &tags, sizes.tag_bits(), triples).await?;
    let payload = if sizes.payload > 0 { payload } else { Vec::new() };
    Ok((Shares { member, payload }, table.bins.iter().map(|slot| slot.map(|(item, _)| item)).collect()))
}

/// The sender's part. `payloads` has a word of at most `sizes.payload` bytes for each item, or is empty without payloads.
///
/// # Errors
/// `Misuse` if an item stands twice or sizes do not fit; whatever the receiver does wrong.
pub async fn send(
    ctx: &mut Ctx,
    receiver: Party,
    items: &[Block],
    payloads: &[u64],
    sizes: Sizes,
    voles: &mut dyn VoleReceiver,
    triples: &mut dyn BitTriples,
) -> Result<Shares> {
    sizes.check(items.len(), sizes.sender)?;
    let fits = |payload: &u64| payload.checked_shr(8 * sizes.payload as u32).unwrap_or(0) == 0;
    if payloads.len() != if sizes.payload > 0 { items.len() } else { 0 } || !payloads.iter().all(fits) {
        return Err(Error::Misuse("a payload of the agreed bytes for each item"));
    }
    if sizes.is_trivial() {
        return Ok(sizes.nothing());
    }
    // A random value, and a share of the payload, for each bin.
    let mut prg = Prg::new(Seed::random());
    let bins: Vec<(u64, u64)> = prg.blocks(sizes.bins()).into_iter().map(|value| sizes.split(value)).collect();
    let seed = ctx.recv::<[u8; 16]>(receiver, 1).await?.pop().unwrap_or_default();
    let hashes = Hashes::new(&Seed::from_bytes(seed), sizes.bins());
    let mut keys = Vec::with_capacity(HASHES * items.len());
    (0..HASHES).for_each(|function| hashes.append_keys(items, function, &mut keys));
    let payload = |i: usize| if payloads.is_empty() { 0 } else { payloads[i % items.len()] };
    let program = |(i, key): (usize, &Block)| {
        let (tag, mask) = bins[hashes.bin(*key)];
        sizes.join(tag, payload(i) ^ mask)
    };
    let values: Vec<Block> = keys.iter().enumerate().map(program).collect();
    opprf::send(ctx, receiver, &keys, values, sizes.opprf(), voles).await?;
    let (tags, payload): (Vec<u64>, Vec<u64>) = bins.into_iter().unzip();
    let member = equality::equal(ctx, receiver, &tags, sizes.tag_bits(), triples).await?;
    Ok(Shares { member, payload: if sizes.payload > 0 { payload } else { Vec::new() } })
}
