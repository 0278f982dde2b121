use std::os::unix::fs::PermissionsExt;

use jointly_node::*;

use crate::world::{assert_says, identities, message, noon, project, signed_project};

fn dataset(name: &str) -> DatasetRecord {
    DatasetRecord { name: name.to_owned(), declaration: "password = \"tiger\"".to_owned(), folder: "data".to_owned() }
}

fn peer(index: usize) -> Peer {
    let identity = &identities()[index];
    Peer {
        name: identity.name().to_owned(),
        key: identity.public_key(),
        address: Some("10.0.0.1:7400".to_owned()),
        since: noon(),
    }
}

#[test]
fn survives_being_closed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("node.db");
    let store = Store::open(&path).unwrap();
    store.insert_peer(&peer(1)).unwrap();
    store.insert_dataset(&dataset("clinic")).unwrap();
    store.put_project(&signed_project(2)).unwrap();
    drop(store);
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);

    let store = Store::open(&path).unwrap();
    assert_eq!(store.peers().unwrap(), [peer(1)]);
    assert_eq!(store.dataset("clinic").unwrap(), dataset("clinic"));
    assert_eq!(store.project(project().id).unwrap().text(), signed_project(2).text());
    assert_eq!(store.verify_chain().unwrap().0, 4);
}

#[test]
fn peers() {
    let store = Store::in_memory().unwrap();
    store.insert_peer(&peer(1)).unwrap();
    assert_says(&message(store.insert_peer(&peer(1))), &["already", "Hungary"]);
    let renamed = Peer { name: "Other".to_owned(), ..peer(1) };
    assert_says(&message(store.insert_peer(&renamed)), &["already", "key"]);
    let nowhere = Peer { address: Some("nowhere".to_owned()), ..peer(2) };
    assert_says(&message(store.insert_peer(&nowhere)), &["host:port"]);

    store.set_peer_address(&peer(1).key, None).unwrap();
    assert_eq!(store.peer(&peer(1).key).unwrap().unwrap().address, None);
    assert_eq!(store.peer(&peer(2).key).unwrap(), None);
    assert_says(&message(store.set_peer_address(&peer(2).key, None)), &["no peer"]);
}

#[test]
fn datasets() {
    let store = Store::in_memory().unwrap();
    store.insert_dataset(&dataset("clinic")).unwrap();
    assert_says(
        &message(store.insert_dataset(&dataset("clinic"))),
        &["already a dataset named \"clinic\"", "choose another name"],
    );
    assert_says(&message(store.dataset("ward")), &["no dataset \"ward\""]);
    store.insert_dataset(&dataset("ward")).unwrap();
    store.remove_dataset("clinic").unwrap();
    assert_eq!(store.datasets().unwrap(), [dataset("ward")]);
    assert_says(&message(store.remove_dataset("clinic")), &["no dataset"]);
    let evidence = format!("{:?} {:?}", store.evidence(None).unwrap(), store.datasets().unwrap());
    assert!(!evidence.contains("tiger"), "a password is neither logged nor shown");
}

#[test]
fn signatures_on_a_project_gather() {
    let store = Store::in_memory().unwrap();
    let [a, b, c] = identities();
    for identity in [a, b, c] {
        let mut copy = signed_project(0);
        copy.sign(identity).unwrap();
        store.put_project(&copy).unwrap();
    }
    store.put_project(&signed_project(1)).unwrap();
    assert_eq!(store.project(project().id).unwrap().state(), State::Active);
    let signed: Vec<String> =
        store.evidence(None).unwrap().into_iter().map(|e| format!("{} {}", e.kind, e.subject)).collect();
    assert_eq!(signed, ["project-signed Cleveland", "project-signed Hungary", "project-signed Zürich"]);

    let mut other = project();
    other.purpose = "Something else.".to_owned();
    assert_says(&message(store.put_project(&Signed::draft(&other).unwrap())), &["differs from the one this node has"]);
    other.threshold = 7;
    assert_says(&message(store.put_project(&Signed::draft(&other).unwrap())), &["cannot stand", "threshold is 7"]);
    assert_says(&message(store.project(ProjectId::random().unwrap())), &["no project"]);
    assert_eq!(store.projects().unwrap().len(), 1);
}

#[test]
fn jobs_go_their_way() {
    let store = Store::in_memory().unwrap();
    let (id, plan) = (JobId::random().unwrap(), Some(Hex([9; 32])));
    assert_says(&message(store.insert_job(id, project().id, "SELECT 1", plan, noon())), &["no project"]);
    store.put_project(&signed_project(3)).unwrap();
    store.insert_job(id, project().id, "SELECT 1", plan, noon()).unwrap();
    assert_says(&message(store.insert_job(id, project().id, "SELECT 2", plan, noon())), &["already a job"]);
    assert_says(
        &message(store.set_job_state(id, JobState::Running, None, noon())),
        &["is requested, it cannot become running"],
    );
    for state in [JobState::Approved, JobState::Running, JobState::Ended] {
        store.set_job_state(id, state, None, noon()).unwrap();
        assert_eq!(store.job(id).unwrap().state, state);
    }
    let job = store.job(id).unwrap();
    assert_eq!((job.plan_hash, job.began, job.ended, job.reason), (plan, Some(noon()), Some(noon()), None));
    assert_says(&message(store.set_job_state(id, JobState::Failed, None, noon())), &["is ended"]);
    let kinds: Vec<EntryKind> = store.evidence(Some(project().id)).unwrap().iter().skip(3).map(|e| e.kind).collect();
    use EntryKind::*;
    assert_eq!(kinds, [JobRequested, JobApproved, JobStarted, JobEnded]);
}

#[test]
fn a_restart_fails_what_was_running() {
    let store = Store::in_memory().unwrap();
    store.put_project(&signed_project(3)).unwrap();
    let ids: Vec<JobId> = (0..3).map(|_| JobId::random().unwrap()).collect();
    for (id, steps) in ids.iter().zip([0, 1, 2]) {
        store.insert_job(*id, project().id, "SELECT 1", None, noon()).unwrap();
        for state in [JobState::Approved, JobState::Running].into_iter().take(steps) {
            store.set_job_state(*id, state, None, noon()).unwrap();
        }
    }
    let mut failed = store.fail_unfinished_jobs("the node was restarted", noon()).unwrap();
    failed.sort();
    let mut expected = ids.to_vec();
    expected.sort();
    assert_eq!(failed, expected);
    assert_eq!(store.job(ids[0]).unwrap().state, JobState::Failed);
    assert_eq!(store.job(ids[2]).unwrap().reason.as_deref(), Some("the node was restarted"));
    assert_eq!(store.jobs().unwrap().len(), 3);
}

#[test]
fn broken_files_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("node.db");
    std::fs::write(&path, "this is no database, but it is long enough to be looked at ".repeat(20)).unwrap();
    assert_says(&message(Store::open(&path)), &["node.db", "damaged, or no store of Jointly"]);
    assert_says(&message(Store::open(&folder.path().join("none/node.db"))), &["cannot open", "none/node.db"]);

    let newer = folder.path().join("newer.db");
    drop(Store::open(&newer).unwrap());
    let db = rusqlite::Connection::open(&newer).unwrap();
    db.pragma_update(None, "user_version", 99).unwrap();
    drop(db);
    assert_says(&message(Store::open(&newer)), &["newer Jointly", "version 99", "update Jointly"]);
}

#[test]
fn a_store_that_another_program_holds_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("node.db");
    let store = Store::open(&path).unwrap();
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_says(&message(store.insert_dataset(&dataset("clinic"))), &["in use by another program", "try again"]);
    other.execute_batch("COMMIT").unwrap();
    store.insert_dataset(&dataset("clinic")).unwrap();
}

#[test]
fn a_store_can_be_shared_by_threads() {
    let store = Store::in_memory().unwrap();
    std::thread::scope(|scope| {
        for i in 0..4 {
            let store = &store;
            scope.spawn(move || (0..10).for_each(|j| store.insert_dataset(&dataset(&format!("d{i}-{j}"))).unwrap()));
        }
    });
    assert_eq!(store.verify_chain().unwrap().0, 40);
}
