//! What all parties see alike: broadcast, commitments, coins. The papers' broadcast channel is made of links between two.
//!
//! A message to all goes to each by itself, and a hash of all that was broadcast so far is compared among all before what a step gives is used, and before
//! coins or masked inputs are acted on (Goldwasser and Lindell, "Secure Computation Without Agreement", Journal of Cryptology 2005: broadcast with abort).

use jointly_core::{Error, Party, Result, Wire};
use jointly_math::{
    Block, Prg, Seed,
    ct::{Choice, ConstantTimeEq},
    hash::{Commitment, Opening, commit, hash},
};
use jointly_net::Ctx;

use super::{exposure::Exposure, shares::others};

const COMMITMENT: &str = "jointly garble 1 many: commitment";

/// The broadcasts of one phase.
pub struct Board {
    digest: [u8; 32],
    place: String,
}

impl Board {
    /// The board of a phase, which `about` binds to what the phase is for.
    pub fn new(ctx: &Ctx, about: &[u8]) -> Board {
        let place = ctx.path().to_string();
        let digest = hash("jointly garble 1 many: board", &[place.as_bytes(), &ctx.parties().to_le_bytes(), about]);
        Board { digest, place }
    }

    /// Everybody's message, in order, this party's too. Not the same for all before [`agree`](Board::agree).
    pub async fn broadcast<T: Wire + Sync + Clone>(
        &mut self,
        ctx: &mut Ctx,
        mine: &[T],
        sizes: &[usize],
    ) -> Result<Vec<Vec<T>>> {
        let (me, n) = (ctx.me(), ctx.parties());
        let out: Vec<(Party, &[T])> = others(me, n).map(|party| (party, mine)).collect();
        let from: Vec<(Party, usize)> = others(me, n).map(|party| (party, sizes[party.index()])).collect();
        let mut all = ctx.exchange_all(&out, &from).await?;
        all.insert(me.index(), mine.to_vec());
        all.iter().for_each(|values| self.absorb(values));
        Ok(all)
    }

    /// Notes what a party has told everybody. All parties note the same things in the same order.
    pub fn absorb<T: Wire>(&mut self, values: &[T]) {
        let mut bytes = Vec::with_capacity(values.len() * T::BYTES);
        T::encode(values, &mut bytes);
        self.digest = hash("jointly garble 1 many: broadcast", &[&self.digest, &bytes]);
    }

    /// Makes sure that everybody has seen the same.
    pub async fn agree(&mut self, ctx: &mut Ctx) -> Result<()> {
        let (me, n) = (ctx.me(), ctx.parties());
        let mine = [self.digest];
        let out: Vec<(Party, &[[u8; 32]])> = others(me, n).map(|party| (party, &mine[..])).collect();
        let from: Vec<(Party, usize)> = others(me, n).map(|party| (party, 1)).collect();
        let all = ctx.exchange_all(&out, &from).await?;
        match all.iter().all(|theirs| theirs[0] == self.digest) {
            true => Ok(()),
            false => Err(cheated(None, "the comparison of what was told to all parties")),
        }
    }

    /// Commits to a message; nobody else can pass the commitment off as their own.
    pub fn commit(&self, me: Party, message: &[u8]) -> (Commitment, Opening) {
        commit(COMMITMENT, &self.framed(me, message))
    }

    /// Whether a party's commitment is to `message`.
    pub fn is_opened(&self, from: Party, commitment: &[u8; 32], message: &[u8], opening: &[u8; 32]) -> bool {
        let opening = Opening::from_bytes(*opening);
        Commitment::from_bytes(*commitment).verify(COMMITMENT, &self.framed(from, message), &opening)
    }

    fn framed(&self, from: Party, message: &[u8]) -> Vec<u8> {
        [&from.0.to_le_bytes(), &(self.place.len() as u64).to_le_bytes()[..], self.place.as_bytes(), message].concat()
    }

    /// Ends the run unless everybody's blocks, of which nobody knew another's when it fixed its own, add up to zero.
    pub async fn zero(
        &mut self,
        ctx: &mut Ctx,
        exposure: &Exposure,
        mine: &[Block],
        add: impl Fn(&mut [Block], &[Block]),
        check: &'static str,
    ) -> Result<()> {
        let message: Vec<u8> = mine.iter().flat_map(|block| block.to_bytes()).collect();
        let (commitment, opening) = self.commit(ctx.me(), &message);
        let sizes = vec![1; usize::from(ctx.parties())];
        let commitments = self.broadcast(ctx, &[*commitment.as_bytes()], &sizes).await?;
        let held = exposure.hold();
        let all = self.opened(ctx, &commitments, &message, &opening).await?;
        let mut sum = vec![Block::ZERO; mine.len()];
        for message in &all {
            let blocks: Vec<Block> = message.as_chunks::<16>().0.iter().map(|b| Block::from_bytes(*b)).collect();
            add(&mut sum, &blocks);
        }
        if !bool::from(sum.iter().fold(Choice::from(1), |all, sum| all & sum.ct_eq(&Block::ZERO))) {
            return Err(cheated(None, check));
        }
        held.passed();
        Ok(())
    }

    /// Opens what was committed to, of one length at all parties, and compares.
    async fn opened(
        &mut self,
        ctx: &mut Ctx,
        commitments: &[Vec<[u8; 32]>],
        mine: &[u8],
        opening: &Opening,
    ) -> Result<Vec<Vec<u8>>> {
        let message = [mine, &opening.as_bytes()[..]].concat();
        let mut openings = self.broadcast(ctx, &message, &vec![message.len(); commitments.len()]).await?;
        for (party, (commitments, opened)) in Party::all(ctx.parties()).zip(commitments.iter().zip(&mut openings)) {
            let opening = opened.split_off(mine.len());
            let opening = std::array::from_fn(|i| opening[i]);
            if !self.is_opened(party, &commitments[0], opened, &opening) {
                return Err(cheated(Some(party), "the opening of a commitment"));
            }
        }
        self.agree(ctx).await?;
        Ok(openings)
    }
}

/// Coins that nobody could foresee, all committed to beforehand.
pub struct Coins {
    mine: Vec<(Block, Opening)>,
    commitments: Vec<Vec<[u8; 32]>>,
}

impl Coins {
    /// Commits to `n` coins.
    pub async fn commit(ctx: &mut Ctx, board: &mut Board, n: usize) -> Result<Coins> {
        let draw = || Block::from_bytes(*Seed::random().as_bytes());
        let committed = (0..n).map(|_| {
            let coin = draw();
            let (commitment, opening) = board.commit(ctx.me(), &coin.to_bytes());
            (*commitment.as_bytes(), (coin, opening))
        });
        let (own, mine): (Vec<[u8; 32]>, Vec<_>) = committed.unzip();
        let commitments = board.broadcast(ctx, &own, &vec![n; usize::from(ctx.parties())]).await?;
        Ok(Coins { mine, commitments })
    }

    /// The next coin, as a generator that all parties have.
    pub async fn toss(&mut self, ctx: &mut Ctx, board: &mut Board) -> Result<Prg> {
        let (coin, opening) = self.mine.pop().ok_or(Error::Misuse("a coin for each toss"))?;
        let next = |all: &mut Vec<[u8; 32]>| all.pop().into_iter().collect();
        let commitments: Vec<Vec<[u8; 32]>> = self.commitments.iter_mut().map(next).collect();
        let coins = board.opened(ctx, &commitments, &coin.to_bytes(), &opening).await?;
        let mut sum = [0; 16];
        coins.iter().for_each(|coin| sum.iter_mut().zip(coin).for_each(|(sum, byte)| *sum ^= byte));
        Ok(Prg::new(Seed::from_bytes(sum)))
    }
}

/// A check that an honest run passes has failed.
pub fn cheated(by: Option<Party>, check: &'static str) -> Error {
    Error::Cheated { by, check, proof: None }
}
