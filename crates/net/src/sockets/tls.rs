//! Who a node is, and TLS 1.3 connections between nodes that know each other's keys.
//!
//! An identity is an Ed25519 key. Both sides prove theirs in the handshake with raw public keys (RFC 7250): there are no
//! certificates, hence no authority, names, or expiry. Session resumption is off: every connection proves both keys anew.

use std::{
    fmt,
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
};

use rustls::{
    ClientConfig, DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme,
    client::{
        AlwaysResolvesClientRawPublicKeys, Resumption,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, aws_lc_rs as aws, verify_tls13_signature_with_raw_key},
    pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, SubjectPublicKeyInfoDer, UnixTime},
    server::{
        AlwaysResolvesServerRawPublicKeys, NoServerSessionStorage,
        danger::{ClientCertVerified, ClientCertVerifier},
    },
    sign::CertifiedKey,
};
use serde::{Deserialize, Serialize};
use tokio::{io::BufReader, net::TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector, TlsStream};
use zeroize::Zeroizing;

/// What the two ends of a connection must both speak.
const PROTOCOL: &[u8] = b"jointly/1";

/// Bytes read from the system at once. TLS by itself asks for 4 KiB each time; this saves some 5 % of a receiver's CPU time.
const READ_BYTES: usize = 128 * 1024;

/// What TLS runs on.
pub(crate) type Wire = BufReader<TcpStream>;

/// What comes before the key itself in an Ed25519 public key's DER (RFC 8410).
const SPKI_PREFIX: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// What comes before the seed in an Ed25519 private key's PKCS#8 DER (RFC 8410).
const PKCS8_PREFIX: [u8; 16] =
    [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20];

/// A node's Ed25519 public key: its name among peers. Shown and read as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicKey(pub [u8; 32]);

/// A key that is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not a public key.
    #[error("a public key is 64 hexadecimal digits: copy the whole line that `jointly` printed at the peer")]
    Public,
    /// Not a private key.
    #[error("this is not an Ed25519 private key in PKCS#8 form: restore the key file from its backup")]
    Private,
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    fn from_str(text: &str) -> Result<Self, KeyError> {
        let mut key = [0; 32];
        hex::decode_to_slice(text.trim(), &mut key).map_err(|_| KeyError::Public)?;
        Ok(Self(key))
    }
}

impl TryFrom<String> for PublicKey {
    type Error = KeyError;

    fn try_from(text: String) -> Result<Self, KeyError> {
        text.parse()
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> String {
        key.to_string()
    }
}

impl PublicKey {
    fn from_spki(der: &[u8]) -> Option<Self> {
        der.strip_prefix(&SPKI_PREFIX)?.try_into().ok().map(Self)
    }
}

/// A node's private key, as connections use it. The key's memory is wiped when the last copy is dropped.
#[derive(Clone)]
pub struct Identity {
    public: PublicKey,
    key: Arc<CertifiedKey>,
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Identity({})", self.public)
    }
}

impl Identity {
    /// The identity with this private key, in PKCS#8 DER.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, KeyError> {
        let key = aws::sign::any_eddsa_type(&PrivatePkcs8KeyDer::from(der)).map_err(|_| KeyError::Private)?;
        let spki = key.public_key().map(|spki| spki.as_ref().to_vec()).ok_or(KeyError::Private)?;
        let public = PublicKey::from_spki(&spki).ok_or(KeyError::Private)?;
        Ok(Self { public, key: Arc::new(CertifiedKey::new(vec![CertificateDer::from(spki)], key)) })
    }

    /// The identity with this Ed25519 seed, which is wiped.
    pub fn from_seed(seed: [u8; 32]) -> Result<Self, KeyError> {
        let seed = Zeroizing::new(seed);
        let mut der = Zeroizing::new([0; 48]);
        der[..16].copy_from_slice(&PKCS8_PREFIX);
        der[16..].copy_from_slice(&*seed);
        Self::from_pkcs8(&*der)
    }

    /// What peers know this node by.
    pub fn public(&self) -> PublicKey {
        self.public
    }
}

/// Why a connection did not come about.
#[derive(Debug)]
pub(crate) enum Failed {
    /// Somebody else answered.
    WrongKey(PublicKey),
    /// The handshake failed, in words.
    Handshake(String),
}

/// Proves to be `me` on a connection made to a node that must be `expected`.
pub(crate) async fn connect(me: &Identity, tcp: TcpStream, expected: PublicKey) -> Result<TlsStream<Wire>, Failed> {
    let pinned = Arc::new(Pinned { expected: Some(expected), provider: provider(), found: Mutex::default() });
    let versions = ClientConfig::builder_with_provider(pinned.provider.clone())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(failed)?;
    let mut config = versions
        .dangerous()
        .with_custom_certificate_verifier(pinned.clone())
        .with_client_cert_resolver(Arc::new(AlwaysResolvesClientRawPublicKeys::new(me.key.clone())));
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    config.resumption = Resumption::disabled();
    config.enable_sni = false;
    let name = ServerName::try_from("jointly").map_err(failed)?;
    let connected = TlsConnector::from(Arc::new(config)).connect(name, BufReader::with_capacity(READ_BYTES, tcp)).await;
    match (connected, *pinned.found.lock().unwrap_or_else(PoisonError::into_inner)) {
        (Err(_), Some(found)) if found != expected => Err(Failed::WrongKey(found)),
        (Err(error), _) => Err(failed(error)),
        (Ok(stream), _) => spoken(stream.into()),
    }
}

/// Proves to be `me` on a connection that somebody made to this node, and learns who that is.
pub(crate) async fn accept(me: &Identity, tcp: TcpStream) -> Result<(TlsStream<Wire>, PublicKey), Failed> {
    let pinned = Arc::new(Pinned { expected: None, provider: provider(), found: Mutex::default() });
    let mut config = ServerConfig::builder_with_provider(pinned.provider.clone())
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(failed)?
        .with_client_cert_verifier(pinned)
        .with_cert_resolver(Arc::new(AlwaysResolvesServerRawPublicKeys::new(me.key.clone())));
    config.alpn_protocols = vec![PROTOCOL.to_vec()];
    config.send_tls13_tickets = 0;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    let tcp = BufReader::with_capacity(READ_BYTES, tcp);
    let stream = TlsAcceptor::from(Arc::new(config)).accept(tcp).await.map_err(failed)?;
    let proven = stream.get_ref().1.peer_certificates().and_then(|c| c.first()).and_then(|c| PublicKey::from_spki(c));
    match proven {
        Some(peer) => Ok((spoken(stream.into())?, peer)),
        None => Err(Failed::Handshake("the caller proved no Ed25519 key".into())),
    }
}

/// Both ends must have named the same protocol: TLS alone lets a side pass that named none.
fn spoken(stream: TlsStream<Wire>) -> Result<TlsStream<Wire>, Failed> {
    match stream.get_ref().1.alpn_protocol() {
        Some(PROTOCOL) => Ok(stream),
        _ => Err(Failed::Handshake("it does not speak this version of Jointly".into())),
    }
}

fn failed(error: impl fmt::Display) -> Failed {
    Failed::Handshake(error.to_string())
}

/// AES-128-GCM first, as the fastest; the key exchange stays safe if either of its halves does.
fn provider() -> Arc<CryptoProvider> {
    let mut provider = aws::default_provider();
    provider.cipher_suites = vec![
        aws::cipher_suite::TLS13_AES_128_GCM_SHA256,
        aws::cipher_suite::TLS13_AES_256_GCM_SHA384,
        aws::cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
    ];
    provider.kx_groups = vec![aws::kx_group::X25519MLKEM768, aws::kx_group::X25519];
    Arc::new(provider)
}

/// Takes an Ed25519 key for what it is, if its owner signs the handshake with it.
#[derive(Debug)]
struct Pinned {
    expected: Option<PublicKey>,
    provider: Arc<CryptoProvider>,
    found: Mutex<Option<PublicKey>>,
}

impl Pinned {
    fn check(&self, key: &CertificateDer<'_>, more: &[CertificateDer<'_>]) -> Result<(), rustls::Error> {
        let refused = rustls::Error::InvalidCertificate(rustls::CertificateError::ApplicationVerificationFailure);
        let found = PublicKey::from_spki(key).filter(|_| more.is_empty()).ok_or_else(|| refused.clone())?;
        *self.found.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
        match self.expected {
            Some(expected) if expected != found => Err(refused),
            _ => Ok(()),
        }
    }

    fn check_signature(
        &self,
        message: &[u8],
        key: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let spki = SubjectPublicKeyInfoDer::from(key.as_ref());
        verify_tls13_signature_with_raw_key(message, &spki, signed, &self.provider.signature_verification_algorithms)
    }
}

const TLS12: rustls::Error = rustls::Error::PeerIncompatible(rustls::PeerIncompatible::Tls12NotOffered);

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        key: &CertificateDer<'_>,
        more: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.check(key, more).map(|()| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(TLS12)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        key: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.check_signature(message, key, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}

impl ClientCertVerifier for Pinned {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        key: &CertificateDer<'_>,
        more: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        self.check(key, more).map(|()| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(TLS12)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        key: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.check_signature(message, key, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        vec![SignatureScheme::ED25519]
    }

    fn requires_raw_public_keys(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_has_the_public_half_of_rfc_8032() {
        let seed = hex::decode("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60").unwrap();
        let me = Identity::from_seed(seed.try_into().unwrap()).unwrap();
        let public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
        assert_eq!(me.public().to_string(), public);
        assert_eq!(format!("{me:?}"), format!("Identity({public})"));
        assert_eq!(public.parse(), Ok(me.public()));
        assert_eq!(serde_json::to_string(&me.public()).unwrap(), format!("\"{public}\""));
        assert_eq!(serde_json::from_str::<PublicKey>(&format!("\"{public}\"")).unwrap(), me.public());
    }

    #[test]
    fn keys_that_are_none_are_refused() {
        assert_eq!("d75a".parse::<PublicKey>(), Err(KeyError::Public));
        assert_eq!("zz".repeat(32).parse::<PublicKey>(), Err(KeyError::Public));
        assert_eq!(Identity::from_pkcs8(b"not a key").unwrap_err(), KeyError::Private);
    }
}
