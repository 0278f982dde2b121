//! A row: a record of one length under a key that only the ID's evaluation gives.

use aes_gcm::{AeadInOut, Aes256Gcm, KeyInit};
use jointly_core::{Error, Result};
use jointly_math::hash::hash;
use jointly_ot::oprf::Output;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// What a row is found by.
pub(super) type Tag = [u8; 16];

const NONCE: usize = 12;
/// The record's length, before it.
const LENGTH: usize = 2;
const MAC: usize = 16;

/// The key of one row.
#[derive(Zeroize, ZeroizeOnDrop)]
pub(super) struct RowKey([u8; 32]);

/// Bytes of a row.
pub(super) fn bytes(record_bytes: usize) -> usize {
    record_bytes.saturating_add(NONCE + LENGTH + MAC)
}

/// Tag and key of an evaluated ID, for the dataset, purpose and epoch of `info`.
pub(super) fn tag_and_key(info: &[u8; 32], output: &Output) -> (Tag, RowKey) {
    let tag = hash("jointly pir 1 lookup tag", &[info, output.as_bytes()]);
    (std::array::from_fn(|i| tag[i]), RowKey(hash("jointly pir 1 lookup row key", &[info, output.as_bytes()])))
}

/// Overwrites `row` with the encryption of a record (AES-256-GCM). The nonce is random although a key has one row: should a holder lose
/// its last version and make it again, the key's second row does not meet the first one's.
pub(super) fn seal(info: &[u8; 32], key: &RowKey, nonce: [u8; NONCE], record: &[u8], row: &mut [u8]) -> Result<()> {
    let most = row.len() - bytes(0);
    if record.len() > most {
        return Err(Error::Refused(format!(
            "a record has {} bytes, more than the {most} that were offered: publish again with room for it",
            record.len()
        )));
    }
    let (head, rest) = row.split_at_mut(NONCE);
    head.copy_from_slice(&nonce);
    let (body, mac) = rest.split_at_mut(LENGTH + most);
    body.fill(0);
    body[..LENGTH].copy_from_slice(&(record.len() as u16).to_le_bytes());
    body[LENGTH..][..record.len()].copy_from_slice(record);
    let sealed = Aes256Gcm::new((&key.0).into()).encrypt_inout_detached((&nonce).into(), info, body.into());
    mac.copy_from_slice(&sealed.map_err(|_| Error::Misuse("a record is shorter than what the cipher takes"))?);
    Ok(())
}

/// The record in `row`, if it is this key's.
pub(super) fn open(info: &[u8; 32], key: &RowKey, row: &[u8]) -> Option<Vec<u8>> {
    let (nonce, rest) = row.split_first_chunk::<NONCE>()?;
    let (body, mac) = rest.split_last_chunk::<MAC>()?;
    let mut body = body.to_vec();
    let cipher = Aes256Gcm::new((&key.0).into());
    cipher.decrypt_inout_detached(nonce.into(), info, body.as_mut_slice().into(), mac.into()).ok()?;
    let length = usize::from(u16::from_le_bytes(*body.first_chunk()?));
    body.get(LENGTH..LENGTH + length).map(<[u8]>::to_vec)
}
