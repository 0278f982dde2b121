use std::fs;
use std::path::Path;

use crate::command::{jointly, run_in};

fn path(folder: &Path, name: &str) -> String {
    folder.join(name).to_str().unwrap().to_owned()
}

#[test]
fn an_identity_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let init = ["init", "--name", "st-marys", "--no-passphrase"];
    let (code, out, error) = run_in(folder.path(), &init);
    assert_eq!(code, 0, "{error}");
    assert!(out.contains("st-marys") && out.contains("key fingerprint"), "{out}");
    let before = fs::read(folder.path().join("identity.pem")).unwrap();

    let (code, _, error) = run_in(folder.path(), &init);
    assert_eq!(code, 3, "{error}");
    assert!(error.contains("exists already"), "{error}");
    assert_eq!(fs::read(folder.path().join("identity.pem")).unwrap(), before);
}

#[test]
fn an_identity_needs_a_passphrase_unless_told_otherwise() {
    let folder = tempfile::tempdir().unwrap();
    let (code, _, error) = run_in(folder.path(), &["init", "--name", "a"]);
    assert_eq!(code, 2);
    assert!(error.contains("--passphrase-file") && error.contains("JOINTLY_PASSPHRASE"), "{error}");

    let home = path(folder.path(), "home");
    let made = jointly(&["--home", &home, "init", "--name", "a"]).env("JOINTLY_PASSPHRASE", "correct horse").output();
    assert!(made.unwrap().status.success());
    let file = path(folder.path(), "passphrase");
    fs::write(&file, "correct horse\n").unwrap();
    let show = ["identity", "show", "--passphrase-file", &file];
    assert_eq!(run_in(Path::new(&home), &show).0, 0);
    fs::write(&file, "wrong horse\n").unwrap();
    let (code, _, error) = run_in(Path::new(&home), &show);
    assert_eq!(code, 3);
    assert!(error.contains("wrong passphrase") && !error.contains("horse"), "{error}");
}

#[test]
fn a_copy_comes_back_as_the_same_identity() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second] = ["first", "second"].map(|n| folder.path().join(n));
    let (copy, passphrase) = (path(folder.path(), "copy.pem"), path(folder.path(), "passphrase"));
    fs::write(&passphrase, "for the copy").unwrap();
    let json = ["--no-passphrase", "--format", "json"];
    let (_, made, _) = run_in(&first, &[&["init", "--name", "a"][..], &json].concat());
    let lock = ["--copy-passphrase-file", &passphrase, "--no-passphrase"];
    assert_eq!(run_in(&first, &[&["identity", "export", &copy], &lock[..]].concat()).0, 0);
    assert_eq!(run_in(&second, &[&["identity", "restore", &copy], &lock[..]].concat()).0, 0);
    let (_, restored, _) = run_in(&second, &[&["identity", "show"][..], &json].concat());
    let key = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap()["key"].clone();
    assert!(key(&made).is_string());
    assert_eq!(key(&made), key(&restored));
}
