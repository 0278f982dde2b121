//! Owners and receivers that do not compute.
//!
//! A client gets random masks: each party tells it the parts that it knows. That they are the ones that have MACs is shown by a random combination of all of them, which the client draws when it has
//! them, hidden by one more mask: the parties open it, check it, and each tells it to the client, to whom one honest party is enough. What the client hands in then is x − r, told to all; what it
//! takes is x − r, opened and checked, and told by each party.

use async_trait::async_trait;
use jointly_core::{Cost, Error, Need, Party, Result, Wire};
use jointly_math::{Prg, Seed, Wiped, bits as planes, gf64, ring::xor_to};
use jointly_net::Ctx;

use super::{
    Spdz2k,
    bits::{PARTS, macs_of, xor},
    program,
    stock::Lot,
    wide::{Wide, add, add_to, inner, random, sub},
};
use crate::{Client, Ring, Share};

/// A party's end.
impl Spdz2k {
    /// Ring elements of a client.
    pub(super) async fn take_from(&mut self, from: Party, n: usize) -> Result<Share<u128>> {
        if n == 0 {
            return Ok(self.table.public(&[]));
        }
        let masks = self.lend(from, n).await?;
        let told: Vec<u128> = self.leave_table().recv(from, n).await?;
        self.back_at_table().note(&told);
        self.table.agree().await?;
        Ok(add(&masks, &self.table.public(&told)))
    }

    /// Words of bits of a client.
    pub(super) async fn take_words_from(&mut self, from: Party, n: usize) -> Result<Share<u64>> {
        if n == 0 {
            return Ok(self.table.public_words(&[]));
        }
        let masks = self.lend_bits(from, n).await?;
        let told: Vec<u64> = self.leave_table().recv(from, n).await?;
        self.back_at_table().note(&told);
        self.table.agree().await?;
        Ok(xor(&masks, &self.table.public_words(&told)))
    }

    /// Shows ring elements to a client.
    pub(super) async fn give_to(&mut self, x: &Share<u128>, to: Party) -> Result<()> {
        let n = x.part(0).len();
        if n == 0 {
            return Ok(());
        }
        let masks = self.lend(to, n).await?;
        let opened = self.table.open(&sub(x, &masks)).await?;
        self.tell_checked(to, &opened).await
    }

    /// Once all is checked.
    async fn tell_checked<T: Wire + Sync>(&mut self, to: Party, values: &[T]) -> Result<()> {
        self.table.settle().await?;
        self.table.keys.exposure.closed().await?;
        self.leave_table().send(to, values).await
    }

    /// `n` masks that a client knows.
    async fn lend(&mut self, client: Party, n: usize) -> Result<Share<u128>> {
        let masks: Lot = self.stock.take(Need::Masks, n + 1)?;
        let all = masks.unknown(self.table.me());
        let chi = challenge(self.tell_parts(client, masks.own()).await?, n);
        let combined = all.map(|x| vec![inner(&chi, x)]);
        let y = self.table.open(&combined).await?;
        self.tell_checked(client, &y).await?;
        Ok(all.map(|x| x[..n].to_vec()))
    }

    /// `n` words of masks that a client knows.
    async fn lend_bits(&mut self, client: Party, n: usize) -> Result<Share<u64>> {
        let masks: Lot = self.stock.take(Need::BitMasks, n + 1)?;
        let all = masks.unknown_bits(self.table.me());
        let chi = bit_challenge(self.tell_parts(client, masks.own_bits()).await?, n);
        let macs: Vec<&[u64]> = (1..PARTS).map(|part| all.part(part)).collect();
        let mine = gf64::inner_product(&chi, &Wiped::new(planes::unpack(all.part(0), chi.len())));
        let y = self.table.open_element(mine, gf64::inner_product(&chi, &macs_of(&macs))).await?;
        self.tell_checked(client, &[y]).await?;
        Ok(all.map(|x| x[..n].to_vec()))
    }

    /// The client's challenge, once it has this party's parts.
    async fn tell_parts<T: Wire + Sync>(&mut self, client: Party, parts: &[T]) -> Result<Seed> {
        let everyone = self.leave_table();
        everyone.send(client, parts).await?;
        let count: Vec<u64> = everyone.recv(client, 1).await?;
        if count[0] != parts.len() as u64 - 1 {
            return Err(Error::Malformed { from: client, what: "it announces another number of values" });
        }
        let seed: Vec<[u8; 16]> = everyone.recv(client, 1).await?;
        self.back_at_table().note(&seed);
        Ok(Seed::from_bytes(seed[0]))
    }
}

/// The coefficients of `n` masks, and of the one that hides them.
fn challenge(seed: Seed, n: usize) -> Vec<u128> {
    let mut chi = random(&mut Prg::new(seed), n).to_vec();
    chi.push(1);
    chi
}

/// The same for each bit of `n` words and of the word that hides them.
fn bit_challenge(seed: Seed, n: usize) -> Vec<u64> {
    let mut chi = Prg::new(seed).words(64 * n);
    chi.extend((0..64).map(|bit| 1u64 << bit));
    chi
}

/// A non-computing participant's end.
pub struct Spdz2kClient {
    ctx: Ctx,
    parties: u16,
}

impl Spdz2kClient {
    /// Of a computation among the first `parties` participants.
    pub fn new(ctx: Ctx, parties: u16) -> Self {
        let path = program(&ctx);
        Self { ctx: ctx.apart(ctx.mesh(), &path, None), parties }
    }

    async fn hear<T: Wire + Sync>(&mut self, n: usize) -> Result<Vec<Vec<T>>> {
        let from: Vec<_> = Party::all(self.parties).map(|party| (party, n)).collect();
        self.ctx.exchange_all::<T>(&[], &from).await
    }

    async fn say<T: Wire + Sync>(&mut self, values: &[T]) -> Result<()> {
        let out: Vec<_> = Party::all(self.parties).map(|party| (party, values)).collect();
        self.ctx.exchange_all(&out, &[]).await.map(|_| ())
    }

    /// What all parties say alike.
    async fn hear_one<T: Wire + Sync + PartialEq>(&mut self, n: usize) -> Result<Vec<T>> {
        let mut all = self.hear(n).await?;
        let first = all.pop().ok_or(Error::Misuse("somebody computes"))?;
        if all.iter().all(|other| *other == first) { Ok(first) } else { Err(cheated("the comparison of a result")) }
    }

    async fn borrow(&mut self, n: usize) -> Result<Wiped<u128>> {
        let mut masks = Wiped::new(vec![0; n + 1]);
        self.say(&[n as u64]).await?;
        self.hear(n + 1).await?.iter().for_each(|part| add_to(&mut masks, part));
        let seed = Seed::random();
        self.say(&[*seed.as_bytes()]).await?;
        let y = self.hear_one::<u128>(1).await?;
        if y[0] != inner(&challenge(seed, n), &masks) {
            return Err(cheated("the check of lent masks"));
        }
        masks.truncate(n);
        Ok(masks)
    }

    async fn borrow_bits(&mut self, n: usize) -> Result<Wiped<u64>> {
        let mut masks = Wiped::new(vec![0; n + 1]);
        self.say(&[n as u64]).await?;
        self.hear(n + 1).await?.iter().for_each(|part| xor_to(&mut masks, part));
        let seed = Seed::random();
        self.say(&[*seed.as_bytes()]).await?;
        let y = self.hear_one::<u64>(1).await?;
        let bits = Wiped::new(planes::unpack(&masks, 64 * (n + 1)));
        if y[0] != gf64::inner_product(&bit_challenge(seed, n), &bits) {
            return Err(cheated("the check of lent masks"));
        }
        masks.truncate(n);
        Ok(masks)
    }
}

fn cheated(check: &'static str) -> Error {
    Error::Cheated { by: None, check, proof: None }
}

#[async_trait]
impl Client for Spdz2kClient {
    async fn give(&mut self, x: &[i64]) -> Result<()> {
        if x.is_empty() {
            return Ok(());
        }
        let masks = self.borrow(x.len()).await?;
        let x = Wiped::new(x.iter().map(|&x| Wide::encode(x)).collect());
        self.say(&Wide::sub(&x, &masks)).await
    }

    async fn give_bits(&mut self, x: &[u64], width: usize) -> Result<()> {
        if x.is_empty() {
            return Ok(());
        }
        let mut x = planes::to_planes(x, width);
        let masks = self.borrow_bits(x.len()).await?;
        xor_to(&mut x, &masks);
        self.say(&x).await
    }

    async fn take(&mut self, n: usize) -> Result<Vec<i64>> {
        if n == 0 {
            return Ok(Vec::new());
        }
        let masks = self.borrow(n).await?;
        let mut x = self.hear_one::<u128>(n).await?;
        add_to(&mut x, &masks);
        Ok(x.into_iter().map(Wide::decode).collect())
    }

    fn measured(&self) -> Cost {
        Cost { rounds: self.ctx.meter().rounds(), bytes: self.ctx.meter().bytes() }
    }
}
