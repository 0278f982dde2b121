//! Honest queries: right answers by every way, and the same to see for the holder whatever was asked.

use std::collections::HashMap;

use jointly_lookup::{Found, Purpose, Way, choose};
use jointly_net::witness;
use proptest::prelude::*;

use crate::pair::{Pair, asked, key, known, nth, people, person};

fn purposes() -> [Purpose; 3] {
    [Purpose::Check, Purpose::Score("rating".into()), Purpose::Record]
}

#[test]
fn every_purpose_by_every_way() {
    for purpose in purposes() {
        let pair = Pair::new(purpose.clone());
        let holder = pair.published(&people(0..500));
        for way in Way::ALL {
            let keys = [key(&nth(3)), key(&nth(500)), key(&nth(499)), key(&nth(4))];
            let (found, _) = pair.ask(&holder, &keys, asked(5, way));
            let of = |i| known(&nth(i), &purpose);
            assert_eq!(found, [of(3), Found::NotFound, of(499), of(4)], "{purpose:?} by {way}");
        }
    }
}

#[test]
fn all_elements_of_a_key_count_and_look_alikes_are_the_same() {
    let pair = Pair::new(Purpose::Check);
    let muller = person("Jürgen Groß", "AB-12 3", "+49 30 1234567", "5", "");
    let holder = pair.published(&[muller.clone()]);
    let key = |values: [&str; 3]| values.map(str::to_owned).to_vec();
    let keys = [
        key(["Jürgen Groß", "AB-12 3", "+49 30 1234567"]),
        // Decomposed, in capitals, in full width, with a zero-width space; digits of another script.
        key(["JU\u{308}RGEN  GROSS", "ab123", "+49301234567"]),
        key(["Jürgen\u{a0}Groß\u{200b}", "ＡＢ１２３", "٤٩٣٠١٢٣٤٥٦٧"]),
        key(["Jurgen Groß", "AB-12 3", "+49 30 1234567"]),
        key(["Jürgen Groß", "AB-12 4", "+49 30 1234567"]),
        key(["Jürgen Groß", "AB-12 3", "+49 30 1234568"]),
        // A letter of another script that looks the same is another one.
        key(["Jürgen Grоß", "AB-12 3", "+49 30 1234567"]),
    ];
    let (found, _) = pair.ask(&holder, &keys, asked(8, Way::Transfer));
    let there: Vec<bool> = found.iter().map(|found| *found == Found::There).collect();
    assert_eq!(there, [true, true, true, false, false, false, false]);
}

/// What the holder saw, but for the contents.
fn outline(seen: &witness::Record) -> Vec<(witness::Way, String, usize)> {
    seen.frames.iter().map(|sight| (sight.way, sight.path.clone(), sight.bytes)).collect()
}

#[test]
fn the_holder_sees_the_same_whether_found_or_not_and_however_many_are_real() {
    let pair = Pair::new(Purpose::Record);
    let holder = pair.published(&people(0..100));
    let all = |range: std::ops::Range<usize>| people(range).iter().map(key).collect::<Vec<_>>();
    for way in Way::ALL {
        // The copy is there from the second query on.
        pair.ask(&holder, &[], asked(1, way));
        let queries = [all(0..1), all(900..901), all(0..4), all(98..102), vec![]];
        let seen = queries.map(|keys| pair.ask(&holder, &keys, asked(4, way)).1.record());
        let first = outline(&seen[0]);
        assert!(seen.iter().all(|seen| outline(seen) == first), "{way}");
        let received = |record: &witness::Record| -> Vec<String> {
            let frames = record.frames.iter().filter(|sight| sight.way == witness::Way::Received && sight.bytes > 64);
            frames.map(|sight| sight.beginning.clone()).collect()
        };
        assert!(!received(&seen[0]).is_empty());
        // Nothing of what arrives at the holder is the same twice, not even for the same question.
        let again = pair.ask(&holder, &all(0..1), asked(4, way)).1.record();
        for other in seen[1..].iter().chain([&again]) {
            assert!(received(&seen[0]).iter().zip(received(other)).all(|(a, b)| *a != b), "{way}");
        }
    }
}

#[test]
fn a_batch_of_more_than_one_message() {
    let pair = Pair::new(Purpose::Score("rating".into()));
    let holder = pair.published(&people(0..300));
    let keys: Vec<_> = people(270..340).iter().map(key).collect();
    for way in Way::ALL {
        let (found, _) = pair.ask(&holder, &keys, asked(70, way));
        let right = (270..340).map(|i| if i < 300 { known(&nth(i), &pair.offer.purpose) } else { Found::NotFound });
        assert_eq!(found, right.collect::<Vec<_>>(), "{way}");
    }
}

#[test]
fn the_way_is_chosen_with_its_reason() {
    let pair = Pair::new(Purpose::Check);
    let holder = pair.published(&people(0..10));
    let (way, reason) = choose(holder.manifest(), 1, 100.0).unwrap();
    assert_eq!(way, Way::Transfer);
    assert!(reason.starts_with("1 IDs a day are two queries each; oblivious transfer for 2 queries a day"), "{reason}");
    assert_eq!(choose(holder.manifest(), 1_000_000, 100.0).unwrap().0, Way::Copy);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// The first row of a key stands, rows without a key do not; against a map.
    #[test]
    fn as_a_map(rows in prop::collection::vec((0usize..30, 0usize..3, 0u8..100), 0..60), asks in prop::collection::vec((0usize..30, 0usize..3), 1..12), way in 0usize..3) {
        let one = |(id, phone, rating): &(usize, usize, u8)| {
            let phone = if *phone == 0 { String::new() } else { phone.to_string() };
            person("Ann", &format!("x{id}"), &phone, &rating.to_string(), "")
        };
        let people: Vec<_> = rows.iter().map(one).collect();
        let mut map = HashMap::new();
        for (row, person) in rows.iter().zip(&people).filter(|(row, _)| row.1 != 0) {
            map.entry((row.0, row.1)).or_insert(person);
        }
        let pair = Pair::new(Purpose::Record);
        let (holder, counts) = pair.publish(&people).unwrap();
        prop_assert_eq!(holder.status().ids, map.len());
        prop_assert_eq!(counts.rows - counts.empty - counts.duplicates, map.len() as u64);
        let asks: Vec<_> = asks.iter().filter(|(_, phone)| *phone != 0).collect();
        let keys: Vec<_> = asks.iter().map(|(id, phone)| key(&one(&(*id, *phone, 0)))).collect();
        let (found, _) = pair.ask(&holder, &keys, asked(12, Way::ALL[way]));
        let right = asks.iter().map(|ask| map.get(*ask).map_or(Found::NotFound, |person| known(person, &Purpose::Record)));
        prop_assert_eq!(found, right.collect::<Vec<_>>());
    }
}
