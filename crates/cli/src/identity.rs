//! `jointly init` and `jointly identity`: the key on disk.

use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};

use jointly_node::{EntryKind, Identity, NewEntry, Passphrase, Store};
use serde_json::json;
use zeroize::Zeroizing;

use crate::args::{IdentityCommand, Init, Lock};
use crate::failure::Failure;
use crate::output::Output;

/// The environment variable that holds a passphrase.
const VARIABLE: &str = "JOINTLY_PASSPHRASE";
const LONGEST: u64 = 4096;

/// Makes an identity.
pub fn init(home: &Path, init: &Init, output: &Output) -> Result<(), Failure> {
    let passphrase = passphrase(&init.lock, true)?;
    let identity = create(home, &init.name, &passphrase)?;
    show(home, &identity, output)?;
    output.say("Keep a copy in a safe place: jointly identity export --help")
}

/// Shows, copies or restores the identity.
pub fn run(home: &Path, command: &IdentityCommand, output: &Output) -> Result<(), Failure> {
    match command {
        IdentityCommand::Show { lock } => show(home, &load(home, lock)?, output),
        IdentityCommand::Export { file, copy_passphrase_file, lock } => {
            let identity = load(home, lock)?;
            identity.export(file, &copy_passphrase(copy_passphrase_file.as_deref(), true)?)?;
            output.done(&format!("The copy is in {}. Keep it and its passphrase apart.", file.display()))
        }
        IdentityCommand::Restore { file, copy_passphrase_file, lock } => {
            make_home(home)?;
            let copy = copy_passphrase(copy_passphrase_file.as_deref(), false)?;
            let own = passphrase(lock, true)?;
            show(home, &Identity::restore(file, &copy, &path(home), &own)?, output)
        }
    }
}

/// Makes the identity in `home`, and the folder itself, and begins the evidence log with it.
pub fn create(home: &Path, name: &str, passphrase: &Passphrase) -> Result<Identity, Failure> {
    make_home(home)?;
    let identity = Identity::create(&path(home), name, passphrase)?;
    let store = Store::open(&home.join("node.sqlite"))?;
    let body = json!({ "key": identity.public_key() });
    store.append(&NewEntry::new(EntryKind::IdentityCreated, None, name, body))?;
    Ok(identity)
}

/// Opens the identity in `home`.
pub fn load(home: &Path, lock: &Lock) -> Result<Identity, Failure> {
    let path = path(home);
    if !path.exists() {
        return Err(Failure::usage(format!(
            "there is no identity in {}; make one with: jointly --home {} init --name NAME",
            home.display(),
            home.display()
        )));
    }
    Ok(Identity::load(&path, &passphrase(lock, false)?)?)
}

fn show(home: &Path, identity: &Identity, output: &Output) -> Result<(), Failure> {
    let key = identity.public_key();
    let about = json!({ "name": identity.name(), "key": key, "fingerprint": key.fingerprint(), "home": home });
    output
        .show(&about, |_| format!("{}, in {}\nkey fingerprint {}", identity.name(), home.display(), key.fingerprint()))
}

fn path(home: &Path) -> PathBuf {
    home.join("identity.pem")
}

fn make_home(home: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(home).map_err(Failure::file("make the folder", home))
}

/// The identity's passphrase. Of a person at a terminal, a new one is asked for twice.
fn passphrase(lock: &Lock, new: bool) -> Result<Passphrase, Failure> {
    if lock.no_passphrase {
        return Ok(Passphrase::none());
    }
    if let Some(file) = &lock.passphrase_file {
        return read(file);
    }
    match std::env::var(VARIABLE) {
        Ok(text) => Ok(Passphrase::new(text)?),
        Err(_) if std::io::stdin().is_terminal() => prompt("Passphrase of this node's identity", new),
        Err(_) => Err(Failure::usage(format!(
            "a passphrase is needed: give --passphrase-file FILE, or set {VARIABLE}; \
             for demonstrations only, --no-passphrase"
        ))),
    }
}

/// The passphrase of an identity's copy.
fn copy_passphrase(file: Option<&Path>, new: bool) -> Result<Passphrase, Failure> {
    match file {
        Some(file) => read(file),
        None if std::io::stdin().is_terminal() => prompt("Passphrase of the copy", new),
        None => Err(Failure::usage("the copy has a passphrase of its own: give --copy-passphrase-file FILE")),
    }
}

/// Asks the person at the terminal, who does not see what is typed.
fn prompt(what: &str, new: bool) -> Result<Passphrase, Failure> {
    let ask = |words: String| {
        let typed = rpassword::prompt_password(words).map(Zeroizing::new);
        typed.map_err(|e| Failure::failed(format!("cannot read a passphrase from the terminal: {e}")))
    };
    let mut typed = ask(format!("{what}: "))?;
    if new && *ask(format!("{what}, once more: "))? != *typed {
        return Err(Failure::usage("the two passphrases differ; nothing was written: try again"));
    }
    Ok(Passphrase::new(std::mem::take(&mut *typed))?)
}

/// The first line of a file.
fn read(file: &Path) -> Result<Passphrase, Failure> {
    let fail = || Failure::file("read the passphrase file", file);
    let mut text = Zeroizing::new(String::with_capacity(LONGEST as usize));
    std::fs::File::open(file).map_err(fail())?.take(LONGEST).read_to_string(&mut text).map_err(fail())?;
    Ok(Passphrase::new(text.lines().next().unwrap_or_default())?)
}
