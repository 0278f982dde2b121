//! What a party that holds shares hands in.

use jointly_core::{Error, Party, Result};

use super::{
    super::{
        heard::{DIGEST, digest_words},
        points::has,
    },
    Modulus, ShamirMalicious,
    show::Shown,
};
use crate::Share;

impl<F: Modulus> ShamirMalicious<F> {
    pub(super) async fn hand_in<W: Shown<F>>(
        &mut self,
        from: Party,
        x: Option<&[W::Word]>,
        n: usize,
    ) -> Result<Share<W::Word>> {
        if from.0 >= self.parties().n {
            return self.taken_from::<W>(from, x, n).await;
        }
        if !self.computes() || n == 0 {
            return Ok(self.blank::<W>(n));
        }
        let share = self.core.deal::<W>(&[from.0], x, n).await?.pop();
        self.compare_told(from.0).await?;
        share.ok_or(Error::Misuse("a dealer deals"))
    }

    /// Those whom a dealer tells the same compare it.
    async fn compare_told(&mut self, dealer: u16) -> Result<()> {
        let (parties, me) = (self.parties(), self.me());
        let told: Vec<u16> = (0..parties.n).filter(|i| *i != dealer && has(parties.told(dealer), *i)).collect();
        let Some(heard) = self.core.heard.as_mut().filter(|_| parties.t > 1 && told.contains(&me)) else {
            return Ok(());
        };
        let digest = digest_words(heard.take(dealer));
        let others: Vec<u16> = told.into_iter().filter(|i| *i != me).collect();
        let out: Vec<_> = others.iter().map(|i| (Party(*i), &digest[..])).collect();
        let from: Vec<_> = others.iter().map(|i| (Party(*i), DIGEST)).collect();
        let got = self.core.ctx.exchange_all(&out, &from).await?;
        if got.iter().any(|said| *said != digest) {
            return Err(Error::Cheated { by: None, check: "the comparison of what was dealt", proof: None });
        }
        Ok(())
    }
}
