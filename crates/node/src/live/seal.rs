//! Shares and stock at rest: AES-256-GCM under a key that the node's identity gives, bound to their place.

use aes_gcm::{Aes256Gcm, KeyInit, aead::AeadInOut};
use zeroize::Zeroizing;

use super::control::Fault;
use crate::{Hex, Identity, JobId};

const NONCE: usize = 12;

/// What is kept in place of `packed`.
pub fn seal(identity: &Identity, place: (JobId, &str, u64), packed: &[u8]) -> Result<Vec<u8>, Fault> {
    let nonce: Hex<NONCE> = Hex::random()?;
    let mut body = Zeroizing::new(packed.to_vec());
    let mac = cipher(identity)
        .encrypt_inout_detached((&nonce.0).into(), &bound_to(place), body.as_mut_slice().into())
        .map_err(|_| Fault::broken())?;
    Ok([&nonce.0[..], &mac, &body].concat())
}

/// What was sealed; `None` if it was changed, or sealed elsewhere.
pub fn open(identity: &Identity, place: (JobId, &str, u64), sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, rest) = sealed.split_first_chunk::<NONCE>()?;
    let (mac, body) = rest.split_first_chunk::<16>()?;
    let mut body = Zeroizing::new(body.to_vec());
    let opened =
        cipher(identity).decrypt_inout_detached(nonce.into(), &bound_to(place), body.as_mut_slice().into(), mac.into());
    opened.ok().map(|()| body)
}

fn cipher(identity: &Identity) -> Aes256Gcm {
    Aes256Gcm::new((&*identity.sealing_key("prepared stock")).into())
}

fn bound_to((batch, need, chunk): (JobId, &str, u64)) -> Vec<u8> {
    format!("jointly v1 stock {batch} {need} {chunk}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Passphrase;

    fn made() -> Identity {
        let folder = tempfile::tempdir().unwrap();
        Identity::create(&folder.path().join("identity"), "a", &Passphrase::none()).unwrap()
    }

    #[test]
    fn chunks_open_at_their_place_only() {
        let (identity, batch) = (made(), JobId::random().unwrap());
        let sealed = seal(&identity, (batch, "Triples", 3), b"correlations").unwrap();
        assert!(!sealed.windows(12).any(|w| w == b"correlations"));
        assert_eq!(&**open(&identity, (batch, "Triples", 3), &sealed).unwrap(), b"correlations");
        assert!(open(&identity, (batch, "Triples", 4), &sealed).is_none());
        let mut changed = sealed.clone();
        changed[30] ^= 1;
        assert!(open(&identity, (batch, "Triples", 3), &changed).is_none() && sealed.len() == 40);
        assert!(open(&made(), (batch, "Triples", 3), &sealed).is_none());
    }
}
