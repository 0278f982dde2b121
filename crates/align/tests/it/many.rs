//! Several parties: what comes out is what plain sets say.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::array::AsArray;
use jointly_align::{Event, Job, Learners, Options, Parties, Security, Settings, Variant, plan};
use jointly_core::Party;
use jointly_net::memory;

use crate::group::{Group, NAMES, Random, normal, read, rows};

fn learners(of: &[u16]) -> Learners {
    Learners::revealed(of.iter().map(|party| Party(*party)))
}

/// Runs the group, and checks what all wrote and reported.
fn check(group: &Group) {
    let (reports, common) = (group.run(), group.common());
    let mut orders = Vec::new();
    for (me, report) in reports.iter().enumerate() {
        let report = report.as_ref().unwrap_or_else(|e| panic!("{:?} {me}: {e}", group.settings));
        assert!(!group.path(me, "work").exists() && report.proof.input.is_true());
        if !group.settings.result.includes(Party(me as u16)) {
            assert!(report.matches.is_none() && report.proof.result.is_none());
            assert!(!group.path(me, "output.parquet").exists());
            continue;
        }
        assert_eq!(report.matches, Some(common.len() as u64), "{:?} {me}", group.settings);
        let first = reports.iter().flatten().find_map(|report| report.proof.result.clone());
        assert!(first.is_some() && report.proof.result == first, "the same digest at all who learn it");
        let found = rows(&group.path(me, "output.parquet"));
        assert_eq!(report.output.as_ref().unwrap().1, found.len() as u64);
        let standing = group.standing(me);
        let empty = group.rows[me].iter().filter(|row| normal(&row.0).is_empty()).count();
        let is_common = |key: &String| common.contains(&normal(key));
        let expected = match group.settings.variant {
            Variant::Inner => common.len(),
            Variant::Left => standing.len() + empty,
            Variant::Anti => standing.len() + empty - common.len(),
        };
        assert_eq!(found.len(), expected, "{:?} {me}", group.settings);
        for row in found.iter().filter(|row| !normal(&row.0).is_empty()) {
            assert_eq!(standing.get(&normal(&row.0)), Some(row), "the first row stands");
        }
        let wrong = |row: &&(String, i64)| match group.settings.variant {
            Variant::Inner => !is_common(&row.0),
            Variant::Left => false,
            Variant::Anti => is_common(&row.0),
        };
        assert_eq!(found.iter().find(wrong), None);
        orders.push(found.iter().map(|row| normal(&row.0)).filter(|key| common.contains(key)).collect::<Vec<_>>());
    }
    assert!(orders.windows(2).all(|pair| pair[0] == pair[1]), "the same order everywhere");
}

#[test]
fn random_tables_of_two_to_four_parties() {
    let mut random = Random(7);
    let cases: [(usize, &[u16], Variant); 7] = [
        (2, &[0, 1], Variant::Inner),
        (2, &[1], Variant::Left),
        (3, &[0, 1, 2], Variant::Inner),
        (3, &[1], Variant::Anti),
        (3, &[0, 2], Variant::Left),
        (4, &[3], Variant::Inner),
        (4, &[0, 1, 2, 3], Variant::Anti),
    ];
    for (n, of, variant) in cases {
        let tables = (0..n).map(|_| {
            let (count, first) = (100 + random.below(300), random.below(40));
            random.table(count, first..200 + first)
        });
        let mut group = Group::new(tables.collect(), learners(of));
        group.settings.variant = variant;
        group.settings.hide_size = random.below(2) == 1;
        assert!(group.common().len() > 20);
        check(&group);
    }
}

#[test]
fn several_buckets() {
    let mut random = Random(3);
    let tables = [2500, 1200, 300].map(|rows| random.table(rows, 0..1500)).to_vec();
    let group = Group::new(tables, learners(&[0, 2]));
    check(&group);
}

#[test]
fn equal_disjoint_and_small_tables() {
    let table = |keys: std::ops::Range<i64>| keys.map(|i| (format!("key {i}"), i)).collect::<Vec<_>>();
    for ranges in [[0..50, 0..50, 0..50], [0..50, 50..99, 100..150], [0..50, 20..70, 60..90], [0..1, 0..1, 0..300]] {
        let group = Group::new(ranges.map(table).to_vec(), learners(&[0, 1, 2]));
        if group.common().is_empty() {
            let reports = group.run();
            assert!(reports.iter().all(|report| report.as_ref().unwrap().matches == Some(0)));
            assert_eq!(read(&group.path(0, "input.parquet")).schema().fields().len(), 2);
        } else {
            check(&group);
        }
    }
}

#[test]
fn two_parties_with_names_against_cheaters() {
    let mut random = Random(11);
    let tables = (0..2).map(|_| random.table(300, 0..250)).collect();
    let mut group = Group::new(tables, learners(&[0, 1]));
    group.settings.security = Security::Malicious;
    check(&group);
}

#[test]
fn a_broken_run_of_three_goes_on_where_it_was() {
    let table = |keys: std::ops::Range<i64>| keys.map(|i| (i.to_string(), i)).collect::<Vec<_>>();
    let group = Group::new(vec![table(0..3000), table(1000..4000), table(2000..5000)], learners(&[0, 1]));
    for end in group.break_off("bucket 3 ") {
        let error = end.unwrap_err().to_string();
        assert!(error.contains(" is gone") && error.contains("run the job again"), "{error}");
    }
    assert!(!group.path(0, "output.parquet").exists(), "no output before its time");
    let reports: Vec<_> = group.run().into_iter().map(Result::unwrap).collect();
    let keys: BTreeSet<i64> = rows(&group.path(1, "output.parquet")).into_iter().map(|row| row.1).collect();
    assert!(keys.into_iter().eq(2000..3000));
    assert_eq!(reports[0].proof.result, reports[1].proof.result);
    let (buckets, before) = reports[2].buckets;
    assert!(buckets == 4 && (1..=2).contains(&before), "{before} of {buckets}");

    // One of them starts anew: all are told.
    let again = Group::new(group.rows, group.settings.result);
    again.break_off("bucket 4 ");
    std::fs::remove_dir_all(again.path(1, "work")).unwrap();
    for report in again.run() {
        assert!(report.unwrap_err().to_string().contains("only some of the parties"));
    }
}

#[test]
fn a_run_that_was_not_confirmed_is_written_where_the_next_one_says() {
    let table = |keys: std::ops::Range<i64>| keys.map(|i| (i.to_string(), i)).collect::<Vec<_>>();
    let group = Group::new(vec![table(0..30), table(10..40), table(20..50)], learners(&[0, 1, 2]));
    for end in group.break_off("writing") {
        let report = end.unwrap();
        assert!(report.sent_by.is_none() && report.warnings[0].contains("not all others have confirmed"), "{report:?}");
    }
    let elsewhere = |me| Options { output: Some(group.path(me, "elsewhere.parquet")), ..group.options(me) };
    for (me, end) in group.run_as((0..3).map(elsewhere).collect()).into_iter().enumerate() {
        assert_eq!(end.unwrap().matches, Some(10));
        let [first, second] = ["output.parquet", "elsewhere.parquet"].map(|name| rows(&group.path(me, name)));
        assert!(first.len() == 10 && first == second);
        assert!(!group.path(me, "work").exists());
    }
}

#[test]
fn who_wants_something_else_is_named() {
    let table = |keys: std::ops::Range<i64>| keys.map(|i| (i.to_string(), i)).collect::<Vec<_>>();
    let group = Group::new(vec![table(0..5), table(1..6), table(2..7)], learners(&[0, 1, 2]));
    let mut options: Vec<Options> = (0..3).map(|me| group.options(me)).collect();
    options[2].settings.variant = Variant::Left;
    let errors: Vec<String> = group.run_as(options).into_iter().map(|end| end.unwrap_err().to_string()).collect();
    assert!(errors[0].contains("Clinic and Bureau differ in `variant`: here inner, there left"), "{errors:?}");
    assert!(errors[2].contains("Bureau and Clinic differ in `variant`: here left, there inner"), "{errors:?}");

    let mut options = group.options(1);
    options.settings.security = Security::Malicious;
    let error = Job::open(Options { work: group.path(1, "other"), ..options }).err().unwrap().to_string();
    assert!(error.contains("more than two tables") && error.contains("`security = semi-honest`"), "{error}");
}

#[test]
fn an_empty_table_is_refused() {
    let table = vec![("a".to_owned(), 1)];
    let group = Group::new(vec![table.clone(), vec![(" ".to_owned(), 1)], table], learners(&[0]));
    let ends = group.run();
    assert!(ends[1].as_ref().unwrap_err().to_string().contains("none of them has a key"));
    assert!(ends[0].as_ref().unwrap_err().to_string().contains("Bank is gone"), "{:?}", ends[0]);
}

#[test]
fn the_plan_is_about_what_happens() {
    let mut random = Random(5);
    let group = Group::new((0..3).map(|_| random.table(2000, 0..4000)).collect(), learners(&[0, 2]));
    let counts: Vec<u64> = group.rows.iter().map(|rows| rows.len() as u64).collect();
    let plan = plan(&group.parties(0), &group.settings, &counts, 1 << 20).unwrap();
    assert_eq!(plan.protocol, "psi/multiparty");
    assert!(plan.learns[0].starts_with("Clinic learns which of its rows all others have too"), "{:?}", plan.learns);
    assert!(plan.learns.iter().any(|line| line == "Bank learns nothing of which rows are common"));
    assert!(plan.security.iter().any(|line| line.contains("colludes")), "{:?}", plan.security);
    let reports: Vec<_> = group.run().into_iter().map(Result::unwrap).collect();
    assert_eq!(plan.sizes.unwrap().rows, reports[1].rows);
    let sent: u64 = reports.iter().map(|report| report.sent).sum();
    let ratio = plan.bytes.unwrap() as f64 / sent as f64;
    assert!((0.8..1.25).contains(&ratio), "{ratio}");
    assert_eq!(reports[0].sent_by, reports[2].sent_by);
}

#[test]
fn a_run_may_stand_on_any_thread_and_end_at_any_time() {
    fn is_send<T: Send>(t: T) -> T {
        t
    }
    let table = vec![("a".to_owned(), 1)];
    let group = Group::new(vec![table.clone(), table.clone(), table], learners(&[0]));
    let job = Job::open(group.options(0)).unwrap();
    let mesh: Arc<_> = memory::meshes(3).remove(0);
    let mut told = |_: Event<'_>| {};
    drop(is_send(job.run(mesh, &mut told)));
    // Nobody holds the work folder any more.
    check(&group);
    assert_eq!(read(&group.path(0, "output.parquet")).column(0).as_string::<i32>().value(0), "a");
    assert!(Parties::named(Party(0), vec![NAMES[0].into()]).is_err());
}

#[test]
fn more_than_ten_are_too_many() {
    let names = (0..11).map(|i| i.to_string()).collect();
    assert!(Parties::named(Party(0), names).is_err());
    let two = Parties::named(Party(0), vec!["a".into(), "b".into()]).unwrap();
    let settings = Settings { result: learners(&[0]), ..crate::pair::settings() };
    assert!(plan(&two, &settings, &[1], 1 << 30).is_err());
    assert!(plan(&two, &settings, &[1, u64::MAX], 1 << 30).is_err());
}
