//! Nodes that meet each other, and nodes that should not.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use futures::future::{join, join_all};
use jointly_core::{Error, Party, Why};
use jointly_net::{
    Frame,
    hub::{Config, Hub, HubError, MESSAGE_BYTES, STRANGER_BYTES},
    mux::Limits,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::timeout,
};

use crate::world::{PATIENCE, World, config, hidden, identity, introduce, key, listening};

fn address(hub: &Hub) -> String {
    hub.local_addr().unwrap().to_string()
}

fn echo(hub: &Hub) {
    hub.serve(|from, known, request| async move { [&from.0[..1], &[known.into()], &request].concat() });
}

#[tokio::test]
async fn one_side_without_a_port_works_both_ways() {
    let (a, b) = (listening(0, config()).await, hidden(1, config()).await);
    echo(&a);
    echo(&b);
    a.set_peer(key(1), None);
    b.set_peer(key(0), Some(address(&a)));
    a.wait_connected(&key(1), PATIENCE).await.unwrap();
    b.wait_connected(&key(0), PATIENCE).await.unwrap();
    let answer = a.call(&key(1), b"there".to_vec()).await.unwrap();
    assert_eq!(answer, [&key(0).0[..1], &[1], b"there"].concat());
    let answer = b.call(&key(0), Vec::new()).await.unwrap();
    assert_eq!(answer, [key(1).0[0], 1]);
    let long = vec![3; MESSAGE_BYTES - 2];
    assert_eq!(b.call(&key(0), long.clone()).await.unwrap()[2..], long);
    assert_eq!(b.call(&key(0), vec![0; MESSAGE_BYTES + 1]).await, Err(HubError::TooLong(MESSAGE_BYTES + 1)));
}

#[tokio::test]
async fn who_leaves_before_it_opens_a_link_is_missed_at_once() {
    let (a, b) = (listening(0, config()).await, hidden(1, config()).await);
    a.set_peer(key(1), None);
    b.set_peer(key(0), Some(address(&a)));
    a.wait_connected(&key(1), PATIENCE).await.unwrap();
    b.wait_connected(&key(0), PATIENCE).await.unwrap();
    let members = [key(0), key(1)];
    let (_stays, leaves) = (a.scope("job/9"), b.scope("job/9"));
    let (here, _there) = (a.mesh("job/9", &members, Party(0)), b.mesh("job/9", &members, Party(1)));
    let mut link = here.open(Party(1), "p").unwrap();
    drop(leaves);
    let missed = timeout(PATIENCE, link.inbound.recv()).await.unwrap();
    assert_eq!(missed, Err(Error::Gone { party: Party(1), why: Why::Stopped }));
}

/// A node that slept comes back when the others have given up, and waits for what was never sent.
#[tokio::test]
async fn who_left_over_an_earlier_connection_is_missed_over_the_next() {
    let (a, b) = (listening(0, config()).await, hidden(1, config()).await);
    let members = [key(0), key(1)];
    let (way, cut) = cable(address(&a)).await;
    a.set_peer(key(1), None);
    b.set_peer(key(0), Some(way));
    a.wait_connected(&key(1), PATIENCE).await.unwrap();
    let (_stays, leaves) = (a.scope("job/9"), b.scope("job/9"));
    let (here, there) = (a.mesh("job/9", &members, Party(0)), b.mesh("job/9", &members, Party(1)));
    let (mut first, lost) = (here.open(Party(1), "p").unwrap(), there.open(Party(0), "p").unwrap());
    cut.abort();
    assert_eq!(first.inbound.recv().await, Err(Error::Gone { party: Party(1), why: Why::Closed }));
    drop((lost, leaves));
    b.set_peer(key(0), Some(address(&a)));
    a.wait_connected(&key(1), PATIENCE).await.unwrap();
    let mut later = here.open(Party(1), "q").unwrap();
    let missed = timeout(PATIENCE, later.inbound.recv()).await.unwrap();
    assert_eq!(missed, Err(Error::Gone { party: Party(1), why: Why::Stopped }));
}

#[tokio::test]
async fn a_link_opened_before_the_connection_waits_for_it() {
    let (a, b) = (listening(0, config()).await, hidden(1, config()).await);
    a.set_peer(key(1), None);
    let members = [key(0), key(1)];
    let _scopes = (a.scope("job/9"), b.scope("job/9"));
    let (here, there) = (a.mesh("job/9", &members, Party(0)), b.mesh("job/9", &members, Party(1)));
    let (mut x, mut y) = (here.open(Party(1), "p").unwrap(), there.open(Party(0), "p").unwrap());
    b.set_peer(key(0), Some(address(&a)));
    let frame = Frame { depth: 1, payload: vec![1, 2] };
    let (sent, got) = join(x.outbound.send(frame.clone()), y.inbound.recv()).await;
    assert_eq!((sent, got), (Ok(()), Ok(frame)));
}

#[tokio::test]
async fn a_member_that_never_connects_is_unreachable() {
    let a = listening(0, Config { patience: Duration::from_millis(100), ..config() }).await;
    a.set_peer(key(1), None);
    let _scope = a.scope("job/9");
    let mesh = a.mesh("job/9", &[key(1), key(0)], Party(1));
    let mut link = mesh.open(Party(0), "p").unwrap();
    assert_eq!(link.inbound.recv().await, Err(Error::Gone { party: Party(0), why: Why::Unreachable }));
    assert_eq!(a.wait_connected(&key(1), Duration::ZERO).await, Err(HubError::NoAddress(key(1))));
    assert_eq!(a.wait_connected(&key(2), Duration::ZERO).await, Err(HubError::NotAPeer(key(2))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn simultaneous_dials_end_in_one_connection_that_both_use() {
    for _ in 0..20 {
        let (a, b) = (listening(0, config()).await, listening(1, config()).await);
        echo(&a);
        echo(&b);
        a.set_peer(key(1), Some(address(&b)));
        b.set_peer(key(0), Some(address(&a)));
        a.wait_connected(&key(1), PATIENCE).await.unwrap();
        b.wait_connected(&key(0), PATIENCE).await.unwrap();
        let _scopes = (a.scope("j"), b.scope("j"));
        let members = [key(0), key(1)];
        let (here, there) = (a.mesh("j", &members, Party(0)), b.mesh("j", &members, Party(1)));
        let links: Vec<_> = (0..10).map(|i| here.open(Party(1), &i.to_string()).unwrap()).collect();
        let other: Vec<_> = (0..10).map(|i| there.open(Party(0), &i.to_string()).unwrap()).collect();
        for (mut x, mut y) in links.into_iter().zip(other) {
            x.outbound.send(Frame { depth: 0, payload: vec![1] }).await.unwrap();
            y.outbound.send(Frame { depth: 0, payload: vec![2] }).await.unwrap();
            assert_eq!(x.inbound.recv().await.unwrap().payload, [2]);
            assert_eq!(y.inbound.recv().await.unwrap().payload, [1]);
        }
    }
}

#[tokio::test]
async fn a_restarted_peer_is_connected_again() {
    let a = listening(0, config()).await;
    a.set_peer(key(1), None);
    for _ in 0..3 {
        let b = hidden(1, config()).await;
        echo(&b);
        b.set_peer(key(0), Some(address(&a)));
        b.wait_connected(&key(0), PATIENCE).await.unwrap();
        a.wait_connected(&key(1), PATIENCE).await.unwrap();
        while a.call(&key(1), vec![1]).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        b.close().await;
    }
}

#[tokio::test]
async fn another_key_at_the_address_is_shown_with_both_fingerprints() {
    let (a, b) = (hidden(0, config()).await, listening(1, config()).await);
    let (expected, found) = (key(7), key(1));
    let error = a.call_address(&address(&b), expected, vec![1]).await.unwrap_err();
    assert_eq!(error, HubError::WrongKey { address: address(&b), expected, found });
    let text = error.to_string();
    assert!(text.contains(&expected.to_string()) && text.contains(&found.to_string()) && text.contains("operator"));
    a.set_peer(expected, Some(address(&b)));
    while a.trouble(&expected).is_none() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(a.wait_connected(&expected, Duration::ZERO).await, Err(error));
}

#[tokio::test]
async fn a_stranger_may_ask_a_little_and_gets_no_streams() {
    let (a, b) = (listening(0, config()).await, hidden(1, config()).await);
    echo(&a);
    let answer = b.call_address(&address(&a), key(0), b"invite".to_vec()).await.unwrap();
    assert_eq!(answer, [&key(1).0[..1], &[0], b"invite"].concat());
    for length in [STRANGER_BYTES + 1, MESSAGE_BYTES] {
        let refused = b.call_address(&address(&a), key(0), vec![0; length]).await;
        assert!(matches!(refused, Err(HubError::Refused { .. })), "{refused:?}");
    }
    // It takes itself for a peer; it is told that it is none, and its links find nobody.
    b.set_peer(key(0), Some(address(&a)));
    while b.trouble(&key(0)).is_none() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(b.trouble(&key(0)), Some(HubError::Stranger { peer: key(0), me: key(1) }));
    assert!(!b.connected(&key(0)) && !a.connected(&key(1)));
    assert!(b.call(&key(0), b"still".to_vec()).await.is_ok(), "calls go by visit");
    // Once it is a peer, it gets through by itself.
    a.set_peer(key(1), None);
    b.wait_connected(&key(0), PATIENCE).await.unwrap();
    assert_eq!(b.call(&key(0), Vec::new()).await.unwrap()[1], 1);
}

#[tokio::test]
async fn handlers_that_fail_or_dawdle_spoil_only_their_call() {
    let quick = Config { call_timeout: Duration::from_millis(500), ..config() };
    let hubs = [listening(0, quick).await, listening(1, config()).await];
    introduce(&hubs).await;
    let [a, b] = &hubs;
    assert!(matches!(b.call(&key(0), vec![1]).await, Err(HubError::Refused { .. })), "nobody answers yet");
    a.serve(|_, _, request| async move {
        match request.first() {
            Some(0) => panic!("a defect in the handler"),
            Some(1) => tokio::time::sleep(Duration::from_secs(3600)).await,
            Some(2) => return vec![0; MESSAGE_BYTES + 1],
            _ => {}
        }
        request
    });
    let peer = key(0);
    let calls = (0..20u8).map(|i| b.call(&peer, vec![i % 5]));
    for (i, answer) in join_all(calls).await.into_iter().enumerate() {
        match i % 5 {
            0..3 => assert!(matches!(answer, Err(HubError::Refused { .. })), "{i}: {answer:?}"),
            n => assert!(
                matches!(&answer, Ok(a) if *a == [n as u8]) || matches!(&answer, Err(HubError::Refused { .. })),
                "{i}: {answer:?}"
            ),
        }
    }
    assert_eq!(b.call(&key(0), vec![9]).await, Ok(vec![9]));
}

#[tokio::test]
async fn calls_beyond_the_bound_wait_or_are_refused() {
    let hubs = [listening(0, config()).await, listening(1, config()).await];
    introduce(&hubs).await;
    let [a, b] = &hubs;
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let seen = most.clone();
    a.serve(move |_, _, request| {
        let (running, most) = (running.clone(), most.clone());
        async move {
            most.fetch_max(running.fetch_add(1, SeqCst) + 1, SeqCst);
            tokio::time::sleep(Duration::from_millis(20)).await;
            running.fetch_sub(1, SeqCst);
            request
        }
    });
    let peer = key(0);
    let answers = join_all((0..100).map(|_| b.call(&peer, vec![1]))).await;
    assert!(seen.load(SeqCst) <= 8, "{seen:?} at once");
    assert!(answers.iter().filter(|a| a.is_ok()).count() >= 8);
    assert!(answers.iter().all(|a| matches!(a, Ok(_) | Err(HubError::Refused { .. }))));
}

#[tokio::test]
async fn a_port_in_use_and_an_unreachable_address_are_named() {
    let a = listening(0, config()).await;
    let taken = a.local_addr().unwrap();
    let error = Hub::bind(identity(1), Some(taken), config()).await.err().unwrap();
    assert!(error.to_string().contains(&format!("port {}", taken.port())), "{error}");
    let free = crate::world::addresses(1).await[0].to_string();
    let error = a.call_address(&free, key(1), vec![1]).await.unwrap_err();
    assert!(matches!(&error, HubError::Unreachable { address, .. } if *address == free), "{error}");
}

#[tokio::test]
async fn whoever_speaks_no_tls_is_dropped_and_others_get_through() {
    let (a, b) = (listening(0, config()).await, hidden(1, config()).await);
    echo(&a);
    let mut rude = TcpStream::connect(address(&a)).await.unwrap();
    rude.write_all(b"GET / HTTP/1.1\r\nHost: example\r\n\r\n").await.unwrap();
    let _idle: Vec<TcpStream> =
        join_all((0..50).map(|_| TcpStream::connect(address(&a)))).await.into_iter().flatten().collect();
    assert!(b.call_address(&address(&a), key(0), vec![1]).await.is_ok());
    let mut rest = Vec::new();
    let closed = timeout(PATIENCE, rude.read_to_end(&mut rest)).await.unwrap();
    assert!(closed.is_err() || rest.len() < 100, "nothing but an alert is told");
}

/// A way between two nodes that a test can cut, halt, or spoil.
async fn cable(to: String) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let task = tokio::spawn(async move {
        let (mut near, _) = listener.accept().await.unwrap();
        let mut far = TcpStream::connect(to).await.unwrap();
        let _ = copy_bidirectional(&mut near, &mut far).await;
    });
    (address, task)
}

#[tokio::test]
async fn a_cut_cable_is_gone_and_other_peers_go_on() {
    let hubs = [listening(0, config()).await, hidden(1, config()).await, listening(2, config()).await];
    let (way, cut) = cable(address(&hubs[0])).await;
    hubs[0].set_peer(key(1), None);
    hubs[1].set_peer(key(0), Some(way));
    hubs[0].set_peer(key(2), Some(address(&hubs[2])));
    hubs[2].set_peer(key(0), None);
    for peer in [1, 2] {
        hubs[0].wait_connected(&key(peer), PATIENCE).await.unwrap();
    }
    let _scopes: Vec<_> = hubs.iter().map(|hub| hub.scope("j")).collect();
    let members = [key(0), key(1), key(2)];
    let (m0, m2) = (hubs[0].mesh("j", &members, Party(0)), hubs[2].mesh("j", &members, Party(2)));
    let (mut to1, mut to2) = (m0.open(Party(1), "p").unwrap(), m0.open(Party(2), "p").unwrap());
    hubs[2].wait_connected(&key(0), PATIENCE).await.unwrap();
    let mut back = m2.open(Party(0), "p").unwrap();
    cut.abort();
    assert_eq!(to1.inbound.recv().await, Err(Error::Gone { party: Party(1), why: Why::Closed }));
    to2.outbound.send(Frame { depth: 0, payload: vec![8] }).await.unwrap();
    assert_eq!(back.inbound.recv().await.unwrap().payload, [8]);
}

#[tokio::test]
async fn a_node_that_hangs_is_silent_within_the_time() {
    let quick = Config { limits: Limits { silence: Duration::from_millis(1200), ..Limits::default() }, ..config() };
    let a = listening(0, quick).await;
    a.set_peer(key(1), None);
    let to = address(&a);
    let (tell, told) = std::sync::mpsc::channel::<()>();
    // A node whose whole runtime stops: it neither reads nor writes, but its connection stands.
    let hung = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let b = runtime.block_on(async {
            let b = hidden(1, quick).await;
            b.set_peer(key(0), Some(to));
            b.wait_connected(&key(0), PATIENCE).await.unwrap();
            b
        });
        told.recv().unwrap();
        drop(runtime);
        drop(b);
    });
    a.wait_connected(&key(1), PATIENCE).await.unwrap();
    let mesh = a.mesh("j", &[key(0), key(1)], Party(0));
    let mut link = mesh.open(Party(1), "p").unwrap();
    let got = timeout(PATIENCE, link.inbound.recv()).await.unwrap();
    assert_eq!(got, Err(Error::Gone { party: Party(1), why: Why::Silent { seconds: 1 } }));
    tell.send(()).unwrap();
    hung.join().unwrap();
}

#[tokio::test]
async fn a_job_that_stops_tells_its_members_at_once() {
    let mut world = World::new(crate::world::Kind::Hub, 2).await;
    let mut ctx = [world.ctx(0), world.ctx(1)];
    ctx[0].send(Party(1), &[1u8]).await.unwrap();
    assert_eq!(ctx[1].recv::<u8>(Party(0), 1).await, Ok(vec![1]));
    let mut fork = ctx[1].fork("never there");
    let waiting = tokio::spawn(async move { fork.recv::<u8>(Party(0), 1).await });
    drop(world.guards.remove(0));
    assert_eq!(waiting.await.unwrap(), Err(Error::Gone { party: Party(0), why: Why::Stopped }));
}

#[tokio::test]
async fn a_removed_peer_loses_its_connection() {
    let hubs = [listening(0, config()).await, listening(1, config()).await];
    introduce(&hubs).await;
    hubs[1].remove_peer(&key(0));
    assert!(!hubs[1].connected(&key(0)));
    assert_eq!(hubs[1].call(&key(0), vec![1]).await, Err(HubError::NotAPeer(key(0))));
    while hubs[0].connected(&key(1)) {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
