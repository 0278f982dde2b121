use std::{collections::BTreeMap, sync::Arc, time::Duration};

use jointly_core::{Error, Party, Result};
use jointly_net::{Ctx, memory};
use jointly_ot::oprf::{Mode, SecretKey};
use jointly_pir::lookup::{Client, Database, GROUPS, Manifest, Purpose, Terms, Wanted, answer, ask};

type Row = (String, Vec<u8>);

fn terms() -> Terms {
    Terms {
        dataset: "credit".into(),
        purpose: Purpose::Record,
        rule: "normalise 1 text code digits".into(),
        record_bytes: 40,
        capacity: 500,
    }
}

fn rows(range: std::ops::Range<usize>) -> Vec<Row> {
    range.map(|i| (format!("person {i}"), format!("record {i}").repeat(i % 4).into_bytes())).collect()
}

fn key() -> SecretKey {
    SecretKey::random(Mode::Poprf)
}

fn client(database: &Database) -> Client {
    Client::new(database.manifest().clone(), None).unwrap()
}

/// What the holder's rows say about these IDs, fetched from a copy.
fn found(client: &Client, database: &Database, key: &SecretKey, ids: &[&str]) -> Result<Vec<Option<Vec<u8>>>> {
    let pending = client.blind(ids, ids.len())?;
    let answer = database.evaluator(key)?.blind_evaluate(pending.elements())?;
    client.finalize(pending, &answer)?.iter().map(|wanted| wanted.open_copy(database.rows())).collect()
}

fn refused<T>(result: Result<T>, words: &str) {
    match result {
        Err(Error::Refused(why)) => assert!(why.contains(words), "{why}"),
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("not refused: {words}"),
    }
}

#[test]
fn records_are_found_and_others_are_not() {
    let (key, rows) = (key(), rows(0..500));
    let database = Database::publish(terms(), &key, &rows).unwrap();
    assert_eq!(database.len(), 500);
    assert_eq!(database.rows().len(), database.manifest().buckets() * database.manifest().bucket_bytes());
    let client = client(&database);
    client.check_copy(database.rows()).unwrap();
    let ids: Vec<&str> = rows.iter().map(|(id, _)| &id[..]).collect();
    let records = found(&client, &database, &key, &ids).unwrap();
    assert!(rows.iter().zip(&records).all(|((_, record), found)| found.as_ref() == Some(record)));
    let strangers = found(&client, &database, &key, &["person 500", "", "person 1 "]).unwrap();
    assert_eq!(strangers, [None, None, None]);
}

#[test]
fn an_empty_database_and_empty_records() {
    let key = key();
    let none: [Row; 0] = [];
    let check = Terms { purpose: Purpose::Check, record_bytes: 0, capacity: 0, ..terms() };
    let database = Database::publish(check.clone(), &key, &none).unwrap();
    assert!(database.is_empty());
    assert_eq!(found(&client(&database), &database, &key, &["x"]).unwrap(), [None]);
    let database = Database::publish(Terms { capacity: 2, ..check }, &key, &[("a", ""), ("b", "")]).unwrap();
    assert_eq!(found(&client(&database), &database, &key, &["b", "c"]).unwrap(), [Some(vec![]), None]);
    let long = Terms { purpose: Purpose::Check, ..terms() };
    assert!(Database::publish(long, &key, &none).is_err());
}

#[test]
fn purposes_datasets_and_epochs_open_nothing_of_each_other() {
    let (key, rows) = (key(), rows(0..50));
    let database = Database::publish(terms(), &key, &rows).unwrap();
    let others = [
        Terms { purpose: Purpose::Score("rating".into()), ..terms() },
        Terms { purpose: Purpose::Score("income".into()), ..terms() },
        Terms { dataset: "fraud".into(), ..terms() },
    ];
    let mut others: Vec<Database> = others.map(|terms| Database::publish(terms, &key, &rows).unwrap()).into();
    others.push(database.rotate(&key, &rows).unwrap());
    for other in &others {
        // The holder evaluates for another database under the same key: the proof does not hold.
        let (client, pending) = (client(&database), client(&database).blind(&["person 7"], 1).unwrap());
        let answer = other.evaluator(&key).unwrap().blind_evaluate(pending.elements()).unwrap();
        assert!(matches!(client.finalize(pending, &answer), Err(Error::Cheated { .. })));
        // A right answer for one opens no row of the other's.
        let opened: Vec<_> = wanted(&database, &key, "person 7").map(|w| w.open_copy(other.rows()).unwrap()).collect();
        assert_eq!(opened, [None]);
    }
}

/// What a querier holds after an answer about one ID.
fn wanted(database: &Database, key: &SecretKey, id: &str) -> impl Iterator<Item = Wanted> + use<> {
    let client = client(database);
    let pending = client.blind(&[id], 1).unwrap();
    let answer = database.evaluator(key).unwrap().blind_evaluate(pending.elements()).unwrap();
    client.finalize(pending, &answer).unwrap().into_iter()
}

#[test]
fn a_second_key_is_noticed() {
    let (key, other) = (key(), key());
    let database = Database::publish(terms(), &key, &rows(0..9)).unwrap();
    let shadow = Database::publish(terms(), &other, &rows(0..9)).unwrap();
    assert!(matches!(database.evaluator(&other), Err(Error::Misuse(_))));
    let client = client(&database);
    let pending = client.blind(&["person 1"], 1).unwrap();
    let answer = shadow.evaluator(&other).unwrap().blind_evaluate(pending.elements()).unwrap();
    assert!(matches!(client.finalize(pending, &answer), Err(Error::Cheated { .. })));
}

#[test]
fn changed_rows_get_fresh_keys_and_the_rest_stays() {
    let (key, mut rows) = (key(), rows(0..300));
    let mut database = Database::publish(terms(), &key, &rows).unwrap();
    let (before, copy) = (database.manifest().clone(), database.rows().to_vec());
    let old: Vec<Wanted> = wanted(&database, &key, "person 7").collect();
    assert_eq!(old[0].open_copy(&copy).unwrap(), Some(rows[7].1.clone()));

    // One changes, one goes, one comes.
    let gone = rows.remove(20).0;
    rows[7].1 = b"changed".to_vec();
    rows.push(("newcomer".into(), b"hello".to_vec()));
    let groups = ["person 7", &gone, "newcomer"].map(|id| before.group(id.as_bytes()));
    let all: Vec<Row> = rows.iter().filter(|(id, _)| groups.contains(&before.group(id.as_bytes()))).cloned().collect();
    let by_tag = |database: &Database| -> BTreeMap<[u8; 16], Vec<u8>> {
        database.rows_by_tag().map(|(tag, row)| (tag, row.to_vec())).collect()
    };
    let mut mirror = by_tag(&database);
    let changes = database.update(&key, &groups, &all).unwrap();
    // Whoever serves a table made of the database follows these changes.
    for (tag, row) in &changes.by_tag {
        match row {
            Some(row) => assert!(mirror.insert(*tag, row.clone()).is_none()),
            None => assert!(mirror.remove(tag).is_some()),
        }
    }
    assert_eq!(mirror, by_tag(&database));
    let bytes = before.bucket_bytes();
    let differ = copy.chunks(bytes).zip(database.rows().chunks(bytes)).map(|(old, new)| old != new);
    assert_eq!(differ.enumerate().filter(|(_, d)| *d).map(|(i, _)| i).collect::<Vec<_>>(), changes.buckets);
    assert_eq!((database.manifest().version, database.manifest().epoch, database.len()), (2, 1, 300));

    let client = Client::new(database.manifest().clone(), Some(&before)).unwrap();
    let ids: Vec<&str> = rows.iter().map(|(id, _)| &id[..]).collect();
    let records = found(&client, &database, &key, &ids).unwrap();
    assert!(rows.iter().zip(&records).all(|((_, record), found)| found.as_ref() == Some(record)));
    assert_eq!(found(&client, &database, &key, &[&gone]).unwrap(), [None]);
    assert_eq!(old[0].open_copy(database.rows()).unwrap(), None, "an old answer opens nothing new");
    refused(client.check_copy(&copy), "table");
}

#[test]
fn updates_that_cannot_be_leave_everything_as_it_was() {
    let (key, rows) = (key(), rows(0..500));
    let mut database = Database::publish(terms(), &key, &rows).unwrap();
    let (manifest, copy) = (database.manifest().clone(), database.rows().to_vec());
    let group = manifest.group(b"newcomer");
    let of_group: Vec<Row> = rows.iter().filter(|(id, _)| manifest.group(id.as_bytes()) == group).cloned().collect();
    let with = |id: &str, record: &[u8]| [&of_group[..], &[(id.to_string(), record.to_vec())]].concat();
    refused(database.update(&key, &[group], &with("newcomer", b"")), "no room");
    refused(database.update(&key, &[group], &with("newcomer", &[0; 41])), "longer");
    refused(database.update(&key, &[group], &[of_group.clone(), of_group.clone()].concat()), "more than once");
    let elsewhere = (0..).map(|i| format!("x{i}")).find(|id| manifest.group(id.as_bytes()) != group).unwrap();
    assert!(matches!(database.update(&key, &[group], &with(&elsewhere, b"")), Err(Error::Misuse(_))));
    assert!(matches!(database.update(&key, &[GROUPS], &of_group), Err(Error::Misuse(_))));
    assert_eq!(database.manifest(), &manifest);
    assert_eq!(database.rows(), copy);
}

#[test]
fn what_cannot_be_published_is_refused() {
    let twice = [("a", "1"), ("b", "2"), ("a", "3")];
    refused(Database::publish(terms(), &key(), &twice), "more than once");
    refused(Database::publish(terms(), &key(), &[("a", "x".repeat(41))]), "more than the 40");
    refused(Database::publish(terms(), &key(), &rows(0..501)), "no room");
    assert!(Database::publish(terms(), &SecretKey::random(Mode::Voprf), &rows(0..1)).is_err());
    let record_bytes = 1 << 16;
    assert!(Database::publish(Terms { record_bytes, ..terms() }, &key(), &rows(0..1)).is_err());
}

#[test]
fn truncated_changed_and_stale_tables_are_refused() {
    let (key, rows) = (key(), rows(0..100));
    let first = Database::publish(terms(), &key, &rows).unwrap();
    let second = first.rotate(&key, &rows).unwrap();
    let client = Client::new(second.manifest().clone(), Some(first.manifest())).unwrap();
    refused(client.check_copy(first.rows()), "table");
    refused(client.check_copy(&second.rows()[1..]), "table");
    refused(client.check_copy(&second.rows()[..second.rows().len() - client.manifest().bucket_bytes()]), "table");
    let mut changed = second.rows().to_vec();
    changed[9] ^= 1;
    refused(client.check_copy(&changed), "table");

    refused(Client::new(first.manifest().clone(), Some(second.manifest())), "out of date");
    let twin = first.rotate(&key, &rows).unwrap();
    let two_of_a_version = Client::new(twin.manifest().clone(), Some(second.manifest()));
    assert!(matches!(two_of_a_version, Err(Error::Cheated { .. })));
    let broken = Manifest { generations: vec![[0; 16]; 3], ..first.manifest().clone() };
    refused(Client::new(broken, None), "malformed");
    let broken = Manifest { key: [0; 32], ..first.manifest().clone() };
    refused(Client::new(broken, None), "malformed");
    let mut huge = first.manifest().clone();
    huge.terms.capacity = usize::MAX;
    assert!(Client::new(huge, None).is_err());
}

#[test]
fn a_holder_comes_back_with_what_it_stored() {
    let (key, rows) = (key(), rows(0..200));
    let database = Database::publish(terms(), &key, &rows).unwrap();
    let (manifest, table, index) = (database.manifest().clone(), database.rows().to_vec(), database.private_index());
    let mut again = Database::restore(manifest.clone(), table.clone(), &index).unwrap();
    assert_eq!(again.len(), 200);
    let group = manifest.group(b"person 3");
    let of_group: Vec<Row> = rows.iter().filter(|(id, _)| manifest.group(id.as_bytes()) == group).cloned().collect();
    again.update(&key, &[group], &of_group).unwrap();
    assert_eq!(found(&client(&again), &again, &key, &["person 3"]).unwrap(), [Some(rows[3].1.clone())]);

    refused(Database::restore(manifest.clone(), table[1..].to_vec(), &index), "table");
    refused(Database::restore(manifest.clone(), table.clone(), &index[18..]), "index");
    refused(Database::restore(manifest, table, &index[1..]), "index");
}

#[test]
fn buckets_of_another_length_are_misuse() {
    let key = key();
    let database = Database::publish(terms(), &key, &rows(0..9)).unwrap();
    for wanted in wanted(&database, &key, "person 1") {
        let row = database.rows_by_tag().find(|(tag, _)| tag == wanted.tag()).unwrap().1;
        assert_eq!(wanted.open_row(row).unwrap(), Some(rows(0..9)[1].1.clone()));
        assert_eq!(wanted.open_row(&vec![0; row.len()]).unwrap(), None);
        assert!(wanted.open_row(&row[1..]).is_err());
        let bucket = vec![0; database.manifest().bucket_bytes()];
        assert_eq!(wanted.open([&bucket, &bucket]).unwrap(), None);
        assert!(wanted.open([&bucket, &bucket[1..]]).is_err());
        assert!(wanted.open_copy(&database.rows()[..10]).is_err());
        assert_eq!(format!("{wanted:?} {database:?}"), "Wanted(..) Database(credit, version 1, ..)");
    }
}

/// The holder's and the querier's ends over memory links.
fn run(
    database: &Database,
    key: &SecretKey,
    client: &Client,
    ids: &[&str],
    n: usize,
) -> (Result<()>, Result<Vec<Wanted>>) {
    let ctx = |mesh| Ctx::new(mesh, "test", Duration::from_secs(20));
    let meshes = memory::meshes(2);
    let (holder, querier) = (ctx(Arc::clone(&meshes[0])), ctx(Arc::clone(&meshes[1])));
    let evaluator = database.evaluator(key).unwrap();
    let holds = async |mut ctx: Ctx| answer(&mut ctx, Party(1), database, &evaluator, n).await;
    let asks = async |mut ctx: Ctx| ask(&mut ctx, Party(0), client, ids, n).await;
    let both = async { tokio::join!(holds(holder), asks(querier)) };
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(both)
}

#[test]
fn a_query_over_links_is_filled_up() {
    let (key, rows) = (key(), rows(0..100));
    let database = Database::publish(terms(), &key, &rows).unwrap();
    let (holder, wanted) = run(&database, &key, &client(&database), &["person 5", "nobody"], 8);
    holder.unwrap();
    let opened: Vec<_> = wanted.unwrap().iter().map(|wanted| wanted.open_copy(database.rows()).unwrap()).collect();
    assert_eq!(opened.len(), 8);
    assert_eq!(opened[0], Some(rows[5].1.clone()));
    assert!(opened[1..].iter().all(Option::is_none));
    assert!(matches!(client(&database).blind(&["a", "b"], 1), Err(Error::Misuse(_))));
}

#[test]
fn two_versions_do_not_talk() {
    let (key, rows) = (key(), rows(0..20));
    let database = Database::publish(terms(), &key, &rows).unwrap();
    let next = database.rotate(&key, &rows).unwrap();
    let (holder, wanted) = run(&next, &key, &client(&database), &["person 5"], 1);
    refused(holder, "different versions");
    refused(wanted, "different versions");
}
