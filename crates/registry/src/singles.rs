//! The protocols among which there is nothing to choose: who needs one calls it by its name. What they claim, for the catalogue.

use jointly_core::Party;
use jointly_garble::{
    Demand,
    covert::{COVERT, PVC},
    half_gates_spec,
    malicious::{many::MALICIOUS_MANY, two::MALICIOUS_2},
    three_halves_spec,
};
use jointly_ot::{
    Base, CHOSEN, CORRELATED, RANDOM, ROWS, Rows, Width, base_spec,
    oprf::{self, Mode},
};
use jointly_pir::{Batch, COPY, QUERY, Shape, TRANSFER};
use jointly_psi::{circuit, ecdh, multiparty, rr22, unbalanced};

use crate::catalogue::{Entry, N, single};

/// Values of the examples that need many.
const LARGE: Shape = Shape { rows: 1 << 20, row_bytes: 256 };

/// A table that is transferred.
const SMALL: Shape = Shape { rows: 10_000, row_bytes: 256 };

/// What is asked for at a time of a large set.
const FEW: usize = 1000;

/// What oblivious transfer is made of, and what is made of it.
pub(crate) fn transfers() -> Vec<Entry> {
    let rows = Rows { rows: SMALL.rows, row_bytes: SMALL.row_bytes, asked: 1 };
    vec![
        single(base_spec(Base::Ristretto), 2, "base OT", 128, 128),
        single(base_spec(Base::MlKem), 2, "base OT", 128, 128),
        single(&CORRELATED, 2, "choose, over correlated OT", N, N),
        single(&RANDOM, 2, "random OT, over correlated OT", N, N),
        single(&CHOSEN, 2, "OT of 16 bytes, over correlated OT", N, N),
        single(&ROWS, 2, "a row of 256 bytes, over correlated OT", rows.rows, rows),
        single(oprf::spec(Mode::Oprf), 2, "evaluate", FEW, FEW),
        single(oprf::spec(Mode::Voprf), 2, "evaluate", FEW, FEW),
        single(oprf::spec(Mode::Poprf), 2, "evaluate", FEW, FEW),
    ]
}

/// What is computed of sets beside who has what in common with another.
pub(crate) fn sets() -> Vec<Entry> {
    let sizes = rr22::Sizes { receiver: N, sender: N };
    let shares = circuit::Sizes { receiver: N, sender: N, payload: 8, ots: circuit::Ots::Ferret };
    let three = multiparty::Sizes { receiver: Party(0), items: vec![N; 3] };
    vec![
        single(&rr22::BOTH, 2, "intersect, for both", N, sizes),
        single(&ecdh::CARDINALITY, 2, "count", N, sizes),
        single(&ecdh::SUM, 2, "sum", N, sizes),
        single(&unbalanced::SPEC, 2, "query", FEW, FEW),
        single(&circuit::SPEC, 2, "intersect, with payloads of 8 bytes", N, shares),
        single(&multiparty::SPEC, 3, "intersect", N, three),
    ]
}

/// The ways to fetch rows of somebody else's table.
pub(crate) fn fetches() -> Vec<Entry> {
    vec![
        single(&QUERY, 2, "fetch a row of 256 bytes", LARGE.rows, Batch { shape: LARGE, asked: 1 }),
        single(
            &TRANSFER,
            2,
            "fetch a row of 256 bytes, over correlated OT",
            SMALL.rows,
            Batch { shape: SMALL, asked: 1 },
        ),
        single(&COPY, 2, "copy rows of 256 bytes", LARGE.rows, Batch { shape: LARGE, asked: LARGE.rows }),
    ]
}

/// Circuits among parties.
pub(crate) fn circuits() -> Vec<Entry> {
    let two = Demand::Function { ands: N, inputs: [128, 128, 0], outputs: [128, 128, 0] };
    let three = Demand::Function { ands: N, inputs: [128; 3], outputs: [128; 3] };
    let of_two = [half_gates_spec(Width::Four), three_halves_spec(Width::Four), &COVERT, &PVC, &MALICIOUS_2];
    let of_two = of_two.into_iter().map(|spec| single(spec, 2, "AND, beside 128 bits in and out", N, two));
    of_two.chain([single(&MALICIOUS_MANY, 3, "AND, beside 128 bits in and out", N, three)]).collect()
}
