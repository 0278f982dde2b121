//! New versions: what changes, what stays, and that old answers open nothing new.

use jointly_lookup::{Error, Found, Holder, Purpose, Querier, Step, Way};
use jointly_net::memory;

use crate::pair::{Pair, Person, SEAL, asked, key, known, nth, people, person, rows, run, words};

fn update(
    pair: &Pair,
    holder: &Holder,
    people: &[Person],
) -> jointly_lookup::Result<(Option<Holder>, jointly_lookup::Update)> {
    run(holder.update(&pair.offer, &rows(people), &mut |_| ()))
}

#[test]
fn an_update_touches_the_groups_that_changed() {
    let pair = Pair::new(Purpose::Record);
    let mut dataset = people(0..300);
    let holder = pair.published(&dataset);
    let (none, update_of_nothing) = update(&pair, &holder, &dataset).unwrap();
    assert!(none.is_none());
    assert_eq!((update_of_nothing.groups, update_of_nothing.buckets, update_of_nothing.version), (0, 0, 1));
    // The same rows in another order are the same dataset.
    dataset.reverse();
    assert!(update(&pair, &holder, &dataset).unwrap().0.is_none());

    // One changes, one goes, one comes.
    let changed = dataset.iter().position(|person| *person == nth(7)).unwrap();
    dataset[changed][4] = "changed".into();
    dataset.retain(|person| *person != nth(20));
    dataset.push(nth(1000));
    let (next, did) = update(&pair, &holder, &dataset).unwrap();
    let next = next.unwrap();
    assert_eq!((did.version, did.counts.rows), (2, 300));
    assert!(
        (1..=3).contains(&did.groups) && did.buckets > 0 && did.buckets < holder.manifest().buckets() / 4,
        "{did:?}"
    );
    let generations = holder.manifest().generations.iter().zip(&next.manifest().generations);
    assert_eq!(generations.filter(|(old, new)| old != new).count(), did.groups);
    assert_eq!((next.manifest().key, next.manifest().epoch), (holder.manifest().key, 1));

    let keys = [key(&nth(7)), key(&nth(20)), key(&nth(1000)), key(&nth(8))];
    let mut new = nth(7);
    new[4] = "changed".into();
    let of = |person: &Person| known(person, &Purpose::Record);
    let right = [of(&new), Found::NotFound, of(&nth(1000)), of(&nth(8))];
    for way in Way::ALL {
        assert_eq!(pair.ask(&next, &keys, asked(4, way)).0, right, "{way}");
    }
    // The old version still answers for who has its manifest, and the folder has the new one.
    let old = [of(&nth(7)), of(&nth(20)), Found::NotFound, of(&nth(8))];
    assert_eq!(pair.ask(&holder, &keys, asked(4, Way::Query)).0, old);
    let again = pair.open().unwrap().unwrap();
    assert_eq!(again.manifest(), next.manifest());
    assert!(update(&pair, &again, &dataset).unwrap().0.is_none(), "what was compared with is stored");
    assert!(
        words(update(&pair, &holder, &dataset)).contains("open it again"),
        "an old version makes no other next one"
    );
}

#[test]
fn a_copy_follows_versions() {
    let pair = Pair::new(Purpose::Record);
    let holder = pair.published(&people(0..50));
    let received = |holder: &Holder| {
        let (found, witness) = pair.ask(holder, &[key(&nth(3))], asked(2, Way::Copy));
        assert_eq!(found, [known(&nth(3), &Purpose::Record)]);
        witness.record().sent
    };
    let bytes = holder.status().table_bytes as u64;
    assert!(received(&holder) > bytes);
    assert!(received(&holder) < 1000, "it is kept");
    let (next, _) = update(&pair, &holder, &people(0..51)).unwrap();
    let next = next.unwrap();
    assert!(received(&next) > bytes, "of another version it is brought anew");
    assert!(received(&next) < 1000);
}

#[test]
fn a_rotation_changes_everything() {
    let pair = Pair::new(Purpose::Record);
    let holder = pair.published(&people(0..100));
    let mut steps = Vec::new();
    let dataset = rows(&people(0..90));
    let (next, counts) = run(holder.rotate(&pair.offer, &dataset, &mut |step| steps.push(step))).unwrap();
    assert_eq!((counts.rows, &steps[..]), (90, &[Step::Rows(90), Step::Writing][..]));
    let (old, new) = (holder.manifest(), next.manifest());
    assert_eq!((new.version, new.epoch), (2, 2));
    assert!(new.key != old.key && old.generations.iter().zip(&new.generations).all(|(old, new)| old != new));
    let keys = [key(&nth(3)), key(&nth(95))];
    assert_eq!(pair.ask(&next, &keys, asked(2, Way::Query)).0, [known(&nth(3), &Purpose::Record), Found::NotFound]);
    assert_eq!(pair.open().unwrap().unwrap().manifest(), new);
    // Whoever still has the old manifest is told so, at both ends.
    let meshes = memory::meshes(2).try_into().ok().unwrap();
    let (served, found) = pair.ask_over(meshes, &next, &pair.querier(old), &keys, asked(2, Way::Query));
    assert!(words(served).contains("different versions") && words(found).contains("fetch the current manifest"));
}

#[test]
fn another_offer_is_published_anew_as_the_next_version() {
    let mut pair = Pair::new(Purpose::Record);
    let holder = pair.published(&people(0..40));
    let record = pair.offer.clone();
    pair.offer = crate::pair::offer(Purpose::Check);
    let why = words(update(&pair, &holder, &people(0..40)));
    assert!(why.contains("what answers are good for is `Check` in the offer and `Record` in the database"), "{why}");
    assert!(words(run(holder.rotate(&pair.offer, &rows(&people(0..9)), &mut |_| ()))).contains("publish it anew"));
    let (next, _) = pair.publish(&people(0..40)).unwrap();
    assert_eq!((next.manifest().version, next.manifest().epoch), (2, 2));
    assert_eq!(pair.ask(&next, &[key(&nth(1))], asked(1, Way::Transfer)).0, [Found::There]);
    // It follows the one before, for queriers that knew it; and not the other way round.
    Querier::new(next.manifest().clone(), &pair.offer, Some(holder.manifest())).unwrap();
    assert!(Querier::new(holder.manifest().clone(), &record, Some(next.manifest())).is_err());
}

#[test]
fn what_does_not_fit_leaves_what_was_there() {
    let mut pair = Pair::new(Purpose::Record);
    let holder = pair.published(&people(0..40));
    let with = |rating: &str, note: &str| [people(0..40), vec![person("New", "n1", "1", rating, note)]].concat();
    let cases = [
        (with("101", ""), "bureau.csv, row 41: column `rating` has a value outside its bounds"),
        (with("many", ""), "column `rating` cannot be read as int"),
        (with("1", "thirteen bytes"), "row 41: column `note` has a text longer than it may be"),
        (people(0..601), "no room for so many IDs"),
    ];
    for (dataset, what) in cases {
        assert!(words(update(&pair, &holder, &dataset)).contains(what));
        assert!(words(pair.publish(&dataset)).contains(what));
    }
    pair.offer.columns[0].nullable = false;
    assert!(words(pair.publish(&with("", ""))).contains("has no value, and is not nullable"));
    pair.offer.columns[0].name = "score".into();
    assert!(words(pair.publish(&people(0..9))).contains("bureau.csv has no column `score`, which is offered"));
    let still = Holder::open(&pair.home(), &SEAL).unwrap().unwrap();
    assert_eq!(still.manifest(), holder.manifest());
}

#[test]
fn rows_that_nobody_finds_are_counted() {
    let pair = Pair::new(Purpose::Check);
    let mut dataset = people(0..6);
    dataset[2][2] = " ".into();
    dataset[4] = nth(1);
    dataset[5][0] = "PERSON 1".into();
    dataset[5][1] = "ID 00001".into();
    dataset[5][2] = nth(1)[2].clone();
    let (holder, counts) = pair.publish(&dataset).unwrap();
    assert_eq!((counts.rows, counts.empty, counts.duplicates, holder.status().ids), (6, 1, 2, 3));
    assert_eq!((counts.empty_examples, counts.duplicate_examples), (vec![3], vec![[5, 2], [6, 2]]));
}

#[test]
fn two_writers_do_not_meet() {
    let pair = Pair::new(Purpose::Check);
    let holder = pair.published(&people(0..5));
    let lock = std::fs::OpenOptions::new().write(true).open(pair.home().join("lock")).unwrap();
    lock.lock().unwrap();
    let refused = [words(pair.publish(&people(0..5))), words(update(&pair, &holder, &people(0..6)))];
    assert!(refused.iter().all(|why| why.contains("somebody else is writing the look-up database in")), "{refused:?}");
    let error: Error = pair.publish(&people(0..5)).err().unwrap();
    assert!(matches!(error, Error::Refused(_)));
}
