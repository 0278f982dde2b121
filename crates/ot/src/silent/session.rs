//! What both ends of a silent protocol agree on before it starts.

use jointly_core::{Error, Party, Result};
use jointly_math::{Aes128, Block, hash::hash};
use jointly_net::Ctx;

use crate::Security;

/// A name that no other run has: neither end alone chooses it. From it come the fixed keys of hashes and the public
/// matrices.
pub(super) struct Session {
    pub peer: Party,
    id: [u8; 32],
    iteration: u64,
}

impl Session {
    /// Exchanges nonces with `peer`; `what` says what the two are about to do, in the same words at both ends.
    pub async fn start(ctx: &mut Ctx, peer: Party, what: &[&str]) -> Result<Session> {
        let (mine, me) = (*ctx.seed().as_bytes(), ctx.me());
        let theirs: Vec<[u8; 16]> = ctx.exchange(peer, &[mine], peer, 1).await?;
        let [theirs] = theirs[..] else { return Err(Error::Misuse("one nonce was asked for")) };
        let (first, second) = if me < peer { (mine, theirs) } else { (theirs, mine) };
        let mut parts: Vec<&[u8]> = vec![ctx.path().as_bytes(), &first, &second];
        parts.extend(what.iter().map(|what| what.as_bytes()));
        Ok(Session { peer, id: hash("jointly ot 1 silent session", &parts), iteration: 0 })
    }

    /// Goes on to the next iteration: what is derived from here on differs from before.
    pub fn advance(&mut self) {
        self.iteration += 1;
    }

    /// A public key of this iteration for one use.
    pub fn key(&self, usage: &str) -> Aes128 {
        let digest = self.digest(usage, &[]);
        let mut key = [0; 16];
        key.copy_from_slice(&digest[..16]);
        Aes128::new(Block::from_bytes(key))
    }

    /// The hash of `data` in this iteration for one use.
    pub fn digest(&self, usage: &str, data: &[u8]) -> [u8; 32] {
        hash("jointly ot 1 silent", &[&self.id, &self.iteration.to_le_bytes(), usage.as_bytes(), data])
    }
}

/// How both ends name a level of security.
pub(super) fn name(security: Security) -> &'static str {
    match security {
        Security::SemiHonest => "semi-honest",
        Security::Malicious => "malicious",
    }
}
