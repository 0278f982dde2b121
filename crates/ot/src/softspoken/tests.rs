//! An extension that starts from another one's OTs.

use std::time::Duration;

use futures::future::try_join;
use jointly_core::{Correlate, Party, Result};
use jointly_math::{Block, Seed};
use jointly_net::{Ctx, memory};

use crate::{
    Base, CotReceiver, CotSender, RandomReceiver, RandomSender, Received, Security, SoftSpokenReceiver,
    SoftSpokenSender, Width, softspoken_over, softspoken_spec,
};

const N: usize = 300;

/// Party 0 sends the OTs of the first extension, party 1 those of the second, under a Δ of its own.
async fn both(width: Width, security: Security) -> Result<()> {
    let mut ctxs = memory::meshes(2).into_iter().map(|mesh| Ctx::new(mesh, "test", Duration::from_secs(10)));
    let (Some(mut a), Some(mut b)) = (ctxs.next(), ctxs.next()) else { panic!("two parties") };
    let first = async {
        let cots = SoftSpokenSender::new(&mut a, Base::Ristretto, Party(1), width, security).await?;
        let mut ots = RandomSender::new(Party(1), Box::new(cots));
        let before = a.meter().bytes();
        let mut back = SoftSpokenReceiver::over(&mut a, &mut ots, width, security).await?;
        let took = a.meter().bytes() - before;
        let mut cots = ots.into_inner();
        Ok((back.receive(&mut a, N).await?, cots.send(&mut a, N).await?, cots.delta(), took))
    };
    let delta = Block::from_bytes(*Seed::random().as_bytes());
    let second = async {
        let cots = SoftSpokenReceiver::new(&mut b, Base::Ristretto, Party(0), width, security).await?;
        let mut ots = RandomReceiver::new(Party(0), Box::new(cots));
        let before = b.meter().bytes();
        let mut back = SoftSpokenSender::over(&mut b, &mut ots, width, security, delta).await?;
        let took = b.meter().bytes() - before;
        assert_eq!(back.delta().0, delta.0);
        let mut cots = ots.into_inner();
        Ok((back.send(&mut b, N).await?, cots.receive(&mut b, N).await?, took))
    };
    let ((back, q, other, took), (back_q, cots, back_took)) = try_join(first, second).await?;
    check(&back, &back_q, delta);
    check(&cots, &q, other);
    // The claim leaves out the OTs that are spent.
    let spent = Correlate::Extend { before: 0, n: 128 };
    let extension = |end| (softspoken_spec(width, security).cost)(spent, Party(end)).bytes;
    assert_eq!(took, softspoken_over(width, security, Party(1)).bytes + extension(0));
    assert_eq!(back_took, softspoken_over(width, security, Party(0)).bytes + extension(1));
    Ok(())
}

fn check(received: &Received, q: &[Block], delta: Block) {
    assert_eq!((received.blocks.len(), q.len()), (N, N));
    let choice = |i: usize| Block::mask(((received.choices[i / 64] >> (i % 64) & 1) as u8).into());
    assert!((0..N).all(|i| (received.blocks[i] ^ q[i]).0 == (choice(i) & delta).0));
}

/// Both ends branch; the OTs are right, and others than those of the root and of another branch.
async fn branches(width: Width) -> Result<()> {
    let mut ctxs = memory::meshes(2).into_iter().map(|mesh| Ctx::new(mesh, "test", Duration::from_secs(10)));
    let (Some(mut a), Some(mut b)) = (ctxs.next(), ctxs.next()) else { panic!("two parties") };
    let security = Security::SemiHonest;
    let (root, other) = try_join(
        SoftSpokenSender::new(&mut a, Base::Ristretto, Party(1), width, security),
        SoftSpokenReceiver::new(&mut b, Base::Ristretto, Party(0), width, security),
    )
    .await?;
    let (mut senders, mut receivers) =
        ([root.branch("x"), root.branch("y"), root], [other.branch("x"), other.branch("y"), other]);
    let mut seen = Vec::new();
    for (sender, receiver) in senders.iter_mut().zip(&mut receivers) {
        let (q, received) = try_join(sender.send(&mut a, N), receiver.receive(&mut b, N)).await?;
        check(&received, &q, sender.delta());
        seen.extend(q.iter().map(|q| q.0));
    }
    let all = seen.len();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), all);
    Ok(())
}

#[test]
fn branches_have_ots_of_their_own() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    Width::ALL.into_iter().for_each(|width| runtime.block_on(branches(width)).unwrap());
}

#[test]
fn extensions_start_from_ots_the_other_way() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    for width in Width::ALL {
        for security in [Security::SemiHonest, Security::Malicious] {
            runtime.block_on(both(width, security)).unwrap();
        }
    }
}
