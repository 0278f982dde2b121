//! The clock is paused: times are exact, up to the timer's millisecond.

use std::time::Duration;

use futures::future::join;
use jointly_core::{FRAME_BYTES, FRAME_HEADER_BYTES, Party};
use jointly_net::{
    Frame,
    memory::meshes,
    shaped::{Shape, THIN, WAN, shaped},
};
use tokio::time::Instant;

const MS: Duration = Duration::from_millis(1);

fn close_to(took: Duration, expected: Duration) {
    assert!(took >= expected && took <= expected + 3 * MS, "{took:?}, expected {expected:?}");
}

fn full() -> Frame {
    Frame { depth: 0, payload: vec![0; FRAME_BYTES] }
}

/// One full frame's time on the uplink.
fn transmission(shape: Shape, frames: u32) -> Duration {
    let bits = (FRAME_BYTES + FRAME_HEADER_BYTES) as f64 * 8.0 * f64::from(frames);
    Duration::from_secs_f64(bits / shape.bits_per_second as f64)
}

#[tokio::test(start_paused = true)]
async fn a_small_frame_takes_half_a_round_trip() {
    for shape in [WAN, THIN] {
        let mesh: Vec<_> = meshes(2).into_iter().map(|m| shaped(m, shape)).collect();
        let (mut a, mut b) = (mesh[0].open(Party(1), "p").unwrap(), mesh[1].open(Party(0), "p").unwrap());
        let start = Instant::now();
        a.outbound.send(Frame { depth: 0, payload: vec![1; 8] }).await.unwrap();
        assert_eq!(start.elapsed(), Duration::ZERO, "the sender does not wait for the latency");
        b.inbound.recv().await.unwrap();
        close_to(start.elapsed(), shape.round_trip / 2);
        b.outbound.send(Frame { depth: 0, payload: vec![1; 8] }).await.unwrap();
        a.inbound.recv().await.unwrap();
        close_to(start.elapsed(), shape.round_trip);
    }
}

#[tokio::test(start_paused = true)]
async fn frames_follow_each_other_at_the_uplinks_rate() {
    let mesh: Vec<_> = meshes(2).into_iter().map(|m| shaped(m, WAN)).collect();
    let (mut a, mut b) = (mesh[0].open(Party(1), "p").unwrap(), mesh[1].open(Party(0), "p").unwrap());
    let start = Instant::now();
    let send = async {
        for _ in 0..40 {
            a.outbound.send(full()).await.unwrap();
        }
        // Booked ahead by no more than a bounded time.
        close_to(start.elapsed(), transmission(WAN, 39) - 10 * MS);
    };
    let recv = async {
        for _ in 0..40 {
            b.inbound.recv().await.unwrap();
        }
        close_to(start.elapsed(), transmission(WAN, 40) + WAN.round_trip / 2);
    };
    join(send, recv).await;
}

#[tokio::test(start_paused = true)]
async fn one_uplink_serves_all_of_a_partys_channels() {
    let mesh: Vec<_> = meshes(3).into_iter().map(|m| shaped(m, WAN)).collect();
    let (mut to_b, mut to_c) = (mesh[0].open(Party(1), "p").unwrap(), mesh[0].open(Party(2), "p").unwrap());
    let (mut b, mut c) = (mesh[1].open(Party(0), "p").unwrap(), mesh[2].open(Party(0), "p").unwrap());
    let start = Instant::now();
    let send = async {
        for _ in 0..5 {
            to_b.outbound.send(full()).await.unwrap();
            to_c.outbound.send(full()).await.unwrap();
        }
    };
    let recv = async {
        for _ in 0..5 {
            b.inbound.recv().await.unwrap();
            c.inbound.recv().await.unwrap();
        }
    };
    join(send, recv).await;
    close_to(start.elapsed(), transmission(WAN, 10) + WAN.round_trip / 2);
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_does_not_read_stops_the_sender() {
    let mesh: Vec<_> = meshes(2).into_iter().map(|m| shaped(m, WAN)).collect();
    let (mut a, _b) = (mesh[0].open(Party(1), "p").unwrap(), mesh[1].open(Party(0), "p").unwrap());
    let sending = async {
        for sent in 0..1000 {
            if tokio::time::timeout(Duration::from_secs(60), a.outbound.send(full())).await.is_err() {
                return sent;
            }
        }
        1000
    };
    let sent = sending.await;
    assert!((10..100).contains(&sent), "{sent} frames went to nobody");
}
