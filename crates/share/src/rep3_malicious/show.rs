//! Showing values: each component that a receiver lacks has two holders; one sends it, the other its digest.

use jointly_core::{Error, Party, Result, Unchecked};

use super::{DIGEST, Rep3Malicious, digest_of};
use crate::{Receiver, Share};

pub(super) type Combine = fn(&[u64], &[u64]) -> Vec<u64>;

const DOMAIN: &str = "jointly rep3-malicious opening";

impl Rep3Malicious {
    pub(super) async fn show(
        &mut self,
        x: &Share<u64>,
        to: Receiver,
        add: Combine,
    ) -> Result<Unchecked<Option<Vec<u64>>>> {
        if self.broken {
            return Err(Error::Misuse("a check failed: this run is over"));
        }
        match to {
            Receiver::All => self.show_all(x, add).await.map(|values| Unchecked::new(Some(values))),
            Receiver::One(to) if to.0 >= 3 => {
                self.give_to(x, to, add).await?;
                Ok(Unchecked::new(None))
            }
            Receiver::One(to) => self.show_one(x, to, add).await.map(Unchecked::new),
        }
    }

    /// To all computing parties: the next one lacks this one's own component; of the other component, the previous one gets the digest.
    pub(super) async fn show_all(&mut self, x: &Share<u64>, add: Combine) -> Result<Vec<u64>> {
        let (mine, next) = (x.part(0), x.part(1));
        if mine.is_empty() {
            return Ok(Vec::new());
        }
        let digest = digest_of(DOMAIN, next);
        let out = [(self.core.next(), mine), (self.core.prev(), &digest[..])];
        let [third, digest] = self.core.both(out, [mine.len(), DIGEST]).await?;
        compared(&third, &digest)?;
        Ok(add(&add(mine, next), &third))
    }

    async fn show_one(&mut self, x: &Share<u64>, to: Party, add: Combine) -> Result<Option<Vec<u64>>> {
        let (mine, next, n) = (x.part(0), x.part(1), x.part(0).len());
        if n == 0 {
            return Ok((to == self.core.me()).then(Vec::new));
        }
        let ctx_next = self.core.next();
        if to == ctx_next {
            self.core.ctx.send(to, mine).await?;
        } else if to != self.core.me() {
            self.core.ctx.send(to, &digest_of(DOMAIN, next)).await?;
        } else {
            let from = [(self.core.prev(), n), (ctx_next, DIGEST)];
            let got = self.core.ctx.exchange_all(&[], &from).await?;
            compared(&got[0], &got[1])?;
            return Ok(Some(add(&add(mine, next), &got[0])));
        }
        Ok(None)
    }
}

fn compared(component: &[u64], digest: &[u64]) -> Result<()> {
    if digest_of(DOMAIN, component)[..] == *digest {
        return Ok(());
    }
    Err(Error::Cheated { by: None, check: "the comparison of an opened component", proof: None })
}
