use jointly_core::{Error, Party, Result};
use jointly_net::Ctx;
use jointly_ot::oprf::{Mode, SecretKey};
use jointly_psi::unbalanced::{Capacity, Client, Epoch, Filter, Root, Server};

use crate::pair::run;

fn epoch(number: u64) -> Epoch {
    Epoch { dataset: "customers".into(), number }
}

fn items(range: std::ops::Range<u32>) -> Vec<String> {
    range.map(|i| format!("item {i}")).collect()
}

const CAPACITY: Capacity = Capacity { items: 1000, queries: 1 << 10 };

fn server(root: &Root, number: u64) -> Server {
    Server::new(root, &epoch(number)).unwrap()
}

fn filter(root: &Root, number: u64, of: &[String]) -> Filter {
    server(root, number).publish(of, CAPACITY).unwrap()
}

/// A query of `n` items that `server` answers and a client with the key of `published` asks, with blinds made before and without: the same.
fn query(server: &Server, published: &Server, filter: &Filter, asked: &[String], n: usize) -> Result<Vec<usize>> {
    let client = Client::new(published.key(), filter.clone()).unwrap();
    let mut prepared = client.prepare(n + 1).unwrap();
    let answers = async |mut ctx: Ctx| server.answer(&mut ctx, Party(1), n).await;
    let (_, with) = run(answers, async |mut ctx| client.query(&mut ctx, Party(0), asked, n, Some(&mut prepared)).await);
    let (_, without) = run(answers, async |mut ctx| client.query(&mut ctx, Party(0), asked, n, None).await);
    assert_eq!(with, without);
    assert_eq!(prepared.len(), 1, "each blind is used once");
    without
}

#[test]
fn several_clients_of_one_filter() {
    let root = Root::random();
    let server = server(&root, 1);
    let mut all = items(0..900);
    all.extend(items(5..9));
    let bytes = filter(&root, 1, &all).to_bytes();
    assert_eq!(bytes.len(), CAPACITY.bytes().unwrap());
    let filter = Filter::from_bytes(&bytes, CAPACITY).unwrap();
    let ask = |asked: &[String], n| query(&server, &server, &filter, asked, n).unwrap();
    assert_eq!(ask(&items(895..905), 10), [0, 1, 2, 3, 4]);
    assert_eq!(ask(&items(895..905), 16), [0, 1, 2, 3, 4], "filled up");
    assert_eq!(ask(&items(2000..2003), 3), [] as [usize; 0]);
    assert_eq!(ask(&[], 0), [] as [usize; 0]);
    assert_eq!(ask(&[], 4), [] as [usize; 0]);
}

#[test]
fn an_empty_set_answers_too() {
    let root = Root::random();
    let (server, filter) = (server(&root, 1), filter(&root, 1, &[]));
    assert!(query(&server, &server, &filter, &items(0..3), 3).unwrap().is_empty());
}

#[test]
fn an_epochs_answers_open_nothing_of_another() {
    let root = Root::random();
    let epochs = [1, 2].map(|number| (server(&root, number), filter(&root, number, &items(0..9))));
    for (i, (server, _)) in epochs.iter().enumerate() {
        for (j, (_, filter)) in epochs.iter().enumerate() {
            let found = query(server, server, filter, &items(0..9), 9).unwrap();
            assert_eq!(found.len(), if i == j { 9 } else { 0 }, "answers of {i}, filter of {j}");
        }
    }
    assert_ne!(epochs[0].0.key(), epochs[1].0.key());
    assert_eq!(server(&Root::from_bytes(*root.as_bytes()), 1).key(), epochs[0].0.key());
}

#[test]
fn another_epoch_or_another_key_is_the_servers_fault() {
    let (root, other) = (Root::random(), Root::random());
    let (published, filter) = (server(&root, 1), filter(&root, 1, &items(0..9)));
    for server in [server(&root, 2), server(&other, 1)] {
        let found = query(&server, &published, &filter, &items(0..9), 9);
        assert!(matches!(found, Err(Error::Cheated { by: Some(Party(0)), .. })));
    }
}

#[test]
fn more_than_was_agreed_on_is_misuse() {
    let root = Root::random();
    assert!(server(&root, 1).publish(&items(0..1001), CAPACITY).is_err());
    let client = Client::new(server(&root, 1).key(), filter(&root, 1, &[])).unwrap();
    let (_, found) =
        run(async |_| Ok(()), async |mut ctx| client.query(&mut ctx, Party(0), &items(0..3), 2, None).await);
    assert!(matches!(found, Err(Error::Misuse(_))));
    let other_mode = SecretKey::random(Mode::Poprf).public().unwrap();
    assert!(Client::new(&other_mode, filter(&root, 1, &[])).is_err());
    assert_eq!(format!("{root:?}"), "Root(..)");
}
