//! The work folder: what a run that broke off needs to go on, and nothing that is still there after one that ended well.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use jointly_math::Seed;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{Error, Result, Settings, spill::Counts};

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
    fn new() -> Self {
        let part = || *Seed::random().as_bytes();
        let mut seed = [0; 32];
        seed[..16].copy_from_slice(&part());
        seed[16..].copy_from_slice(&part());
        Self { seed, secret: part(), peer: None }
    }
}

/// What must be the same when a run goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// What both sides agree on.
    pub settings: Settings,
    /// Everything else that the command says.
    pub words: Vec<String>,
    /// The input's length and when it was last changed, in nanoseconds.
    pub input: (u64, u64),
}

/// Rows and items are in their shards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spilled {
    /// What names this alignment, at both sides.
    pub id: [u8; 16],
    /// What the file has.
    pub counts: Counts,
    /// How many shards there are.
    pub shards: u32,
}

/// How far a run has come.
#[derive(Serialize, Deserialize)]
pub struct State {
    /// Who this side is.
    pub pairing: Pairing,
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
    /// How many rows were written to the output, once it is there.
    pub written: Option<u64>,
}

/// Makes the folder, which nobody else can read: it will hold a copy of the rows, and be deleted. One with anything else in it is not taken.
fn own(folder: &Path) -> Result<()> {
    DirBuilder::new().recursive(true).create(folder).map_err(Error::file("make the folder", folder))?;
    let files = fs::read_dir(folder).map_err(Error::file("read the folder", folder))?;
    let names: Vec<_> = files.filter_map(|file| Some(file.ok()?.file_name())).collect();
    if names.iter().any(|name| name != "lock") && !names.iter().any(|name| name == "state.json") {
        return Err(Error::Refused(format!(
            "{} is in use for something else: the work needs a folder of its own, which is deleted at the end; name a new one with --work",
            folder.display()
        )));
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
        .map_err(Error::file("close to others the folder", folder))
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
    pub fn open(folder: &Path, task: Task, restart: bool) -> Result<Self> {
        own(folder)?;
        let path = folder.join("lock");
        let lock = File::create(&path).map_err(Error::file("write", &path))?;
        lock.try_lock().map_err(|_| {
            Error::Refused(format!(
                "another program works in {}: let it end, or name another folder with --work",
                folder.display()
            ))
        })?;
        let path = folder.join("state.json");
        let found = match fs::read(&path) {
            Ok(bytes) if !restart => Some(bytes),
            Ok(_) => None,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => None,
            Err(e) => return Err(Error::file("read", &path)(e)),
        };
        let fresh =
            |task| State { pairing: Pairing::new(), task, spilled: None, sizes: None, done: 0, sent: 0, written: None };
        let Some(bytes) = found else {
            let work = Self { folder: folder.to_owned(), state: fresh(task), _lock: lock };
            work.save()?;
            return Ok(work);
        };
        let other = |what: &str| {
            Error::Refused(format!(
                "{} holds an alignment that has not ended, {what}: go on with its own command and file, or give it up with --restart",
                folder.display()
            ))
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
        let State { spilled, sizes, done, written, .. } = &mut self.state;
        (*spilled, *sizes, *done, *written) = (None, None, 0, None);
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
