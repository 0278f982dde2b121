//! That two points are the same multiple of two others, without showing it (Chaum and Pedersen, "Wallet databases with observers", CRYPTO 1992), made non-interactive as Fiat and Shamir do, with everything in the
//! hash (Bernhard, Pereira and Warinschi, ASIACRYPT 2012). With one pair it is Schnorr's proof of knowledge.

use curve25519_dalek::{ristretto::RistrettoPoint, scalar::Scalar};
use jointly_core::Result;

use super::random_scalar;

/// Bytes of a proof: the challenge and the answer.
pub(super) const BYTES: usize = 64;

/// That x·bases[i] = images[i] for one x. `context` says where and for what the proof counts.
pub(super) fn prove<const N: usize>(
    context: &[u8],
    x: &Scalar,
    bases: [&RistrettoPoint; N],
    images: [&RistrettoPoint; N],
) -> Result<[u8; BYTES]> {
    let k = random_scalar()?;
    let commitments = bases.map(|base| k.expose() * base);
    let challenge = challenge(context, bases, images, commitments.each_ref());
    let answer = k.expose() + challenge * x;
    let mut proof = [0; BYTES];
    proof[..32].copy_from_slice(challenge.as_bytes());
    proof[32..].copy_from_slice(answer.as_bytes());
    Ok(proof)
}

/// Whether a proof counts here.
pub(super) fn verify<const N: usize>(
    context: &[u8],
    proof: &[u8; BYTES],
    bases: [&RistrettoPoint; N],
    images: [&RistrettoPoint; N],
) -> bool {
    let scalar = |half: usize| {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(&proof[32 * half..32 * half + 32]);
        Option::<Scalar>::from(Scalar::from_canonical_bytes(bytes))
    };
    let (Some(said), Some(answer)) = (scalar(0), scalar(1)) else { return false };
    let commitments: [RistrettoPoint; N] = std::array::from_fn(|i| answer * bases[i] - said * images[i]);
    challenge(context, bases, images, commitments.each_ref()) == said
}

fn challenge<const N: usize>(
    context: &[u8],
    bases: [&RistrettoPoint; N],
    images: [&RistrettoPoint; N],
    commitments: [&RistrettoPoint; N],
) -> Scalar {
    let mut hasher = blake3::Hasher::new_derive_key("jointly 2026 he/elgamal equal logarithms");
    hasher.update(&(N as u64).to_le_bytes()).update(&(context.len() as u64).to_le_bytes()).update(context);
    for point in [bases, images, commitments].as_flattened() {
        hasher.update(point.compress().as_bytes());
    }
    let mut wide = [0; 64];
    hasher.finalize_xof().fill(&mut wide);
    Scalar::from_bytes_mod_order_wide(&wide)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proofs_fail_when_anything_is_changed() {
        let x = random_scalar().unwrap();
        let x = x.expose();
        let bases = [RistrettoPoint::mul_base(&Scalar::from(3u8)), RistrettoPoint::mul_base(&Scalar::from(5u8))];
        let images = bases.map(|base| x * base);
        let proof = prove(b"here", x, bases.each_ref(), images.each_ref()).unwrap();
        let verify = |context: &[u8], proof: &[u8; 64], b: &[RistrettoPoint; 2], i: &[RistrettoPoint; 2]| {
            super::verify(context, proof, b.each_ref(), i.each_ref())
        };
        assert!(verify(b"here", &proof, &bases, &images));
        assert!(!verify(b"there", &proof, &bases, &images));
        for at in 0..64 {
            let mut changed = proof;
            changed[at] ^= 1;
            assert!(!verify(b"here", &changed, &bases, &images));
        }
        for which in 0..2 {
            let (mut b, mut i) = (bases, images);
            b[which] += bases[0];
            assert!(!verify(b"here", &proof, &b, &images));
            i[which] += bases[0];
            assert!(!verify(b"here", &proof, &bases, &i));
        }
        let other = [images[0], random_scalar().unwrap().expose() * bases[1]];
        let wrong = prove(b"here", x, bases.each_ref(), other.each_ref()).unwrap();
        assert!(!verify(b"here", &wrong, &bases, &other));
        // An answer that is larger by the group's order is another encoding of a right one.
        assert!(!verify(b"here", &[0xff; 64], &bases, &images));
    }
}
