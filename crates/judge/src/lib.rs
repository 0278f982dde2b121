//! Judges certificates against garblers, offline: from a certificate, the function, and keys that the judge has from elsewhere.
//!
//! Who is convicted has signed a run that its own seed does not give (Hong, Katz, Kolesnikov, Lu and Wang, ePrint 2018/1108, algorithm Judge). The
//! accuser's own part is replayed as well: a run in which the accuser was the first to depart convicts nobody. A judge needs no network, no
//! clock, no secret and no randomness, and comes to the same verdict on every machine.

#![forbid(unsafe_code)]

mod identities;

use std::fmt;

use jointly_circuit::Function;
use jointly_core::Party;
use jointly_garble::covert::{Certificate, Key, first_to_depart, repeat, repeat_seed};

pub use identities::Identities;

/// What a certificate shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The holder of this key cheated.
    Guilty {
        /// Whose key.
        garbler: Key,
        /// What it did.
        how: Deed,
    },
    /// The garbler signed the run, and did what its seed says until the accuser departed, if anybody did.
    NotGuilty,
    /// It is no evidence at all.
    Invalid(Flaw),
}

/// What a garbler did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// The garbled circuit to which it committed is not the agreed function's.
    Circuit,
    /// Its messages in the oblivious transfers of the evaluator's inputs are not what its seed gives.
    Transfers,
}

/// Why a certificate is no evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// It cannot be read.
    Unreadable,
    /// It is about another function.
    OtherFunction,
    /// The garbler's key is not among those that the judge knows.
    UnknownGarbler(Key),
    /// The accuser's key is not among those that the judge knows.
    UnknownAccuser(Key),
    /// Accuser and accused are the same.
    OneParty,
    /// An honest accuser would have stopped before it held this.
    Impossible,
    /// The garbler has not signed this.
    Signature,
}

/// Judges `certificate`, which accuses a garbler of `function`; `known` are the keys of parties, from where the judge trusts them to be.
pub fn judge(certificate: &[u8], function: &Function, known: &[Key]) -> Verdict {
    match weigh(certificate, function, known) {
        Ok(verdict) => verdict,
        Err(flaw) => Verdict::Invalid(flaw),
    }
}

fn weigh(certificate: &[u8], function: &Function, known: &[Key]) -> Result<Verdict, Flaw> {
    let certificate = Certificate::from_bytes(certificate).map_err(|_| Flaw::Unreadable)?;
    let matter = &certificate.matter;
    let [garbler, accuser] = matter.keys;
    if matter.function != function.digest() {
        return Err(Flaw::OtherFunction);
    }
    if garbler == accuser {
        return Err(Flaw::OneParty);
    }
    if !known.contains(&garbler) {
        return Err(Flaw::UnknownGarbler(garbler));
    }
    if !known.contains(&accuser) {
        return Err(Flaw::UnknownAccuser(accuser));
    }
    // The OT of seeds: the accuser's messages are made again from its seed, so the signature fits only if it sent just these.
    let repeated = repeat_seed(matter, certificate.index, &certificate.seed, certificate.frames());
    let (seed, said) = repeated.map_err(|_| Flaw::Impossible)?;
    if !certificate.is_signed(said) {
        return Err(Flaw::Signature);
    }
    let honest = repeat(matter, certificate.index, function, seed, &certificate.seed);
    let (flows, commitment) = futures::executor::block_on(honest).map_err(|_| Flaw::Impossible)?;
    if commitment != certificate.commitment {
        return Ok(Verdict::Guilty { garbler, how: Deed::Circuit });
    }
    Ok(match first_to_depart(&certificate.flows, &flows) {
        Some(Party(0)) => Verdict::Guilty { garbler, how: Deed::Transfers },
        _ => Verdict::NotGuilty,
    })
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Verdict::Guilty { how, .. } => write!(f, "guilty: {how}"),
            Verdict::NotGuilty => f.write_str(
                "not guilty: the garbler signed this run, and everything that it signed is what its seed gives, up to where the accuser departed from its own",
            ),
            Verdict::Invalid(flaw) => write!(f, "invalid: {flaw}"),
        }
    }
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Deed::Circuit => "the garbler signed a commitment to a garbled circuit that its seed does not give for the agreed function",
            Deed::Transfers => "the garbler signed messages of the oblivious transfers that its seed does not give",
        })
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hex = |key: &Key| key.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        match self {
            Flaw::Unreadable => f.write_str("this is no certificate, or one of another version"),
            Flaw::OtherFunction => f.write_str("the certificate is about another function than the one given"),
            Flaw::UnknownGarbler(key) => write!(f, "the accused key {} is none of the identities given", hex(key)),
            Flaw::UnknownAccuser(key) => write!(f, "the accuser's key {} is none of the identities given", hex(key)),
            Flaw::OneParty => f.write_str("the accuser and the accused have the same key"),
            Flaw::Impossible => f.write_str("no honest accuser could have gone on in this run"),
            Flaw::Signature => f.write_str("the accused has not signed this"),
        }
    }
}
