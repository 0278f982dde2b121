//! How much of a connection's speed is left to a stream on it: `cargo run --release -p jointly-net --example throughput`.
//!
//! Each case runs in two processes on this machine, one sending and one receiving, on one thread each: a TLS connection by
//! itself with the same cipher, streams over plain TCP, streams over TLS as nodes use them. Printed are the median time of
//! a 32-byte message there and back, and the bytes sent and received per second of CPU time.

use std::{net::SocketAddr, process::Command, sync::Arc, time::Duration, time::Instant};

use jointly_core::{FRAME_BYTES, Party};
use jointly_net::{Frame, Link, Mesh, hub, tcp, tls::Identity};
use rustls::{
    ClientConfig, ServerConfig,
    crypto::{CryptoProvider, aws_lc_rs},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// Nodes' and benchmarks' allocator: the system's gives large blocks back at once, and then every message pays for fresh pages.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

const TOTAL: usize = 2 << 30;
const PINGS: usize = 1000;
const PATIENCE: Duration = Duration::from_secs(20);

fn main() -> Fallible<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    if let [_, role, case, port] = &arguments[..] {
        let (sends, port) = (role == "send", port.parse()?);
        return runtime.block_on(async {
            match case.as_str() {
                "raw TLS" => raw(sends, port).await,
                "mux over TCP" => over(mesh(sends, port).await?, sends).await,
                _ => nodes(sends, port).await,
            }
        });
    }
    let me = std::env::current_exe()?;
    for case in ["raw TLS", "mux over TCP", "mux over TLS"] {
        println!("{case}");
        let port = free_port()?.to_string();
        let mut receiver = Command::new(&me).args(["receive", case, &port]).spawn()?;
        Command::new(&me).args(["send", case, &port]).spawn()?.wait()?;
        receiver.wait()?;
    }
    Ok(())
}

fn free_port() -> std::io::Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn local(port: u16) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], port))
}

/// CPU time in seconds of this process, which has one thread.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    stat.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(f64::NAN) * 1e-9
}

fn report(what: &str, before: (Instant, f64), rtts: &mut [f64]) {
    rtts.sort_by(f64::total_cmp);
    let (bytes, wall) = (TOTAL as f64 / 1e9, before.0.elapsed().as_secs_f64());
    let rtt = rtts.get(rtts.len() / 2).map(|s| format!(", RTT {:.1} us", s * 1e6)).unwrap_or_default();
    println!("  {what}: {:.2} GB per CPU-s, {:.2} GB/s{rtt}", bytes / (cpu() - before.1), bytes / wall);
}

/// A stream by itself, as the ceiling.
async fn plain<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, sends: bool) -> Fallible<()> {
    let (mut block, mut rtts) = (vec![7u8; FRAME_BYTES], Vec::new());
    for _ in 0..PINGS {
        let start = Instant::now();
        if sends {
            stream.write_all(&block[..32]).await?;
            stream.flush().await?;
        }
        stream.read_exact(&mut block[..32]).await?;
        if !sends {
            stream.write_all(&block[..32]).await?;
            stream.flush().await?;
        }
        rtts.push(start.elapsed().as_secs_f64());
    }
    let before = (Instant::now(), cpu());
    if sends {
        for _ in 0..TOTAL / FRAME_BYTES {
            stream.write_all(&block).await?;
        }
        stream.flush().await?;
        stream.read_exact(&mut block[..4]).await?;
        report("sent    ", before, &mut rtts);
    } else {
        let mut left = TOTAL;
        while left > 0 {
            left -= stream.read(&mut block).await?;
        }
        report("received", before, &mut []);
        stream.write_all(b"done").await?;
        stream.flush().await?;
    }
    Ok(())
}

/// The same over a channel of a mesh.
async fn over(mesh: Arc<dyn Mesh>, sends: bool) -> Fallible<()> {
    let peer = Party(u16::from(sends));
    let Link { mut outbound, mut inbound } = mesh.open(peer, "throughput")?;
    let frame = |bytes: usize| Frame { depth: 0, payload: vec![7; bytes] };
    let mut rtts = Vec::new();
    for _ in 0..PINGS {
        let start = Instant::now();
        if sends {
            outbound.send(frame(32)).await?;
            inbound.recv().await?;
        } else {
            outbound.send(inbound.recv().await?).await?;
        }
        rtts.push(start.elapsed().as_secs_f64());
    }
    let before = (Instant::now(), cpu());
    if sends {
        for _ in 0..TOTAL / FRAME_BYTES {
            outbound.send(frame(FRAME_BYTES)).await?;
        }
        inbound.recv().await?;
        report("sent    ", before, &mut rtts);
    } else {
        let mut left = TOTAL;
        while left > 0 {
            left -= inbound.recv().await?.payload.len();
        }
        report("received", before, &mut []);
        outbound.send(frame(4)).await?;
    }
    mesh.close().await;
    Ok(())
}

async fn mesh(sends: bool, port: u16) -> Fallible<Arc<dyn Mesh>> {
    let addresses = [local(port), local(port.checked_sub(1).unwrap_or(u16::MAX))];
    Ok(tcp::mesh(Party(u16::from(!sends)), &addresses, PATIENCE).await?)
}

async fn nodes(sends: bool, port: u16) -> Fallible<()> {
    let (a, b) = (Identity::from_seed([1; 32])?, Identity::from_seed([2; 32])?);
    let members = [a.public(), b.public()];
    let (me, other, listen) = if sends { (a, members[1], None) } else { (b, members[0], Some(local(port))) };
    let hub = hub::Hub::bind(me, listen, hub::Config::default()).await?;
    let _scope = hub.scope("bench");
    hub.set_peer(other, sends.then(|| local(port).to_string()));
    hub.wait_connected(&other, PATIENCE).await?;
    over(hub.mesh("bench", &members, Party(u16::from(!sends))), sends).await?;
    hub.close().await;
    Ok(())
}

/// TLS 1.3 with the cipher that nodes use first; who is at the other end is not checked here.
async fn raw(sends: bool, port: u16) -> Fallible<()> {
    let mut provider: CryptoProvider = aws_lc_rs::default_provider();
    provider.cipher_suites = vec![aws_lc_rs::cipher_suite::TLS13_AES_128_GCM_SHA256];
    let (provider, versions) = (Arc::new(provider), [&rustls::version::TLS13]);
    if sends {
        let tcp = loop {
            match TcpStream::connect(local(port)).await {
                Ok(tcp) => break tcp,
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        };
        tcp.set_nodelay(true)?;
        let config = ClientConfig::builder_with_provider(provider.clone()).with_protocol_versions(&versions)?;
        let config = config.dangerous().with_custom_certificate_verifier(Arc::new(raw::Anybody(provider)));
        let connector = tokio_rustls::TlsConnector::from(Arc::new(config.with_no_client_auth()));
        plain(connector.connect("raw".try_into()?, tcp).await?, true).await
    } else {
        let (tcp, _) = TcpListener::bind(local(port)).await?.accept().await?;
        tcp.set_nodelay(true)?;
        let config = ServerConfig::builder_with_provider(provider).with_protocol_versions(&versions)?;
        let config = config.with_no_client_auth().with_cert_resolver(raw::key()?);
        plain(tokio_rustls::TlsAcceptor::from(Arc::new(config)).accept(tcp).await?, false).await
    }
}

/// What a bare TLS connection needs.
mod raw {
    use std::sync::Arc;

    use rustls::{
        DigitallySignedStruct, Error, SignatureScheme,
        client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        crypto::{CryptoProvider, aws_lc_rs::sign::any_eddsa_type},
        pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, UnixTime},
        server::AlwaysResolvesServerRawPublicKeys,
        sign::CertifiedKey,
    };

    /// A key that everybody knows.
    pub fn key() -> Result<Arc<AlwaysResolvesServerRawPublicKeys>, Box<dyn std::error::Error>> {
        let head = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
        let der = [&head[..], &[1; 32]].concat();
        let key = any_eddsa_type(&PrivatePkcs8KeyDer::from(&der[..]))?;
        let public = key.public_key().map(|k| k.as_ref().to_vec()).ok_or("an Ed25519 key has a public half")?;
        let certified = CertifiedKey::new(vec![CertificateDer::from(public)], key);
        Ok(Arc::new(AlwaysResolvesServerRawPublicKeys::new(Arc::new(certified))))
    }

    /// Trusts anybody: for measuring only.
    #[derive(Debug)]
    pub struct Anybody(pub Arc<CryptoProvider>);

    impl ServerCertVerifier for Anybody {
        fn verify_server_cert(
            &self,
            _: &CertificateDer<'_>,
            _: &[CertificateDer<'_>],
            _: &ServerName<'_>,
            _: &[u8],
            _: UnixTime,
        ) -> Result<ServerCertVerified, Error> {
            Ok(ServerCertVerified::assertion())
        }

        fn verify_tls12_signature(
            &self,
            _: &[u8],
            _: &CertificateDer<'_>,
            _: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            Err(Error::General("TLS 1.3 only".into()))
        }

        fn verify_tls13_signature(
            &self,
            _: &[u8],
            _: &CertificateDer<'_>,
            _: &DigitallySignedStruct,
        ) -> Result<HandshakeSignatureValid, Error> {
            Ok(HandshakeSignatureValid::assertion())
        }

        fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
            self.0.signature_verification_algorithms.supported_schemes()
        }

        fn requires_raw_public_keys(&self) -> bool {
            true
        }
    }
}
