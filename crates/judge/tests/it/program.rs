//! The program, as people run it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

fn data(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(file)
}

/// How it ended, and what it said in all.
fn judge(certificate: &Path, circuit: &Path, identities: &Path) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jointly-judge"));
    command.arg("--circuit").arg(circuit).arg(certificate).arg("--identities").arg(identities);
    run(&mut command)
}

fn run(command: &mut Command) -> (i32, String) {
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8(said).unwrap())
}

#[test]
fn it_names_the_convicted() {
    let (code, said) = judge(&data("cheated.cert"), &data("less.txt"), &data("keys"));
    assert_eq!(code, 0, "{said}");
    assert!(said.starts_with("bank is guilty: "), "{said}");
}

#[test]
fn every_other_end_has_a_code_of_its_own() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("program");
    fs::create_dir_all(folder.join("nobody")).unwrap();
    let mut bytes = fs::read(data("cheated.cert")).unwrap();
    bytes[200] ^= 1;
    fs::write(folder.join("changed.cert"), bytes).unwrap();
    fs::write(folder.join("wrong.txt"), "1 3\n").unwrap();
    fs::write(folder.join("long.cert"), vec![1; (1 << 16) + 1]).unwrap();

    let (certificate, circuit, keys) = (data("cheated.cert"), data("less.txt"), data("keys"));
    let cases = [
        (judge(&folder.join("changed.cert"), &circuit, &keys), 3, "invalid: "),
        (judge(&folder.join("long.cert"), &circuit, &keys), 2, "65537 bytes"),
        (judge(&folder.join("none.cert"), &circuit, &keys), 4, "none.cert"),
        (judge(&certificate, &folder.join("wrong.txt"), &keys), 2, "wrong.txt: "),
        (judge(&certificate, &circuit, &folder.join("nobody")), 2, "holds no identity"),
        (run(Command::new(env!("CARGO_BIN_EXE_jointly-judge")).arg(&certificate)), 2, "--circuit FILE"),
    ];
    for ((code, said), expected, words) in cases {
        assert_eq!(code, expected, "{said}");
        assert!(said.contains(words), "{said}");
    }
}
