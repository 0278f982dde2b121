//! A round over a network: who says what to whom, and what happens when somebody does not.

use std::{collections::BTreeMap, time::Duration};

use jointly_core::{Error, Party, Result, Wire};
use jointly_math::{Block, hash::hash};
use jointly_net::Ctx;

use super::{
    Setting, Total, aggregator,
    member::{Hello, Member},
    set::Set,
};

/// What is summed in a round, and with whom.
#[derive(Clone, Copy, Debug)]
pub struct Round {
    /// Who there is.
    pub setting: Setting,
    /// Who adds up.
    pub aggregator: Party,
    /// The round, the attempt at it, and the model from which all train: see [`Member::new`].
    pub context: [u8; 32],
    /// Members that are not waited for.
    pub absent: Set,
    /// How long the others are waited for in each step. Who adds up waits as long for each, so that members wait for it three times as long.
    pub patience: Duration,
}

/// Called before a member tells what unmasks a sum, at most once; an error stops it.
pub type Release<'a> = &'a mut (dyn FnMut() -> Result<()> + Send);

/// A sum that at least the threshold of members confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summed {
    /// The sum modulo 2^32.
    pub sum: Vec<u32>,
    /// Whose vectors are in it.
    pub counted: Set,
}

/// How a round came to nothing.
#[derive(Clone, Debug)]
pub struct Missed {
    /// Why.
    pub why: Error,
    /// Who was not heard, or not in time.
    pub lost: Set,
    /// Whether this member told what unmasks the sum: somebody may know it.
    pub released: bool,
}

/// A digest, or zeros of who has none.
type Digest = [u8; 32];

/// Hands in `values`, and gets the sum over all members that stay to the end. `ctx` is this round's and attempt's alone; all members call it alike.
///
/// # Errors
/// In the inner result, why no sum came of it: another attempt with somebody else who adds up may do better, under the conditions that [`Missed`] tells.
/// In the outer one, what no other attempt can help: a member cheated, or this one has no part in the round.
pub async fn sum(
    ctx: &mut Ctx,
    round: &Round,
    values: Vec<u32>,
    release: Release<'_>,
) -> Result<Result<Summed, Missed>> {
    let Steps { mut up, confirm } = Steps::of(ctx);
    let length = values.len();
    let mut at = Place { me: ctx.me(), length, lost: Set::default(), released: false };
    let member = at.hello(&mut up[0], round).await?;
    let mine = at.add_up(&mut up, round, (member, values), release).await;
    let (mine, why) = match mine {
        Ok(summed) => (Some(summed), None),
        Err(error @ (Error::Cheated { .. } | Error::Misuse(_))) => return Err(error),
        Err(error) => (None, Some(error)),
    };
    let [mut confirm, mut fetch] = confirm;
    up.iter().for_each(|step| confirm.reach_of(step));
    let confirmed = at.confirm((&mut confirm, &mut fetch), round, mine).await?;
    ctx.join(confirm);
    ctx.join(fetch);
    match confirmed {
        Some(summed) => Ok(Ok(summed)),
        None => {
            let why = why.unwrap_or(Error::Refused("fewer members than needed confirmed the sum".into()));
            Ok(Err(Missed { why, lost: at.lost, released: at.released }))
        }
    }
}

/// The channels of a round: one for each step, so that whoever comes late to one is in time for the next.
struct Steps {
    up: [Ctx; 6],
    confirm: [Ctx; 2],
}

impl Steps {
    fn of(ctx: &mut Ctx) -> Steps {
        let names = ["hello", "heard", "masked", "counted", "reveal", "sum"];
        Steps { up: names.map(|name| ctx.fork(name)), confirm: ["confirm", "fetch"].map(|name| ctx.fork(name)) }
    }
}

/// Where this member stands in a round.
struct Place {
    me: Party,
    length: usize,
    lost: Set,
    released: bool,
}

impl Place {
    /// All others that may hear this round, also those who come late.
    fn others(&self, round: &Round) -> Vec<Party> {
        let there = |m: &Party| *m != self.me && !round.absent.holds(*m);
        Party::all(round.setting.members()).filter(there).collect()
    }

    /// All steps from the first message to the sum.
    async fn add_up(
        &mut self,
        steps: &mut [Ctx; 6],
        round: &Round,
        (mut member, mut values): (Member, Vec<u32>),
        release: Release<'_>,
    ) -> Result<Summed> {
        let [hello, heard, masked, counting, reveal, result] = steps;
        heard.reach_of(hello);
        let adds = self.me == round.aggregator;
        if !adds && !member.heard().holds(round.aggregator) {
            return Err(gone(round.aggregator));
        }

        let lists = self.tell(heard, round, member.heard(), &[member.heard().0]).await?;
        let present = match &lists {
            Some(lists) => {
                let lists: Vec<(Party, Set)> = lists.iter().map(|(m, list)| (*m, Set(list[0]))).collect();
                aggregator::present(&lists)
            }
            None => Set::default(),
        };
        // Also those who were not heard are told: who is late knows then that it is.
        let everybody = self.others(round).into_iter().collect();
        let present = Set(self.announce(heard, round, everybody, present.0).await?);
        if let Err(left_out) = member.check_present(present) {
            return if adds { Err(left_out) } else { self.result(result, round, present, None).await };
        }

        member.mask(present, &mut values)?;
        masked.reach_of(heard);
        let total = self.hand_in(masked, round, present, values).await?;
        let counted = total.as_ref().map_or(Set::default(), Total::counted);
        counting.reach_of(masked);
        let counted = Set(self.announce(counting, round, present, counted.0).await?);
        if !counted.within(present) {
            return Err(Error::Malformed { from: round.aggregator, what: "it counts who was not present" });
        }
        if !counted.holds(self.me) {
            return self.result(result, round, present, None).await;
        }
        self.compare(counting, round, (present, counted)).await?;

        release()?;
        reveal.reach_of(counting);
        self.released = true;
        let shares = member.reveal(present, counted)?;
        let revealed = self.tell(reveal, round, counted, &shares).await?;
        let sum = match (total, revealed) {
            (Some(total), Some(revealed)) => {
                let revealed: Vec<(Party, Vec<Block>)> = revealed.into_iter().collect();
                Some((total.unmask(round.setting, (&member, &round.context), present, &revealed)?, counted))
            }
            _ => None,
        };
        result.reach_of(reveal);
        let summed = self.result(result, round, present, sum).await?;
        if summed.counted != counted {
            return Err(Error::Malformed { from: round.aggregator, what: "its sum is of others than it said" });
        }
        Ok(summed)
    }

    /// Keys and shares from each to each.
    async fn hello(&mut self, ctx: &mut Ctx, round: &Round) -> Result<Member> {
        let (mut member, hellos) = Member::new(self.me, round.setting, round.context, ctx.seed())?;
        let others = self.others(round);
        let out: Vec<(Party, &[Hello])> = hellos
            .iter()
            .filter(|h| others.contains(&h.0))
            .map(|(to, hello)| (*to, std::slice::from_ref(hello)))
            .collect();
        let mut refused = None;
        ctx.gather(&out, (&others, 1), round.patience, |from, got| {
            match got.and_then(|hello: Vec<Hello>| member.hear(from, &hello[0])) {
                Ok(()) => {}
                Err(error) => {
                    self.lost = self.lost.with(from);
                    refused = refused.take().or(matches!(error, Error::Refused(_)).then_some(error));
                }
            }
        })
        .await?;
        match refused {
            // One that nobody agrees with is elsewhere itself.
            Some(elsewhere) if member.heard().len() < round.setting.threshold() => Err(elsewhere),
            _ => Ok(member),
        }
    }

    /// Tells `values` to whoever adds up; who does hears it from all of `from`, itself among them, but for those who are lost by then.
    async fn tell<T: Wire + Sync + Clone>(
        &mut self,
        ctx: &mut Ctx,
        round: &Round,
        from: Set,
        values: &[T],
    ) -> Result<Option<BTreeMap<Party, Vec<T>>>> {
        if self.me != round.aggregator {
            ctx.gather::<T>(&[(round.aggregator, values)], (&[], 0), round.patience, |_, _| {}).await?;
            return Ok(None);
        }
        let mut all = BTreeMap::from([(self.me, values.to_vec())]);
        let from: Vec<Party> = from.without(self.me).members().filter(|m| !self.lost.holds(*m)).collect();
        ctx.gather(&[], (&from, values.len()), 2 * round.patience, |from, got| match got {
            Ok(values) => drop(all.insert(from, values)),
            Err(_) => self.lost = self.lost.with(from),
        })
        .await?;
        Ok(Some(all))
    }

    /// Who adds up tells all of `to` the same, which is returned.
    async fn announce(&mut self, ctx: &mut Ctx, round: &Round, to: Set, value: u128) -> Result<u128> {
        let value = [value];
        if self.me == round.aggregator {
            let to: Vec<(Party, &[u128])> = to.without(self.me).members().map(|m| (m, &value[..])).collect();
            ctx.gather::<u128>(&to, (&[], 0), round.patience, |_, _| {}).await?;
            return Ok(value[0]);
        }
        let mut told = Err(gone(round.aggregator));
        ctx.gather(&[], (&[round.aggregator], 1), 3 * round.patience, |_, got| told = got).await?;
        Ok(told?[0])
    }

    /// Masked vectors, to whoever adds up.
    async fn hand_in(&mut self, ctx: &mut Ctx, round: &Round, present: Set, values: Vec<u32>) -> Result<Option<Total>> {
        if self.me != round.aggregator {
            let words = words(&values);
            ctx.gather::<[u8; 4]>(&[(round.aggregator, &words)], (&[], 0), round.patience, |_, _| {}).await?;
            return Ok(None);
        }
        let mut total = Total::new(self.length);
        total.add(self.me, values.into_iter())?;
        let from: Vec<Party> = present.without(self.me).members().collect();
        let mut outcome = Ok(());
        ctx.gather(&[], (&from, self.length), round.patience, |from, got: Result<Vec<[u8; 4]>>| match got {
            Ok(masked) => outcome = outcome.clone().and(total.add(from, masked.iter().map(|w| u32::from_le_bytes(*w)))),
            Err(_) => self.lost = self.lost.with(from),
        })
        .await?;
        outcome?;
        Ok(Some(total))
    }

    /// Round 3 of the figure: enough members were told the same, and nobody something else.
    async fn compare(&mut self, ctx: &mut Ctx, round: &Round, (present, counted): (Set, Set)) -> Result<()> {
        let parts: [&[u8]; 3] = [&round.context, &present.0.to_le_bytes(), &counted.0.to_le_bytes()];
        let digest = [hash("jointly federate 1 counted", &parts)];
        let others: Vec<Party> = counted.without(self.me).members().collect();
        let out: Vec<(Party, &[Digest])> = others.iter().map(|m| (*m, &digest[..])).collect();
        let (mut same, mut differs) = (1, None);
        let mut comparing = ctx.fork("compare");
        comparing
            .gather(&out, (&others, 1), 2 * round.patience, |from, got: Result<Vec<Digest>>| match got {
                Ok(theirs) if theirs == digest => same += 1,
                Ok(_) => differs = Some(from),
                Err(_) => self.lost = self.lost.with(from),
            })
            .await?;
        ctx.join(comparing);
        if differs.is_some() {
            let check = "the members' comparison of who is counted";
            return Err(Error::Cheated { by: None, check, proof: None });
        }
        if same < round.setting.threshold() {
            return Err(round.setting.too_few(counted));
        }
        Ok(())
    }

    /// The sum, from whoever adds up to all others: first to those who wait for it.
    async fn result(
        &mut self,
        ctx: &mut Ctx,
        round: &Round,
        present: Set,
        sum: Option<(Vec<u32>, Set)>,
    ) -> Result<Summed> {
        let Some((sum, counted)) = sum else { return self.fetch(ctx, round.aggregator, 3 * round.patience).await };
        let summed = Summed { sum, counted };
        let message = summed.words();
        let (waiting, late): (Vec<Party>, Vec<Party>) =
            self.others(round).into_iter().partition(|other| present.holds(*other));
        for (to, patience) in [(waiting, round.patience), (late, round.patience / 4)] {
            let to: Vec<(Party, &[[u8; 4]])> = to.into_iter().map(|m| (m, &message[..])).collect();
            ctx.gather::<[u8; 4]>(&to, (&[], 0), patience, |_, _| {}).await?;
        }
        Ok(summed)
    }

    async fn fetch(&self, ctx: &mut Ctx, from: Party, patience: Duration) -> Result<Summed> {
        let mut told = Err(gone(from));
        ctx.gather(&[], (&[from], 4 + self.length), patience, |_, got: Result<Vec<[u8; 4]>>| told = got).await?;
        let told = told?;
        let (set, words) = told.split_at(4);
        let set: [u8; 16] = std::array::from_fn(|i| set[i / 4][i % 4]);
        let sum = words.iter().map(|word| u32::from_le_bytes(*word)).collect();
        Ok(Summed { sum, counted: Set(u128::from_le_bytes(set)) })
    }

    /// Members compare what sum they have. Enough have the same, and nobody another: then who has none gets it from the first who has.
    async fn confirm(
        &mut self,
        (confirm, fetch): (&mut Ctx, &mut Ctx),
        round: &Round,
        mine: Option<Summed>,
    ) -> Result<Option<Summed>> {
        let digest = [mine.as_ref().map_or([0; 32], |mine| mine.digest(&round.context))];
        let others = self.others(round);
        let out: Vec<(Party, &[Digest])> = others.iter().map(|m| (*m, &digest[..])).collect();
        let (mut theirs, mut lost) = (BTreeMap::from([(self.me, digest[0])]), Set::default());
        // Who is late is not needed here; who is counted has the sum, or has not got it.
        let needed: Vec<Party> = match &mine {
            Some(mine) => others.iter().copied().filter(|m| mine.counted.holds(*m)).collect(),
            None => others.iter().copied().filter(|m| !self.lost.holds(*m)).collect(),
        };
        confirm
            .gather(&out, (&needed, 1), 4 * round.patience, |from, got: Result<Vec<Digest>>| match got {
                Ok(told) => drop(theirs.insert(from, told[0])),
                Err(_) => lost = lost.with(from),
            })
            .await?;
        self.lost = Set(self.lost.0 | lost.0);
        let having: Vec<(Party, Digest)> = theirs.iter().map(|(m, d)| (*m, *d)).filter(|h| h.1 != [0; 32]).collect();
        let Some(&(first, right)) = having.first() else { return Ok(None) };
        if having.iter().any(|h| h.1 != right) {
            return Err(Error::Cheated { by: None, check: "the members' comparison of the sum", proof: None });
        }
        if having.len() < round.setting.threshold() {
            return Ok(None);
        }
        if let Some(mine) = mine {
            if first == self.me {
                let lacking = theirs.iter().filter(|(_, digest)| **digest == [0; 32]).map(|(member, _)| *member);
                let message = mine.words();
                let out: Vec<(Party, &[[u8; 4]])> = lacking.map(|m| (m, &message[..])).collect();
                fetch.gather::<[u8; 4]>(&out, (&[], 0), round.patience, |_, _| {}).await?;
            }
            return Ok(Some(mine));
        }
        let got = self.fetch(fetch, first, round.patience).await;
        Ok(got.ok().filter(|got| got.digest(&round.context) == right))
    }
}

impl Summed {
    fn digest(&self, context: &[u8; 32]) -> Digest {
        let words = words(&self.sum);
        hash("jointly federate 1 sum", &[context, &self.counted.0.to_le_bytes(), words.as_flattened()])
    }

    /// As it is sent: the set, then the sum.
    fn words(&self) -> Vec<[u8; 4]> {
        let set = self.counted.0.to_le_bytes();
        set.as_chunks::<4>().0.iter().copied().chain(words(&self.sum)).collect()
    }
}

fn words(values: &[u32]) -> Vec<[u8; 4]> {
    values.iter().map(|value| value.to_le_bytes()).collect()
}

fn gone(party: Party) -> Error {
    Error::Gone { party, why: jointly_core::Why::Closed }
}
