//! Handing in, showing, and bringing products back to degree t.

use jointly_core::{Party, Result, Unchecked};
use jointly_math::{Wiped, mersenne::Mersenne};
use jointly_net::yield_now;

use super::{
    Shamir,
    points::{Set, has, members},
    seeds::first,
    world::{Points, World},
};
use crate::{Receiver, Share};

impl<F: Mersenne> Shamir<F> {
    /// Sharings of what each of `dealers` knows, `n` words each: Cramer, Damgård and Ishai, TCC 2005. A value is a sum of components, one for each set A
    /// of n − t parties that has the dealer; all are drawn with k_A, but that of Aᵢ*, which is the rest, and which the dealer i sends to
    /// the others of Aᵢ*: n − t − 1 words, one round. Whoever holds component A adds f_A at its point times the component to its share.
    ///
    /// Any t parties without the dealer miss one component, and what they see is uniform: if they miss Aᵢ*, drawn words; else drawn ones and a rest from which a
    /// word unknown to them was taken.
    pub(super) async fn deal<W: World<F>>(
        &mut self,
        dealers: &[u16],
        mine: Option<&[W::Word]>,
        n: usize,
    ) -> Result<Vec<Share<W::Word>>> {
        let (points, me) = (self.points.clone(), self.points.me);
        let mut rest = mine.map(|x| Wiped::new(x.to_vec()));
        let mut shares = Vec::new();
        for &dealer in dealers {
            let rest = rest.as_mut().filter(|_| dealer == me);
            shares.push(self.draw_components::<W>(dealer, Some(points.parties.told(dealer)), rest, n).await);
        }
        let told_by = |dealer: u16| points.parties.told(dealer);
        let others = |i: &u16| *i != me && rest.is_some() && has(told_by(me), *i);
        let out: Vec<(Party, &[W::Word])> =
            (0..points.parties.n).filter(others).filter_map(|i| Some((Party(i), &rest.as_deref()?[..]))).collect();
        let from: Vec<_> =
            dealers.iter().filter(|d| **d != me && has(told_by(**d), me)).map(|d| (Party(*d), n)).collect();
        let got = self.ctx.exchange_all(&out, &from).await?;
        let mut got = got.into_iter().map(Wiped::new);
        for (share, &dealer) in shares.iter_mut().zip(dealers) {
            if !has(told_by(dealer), me) {
                continue;
            }
            let value = if dealer == me { rest.take() } else { got.next() };
            if let (Some(heard), Some(value)) = (&mut self.heard, &value) {
                heard.note(dealer, value);
            }
            let value = value.ok_or(jointly_core::Error::Misuse("a dealer gives what it deals"))?;
            W::spread(W::weights(&points).told[usize::from(dealer)], &value, share, 0..n);
        }
        Ok(shares)
    }

    /// The components of a sharing by `dealer` that are drawn, all `but` one or none; the dealer itself takes them from `rest`.
    pub(super) async fn draw_components<W: World<F>>(
        &mut self,
        dealer: u16,
        but: Option<Set>,
        mut rest: Option<&mut Wiped<W::Word>>,
        n: usize,
    ) -> Share<W::Word> {
        let points = self.points.clone();
        let mut share = W::blank(&points, n);
        let mut drawn = Wiped::new(vec![W::Word::default(); CACHED.min(n)]);
        let sets = points.sets.iter().enumerate().filter(|(_, set)| has(**set, dealer) && Some(**set) != but);
        for (k, _) in sets {
            yield_now().await;
            for range in chunks(n) {
                let drawn = &mut drawn[..range.len()];
                W::fill(&mut self.streams.sets[k], drawn);
                if let Some(rest) = &mut rest {
                    W::sub_from(&mut rest[range.clone()], drawn);
                }
                W::spread(W::weights(&points).sets[k], drawn, &mut share, range);
            }
        }
        share
    }

    /// A sharing of degree t of what parties 0 … 2t hold additive shares of: by dealing where that costs no more, else over kings.
    pub(super) async fn reduce<W: World<F>>(
        &mut self,
        mine: Option<Wiped<W::Word>>,
        n: usize,
    ) -> Result<Share<W::Word>> {
        let mine = mine.unwrap_or_else(|| Wiped::new(vec![W::Word::default(); n]));
        if self.points.parties.deals_products() {
            self.reduce_by_dealing::<W>(mine).await
        } else {
            self.reduce_by_kings::<W>(mine).await
        }
    }

    /// Gennaro, Rabin and Rabin, PODC 1998: each of parties 0 … 2t deals its share, as in [`deal`](Shamir::deal), and all add up what was dealt. One round.
    async fn reduce_by_dealing<W: World<F>>(&mut self, mut rest: Wiped<W::Word>) -> Result<Share<W::Word>> {
        let (points, me, n) = (self.points.clone(), self.points.me, rest.len());
        let (parties, weights) = (points.parties, W::weights(&points));
        let deals = |i: u16| i <= 2 * parties.t;
        let mut share = W::blank(&points, n);
        let mut drawn = Wiped::new(vec![W::Word::default(); CACHED.min(n)]);
        for range in chunks(n) {
            let drawn = &mut drawn[..range.len()];
            for (k, &set) in points.sets.iter().enumerate() {
                for dealer in members(set).filter(|i| deals(*i) && parties.told(*i) != set) {
                    W::fill(&mut self.streams.sets[k], drawn);
                    if dealer == me {
                        W::sub_from(&mut rest[range.clone()], drawn);
                    }
                    W::spread(weights.sets[k], drawn, &mut share, range.clone());
                }
            }
            W::spread(weights.told[usize::from(me)], &rest[range.clone()], &mut share, range);
        }
        let others = |told: &dyn Fn(u16) -> bool| (0..parties.n).filter(|i| *i != me && told(*i)).collect::<Vec<_>>();
        let receivers = others(&|i| deals(me) && has(parties.told(me), i));
        let dealers = others(&|i| deals(i) && has(parties.told(i), me));
        let out: Vec<_> = receivers.iter().map(|i| (Party(*i), &rest[..])).collect();
        let from: Vec<_> = dealers.iter().map(|i| (Party(*i), n)).collect();
        let got = self.ctx.exchange_all(&out, &from).await?;
        for (dealer, rest) in dealers.iter().zip(got) {
            if let Some(heard) = &mut self.heard {
                heard.note(*dealer, &rest);
            }
            W::spread(weights.told[usize::from(*dealer)], &Wiped::new(rest), &mut share, 0..n);
        }
        Ok(share)
    }

    /// Damgård and Nielsen, CRYPTO 2007: for a random r that is shared both ways, a king learns e = xy − r and tells it to all, who add it to the sharing of r of degree t.
    ///
    /// The sharings of r and of zero are pseudo-random: r is a sum of components r_A, of which the first member of A subtracts r_A from its additive share;
    /// zero is what every two of the parties 0 … 2t draw together, one adding it and one subtracting it, so that the king sees random numbers that add up to e. As e may
    /// be known to all, the king k shares it by its component A_k* alone, and tells only these n − t parties (Goyal and Song, ePrint 2020/134). Every party is the
    /// king of a part. Two rounds; 2t + n − t − 1 words for each product, by all parties together.
    async fn reduce_by_kings<W: World<F>>(&mut self, mut mine: Wiped<W::Word>) -> Result<Share<W::Word>> {
        let (points, me, n) = (self.points.clone(), self.points.me, mine.len());
        let parties = points.parties;
        let mut share = self.mask::<W>(&mut mine).await;
        let block = |k: u16| parties.block(k, n);
        let others = |list: &[u16]| list.iter().copied().filter(|i| *i != me).collect::<Vec<u16>>();
        let (kings, senders) = (others(&(0..parties.n).collect::<Vec<_>>()), others(&parties.many()));
        let sends = parties.many().contains(&me);
        let out: Vec<_> = kings.iter().filter(|_| sends).map(|k| (Party(*k), &mine[block(*k)])).collect();
        let from: Vec<_> = senders.iter().map(|i| (Party(*i), block(me).len())).collect();
        let got = self.ctx.exchange_all(&out, &from).await?;
        let mut e = Wiped::new(mine[block(me)].to_vec());
        got.into_iter().for_each(|part| W::add_to(&mut e, &Wiped::new(part)));
        let out: Vec<_> = kings.iter().filter(|i| has(parties.told(me), **i)).map(|i| (Party(*i), &e[..])).collect();
        let tellers: Vec<u16> = kings.iter().copied().filter(|k| has(parties.told(*k), me)).collect();
        let from: Vec<_> = tellers.iter().map(|k| (Party(*k), block(*k).len())).collect();
        let got = self.ctx.exchange_all(&out, &from).await?;
        for (king, e) in tellers.iter().zip(&got).chain([(&me, &*e)]) {
            if let Some(heard) = &mut self.heard {
                heard.note(*king, e);
            }
            W::spread(W::weights(&points).told[usize::from(*king)], e, &mut share, block(*king));
        }
        Ok(share)
    }

    /// A random sharing of degree t, and `mine` less this party's part of an additive one of the same numbers among parties 0 … 2t.
    async fn mask<W: World<F>>(&mut self, mine: &mut [W::Word]) -> Share<W::Word> {
        let (points, n) = (self.points.clone(), mine.len());
        let (me, many) = (points.me, points.parties.many());
        let mut share = W::blank(&points, n);
        let mut drawn = Wiped::new(vec![W::Word::default(); CACHED.min(n)]);
        for range in chunks(n) {
            // Among many parties there are many sets to draw for.
            yield_now().await;
            let drawn = &mut drawn[..range.len()];
            for (k, &set) in points.sets.iter().enumerate() {
                W::fill(&mut self.streams.sets[k], drawn);
                if first(set) == me {
                    W::sub_from(&mut mine[range.clone()], drawn);
                }
                W::spread(W::weights(&points).sets[k], drawn, &mut share, range.clone());
            }
            if !many.contains(&me) {
                continue;
            }
            for (other, stream) in (0..).zip(&mut self.streams.pairs).filter(|(other, _)| many.contains(other)) {
                let Some(stream) = stream else { continue };
                W::fill(stream, drawn);
                let step = if me < other { W::add_to } else { W::sub_from };
                step(&mut mine[range.clone()], drawn);
            }
        }
        share
    }

    /// Shows what is shared: t + 1 parties, the receiver among them where it computes, hold additive shares of it, and send them. A polynomial of degree t that t parties know points of is
    /// known to them with its value at 0, so the parts tell no more than the value. One round.
    pub(super) async fn show<W: World<F>>(
        &mut self,
        x: &Share<W::Word>,
        to: Receiver,
    ) -> Result<Unchecked<Option<Vec<W::Word>>>> {
        let (points, n) = (self.points.clone(), x.part(0).len());
        let (me, all) = (points.me, points.parties.n);
        let weights = W::weights(&points);
        let receivers: Vec<u16> = match to {
            Receiver::All => (1..=points.parties.t).map(|k| (me + k) % all).collect(),
            Receiver::One(to) if to.0 < all && (to.0 + all - me) % all <= points.parties.t => vec![to.0],
            Receiver::One(to) if to.0 >= all && me <= points.parties.t => vec![to.0],
            Receiver::One(_) => Vec::new(),
        };
        let weight = |i: u16| if i < all { weights.towards[usize::from((i + all - me) % all)] } else { weights.few };
        let parts: Vec<_> = receivers
            .iter()
            .filter(|i| **i != me)
            .map(|i| (Party(*i), Wiped::new(W::part_of(weight(*i), x))))
            .collect();
        let out: Vec<_> = parts.iter().map(|(to, part)| (*to, &part[..])).collect();
        let sees = to == Receiver::All || to == Receiver::One(Party(me));
        let tellers = points.parties.tellers(Party(me));
        let from: Vec<_> = tellers[1..].iter().filter(|_| sees).map(|i| (Party(*i), n)).collect();
        let got = self.ctx.exchange_all(&out, &from).await?;
        Ok(Unchecked::new(sees.then(|| sum_of::<F, W>(&points, x, got))))
    }
}

fn sum_of<F: Mersenne, W: World<F>>(points: &Points<F>, x: &Share<W::Word>, got: Vec<Vec<W::Word>>) -> Vec<W::Word> {
    let mut sum = W::part_of(W::weights(points).towards[0], x);
    got.iter().for_each(|part| W::add_to(&mut sum, part));
    sum
}

/// Words that stay in the first-level cache while something is added to them.
const CACHED: usize = 1024;

/// 0 … n − 1 in ranges of as many.
fn chunks(n: usize) -> impl Iterator<Item = std::ops::Range<usize>> {
    (0..n).step_by(CACHED).map(move |at| at..n.min(at + CACHED))
}
