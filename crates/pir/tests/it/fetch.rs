//! Index queries: right rows, fixed sizes, and everything malformed refused.

use jointly_core::{Error, Party};
use jointly_math::{Prg, Seed};
use jointly_pir::{MAX_BATCH, Shape, Table, fetch, query, serve};
use proptest::prelude::*;

use crate::two;

pub fn rows(shape: Shape) -> Vec<Vec<u8>> {
    let mut prg = Prg::new(Seed::random());
    let row = |_| {
        let mut row = vec![0; shape.row_bytes];
        prg.fill_bytes(&mut row);
        row
    };
    (0..shape.rows).map(row).collect()
}

/// The rows at these indices, as answered to queries of one batch.
fn ask(table: &Table, indices: &[usize]) -> Vec<Vec<u8>> {
    let queries = indices.iter().map(|i| query(table.shape(), *i).unwrap());
    let (secrets, queries): (Vec<_>, Vec<_>) = queries.unzip();
    let queries: Vec<&[u8]> = queries.iter().map(|q| &q[..]).collect();
    let answers = table.answer(&queries).unwrap();
    assert!(answers.iter().all(|a| a.len() == table.layout().answer_bytes()));
    secrets.into_iter().zip(answers).map(|(secret, answer)| secret.extract(&answer).unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn every_row_of_every_shape_comes_back(n in 1usize..6000, row_bytes in 1usize..400, picks in prop::collection::vec(0.0..1.0, 1..4)) {
        let shape = Shape { rows: n, row_bytes };
        let rows = rows(shape);
        let table = Table::new(shape, &rows).unwrap();
        let indices: Vec<usize> = picks.iter().map(|p| (p * n as f64) as usize).chain([0, n - 1]).collect();
        let expected: Vec<Vec<u8>> = indices.iter().map(|i| rows[*i].clone()).collect();
        prop_assert_eq!(ask(&table, &indices), expected);
    }
}

#[test]
fn rows_wider_than_a_ciphertext_and_rows_across_two() {
    for (n, row_bytes) in [(40, 5000), (7000, 700)] {
        let shape = Shape { rows: n, row_bytes };
        let rows = rows(shape);
        let table = Table::new(shape, &rows).unwrap();
        assert_eq!(ask(&table, &[n - 1, n / 3]), [rows[n - 1].clone(), rows[n / 3].clone()]);
    }
}

#[test]
fn updated_rows_are_served() {
    let shape = Shape { rows: 5000, row_bytes: 600 };
    let rows = rows(shape);
    let mut table = Table::new(shape, &rows).unwrap();
    assert!(table.layout().outputs > 1 || table.layout().shelves > 1);
    table.update([(4999, vec![7; 600]), (3, vec![9; 600])]).unwrap();
    assert_eq!(ask(&table, &[4999, 3, 4]), [vec![7; 600], vec![9; 600], rows[4].clone()]);
    assert!(matches!(table.update([(5000, vec![7; 600])]), Err(Error::Misuse(_))));
    assert!(matches!(table.update([(1, vec![7; 601])]), Err(Error::Misuse(_))));
}

#[test]
fn tables_and_queries_that_do_not_fit_are_misuse() {
    let shape = Shape { rows: 10, row_bytes: 4 };
    for wrong in [vec![vec![0; 4]; 9], vec![vec![0; 4]; 11], vec![vec![0; 3]; 10]] {
        assert!(matches!(Table::new(shape, wrong), Err(Error::Misuse(_))));
    }
    assert!(matches!(query(shape, 10), Err(Error::Misuse(_))));
    assert!(query(Shape { rows: 0, row_bytes: 4 }, 0).is_err());
}

#[test]
fn malformed_queries_and_answers_are_refused() {
    let shape = Shape { rows: 10, row_bytes: 4 };
    let table = Table::new(shape, rows(shape)).unwrap();
    let (secret, good) = query(shape, 3).unwrap();
    let mut unreduced = good.clone();
    unreduced[..4].fill(0xff);
    let mut unreduced_key = good.clone();
    let end = good.len();
    unreduced_key[end - 4..].fill(0xff);
    for bad in [&good[1..], &[], &[&good[..], &[0]].concat(), &unreduced, &unreduced_key] {
        assert!(table.answer(&[&good, bad]).is_err());
    }
    let answer = table.answer(&[&good]).unwrap().remove(0);
    assert!(secret.extract(&answer[1..]).is_err());
    let (secret, _) = query(shape, 3).unwrap();
    assert_eq!(format!("{secret:?}"), "Secret(..)");
    assert!(secret.extract(&[&answer[..], &[0]].concat()).is_err());
}

#[test]
fn queries_for_any_row_look_alike() {
    // Two queries for one row share no byte pattern: every part is masked by a fresh key.
    let shape = Shape { rows: 3000, row_bytes: 2 };
    let (a, b) = (query(shape, 7).unwrap().1, query(shape, 7).unwrap().1);
    assert_eq!(a.len(), query(shape, 2999).unwrap().1.len());
    let equal = a.iter().zip(&b).filter(|(a, b)| a == b).count();
    let (expected, sd) = (a.len() as f64 / 256.0, (a.len() as f64 / 256.0).sqrt());
    assert!((equal as f64 - expected).abs() < 8.0 * sd, "{equal} of {}", a.len());
    let ones: u32 = a.iter().map(|x| x.count_ones()).sum();
    let bits = a.len() as f64 * 8.0;
    // Residues are uniform below 0.9999 · 2^25.
    assert!((f64::from(ones) - bits / 2.0).abs() < 8.0 * bits.sqrt() / 2.0 + bits * 1e-4);
}

#[test]
fn a_batch_is_one_run() {
    let shape = Shape { rows: 4000, row_bytes: 100 };
    let rows = rows(shape);
    let table = Table::new(shape, &rows).unwrap();
    let (served, fetched) = two(
        async |mut ctx| serve(&mut ctx, Party(1), &table).await,
        async |mut ctx| fetch(&mut ctx, Party(0), shape, &[5, 3999, 5]).await,
    );
    assert_eq!(served.unwrap(), 3);
    assert_eq!(fetched.unwrap(), [&rows[5], &rows[3999], &rows[5]].map(Vec::clone));
}

#[test]
fn a_batch_that_no_honest_program_sends_is_refused() {
    let shape = Shape { rows: 40, row_bytes: 4 };
    let table = Table::new(shape, rows(shape)).unwrap();
    for count in [0, MAX_BATCH as u64 + 1, u64::MAX] {
        let (served, _) = two(
            async |mut ctx| serve(&mut ctx, Party(1), &table).await,
            async |mut ctx| ctx.send(Party(0), &[count]).await,
        );
        assert!(matches!(served, Err(Error::Malformed { from: Party(1), .. })), "{count}");
    }
    let (served, _) = two(
        async |mut ctx| serve(&mut ctx, Party(1), &table).await,
        async |mut ctx| {
            ctx.send(Party(0), &[1u64]).await?;
            ctx.send(Party(0), &vec![0xffu8; table.layout().query_bytes()]).await
        },
    );
    assert!(matches!(served, Err(Error::Malformed { from: Party(1), .. })));
    let (_, fetched) = two(
        async |mut ctx| {
            ctx.recv::<u64>(Party(1), 1).await?;
            ctx.send(Party(1), &[1u8; 100]).await
        },
        async |mut ctx| fetch(&mut ctx, Party(0), shape, &[5]).await,
    );
    assert!(matches!(fetched, Err(Error::Malformed { from: Party(0), .. })));
    let (_, fetched) =
        two(async |_| Ok(()), async |mut ctx| fetch(&mut ctx, Party(0), shape, &[5; MAX_BATCH + 1]).await);
    assert!(matches!(fetched, Err(Error::Misuse(_))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn any_bytes_are_answered_or_refused(seed in any::<[u8; 16]>(), mask in any::<u8>(), cut in 0usize..3) {
        static TABLE: std::sync::LazyLock<Table> = std::sync::LazyLock::new(|| {
            let shape = Shape { rows: 10, row_bytes: 3 };
            Table::new(shape, rows(shape)).unwrap()
        });
        let bytes = |n: usize| {
            let mut bytes = vec![0; n - cut];
            Prg::new(Seed::from_bytes(seed)).fill_bytes(&mut bytes);
            bytes.iter().map(|b| b & mask).collect::<Vec<u8>>()
        };
        match TABLE.answer(&[&bytes(TABLE.layout().query_bytes())]) {
            Ok(answers) => prop_assert!(cut == 0 && answers[0].len() == TABLE.layout().answer_bytes()),
            Err(_) => prop_assert!(cut > 0 || mask > 0x0f),
        }
        let (secret, _) = query(TABLE.shape(), 3).unwrap();
        let row = secret.extract(&bytes(TABLE.layout().answer_bytes()));
        prop_assert_eq!(row.map(|row| row.len()).ok(), (cut == 0).then_some(3));
    }
}
