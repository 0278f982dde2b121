use std::fs;
use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

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

/// Runs the program at a terminal, where a person answers each prompt; the exit code, and all that the terminal showed.
fn at_a_terminal(home: &Path, args: &[&str], answers: &[(&str, &str)]) -> (i32, String) {
    let line = format!("{} --home {} {}", env!("CARGO_BIN_EXE_jointly"), home.display(), args.join(" "));
    let mut command = Command::new("script");
    command.args(["-q", "-e", "-c", &line, "/dev/null"]).env_remove("JOINTLY_PASSPHRASE").env_remove("JOINTLY_HOME");
    let mut person = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut types, mut screen) = (person.stdin.take().unwrap(), person.stdout.take().unwrap());
    let mut shown = String::new();
    for (prompt, answer) in answers {
        let (mut byte, begin) = ([0], shown.len());
        while !shown[begin..].contains(prompt) {
            assert_eq!(screen.read(&mut byte).unwrap(), 1, "{prompt:?} did not come: {shown}");
            shown.push(byte[0].into());
        }
        types.write_all(format!("{answer}\n").as_bytes()).unwrap();
    }
    screen.read_to_string(&mut shown).unwrap();
    (person.wait().unwrap().code().unwrap(), shown)
}

#[test]
fn a_person_at_a_terminal_is_asked_for_passphrases() {
    let folder = tempfile::tempdir().unwrap();
    let [first, second] = ["first", "second"].map(|n| folder.path().join(n));
    let (own, again) = ("identity: ", "identity, once more: ");
    let init = ["init", "--name", "a"];
    let (code, shown) = at_a_terminal(&first, &init, &[(own, "correct horse"), (again, "correct house")]);
    assert_eq!(code, 2, "{shown}");
    assert!(shown.contains("the two passphrases differ"), "{shown}");
    let (code, shown) = at_a_terminal(&first, &init, &[(own, "correct horse"), (again, "correct horse")]);
    assert!(code == 0 && shown.contains("key fingerprint"), "{shown}");
    let (code, shown) = at_a_terminal(&first, &["identity", "show"], &[(own, "wrong horse")]);
    assert!(code == 3 && shown.contains("wrong passphrase"), "{shown}");
    let (code, shown) = at_a_terminal(&first, &["node", "run"], &[(own, "")]);
    assert!(code == 3 && shown.contains("the passphrase is empty"), "{shown}");

    let copy = path(folder.path(), "copy.pem");
    let (kept, kept_again) = ("copy: ", "copy, once more: ");
    let answers = [(own, "correct horse"), (kept, "battery"), (kept_again, "battery")];
    let (code, shown) = at_a_terminal(&first, &["identity", "export", &copy], &answers);
    assert_eq!(code, 0, "{shown}");
    let answers = [(kept, "battery"), (own, "staple"), (again, "staple")];
    let (code, shown) = at_a_terminal(&second, &["identity", "restore", &copy], &answers);
    assert_eq!(code, 0, "{shown}");
    let file = path(folder.path(), "passphrase");
    fs::write(&file, "staple").unwrap();
    assert_eq!(run_in(&second, &["identity", "show", "--passphrase-file", &file]).0, 0);
    // Programs are not asked.
    let (code, _, error) = run_in(&second, &["identity", "export", &copy, "--passphrase-file", &file]);
    assert_eq!(code, 2, "{error}");
    assert!(error.contains("--copy-passphrase-file"), "{error}");
}
