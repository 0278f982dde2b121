//! A result that nobody learns: the two shares together say what is true.

use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::datatypes::{Int64Type, UInt64Type};
use jointly_align::{Job, Learners, Options, Report, Settings, plan};

use crate::group::{Group, Random, normal, read, rows};

fn group(tables: Vec<Vec<(String, i64)>>, payload: bool) -> Group {
    let mut group = Group::new(tables, Learners::Shared);
    group.settings.payload = payload.then(|| "number".to_owned());
    group
}

/// Puts the shares together: what they say is what plain sets say.
fn check(group: &Group, reports: Vec<Report>) {
    let [a, b] = [0, 1].map(|me| read(&group.path(me, "output.parquet")));
    assert_eq!(a.num_rows(), b.num_rows());
    assert_eq!(a.num_columns(), b.num_columns() + 2, "the sender writes none of its rows");
    let shares = [&a, &b].map(|batch| batch.column_by_name("jointly_share").unwrap().as_boolean().clone());
    let payloads = [&a, &b].map(|batch| batch.column_by_name("jointly_payload_share"));
    let (mine, theirs) = (group.standing(0), group.standing(1));
    let (keys, numbers) = (a.column(0).as_string::<i32>(), a.column(1).as_primitive::<Int64Type>());
    let mut seen = 0;
    for bin in 0..a.num_rows() {
        let common = shares[0].value(bin) ^ shares[1].value(bin);
        if keys.is_null(bin) {
            assert!(!common && numbers.is_null(bin));
            continue;
        }
        let key = normal(keys.value(bin));
        seen += 1;
        assert_eq!(mine[&key], (keys.value(bin).to_owned(), numbers.value(bin)));
        assert_eq!(common, theirs.contains_key(&key), "{key}");
        if let ([Some(x), Some(y)], true) = (payloads, common) {
            let [x, y] = [x, y].map(|column| column.as_primitive::<UInt64Type>().value(bin));
            assert_eq!((x ^ y) as i64, theirs[&key].1);
        }
    }
    assert_eq!(seen, mine.len(), "each row stands in one bin");
    let ones = shares[0].true_count();
    assert!(ones > a.num_rows() / 3 && ones < a.num_rows() * 2 / 3, "a share looks random: {ones}");
    for report in reports {
        assert!(report.matches.is_none() && report.proof.result.is_none() && report.proof.input.is_true());
        assert_eq!(report.output.unwrap().1, a.num_rows() as u64);
        assert!(report.learnt[0].starts_with("nobody learnt which rows are common"), "{:?}", report.learnt);
    }
    assert!((0..2).all(|me| !group.path(me, "work").exists()));
}

fn run(group: &Group) -> Vec<Report> {
    group.run().into_iter().map(Result::unwrap).collect()
}

#[test]
fn shares_recombine_to_the_truth() {
    let mut random = Random(9);
    for payload in [false, true] {
        let tables = vec![random.table(400, 0..300), random.table(250, 100..400)];
        let group = group(tables, payload);
        check(&group, run(&group));
    }
    let payload = read_metadata(&mut random);
    assert_eq!(payload.as_deref(), Some("int64"));
}

/// What the receiver's file says of the shared words.
fn read_metadata(random: &mut Random) -> Option<String> {
    let group = group(vec![random.table(20, 0..30), random.table(20, 0..30)], true);
    run(&group);
    let batch = read(&group.path(0, "output.parquet"));
    batch.schema().field_with_name("jointly_payload_share").unwrap().metadata().get("encoding").cloned()
}

#[test]
fn a_broken_run_goes_on_where_it_was() {
    let table = |keys: std::ops::Range<i64>| keys.map(|i| (format!("key {i}"), -i)).collect::<Vec<_>>();
    let group = group(vec![table(0..4000), table(2000..6000)], true);
    let ends = group.break_off("bucket 3 ");
    assert!(ends[0].as_ref().unwrap_err().to_string().contains("Bank is gone"), "{ends:?}");
    use std::os::unix::fs::PermissionsExt;
    let kept = group.path(0, "work").join("shares-0");
    assert_eq!(std::fs::metadata(kept).unwrap().permissions().mode() & 0o777, 0o600);
    let reports = run(&group);
    assert_eq!(reports[0].buckets, (4, 2));
    check(&group, reports);
}

#[test]
fn what_cannot_be_shared_is_refused() {
    let table = vec![("a".to_owned(), 1)];
    let three = Group::new(vec![table.clone(), table.clone(), table.clone()], Learners::Shared);
    let opening = |options: Options| Job::open(options).err().unwrap().to_string();
    assert!(opening(three.options(0)).contains("between two parties only"));
    let mut group = group(vec![table.clone(), table], true);
    let settings = |change: fn(&mut Settings)| {
        let mut options = group.options(1);
        change(&mut options.settings);
        opening(options)
    };
    assert!(settings(|s| s.security = jointly_align::Security::Malicious).contains("`security = semi-honest`"));
    assert!(settings(|s| s.variant = jointly_align::Variant::Left).contains("`variant = inner`"));
    assert!(settings(|s| s.payload = Some("key".into())).contains("Utf8"));
    assert!(settings(|s| s.payload = Some("income".into())).contains("no column `income`"));
    group.settings.payload = Some("income".into());
    assert!(Job::open(group.options(0)).is_ok(), "the receiver needs no such column");
}

#[test]
fn the_plan_says_that_nobody_learns() {
    let mut random = Random(13);
    let group = group(vec![random.table(300, 0..300), random.table(200, 0..300)], true);
    let counts: Vec<u64> = group.rows.iter().map(|rows| rows.len() as u64).collect();
    let plan = plan(&group.parties(1), &group.settings, &counts, 1 << 20).unwrap();
    assert_eq!(plan.protocol, "psi/circuit");
    assert!(plan.learns[0].starts_with("nobody learns which rows are common, or how many"), "{:?}", plan.learns);
    assert!(plan.writes.contains("none of its rows"), "{}", plan.writes);
    let sent: u64 = run(&group).iter().map(|report| report.sent).sum();
    let ratio = plan.bytes.unwrap() as f64 / sent as f64;
    assert!((0.8..1.25).contains(&ratio), "{ratio}");
    assert!(rows(&group.path(0, "input.parquet")).len() > 100);
}
