//! The check that the sender's trees are trees (Ferret, Figure 6, steps 6 to 9, for all trees of an iteration at once;
//! Wolverine, ePrint 2020/925, Figure 7, is the same over a larger field).
//!
//! After all corrections have arrived, the receiver draws χ: one element of GF(2^128) for each leaf. Let V = Σ χᵢvᵢ at
//! the sender, W = Σ χᵢwᵢ at the receiver; as wᵢ = vᵢ + uᵢΔ, W = V + φΔ with φ = Σ χᵢuᵢ. Over a random mask z = y + xΔ,
//! of which the receiver has x and z, it sends φ + x; the sender answers with the hash of V + y + (φ + x)Δ, which must
//! be that of W + z. The mask is spent with that.
//!
//! A cheating sender passes only where it guessed positions of the noise, and is caught where it guessed wrong: LPN is
//! assumed to hold with that leakage, as in both papers. The receiver chooses χ and the sum, but sees only the hash of
//! what it knows plus a multiple of Δ that it knows: learning anything takes guessing Δ.

use jointly_core::{Error, Party, Private, Result};
use jointly_math::{Aes128, Block, Prg, Seed, ct::ConstantTimeEq, gf128};
use jointly_net::Ctx;

use super::session::Session;

/// What the receiver of the trees sends: a seed for χ, and φ + x.
type Challenge = [[u8; 16]; 2];

/// Σ bⱼXʲ of 128 elements: with 128 correlated OTs, a VOLE whose u are the choice bits.
pub(super) fn pack(blocks: &[Block]) -> Block {
    let monomials: Vec<Block> = (0..blocks.len()).map(|j| Block::from(1u128 << j)).collect();
    gf128::inner_product(blocks, &monomials)
}

/// The linear combination of all leaves, part by part.
pub(super) struct Fold {
    chi: Prg,
    coefficients: Vec<Block>,
    sum: Block,
}

impl Fold {
    fn new(seed: Seed, part: usize) -> Fold {
        Fold { chi: Prg::new(seed), coefficients: vec![Block::ZERO; part], sum: Block::ZERO }
    }

    /// Takes in the next part of the leaves.
    pub fn add(&mut self, leaves: &[Block]) {
        self.chi.fill_blocks(&mut self.coefficients);
        self.sum ^= gf128::inner_product(&self.coefficients, leaves);
    }
}

/// The end that holds Δ.
pub(super) struct Prover {
    /// Where leaves go.
    pub fold: Fold,
    /// y + (φ + x)Δ.
    mask: Block,
}

impl Prover {
    /// Receives the challenge. `mask` is y; leaves are folded in parts of `part`.
    pub async fn start(ctx: &mut Ctx, session: &Session, delta: Block, mask: Block, part: usize) -> Result<Prover> {
        let challenge: Vec<[u8; 16]> = ctx.recv(session.peer, 2).await?;
        let [seed, masked] = challenge[..] else { return Err(Error::Misuse("one challenge was asked for")) };
        let mask = mask ^ gf128::mul(Block::from_bytes(masked), delta);
        Ok(Prover { fold: Fold::new(Seed::from_bytes(seed), part), mask })
    }

    /// Answers, once all trees are folded.
    pub async fn finish(self, ctx: &mut Ctx, session: &Session) -> Result<()> {
        ctx.send(session.peer, &[digest(session, self.fold.sum ^ self.mask)]).await
    }
}

/// The end that holds the noise.
pub(super) struct Verifier {
    /// Where leaves go.
    pub fold: Fold,
    /// z.
    mask: Block,
}

impl Verifier {
    /// Draws and sends the challenge, after all that it depends on has arrived. `noise` gives the positions of the
    /// noise among all leaves, and its values; `mask` is x and z; leaves are folded in parts of `part`.
    pub async fn start(
        ctx: &mut Ctx,
        session: &Session,
        noise: &[(usize, Block)],
        mask: (Block, Block),
        part: usize,
    ) -> Result<Verifier> {
        let seed = ctx.seed();
        let (x, z) = mask;
        let masked = x ^ at_noise(&seed, noise);
        let challenge: Challenge = [*seed.as_bytes(), masked.to_bytes()];
        ctx.send(session.peer, &challenge).await?;
        Ok(Verifier { fold: Fold::new(seed, part), mask: z })
    }

    /// Receives the answer, once all trees are folded.
    pub async fn finish(self, ctx: &mut Ctx, session: &Session) -> Result<()> {
        let answer: Vec<[u8; 32]> = ctx.recv(session.peer, 1).await?;
        let expected = digest(session, self.fold.sum ^ self.mask);
        if answer.len() == 1 && bool::from(answer[0].ct_eq(&expected)) { Ok(()) } else { Err(cheated(session.peer)) }
    }
}

/// φ: the coefficients at the noise, times its values. The generator counts blocks, so that a coefficient is one AES of
/// a secret number.
fn at_noise(seed: &Seed, noise: &[(usize, Block)]) -> Block {
    let mut chi = Private::new(noise.iter().map(|(at, _)| Block([*at as u64, 0])).collect::<Vec<_>>());
    Aes128::new(Block::from_bytes(*seed.as_bytes())).encrypt_blocks(chi.expose_mut());
    let values = Private::new(noise.iter().map(|(_, value)| *value).collect::<Vec<_>>());
    gf128::inner_product(chi.expose(), values.expose())
}

fn digest(session: &Session, sum: Block) -> [u8; 32] {
    session.digest("consistency check", &sum.to_bytes())
}

fn cheated(by: Party) -> Error {
    Error::Cheated { by: Some(by), check: "the consistency check of silent correlations", proof: None }
}
