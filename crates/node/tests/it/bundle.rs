use jointly_node::*;
use serde_json::{Value, json};

use crate::world::{assert_says, identities, noon, project, receipt, signed_project};

/// A node with a project, a job with a receipt signed by the first `signers` parties, and things of its own.
fn node(signers: usize) -> (Store, JobId) {
    let store = Store::in_memory().unwrap();
    let guest = &identities()[1];
    let peer = Peer { name: "Hungary".to_owned(), key: guest.public_key(), address: None, since: noon() };
    store.insert_peer(&peer).unwrap();
    store.put_project(&signed_project(3)).unwrap();
    let job = JobId::random().unwrap();
    store.insert_job(job, project().id, "SELECT 1", None, noon()).unwrap();
    let mut signed = Signed::draft(&receipt(job, &project())).unwrap();
    store.append_receipt(&signed).unwrap();
    identities().iter().take(signers).for_each(|identity| signed.sign(identity).unwrap());
    store.append_receipt(&signed).unwrap();
    (store, job)
}

fn export(store: &Store, scope: Option<ProjectId>) -> Vec<u8> {
    Bundle::export(store, &identities()[0], scope).unwrap().to_json().unwrap()
}

/// What verification says of the bundle after `change`, written as a node writes it. The node itself, which has its key,
/// seals it again where `reseal` is given.
fn changed(bundle: &[u8], reseal: Option<&Identity>, change: impl FnOnce(&mut Value)) -> Report {
    let mut value: Value = serde_json::from_slice(bundle).unwrap();
    change(&mut value);
    let bundle = match reseal {
        Some(identity) => sealed(&value["statement"], identity),
        None => format!("{{\"statement\":{},\"seal\":{}}}", to_order(&value["statement"], STATEMENT), value["seal"]),
    };
    verify_bundle(bundle.as_bytes())
}

/// A bundle of this statement, as a node writes and seals it.
pub fn sealed(statement: &Value, identity: &Identity) -> String {
    let statement = to_order(statement, STATEMENT);
    let seal = json!(identity.sign("jointly v1 bundle", statement.as_bytes()));
    format!("{{\"statement\":{statement},\"seal\":{seal}}}")
}

const STATEMENT: &[&str] = &["version", "node", "key", "exported", "scope", "projects", "chain", "head"];

/// The object as JSON with its fields in a node's order.
fn to_order(value: &Value, fields: &[&str]) -> String {
    let inner = |field: &str| match field {
        "projects" => list(&value[field], |project| to_order(project, &["domain", "text", "signatures"])),
        "chain" => list(&value[field], link),
        "signatures" => list(&value[field], |line| to_order(line, &["key", "signature"])),
        _ => value[field].to_string(),
    };
    let fields: Vec<String> = fields.iter().map(|field| format!("\"{field}\":{}", inner(field))).collect();
    format!("{{{}}}", fields.join(","))
}

fn list(values: &Value, each: impl Fn(&Value) -> String) -> String {
    format!("[{}]", values.as_array().unwrap().iter().map(each).collect::<Vec<_>>().join(","))
}

fn link(link: &Value) -> String {
    let fields = ["seq", "time", "kind", "project", "subject", "body", "salt", "prev", "hash"];
    match link.get("entry") {
        Some(entry) => format!("{{\"entry\":{}}}", to_order(entry, &fields)),
        None => format!(
            "{{\"withheld\":{}}}",
            to_order(&link["withheld"], &["seq", "project_tag", "content", "prev", "hash"])
        ),
    }
}

fn replace(value: &mut Value, from: &str, to: &str) {
    let text = value.as_str().unwrap();
    assert!(text.contains(from), "{from:?} is not in {text}");
    *value = text.replacen(from, to, 1).into();
}

#[test]
fn a_whole_bundle_is_sound_and_complete() {
    let (store, job) = node(3);
    let report = verify_bundle(&export(&store, None));
    assert!(report.is_complete(), "{report}");
    assert_eq!((report.shown, report.withheld), (7, 0));
    assert_eq!(report.projects, [(project().id, "Cholesterol".to_owned())]);
    assert_eq!(report.receipts[0].job, job);
    assert_eq!(report.receipts[0].signed, ["Cleveland", "Hungary", "Zürich"]);
    assert_says(
        &report.to_string(),
        &[&identities()[0].public_key().fingerprint(), "Sound", "signed by Cleveland, Hungary and Zürich"],
    );
}

#[test]
fn a_missing_signature_is_a_gap_that_names_the_party() {
    let (store, job) = node(2);
    let report = verify_bundle(&export(&store, None));
    assert!(report.is_sound() && !report.is_complete());
    assert_says(&report.to_string(), &["Incomplete", &format!("receipt of job {job} (entry 7): not signed by Zürich")]);
}

#[test]
fn of_several_copies_the_best_signed_counts_and_another_text_is_a_problem() {
    let (store, job) = node(3);
    let drafted = Signed::draft(&receipt(job, &project())).unwrap();
    store.append_receipt(&drafted).unwrap();
    let report = verify_bundle(&export(&store, None));
    assert!(report.is_complete(), "{report}");
    assert_eq!((report.receipts[0].entry, report.receipts[0].signed.len()), (7, 3));

    let mut other = receipt(job, &project());
    other.outcome = Outcome::Failed("nothing happened".to_owned());
    let mut other = Signed::draft(&other).unwrap();
    other.sign(&identities()[0]).unwrap();
    store.append_receipt(&other).unwrap();
    let report = verify_bundle(&export(&store, None));
    assert_says(&report.to_string(), &["NOT SOUND", "(entry 9): it says something else than the one in entry 7"]);
    assert_eq!((report.receipts[0].entry, report.receipts[0].signed.len()), (7, 3));
}

#[test]
fn a_bundle_of_one_project_shows_nothing_else() {
    let (store, _) = node(3);
    let bytes = export(&store, Some(project().id));
    let report = verify_bundle(&bytes);
    assert!(report.is_complete(), "{report}");
    assert_eq!((report.shown, report.withheld), (6, 1));
    assert!(!String::from_utf8(bytes.clone()).unwrap().contains("peer-added"));

    let other = changed(&bytes, Some(&identities()[0]), |b| {
        let whole: Value = serde_json::from_slice(&export(&store, None)).unwrap();
        b["statement"]["chain"][0] = whole["statement"]["chain"][0].clone();
    });
    assert_says(&other.to_string(), &["entry 1: it does not belong to the bundle's project"]);
    // Not even the node itself can pass off an entry of the project as another's: the tag is in the chain since it was written.
    let unscoped: Value = serde_json::from_slice(&bytes).unwrap();
    let kept_back = changed(&bytes, Some(&identities()[0]), |b| {
        let entry = &unscoped["statement"]["chain"][4]["entry"];
        let (seq, prev, hash) = (&entry["seq"], &entry["prev"], &entry["hash"]);
        let tag = &unscoped["statement"]["chain"][0]["withheld"]["project_tag"];
        let withheld = json!({ "seq": seq, "project_tag": tag, "content": Hex([0; 32]), "prev": prev, "hash": hash });
        b["statement"]["chain"][4] = json!({ "withheld": withheld });
    });
    assert_says(&kept_back.to_string(), &["NOT SOUND", "entry 5: it was altered"]);
    let other = ProjectId::random().unwrap();
    store.append(&NewEntry::new(EntryKind::JobFailed, Some(other), "a job", json!({}))).unwrap();
    let left_out = changed(&export(&store, Some(project().id)), Some(&identities()[0]), |b| {
        b["statement"]["scope"] = json!(other)
    });
    assert_says(&left_out.to_string(), &["entry 8: it belongs to the bundle's project, but is withheld"]);
    let hidden = changed(&bytes, None, |b| b["statement"]["chain"][0]["withheld"]["content"] = json!(Hex([0; 32])));
    assert_says(&hidden.to_string(), &["NOT SOUND", "entry 1: it was altered"]);
}

#[test]
fn each_change_is_named_with_its_place() {
    let (store, job) = node(3);
    let bytes = export(&store, None);
    assert!(changed(&bytes, None, |_| ()).is_complete(), "the test's own writing is right");
    let says = |words: &[&str], change: fn(&mut Value)| {
        let report = changed(&bytes, None, |bundle| change(&mut bundle["statement"]));
        assert!(!report.is_sound());
        assert_says(&report.to_string(), words);
    };
    says(&["entry 5: it was altered", "the node's seal"], |s| {
        replace(&mut s["chain"][4]["entry"]["body"], "SELECT 1", "SELECT 2")
    });
    says(&["entry 3: it was altered"], |s| replace(&mut s["chain"][2]["entry"]["subject"], "Hungary", "Basel"));
    says(&["entry 3: the chain is broken"], |s| s["chain"][2]["entry"]["prev"] = json!(Hex([0; 32])));
    says(&["entry 3: entries are missing or out of order: number 4 stands here"], |s| {
        drop(s["chain"].as_array_mut().unwrap().remove(2))
    });
    says(&["the chain's head", "cut off"], |s| drop(s["chain"].as_array_mut().unwrap().pop()));
    says(&["the chain's head"], |s| s["head"] = json!(Hex([0; 32])));
    says(&["the node's seal: the signature of Clevelant does not match"], |s| s["node"] = "Clevelant".into());
    says(&["project 1: the signature of Cleveland does not match", "project 1: the signature of Zürich"], |s| {
        replace(&mut s["projects"][0]["text"], "Cholesterol", "Cholesterin")
    });
    says(&["project \"Cholesterol\": not signed by Zürich", "the node's seal"], |s| {
        drop(s["projects"][0]["signatures"].as_array_mut().unwrap().pop())
    });
    says(&["its project", "is not in the bundle"], |s| s["projects"] = json!([]));
    says(&["the bundle's version"], |s| s["version"] = json!(2));
    let broken = changed(&bytes, None, |b| {
        let body = &mut b["statement"]["chain"][6]["entry"]["body"];
        let mut envelope: Value = serde_json::from_str(body.as_str().unwrap()).unwrap();
        envelope["signatures"][1]["signature"] = envelope["signatures"][0]["signature"].clone();
        *body = envelope.to_string().into();
    });
    let place = format!("receipt of job {job} (entry 7)");
    assert_says(
        &broken.to_string(),
        &["entry 7: it was altered", &format!("{place}: the signature of Hungary does not match the text")],
    );
}

/// The node that exports can rewrite its own log and seal it again. It cannot forge what others signed.
#[test]
fn even_the_exporter_cannot_forge_what_others_signed() {
    let (store, job) = node(3);
    let bytes = export(&store, None);
    let me = &identities()[0];
    let forged = changed(&bytes, Some(me), |b| {
        replace(&mut b["statement"]["projects"][0]["text"], "\"threshold\":1", "\"threshold\":2")
    });
    assert_says(&forged.to_string(), &["NOT SOUND", "project 1: the signature of Hungary does not match"]);
    assert!(!forged.to_string().contains("seal"), "{forged}");

    // A log of its own making, with a receipt whose text it changed.
    let own = Store::in_memory().unwrap();
    own.put_project(&signed_project(3)).unwrap();
    let signed = store.receipt(job).unwrap().unwrap();
    let mut envelope = signed.envelope().clone();
    envelope.text = envelope.text.replace("two groups", "two rows");
    let body = serde_json::to_string(&envelope).unwrap();
    own.append(&NewEntry { kind: EntryKind::Receipt, project: Some(project().id), subject: job.to_string(), body })
        .unwrap();
    let report = verify_bundle(&export(&own, None)).to_string();
    assert_says(
        &report,
        &[
            "(entry 4): the signature of Cleveland",
            "(entry 4): the signature of Hungary",
            "(entry 4): the signature of Zürich",
        ],
    );

    // The same receipt under another job's name.
    let own = Store::in_memory().unwrap();
    own.put_project(&signed_project(3)).unwrap();
    let (subject, body) = (JobId::random().unwrap().to_string(), signed.to_json().unwrap());
    own.append(&NewEntry { kind: EntryKind::Receipt, project: Some(project().id), subject, body }).unwrap();
    assert_says(&verify_bundle(&export(&own, None)).to_string(), &["another job or project than its entry says"]);
}

#[test]
fn a_stranger_cannot_pass_as_the_node() {
    let (store, _) = node(3);
    let folder = tempfile::tempdir().unwrap();
    let stranger = Identity::create(&folder.path().join("s"), "Cleveland", &Passphrase::none()).unwrap();
    let bundle = Bundle::export(&store, &stranger, None).unwrap().to_json().unwrap();
    assert_says(
        &verify_bundle(&bundle).to_string(),
        &["NOT SOUND", "Cleveland, who exported the bundle, is not a member of it"],
    );
}

#[test]
fn what_is_no_bundle_is_named_too() {
    for (bytes, says) in
        [(&b""[..], "line 1, byte 0"), (b"{}", "missing field"), (b"\xff\xfe", "cannot be read"), (b"[[[[", "line 1")]
    {
        let report = verify_bundle(bytes);
        assert!(!report.is_sound());
        assert_says(&report.to_string(), &["NOT SOUND", says]);
    }
    let (store, _) = node(3);
    let mut spaced = export(&store, None);
    spaced.push(b'\n');
    assert_says(&verify_bundle(&spaced).to_string(), &["not written as a node writes it"]);
}

#[test]
fn no_changed_byte_goes_unnoticed() {
    let whole = export(&node(3).0, Some(project().id));
    for (at, salt) in (0..whole.len()).zip(Hex::<251>::random().unwrap().0.into_iter().cycle()) {
        let mut bytes = whole.clone();
        bytes[at] ^= salt.max(1);
        let report = verify_bundle(&bytes);
        assert!(!report.is_sound(), "byte {at} ^ {salt:#x} passed");
        assert!(report.problems.iter().all(|p| !p.place.is_empty() && !p.what.is_empty()));
    }
}

/// Flips within the alphabet that stands there, which the parser cannot see: digits, letters, hexadecimal digits.
#[test]
fn no_plausible_change_goes_unnoticed() {
    let whole = export(&node(3).0, None);
    // A third of the places each time, other ones by chance: all of them take half a minute.
    let first = usize::from(Hex::<1>::random().unwrap().0[0] % 3);
    for at in (first..whole.len()).step_by(3) {
        let other = match whole[at] {
            b'9' => b'0',
            digit @ b'0'..=b'8' => digit + 1,
            b'f' => b'a',
            letter @ b'a'..=b'e' => letter + 1,
            letter if letter.is_ascii_alphabetic() => letter ^ 0x20,
            _ => continue,
        };
        let mut bytes = whole.clone();
        bytes[at] = other;
        assert!(!verify_bundle(&bytes).is_sound(), "byte {at} passed");
    }
}

#[test]
fn no_missing_end_goes_unnoticed() {
    let whole = export(&node(3).0, None);
    for end in (0..whole.len()).step_by(7) {
        assert!(!verify_bundle(&whole[..end]).is_sound(), "{end} bytes passed");
    }
}
