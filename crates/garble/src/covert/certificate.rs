//! Evidence that a garbler cheated: its signature on a run that is not what its own seed gives.
//!
//! All numbers have fixed places, so that a certificate has one encoding: version, session, keys of the garbler and of the evaluator, digest of
//! the function, k, j, c_j, the evaluator's seed, the garbler's two messages of the OT of seeds, the flows' digests, the signature.

use jointly_core::{Error, Result};
use jointly_math::Seed;
use jointly_net::{Flow, Frame};

use super::{
    runs::{SAYS, flows_of, tags},
    statement::{Matter, Run, Signature, check_one_in, verifies},
};

/// The format's version.
const VERSION: u8 = 1;
/// Bytes besides those of the flows.
const FIXED: usize = 1 + 32 + 64 + 32 + 2 + 32 + 16 + 2 * SAYS + 64;

/// Evidence against a garbler, as the evaluator writes it and a judge reads it. Nothing in it is secret.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// What the computation was about.
    pub matter: Matter,
    /// Which run: j.
    pub index: u32,
    /// c_j.
    pub commitment: [u8; 32],
    /// The evaluator's seed of that run.
    pub seed: Seed,
    /// What the garbler said in the OT of seeds.
    pub heard: [[u8; SAYS]; 2],
    /// The flows of the OTs of inputs.
    pub flows: Vec<Flow>,
    /// The garbler's signature on the run.
    pub signature: Signature,
}

impl Certificate {
    pub(super) fn new(matter: &Matter, run: &Run, signature: &Signature, seed: &Seed, heard: &[[u8; SAYS]; 2]) -> Self {
        Certificate {
            matter: *matter,
            index: run.index,
            commitment: run.commitment,
            seed: seed.clone(),
            heard: *heard,
            flows: run.flows.clone(),
            signature: *signature,
        }
    }

    /// The run as it was signed, if the garbler's messages of the OT of seeds had the digest `seeds`.
    pub fn run(&self, seeds: [u8; 32]) -> Run {
        let promise = self.matter.promise(self.index, &self.seed);
        Run { index: self.index, promise, seeds, flows: self.flows.clone(), commitment: self.commitment }
    }

    /// Whether the garbler signed it, given the digest of the OT of seeds.
    pub fn is_signed(&self, seeds: [u8; 32]) -> bool {
        verifies(&self.matter.keys[0], &self.run(seeds).message(&self.matter), &self.signature)
    }

    /// The frames that the garbler sent in the OT of seeds.
    pub fn frames(&self) -> Vec<Frame> {
        self.heard.iter().zip(0..).map(|(said, depth)| Frame { depth, payload: said.to_vec() }).collect()
    }

    /// Its encoding.
    pub fn to_bytes(&self) -> Vec<u8> {
        let Matter { session, keys, function, one_in } = &self.matter;
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(session);
        bytes.extend_from_slice(keys.as_flattened());
        bytes.extend_from_slice(function);
        bytes.extend_from_slice(&[*one_in as u8, self.index as u8]);
        bytes.extend_from_slice(&self.commitment);
        bytes.extend_from_slice(self.seed.as_bytes());
        bytes.extend_from_slice(self.heard.as_flattened());
        self.flows.iter().for_each(|flow| bytes.extend_from_slice(&flow.digest));
        bytes.extend_from_slice(&self.signature);
        bytes
    }

    /// Reads an encoding.
    ///
    /// # Errors
    /// [`Error::Refused`], saying what is wrong with it.
    pub fn from_bytes(bytes: &[u8]) -> Result<Certificate> {
        let refused = |what: &str| Error::Refused(format!("this is no certificate of a garbled circuit: {what}"));
        if bytes.first() != Some(&VERSION) {
            return Err(refused("it does not begin with the number of a version that is known here"));
        }
        let flows = bytes.len().checked_sub(FIXED).filter(|rest| rest % 32 == 0).map(|rest| rest / 32);
        let tags = flows.and_then(tags).ok_or_else(|| refused("its length is not that of a certificate"))?;
        let mut rest = &bytes[1..];
        let session = take(&mut rest);
        let keys = [take(&mut rest), take(&mut rest)];
        let function = take(&mut rest);
        let [one_in, index] = take::<2>(&mut rest).map(u32::from);
        check_one_in(one_in).map_err(|_| refused("its deterrence factor does not exist"))?;
        if index >= one_in {
            return Err(refused("it names a run that there was not"));
        }
        let commitment = take(&mut rest);
        let seed = Seed::from_bytes(take(&mut rest));
        let heard = [take(&mut rest), take(&mut rest)];
        let digests: Vec<[u8; 32]> = tags.iter().map(|_| take(&mut rest)).collect();
        let signature = take(&mut rest);
        let matter = Matter { session, keys, function, one_in };
        Ok(Certificate { matter, index, commitment, seed, heard, flows: flows_of(tags, &digests), signature })
    }
}

/// The next `N` bytes, of which the caller knows that they are there.
fn take<const N: usize>(rest: &mut &[u8]) -> [u8; N] {
    let mut out = [0; N];
    let (now, later) = rest.split_at(N);
    out.copy_from_slice(now);
    *rest = later;
    out
}
