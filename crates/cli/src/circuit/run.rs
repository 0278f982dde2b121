//! `jointly circuit run`: any circuit file, both parties at home or between two terminals.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use ed25519_dalek::SigningKey;
use jointly_circuit::{Bits, Function};
use jointly_core::{Adversary, Error, Party};
use jointly_garble::covert::{Signer, Signers};
use serde::Serialize;
use zeroize::Zeroizing;

use super::expression::failure;
use super::{load, meet, models};
use crate::args::CircuitRun;
use crate::failure::Failure;
use crate::output::Output;

/// What programs read.
#[derive(Serialize)]
struct Learnt {
    results: Vec<String>,
}

pub async fn run(args: CircuitRun, output: &Output) -> Result<(), Failure> {
    let function = load(&args.file)?;
    if function.parties() > 2 {
        return Err(Failure::usage("this command is for two parties; the function names more"));
    }
    let bits = match &args.local {
        Some(words) => {
            let inputs = [0, 1].map(|i| read(&function, Party(i), &words[usize::from(i)]));
            let [first, second] = inputs;
            let inputs = [first?, second?];
            let learnt = models::all((args.model, args.garbling), &function, &inputs).await.map_err(failure)?;
            // Whatever is learnt, by whom ever.
            shown(&function, &learnt)
        }
        None => between(&args, &function, output).await?,
    };
    output.show(&Learnt { results: bits }, |learnt| learnt.results.join("\n"))
}

/// One of two terminals: who listens is party 0.
async fn between(args: &CircuitRun, function: &Function, output: &Output) -> Result<Vec<String>, Failure> {
    let me = Party(u16::from(args.listen.is_none()));
    let input = match (&args.input, &args.input_file) {
        (Some(words), _) => Zeroizing::new(words.clone()),
        (None, Some(file)) => Zeroizing::new(std::fs::read_to_string(file).map_err(Failure::file("read", file))?),
        (None, None) => {
            return Err(Failure::usage(
                "give this side's input with --input-file FILE or --input HEX, or both sides' with --local HEX HEX",
            ));
        }
    };
    let mine = read(function, me, &input)?;
    let meeting = meet::meet(args, output).await?;
    let keys = meeting.keys();
    let signers = matches!(args.model, Adversary::PubliclyVerifiable { .. })
        .then(|| Signers { keys, mine: Arc::new(SigningKey::from_bytes(meeting.seed())) as Arc<dyn Signer> });
    let learnt = models::part(meeting.mesh(), (args.model, args.garbling), signers, function, &mine).await;
    meeting.close().await;
    match learnt {
        Ok(bits) => Ok(row(function, me, &bits)),
        Err(Error::Cheated { proof: Some(proof), .. }) => Err(convicted(&args.certificate, &proof, &keys[0])),
        Err(other) => Err(failure(other)),
    }
}

/// Writes the certificate, and says how anyone can check it.
fn convicted(path: &Path, proof: &[u8], key: &[u8; 32]) -> Failure {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let new = std::fs::OpenOptions::new().write(true).create_new(true).open(path);
    if let Err(why) = new.and_then(|mut file| file.write_all(proof).and_then(|()| file.sync_all())) {
        // It cannot be had again.
        eprintln!("cannot write {}: {why}; the certificate, in hexadecimal digits:\n{}", path.display(), hex(proof));
    }
    Failure {
        code: 5,
        message: format!(
            "the other side, whose key was {} in this run, garbled wrongly and was caught. The certificate is in {1}; anyone can check it, with both keys in DIR: jointly judge {1} --circuit FILE --identities DIR. The keys are those of this run alone: it convicts whoever was seen to use that one",
            hex(key),
            path.display()
        ),
    }
}

/// Input values as hexadecimal digits, the highest first, separated by commas.
fn read(function: &Function, party: Party, text: &str) -> Result<Bits, Failure> {
    let ports: Vec<_> = function.inputs().iter().filter(|input| input.from == party).map(|input| &input.port).collect();
    let words: Vec<&str> = text.split(',').map(str::trim).filter(|word| !word.is_empty()).collect();
    if words.len() != ports.len() {
        return Err(Failure::usage(format!(
            "{party} hands in {} values, and {} are given: separate them by commas, or give \"\" for none",
            ports.len(),
            words.len()
        )));
    }
    let mut all = Bits::default();
    for (port, word) in ports.iter().zip(words) {
        all.extend(
            value(word, port.bits() as usize)
                .map_err(|why| Failure::usage(format!("{party}, {}: {why}", port.name)))?
                .iter(),
        );
    }
    Ok(all)
}

/// A number of `width` bits in hexadecimal digits.
fn value(word: &str, width: usize) -> Result<Bits, String> {
    let digits = word.trim_start_matches("0x");
    let nibbles: Option<Vec<u32>> = digits.chars().rev().map(|digit| digit.to_digit(16)).collect();
    let nibbles = nibbles.filter(|n| !n.is_empty()).ok_or("the value is not written in hexadecimal digits")?;
    let bits: Bits = nibbles.iter().flat_map(|nibble| (0..4).map(move |i| nibble >> i & 1 == 1)).collect();
    if bits.iter().skip(width).any(|bit| bit) {
        return Err(format!("the value has more than {width} bits"));
    }
    Ok((0..width).map(|i| i < bits.len() && bits.get(i)).collect())
}

/// The outputs of all, each once.
fn shown(function: &Function, learnt: &[Bits]) -> Vec<String> {
    let mut rows = Vec::new();
    for output in function.outputs() {
        let Some(party) = output.to.first() else { continue };
        let before: u64 = function
            .outputs()
            .iter()
            .take_while(|o| o.port.name != output.port.name)
            .filter(|o| o.to.contains(party))
            .map(|o| o.port.bits())
            .sum();
        rows.push(hex(&learnt[party.index()].slice(before as usize, output.port.bits() as usize)));
    }
    rows
}

/// What one party learnt, output by output.
fn row(function: &Function, me: Party, bits: &Bits) -> Vec<String> {
    let mut next = 0;
    let mine = function.outputs().iter().filter(|output| output.to.contains(&me));
    let take = mine.map(|output| {
        let width = output.port.bits() as usize;
        next += width;
        hex(&bits.slice(next - width, width))
    });
    take.collect()
}

/// Hexadecimal digits, the highest first.
fn hex(bits: &Bits) -> String {
    let nibble =
        |i: usize| (0..4).filter(|j| 4 * i + j < bits.len() && bits.get(4 * i + j)).map(|j| 1u32 << j).sum::<u32>();
    (0..bits.len().div_ceil(4)).rev().map(|i| format!("{:x}", nibble(i))).collect()
}
