//! What must not or cannot be done, and the words that say so.

use jointly_align::{Duplicates, Error, Job, Key, Learner, Options, Protocol, Role, Security, Settings, Variant};

use crate::pair::{Pair, row, settings};

fn pair() -> Pair {
    Pair::new(&[row("a", 1), row("b", 2)], &[row("b", 3), row("c", 4)])
}

fn opening(options: Options) -> Error {
    Job::open(options).err().unwrap()
}

#[test]
fn what_is_wrong_at_home_is_found_before_anything_is_sent() {
    let pair = pair();
    let options = || pair.options(Role::Listener);
    let error = opening(Options { key: Key::new(vec!["name".parse().unwrap()]).unwrap(), ..options() });
    assert!(matches!(error, Error::Usage(_)), "{error:?}");
    assert!(error.to_string().contains("no column `name`") && error.to_string().contains("id, value"), "{error}");

    let file = |name: &str| pair.options_of(Role::Listener, &pair.folder.path().join(name), None).err().unwrap();
    let error = file("none.csv");
    assert!(error.to_string().contains("no such file"), "{error}");
    let error = file("rows.txt");
    assert!(error.to_string().contains(".parquet"), "{error}");
    std::fs::write(pair.folder.path().join("empty.csv"), "").unwrap();
    let error = file("empty.csv");
    assert!(error.to_string().contains("empty"), "{error}");

    let error = opening(Options { output: None, ..options() });
    assert!(error.to_string().contains("--output"), "{error}");
    let only = Settings { result: Learner::Connector.into(), ..settings() };
    let error = opening(Options { settings: only, ..options() });
    assert!(error.to_string().contains("leave out --output"), "{error}");
    let weak = Settings { protocol: Protocol::Ecdh, ..settings() };
    let error = opening(Options { settings: weak, ..options() });
    assert!(error.to_string().contains("--security semi-honest"), "{error}");
    std::fs::write(pair.path(Role::Listener, "parquet"), "mine").unwrap();
    let error = opening(options());
    assert!(error.to_string().contains("exists already"), "{error}");
    assert!(!pair.path(Role::Listener, "work").exists(), "a refused run leaves nothing behind");
}

#[test]
fn both_sides_learn_in_what_they_differ() {
    let pair = pair();
    let listener = || pair.options(Role::Listener);
    let connector = |settings: Settings| {
        let columns = ["id", "value:digits"].map(|column| column.parse().unwrap()).into_iter().take(settings.key.len());
        Options { key: Key::new(columns.collect()).unwrap(), settings, ..pair.options(Role::Connector) }
    };
    let two = Settings { key: vec!["text".into(), "digits".into()], ..settings() };
    let cases = [
        (two, "2 columns (text, digits)", "one column (text)"),
        (Settings { variant: Variant::Left, ..settings() }, "left", "inner"),
        (Settings { security: Security::SemiHonest, ..settings() }, "semi-honest", "malicious"),
        (Settings { hide_size: true, ..settings() }, "not given", "given"),
    ];
    for (other, theirs, mine) in cases {
        for result in pair.run_as(listener(), connector(other)) {
            let error = result.unwrap_err();
            assert!(matches!(error, Error::Refused(_)), "{error:?}");
            assert!(error.to_string().contains(theirs) && error.to_string().contains(mine), "{error}");
        }
        std::fs::remove_dir_all(pair.path(Role::Connector, "work")).unwrap();
    }
}

#[test]
fn repeated_keys_are_refused_by_row() {
    let mut pair = Pair::new(&[row("secret", 1), row("b", 2), row("SECRET", 3)], &[row("b", 3)]);
    pair.duplicates = Duplicates::Refuse;
    let [a, b] = pair.run();
    let error = a.unwrap_err().to_string();
    assert!(error.contains("row 3 has that of row 1") && error.contains("--duplicates first"), "{error}");
    assert!(!error.to_lowercase().contains("secret"), "a key stands in {error}");
    assert!(b.unwrap_err().to_string().contains("the other side is gone"));
}

#[test]
fn a_file_without_keys_is_refused() {
    let pair = Pair::new(&[row("", 1), row(" ", 2)], &[row("b", 3)]);
    let [a, _] = pair.run();
    let error = a.unwrap_err().to_string();
    assert!(error.contains("2 rows, and none of them has a key"), "{error}");
    let [a, _] = Pair::new(&[], &[row("b", 3)]).run();
    assert!(a.unwrap_err().to_string().contains("0 rows"));
}

#[test]
fn a_folder_with_other_things_in_it_is_not_taken() {
    let pair = pair();
    let options = Options { work: pair.folder.path().to_owned(), ..pair.options(Role::Listener) };
    let error = opening(options);
    assert!(error.to_string().contains("in use for something else"), "{error}");
    assert!(pair.path(Role::Listener, "csv").exists());
}
