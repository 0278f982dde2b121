//! `jointly-judge CERT --circuit FILE --identities DIR`: the judge by itself, for whoever has no Jointly, or wants no more than this.
//! It compiles for every machine, WebAssembly among them, and says the same on each.

#![forbid(unsafe_code)]

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use jointly_judge::{Identities, Verdict, judge};

const USAGE: &str = "\
jointly-judge CERT --circuit FILE --identities DIR

Judges a certificate of cheating, offline.
  CERT               the certificate
  --circuit FILE     the circuit file or definition that was computed
  --identities DIR   a folder with a file for each party that holds its public key, 64 hexadecimal digits

It ends with 0 if somebody is convicted, 3 if nobody is, 2 if it was not asked rightly, 4 if a file cannot be read.";

/// The largest certificate or key file that is looked at.
const LARGEST: u64 = 1 << 16;
/// The largest file of a circuit that is read: 256 MiB.
const LARGEST_CIRCUIT: u64 = 256 << 20;

/// Nobody is convicted.
const NOBODY: u8 = 3;
/// It was not asked rightly.
const MISUSED: u8 = 2;
/// A file cannot be read.
const UNREAD: u8 = 4;

/// Why there is no verdict: an exit code, and a line for the person.
type Failure = (u8, String);

fn main() -> ExitCode {
    let mut args = env::args_os().skip(1).map(PathBuf::from);
    let told = match Asked::read(&mut args) {
        Some(asked) => asked.judge(),
        None => Err((MISUSED, USAGE.into())),
    };
    match told {
        Ok((code, words)) => {
            println!("{words}");
            code
        }
        Err((code, why)) => {
            eprintln!("{why}");
            code.into()
        }
    }
}

/// What is to be judged.
struct Asked {
    certificate: PathBuf,
    circuit: PathBuf,
    identities: PathBuf,
}

impl Asked {
    fn read(args: &mut impl Iterator<Item = PathBuf>) -> Option<Asked> {
        let (mut certificate, mut circuit, mut identities) = (None, None, None);
        while let Some(word) = args.next() {
            let (place, value) = match word.to_str() {
                Some("--circuit") => (&mut circuit, args.next()?),
                Some("--identities") => (&mut identities, args.next()?),
                Some(flag) if flag.starts_with('-') => return None,
                _ => (&mut certificate, word),
            };
            if place.replace(value).is_some() {
                return None;
            }
        }
        Some(Asked { certificate: certificate?, circuit: circuit?, identities: identities? })
    }

    fn judge(&self) -> Result<(ExitCode, String), Failure> {
        let certificate = read(&self.certificate, LARGEST)?;
        let circuit = read(&self.circuit, LARGEST_CIRCUIT)?;
        let program = jointly_circuit::read(&String::from_utf8_lossy(&circuit));
        let program = program.map_err(|why| (MISUSED, format!("{}: {why}", self.circuit.display())))?;
        let known = identities(&self.identities)?;
        let verdict = judge(&certificate, &program.function, &known.keys());
        let code = match verdict {
            Verdict::Guilty { .. } => ExitCode::SUCCESS,
            Verdict::NotGuilty | Verdict::Invalid(_) => NOBODY.into(),
        };
        Ok((code, known.tell(&verdict)))
    }
}

/// The keys in the files of a folder, each under its file's name.
fn identities(folder: &Path) -> Result<Identities, Failure> {
    let unread = |error| unread(folder, error);
    let mut known = Identities::default();
    for file in fs::read_dir(folder).map_err(unread)? {
        let path = file.map_err(unread)?.path();
        if path.is_file() {
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            known.add(&name, &String::from_utf8_lossy(&read(&path, LARGEST)?));
        }
    }
    if known.is_empty() {
        return Err((
            MISUSED,
            format!("{} holds no identity: a file for each party, with its public key", folder.display()),
        ));
    }
    Ok(known)
}

fn read(path: &Path, largest: u64) -> Result<Vec<u8>, Failure> {
    let unread = |error| unread(path, error);
    let size = fs::metadata(path).map_err(unread)?.len();
    if size > largest {
        return Err((MISUSED, format!("{} has {size} bytes: it is not what it should be", path.display())));
    }
    fs::read(path).map_err(unread)
}

fn unread(path: &Path, error: std::io::Error) -> Failure {
    (UNREAD, format!("cannot read {}: {error}", path.display()))
}
