//! Directories, listings, queries and answers; manifests and rows of look-up databases, and what is stored of them.

use std::sync::LazyLock;

use jointly_net::Ctx;
use jointly_ot::{
    RandomReceiver, RandomSender,
    oprf::{Mode, SecretKey},
};
use jointly_pir::{
    Shape, fetch,
    keyword::{Directory, KeywordTable, ListedTable, fetch_by_key},
    lookup::{Client, Database, Manifest, Purpose, Terms, answer, ask},
    query, serve,
};

use super::{HONEST, Input, PEER, dealer::Dealer, honest};

/// Everything of crate `pir` that reads what came from outside.
pub fn pir(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    match input.byte() % 12 {
        0 => drop(check_directory(input.rest())),
        1 => changed_directory(&mut input),
        2 => queries(&mut input),
        3 => answers(&mut input),
        4 => fetched(&input, true),
        5 => fetched(&input, false),
        6 => listed(&input),
        7 => transferred(&input, true),
        8 => transferred(&input, false),
        9 => manifest(&mut input),
        10 => stored(&mut input),
        _ => looked_up(&mut input),
    }
}

const ROW_BYTES: usize = 6;

fn tags() -> Vec<([u8; 16], Vec<u8>)> {
    (0..20).map(|i| ([i * 11; 16], vec![i; ROW_BYTES])).collect()
}

static TABLE: LazyLock<KeywordTable> = LazyLock::new(|| KeywordTable::new(ROW_BYTES, &tags()).expect("twenty tags"));

/// What decodes is the one encoding of what came out, and its size is one that there are tables of.
fn check_directory(bytes: &[u8]) -> Option<Directory> {
    let directory = Directory::from_bytes(bytes)?;
    assert_eq!(directory.to_bytes(), bytes);
    assert!(directory.shape().layout().is_ok());
    Some(directory)
}

fn changed_directory(input: &mut Input) {
    let mut bytes = TABLE.directory().to_bytes();
    input.spoil(&mut bytes);
    check_directory(&bytes);
    let published = Shape { rows: tags().len(), row_bytes: ROW_BYTES };
    let out = honest(input, async |mut ctx: Ctx| {
        if ctx.me() == PEER {
            TABLE.directory().send(&mut ctx, HONEST).await?;
            return serve(&mut ctx, HONEST, TABLE.table()).await;
        }
        let directory = Directory::receive(&mut ctx, PEER, published).await?;
        fetch_by_key(&mut ctx, PEER, &directory, &[[11; 16], [1; 16]]).await.map(|rows| rows.len())
    });
    assert!(out.is_err() || matches!(out, Ok(2)));
}

/// A query has the length that the table's size asks for, and reduced numbers; then there is an answer.
fn queries(input: &mut Input) {
    let (table, shape) = (TABLE.table(), TABLE.table().shape());
    let Ok((secret, mut query)) = query(shape, input.number() % shape.rows) else { panic!("the row is in the table") };
    input.spoil(&mut query);
    let whole = query.len() == table.layout().query_bytes();
    match table.answer(&[&query]) {
        Ok(answers) => assert!(whole && secret.extract(&answers[0]).is_ok_and(|row| row.len() == shape.row_bytes)),
        Err(what) => assert!(!what.is_empty()),
    }
}

fn answers(input: &mut Input) {
    let (layout, shape) = (TABLE.table().layout(), TABLE.table().shape());
    let Ok((secret, _)) = query(shape, input.number() % shape.rows) else { panic!("the row is in the table") };
    let mut answer = vec![input.byte(); layout.answer_bytes()];
    input.spoil(&mut answer);
    let whole = answer.len() == layout.answer_bytes();
    assert_eq!(secret.extract(&answer).is_ok_and(|row| row.len() == shape.row_bytes), whole);
}

fn fetched(input: &Input, querier_is_honest: bool) {
    let shape = TABLE.table().shape();
    let out = honest(input, async |mut ctx: Ctx| {
        let peer = if ctx.me() == HONEST { PEER } else { HONEST };
        if (ctx.me() == HONEST) == querier_is_honest {
            return fetch(&mut ctx, peer, shape, &[7]).await.map(|rows| rows.len());
        }
        serve(&mut ctx, peer, TABLE.table()).await
    });
    assert!(out.is_err() || matches!(out, Ok(1)));
}

/// A copy of a table by keys.
fn listed(input: &Input) {
    let shape = Shape { rows: tags().len(), row_bytes: ROW_BYTES };
    let out = honest(input, async |mut ctx: Ctx| {
        if ctx.me() == PEER {
            ListedTable::new(ROW_BYTES, &tags())?.send(&mut ctx, HONEST).await?;
            return Ok(None);
        }
        ListedTable::receive(&mut ctx, PEER, shape).await.map(Some)
    });
    let Ok(Some(table)) = out else { return };
    assert_eq!(table.listing().shape(), shape);
    assert!(tags().iter().all(|(tag, _)| table.row(tag).is_none_or(|row| row.len() == ROW_BYTES)));
}

fn transferred(input: &Input, querier_is_honest: bool) {
    let out = honest(input, async |mut ctx: Ctx| {
        let peer = if ctx.me() == HONEST { PEER } else { HONEST };
        let (table, dealer) = (ListedTable::new(ROW_BYTES, &tags())?, Box::new(Dealer::new(16)));
        if (ctx.me() == HONEST) == querier_is_honest {
            let keys = [[11; 16], [1; 16], [22; 16]];
            let mut ots = RandomReceiver::new(peer, dealer);
            return table.listing().fetch(&mut ctx, peer, &mut ots, &keys).await.map(|rows| rows.len());
        }
        table.transfer(&mut ctx, peer, &mut RandomSender::new(peer, dealer)).await
    });
    assert!(out.is_err() || out.is_ok_and(|rows| (1..=64).contains(&rows)));
}

struct LookUp {
    key: SecretKey,
    manifest: Manifest,
    json: Vec<u8>,
    table: Vec<u8>,
    index: Vec<u8>,
    database: Database,
}

static LOOK_UP: LazyLock<LookUp> = LazyLock::new(|| {
    let purpose = Purpose::Score("rating".into());
    let terms = Terms { dataset: "fuzz".into(), purpose, rule: "none".into(), record_bytes: 5, capacity: 9 };
    let key = SecretKey::derive(Mode::Poprf, &[9; 32], b"fuzz").expect("a key");
    let database = Database::publish(terms, &key, &[("ada", "1"), ("bob", "22")]).expect("two records");
    let manifest = database.manifest().clone();
    let json = serde_json::to_vec(&manifest).expect("plain data");
    LookUp { key, json, table: database.rows().to_vec(), index: database.private_index(), manifest, database }
});

/// Whatever a manifest says: it is refused, or has bounded sizes.
fn check_manifest(bytes: &[u8]) {
    let Ok(manifest) = serde_json::from_slice::<Manifest>(bytes) else { return };
    let written = serde_json::to_vec(&manifest).expect("plain data");
    let again: Manifest = serde_json::from_slice(&written).expect("as it was written");
    assert_eq!((again.digest(), &again), (manifest.digest(), &manifest));
    let _ = (manifest.buckets(), manifest.bucket_bytes(), manifest.row_bytes(), manifest.group(b"ada"));
    let _ = manifest.check_follows(&LOOK_UP.manifest);
    if let Ok(client) = Client::new(manifest.clone(), None) {
        assert!(manifest.buckets().checked_mul(manifest.bucket_bytes()).is_some());
        let pending = client.blind(&["ada"], 2).expect("two IDs");
        assert_eq!(pending.elements().len(), 2);
        let same = manifest.table == LOOK_UP.manifest.table && manifest.terms == LOOK_UP.manifest.terms;
        assert!(!same || client.check_copy(&LOOK_UP.table).is_ok());
    }
}

fn manifest(input: &mut Input) {
    check_manifest(input.rest());
    let mut bytes = LOOK_UP.json.clone();
    input.spoil(&mut bytes);
    check_manifest(&bytes);
    // What stays JSON more often: other numbers.
    let mut other = LOOK_UP.manifest.clone();
    other.terms.record_bytes = u64::from_le_bytes(input.array()) as usize;
    other.terms.capacity = u64::from_le_bytes(input.array()) as usize >> (input.byte() % 64);
    (other.version, other.epoch) = (input.number() as u64, input.number() as u64);
    other.generations.truncate(input.number());
    other.key = input.array();
    check_manifest(&serde_json::to_vec(&other).expect("plain data"));
}

/// What is restored is stored again as the same.
fn stored(input: &mut Input) {
    let (mut table, mut index) = (LOOK_UP.table.clone(), LOOK_UP.index.clone());
    input.spoil(&mut index);
    if let Ok(database) = Database::restore(LOOK_UP.manifest.clone(), table.clone(), &index) {
        assert!(database.private_index() == index, "one encoding");
        assert!(database.rows() == table);
    }
    input.spoil(&mut table);
    let changed = table != LOOK_UP.table;
    assert_eq!(Database::restore(LOOK_UP.manifest.clone(), table, &LOOK_UP.index).is_err(), changed);
}

/// A querier whose holder, then whose fetched rows, are anything: it gets the record, or none.
fn looked_up(input: &mut Input) {
    let LookUp { key, manifest, table, database, .. } = &*LOOK_UP;
    let out = honest(input, async |mut ctx: Ctx| {
        if ctx.me() == PEER {
            answer(&mut ctx, HONEST, database, &database.evaluator(key)?, 2).await?;
            return Ok(Vec::new());
        }
        ask(&mut ctx, PEER, &Client::new(manifest.clone(), None)?, &["bob"], 2).await
    });
    let Ok(wanted) = out else { return };
    let mut buckets =
        wanted[0].buckets().map(|i| table[i * manifest.bucket_bytes()..][..manifest.bucket_bytes()].to_vec());
    buckets.iter_mut().for_each(|bucket| input.spoil(bucket));
    let whole = buckets.iter().all(|bucket| bucket.len() == manifest.bucket_bytes());
    let record = wanted[0].open([&buckets[0], &buckets[1]]);
    assert_eq!(record.is_ok(), whole);
    assert!(record.is_err() || record.is_ok_and(|record| record.is_none_or(|record| record == b"22")));
}
