//! What the three ways claim, as data. Party 0 holds the table.

use jointly_core::{Adversary, Corrupt, Cost, Guarantee, Parties, Party, Price, Spec, wire_bytes};
use jointly_ot::{ROWS, Rows};

use crate::shape::Shape;

/// Some rows of a table that are fetched together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The table's public size.
    pub shape: Shape,
    /// How many rows are fetched; all for a copy.
    pub asked: usize,
}

/// The [private fetch](crate::fetch).
pub static QUERY: Spec<Price<Batch>> = CLAIMS;

/// [Oblivious transfer](crate::transfer), without the bytes of the correlated OTs.
pub static TRANSFER: Spec<Price<Batch>> = Spec {
    id: "pir/transfer",
    about: "rows of a small table, all of which travel encrypted, by oblivious transfer: the querier learns no others",
    paper: "Naor, Pinkas, STOC 1999, protocol 3.1",
    adversary: Adversary::Malicious,
    cost: |batch, party| transfer(batch, party),
    leaks: &[
        "what the correlated OTs below show, which must stand against malicious parties too",
        "the holder of the table learns how many rows are fetched",
        "a holder that cheats can make a row wrong, for one place and not for another: the querier must not show whether one was",
    ],
    guarantee: Guarantee::Abort,
    ..CLAIMS
};

/// [A copy](crate::copy).
pub static COPY: Spec<Price<Batch>> = Spec {
    id: "pir/copy",
    about: "a copy of the whole table, whose rows are encrypted under keys of their own: nothing is asked any more",
    paper: "none: the table is sent",
    cost: |batch, party| match party {
        Party(0) => Cost { rounds: 1, bytes: wire_bytes(batch.shape.rows.saturating_mul(batch.shape.row_bytes), 1) },
        _ => Cost { rounds: 1, bytes: 0 },
    },
    leaks: &["the querier has all rows: what protects them is their encryption alone, for as long as the copy is kept"],
    ..CLAIMS
};

const CLAIMS: Spec<Price<Batch>> = Spec {
    id: "pir/query",
    about: "rows of a large table by lattices, one pass over it for each; which rows stays hidden from any holder, right or not",
    paper: "Mahdavi, Patel, Seo, Yeo, ePrint 2025/1352, with interpolation degree 1; Menon, Wu, USENIX Security 2024 (ePrint 2024/270)",
    parties: Parties::Exactly(2),
    corrupt: Corrupt::UpTo(1),
    adversary: Adversary::SemiHonest,
    width: 0,
    parts: 0,
    cost: query,
    leaks: &[
        "the holder of the table learns how many rows are fetched",
        "the querier may learn rows beside its own",
        "a holder that cheats can make a row wrong: the querier must not show whether one was",
    ],
    guarantee: Guarantee::IfFollowed,
};

/// Nothing for tables that are too large, which are refused.
fn query(batch: Batch, party: Party) -> Cost {
    let Ok(layout) = batch.shape.layout() else { return Cost::FREE };
    let bytes = match party {
        Party(0) => wire_bytes(batch.asked * layout.answer_bytes(), 1),
        _ => wire_bytes(1, 8) + wire_bytes(batch.asked * layout.query_bytes(), 1),
    };
    Cost { rounds: 2, bytes }
}

/// The number of rows, and as many of a table.
fn transfer(Batch { shape: Shape { rows, row_bytes }, asked }: Batch, party: Party) -> Cost {
    let count = if party == Party(0) { 0 } else { wire_bytes(1, 8) };
    Cost { rounds: 1, bytes: count } + (ROWS.cost)(Rows { rows, row_bytes, asked }, party)
}
