//! The work folder: what a run that broke off needs to go on, and nothing that is still there after one that ended well.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use jointly_math::Seed;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::digest::Input;
use crate::intersect::Shares;
use crate::payload::Encoding;
use crate::{Error, Parties, Result, Settings, shares, spill::Counts};

/// How this side proves who it is, to the other one, in this alignment alone.
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
pub struct Pairing {
    /// The seed of this side's key.
    pub seed: [u8; 32],
    /// The secret of the code that a listener gives out.
    pub secret: [u8; 16],
    /// The key of the other side, once it has shown the secret.
    pub peer: Option<[u8; 32]>,
}

impl Pairing {
    /// A fresh one.
    pub fn fresh() -> Self {
        let part = || *Seed::random().as_bytes();
        let mut seed = [0; 32];
        seed[..16].copy_from_slice(&part());
        seed[16..].copy_from_slice(&part());
        Self { seed, secret: part(), peer: None }
    }
}

/// What must be the same when a run goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// What all parties agree on.
    pub settings: Option<Settings>,
    /// Everything else that is wanted.
    pub words: Vec<String>,
    /// By what one knows the input again.
    pub input: Vec<u8>,
}

/// Rows and items are in their shards.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Spilled {
    /// What names this alignment, at all parties.
    pub id: [u8; 16],
    /// What the table has.
    pub counts: Counts,
    /// What this party will be able to prove of it.
    pub input: Input,
    /// How many shards there are.
    pub shards: u32,
}

/// How far a run has come.
#[derive(Default, Serialize, Deserialize)]
pub struct State {
    /// Who this side is, if it is one of two with a code.
    pub pairing: Option<Pairing>,
    /// What is done.
    pub task: Task,
    /// After the first step.
    pub spilled: Option<Spilled>,
    /// The sizes that were agreed on, after the second.
    pub sizes: Option<crate::Sizes>,
    /// Buckets that are done.
    pub done: u32,
    /// Bytes sent so far.
    pub sent: u64,
    /// The salt of the learners, at the one that drew it.
    pub salt: Option<[u8; 32]>,
    /// What the shared words of the second party are.
    pub payload: Option<Encoding>,
    /// Where rows were written, and how many, once they are there.
    pub written: Option<(PathBuf, u64)>,
}

/// Makes the folder, which nobody else can read: it will hold a copy of the rows, and be deleted. One with anything else in it is not taken.
fn own(folder: &Path, parties: &Parties) -> Result<()> {
    DirBuilder::new().recursive(true).create(folder).map_err(Error::file("make the folder", folder))?;
    let files = fs::read_dir(folder).map_err(Error::file("read the folder", folder))?;
    let names: Vec<_> = files.filter_map(|file| Some(file.ok()?.file_name())).collect();
    if names.iter().any(|name| name != "lock") && !names.iter().any(|name| name == "state.json") {
        return Err(Error::Own(format!(
            "{} is in use for something else: the work needs a folder of its own, which is deleted at the end; name a new one with {}",
            folder.display(),
            parties.flag("work")
        )));
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
        .map_err(Error::file("close to others the folder", folder))
}

/// Keeps other programs out of the folder.
fn lock(folder: &Path, parties: &Parties) -> Result<File> {
    let path = folder.join("lock");
    let lock = File::create(&path).map_err(Error::file("write", &path))?;
    lock.try_lock().map_err(|_| {
        Error::Own(format!(
            "another program works in {}: let it end, or name another folder with {}",
            folder.display(),
            parties.flag("work")
        ))
    })?;
    Ok(lock)
}

/// An open work folder.
pub struct Work {
    folder: PathBuf,
    /// How far the run has come.
    pub state: State,
    /// Keeps other programs out.
    _lock: File,
}

impl Work {
    /// Opens the folder, or makes it. What is there of the same task goes on; of another it is refused, or deleted where `restart`.
    pub fn open(folder: &Path, parties: &Parties, task: Task, restart: bool) -> Result<Self> {
        own(folder, parties)?;
        let lock = lock(folder, parties)?;
        let path = folder.join("state.json");
        let found = match fs::read(&path) {
            Ok(bytes) if !restart => Some(Zeroizing::new(bytes)),
            Ok(_) => None,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => None,
            Err(e) => return Err(Error::file("read", &path)(e)),
        };
        let Some(bytes) = found else {
            let state = State { task, ..State::default() };
            let work = Self { folder: folder.to_owned(), state, _lock: lock };
            work.save()?;
            return Ok(work);
        };
        let give_up = match parties.is_command() {
            true => "go on with its own command and file, or give it up with --restart",
            false => "go on with its own job and table, or give it up with `restart`",
        };
        let other = |what: &str| {
            Error::Own(format!("{} holds an alignment that has not ended, {what}: {give_up}", folder.display()))
        };
        let state: State = serde_json::from_slice(&bytes).map_err(|_| other("of another version of Jointly"))?;
        if state.task.input != task.input {
            return Err(other("and the input has changed since"));
        }
        if state.task != task {
            return Err(other("with other settings"));
        }
        Ok(Self { folder: folder.to_owned(), state, _lock: lock })
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes down how far the run has come: whole, or not at all.
    pub fn save(&self) -> Result<()> {
        let mut bytes = serde_json::to_vec(&self.state).map_err(|e| Error::Failed(e.to_string()))?;
        let written = self.write("state.json", &bytes);
        bytes.zeroize();
        written
    }

    /// Forgets rows and items, and what was found.
    pub fn start_anew(&mut self) -> Result<()> {
        let State { pairing, task, sent, .. } = std::mem::take(&mut self.state);
        self.state = State { pairing, task, sent, ..State::default() };
        self.save()
    }

    /// Writes which of a bucket's items are common.
    pub fn keep_matches(&self, bucket: u32, matches: &[u32]) -> Result<()> {
        let bytes: Vec<u8> = matches.iter().flat_map(|i| i.to_le_bytes()).collect();
        self.write(&format!("matches-{bucket}"), &bytes)
    }

    /// Which of a bucket's items are common.
    pub fn matches(&self, bucket: u32) -> Result<Vec<u32>> {
        let path = self.folder.join(format!("matches-{bucket}"));
        let bytes = fs::read(&path).map_err(Error::file("read", &path))?;
        Ok(bytes.as_chunks::<4>().0.iter().map(|i| u32::from_le_bytes(*i)).collect())
    }

    /// Writes this party's shares of a bucket.
    pub fn keep_shares(&self, bucket: u32, shares: &Shares) -> Result<()> {
        self.write(&format!("shares-{bucket}"), &shares::to_bytes(shares))
    }

    /// This party's shares of a bucket.
    pub fn shares(&self, bucket: u32) -> Result<Shares> {
        let path = self.folder.join(format!("shares-{bucket}"));
        let bytes = Zeroizing::new(fs::read(&path).map_err(Error::file("read", &path))?);
        shares::from_bytes(&bytes).ok_or_else(|| Error::file("read", &path)("it is damaged"))
    }

    /// Deletes the folder.
    pub fn delete(self) -> Result<()> {
        fs::remove_dir_all(&self.folder).map_err(Error::file("delete", &self.folder))
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let (path, new) = (self.folder.join(name), self.folder.join(format!("{name}.new")));
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        let mut file = options.open(&new).map_err(Error::file("write", &new))?;
        file.write_all(bytes).and_then(|()| file.sync_all()).map_err(Error::file("write", &new))?;
        fs::rename(&new, &path).map_err(Error::file("write", &path))
    }
}
