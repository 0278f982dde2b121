//! Showing values. A receiver hears t + 1 shares, its own among them where it holds one, which say what the value is and what the other t parties hold; of these it hears digests. So all 2t + 1 lie on
//! one polynomial of degree t: that of the t + 1 honest ones.

use jointly_core::{Error, Party, Result};
use jointly_math::mersenne::add_scaled;

use super::{
    super::{
        heard::{DIGEST, digest_of},
        points::{Field, Modulo},
        world::{Elements, Points, Strings, Wide, World},
    },
    Modulus, Parties, ShamirMalicious,
};
use crate::{Receiver, Share};

const DOMAIN: &str = "jointly shamir-malicious opening";

/// A world whose polynomials can be evaluated anywhere.
pub(super) trait Shown<F: Modulus>: World<F> {
    /// What party `at` holds, or, for none, the secret, of polynomials of which `known` are the shares of these parties: as a share.
    fn at(points: &Points<F>, known: &[(u16, Share<Self::Word>)], at: Option<u16>) -> Share<Self::Word>;
    /// The secrets, if they are such.
    fn secret(share: Share<Self::Word>) -> Option<Vec<Self::Word>>;
}

fn coefficients<E: Field>(field: E, known: &[u16], at: Option<u16>) -> Vec<E::Element> {
    let one = |i: &u16| match at {
        Some(at) => field.towards(*i, known, at),
        None => field.at_zero(*i, known),
    };
    known.iter().map(one).collect()
}

fn holders<W: zeroize::DefaultIsZeroes>(known: &[(u16, Share<W>)]) -> Vec<u16> {
    known.iter().map(|(i, _)| *i).collect()
}

impl<F: Modulus> Shown<F> for Elements {
    fn at(points: &Points<F>, known: &[(u16, Share<F>)], at: Option<u16>) -> Share<F> {
        let mut out = <Elements as World<F>>::blank(points, known[0].1.part(0).len());
        let coefficients = coefficients(Modulo::<F>(std::marker::PhantomData), &holders(known), at);
        for ((_, share), c) in known.iter().zip(coefficients) {
            add_scaled(&mut out.0[0], share.part(0), c);
        }
        out
    }

    fn secret(share: Share<F>) -> Option<Vec<F>> {
        Some(share.part(0).to_vec())
    }
}

impl<F: Modulus> Shown<F> for Strings {
    fn at(points: &Points<F>, known: &[(u16, Share<u64>)], at: Option<u16>) -> Share<u64> {
        let mut out = <Strings as World<F>>::blank(points, known[0].1.part(0).len());
        let field = points.binary;
        for ((_, share), c) in known.iter().zip(coefficients(field, &holders(known), at)) {
            for (b, part) in share.0.iter().enumerate() {
                <Strings as World<F>>::spread(field.times(c, 1 << b), part, &mut out, 0..part.len());
            }
        }
        out
    }

    /// Bits: all other coefficients are 0.
    fn secret(share: Share<u64>) -> Option<Vec<u64>> {
        share.0[1..].iter().flatten().all(|word| *word == 0).then(|| share.part(0).to_vec())
    }
}

impl<F: Modulus> Shown<F> for Wide {
    fn at(points: &Points<F>, known: &[(u16, Share<u64>)], at: Option<u16>) -> Share<u64> {
        let mut out = <Wide as World<F>>::blank(points, known[0].1.part(0).len());
        for ((_, share), c) in known.iter().zip(coefficients(points.binary, &holders(known), at)) {
            <Wide as World<F>>::spread(points.binary.lift(c), share.part(0), &mut out, 0..share.part(0).len());
        }
        out
    }

    fn secret(share: Share<u64>) -> Option<Vec<u64>> {
        Some(share.part(0).to_vec())
    }
}

/// Whom a receiver hears shares of, and whom digests.
pub(super) fn tellers(parties: Parties, to: u16) -> (Vec<u16>, Vec<u16>) {
    let t = parties.t;
    let after = |k: u16| if to < parties.n { (to + k) % parties.n } else { k - 1 };
    let shares = if to < parties.n { t } else { t + 1 };
    ((1..=shares).map(after).collect(), (shares + 1..=2 * t + u16::from(to >= parties.n)).map(after).collect())
}

/// What is known of a receiver's shares is right, if these digests are those of the others.
pub(super) fn revealed<F: Modulus, W: Shown<F>>(
    points: &Points<F>,
    known: &[(u16, Share<W::Word>)],
    digests: &[(u16, Vec<u64>)],
) -> Result<Vec<W::Word>> {
    let right = |(i, said): &(u16, Vec<u64>)| digest::<F, W>(&W::at(points, known, Some(*i)))[..] == said[..];
    let secret = if digests.iter().all(right) { W::secret(W::at(points, known, None)) } else { None };
    secret.ok_or(Error::Cheated { by: None, check: "the degree of what is opened", proof: None })
}

fn digest<F: Modulus, W: Shown<F>>(share: &Share<W::Word>) -> [u64; DIGEST] {
    digest_of(DOMAIN, &share.0.iter().map(|part| &part[..]).collect::<Vec<_>>())
}

/// A share as it is sent: component after component.
fn sent<F: Modulus, W: Shown<F>>(share: &Share<W::Word>) -> Vec<W::Word> {
    share.0.concat()
}

/// And back.
fn received<F: Modulus, W: Shown<F>>(words: Vec<W::Word>, n: usize) -> Share<W::Word> {
    let share = Share::new(words.chunks_exact(n).map(<[W::Word]>::to_vec).collect());
    drop(jointly_math::Wiped::new(words));
    share
}

impl<F: Modulus> ShamirMalicious<F> {
    pub(super) async fn show<W: Shown<F>>(&mut self, x: &Share<W::Word>, to: Receiver) -> Result<Option<Vec<W::Word>>> {
        let receivers = match to {
            Receiver::All => (0..self.among.parties).collect(),
            Receiver::One(to) => vec![to.0],
        };
        self.unbroken()?;
        self.reveal::<W>(x, receivers).await
    }

    fn unbroken(&self) -> Result<()> {
        if self.broken { Err(Error::Misuse("a check failed: this run is over")) } else { Ok(()) }
    }

    /// Shows what a uniformly random mask hides to those who compute, before it is checked.
    pub(super) async fn show_masked<W: Shown<F>>(&mut self, x: &Share<W::Word>) -> Result<Vec<W::Word>> {
        self.unbroken()?;
        let opened = self.reveal::<W>(x, (0..self.parties().n).collect()).await?;
        opened.ok_or(Error::Misuse("an opening to all reaches all"))
    }

    /// Shows `x` to `receivers`: in checks too.
    pub(super) async fn reveal<W: Shown<F>>(
        &mut self,
        x: &Share<W::Word>,
        receivers: Vec<u16>,
    ) -> Result<Option<Vec<W::Word>>> {
        let (parties, me, n) = (self.parties(), self.me(), x.part(0).len());
        let sees = receivers.contains(&me);
        if n == 0 {
            return Ok(sees.then(Vec::new));
        }
        let of = |shares: bool| {
            let tells = move |to: &&u16| {
                let (whole, digests) = tellers(parties, **to);
                **to != me && if shares { whole } else { digests }.contains(&me)
            };
            receivers.iter().filter(tells).copied().collect::<Vec<u16>>()
        };
        let (whole, brief) = (of(true), of(false));
        if !brief.is_empty() {
            let digest = digest::<F, W>(x);
            let out: Vec<_> = brief.iter().map(|to| (Party(*to), &digest[..])).collect();
            self.core.ctx.exchange_all(&out, &[]).await?;
        }
        let words = jointly_math::Wiped::new(if whole.is_empty() { Vec::new() } else { sent::<F, W>(x) });
        let out: Vec<_> = whole.iter().map(|to| (Party(*to), &words[..])).collect();
        let (shares, digests) = if sees { tellers(parties, me) } else { Default::default() };
        let from: Vec<_> = shares.iter().map(|i| (Party(*i), n * W::parts(&self.core.points))).collect();
        // What is heard counts only after all digests were sent: one round.
        let got = self.core.ctx.exchange_all(&out, &from).await?;
        let from: Vec<_> = digests.iter().map(|i| (Party(*i), DIGEST)).collect();
        let said = self.core.ctx.exchange_all::<u64>(&[], &from).await?;
        if !sees {
            return Ok(None);
        }
        let mut known: Vec<(u16, Share<W::Word>)> =
            shares.into_iter().zip(got.into_iter().map(|words| received::<F, W>(words, n))).collect();
        if self.computes() {
            known.push((me, x.map(Vec::clone)));
        }
        let digests: Vec<_> = digests.into_iter().zip(said).collect();
        revealed::<F, W>(&self.core.points, &known, &digests).map(Some)
    }
}
