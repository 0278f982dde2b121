//! What a party's protocol code sees of the world: who it is, and vectors that it sends and receives.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures::{
    StreamExt,
    future::{join, join_all, try_join, try_join_all},
    stream::FuturesUnordered,
};
use jointly_core::{Error, FRAME_HEADER_BYTES, Party, Result, Why, Wire, frame_values};
use jointly_math::Seed;
use tokio::time::timeout;

use crate::{Frame, Inbound, Link, Mesh, Meter, Outbound};

/// A party's place in a protocol run. [`fork`](Ctx::fork) gives sub-protocols and concurrent branches channels of their own.
pub struct Ctx {
    path: String,
    forks: u32,
    mesh: Arc<dyn Mesh>,
    links: BTreeMap<Party, Channel>,
    meter: Arc<Meter>,
    depth: u32,
    /// The rounds before this run that its frames do not count.
    before: u32,
    patience: Duration,
    coins: Option<Seed>,
    draws: u32,
}

/// A link, and the depth of the last frame that came over it.
struct Channel {
    link: Link,
    heard: u32,
}

/// The most rounds that a frame may count: no protocol has as many.
const MOST_ROUNDS: u32 = 1 << 30;

impl Ctx {
    /// A run named `path` over `mesh`. A peer that sends nothing for `patience` while a message is due counts as gone;
    /// with [`Duration::MAX`] it is waited for, without a timer.
    pub fn new(mesh: Arc<dyn Mesh>, path: &str, patience: Duration) -> Self {
        let (path, meter) = (path.to_string(), Arc::default());
        Self {
            path,
            forks: 0,
            mesh,
            links: BTreeMap::new(),
            meter,
            depth: 0,
            before: 0,
            patience,
            coins: None,
            draws: 0,
        }
    }

    /// A run of its own named `path` within this one, over `mesh`, which leads to the same parties; its frames count rounds from 0 on. With `coins`, all its randomness comes from
    /// them: who knows them and what the others sent can repeat it, bit by bit.
    pub fn apart(&self, mesh: Arc<dyn Mesh>, path: &str, coins: Option<Seed>) -> Ctx {
        let before = self.before + self.depth;
        Ctx { meter: self.meter.clone(), before, coins, ..Ctx::new(mesh, path, self.patience) }
    }

    /// Draws all randomness from `coins` from here on.
    pub fn with_coins(self, coins: Seed) -> Ctx {
        Ctx { coins: Some(coins), ..self }
    }

    /// Where this run's messages travel.
    pub fn mesh(&self) -> Arc<dyn Mesh> {
        self.mesh.clone()
    }

    /// Fresh randomness: from the operating system, or, in a run with coins, the next of them. Protocols that are to be repeatable draw from
    /// here alone: base OT on ristretto255, SoftSpoken OT, and what is made of them.
    pub fn seed(&mut self) -> Seed {
        self.draws += 1;
        match &self.coins {
            None => Seed::random(),
            Some(coins) => coins.derive("draw", &format!("{}#{}", self.path, self.draws)),
        }
    }

    /// This party.
    pub fn me(&self) -> Party {
        self.mesh.me()
    }

    /// How many participants there are, clients included.
    pub fn parties(&self) -> u16 {
        self.mesh.parties()
    }

    /// What names this run and its place in the program; the same for all parties.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What counts what this party sends, to be looked at while the protocol runs.
    pub fn meter_handle(&self) -> Arc<Meter> {
        self.meter.clone()
    }

    /// What this party has sent so far, over all forks.
    pub fn meter(&self) -> &Meter {
        &self.meter
    }

    /// A context with its own channels, for a sub-protocol or a concurrent branch. Fork in program order: the order names the channels.
    pub fn fork(&mut self, label: &str) -> Ctx {
        self.forks += 1;
        let path = format!("{}/{label}#{}", self.path, self.forks);
        Ctx {
            coins: self.coins.as_ref().map(|coins| coins.derive("fork", &path)),
            draws: 0,
            path,
            forks: 0,
            mesh: self.mesh.clone(),
            links: BTreeMap::new(),
            meter: self.meter.clone(),
            depth: self.depth,
            before: self.before,
            patience: self.patience,
        }
    }

    /// Takes a fork back: what follows here depends on what happened there.
    pub fn join(&mut self, fork: Ctx) {
        self.depth = self.depth.max(fork.before + fork.depth - self.before);
    }

    /// What follows here depends on what happened in `other`, which goes on: a context of the same run.
    pub fn reach_of(&mut self, other: &Ctx) {
        self.depth = self.depth.max((other.before + other.depth).saturating_sub(self.before));
    }

    /// Sends `values` to `to`. Where the peer sends at the same time, use [`exchange`](Ctx::exchange): two full buffers would wait for each other.
    pub async fn send<T: Wire + Sync>(&mut self, to: Party, values: &[T]) -> Result<()> {
        let (depth, meter, patience) = (self.depth, self.meter.clone(), self.patience);
        let channel = self.channel(to)?;
        send(&mut *channel.link.outbound, to, values, depth, &meter, patience).await
    }

    /// Receives exactly `n` values from `from`; anything else is the sender's fault.
    pub async fn recv<T: Wire>(&mut self, from: Party, n: usize) -> Result<Vec<T>> {
        let patience = self.patience;
        let channel = self.channel(from)?;
        let (values, depth) = recv(channel, from, n, patience).await?;
        self.reach(depth);
        Ok(values)
    }

    /// Sends `values` to `to` while receiving `n` values from `from`: one round.
    pub async fn exchange<T: Wire + Sync>(&mut self, to: Party, values: &[T], from: Party, n: usize) -> Result<Vec<T>> {
        let mut got = self.exchange_all(&[(to, values)], &[(from, n)]).await?;
        got.pop().ok_or(Error::Misuse("an exchange receives something"))
    }

    /// Sends to several and receives from several at the same time: one round. A peer stands at most once on each side.
    pub async fn exchange_all<T: Wire + Sync>(
        &mut self,
        out: &[(Party, &[T])],
        from: &[(Party, usize)],
    ) -> Result<Vec<Vec<T>>> {
        let (depth, meter, patience) = (self.depth, self.meter.clone(), self.patience);
        for peer in out.iter().map(|o| o.0).chain(from.iter().map(|f| f.0)) {
            self.channel(peer)?;
        }
        let (mut sends, mut recvs) = (Vec::new(), Vec::new());
        for (&peer, channel) in &mut self.links {
            let Channel { link: Link { outbound, inbound }, heard } = channel;
            if let Some((_, values)) = out.iter().find(|o| o.0 == peer) {
                sends.push(send(&mut **outbound, peer, values, depth, &meter, patience));
            }
            if let Some(&(_, n)) = from.iter().find(|f| f.0 == peer) {
                recvs.push(async move { Ok((peer, recv_from(&mut **inbound, heard, peer, n, patience).await?)) });
            }
        }
        if sends.len() != out.len() || recvs.len() != from.len() {
            return Err(Error::Misuse("a peer stands at most once on each side of an exchange"));
        }
        let (_, mut got) = try_join(try_join_all(sends), try_join_all(recvs)).await?;
        self.reach(got.iter().map(|(_, (_, depth))| *depth).max().unwrap_or(0));
        let mut take = |peer| got.iter().position(|g| g.0 == peer).map(|i| got.swap_remove(i).1.0);
        from.iter().map(|f| take(f.0).ok_or(Error::Misuse("each peer once"))).collect()
    }

    /// Sends to several and receives `n` values from each of `from` at the same time, each on its own: who is gone, not connected, late by `patience` or malformed stops nobody
    /// else. `heard` takes what each sent, or why nothing valid came, as it comes. Whoever could not be sent to is not reported: it is missed where it should answer.
    ///
    /// # Errors
    /// `Misuse` only: a peer stands twice, or is no other party.
    pub async fn gather<T: Wire + Sync>(
        &mut self,
        out: &[(Party, &[T])],
        (from, n): (&[Party], usize),
        patience: Duration,
        mut heard: impl FnMut(Party, Result<Vec<T>>),
    ) -> Result<()> {
        let (depth, meter) = (self.depth, self.meter.clone());
        for peer in out.iter().map(|o| o.0).chain(from.iter().copied()) {
            self.channel(peer)?;
        }
        // Who is not connected is not waited for.
        let (there, away): (Vec<Party>, Vec<Party>) = from.iter().partition(|peer| self.mesh.reaches(**peer));
        let out: Vec<_> = out.iter().filter(|(to, _)| self.mesh.reaches(*to)).collect();
        away.into_iter().for_each(|party| heard(party, Err(Error::Gone { party, why: Why::Unreachable })));
        let (mut sends, recvs) = (Vec::new(), FuturesUnordered::new());
        for (&peer, channel) in &mut self.links {
            let Channel { link: Link { outbound, inbound }, heard } = channel;
            if let Some((_, values)) = out.iter().find(|o| o.0 == peer) {
                sends.push(send(&mut **outbound, peer, values, depth, &meter, patience));
            }
            if there.contains(&peer) {
                recvs.push(async move { (peer, recv_from(&mut **inbound, heard, peer, n, patience).await) });
            }
        }
        if sends.len() != out.len() || recvs.len() != there.len() {
            return Err(Error::Misuse("a peer stands at most once on each side of an exchange"));
        }
        let mut deepest = 0;
        let hear = recvs.for_each(|(peer, got)| {
            deepest = deepest.max(got.as_ref().map_or(0, |got| got.1));
            heard(peer, got.map(|got| got.0));
            futures::future::ready(())
        });
        join(join_all(sends), hear).await;
        self.reach(deepest);
        Ok(())
    }

    fn reach(&mut self, depth: u32) {
        self.depth = self.depth.max(depth);
        self.meter.reached(self.before + self.depth);
    }

    fn channel(&mut self, peer: Party) -> Result<&mut Channel> {
        use std::collections::btree_map::Entry;
        if peer == self.me() || peer.0 >= self.parties() {
            return Err(Error::Misuse("a party talks to others of its computation only"));
        }
        match self.links.entry(peer) {
            Entry::Occupied(channel) => Ok(channel.into_mut()),
            Entry::Vacant(place) => Ok(place.insert(Channel { link: self.mesh.open(peer, &self.path)?, heard: 0 })),
        }
    }
}

async fn send<T: Wire + Sync>(
    link: &mut dyn Outbound,
    to: Party,
    values: &[T],
    depth: u32,
    meter: &Meter,
    patience: Duration,
) -> Result<()> {
    for part in values.chunks(frame_values(T::BYTES)) {
        let mut payload = Vec::with_capacity(part.len() * T::BYTES);
        T::encode(part, &mut payload);
        meter.sent(payload.len() + FRAME_HEADER_BYTES);
        within(patience, to, link.send(Frame { depth, payload })).await?;
    }
    Ok(())
}

async fn recv<T: Wire>(channel: &mut Channel, from: Party, n: usize, patience: Duration) -> Result<(Vec<T>, u32)> {
    recv_from(&mut *channel.link.inbound, &mut channel.heard, from, n, patience).await
}

async fn recv_from<T: Wire>(
    link: &mut dyn Inbound,
    heard: &mut u32,
    from: Party,
    n: usize,
    patience: Duration,
) -> Result<(Vec<T>, u32)> {
    let (mut values, mut deepest) = (Vec::new(), 0);
    values.try_reserve_exact(n).map_err(|_| Error::Misuse("a message larger than memory"))?;
    while values.len() < n {
        let part = (n - values.len()).min(frame_values(T::BYTES));
        let Frame { depth, payload } = within(patience, from, link.recv()).await?;
        if payload.len() != part * T::BYTES {
            return Err(Error::Malformed { from, what: "it has not the length that this step of the protocol has" });
        }
        if !T::decode(&payload, &mut values) {
            return Err(Error::Malformed { from, what: "it holds a value outside its range" });
        }
        // A party's rounds only grow, so that what it sent at each depth tells in what order it was sent.
        if depth < *heard || depth > MOST_ROUNDS {
            return Err(Error::Malformed { from, what: "its round number is out of range" });
        }
        *heard = depth;
        deepest = deepest.max(depth + 1);
    }
    Ok((values, deepest))
}

/// What `party` is waited for, for so long.
async fn within<T>(patience: Duration, party: Party, work: impl Future<Output = Result<T>>) -> Result<T> {
    if patience == Duration::MAX {
        return work.await;
    }
    let late = |_| Error::Gone { party, why: Why::Silent { seconds: patience.as_secs() } };
    timeout(patience, work).await.map_err(late)?
}

/// Lets whatever else waits on this thread go on: for long computations between messages, lest the last one sent stays where it is.
pub async fn yield_now() {
    let mut yielded = false;
    std::future::poll_fn(move |context| {
        if std::mem::replace(&mut yielded, true) {
            return std::task::Poll::Ready(());
        }
        context.waker().wake_by_ref();
        std::task::Poll::Pending
    })
    .await;
}
