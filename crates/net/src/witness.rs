//! A mesh that writes down what its party sees on the wire, literally: for showing somebody what reached whom.

use std::sync::{Arc, Mutex, PoisonError};

use jointly_core::Party;

pub use crate::watch::Way;
use crate::{
    Frame, Mesh,
    watch::{Watch, watch},
};

/// Frames that are written down; later ones are counted.
const MOST: usize = 256;

/// Bytes of a frame that are written down.
const BEGINNING: usize = 16;

/// One frame, as it passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight {
    /// Which way it went.
    pub way: Way,
    /// Who was at the other end.
    pub peer: Party,
    /// The channel's name.
    pub path: String,
    /// Bytes of its payload.
    pub bytes: usize,
    /// The first 16 of them, as hexadecimal digits.
    pub beginning: String,
}

/// Everything that passed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Record {
    /// The first 256 frames, in the order in which they passed.
    pub frames: Vec<Sight>,
    /// Bytes of all payloads that were received, also of frames that are not listed.
    pub received: u64,
    /// Bytes of all payloads that were sent.
    pub sent: u64,
    /// How many frames passed.
    pub count: u64,
}

/// Watches one party's mesh.
#[derive(Clone, Default)]
pub struct Witness(Arc<Mutex<Record>>);

impl Witness {
    /// `mesh`, watched, and who watches it.
    pub fn watch(mesh: Arc<dyn Mesh>) -> (Arc<dyn Mesh>, Witness) {
        let witness = Witness::default();
        (watch(mesh, witness.clone()), witness)
    }

    /// What passed until now.
    pub fn record(&self) -> Record {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Watch for Witness {
    fn note(&self, way: Way, peer: Party, path: &str, frame: &Frame) {
        let payload = &frame.payload;
        let mut record = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        record.count += 1;
        match way {
            Way::Sent => record.sent += payload.len() as u64,
            Way::Received => record.received += payload.len() as u64,
        }
        if record.frames.len() < MOST {
            let beginning = payload.iter().take(BEGINNING).map(|byte| format!("{byte:02x}")).collect();
            record.frames.push(Sight { way, peer, path: path.to_owned(), bytes: payload.len(), beginning });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jointly_core::Result;

    use super::*;
    use crate::{Ctx, memory};

    #[test]
    fn what_passes_is_written_down_up_to_a_bound() {
        let meshes = memory::meshes(2);
        let (mesh, witness) = Witness::watch(meshes[0].clone());
        let ctx = |mesh| Ctx::new(mesh, "run", Duration::from_secs(9));
        let (mut here, mut there) = (ctx(mesh), ctx(meshes[1].clone()));
        let both = async {
            let talk = async {
                here.send(Party(1), &[0x0102_u64]).await?;
                for _ in 0..MOST {
                    here.recv::<u8>(Party(1), 20).await?;
                }
                Ok(())
            };
            let answer = async {
                there.recv::<u64>(Party(0), 1).await?;
                for _ in 0..MOST {
                    there.send(Party(0), &[7u8; 20]).await?;
                }
                Ok(())
            };
            futures::future::try_join(talk, answer).await
        };
        let done: Result<_> =
            tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(both);
        done.unwrap();
        let record = witness.record();
        assert_eq!((record.frames.len(), record.count), (MOST, MOST as u64 + 1));
        assert_eq!((record.sent, record.received), (8, 20 * MOST as u64));
        let [first, second] = &record.frames[..2] else { panic!("two frames") };
        assert_eq!((first.way, first.bytes, &first.path[..]), (Way::Sent, 8, "run"));
        assert_eq!(first.beginning, "0201000000000000");
        assert_eq!((second.way, second.peer, second.bytes), (Way::Received, Party(1), 20));
        assert_eq!(second.beginning, "07".repeat(16));
    }
}
