//! Look-up from end to end: evaluated, fetched by tag, opened.

use jointly_core::{Party, Result};
use jointly_ot::oprf::{Mode, SecretKey};
use jointly_pir::{
    Shape,
    keyword::{Directory, KeywordTable, Tag, fetch_by_key},
    lookup::{Client, Database, Purpose, Terms, answer, ask},
    serve,
};

use crate::two;

/// What a querier of these IDs gets, in a query of `n`.
fn look_up(database: &Database, key: &SecretKey, table: &KeywordTable, ids: &[&str], n: usize) -> Vec<Option<Vec<u8>>> {
    let client = Client::new(database.manifest().clone(), None).unwrap();
    let evaluator = database.evaluator(key).unwrap();
    let (served, records) = two(
        async |mut ctx| {
            answer(&mut ctx, Party(1), database, &evaluator, n).await?;
            table.directory().send(&mut ctx, Party(1)).await?;
            serve(&mut ctx, Party(1), table.table()).await
        },
        async |mut ctx| {
            let wanted = ask(&mut ctx, Party(0), &client, ids, n).await?;
            let manifest = client.manifest();
            let published = Shape { rows: manifest.terms.capacity, row_bytes: manifest.row_bytes() };
            let directory = Directory::receive(&mut ctx, Party(0), published).await?;
            let tags: Vec<Tag> = wanted.iter().map(|wanted| *wanted.tag()).collect();
            let rows = fetch_by_key(&mut ctx, Party(0), &directory, &tags).await?;
            let open = |(wanted, row): (&jointly_pir::lookup::Wanted, Option<Vec<u8>>)| {
                row.map_or(Ok(None), |row| wanted.open_row(&row))
            };
            wanted.iter().zip(rows).map(open).collect::<Result<Vec<_>>>()
        },
    );
    assert_eq!(served.unwrap(), n, "the holder sees as many fetches, found or not");
    records.unwrap()
}

#[test]
fn records_are_fetched_by_tag_and_follow_updates() {
    let key = SecretKey::random(Mode::Poprf);
    let terms = Terms {
        dataset: "credit".into(),
        purpose: Purpose::Record,
        rule: "normalise 1 text code digits".into(),
        record_bytes: 64,
        capacity: 600,
    };
    let mut rows: Vec<(String, Vec<u8>)> = (0..500).map(|i| (format!("person {i}"), vec![i as u8; i % 65])).collect();
    let mut database = Database::publish(terms, &key, &rows).unwrap();
    let by_tag: Vec<(Tag, Vec<u8>)> = database.rows_by_tag().map(|(tag, row)| (tag, row.to_vec())).collect();
    let mut table = KeywordTable::new(database.manifest().row_bytes(), &by_tag).unwrap();
    let got = look_up(&database, &key, &table, &["person 70", "nobody"], 3);
    assert_eq!(got, [Some(rows[70].1.clone()), None, None]);

    rows[70].1 = b"changed".to_vec();
    let group = database.manifest().group(b"person 70");
    let all: Vec<_> =
        rows.iter().filter(|(id, _)| database.manifest().group(id.as_bytes()) == group).cloned().collect();
    let changes = database.update(&key, &[group], &all).unwrap();
    table.update(&changes.by_tag).unwrap();
    assert_eq!(look_up(&database, &key, &table, &["person 70"], 1), [Some(b"changed".to_vec())]);
}
