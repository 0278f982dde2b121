//! What stands on the connection: twelve bytes of header, and a payload that only some kinds have.

use jointly_core::{FRAME_BYTES, FRAME_HEADER_BYTES};

/// Bytes of a stream's name, and of a scope's.
pub const NAME_BYTES: usize = 512;

/// What a frame says. Stream numbers are the sender's for `Open`, `Data` and `Fin`, the receiver's for `Credit` and `Reset`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A stream begins; the payload is its name.
    Open = 1,
    /// Part of a stream.
    Data = 2,
    /// The peer may send `word` more bytes on a stream.
    Credit = 3,
    /// A stream ends.
    Fin = 4,
    /// A stream's receiver takes no more, because of `word`.
    Reset = 5,
    /// The sender is alive.
    Ping = 6,
    /// The sender opens no more streams under the scope that the payload names.
    Leave = 7,
    /// The sender waits for streams under the scope that the payload names; whoever is not there leaves it at once.
    Join = 8,
}

/// A frame's header: stream (4 bytes), kind (1), length (3), and a word (4) that is a depth, an amount or a reason; little-endian.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub kind: Kind,
    pub stream: u32,
    pub length: usize,
    pub word: u32,
}

impl Header {
    /// A header of a frame without payload.
    pub fn bare(kind: Kind, stream: u32, word: u32) -> Self {
        Self { kind, stream, length: 0, word }
    }

    pub fn encode(self) -> [u8; FRAME_HEADER_BYTES] {
        let tagged = (self.kind as u32) << 24 | self.length as u32;
        let mut bytes = [0; FRAME_HEADER_BYTES];
        bytes[..4].copy_from_slice(&self.stream.to_le_bytes());
        bytes[4..8].copy_from_slice(&tagged.to_le_bytes());
        bytes[8..].copy_from_slice(&self.word.to_le_bytes());
        bytes
    }

    /// The header in `bytes`, or which rule it breaks.
    pub fn decode(bytes: &[u8; FRAME_HEADER_BYTES]) -> Result<Self, &'static str> {
        let word = |i: usize| u32::from_le_bytes([bytes[i], bytes[i + 1], bytes[i + 2], bytes[i + 3]]);
        let tagged = word(4);
        let length = (tagged & 0xff_ffff) as usize;
        let (kind, most) = match tagged >> 24 {
            1 => (Kind::Open, NAME_BYTES),
            2 => (Kind::Data, FRAME_BYTES),
            3 => (Kind::Credit, 0),
            4 => (Kind::Fin, 0),
            5 => (Kind::Reset, 0),
            6 => (Kind::Ping, 0),
            7 => (Kind::Leave, NAME_BYTES),
            8 => (Kind::Join, NAME_BYTES),
            _ => return Err("a frame is of a kind that this version does not know"),
        };
        if length > most {
            return Err("a frame is longer than its kind allows");
        }
        Ok(Self { kind, stream: word(0), length, word: word(8) })
    }
}

/// Why a stream's receiver takes no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reset {
    /// It closed its end.
    Closed = 0,
    /// It does not take part, or no longer.
    Stopped = 1,
    /// Too much waits there already.
    Full = 2,
}

impl Reset {
    pub fn decode(word: u32) -> Self {
        match word {
            1 => Reset::Stopped,
            2 => Reset::Full,
            _ => Reset::Closed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_header_that_decodes_is_the_one_encoding(bytes in any::<[u8; FRAME_HEADER_BYTES]>()) {
            if let Ok(header) = Header::decode(&bytes) {
                prop_assert!(header.length <= FRAME_BYTES);
                prop_assert_eq!(header.encode(), bytes);
            }
        }
    }

    #[test]
    fn lengths_and_kinds_are_bounded() {
        let data = Header { kind: Kind::Data, stream: 7, length: FRAME_BYTES, word: 3 };
        assert_eq!(Header::decode(&data.encode()), Ok(data));
        assert!(Header::decode(&Header { length: FRAME_BYTES + 1, ..data }.encode()).is_err());
        assert!(Header::decode(&Header { kind: Kind::Open, length: NAME_BYTES + 1, ..data }.encode()).is_err());
        assert!(Header::decode(&Header { kind: Kind::Ping, length: 1, ..data }.encode()).is_err());
        assert!(Header::decode(&[0; 12]).is_err());
        assert!(Header::decode(&[9; 12]).is_err());
    }
}
