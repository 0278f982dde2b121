//! Rows by key.

use jointly_core::{Error, Party};
use jointly_math::{Prg, Seed};
use jointly_pir::{
    Shape,
    keyword::{Directory, KeywordTable, Tag, fetch_by_key},
    serve,
};

use crate::two;

fn table(n: usize, row_bytes: usize) -> Vec<(Tag, Vec<u8>)> {
    let mut prg = Prg::new(Seed::random());
    let row = |_| {
        let mut row = vec![0; row_bytes];
        prg.fill_bytes(&mut row);
        (prg.block().to_bytes(), row)
    };
    (0..n).map(row).collect()
}

/// What a querier gets who is sent the directory first.
fn ask(table: &KeywordTable, published: Shape, keys: &[Tag]) -> Vec<Option<Vec<u8>>> {
    let (served, fetched) = two(
        async |mut ctx| {
            table.directory().send(&mut ctx, Party(1)).await?;
            serve(&mut ctx, Party(1), table.table()).await
        },
        async |mut ctx| {
            let directory = Directory::receive(&mut ctx, Party(0), published).await?;
            fetch_by_key(&mut ctx, Party(0), &directory, keys).await
        },
    );
    assert_eq!(served.unwrap(), keys.len());
    fetched.unwrap()
}

#[test]
fn keys_bring_their_rows_and_strangers_nothing() {
    for (n, row_bytes) in [(6000, 33), (1, 5), (0, 4)] {
        let rows = table(n, row_bytes);
        let built = KeywordTable::new(row_bytes, &rows).unwrap();
        let stranger = [0x55; 16];
        let known = rows.iter().step_by(1777).take(4);
        let keys: Vec<Tag> = known.clone().map(|(key, _)| *key).chain([stranger]).collect();
        let expected: Vec<Option<Vec<u8>>> = known.map(|(_, row)| Some(row.clone())).chain([None]).collect();
        assert_eq!(ask(&built, Shape { rows: n, row_bytes }, &keys), expected);
    }
}

#[test]
fn rows_change_come_and_go() {
    let mut rows = table(3000, 20);
    let mut built = KeywordTable::new(20, &rows).unwrap();
    let (new, row) = (table(1, 20).remove(0), vec![1; 20]);
    rows[7].1 = row.clone();
    built.update(&[(rows[7].0, Some(row)), (rows[8].0, None), (new.0, Some(new.1.clone()))]).unwrap();
    let got = ask(&built, Shape { rows: 3000, row_bytes: 20 }, &[rows[7].0, rows[8].0, new.0, rows[9].0]);
    assert_eq!(got, [Some(vec![1; 20]), None, Some(new.1), Some(rows[9].1.clone())]);

    let many: Vec<(Tag, Option<Vec<u8>>)> = table(3000, 20).into_iter().map(|(key, row)| (key, Some(row))).collect();
    assert!(matches!(built.update(&many), Err(Error::Refused(_))), "twice as many keys as there is room for");
    assert!(matches!(built.update(&[(rows[1].0, Some(vec![0; 21]))]), Err(Error::Misuse(_))));
    assert!(matches!(built.update(&[(rows[1].0, None), (rows[1].0, None)]), Err(Error::Misuse(_))));
    assert_eq!(
        ask(&built, Shape { rows: 3000, row_bytes: 20 }, &[rows[9].0]),
        [Some(rows[9].1.clone())],
        "a refused update changes nothing"
    );
}

#[test]
fn what_is_no_table_is_refused() {
    let rows = table(2, 4);
    assert!(matches!(KeywordTable::new(5, &rows), Err(Error::Misuse(_))));
    assert!(matches!(KeywordTable::new(4, &[rows[0].clone(), rows[0].clone()]), Err(Error::Misuse(_))));
}

#[test]
fn directories_are_small_and_checked() {
    let built = KeywordTable::new(8, &table(100, 8)).unwrap();
    let bytes = built.directory().to_bytes();
    assert!(bytes.len() < 1024);
    assert_eq!(Directory::from_bytes(&bytes).unwrap(), *built.directory());
    for cut in 0..bytes.len() {
        assert!(Directory::from_bytes(&bytes[..cut]).is_none());
    }
    assert!(Directory::from_bytes(&[&bytes[..], &[0]].concat()).is_none());
    // Rows, bytes of a row, bits of a segment.
    for (at, value) in [(16, 0xff), (23, 0xff), (24, 0), (31, 1), (32, 64), (32, 200), (32, 12)] {
        let mut bytes = bytes.clone();
        bytes[at] = value;
        assert!(Directory::from_bytes(&bytes).is_none(), "byte {at} as {value}");
    }
    for sent in [u64::MAX, 1 << 20, 3] {
        let (_, got) = two(
            async |mut ctx| {
                ctx.send(Party(1), &[sent]).await?;
                ctx.send(Party(1), &[0u8; 3]).await
            },
            async |mut ctx| Directory::receive(&mut ctx, Party(0), Shape { rows: 100, row_bytes: 8 }).await,
        );
        assert!(matches!(got, Err(Error::Malformed { from: Party(0), .. })));
    }
}

#[test]
fn a_directory_of_another_size_is_refused() {
    let built = KeywordTable::new(8, &table(3000, 8)).unwrap();
    for (rows, row_bytes, fits) in [(3000, 8, true), (4000, 8, true), (3000, 7, false)] {
        let (_, got) = two(
            async |mut ctx| built.directory().send(&mut ctx, Party(1)).await,
            async |mut ctx| Directory::receive(&mut ctx, Party(0), Shape { rows, row_bytes }).await,
        );
        assert_eq!(got.is_ok(), fits);
    }
    let large = Directory::from_bytes(&large_directory()).unwrap();
    let (_, got) = two(
        async |mut ctx| large.send(&mut ctx, Party(1)).await,
        async |mut ctx| Directory::receive(&mut ctx, Party(0), Shape { rows: 3000, row_bytes: 8 }).await,
    );
    assert!(matches!(got, Err(Error::Malformed { from: Party(0), .. })));
}

/// The bytes of a directory of 2^20 entries for rows of 8 bytes.
fn large_directory() -> Vec<u8> {
    let layout = Shape { rows: 1 << 20, row_bytes: 16 }.layout().unwrap();
    let mut bytes = vec![0; 16];
    bytes.extend(((layout.columns * layout.shelves) as u64).to_le_bytes());
    bytes.extend(16u64.to_le_bytes());
    bytes.push(4);
    bytes.extend(vec![0; layout.shelves]);
    bytes
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_a_directory_that_is_not_one(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..80)) {
        if let Some(directory) = Directory::from_bytes(&bytes) {
            assert_eq!(directory.to_bytes(), bytes);
        }
    }
}
