use jointly_node::*;
use serde_json::json;

use crate::world::{assert_says, identities, message, project, receipt, signed_project};

fn entry(i: usize) -> NewEntry {
    NewEntry::new(EntryKind::PeerAdded, None, &format!("peer {i}"), json!({ "i": i }))
}

#[test]
fn entries_follow_one_another() {
    let store = Store::in_memory().unwrap();
    assert_eq!(store.verify_chain().unwrap().0, 0);
    let entries: Vec<Entry> = (0..5).map(|i| store.append(&entry(i)).unwrap()).collect();
    assert_eq!(store.evidence(None).unwrap(), entries);
    assert!(entries.windows(2).all(|pair| pair[1].prev == pair[0].hash && pair[1].seq == pair[0].seq + 1));
    assert_eq!(store.verify_chain().unwrap(), (5, entries[4].hash));
}

#[test]
fn the_log_is_append_only_and_a_change_behind_its_back_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("node.db");
    let store = Store::open(&path).unwrap();
    (0..5).for_each(|i| drop(store.append(&entry(i)).unwrap()));
    let db = rusqlite::Connection::open(&path).unwrap();
    for sql in ["UPDATE evidence SET body = '' WHERE seq = 3", "DELETE FROM evidence WHERE seq = 5"] {
        assert!(db.execute_batch(sql).unwrap_err().to_string().contains("append-only"));
    }
    db.execute_batch("DROP TRIGGER evidence_is_not_changed; DROP TRIGGER evidence_is_not_deleted").unwrap();
    for (change, says, undo) in [
        ("body = '{\"i\":9}'", "altered", "body = '{\"i\":2}'"),
        ("kind = 'receipt'", "altered", "kind = 'peer-added'"),
        ("prev = hash", "broken", "prev = (SELECT hash FROM evidence WHERE seq = 2)"),
    ] {
        db.execute_batch(&format!("UPDATE evidence SET {change} WHERE seq = 3")).unwrap();
        assert_says(&message(store.verify_chain()), &["entry 3", says]);
        db.execute_batch(&format!("UPDATE evidence SET {undo} WHERE seq = 3")).unwrap();
        store.verify_chain().unwrap();
    }
    db.execute_batch("DELETE FROM evidence WHERE seq = 2").unwrap();
    assert_says(&message(store.verify_chain()), &["entry 2", "missing or out of order"]);
}

#[test]
fn the_latest_receipt_of_a_job_counts() {
    let store = Store::in_memory().unwrap();
    store.put_project(&signed_project(3)).unwrap();
    let job = JobId::random().unwrap();
    let mut signed = Signed::draft(&receipt(job, &project())).unwrap();
    assert!(store.receipt(job).unwrap().is_none());
    for identity in identities() {
        signed.sign(identity).unwrap();
        store.append_receipt(&signed).unwrap();
    }
    let found = store.receipt(job).unwrap().unwrap();
    assert_eq!((found.text(), found.missing()), (signed.text(), Vec::new()));
}

#[test]
fn a_receipt_must_fit_its_project() {
    let (project, job) = (project(), JobId::random().unwrap());
    let whole = receipt(job, &project);
    assert_eq!(whole.problems(&project), Vec::<String>::new());
    let wrong = |change: fn(&mut Receipt)| {
        let mut receipt = whole.clone();
        change(&mut receipt);
        receipt.problems(&project).join("; ")
    };
    assert_says(
        &wrong(|r| drop(r.parties.remove(1))),
        &["\"Hungary\" took part, but is not among the parties that sign"],
    );
    assert_says(&wrong(|r| r.parties[1].name = "Basel".into()), &["\"Basel\" is not a member"]);
    assert_says(&wrong(|r| r.parties[1].key = r.parties[0].key), &["the key of \"Hungary\""]);
    assert_says(&wrong(|r| drop(r.computing.pop())), &["not those that the project names"]);
}
