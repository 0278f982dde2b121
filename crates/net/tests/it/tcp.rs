//! The benchmarks' mesh: who may join it.

use std::time::Duration;

use futures::future::join;
use jointly_core::{Error, Party, Why};
use jointly_net::tcp;
use tokio::{io::AsyncWriteExt, net::TcpStream};

use crate::world::{PATIENCE, addresses};

#[tokio::test]
async fn parties_of_another_run_are_refused_at_both_ends() {
    let here = addresses(2).await;
    let elsewhere = [here[0], addresses(1).await[0]];
    let (a, b) = join(tcp::mesh(Party(0), &here, PATIENCE), tcp::mesh(Party(1), &elsewhere, PATIENCE)).await;
    for error in [a.err().unwrap(), b.err().unwrap()] {
        assert!(matches!(&error, Error::Refused(what) if what.contains("another run")), "{error}");
    }
}

#[tokio::test]
async fn a_party_that_never_comes_is_named() {
    let here = addresses(3).await;
    let (a, b) = join(
        tcp::mesh(Party(0), &here, Duration::from_millis(300)),
        tcp::mesh(Party(1), &here, Duration::from_millis(300)),
    )
    .await;
    for error in [a.err().unwrap(), b.err().unwrap()] {
        assert_eq!(error, Error::Gone { party: Party(2), why: Why::Unreachable });
    }
}

#[tokio::test]
async fn strangers_at_the_door_do_not_stop_a_mesh() {
    let here = addresses(2).await;
    let list = here.clone();
    let listening = tokio::spawn(async move { tcp::mesh(Party(0), &list, PATIENCE).await.map(|m| m.me()) });
    let mut stranger = loop {
        if let Ok(stream) = TcpStream::connect(here[0]).await {
            break stream;
        }
    };
    stranger.write_all(b"GET / HTTP/1.1\r\nHost: example\r\n\r\n").await.unwrap();
    let mesh = tcp::mesh(Party(1), &here, PATIENCE).await.unwrap();
    assert_eq!(mesh.me(), Party(1));
    assert_eq!(listening.await.unwrap().unwrap(), Party(0));
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let here = addresses(2).await;
    let _taken = tokio::net::TcpListener::bind(here[0]).await.unwrap();
    let error = tcp::mesh(Party(0), &here, PATIENCE).await.err().unwrap();
    assert!(error.to_string().contains(&here[0].to_string()), "{error}");
}
