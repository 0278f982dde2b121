//! What two parties said to each other, as a short list of digests that both ends compute alike: who first departs from what a
//! repetition says can be told from it.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use jointly_core::{Party, Wire};
use jointly_math::hash::{Hasher, hash};

use crate::{
    Frame, Mesh,
    watch::{Watch, Way, watch},
};

/// All that one party sent at one depth: it depends on flows of smaller depth alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Flow {
    /// The longest chain of dependent messages that ends with it, counted from 0.
    pub depth: u32,
    /// Who sent it.
    pub from: Party,
    /// A digest of all of it.
    pub digest: [u8; 32],
}

/// Takes down what passes between a party and one peer.
#[derive(Clone)]
pub struct Transcript {
    me: Party,
    taken: Arc<Mutex<Taken>>,
}

#[derive(Default)]
struct Taken {
    channels: BTreeMap<Channel, Hasher>,
    /// The first frames that came from the peer.
    heard: Vec<Frame>,
}

/// So many frames of the peer are kept whole.
const KEPT: usize = 4;

/// The frames that one party sent on one channel at one depth.
type Channel = (u32, Party, String);

impl Transcript {
    /// `mesh`, and what takes down what passes on it.
    pub fn of(mesh: Arc<dyn Mesh>) -> (Arc<dyn Mesh>, Transcript) {
        let transcript = Transcript { me: mesh.me(), taken: Arc::default() };
        (watch(mesh, transcript.clone()), transcript)
    }

    /// The flows until now, in the order of depth, and at one depth of parties.
    pub fn flows(&self) -> Vec<Flow> {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let mut flows: BTreeMap<(u32, Party), Vec<u8>> = BTreeMap::new();
        for ((depth, from, path), hasher) in &taken.channels {
            let flow = flows.entry((*depth, *from)).or_default();
            flow.extend_from_slice(&hash("jointly net 1 channel", &[path.as_bytes()]));
            flow.extend_from_slice(&hasher.clone().finalize());
        }
        let digest = |bytes: &[u8]| hash("jointly net 1 flow", &[bytes]);
        flows.iter().map(|((depth, from), bytes)| Flow { depth: *depth, from: *from, digest: digest(bytes) }).collect()
    }

    /// The first few frames that came from the peer, for a [script](crate::script).
    pub fn heard(&self) -> Vec<Frame> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).heard.clone()
    }
}

impl Watch for Transcript {
    fn note(&self, way: Way, peer: Party, path: &str, frame: &Frame) {
        let from = match way {
            Way::Sent => self.me,
            Way::Received => peer,
        };
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if way == Way::Received && taken.heard.len() < KEPT {
            taken.heard.push(frame.clone());
        }
        let hasher = taken.channels.entry((frame.depth, from, path.to_owned()));
        let hasher = hasher.or_insert_with(|| Hasher::new("jointly net 1 frames"));
        hasher.part(&frame.payload);
    }
}

impl Wire for Flow {
    const BYTES: usize = 38;

    fn encode(values: &[Flow], out: &mut Vec<u8>) {
        for flow in values {
            out.extend_from_slice(&flow.depth.to_le_bytes());
            out.extend_from_slice(&flow.from.0.to_le_bytes());
            out.extend_from_slice(&flow.digest);
        }
    }

    fn decode(bytes: &[u8], out: &mut Vec<Flow>) -> bool {
        let (flows, rest) = bytes.as_chunks::<38>();
        out.extend(flows.iter().map(|bytes| {
            let (mut depth, mut from, mut digest) = ([0; 4], [0; 2], [0; 32]);
            depth.copy_from_slice(&bytes[..4]);
            from.copy_from_slice(&bytes[4..6]);
            digest.copy_from_slice(&bytes[6..]);
            Flow { depth: u32::from_le_bytes(depth), from: Party(u16::from_le_bytes(from)), digest }
        }));
        rest.is_empty()
    }
}
