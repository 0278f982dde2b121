//! A peer that sends what it must not: its connection ends, with its name, in bounded memory, and never in a panic.

use std::time::Duration;

use jointly_core::{Error, Party};
use jointly_net::mux::{Limits, Mux};
use proptest::prelude::*;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex, split},
    time::timeout,
};

const OPEN: u8 = 1;
const DATA: u8 = 2;
const CREDIT: u8 = 3;
const FIN: u8 = 4;
const RESET: u8 = 5;
const JOIN: u8 = 8;

fn head(kind: u8, stream: u32, length: u32, word: u32) -> Vec<u8> {
    let words = [stream, u32::from(kind) << 24 | length, word];
    words.iter().flat_map(|w| w.to_le_bytes()).collect()
}

fn open(stream: u32, name: &str) -> Vec<u8> {
    [head(OPEN, stream, name.len() as u32, 0), name.as_bytes().to_vec()].concat()
}

/// A mux with one stream that waits for its peer, and the peer's end of the connection.
fn victim() -> (Mux, DuplexStream) {
    let (a, peer) = duplex(1 << 20);
    let (read, write) = split(a);
    let limits = Limits { silence: Duration::from_secs(2), ..Limits::default() };
    (Mux::start(read, write, limits, &["job/1"]), peer)
}

/// What a stream of the victim says after its peer has sent `bytes`.
async fn after(bytes: &[u8]) -> Error {
    let (mux, mut peer) = victim();
    let mut inn = mux.inbound(Party(2), "job/1/waits").unwrap();
    // The victim may close before it has read everything.
    let _ = peer.write_all(bytes).await;
    timeout(Duration::from_secs(60), inn.recv()).await.expect("the victim hangs").unwrap_err()
}

async fn malformed(bytes: Vec<u8>, rule: &str) {
    match after(&bytes).await {
        Error::Malformed { from: Party(2), what } => assert!(what.contains(rule), "{what}: expected {rule}"),
        error => panic!("{rule}: {error}"),
    }
}

#[tokio::test(start_paused = true)]
async fn broken_rules_are_named() {
    malformed(head(9, 0, 0, 0), "kind").await;
    malformed(head(DATA, 0, (256 << 10) + 1, 0), "longer").await;
    malformed(head(OPEN, 0, 513, 0), "longer").await;
    malformed([head(DATA, 5, 1, 0), vec![0]].concat(), "not open").await;
    malformed(head(FIN, 5, 0, 0), "not open").await;
    malformed(head(CREDIT, 0, 0, 1), "never opened").await;
    malformed(head(RESET, 0, 0, 0), "never opened").await;
    malformed([open(1, "job/1/a"), open(1, "job/1/b")].concat(), "out of order").await;
    malformed([open(1, "job/1/a"), open(2, "job/1/a")].concat(), "twice").await;
    malformed([head(OPEN, 0, 2, 0), vec![0xff, 0xfe]].concat(), "UTF-8").await;
    malformed(b"GET / HTTP/1.1\r\nHost: example\r\n\r\n".to_vec(), "kind").await;
}

#[tokio::test(start_paused = true)]
async fn a_window_cannot_be_overrun_in_waiting_and_in_refused_streams() {
    let full = [head(DATA, 0, 256 << 10, 0), vec![0; 256 << 10]].concat();
    for name in ["job/1/unread", "job/2/refused"] {
        malformed([open(0, name), full.clone(), full.clone(), full.clone()].concat(), "window").await;
    }
    let empty = head(DATA, 0, 0, 0).repeat(10_000);
    malformed([open(0, "job/1/unread"), empty].concat(), "window").await;
}

#[tokio::test(start_paused = true)]
async fn credit_cannot_overflow() {
    let (mux, mut peer) = victim();
    let mut out = mux.outbound(Party(2), "job/1/out").unwrap();
    out.send(jointly_net::Frame { depth: 0, payload: vec![1] }).await.unwrap();
    peer.write_all(&head(CREDIT, 0, 0, u32::MAX)).await.unwrap();
    let mut inn = mux.inbound(Party(2), "job/1/in").unwrap();
    assert!(matches!(inn.recv().await, Err(Error::Malformed { from: Party(2), .. })));
    assert!(matches!(
        out.send(jointly_net::Frame { depth: 0, payload: vec![1] }).await,
        Err(Error::Malformed { from: Party(2), .. })
    ));
}

#[tokio::test(start_paused = true)]
async fn streams_without_end_are_refused_and_then_the_connection() {
    let bytes: Vec<u8> = (0..70_000).flat_map(|i| open(i, "job/2/x")).collect();
    malformed(bytes, "without end").await;
    // Who takes no answers is cut off too: each of these is one.
    let both = (0..200_000).flat_map(|i| [open(i, "n"), head(FIN, i, 0, 0)].concat()).collect();
    malformed(both, "no answers").await;
    malformed([head(JOIN, 0, 1, 0), b"n".to_vec()].concat().repeat(200_000), "no answers").await;
}

#[tokio::test(start_paused = true)]
async fn refused_streams_that_end_leave_nothing_behind() {
    let (mux, mut peer) = victim();
    let mut inn = mux.inbound(Party(2), "job/1/waits").unwrap();
    let mut join = [0; 12 + 5];
    peer.read_exact(&mut join).await.unwrap();
    assert_eq!(join[..], [&head(JOIN, 0, 5, 0)[..], b"job/1"].concat());
    let mut answers = [0; 12];
    for i in 0..100_000 {
        peer.write_all(&[open(i, "job/2/x"), head(FIN, i, 0, 0)].concat()).await.unwrap();
        peer.read_exact(&mut answers).await.unwrap();
        assert_eq!(answers[..], head(RESET, i, 0, 1));
    }
    peer.write_all(&[open(100_000, "job/1/waits"), head(DATA, 100_000, 1, 0), vec![4]].concat()).await.unwrap();
    assert_eq!(inn.recv().await.unwrap().payload, [4]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        let error = runtime.block_on(after(&bytes));
        prop_assert_eq!(error.party(), Some(Party(2)));
    }
}
