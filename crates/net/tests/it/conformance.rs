//! What a protocol relies on, of every kind of mesh.

use futures::future::{join_all, try_join};
use jointly_core::{Error, Party, Why};

use crate::world::{KINDS, Kind, World};

const BIG: usize = 1 << 20;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn messages_arrive_whole_and_in_order() {
    for kind in KINDS {
        let world = World::new(kind, 3).await;
        let got = world
            .run(|mut ctx| async move {
                let (next, prev) = (Party((ctx.me().0 + 1) % 3), Party((ctx.me().0 + 2) % 3));
                let me = u64::from(ctx.me().0);
                for i in 0..200 {
                    assert_eq!(ctx.exchange(next, &[me, i], prev, 2).await?, [u64::from(prev.0), i], "{kind:?}");
                }
                for i in 0..10 {
                    ctx.send(next, &[me, i]).await?;
                }
                for i in 0..10 {
                    assert_eq!(ctx.recv::<u64>(prev, 2).await?, [u64::from(prev.0), i], "{kind:?}");
                }
                Ok(())
            })
            .await;
        assert_eq!(got, [Ok(()), Ok(()), Ok(())], "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn big_messages_cross_without_deadlock() {
    for kind in KINDS {
        let world = World::new(kind, 2).await;
        let got = world
            .run(|mut ctx| async move {
                let (me, other) = (ctx.me(), Party(1 - ctx.me().0));
                let mine: Vec<u64> = (0..BIG as u64).map(|i| i ^ u64::from(me.0) << 40).collect();
                let theirs = ctx.exchange(other, &mine, other, BIG).await?;
                assert!(theirs.iter().enumerate().all(|(i, &x)| x == i as u64 ^ u64::from(other.0) << 40), "{kind:?}");
                Ok(ctx.meter().rounds())
            })
            .await;
        assert_eq!(got, [Ok(1), Ok(1)], "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forks_have_channels_of_their_own() {
    for kind in KINDS {
        let world = World::new(kind, 2).await;
        let got = world
            .run(|mut ctx| async move {
                let other = Party(1 - ctx.me().0);
                let mut forks: Vec<_> = (0..40).map(|_| ctx.fork("branch")).collect();
                // Each side serves its forks in an order of its own.
                if ctx.me() == Party(1) {
                    forks.reverse();
                }
                let each = forks.iter_mut().map(|fork| async move {
                    let said = fork.path().as_bytes().to_vec();
                    let heard: Vec<u8> = fork.exchange(other, &said, other, said.len()).await?;
                    assert_eq!(heard, said, "{kind:?}");
                    jointly_core::Result::Ok(())
                });
                join_all(each).await.into_iter().collect::<Result<Vec<_>, _>>()?;
                ctx.exchange(other, &[1u8], other, 1).await
            })
            .await;
        assert_eq!(got, [Ok(vec![1]), Ok(vec![1])], "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everyone_hears_everyone() {
    for kind in KINDS {
        let world = World::new(kind, 4).await;
        let got = world
            .run(|mut ctx| async move {
                let me = ctx.me();
                let others: Vec<Party> = Party::all(4).filter(|&p| p != me).collect();
                let mine = vec![u64::from(me.0); 1000];
                let out: Vec<_> = others.iter().map(|&p| (p, &mine[..])).collect();
                let from: Vec<_> = others.iter().map(|&p| (p, 1000)).collect();
                let heard = ctx.exchange_all(&out, &from).await?;
                for (party, values) in others.iter().zip(heard) {
                    assert_eq!(values, vec![u64::from(party.0); 1000], "{kind:?}");
                }
                Ok(())
            })
            .await;
        assert_eq!(got, [Ok(()), Ok(()), Ok(()), Ok(())], "{kind:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_closed_end_is_noticed_after_all_that_was_sent() {
    for kind in KINDS {
        let world = World::new(kind, 2).await;
        let (a, b) = (&world.meshes[0], &world.meshes[1]);
        let mut there = a.open(Party(1), "p").unwrap();
        let mut here = b.open(Party(0), "p").unwrap();
        let frame = jointly_net::Frame { depth: 3, payload: vec![7; 100] };
        there.outbound.send(frame.clone()).await.unwrap();
        there.outbound.send(frame.clone()).await.unwrap();
        drop(there);
        assert_eq!(here.inbound.recv().await, Ok(frame.clone()), "{kind:?}");
        assert_eq!(here.inbound.recv().await, Ok(frame.clone()), "{kind:?}");
        let gone = Error::Gone { party: Party(0), why: Why::Closed };
        assert_eq!(here.inbound.recv().await, Err(gone.clone()), "{kind:?}");
        // The sender learns that nobody reads, too, once word has come back.
        let sending = async {
            loop {
                if let Err(error) = here.outbound.send(frame.clone()).await {
                    return error;
                }
                tokio::task::yield_now().await;
            }
        };
        assert_eq!(sending.await, gone, "{kind:?}");
    }
}

#[tokio::test]
async fn a_path_is_opened_once_and_only_to_others() {
    for kind in KINDS {
        let world = World::new(kind, 2).await;
        let mesh = &world.meshes[0];
        let _link = mesh.open(Party(1), "p").unwrap();
        assert!(matches!(mesh.open(Party(1), "p"), Err(Error::Misuse(_))), "{kind:?}");
        let mut ctx = world.ctx(0);
        assert!(matches!(ctx.send(Party(0), &[1u8]).await, Err(Error::Misuse(_))));
        assert!(matches!(ctx.send(Party(2), &[1u8]).await, Err(Error::Misuse(_))));
    }
}

#[tokio::test]
async fn closing_a_mesh_delivers_what_was_sent() {
    for kind in [Kind::Tcp, Kind::Hub] {
        let world = World::new(kind, 2).await;
        let (mut a, mut b) = (world.ctx(0), world.ctx(1));
        let sent = async {
            a.send(Party(1), &vec![5u8; 3 << 20]).await?;
            world.meshes[0].close().await;
            Ok(())
        };
        let (_, got) = try_join(sent, b.recv::<u8>(Party(0), 3 << 20)).await.unwrap();
        assert_eq!(got, vec![5; 3 << 20], "{kind:?}");
    }
}
