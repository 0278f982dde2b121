//! The first words on a connection, and which of two connections that two nodes make to each other at once is kept.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::tls::PublicKey;

const HELLO_BYTES: usize = 26;

/// What each side says first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Hello {
    /// The connection is for one call, not for streams.
    pub visit: bool,
    /// The other side is a peer of this one.
    pub known: bool,
    /// A random number of this process: a node that was restarted has another.
    pub instance: u64,
    /// What this side remembers of the other.
    pub record: Record,
}

/// How many connections to a certain process of the other side were agreed on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Record {
    pub instance: u64,
    pub count: u64,
}

impl Record {
    /// Brings the record up to date with the process that is there now.
    pub fn renew(&mut self, instance: u64) {
        if self.instance != instance {
            *self = Record { instance, count: 0 };
        }
    }
}

impl Hello {
    pub async fn write(self, to: &mut (impl AsyncWriteExt + Unpin)) -> io::Result<()> {
        let mut bytes = [0; HELLO_BYTES];
        (bytes[0], bytes[1]) = (self.visit.into(), self.known.into());
        let words = [self.instance, self.record.instance, self.record.count];
        for (place, word) in bytes[2..].chunks_exact_mut(8).zip(words) {
            place.copy_from_slice(&word.to_le_bytes());
        }
        to.write_all(&bytes).await?;
        to.flush().await
    }

    pub async fn read(from: &mut (impl AsyncReadExt + Unpin)) -> io::Result<Self> {
        let (visit, known) = (flag(from.read_u8().await?)?, flag(from.read_u8().await?)?);
        let instance = from.read_u64_le().await?;
        let record = Record { instance: from.read_u64_le().await?, count: from.read_u64_le().await? };
        Ok(Self { visit, known, instance, record })
    }
}

/// Whether the side that decides takes a new connection, although one may stand. It does unless the peer had not yet
/// heard of the standing one when it made this one: then both made one at the same time, and the standing one is kept.
pub(super) fn takes(stands: bool, given: Record, me: u64, theirs: &Hello) -> bool {
    let heard = if theirs.record.instance == me { theirs.record.count } else { 0 };
    !stands || given.instance != theirs.instance || heard >= given.count
}

/// Of two nodes, the one with the smaller key decides.
pub(super) fn decides(me: PublicKey, peer: PublicKey) -> bool {
    me < peer
}

pub(super) fn flag(byte: u8) -> io::Result<bool> {
    match byte {
        0 => Ok(false),
        1 => Ok(true),
        _ => Err(io::Error::other("not a greeting of this version")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn greetings_are_read_as_written_and_others_refused() {
        let hello = Hello { visit: true, known: false, instance: 7, record: Record { instance: 8, count: 9 } };
        let mut bytes = Vec::new();
        hello.write(&mut bytes).await.unwrap();
        assert_eq!(bytes.len(), HELLO_BYTES);
        assert_eq!(Hello::read(&mut &bytes[..]).await.unwrap(), hello);
        assert!(Hello::read(&mut &bytes[..25]).await.is_err());
        bytes[0] = 2;
        assert!(Hello::read(&mut &bytes[..]).await.is_err());
    }

    #[test]
    fn of_two_connections_made_at_once_the_first_is_kept_and_a_lost_one_is_replaced() {
        let me = 1;
        let peer =
            |instance, count| Hello { visit: false, known: true, instance, record: Record { instance: me, count } };
        let given = Record { instance: 2, count: 3 };
        assert!(takes(false, given, me, &peer(2, 2)), "nothing stands");
        assert!(!takes(true, given, me, &peer(2, 2)), "it had not heard of the third when it dialled");
        assert!(takes(true, given, me, &peer(2, 3)), "it heard of the third, and dials: it has lost it");
        assert!(takes(true, given, me, &peer(9, 0)), "it was restarted");
    }
}
