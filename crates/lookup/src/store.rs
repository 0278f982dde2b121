//! The holder's folder: one version of a database in it, written whole or not at all.
//!
//! A version is a folder `version-N` of three files: `manifest.json` and `table`, which are public, and `private`: the OPRF key, the
//! index, and what later updates compare with, sealed by AES-256-GCM under a key that the holder's identity gives. A new version is written
//! beside the old one, and takes its place by being renamed; then the old one is deleted.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use aes_gcm::{AeadInOut, Aes256Gcm, KeyInit};
use jointly_math::Seed;
use jointly_ot::oprf::{Mode, SecretKey};
use jointly_pir::lookup::{Database, GROUPS, Manifest};
use zeroize::Zeroizing;

use crate::{Error, Result, read::Digests};

const MANIFEST: &str = "manifest.json";
const TABLE: &str = "table";
const PRIVATE: &str = "private";

/// What the private file begins with, before the manifest's digest and the nonce.
const MAGIC: &[u8; 16] = b"jointly lookup 1";
const HEADER: usize = MAGIC.len() + 32;
const NONCE: usize = 12;
const MAC: usize = 16;
/// Bytes of keys and digests, before the index.
const SECRETS: usize = 64 + 32 * GROUPS;

/// What seals the private file. Wiped on drop.
pub type Seal = Zeroizing<[u8; 32]>;

/// A version as it is stored.
#[derive(Clone)]
pub struct Stored {
    /// The database.
    pub database: Database,
    /// The OPRF's key.
    pub key: SecretKey,
    /// Makes digests.
    pub secret: Zeroizing<[u8; 32]>,
    /// What the dataset had.
    pub digests: Digests,
}

/// The folder, open.
#[derive(Clone)]
pub struct Store {
    folder: PathBuf,
    seal: Seal,
}

/// Keeps other programs from writing, until it is dropped.
pub struct Lock(#[expect(dead_code, reason = "held, not read")] File);

impl Store {
    /// The folder, made if it is not there, which nobody else can read.
    pub fn new(folder: &Path, seal: &[u8; 32]) -> Result<Self> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .and_then(|()| fs::set_permissions(folder, fs::Permissions::from_mode(0o700)))
            .map_err(Error::file("make the folder", folder))?;
        Ok(Self { folder: folder.to_owned(), seal: Zeroizing::new(*seal) })
    }

    /// Lets nobody else write.
    pub fn lock(&self) -> Result<Lock> {
        let path = self.folder.join("lock");
        let options = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
        let lock = options.map_err(Error::file("write", &path))?;
        lock.try_lock().map_err(|_| {
            Error::Refused(format!(
                "somebody else is writing the look-up database in {}: try again when that is done",
                self.folder.display()
            ))
        })?;
        Ok(Lock(lock))
    }

    /// The newest version's number.
    pub fn newest(&self) -> Result<Option<u64>> {
        Ok(self.versions()?.into_iter().map(|(version, _)| version).max())
    }

    /// All versions, of which old ones are left if the program was stopped before it deleted them.
    fn versions(&self) -> Result<Vec<(u64, PathBuf)>> {
        let mut versions = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(Error::file("read the folder", &self.folder))? {
            let path = entry.map_err(Error::file("read the folder", &self.folder))?.path();
            let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_prefix("version-"));
            if let Some(version) = name.and_then(|name| name.parse().ok()) {
                versions.push((version, path));
            }
        }
        Ok(versions)
    }

    /// Version and epoch of what is there, readable or not; (0, 0) if nothing is. An epoch is never above its version.
    pub fn last(&self) -> Result<(u64, u64)> {
        let Some(version) = self.newest()? else { return Ok((0, 0)) };
        let manifest = fs::read(self.version(version).join(MANIFEST)).ok();
        let manifest = manifest.and_then(|json| serde_json::from_slice::<Manifest>(&json).ok());
        Ok((version, manifest.map_or(version, |manifest| manifest.epoch.min(version))))
    }

    /// Reads the newest version, and checks all of it.
    pub fn read(&self) -> Result<Option<Stored>> {
        let Some(version) = self.newest()? else { return Ok(None) };
        let folder = self.version(version);
        let read = |name: &str| {
            let path = folder.join(name);
            fs::read(&path).map_err(|e| match e.kind() {
                ErrorKind::NotFound => damaged(&path, "is missing"),
                _ => Error::file("read", &path)(e),
            })
        };
        let manifest = folder.join(MANIFEST);
        let parsed = serde_json::from_slice(&read(MANIFEST)?);
        let manifest: Manifest = parsed.map_err(|_| damaged(&manifest, "was changed or cut short"))?;
        let (private, table) = (read(PRIVATE)?, read(TABLE)?);
        self.restore(&folder, manifest, table, private).map(Some)
    }

    fn restore(&self, folder: &Path, manifest: Manifest, table: Vec<u8>, private: Vec<u8>) -> Result<Stored> {
        let sealed = folder.join(PRIVATE);
        let digest = manifest.digest();
        if private.len() < HEADER + NONCE + MAC + SECRETS || private[..MAGIC.len()] != *MAGIC {
            return Err(damaged(&sealed, "was changed or cut short"));
        }
        if private[MAGIC.len()..HEADER] != digest {
            return Err(damaged(&folder.join(MANIFEST), "is not the one that was written with the other files"));
        }
        let opened = self.open(private).ok_or_else(|| {
            damaged(&sealed, "cannot be opened: it was changed or cut short, or sealed under another identity's key")
        })?;
        let part = |at: usize| -> [u8; 32] { std::array::from_fn(|i| opened[at + i]) };
        let key = SecretKey::from_bytes(Mode::Poprf, &Zeroizing::new(part(0)));
        let key = key.ok_or_else(|| damaged(&sealed, "was changed"))?;
        let digests = Digests((0..GROUPS).map(|group| part(64 + 32 * group)).collect());
        let database = Database::restore(manifest, table, &opened[SECRETS..])
            .map_err(|_| damaged(&folder.join(TABLE), "is not the one of its manifest: it was changed or cut short"))?;
        database.evaluator(&key).map_err(|_| damaged(&sealed, "has another key than its manifest"))?;
        Ok(Stored { database, key, secret: Zeroizing::new(part(32)), digests })
    }

    /// Writes a version, which takes the place of the one that is there.
    pub fn write(&self, _: &Lock, stored: &Stored) -> Result<()> {
        let manifest = stored.database.manifest();
        let (folder, new) = (self.version(manifest.version), self.folder.join("new"));
        if new.exists() {
            fs::remove_dir_all(&new).map_err(Error::file("delete", &new))?;
        }
        DirBuilder::new().mode(0o700).create(&new).map_err(Error::file("make the folder", &new))?;
        let json = serde_json::to_vec(manifest).map_err(|e| Error::File(e.to_string()))?;
        write_all(&new.join(MANIFEST), &[&json])?;
        write_all(&new.join(TABLE), &[stored.database.rows()])?;
        write_all(&new.join(PRIVATE), &[&self.sealed(stored)?])?;
        let synced = |path: &Path| File::open(path).and_then(|file| file.sync_all());
        synced(&new).and_then(|()| fs::rename(&new, &folder)).map_err(Error::file("write", &folder))?;
        synced(&self.folder).map_err(Error::file("write", &self.folder))?;
        for (_, old) in self.versions()?.into_iter().filter(|(version, _)| *version < manifest.version) {
            fs::remove_dir_all(&old).map_err(Error::file("delete", &old))?;
        }
        Ok(())
    }

    fn version(&self, version: u64) -> PathBuf {
        self.folder.join(format!("version-{version}"))
    }

    fn sealed(&self, stored: &Stored) -> Result<Vec<u8>> {
        let index = Zeroizing::new(stored.database.private_index());
        let header = [&MAGIC[..], &stored.database.manifest().digest()].concat();
        let nonce: [u8; NONCE] = std::array::from_fn({
            let seed = Seed::random();
            move |i| seed.as_bytes()[i]
        });
        let mut out = Vec::with_capacity(HEADER + NONCE + SECRETS + index.len() + MAC);
        out.extend_from_slice(&header);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(stored.key.to_bytes().expose());
        out.extend_from_slice(&*stored.secret);
        out.extend_from_slice(stored.digests.0.as_flattened());
        out.extend_from_slice(&index);
        let cipher = Aes256Gcm::new((&*self.seal).into());
        let body = &mut out[HEADER + NONCE..];
        let sealed = cipher.encrypt_inout_detached((&nonce).into(), &header, body.into());
        let mac = sealed.map_err(|_| Error::File("the index is longer than what the cipher takes".to_owned()))?;
        out.extend_from_slice(&mac);
        Ok(out)
    }

    fn open(&self, file: Vec<u8>) -> Option<Zeroizing<Vec<u8>>> {
        let (header, rest) = file.split_at_checked(HEADER)?;
        let (nonce, rest) = rest.split_first_chunk::<NONCE>()?;
        let (body, mac) = rest.split_last_chunk::<MAC>()?;
        let mut body = Zeroizing::new(body.to_vec());
        let cipher = Aes256Gcm::new((&*self.seal).into());
        cipher.decrypt_inout_detached(nonce.into(), header, body.as_mut_slice().into(), mac.into()).ok()?;
        Some(body)
    }
}

/// Writes a file of these parts that nobody else can read, down to the disk.
pub(crate) fn write_all(path: &Path, parts: &[&[u8]]) -> Result<()> {
    let file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
    let written = file.and_then(|mut file| {
        parts.iter().try_for_each(|part| file.write_all(part))?;
        file.sync_all()
    });
    written.map_err(Error::file("write", path))
}

fn damaged(path: &Path, what: &str) -> Error {
    Error::File(format!("{} {what}: restore the folder from a backup, or publish again", path.display()))
}
