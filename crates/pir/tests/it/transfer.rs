//! Rows by oblivious transfer, over correlated OTs that an ideal dealer hands out.

use async_trait::async_trait;
use jointly_core::{Error, Party, Result};
use jointly_math::{Block, Prg, Seed, bits};
use jointly_net::Ctx;
use jointly_ot::{CotReceiver, CotSender, RandomReceiver, RandomSender, Received, Security};
use jointly_pir::{
    MAX_BATCH, Shape,
    copy::{receive_copy, send_copy},
    keyword::{ListedTable, Listing},
    transfer::{MAX_ROWS, receive, transfer},
};

use crate::{fetch::rows, two};

struct Dealer {
    delta: Block,
    prg: Prg,
}

/// Both ends of random OTs.
fn ots() -> (RandomSender, RandomReceiver) {
    let (delta, seed) = (Prg::new(Seed::random()).block(), Seed::random());
    let end = || Box::new(Dealer { delta, prg: Prg::new(seed.clone()) });
    (RandomSender::new(Party(1), end()), RandomReceiver::new(Party(0), end()))
}

impl Dealer {
    fn draw(&mut self, n: usize) -> (Vec<Block>, Vec<u64>) {
        let blocks = self.prg.blocks(n);
        let choices: Vec<u64> = self.prg.words(n).iter().map(|word| word & 1).collect();
        (blocks, bits::pack(&choices))
    }
}

#[async_trait]
impl CotSender for Dealer {
    fn security(&self) -> Security {
        Security::Malicious
    }

    fn delta(&self) -> Block {
        self.delta
    }

    async fn send(&mut self, _: &mut Ctx, n: usize) -> Result<Vec<Block>> {
        Ok(self.draw(n).0)
    }
}

#[async_trait]
impl CotReceiver for Dealer {
    fn security(&self) -> Security {
        Security::Malicious
    }

    async fn receive(&mut self, _: &mut Ctx, n: usize) -> Result<Received> {
        let (blocks, choices) = self.draw(n);
        let chosen = bits::unpack(&choices, n);
        let blocks = blocks.iter().zip(chosen).map(|(q, x)| *q ^ (Block::mask((x as u8).into()) & self.delta));
        Ok(Received { blocks: blocks.collect(), choices })
    }
}

#[test]
fn every_row_comes_back() {
    for (n, row_bytes) in [(1, 3), (2, 16), (1000, 256), (1025, 33)] {
        let shape = Shape { rows: n, row_bytes };
        let rows = rows(shape);
        let (mut a, mut b) = ots();
        let indices = [0, n - 1, n / 2, n / 3, 0];
        // Two batches on one pair of OT ends.
        for indices in [&indices[..], &indices[1..2]] {
            let (sent, got) = two(
                async |mut ctx| transfer(&mut ctx, Party(1), &mut a, shape, &rows.concat()).await,
                async |mut ctx| receive(&mut ctx, Party(0), &mut b, shape, indices).await,
            );
            assert_eq!(sent.unwrap(), indices.len());
            assert_eq!(got.unwrap(), indices.iter().map(|i| rows[*i].clone()).collect::<Vec<_>>());
        }
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let shape = Shape { rows: 4, row_bytes: 2 };
    let (mut a, mut b) = ots();
    for count in [0, MAX_BATCH as u64 + 1, u64::MAX] {
        let (sent, _) = two(
            async |mut ctx| transfer(&mut ctx, Party(1), &mut a, shape, &[0; 8]).await,
            async |mut ctx| ctx.send(Party(0), &[count]).await,
        );
        assert!(matches!(sent, Err(Error::Malformed { from: Party(1), .. })));
    }
    let large = Shape { rows: MAX_ROWS + 1, row_bytes: 1 };
    let (sent, got) = two(
        async |mut ctx| transfer(&mut ctx, Party(1), &mut a, large, &vec![0; large.rows]).await,
        async |mut ctx| receive(&mut ctx, Party(0), &mut b, large, &[0]).await,
    );
    assert!(matches!(sent, Err(Error::Refused(_))) && matches!(got, Err(Error::Refused(_))));
    let (sent, got) = two(
        async |mut ctx| transfer(&mut ctx, Party(1), &mut a, shape, &[0; 9]).await,
        async |mut ctx| receive(&mut ctx, Party(0), &mut b, shape, &[4]).await,
    );
    assert!(matches!(sent, Err(Error::Misuse(_))) && matches!(got, Err(Error::Misuse(_))));
}

#[test]
fn copies_arrive_whole_or_not_at_all() {
    let shape = Shape { rows: 100, row_bytes: 7 };
    let rows = rows(shape).concat();
    let (sent, got) = two(
        async |mut ctx| send_copy(&mut ctx, Party(1), shape, &rows).await,
        async |mut ctx| receive_copy(&mut ctx, Party(0), shape).await,
    );
    assert!(sent.is_ok() && got.unwrap() == rows);
    let (_, got) = two(
        async |mut ctx| ctx.send(Party(1), &rows[1..]).await,
        async |mut ctx| receive_copy(&mut ctx, Party(0), shape).await,
    );
    assert!(matches!(got, Err(Error::Malformed { from: Party(0), .. })));
    let huge = Shape { rows: usize::MAX, row_bytes: 2 };
    let (sent, got) = two(
        async |mut ctx| send_copy(&mut ctx, Party(1), shape, &rows[1..]).await,
        async |mut ctx| receive_copy(&mut ctx, Party(0), huge).await,
    );
    assert!(matches!(sent, Err(Error::Misuse(_))) && matches!(got, Err(Error::Refused(_))));
}

#[test]
fn rows_by_key_by_transfer_and_from_a_copy() {
    let mut prg = Prg::new(Seed::random());
    let rows: Vec<([u8; 16], Vec<u8>)> =
        (0..700u64).map(|i| (prg.block().to_bytes(), i.to_le_bytes().to_vec())).collect();
    let table = ListedTable::new(8, &rows).unwrap();
    let shape = table.listing().shape();
    let keys = [rows[3].0, [9; 16], rows[699].0];
    let expected = [Some(rows[3].1.clone()), None, Some(rows[699].1.clone())];

    let (mut a, mut b) = ots();
    let (sent, got) = two(
        async |mut ctx| {
            table.listing().send(&mut ctx, Party(1)).await?;
            table.transfer(&mut ctx, Party(1), &mut a).await
        },
        async |mut ctx| {
            let listing = Listing::receive(&mut ctx, Party(0), shape).await?;
            listing.fetch(&mut ctx, Party(0), &mut b, &keys).await
        },
    );
    assert_eq!((sent.unwrap(), got.unwrap()), (3, expected.to_vec()));

    let (_, copy) = two(
        async |mut ctx| table.send(&mut ctx, Party(1)).await,
        async |mut ctx| ListedTable::receive(&mut ctx, Party(0), shape).await,
    );
    let copy = copy.unwrap();
    assert_eq!(keys.map(|key| copy.row(&key).map(<[u8]>::to_vec)), expected);

    for wrong in [[[2u8; 8], [1; 8]], [[1; 8], [1; 8]]] {
        let (_, got) = two(
            async |mut ctx| ctx.send(Party(1), &wrong).await,
            async |mut ctx| Listing::receive(&mut ctx, Party(0), Shape { rows: 2, row_bytes: 1 }).await,
        );
        assert!(matches!(got, Err(Error::Malformed { from: Party(0), .. })));
    }
    assert!(matches!(ListedTable::new(9, &rows), Err(Error::Misuse(_))));
    assert!(matches!(ListedTable::new(8, &[rows[0].clone(), rows[0].clone()]), Err(Error::Misuse(_))));
}
