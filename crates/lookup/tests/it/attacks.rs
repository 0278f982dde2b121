//! Whoever does not keep to the protocol, and what the honest side says then.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use jointly_core::Error as Failed;
use jointly_lookup::{Asked, Error, Found, Holder, Manifest, Purpose, Querier, Result, Way};
use jointly_net::{Ctx, Frame, Mesh, memory, tamper};
use jointly_ot::oprf::{self, Client, Element, Evaluator, Mode, PublicKey, SecretKey};
use jointly_pir::lookup::Database;

use crate::pair::{HOLDER, Pair, QUERIER, asked, key, known, nth, people, run, words};

const ASKED: Asked = Asked { ids: 2, way: Way::Query };

fn ctxs() -> [Ctx; 2] {
    let meshes: [Arc<dyn Mesh>; 2] = memory::meshes(2).try_into().ok().unwrap();
    meshes.map(|mesh| Ctx::new(mesh, "lookup", Duration::from_secs(60)))
}

/// What an honest querier says to a holder that begins like an honest one.
fn against_holder<H: Future>(
    pair: &Pair,
    manifest: &Manifest,
    asked: Asked,
    then: impl FnOnce(Ctx) -> H,
) -> Result<Vec<Found>> {
    let ([mut there, mut here], querier) = (ctxs(), pair.querier(manifest));
    let (keys, copy) = ([key(&nth(1)), key(&nth(2))], pair.copy());
    let way = [Way::Query, Way::Transfer, Way::Copy].iter().position(|way| *way == asked.way).unwrap() as u64 + 1;
    run(async {
        let holder = async {
            there.exchange(QUERIER, &[1, asked.ids as u64, way], QUERIER, 3).await.unwrap();
            there.exchange(QUERIER, &[manifest.digest()], QUERIER, 1).await.unwrap();
            then(there).await
        };
        let ask = async move { querier.ask(&mut here, HOLDER, &keys, &asked, Some(&copy)).await };
        tokio::join!(holder, ask).1
    })
}

/// What an honest holder says to a querier that begins like an honest one.
fn against_querier<Q: Future>(holder: &Holder, then: impl FnOnce(Ctx) -> Q) -> Result<()> {
    let [mut there, mut here] = ctxs();
    run(async {
        let ask = async {
            here.exchange(HOLDER, &[1, 2, 1], HOLDER, 3).await.unwrap();
            here.exchange(HOLDER, &[holder.manifest().digest()], HOLDER, 1).await.unwrap();
            then(here).await
        };
        tokio::join!(holder.serve(&mut there, QUERIER, &ASKED), ask).0
    })
}

/// A database that the test has the key of.
fn database(pair: &Pair) -> (SecretKey, Database) {
    let key = SecretKey::random(Mode::Poprf);
    let rows: Vec<(Vec<u8>, Vec<u8>)> = vec![(pair.offer.key.item(&["a", "b", "1"]).unwrap().unwrap(), vec![])];
    let database = Database::publish(pair.offer.terms().unwrap(), &key, &rows).unwrap();
    (key, database)
}

fn cheated<T>(result: Result<T>, by: Option<jointly_core::Party>) -> &'static str {
    match result {
        Err(Error::Protocol(Failed::Cheated { by: named, check, .. })) if named == by => check,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it went well"),
    }
}

#[test]
fn a_second_key_another_dataset_or_epoch_and_a_replay_are_cheating() {
    let pair = Pair::new(Purpose::Check);
    let (secret, original) = database(&pair);
    let none: [(&[u8], &[u8]); 0] = [];
    let other_terms = jointly_pir::lookup::Terms { dataset: "fraud".into(), ..pair.offer.terms().unwrap() };
    let evaluators: [Evaluator; 3] = [
        database(&pair).1.evaluator(&secret).err().map(|_| other_key(&pair)).unwrap(),
        Database::publish(other_terms, &secret, &none).unwrap().evaluator(&secret).unwrap(),
        original.rotate(&secret, &none).unwrap().evaluator(&secret).unwrap(),
    ];
    for evaluator in &evaluators {
        let found = against_holder(&pair, original.manifest(), ASKED, |mut ctx| async move {
            oprf::serve(&mut ctx, QUERIER, evaluator, 2).await.unwrap();
        });
        assert_eq!(cheated(found, Some(HOLDER)), "the proof that the server's published key was used");
    }
    // An answer of before, proof and all.
    let right = original.evaluator(&secret).unwrap();
    let client = Client::new(&PublicKey::from_bytes(Mode::Poprf, &original.manifest().key).unwrap(), b"x").unwrap();
    let before = right.blind_evaluate(client.blind(&[b"1", b"2"]).unwrap().elements()).unwrap();
    let found = against_holder(&pair, original.manifest(), ASKED, |mut ctx| async move {
        let _: Vec<Element> = ctx.recv(QUERIER, 2).await.unwrap();
        ctx.send(QUERIER, &before.elements).await.unwrap();
        ctx.send(QUERIER, &[before.proof.unwrap()]).await.unwrap();
    });
    assert_eq!(cheated(found, Some(HOLDER)), "the proof that the server's published key was used");
}

fn other_key(pair: &Pair) -> Evaluator {
    let (secret, database) = database(pair);
    database.evaluator(&secret).unwrap()
}

/// The identity's encoding, and two that are of no point in canonical form.
fn no_elements() -> [[u8; 32]; 3] {
    let mut negative = [0; 32];
    negative[0] = 1;
    [[0; 32], [0xff; 32], negative]
}

#[test]
fn identity_points_and_non_canonical_encodings_are_malformed() {
    let pair = Pair::new(Purpose::Check);
    let holder = pair.published(&people(0..10));
    for element in no_elements() {
        let served = against_querier(&holder, |mut ctx| async move { ctx.send(HOLDER, &[element; 2]).await.unwrap() });
        assert_eq!(words(served), "party 1 sent a malformed message: it holds a value outside its range");
        let found = against_holder(&pair, holder.manifest(), ASKED, |mut ctx| async move {
            let _: Vec<Element> = ctx.recv(QUERIER, 2).await.unwrap();
            ctx.send(QUERIER, &[element; 2]).await.unwrap();
        });
        assert_eq!(words(found), "party 0 sent a malformed message: it holds a value outside its range");
        let manifest = Manifest { key: element, ..holder.manifest().clone() };
        let why = words(Querier::new(manifest, &pair.offer, None));
        assert_eq!(why, "the look-up database's manifest is malformed: ask its holder for it again");
    }
}

#[test]
fn more_than_was_agreed_on_is_refused() {
    let pair = Pair::new(Purpose::Record);
    let holder = pair.published(&people(0..10));
    let querier = pair.querier(holder.manifest());
    // By an honest querier itself, before anything is sent.
    let keys: Vec<_> = people(0..3).iter().map(key).collect();
    let [_, mut here] = ctxs();
    let ask = |ctx| run(querier.ask(ctx, HOLDER, &keys, &ASKED, None));
    assert_eq!(words(ask(&mut here)), "3 keys are more than the 2 that were agreed on");
    // Of more evaluations.
    let client = Client::new(&PublicKey::from_bytes(Mode::Poprf, &holder.manifest().key).unwrap(), b"x").unwrap();
    let three = client.blind(&[b"1", b"2", b"3"]).unwrap();
    let served = against_querier(&holder, |mut ctx| {
        let three = &three;
        async move { ctx.send(HOLDER, three.elements()).await.unwrap() }
    });
    assert!(words(served).contains("it has not the length that this step of the protocol has"));
    // Of more, and of fewer, rows.
    for rows in [3, 5] {
        let shape =
            jointly_pir::Shape { rows: holder.manifest().buckets(), row_bytes: holder.manifest().bucket_bytes() };
        let served = against_querier(&holder, |mut ctx| {
            let three = &three;
            async move {
                ctx.send(HOLDER, &three.elements()[..2]).await.unwrap();
                ctx.recv::<Element>(HOLDER, 2).await.unwrap();
                ctx.recv::<oprf::Proof>(HOLDER, 1).await.unwrap();
                jointly_pir::fetch(&mut ctx, HOLDER, shape, &vec![0; rows]).await.ok();
            }
        });
        assert_eq!(
            words(served),
            "party 1 sent a malformed message: it fetches more or fewer rows than were agreed on"
        );
    }
}

#[test]
fn two_sides_that_mean_different_queries_stop() {
    let pair = Pair::new(Purpose::Record);
    let holder = pair.published(&people(0..10));
    let querier = pair.querier(holder.manifest());
    for (theirs, said) in
        [(asked(3, Way::Query), "3 IDs by private queries"), (asked(2, Way::Copy), "2 IDs by an encrypted copy")]
    {
        let [mut there, mut here] = ctxs();
        let keys = [key(&nth(1))];
        let copy = pair.copy();
        let (served, found) = run(async {
            tokio::join!(
                holder.serve(&mut there, QUERIER, &ASKED),
                querier.ask(&mut here, HOLDER, &keys, &theirs, Some(&copy))
            )
        });
        let why = words(served);
        assert!(why.ends_with(&format!("here 2 IDs by private queries, there {said}")), "{why}");
        assert!(words(found).contains("the two sides do not mean the same query"));
    }
    for ids in [0, 4097] {
        let [mut there, _] = ctxs();
        let served = run(holder.serve(&mut there, QUERIER, &asked(ids, Way::Query)));
        assert!(words(served).starts_with("a query has 1 to 4096 IDs"));
    }
}

#[test]
fn keys_that_are_none_are_refused_at_home() {
    let pair = Pair::new(Purpose::Record);
    let holder = pair.published(&people(0..10));
    let querier = pair.querier(holder.manifest());
    let ask = |keys: &[Vec<String>], way| {
        let [_, mut here] = ctxs();
        words(run(querier.ask(&mut here, HOLDER, keys, &asked(2, way), None)))
    };
    let empty = ["Ann", " \u{200b}", "1"].map(str::to_owned).to_vec();
    assert_eq!(ask(&[key(&nth(1)), empty], Way::Query), "an element of key 2 is empty: nobody has such a key");
    let two = ["Ann", "1"].map(str::to_owned).to_vec();
    assert!(ask(&[two], Way::Query).contains("a key of 3 columns has a value for each, not 2"));
    assert!(ask(&[key(&nth(1))], Way::Copy).contains("needs a file to be kept in"));
}

#[test]
fn stale_and_double_manifests_and_other_offers_are_refused() {
    let pair = Pair::new(Purpose::Record);
    let first = pair.published(&people(0..10));
    let second = pair.published(&people(0..10));
    let new = |manifest: &Manifest, last| Querier::new(manifest.clone(), &pair.offer, last);
    assert!(new(second.manifest(), Some(first.manifest())).is_ok());
    let stale = words(new(first.manifest(), Some(second.manifest())));
    assert!(
        stale.starts_with("version 1 of the look-up database is out of date: version 2 was seen before"),
        "{stale}"
    );
    let twin = Pair::new(Purpose::Record).published(&people(0..10));
    let check = cheated(new(first.manifest(), Some(twin.manifest())), None);
    assert_eq!(check, "that one version of a look-up database is one database");

    let changed = |change: &dyn Fn(&mut jointly_lookup::Offer)| {
        let mut offer = pair.offer.clone();
        change(&mut offer);
        words(Querier::new(first.manifest().clone(), &offer, None))
    };
    let plain =
        || jointly_lookup::Key::new(vec!["name".parse().unwrap(), "id".parse().unwrap(), "phone".parse().unwrap()]);
    let cases: [(&dyn Fn(&mut jointly_lookup::Offer), &str); 6] = [
        (
            &|offer| offer.key = plain().unwrap(),
            "the rule of keys is `normalise 1 text text text` in the offer and `normalise 1 text code digits`",
        ),
        (&|offer| offer.columns.reverse(), "the columns of a record is `record 1 "),
        (&|offer| offer.columns[0].nullable = false, "the columns of a record is"),
        (&|offer| offer.name = "fraud".into(), "its name is `fraud` in the offer and `credit` in the database"),
        (&|offer| offer.capacity = 700, "the room for IDs is `700`"),
        (&|offer| *offer = crate::pair::offer(Purpose::Score("rating".into())), "what answers are good for"),
    ];
    for (change, what) in cases {
        let why = changed(change);
        assert!(why.contains(what) && why.contains("must publish it anew"), "{why}");
    }
}

#[test]
fn a_copy_that_was_cut_changed_or_sent_wrong_is_noticed() {
    let pair = Pair::new(Purpose::Record);
    let holder = pair.published(&people(0..50));
    let keys = [key(&nth(1))];
    pair.ask(&holder, &keys, asked(1, Way::Copy));
    let whole = fs::read(pair.copy()).unwrap();
    let mut changed = whole.clone();
    changed[40] ^= 1;
    for bytes in [whole[..whole.len() - 1].to_vec(), changed] {
        fs::write(pair.copy(), bytes).unwrap();
        let [_, mut here] = ctxs();
        let copy = pair.copy();
        let found =
            run(pair.querier(holder.manifest()).ask(&mut here, HOLDER, &keys, &asked(1, Way::Copy), Some(&copy)));
        let why = words(found);
        assert!(
            why.starts_with(&format!("the copy {} is not the table of its manifest", pair.copy().display())),
            "{why}"
        );
    }
    // One that has lost its beginning is no copy, and is brought anew.
    fs::write(pair.copy(), b"half").unwrap();
    assert_eq!(pair.ask(&holder, &keys, asked(1, Way::Copy)).0, [known(&nth(1), &Purpose::Record)]);
    assert_eq!(fs::read(pair.copy()).unwrap(), whole);

    fs::remove_file(pair.copy()).unwrap();
    let (secret, database) = database(&pair);
    let evaluator = database.evaluator(&secret).unwrap();
    let found = against_holder(&pair, database.manifest(), asked(2, Way::Copy), |mut ctx| {
        let (evaluator, mut table) = (&evaluator, database.rows().to_vec());
        async move {
            oprf::serve(&mut ctx, QUERIER, evaluator, 2).await.unwrap();
            ctx.recv::<u8>(QUERIER, 1).await.unwrap();
            table[100] ^= 1;
            ctx.send(QUERIER, &table).await.unwrap();
        }
    });
    assert_eq!(cheated(found, Some(HOLDER)), "that the copy is the table of the manifest");
    assert!(!pair.copy().exists());
}

#[test]
fn what_is_no_record_ends_nothing() {
    let pair = Pair::new(Purpose::Record);
    let secret = SecretKey::random(Mode::Poprf);
    let id = |i| {
        let key = key(&nth(i));
        pair.offer.key.item(&[&key[0], &key[1], &key[2]]).unwrap().unwrap()
    };
    let rows = [(id(1), b"short".to_vec()), (id(2), vec![0xff; pair.offer.terms().unwrap().record_bytes])];
    let database = Database::publish(pair.offer.terms().unwrap(), &secret, &rows).unwrap();
    let evaluator = database.evaluator(&secret).unwrap();
    let found = against_holder(&pair, database.manifest(), asked(2, Way::Copy), |mut ctx| {
        let (evaluator, table) = (&evaluator, database.rows());
        async move {
            oprf::serve(&mut ctx, QUERIER, evaluator, 2).await.unwrap();
            ctx.recv::<u8>(QUERIER, 1).await.unwrap();
            ctx.send(QUERIER, table).await.unwrap();
        }
    });
    assert_eq!(found.unwrap(), [Found::Malformed, Found::Malformed]);
}

/// Changes one byte of the frame with that number among those that this mesh sends.
fn flipped(mesh: Arc<dyn Mesh>, number: u64, at: usize) -> Arc<dyn Mesh> {
    tamper::tampered(
        mesh,
        Arc::new(move |place, mut frame: Frame| {
            if place.count == number && !frame.payload.is_empty() {
                let at = at % frame.payload.len();
                frame.payload[at] ^= 0x10;
            }
            vec![frame]
        }),
    )
}

#[test]
fn whatever_is_changed_on_the_way_no_wrong_record_is_shown() {
    let pair = Pair::new(Purpose::Record);
    let holder = pair.published(&people(0..50));
    let querier = pair.querier(holder.manifest());
    let (keys, right) = ([key(&nth(7)), key(&nth(77))], [known(&nth(7), &Purpose::Record), Found::NotFound]);
    for way in Way::ALL {
        for (side, number) in [0, 1].into_iter().flat_map(|side| (0..12).map(move |number| (side, number))) {
            for at in [0, 37, usize::MAX / 3] {
                fs::remove_file(pair.copy()).ok();
                let mut meshes: [Arc<dyn Mesh>; 2] = memory::meshes(2).try_into().ok().unwrap();
                meshes[side] = flipped(meshes[side].clone(), number, at);
                let (served, found) = pair.ask_over(meshes, &holder, &querier, &keys, asked(2, way));
                match found {
                    Ok(found) => {
                        assert!(found[0] == right[0] || found[0] == Found::NotFound, "{way}, {side}, {number}, {at}");
                        assert_eq!(found[1], right[1]);
                    }
                    Err(Error::Protocol(_)) => {}
                    Err(other) => panic!("{way}, {side}, {number}: {other}"),
                }
                assert!(matches!(served, Ok(()) | Err(Error::Protocol(_) | Error::Refused(_))));
            }
        }
    }
}
