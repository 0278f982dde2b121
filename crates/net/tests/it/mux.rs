//! Streams over one connection.

use std::time::Duration;

use futures::future::join_all;
use jointly_core::{Error, FRAME_BYTES, Party, Why};
use jointly_net::{
    Frame,
    mux::{Limits, Mux},
};
use tokio::{
    io::{DuplexStream, duplex, split},
    time::{Instant, timeout},
};

fn start(io: DuplexStream, limits: Limits, scopes: &[&str]) -> Mux {
    let (read, write) = split(io);
    Mux::start(read, write, limits, scopes)
}

pub fn pair(limits: Limits) -> (Mux, Mux) {
    let (a, b) = duplex(64 * 1024);
    (start(a, limits, &["job/1"]), start(b, limits, &["job/1"]))
}

fn frame(bytes: usize) -> Frame {
    Frame { depth: 1, payload: vec![9; bytes] }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_nobody_reads_stalls_at_its_window_and_holds_up_no_other() {
    for opened in [false, true] {
        let (a, b) = pair(Limits::default());
        let mut stalled = a.outbound(Party(1), "job/1/stalled").unwrap();
        let _unread = opened.then(|| b.inbound(Party(0), "job/1/stalled").unwrap());
        let mut sent = 0;
        while timeout(Duration::from_secs(5), stalled.send(frame(FRAME_BYTES))).await.is_ok() {
            sent += FRAME_BYTES;
            assert!(sent <= 16 << 20, "the window has no end");
        }
        assert!(if opened { (4 << 20..=5 << 20).contains(&sent) } else { sent <= 1 << 20 }, "{sent}");
        let (mut out, mut inn) =
            (a.outbound(Party(1), "job/1/other").unwrap(), b.inbound(Party(0), "job/1/other").unwrap());
        for _ in 0..100 {
            out.send(frame(FRAME_BYTES)).await.unwrap();
            assert_eq!(inn.recv().await.unwrap().payload.len(), FRAME_BYTES);
        }
        // It goes on as soon as somebody reads.
        let mut read = _unread.unwrap_or_else(|| b.inbound(Party(0), "job/1/stalled").unwrap());
        for _ in 0..sent / FRAME_BYTES {
            read.recv().await.unwrap();
        }
        stalled.send(frame(1)).await.unwrap();
        assert_eq!(read.recv().await.unwrap(), frame(1));
    }
}

#[tokio::test(start_paused = true)]
async fn frames_of_any_size_use_the_window_up_and_give_it_back() {
    let (a, b) = pair(Limits { window: 0, ..Limits::default() });
    let (mut out, mut inn) = (a.outbound(Party(1), "job/1/x").unwrap(), b.inbound(Party(0), "job/1/x").unwrap());
    let sizes = || (0..2000).map(|i| [0, 1, 5000, FRAME_BYTES, 77, FRAME_BYTES - 1][i % 6]);
    let send = async {
        for size in sizes() {
            out.send(frame(size)).await.unwrap();
        }
    };
    let recv = async {
        for size in sizes() {
            assert_eq!(inn.recv().await.unwrap(), frame(size));
        }
    };
    futures::future::join(send, recv).await;
    assert!(matches!(out.send(frame(FRAME_BYTES + 1)).await, Err(Error::Misuse(_))));
}

#[tokio::test(start_paused = true)]
async fn streams_outside_a_scope_are_refused() {
    let (a, b) = pair(Limits::default());
    for name in ["job/2/x", "job/12", "job", "", "call/1"] {
        let mut out = a.outbound(Party(1), name).unwrap();
        let mut error = Ok(());
        while error.is_ok() {
            error = out.send(frame(1000)).await;
            tokio::task::yield_now().await;
        }
        let stopped = matches!(error, Err(Error::Gone { party: Party(1), why: Why::Stopped }));
        assert!(stopped || name == "call/1" && matches!(error, Err(Error::Refused(_))), "{name}: {error:?}");
    }
    // What this side expects needs no scope.
    let mut inn = b.inbound(Party(0), "elsewhere").unwrap();
    a.outbound(Party(1), "elsewhere").unwrap().send(frame(3)).await.unwrap();
    assert_eq!(inn.recv().await, Ok(frame(3)));
}

#[tokio::test(start_paused = true)]
async fn leaving_a_scope_tells_those_who_wait_and_keeps_what_was_sent() {
    let (a, b) = pair(Limits::default());
    a.outbound(Party(1), "job/1/sent").unwrap().send(frame(5)).await.unwrap();
    let mut never = b.inbound(Party(0), "job/1/never").unwrap();
    let waiting = tokio::spawn(async move { never.recv().await });
    a.leave("job/1");
    let stopped = Error::Gone { party: Party(0), why: Why::Stopped };
    assert_eq!(waiting.await.unwrap(), Err(stopped.clone()));
    assert_eq!(b.inbound(Party(0), "job/1/later").unwrap().recv().await, Err(stopped));
    let mut sent = b.inbound(Party(0), "job/1/sent").unwrap();
    assert_eq!(sent.recv().await, Ok(frame(5)));
    assert_eq!(sent.recv().await, Err(Error::Gone { party: Party(0), why: Why::Closed }));
}

#[tokio::test(start_paused = true)]
async fn too_many_waiting_streams_are_refused_and_the_rest_go_on() {
    let limits = Limits { waiting_streams: 100, waiting_bytes: 50_000, ..Limits::default() };
    let (a, b) = pair(limits);
    let mut outs: Vec<_> = (0..5000).map(|i| a.outbound(Party(1), &format!("job/1/{i}")).unwrap()).collect();
    join_all(outs.iter_mut().map(|out| async { out.send(frame(0)).await.unwrap() })).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let again = join_all(outs.iter_mut().map(|out| out.send(frame(0)))).await;
    assert_eq!(again.iter().filter(|r| r.is_ok()).count(), 100);
    assert!(again.iter().flat_map(|r| r.as_ref().err()).all(|e| matches!(e, Error::Refused(_))));
    let mut first = b.inbound(Party(0), "job/1/0").unwrap();
    assert_eq!(first.recv().await, Ok(frame(0)));
    // Many bytes on few streams are refused as well.
    let mut big = a.outbound(Party(1), "job/1/1").unwrap();
    drop(outs);
    tokio::time::sleep(Duration::from_secs(1)).await;
    b.leave("job/1");
    b.enter("job/1");
    tokio::time::sleep(Duration::from_secs(1)).await;
    big.send(frame(60_000)).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(matches!(big.send(frame(1)).await, Err(Error::Refused(_))));
}

#[tokio::test(start_paused = true)]
async fn a_lost_connection_and_a_dropped_mux_say_closed() {
    let (a, b) = pair(Limits::default());
    let mut inn = b.inbound(Party(7), "job/1/x").unwrap();
    drop(a);
    let gone = Error::Gone { party: Party(7), why: Why::Closed };
    assert_eq!(inn.recv().await, Err(gone.clone()));
    assert_eq!(b.outbound(Party(7), "job/1/y").unwrap().send(frame(1)).await, Err(gone));
    assert!(!b.alive());
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_hangs_is_silent_within_the_time_and_one_that_idles_is_not() {
    let limits = Limits { silence: Duration::from_secs(6), ..Limits::default() };
    let (a, b) = pair(limits);
    let mut inn = b.inbound(Party(0), "job/1/x").unwrap();
    assert!(timeout(Duration::from_secs(100), inn.recv()).await.is_err(), "an idle peer gives signs of life");
    drop((a, b));

    let (a, hung) = duplex(1024);
    let a = start(a, limits, &["job/1"]);
    let mut inn = a.inbound(Party(3), "job/1/x").unwrap();
    let start = Instant::now();
    assert_eq!(inn.recv().await, Err(Error::Gone { party: Party(3), why: Why::Silent { seconds: 6 } }));
    assert!(start.elapsed() <= Duration::from_secs(7), "{:?}", start.elapsed());
    drop(hung);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_takes_nothing_is_silent_although_it_speaks() {
    use tokio::io::AsyncWriteExt;
    let limits = Limits { silence: Duration::from_secs(6), ..Limits::default() };
    let (a, mut peer) = duplex(1024);
    let a = start(a, limits, &[]);
    let mut out = a.outbound(Party(3), "x").unwrap();
    let speaking = tokio::spawn(async move {
        // A ping, again and again, and nothing is read.
        while peer.write_all(&[0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 0]).await.is_ok() {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    });
    out.send(frame(FRAME_BYTES)).await.unwrap();
    tokio::time::sleep(Duration::from_secs(7)).await;
    let silent = Error::Gone { party: Party(3), why: Why::Silent { seconds: 6 } };
    assert_eq!(out.send(frame(1)).await, Err(silent));
    speaking.await.unwrap();
}
