use jointly_core::{Error, Party, Result};
use jointly_ot::oprf::{Mode, SecretKey};
use jointly_psi::unbalanced::{Capacity, Client, Epoch, Filter, Server};

use crate::pair::run;

fn epoch(number: u64) -> Epoch {
    Epoch { dataset: "customers".into(), number }
}

fn items(range: std::ops::Range<u32>) -> Vec<String> {
    range.map(|i| format!("item {i}")).collect()
}

const CAPACITY: Capacity = Capacity { items: 1000, queries: 1 << 10 };

fn filter(key: &SecretKey, number: u64, of: &[String]) -> Filter {
    Server::new(key, &epoch(number)).unwrap().publish(of, CAPACITY).unwrap()
}

/// One query of `n` items between a server of one epoch and a client of another.
fn query(
    server: (&SecretKey, u64),
    client: (&SecretKey, u64),
    filter: &Filter,
    asked: &[String],
    n: usize,
) -> Result<Vec<usize>> {
    let serving = Server::new(server.0, &epoch(server.1)).unwrap();
    let client = Client::new(&client.0.public().unwrap(), &epoch(client.1), filter.clone()).unwrap();
    let (_, found) = run(
        async |mut ctx| serving.answer(&mut ctx, Party(1), n).await,
        async |mut ctx| client.query(&mut ctx, Party(0), asked, n).await,
    );
    found
}

#[test]
fn several_clients_of_one_filter() {
    let key = SecretKey::random(Mode::Poprf);
    let mut all = items(0..900);
    all.extend(items(5..9));
    let bytes = filter(&key, 1, &all).to_bytes();
    assert_eq!(bytes.len(), CAPACITY.bytes().unwrap());
    let filter = Filter::from_bytes(&bytes, CAPACITY).unwrap();
    let ask = |asked: &[String], n| query((&key, 1), (&key, 1), &filter, asked, n).unwrap();
    assert_eq!(ask(&items(895..905), 10), [0, 1, 2, 3, 4]);
    assert_eq!(ask(&items(895..905), 16), [0, 1, 2, 3, 4], "filled up");
    assert_eq!(ask(&items(2000..2003), 3), [] as [usize; 0]);
    assert_eq!(ask(&[], 0), [] as [usize; 0]);
    assert_eq!(ask(&[], 4), [] as [usize; 0]);
}

#[test]
fn an_empty_set_answers_too() {
    let key = SecretKey::random(Mode::Poprf);
    let filter = filter(&key, 1, &[]);
    assert!(query((&key, 1), (&key, 1), &filter, &items(0..3), 3).unwrap().is_empty());
}

#[test]
fn an_epochs_answers_open_nothing_of_another() {
    let key = SecretKey::random(Mode::Poprf);
    let (old, new) = (filter(&key, 1, &items(0..9)), filter(&key, 2, &items(0..9)));
    assert!(query((&key, 1), (&key, 1), &new, &items(0..9), 9).unwrap().is_empty(), "answers of 1, filter of 2");
    assert!(query((&key, 2), (&key, 2), &old, &items(0..9), 9).unwrap().is_empty(), "answers of 2, filter of 1");
    assert_eq!(query((&key, 2), (&key, 2), &new, &items(0..9), 9).unwrap().len(), 9);
}

#[test]
fn another_epoch_or_another_key_is_the_servers_fault() {
    let (key, other) = (SecretKey::random(Mode::Poprf), SecretKey::random(Mode::Poprf));
    let filter = filter(&key, 1, &items(0..9));
    for server in [(&key, 2), (&other, 1)] {
        let found = query(server, (&key, 1), &filter, &items(0..9), 9);
        assert!(matches!(found, Err(Error::Cheated { by: Some(Party(0)), .. })));
    }
}

#[test]
fn more_than_was_agreed_on_is_misuse() {
    let key = SecretKey::random(Mode::Poprf);
    assert!(Server::new(&key, &epoch(1)).unwrap().publish(&items(0..1001), CAPACITY).is_err());
    let client = Client::new(&key.public().unwrap(), &epoch(1), filter(&key, 1, &[])).unwrap();
    let (_, found) = run(async |_| Ok(()), async |mut ctx| client.query(&mut ctx, Party(0), &items(0..3), 2).await);
    assert!(matches!(found, Err(Error::Misuse(_))));
    assert!(Server::new(&SecretKey::random(Mode::Voprf), &epoch(1)).is_err(), "a key of another mode");
}
