//! What comes out is what plain sets say.

use std::collections::{BTreeMap, BTreeSet};

use jointly_align::{Learner, Protocol, Role, Security, Settings, Variant};

use crate::pair::{Pair, Row, row, settings};

const ROLES: [Role; 2] = [Role::Listener, Role::Connector];

/// Files with some keys in common, some repeated, some empty, and each written in its own way.
fn files(n: u64) -> [Vec<Row>; 2] {
    let mut a: Vec<Row> = (0..n).map(|i| row(format!("Key {i}"), i)).collect();
    let mut b: Vec<Row> = (n / 3..n + n / 2).rev().map(|i| row(format!(" KEY  {i}"), i * 10)).collect();
    a.insert(1, row("", "no key"));
    a.push(row("key  0", "again"));
    b.push(row(format!("key {n}\u{200b}"), "again"));
    b.push(row("  ", "no key"));
    [a, b]
}

fn normal(key: &str) -> String {
    key.replace('\u{200b}', "").split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// The first row of each key, and the rows without one.
fn standing(rows: &[Row]) -> (BTreeMap<String, Row>, BTreeSet<Row>) {
    let (mut first, mut empty) = (BTreeMap::new(), BTreeSet::new());
    for row in rows {
        match normal(&row.0) {
            key if key.is_empty() => drop(empty.insert((String::new(), row.1.clone()))),
            key => drop(first.entry(key).or_insert_with(|| row.clone())),
        }
    }
    (first, empty)
}

/// Checks what both sides wrote and reported.
fn check(settings: Settings, files: &[Vec<Row>; 2]) {
    let mut pair = Pair::new(&files[0], &files[1]);
    pair.settings = settings.clone();
    let reports = pair.run();
    let [a, b] = files.each_ref().map(|rows| standing(rows));
    let common: BTreeSet<&String> = a.0.keys().filter(|key| b.0.contains_key(*key)).collect();
    for (role, report, (first, empty)) in [(ROLES[0], &reports[0], &a), (ROLES[1], &reports[1], &b)] {
        let report = report.as_ref().unwrap_or_else(|e| panic!("{settings:?} {role:?}: {e}"));
        assert!(!pair.path(role, "work").exists(), "the work folder is deleted");
        if !settings.result.includes(role.party()) {
            assert!(report.matches.is_none() && !pair.path(role, "parquet").exists());
            continue;
        }
        assert_eq!(report.matches, Some(common.len() as u64), "{settings:?} {role:?}");
        let written = pair.output(role);
        assert_eq!(report.output.as_ref().unwrap().1, written.len() as u64);
        let is_common = |key: &str| common.contains(&normal(key));
        written.iter().for_each(|(row, mark)| assert!(mark.is_none_or(|mark| mark == is_common(&row.0))));
        let found: BTreeSet<Row> = written.iter().map(|(row, _)| row.clone()).collect();
        assert_eq!(found.len(), written.len(), "no row stands twice");
        let expected: BTreeSet<Row> = match settings.variant {
            Variant::Inner => {
                first.iter().filter(|(key, _)| common.contains(key)).map(|(_, row)| row.clone()).collect()
            }
            Variant::Left => first.values().chain(empty).cloned().collect(),
            Variant::Anti => {
                first.iter().filter(|(k, _)| !common.contains(k)).map(|(_, row)| row).chain(empty).cloned().collect()
            }
        };
        let trim = |rows: BTreeSet<Row>| rows.into_iter().map(|(k, v)| (normal(&k), v)).collect::<BTreeSet<_>>();
        assert_eq!(trim(found), trim(expected), "{settings:?} {role:?}");
    }
    if settings.result == Learner::Both.into() && settings.variant != Variant::Anti {
        let order = ROLES.map(|role| {
            let rows = pair.output(role).into_iter().map(|(row, _)| normal(&row.0));
            rows.filter(|key| common.contains(key)).collect::<Vec<_>>()
        });
        assert_eq!(order[0], order[1], "the same order on both sides");
    }
}

#[test]
fn both_protocols_for_every_learner() {
    let files = files(300);
    let kinds = [
        (Protocol::Rr22, Security::Malicious),
        (Protocol::Rr22, Security::SemiHonest),
        (Protocol::Ecdh, Security::SemiHonest),
    ];
    for (protocol, security) in kinds {
        for result in [Learner::Both, Learner::Listener, Learner::Connector] {
            check(Settings { protocol, security, result: result.into(), ..settings() }, &files);
        }
    }
}

#[test]
fn every_variant_over_several_buckets() {
    let files = files(3000);
    for variant in [Variant::Inner, Variant::Left, Variant::Anti] {
        for hide_size in [false, true] {
            check(Settings { variant, hide_size, ..settings() }, &files);
        }
    }
}

#[test]
fn small_and_unequal_files() {
    let one = vec![row("a", 1)];
    let many: Vec<Row> = (0..4000).map(|i| row(i, i)).collect();
    check(settings(), &[one.clone(), vec![row("A", 2)]]);
    check(settings(), &[one.clone(), vec![row("b", 2)]]);
    check(settings(), &[one, many.clone()]);
    check(settings(), &[many, vec![row(3999, "x"), row(7, "y"), row("no", "z")]]);
}

#[test]
fn the_plan_and_the_report_say_what_happened() {
    let [a, b] = files(2000);
    let pair = Pair::new(&a, &b);
    let [listener, connector] = pair.run().map(Result::unwrap);
    assert_eq!((listener.input.rows, listener.input.empty, listener.input.duplicates), (2002, 1, 1));
    assert_eq!(
        (&listener.input.empty_examples[..], &listener.input.duplicate_examples[..]),
        (&[2][..], &[[2002, 1]][..])
    );
    assert_eq!(listener.rows, [listener.input.rows, connector.input.rows]);
    assert_eq!(connector.rows, listener.rows);
    assert_eq!(listener.sent_by, Some(vec![listener.sent, connector.sent]));
    assert_eq!(connector.sent_by, listener.sent_by);
    assert!(listener.rounds > 10);
    assert_eq!(listener.buckets, (4, 0));
    assert!(listener.warnings.iter().any(|w| w.contains("row 2002")), "{:?}", listener.warnings);
    assert!(listener.learnt.iter().any(|w| w.starts_with("both learnt how many rows")), "{:?}", listener.learnt);
}

#[test]
fn predicted_bytes_are_about_what_is_sent() {
    use jointly_align::{Parties, plan};
    let [a, b] = files(5000);
    for (protocol, security) in [(Protocol::Rr22, Security::Malicious), (Protocol::Ecdh, Security::SemiHonest)] {
        for result in [Learner::Both, Learner::Connector] {
            let mut pair = Pair::new(&a, &b);
            pair.settings = Settings { protocol, security, result: result.into(), ..settings() };
            let reports = pair.run().map(Result::unwrap);
            let rows = [a.len() as u64, b.len() as u64];
            let plan = plan(&Parties::sides(Role::Listener), &pair.settings, &rows, pair.memory).unwrap();
            assert_eq!(plan.sizes.unwrap().buckets, reports[0].buckets.0);
            let predicted = plan.bytes.unwrap() as f64;
            let sent = (reports[0].sent + reports[1].sent) as f64;
            assert!(
                (0.8..1.25).contains(&(predicted / sent)),
                "{protocol} {result}: predicted {predicted}, sent {sent}"
            );
        }
    }
}
