//! RFC 9380 §5.3.1: from a message to uniform bytes, in a domain of its own.

use jointly_core::{Error, Result};
use sha2::{Digest, Sha512};

/// `expand_message_xmd` with SHA-512 under one domain separation tag.
#[derive(Clone)]
pub struct Expand {
    /// SHA-512 after the block of zeros with which every message begins.
    padded: Sha512,
    /// The tag, and its length in one byte.
    tag: Vec<u8>,
}

impl Expand {
    /// The function for the tag that these parts make up: at most 255 bytes, unique to one use of one protocol.
    pub fn new(tag: &[&[u8]]) -> Result<Self> {
        let mut tag = tag.concat();
        let length =
            u8::try_from(tag.len()).map_err(|_| Error::Misuse("a domain separation tag has at most 255 bytes"))?;
        tag.push(length);
        Ok(Self { padded: Sha512::new_with_prefix([0; 128]), tag })
    }

    /// `N` uniform bytes for the message that these parts make up. `N` is at most 255·64.
    pub fn bytes<const N: usize>(&self, message: &[&[u8]]) -> [u8; N] {
        const { assert!(N <= 255 * 64) };
        let mut hash = self.padded.clone();
        message.iter().for_each(|part| hash.update(part));
        hash.update([(N >> 8) as u8, N as u8, 0]);
        hash.update(&self.tag);
        let first: [u8; 64] = hash.finalize().into();

        let (mut out, mut block) = ([0; N], [0; 64]);
        for (i, out) in (1u8..).zip(out.chunks_mut(64)) {
            block.iter_mut().zip(first).for_each(|(b, f)| *b ^= f);
            block = Sha512::new_with_prefix(block).chain_update([i]).chain_update(&self.tag).finalize().into();
            out.copy_from_slice(&block[..out.len()]);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::Expand;

    /// RFC 9380 appendix K.3.
    #[test]
    fn vectors_of_the_rfc() {
        let expand = Expand::new(&[b"QUUX-V01-CS02-with-", b"expander-SHA512-256"]).unwrap();
        let long = format!("q128_{}", "q".repeat(128));
        let longest = format!("a512_{}", "a".repeat(512));
        let short = [
            ("", "6b9a7312411d92f921c6f68ca0b6380730a1a4d982c507211a90964c394179ba"),
            ("abc", "0da749f12fbe5483eb066a5f595055679b976e93abe9be6f0f6318bce7aca8dc"),
            ("abcdef0123456789", "087e45a86e2939ee8b91100af1583c4938e0f5fc6c9db4b107b83346bc967f58"),
            (&long, "7336234ee9983902440f6bc35b348352013becd88938d2afec44311caf8356b3"),
            (&longest, "57b5f7e766d5be68a6bfe1768e3c2b7f1228b3e4b3134956dd73a59b954c66f4"),
        ];
        for (message, bytes) in short {
            assert_eq!(hex::encode(expand.bytes::<32>(&[message.as_bytes()])), bytes);
        }
        let wide = "41b037d1734a5f8df225dd8c7de38f851efdb45c372887be655212d07251b921b052b62eaed99b46f72f2ef4cc96bfaf\
                    254ebbbec091e1a3b9e4fb5e5b619d2e0c5414800a1d882b62bb5cd1778f098b8eb6cb399d5d9d18f5d5842cf5d13d7e\
                    b00a7cff859b605da678b318bd0e65ebff70bec88c753b159a805d2c89c55961";
        assert_eq!(hex::encode(expand.bytes::<128>(&[])), wide);
        let wide = "05b0bfef265dcee87654372777b7c44177e2ae4c13a27f103340d9cd11c86cb2426ffcad5bd964080c2aee97f03be1ca\
                    18e30a1f14e27bc11ebbd650f305269cc9fb1db08bf90bfc79b42a952b46daf810359e7bc36452684784a64952c343c5\
                    2e5124cd1f71d474d5197fefc571a92929c9084ffe1112cf5eea5192ebff330b";
        assert_eq!(hex::encode(expand.bytes::<128>(&[&longest.as_bytes()[..7], &longest.as_bytes()[7..]])), wide);
    }

    #[test]
    fn a_tag_is_at_most_255_bytes_long() {
        assert!(Expand::new(&[&[7; 255]]).is_ok());
        assert!(Expand::new(&[&[7; 200], &[7; 56]]).is_err());
    }
}
