//! Endemic OT from Diffie–Hellman on ristretto255 (Masny and Rindal, ePrint 2019/706, §5: the construction from a key agreement
//! whose second message is uniform, here G = ristretto255 with m_A = a·B and m_B = b·B).
//!
//! The receiver with choice c sends r_0, r_1 with r_{1−c} uniform and r_c = m_B − H_c(r_{1−c}): both are uniform, whatever c is. The sender
//! takes m_B = r_j + H_j(r_{1−j}) for both j, of which the receiver, bound by the oracle, knows the exponent of one at most. Each OT has an exponent a
//! of its own.

use curve25519_dalek::{RistrettoPoint, Scalar, ristretto::CompressedRistretto, traits::IsIdentity};
use jointly_core::{Error, Party, Result};
use jointly_math::{
    Prg, Seed,
    ct::{Choice, ConditionallySelectable},
    hash::{hash, hash_to},
};
use jointly_net::Ctx;
use zeroize::{Zeroize, Zeroizing};

type Bytes = [u8; 32];

pub(super) async fn send(ctx: &mut Ctx, receiver: Party, n: usize) -> Result<Vec<[Seed; 2]>> {
    let oracle = Oracle::new(ctx, ctx.me(), receiver);
    let exponents = Zeroizing::new(scalars(ctx.seed(), n));
    let a: Vec<Bytes> = RistrettoPoint::double_and_compress_batch(&halves(&exponents))
        .into_iter()
        .map(|point| point.to_bytes())
        .collect();
    let r: Vec<Bytes> = ctx.exchange(receiver, &a, receiver, 2 * n).await?;
    let mut shared = Vec::with_capacity(2 * n);
    for (i, (pair, half)) in r.chunks_exact(2).zip(exponents.iter()).enumerate() {
        for j in 0..2 {
            let m = point(pair[j], receiver)? + oracle.point(i, j as u8, &pair[1 - j]);
            shared.push(m * half);
        }
    }
    let keys = RistrettoPoint::double_and_compress_batch(&shared);
    shared.zeroize();
    let seed = |i: usize, j: usize| oracle.seed(i, j as u8, &a[i], &r[2 * i..2 * i + 2], keys[2 * i + j].to_bytes());
    Ok((0..n).map(|i| [seed(i, 0), seed(i, 1)]).collect())
}

pub(super) async fn receive(ctx: &mut Ctx, sender: Party, choices: &[Choice]) -> Result<Vec<Seed>> {
    let n = choices.len();
    let oracle = Oracle::new(ctx, sender, ctx.me());
    let exponents = Zeroizing::new(scalars(ctx.seed(), n));
    // All points are kept halved, so that one inversion serves to encode all of them.
    let random = Zeroizing::new(scalars(ctx.seed(), n));
    let other = RistrettoPoint::double_and_compress_batch(&halves(&random));
    let masked = halves(&exponents).into_iter().zip(choices).zip(&other).enumerate();
    let masked: Vec<RistrettoPoint> = masked
        .map(|(i, ((b, choice), other))| b - oracle.half_point(i, choice.unwrap_u8(), other.as_bytes()))
        .collect();
    let masked = RistrettoPoint::double_and_compress_batch(&masked);
    let r: Vec<Bytes> = (0..n)
        .flat_map(|i| {
            let (other, masked) = (other[i].to_bytes(), masked[i].to_bytes());
            [
                Bytes::conditional_select(&masked, &other, choices[i]),
                Bytes::conditional_select(&other, &masked, choices[i]),
            ]
        })
        .collect();
    let a: Vec<Bytes> = ctx.exchange(sender, &r, sender, n).await?;
    let mut shared = Vec::with_capacity(n);
    for (a, half) in a.iter().zip(exponents.iter()) {
        let a = point(*a, sender)?;
        if a.is_identity() {
            return Err(Error::Malformed { from: sender, what: "its base OT key is the identity point" });
        }
        shared.push(a * half);
    }
    let keys = RistrettoPoint::double_and_compress_batch(&shared);
    shared.zeroize();
    let seed = |i: usize| oracle.seed(i, choices[i].unwrap_u8(), &a[i], &r[2 * i..2 * i + 2], keys[i].to_bytes());
    Ok((0..n).map(seed).collect())
}

/// Uniform exponents, of which each stands for its double.
fn scalars(seed: Seed, n: usize) -> Vec<Scalar> {
    let mut prg = Prg::new(seed);
    let mut wide = Zeroizing::new([0; 64]);
    let draw = |_| {
        prg.fill_bytes(&mut *wide);
        Scalar::from_bytes_mod_order_wide(&wide)
    };
    (0..n).map(draw).collect()
}

fn halves(scalars: &[Scalar]) -> Vec<RistrettoPoint> {
    scalars.iter().map(RistrettoPoint::mul_base).collect()
}

fn point(bytes: Bytes, from: Party) -> Result<RistrettoPoint> {
    let point = CompressedRistretto(bytes).decompress();
    point.ok_or(Error::Malformed { from, what: "it holds 32 bytes that encode no ristretto255 point" })
}

/// The random oracles of one run between two parties.
struct Oracle {
    run: Bytes,
}

impl Oracle {
    fn new(ctx: &Ctx, sender: Party, receiver: Party) -> Self {
        let parties = [sender.0.to_le_bytes(), receiver.0.to_le_bytes()].concat();
        Self { run: hash("jointly ot 1 endemic run", &[ctx.path().as_bytes(), &parties]) }
    }

    /// H_j(r) for OT i, halved: doubling permutes a group of odd order.
    fn half_point(&self, i: usize, j: u8, r: &Bytes) -> RistrettoPoint {
        let parts: [&[u8]; 4] = [&self.run, &(i as u64).to_le_bytes(), &[j], r];
        RistrettoPoint::from_uniform_bytes(&hash_to("jointly ot 1 endemic point", &parts))
    }

    fn point(&self, i: usize, j: u8, r: &Bytes) -> RistrettoPoint {
        let half = self.half_point(i, j, r);
        half + half
    }

    /// The seed of message j of OT i, bound to all that was sent for it.
    fn seed(&self, i: usize, j: u8, a: &Bytes, r: &[Bytes], key: Bytes) -> Seed {
        let key = Zeroizing::new(key);
        let parts: [&[u8]; 7] = [&self.run, &(i as u64).to_le_bytes(), &[j], a, &r[0], &r[1], &*key];
        Seed::from_bytes(hash_to("jointly ot 1 endemic seed", &parts))
    }
}
