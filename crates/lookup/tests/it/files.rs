//! The holder's folder: what is in it, that it comes back, and that nothing that was changed does.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use jointly_lookup::{Holder, Purpose, Way};

use crate::pair::{Pair, SEAL, asked, key, known, nth, people, words};

const FILES: [&str; 3] = ["manifest.json", "private", "table"];

#[test]
fn a_restart_gives_the_same() {
    let pair = Pair::new(Purpose::Record);
    assert!(pair.open().unwrap().is_none());
    let holder = pair.published(&people(0..200));
    let again = pair.open().unwrap().unwrap();
    assert_eq!((again.manifest(), again.status()), (holder.manifest(), holder.status()));
    let (found, _) = pair.ask(&again, &[key(&nth(9))], asked(2, Way::Query));
    assert_eq!(found, [known(&nth(9), &Purpose::Record)]);
    assert_eq!(format!("{again:?}"), "Holder(Database(credit, version 1, ..), ..)");
}

#[test]
fn files_are_the_owners_alone_and_private_ones_sealed() {
    let pair = Pair::new(Purpose::Record);
    pair.published(&people(0..200));
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let folder = pair.home().join("version-1");
    assert_eq!((mode(pair.home()), mode(folder.clone())), (0o700, 0o700));
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, FILES);
    assert!(FILES.iter().all(|name| mode(pair.file(1, name)) == 0o600));
    // Sealed bytes look random: all values are among them about as often.
    let private = fs::read(pair.file(1, "private")).unwrap();
    let mut counts = [0usize; 256];
    private[48..].iter().for_each(|byte| counts[usize::from(*byte)] += 1);
    let mean = (private.len() - 48) as f64 / 256.0;
    assert!(counts.iter().all(|count| (*count as f64 - mean).abs() < 8.0 * mean.sqrt()));
    // A new version leaves no old one.
    pair.publish(&people(0..9)).unwrap();
    assert!(!pair.home().join("version-1").exists() && !pair.home().join("new").exists());
}

#[test]
fn what_was_cut_changed_or_lost_is_refused_by_its_name() {
    let pair = Pair::new(Purpose::Record);
    pair.published(&people(0..50));
    for name in FILES {
        let path = pair.file(1, name);
        let whole = fs::read(&path).unwrap();
        let cut = whole[..whole.len() - 1].to_vec();
        let mut changed = vec![];
        for at in [0, whole.len() / 3, whole.len() - 1] {
            let mut bytes = whole.clone();
            bytes[at] ^= 1;
            changed.push(bytes);
        }
        for bytes in [vec![], cut, [&whole[..], b"x"].concat()].into_iter().chain(changed) {
            fs::write(&path, bytes).unwrap();
            let why = words(pair.open());
            assert!(why.contains("publish again") && why.contains("version-1/"), "{name}: {why}");
            assert!(why.contains(&path.display().to_string()), "{name}: {why}");
        }
        fs::remove_file(&path).unwrap();
        assert!(words(pair.open()).contains(&format!("{} is missing", path.display())));
        fs::write(&path, whole).unwrap();
    }
    pair.open().unwrap().unwrap();
    let why = words(Holder::open(&pair.home(), &[8; 32]));
    assert!(why.contains("private cannot be opened") && why.contains("another identity's key"), "{why}");
}

#[test]
fn files_of_another_version_are_refused() {
    let pair = Pair::new(Purpose::Record);
    pair.published(&people(0..50));
    let old = FILES.map(|name| fs::read(pair.file(1, name)).unwrap());
    pair.publish(&people(0..50)).unwrap();
    for (name, old) in FILES.iter().zip(old) {
        let new = fs::read(pair.file(2, name)).unwrap();
        fs::write(pair.file(2, name), old).unwrap();
        let why = words(pair.open());
        // A private file of another version does not know the manifest that is beside it.
        let named = if *name == "private" { "manifest.json" } else { name };
        assert!(why.contains(&pair.file(2, named).display().to_string()), "{name}: {why}");
        fs::write(pair.file(2, name), new).unwrap();
    }
}

#[test]
fn a_database_that_is_damaged_is_published_anew_and_a_broken_write_leaves_nothing() {
    let pair = Pair::new(Purpose::Check);
    pair.published(&people(0..5));
    fs::create_dir(pair.home().join("new")).unwrap();
    fs::write(pair.home().join("new/table"), b"half").unwrap();
    assert_eq!(pair.open().unwrap().unwrap().manifest().version, 1);
    fs::write(pair.file(1, "manifest.json"), b"{").unwrap();
    let (next, _) = pair.publish(&people(0..5)).unwrap();
    assert_eq!((next.manifest().version, next.manifest().epoch), (2, 2));
    assert_eq!(Holder::open(&pair.home(), &SEAL).unwrap().unwrap().manifest(), next.manifest());
}
