//! Rows of somebody else's table.

use jointly_core::Party;
use jointly_net::Ctx;
use jointly_ot::{RandomReceiver, RandomSender};
use jointly_pir::{Batch, COPY, QUERY, Shape, TRANSFER, Table, copy, fetch, serve, transfer};
use jointly_testkit::decoders::Dealer;

use super::Case;

const HOLDER: Party = Party(0);
const QUERIER: Party = Party(1);

const SHAPE: Shape = Shape { rows: 50, row_bytes: 6 };

const ASKED: [usize; 2] = [49, 3];

const BATCH: Batch = Batch { shape: SHAPE, asked: ASKED.len() };

pub fn cases() -> Vec<Case> {
    vec![queried(), transferred(), copied()]
}

fn row(i: usize) -> [u8; 6] {
    std::array::from_fn(|j| (100 + 6 * i + j) as u8)
}

fn table() -> Vec<u8> {
    (0..SHAPE.rows).flat_map(row).collect()
}

fn asked() -> Vec<u8> {
    ASKED.into_iter().flat_map(row).collect()
}

fn queried() -> Case {
    let held = Table::new(SHAPE, (0..SHAPE.rows).map(row)).unwrap();
    let ends = async move |ctx: &mut Ctx| match ctx.me() {
        HOLDER => serve(ctx, QUERIER, &held).await.map(|_| Vec::new()),
        _ => fetch(ctx, HOLDER, SHAPE, &ASKED).await.map(|rows| rows.concat()),
    };
    Case::new(&QUERY, 2, BATCH, ends, |out| out[1] == asked())
}

fn transferred() -> Case {
    let ends = async |ctx: &mut Ctx| {
        let dealer = Box::new(Dealer::new(16));
        if ctx.me() == HOLDER {
            let mut ots = RandomSender::new(QUERIER, dealer);
            return transfer::transfer(ctx, QUERIER, &mut ots, SHAPE, &table()).await.map(|_| Vec::new());
        }
        let mut ots = RandomReceiver::new(HOLDER, dealer);
        transfer::receive(ctx, HOLDER, &mut ots, SHAPE, &ASKED).await.map(|rows| rows.concat())
    };
    Case::new(&TRANSFER, 2, BATCH, ends, |out| out[1] == asked())
}

fn copied() -> Case {
    let ends = async |ctx: &mut Ctx| match ctx.me() {
        HOLDER => copy::send_copy(ctx, QUERIER, SHAPE, &table()).await.map(|()| Vec::new()),
        _ => copy::receive_copy(ctx, HOLDER, SHAPE).await,
    };
    Case::new(&COPY, 2, Batch { shape: SHAPE, asked: SHAPE.rows }, ends, |out| out[1] == table())
}
