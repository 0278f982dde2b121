//! `jointly judge`: whether a certificate convicts somebody, offline.

use std::path::Path;

use jointly_judge::{Verdict, judge as weigh};
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
    let keys: Vec<[u8; 32]> = known.iter().map(|(_, key)| *key).collect();
    let verdict = weigh(&certificate, &function, &keys);
    let (word, garbler) = match &verdict {
        Verdict::Guilty { garbler, .. } => {
            ("guilty", known.iter().find(|(_, key)| key == garbler).map(|(name, _)| name.clone()))
        }
        Verdict::NotGuilty => ("not guilty", None),
        Verdict::Invalid(_) => ("invalid", None),
    };
    let shown = Shown { verdict: word, garbler, why: verdict.to_string() };
    let words = |shown: &Shown| match &shown.garbler {
        Some(name) => format!("{name} is {}", shown.why),
        None => shown.why.clone(),
    };
    match verdict {
        Verdict::Guilty { .. } => output.show(&shown, words),
        _ => {
            output.show(&shown, words)?;
            Err(Failure { code: NOBODY, message: "nobody is convicted by this certificate".into() })
        }
    }
}

/// Name and key of every file in a folder that holds the 64 hexadecimal digits of a key on a line of its own.
fn identities(folder: &Path) -> Result<Vec<(String, [u8; 32])>, Failure> {
    let mut known = Vec::new();
    for file in std::fs::read_dir(folder).map_err(Failure::file("read", folder))? {
        let path = file.map_err(Failure::file("read", folder))?.path();
        if !path.is_file() {
            continue;
        }
        let text = String::from_utf8_lossy(&read(&path)?).into_owned();
        let words = text.lines().map(str::trim);
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        known.extend(words.filter_map(key).map(|key| (name.clone(), key)));
    }
    known.sort();
    if known.is_empty() {
        return Err(Failure::usage(format!(
            "{} holds no identity: put a file with each party's public key there, 64 hexadecimal digits, under the party's name",
            folder.display()
        )));
    }
    Ok(known)
}

fn key(word: &str) -> Option<[u8; 32]> {
    let digits = word.as_bytes();
    if digits.len() != 64 {
        return None;
    }
    let mut key = [0; 32];
    for (byte, pair) in key.iter_mut().zip(digits.as_chunks::<2>().0) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(key)
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
