//! An identity on disk: an encrypted PKCS#8 key in PEM, as OpenSSL reads and writes it, after a line with the name.
//! The name is a label for the owner, not a secret; what binds it to the key is each project that members sign.

use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use pkcs8::der::asn1::OctetString;
use pkcs8::der::pem::{LineEnding, PemLabel};
use pkcs8::pkcs5::pbes2::{EncryptionScheme, Kdf, Parameters, Salt, ScryptParams};
use pkcs8::{EncryptedPrivateKeyInfoOwned, EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef, SecretDocument};
use zeroize::Zeroizing;

use super::Passphrase;
use crate::{Error, Hex, Result};

/// What stands before an Ed25519 seed in unencrypted PKCS#8 version 1 (RFC 8410 §7). OpenSSL does not read version 2.
const PKCS8_HEADER: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
const ED25519: pkcs8::ObjectIdentifier = pkcs8::ObjectIdentifier::new_unwrap("1.3.101.112");

/// scrypt costs: 16 MiB, the most that OpenSSL accepts, five times over.
const COST: u64 = 1 << 14;
const BLOCK: u16 = 8;
const PASSES: u16 = 5;

/// Bounds on what a file may make us spend on deriving its key.
const MOST_MEMORY: u64 = 256 << 20;
const MOST_ITERATIONS: u64 = 10_000_000;
const LARGEST_FILE: u64 = 64 << 10;

const NAME_LINE: &str = "Jointly identity: ";

/// The seed in unencrypted PKCS#8.
pub(super) fn pkcs8_der(seed: &[u8; 32]) -> Zeroizing<Vec<u8>> {
    let mut der = Zeroizing::new(Vec::with_capacity(PKCS8_HEADER.len() + seed.len()));
    der.extend_from_slice(&PKCS8_HEADER);
    der.extend_from_slice(seed);
    der
}

/// Writes a new file that only its owner can read.
pub(super) fn write(path: &Path, name: &str, seed: &[u8; 32], passphrase: &Passphrase) -> Result<()> {
    let pem = encrypt(seed, passphrase)?
        .ok_or(Error::NotAnIdentity { path: path.to_owned(), why: "the key cannot be encoded" })?;
    let text = format!("{NAME_LINE}{name}\n{}", pem.as_str());
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(|e| {
        if e.kind() == std::io::ErrorKind::AlreadyExists {
            Error::IdentityExists(path.to_owned())
        } else {
            Error::file("create the identity file", path)(e)
        }
    })?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(|e| {
        // Half an identity is worse than none: it would stand in the way of the next attempt.
        let _ = std::fs::remove_file(path);
        Error::file("write the identity file", path)(e)
    })
}

/// The name and the seed.
pub(super) fn read(path: &Path, passphrase: &Passphrase) -> Result<(String, Zeroizing<[u8; 32]>)> {
    let text = read_text(path)?;
    let not_an_identity = |why| Error::NotAnIdentity { path: path.to_owned(), why };
    let name = text
        .lines()
        .take_while(|line| !line.starts_with("-----BEGIN"))
        .find_map(|line| line.strip_prefix(NAME_LINE))
        .ok_or_else(|| not_an_identity("the line with the name is missing"))?;
    crate::text::check_name("the identity's name", name)?;

    let (label, der) = SecretDocument::from_pem(&text).map_err(|_| not_an_identity("it holds no key in PEM form"))?;
    if label != <EncryptedPrivateKeyInfoRef<'_> as PemLabel>::PEM_LABEL {
        return Err(not_an_identity("its key is not an encrypted private key"));
    }
    let locked =
        EncryptedPrivateKeyInfoRef::try_from(der.as_bytes()).map_err(|_| not_an_identity("its key is damaged"))?;
    check_cost(&locked).map_err(not_an_identity)?;
    let key = locked.decrypt(passphrase.as_bytes()).map_err(|_| Error::WrongPassphrase(path.to_owned()))?;
    // One wrong passphrase in 256 yields valid padding around nonsense.
    let key = PrivateKeyInfoRef::try_from(key.as_bytes()).map_err(|_| Error::WrongPassphrase(path.to_owned()))?;
    Ok((name.to_owned(), seed(&key).ok_or_else(|| not_an_identity("its key is not an Ed25519 key"))?))
}

fn read_text(path: &Path) -> Result<Zeroizing<String>> {
    let fail = || Error::file("read the identity file", path);
    let file = std::fs::File::open(path).map_err(fail())?;
    let mode = file.metadata().map_err(fail())?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(Error::IdentityOpenToOthers { path: path.to_owned(), mode });
    }
    let mut text = Zeroizing::new(String::new());
    file.take(LARGEST_FILE).read_to_string(&mut text).map_err(fail())?;
    Ok(text)
}

fn encrypt(seed: &[u8; 32], passphrase: &Passphrase) -> Result<Option<Zeroizing<String>>> {
    let (salt, iv) = (Hex::<16>::random()?.0, Hex::<16>::random()?.0);
    Ok(seal(&pkcs8_der(seed), passphrase, &salt, iv).ok())
}

fn seal(der: &[u8], passphrase: &Passphrase, salt: &[u8], iv: [u8; 16]) -> pkcs8::Result<Zeroizing<String>> {
    let kdf = ScryptParams {
        salt: Salt::new(salt)?,
        cost_parameter: COST,
        block_size: BLOCK,
        parallelization: PASSES,
        key_length: None,
    };
    let parameters = Parameters { kdf: kdf.into(), encryption: EncryptionScheme::Aes256Cbc { iv } };
    let encrypted_data = OctetString::new(parameters.encrypt(passphrase.as_bytes(), der)?)?;
    let locked = EncryptedPrivateKeyInfoOwned { encryption_algorithm: parameters.into(), encrypted_data };
    let document = SecretDocument::encode_msg(&locked)?;
    Ok(document.to_pem(<EncryptedPrivateKeyInfoRef<'_> as PemLabel>::PEM_LABEL, LineEnding::LF)?)
}

fn check_cost(locked: &EncryptedPrivateKeyInfoRef<'_>) -> Result<(), &'static str> {
    let parameters =
        locked.encryption_algorithm.pbes2().ok_or("its key is encrypted in an outdated way (not PBES2)")?;
    let within = match &parameters.kdf {
        Kdf::Scrypt(s) => {
            let memory = s.cost_parameter.saturating_mul(128 * u64::from(s.block_size));
            memory <= MOST_MEMORY && memory.saturating_mul(s.parallelization.into()) <= 16 * MOST_MEMORY
        }
        Kdf::Pbkdf2(p) => u64::from(p.iteration_count) <= MOST_ITERATIONS,
        _ => false,
    };
    if within { Ok(()) } else { Err("unlocking it would cost an absurd amount of memory or time") }
}

fn seed(key: &PrivateKeyInfoRef<'_>) -> Option<Zeroizing<[u8; 32]>> {
    if key.algorithm.oid != ED25519 || key.algorithm.parameters.is_some() {
        return None;
    }
    // The seed is an OCTET STRING inside the OCTET STRING (RFC 8410 §7).
    let bytes = key.private_key.as_bytes().strip_prefix(&[0x04, 0x20])?;
    bytes.try_into().ok().map(Zeroizing::new)
}
