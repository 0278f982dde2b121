//! `jointly judge`: whether a certificate convicts somebody, offline.

use std::path::Path;

use jointly_judge::{Identities, Verdict, judge as weigh};
use serde::Serialize;

use super::load;
use crate::args::Judge;
use crate::failure::Failure;
use crate::output::Output;

/// The largest certificate or key file that is looked at.
const LARGEST: u64 = 1 << 16;

/// How the command ends when nobody is convicted.
const NOBODY: u8 = 3;

/// What programs read.
#[derive(Serialize)]
struct Shown {
    verdict: &'static str,
    garbler: Option<String>,
    why: String,
}

/// Judges; success means guilty.
pub fn judge(args: &Judge, output: &Output) -> Result<(), Failure> {
    let certificate = read(&args.certificate)?;
    let function = load(&args.circuit)?;
    let known = identities(&args.identities)?;
    let verdict = weigh(&certificate, &function, &known.keys());
    let (word, garbler) = match &verdict {
        Verdict::Guilty { garbler, .. } => ("guilty", known.name_of(garbler).map(str::to_owned)),
        Verdict::NotGuilty => ("not guilty", None),
        Verdict::Invalid(_) => ("invalid", None),
    };
    let shown = Shown { verdict: word, garbler, why: verdict.to_string() };
    let words = |_: &Shown| known.tell(&verdict);
    match verdict {
        Verdict::Guilty { .. } => output.show(&shown, words),
        _ => {
            output.show(&shown, words)?;
            Err(Failure { code: NOBODY, message: "nobody is convicted by this certificate".into() })
        }
    }
}

/// The keys in the files of a folder, each under its file's name.
pub fn identities(folder: &Path) -> Result<Identities, Failure> {
    let mut known = Identities::default();
    for file in std::fs::read_dir(folder).map_err(Failure::file("read", folder))? {
        let path = file.map_err(Failure::file("read", folder))?.path();
        if path.is_file() {
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            known.add(&name, &String::from_utf8_lossy(&read(&path)?));
        }
    }
    if known.is_empty() {
        return Err(Failure::usage(format!(
            "{} holds no identity: put a file with each party's public key there, 64 hexadecimal digits, under the party's name",
            folder.display()
        )));
    }
    Ok(known)
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let size = std::fs::metadata(path).map_err(Failure::file("read", path))?.len();
    if size > LARGEST {
        return Err(Failure::usage(format!(
            "{} has {size} bytes: it is neither a certificate nor a key",
            path.display()
        )));
    }
    std::fs::read(path).map_err(Failure::file("read", path))
}
