use std::fs;

use jointly_node::{Bundle, EntryKind, Identity, NewEntry, Passphrase, Store};
use serde_json::json;

use crate::command::run;

#[test]
fn a_bundle_is_verified_offline_and_no_changed_byte_passes() {
    let folder = tempfile::tempdir().unwrap();
    let identity = Identity::create(&folder.path().join("key"), "cleveland", &Passphrase::none()).unwrap();
    let store = Store::in_memory().unwrap();
    for subject in ["cleveland", "hungary"] {
        store.append(&NewEntry::new(EntryKind::PeerAdded, None, subject, json!({}))).unwrap();
    }
    let bundle = Bundle::export(&store, &identity, None).unwrap().to_json().unwrap();
    let path = folder.path().join("evidence.json");
    let file = path.to_str().unwrap();
    fs::write(&path, &bundle).unwrap();
    let (code, out, error) = run(&["evidence", "verify", file]);
    assert_eq!(code, 0, "{error}");
    assert!(out.contains("Evidence of cleveland") && out.contains("Sound"), "{out}");

    let text = String::from_utf8(bundle).unwrap();
    fs::write(&path, text.replacen("hungary", "hungarz", 1)).unwrap();
    let (code, out, error) = run(&["evidence", "verify", file]);
    assert_eq!(code, 5, "{error}");
    assert!(out.contains("NOT SOUND") && out.contains("entry 2: it was altered"), "{out}");
    let (code, out, _) = run(&["evidence", "verify", file, "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((code, &report["sound"]), (5, &json!(false)));
    assert_eq!(report["problems"][0]["place"], "entry 2");
}

#[test]
fn a_missing_file_is_named() {
    let (code, _, error) = run(&["evidence", "verify", "no-such-file.json"]);
    assert_eq!(code, 4);
    assert!(error.contains("no-such-file.json"), "{error}");
}
