//! Endemic OT from ML-KEM-768 (Masny and Rindal, ePrint 2019/706, §5: the construction from a key encapsulation whose public keys
//! are pseudorandom in a group, here the vectors t of Z_q^{768} of FIPS 203).
//!
//! As on ristretto255: the receiver with choice c sends r_{1−c} uniform and r_c = t − H_c(r_{1−c}), and the seed ρ of the matrix that
//! belongs to t; the sender encapsulates to r_j + H_j(r_{1−j}) for both j. The receiver knows the secret key of one of them at most, as the other is
//! uniform by the oracle, which ρ enters. Ciphertexts that do not decapsulate give a key that the sender cannot predict.

use aws_lc_rs::kem::{Ciphertext, DecapsulationKey, EncapsulationKey, ML_KEM_768};
use jointly_core::{Error, Party, Result};
use jointly_math::{
    Seed,
    ct::{Choice, ConditionallySelectable},
    hash::{hash, hash_to},
};
use jointly_net::Ctx;

/// Coefficients of t.
const N: usize = 768;
/// The modulus of ML-KEM.
const Q: u16 = 3329;
/// Bytes of t: 12 bits a coefficient (FIPS 203, §4.2.1).
const T_BYTES: usize = N * 3 / 2;
const RHO_BYTES: usize = 32;
const CIPHERTEXT_BYTES: usize = 1088;

type Coefficients = [u16; N];

/// r_0, r_1 and ρ, on the wire.
type Keys = [u8; KEYS_BYTES];
pub(super) const KEYS_BYTES: usize = 2 * T_BYTES + RHO_BYTES;

/// Both encapsulations, on the wire.
type Ciphertexts = [u8; CIPHERTEXTS_BYTES];
pub(super) const CIPHERTEXTS_BYTES: usize = 2 * CIPHERTEXT_BYTES;

pub(super) async fn send(ctx: &mut Ctx, receiver: Party, n: usize) -> Result<Vec<[Seed; 2]>> {
    let oracle = Oracle::new(ctx, ctx.me(), receiver);
    let keys: Vec<Keys> = ctx.recv(receiver, n).await?;
    let (mut seeds, mut ciphertexts) = (Vec::with_capacity(n), Vec::with_capacity(n));
    for (i, keys) in keys.iter().enumerate() {
        let (r, rho) = keys.split_at(2 * T_BYTES);
        let (r0, r1) = r.split_at(T_BYTES);
        let not_reduced =
            Error::Malformed { from: receiver, what: "its ML-KEM key has a coefficient that is not reduced" };
        let r: [Coefficients; 2] = unpack(r0).zip(unpack(r1)).ok_or(not_reduced)?.into();
        let mut sent: Ciphertexts = [0; CIPHERTEXTS_BYTES];
        let shared = [0, 1].map(|j: usize| -> Result<_> {
            let t = add(&r[j], &oracle.vector(i, j as u8, &pack(&r[1 - j]), rho));
            let key = EncapsulationKey::new(&ML_KEM_768, &[&pack(&t), rho].concat()).map_err(|_| FAILED)?;
            let (ciphertext, shared) = key.encapsulate().map_err(|_| FAILED)?;
            sent[j * CIPHERTEXT_BYTES..(j + 1) * CIPHERTEXT_BYTES].copy_from_slice(ciphertext.as_ref());
            Ok(shared)
        });
        let [zero, one] = shared;
        let (zero, one) = (zero?, one?);
        seeds.push([oracle.seed(i, 0, keys, &sent, zero.as_ref()), oracle.seed(i, 1, keys, &sent, one.as_ref())]);
        ciphertexts.push(sent);
    }
    ctx.send(receiver, &ciphertexts).await?;
    Ok(seeds)
}

pub(super) async fn receive(ctx: &mut Ctx, sender: Party, choices: &[Choice]) -> Result<Vec<Seed>> {
    let n = choices.len();
    let oracle = Oracle::new(ctx, sender, ctx.me());
    let (mut secrets, mut sent) = (Vec::with_capacity(n), Vec::with_capacity(n));
    for (i, choice) in choices.iter().enumerate() {
        let secret = DecapsulationKey::generate(&ML_KEM_768).map_err(|_| FAILED)?;
        let public = secret.encapsulation_key().and_then(|key| key.key_bytes()).map_err(|_| FAILED)?;
        let (t, rho) = public.as_ref().split_at(T_BYTES);
        let t = unpack(t).ok_or(FAILED)?;
        let other = oracle.fresh(i, Seed::random().as_bytes());
        let masked = subtract(&t, &oracle.vector(i, choice.unwrap_u8(), &pack(&other), rho));
        let (other, masked) = (pack(&other), pack(&masked));
        let first = <[u8; T_BYTES]>::conditional_select(&masked, &other, *choice);
        let second = <[u8; T_BYTES]>::conditional_select(&other, &masked, *choice);
        let mut keys: Keys = [0; KEYS_BYTES];
        keys[..T_BYTES].copy_from_slice(&first);
        keys[T_BYTES..2 * T_BYTES].copy_from_slice(&second);
        keys[2 * T_BYTES..].copy_from_slice(rho);
        secrets.push(secret);
        sent.push(keys);
    }
    ctx.send(sender, &sent).await?;
    let ciphertexts: Vec<Ciphertexts> = ctx.recv(sender, n).await?;
    let mut seeds = Vec::with_capacity(n);
    for (i, (both, choice)) in ciphertexts.iter().zip(choices).enumerate() {
        let (zero, one) = both.split_at(CIPHERTEXT_BYTES);
        let mine: Vec<u8> = zero.iter().zip(one).map(|(a, b)| u8::conditional_select(a, b, *choice)).collect();
        let shared = secrets[i].decapsulate(Ciphertext::from(&mine[..])).map_err(|_| FAILED)?;
        seeds.push(oracle.seed(i, choice.unwrap_u8(), &sent[i], both, shared.as_ref()));
    }
    Ok(seeds)
}

/// The library refuses only what this program itself got wrong: lengths and ranges are checked before.
const FAILED: Error = Error::Misuse("the ML-KEM library refused a key or ciphertext of its own");

/// The random oracles of one run between two parties.
struct Oracle {
    run: [u8; 32],
}

impl Oracle {
    fn new(ctx: &Ctx, sender: Party, receiver: Party) -> Self {
        let parties = [sender.0.to_le_bytes(), receiver.0.to_le_bytes()].concat();
        Self { run: hash("jointly ot 1 endemic ml-kem run", &[ctx.path().as_bytes(), &parties]) }
    }

    /// H_j(r) for OT i under the matrix of ρ.
    fn vector(&self, i: usize, j: u8, r: &[u8], rho: &[u8]) -> Coefficients {
        sample(&hash_to("jointly ot 1 endemic ml-kem vector", &[&self.run, &(i as u64).to_le_bytes(), &[j], r, rho]))
    }

    /// A uniform vector from a fresh seed.
    fn fresh(&self, i: usize, seed: &[u8]) -> Coefficients {
        sample(&hash_to("jointly ot 1 endemic ml-kem fresh", &[&self.run, &(i as u64).to_le_bytes(), seed]))
    }

    /// The seed of message j of OT i, bound to all that was sent for it.
    fn seed(&self, i: usize, j: u8, keys: &Keys, ciphertexts: &[u8], shared: &[u8]) -> Seed {
        let parts: [&[u8]; 6] = [&self.run, &(i as u64).to_le_bytes(), &[j], keys, ciphertexts, shared];
        Seed::from_bytes(hash_to("jointly ot 1 endemic ml-kem seed", &parts))
    }
}

/// Bytes that a vector is made of: 12 bits a try, of which 3329 in 4096 are taken; fewer than 768 of these 1,216 tries succeed with
/// a probability below 2^-128 (binomial, mean 988, deviation 13.6: 16 deviations).
const SAMPLE_BYTES: usize = 1824;
const TRIES: usize = SAMPLE_BYTES * 2 / 3;

/// Uniform coefficients by rejection, as FIPS 203's SampleNTT. Which oracle's output it was is the receiver's choice: so all tries are
/// looked at, and each is written to where the next one accepted would go, which is behind the end once all are there.
fn sample(bytes: &[u8; SAMPLE_BYTES]) -> Coefficients {
    let mut out = [0; TRIES + 1];
    let mut accepted = 0;
    for &[a, b, c] in bytes.as_chunks::<3>().0 {
        for t in [u16::from(a) | u16::from(b & 15) << 8, u16::from(b >> 4) | u16::from(c) << 4] {
            out[accepted] = t;
            accepted += usize::from(t.wrapping_sub(Q) >> 15);
        }
    }
    std::array::from_fn(|i| out[i])
}

fn add(a: &Coefficients, b: &Coefficients) -> Coefficients {
    std::array::from_fn(|i| (a[i] + b[i]) % Q)
}

fn subtract(a: &Coefficients, b: &Coefficients) -> Coefficients {
    std::array::from_fn(|i| (a[i] + Q - b[i]) % Q)
}

fn pack(t: &Coefficients) -> [u8; T_BYTES] {
    let mut out = [0; T_BYTES];
    for (out, pair) in out.chunks_exact_mut(3).zip(t.chunks_exact(2)) {
        out[0] = pair[0] as u8;
        out[1] = (pair[0] >> 8) as u8 | (pair[1] << 4) as u8;
        out[2] = (pair[1] >> 4) as u8;
    }
    out
}

/// The coefficients, if all are reduced.
fn unpack(bytes: &[u8]) -> Option<Coefficients> {
    let mut out = [0; N];
    for (out, &[a, b, c]) in out.chunks_exact_mut(2).zip(bytes.as_chunks::<3>().0) {
        out[0] = u16::from(a) | u16::from(b & 15) << 8;
        out[1] = u16::from(b >> 4) | u16::from(c) << 4;
    }
    out.iter().all(|t| *t < Q).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_are_packed_as_the_standard_says() {
        let t: Coefficients = std::array::from_fn(|i| (i as u16 * 37) % Q);
        assert_eq!(unpack(&pack(&t)).unwrap(), t);
        assert_eq!(subtract(&add(&t, &t), &t), t);
        assert!(unpack(&[0xff; T_BYTES]).is_none());
    }

    #[test]
    fn samples_are_reduced_and_look_uniform() {
        let bytes = hash_to("test", &[b"sample"]);
        let t = sample(&bytes);
        assert!(t.iter().all(|t| *t < Q) && t[N - 1] != 0);
        let mean = t.iter().map(|t| f64::from(*t)).sum::<f64>() / N as f64;
        assert!((mean - 1664.0).abs() < 5.0 * 961.0 / (N as f64).sqrt(), "{mean}");
    }
}
