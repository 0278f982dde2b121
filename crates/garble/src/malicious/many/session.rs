//! What stands between the parties before any function: a Δ of each, and correlated OTs under it with each other party.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use futures::future::{try_join, try_join_all};
use jointly_core::{Error, Party, Private, Result};
use jointly_math::{Block, Seed};
use jointly_net::Ctx;
use jointly_ot::{
    Base, CotReceiver, CotSender, RandomReceiver, RandomSender, Security::Malicious, SoftSpokenReceiver,
    SoftSpokenSender, Width, correlate_receiver, correlate_sender,
};

use super::{
    MAX_PARTIES,
    exposure::Exposure,
    silent::{Source, start},
};

/// The OT extension: the width that costs least where the network is no bottleneck, half the bytes of the narrower one.
pub(super) const WIDTH: Width = Width::Four;

/// A party's Δ, and its ends of correlated OT with every other. Made once; functions are prepared with it one after the other. Whatever goes wrong in
/// anything that it prepared ends it, since Δ may be known then.
pub struct Session {
    pub(super) delta: Private<Block>,
    pub(super) fuse: Fuse,
    /// By party; none at this party's own place.
    pub(super) ends: Vec<Option<Ends>>,
    /// The same for large functions, once there was one.
    pub(super) silent: Vec<Option<Ends>>,
    pub(super) exposure: Exposure,
}

pub(super) struct Ends {
    pub sender: Box<dyn CotSender>,
    pub receiver: Box<dyn CotReceiver>,
}

impl Session {
    /// Draws Δ and sets up correlated OTs, both ways, with all parties of `ctx`, who start theirs at the same time.
    ///
    /// # Errors
    /// [`Refused`](Error::Refused) if there are too few or too many parties; whatever a party does wrong.
    pub async fn start(ctx: &mut Ctx) -> Result<Session> {
        check_parties(ctx)?;
        let [low, high] = Block::from_bytes(*Seed::random().as_bytes()).0;
        // Ferret's Δ is odd; 127 bits of it are unknown.
        let delta = Private::new(Block([low | 1, high]));
        let all = pairs(ctx).into_iter().map(async |(peer, mut pair)| {
            let ends = ends(&mut pair, peer, *delta.expose()).await?;
            Ok::<_, Error>((peer, pair, ends))
        });
        let mut ends: Vec<Option<Ends>> = Party::all(ctx.parties()).map(|_| None).collect();
        for (peer, pair, end) in try_join_all(all).await? {
            ctx.join(pair);
            ends[peer.index()] = Some(end);
        }
        let silent = Party::all(ctx.parties()).map(|_| None).collect();
        Ok(Session { delta, fuse: Fuse::default(), ends, silent, exposure: Exposure::default() })
    }

    /// MACs of the others on this party's `n` bits `x`, and the keys of the MACs that it gives them on theirs, by party (Π_aBit, before its check).
    pub(super) async fn authenticate(
        &mut self,
        ctx: &mut Ctx,
        source: Source,
        x: &[u64],
        n: usize,
    ) -> Result<[Vec<Vec<Block>>; 2]> {
        let mut lists = [(); 2].map(|()| vec![Vec::new(); self.ends.len()]);
        let me = ctx.me();
        let mut pairs = pairs(ctx);
        let ends =
            self.ends.iter_mut().zip(&mut self.silent).filter_map(|(ends, silent)| Some((ends.as_mut()?, silent)));
        let all = ends.zip(&mut pairs).map(async |((ends, silent), (peer, pair))| {
            // Each direction has channels of its own, named by who sends the OTs.
            let [mut lower, mut higher] = ["lower", "higher"].map(|label| pair.fork(label));
            let (sends, receives) = if me < *peer { (&mut lower, &mut higher) } else { (&mut higher, &mut lower) };
            let ends = match (source, silent) {
                (Source::Short, _) => ends,
                (Source::Silent, Some(silent)) => silent,
                (Source::Silent, silent) => silent.insert(start(ends, *peer, sends, receives).await?),
            };
            let keys = correlate_sender(sends, &mut *ends.sender, *peer, n);
            let macs = correlate_receiver(receives, &mut *ends.receiver, *peer, x, n);
            let (keys, macs) = try_join(keys, macs).await?;
            pair.join(lower);
            pair.join(higher);
            Ok::<_, Error>((*peer, macs, keys))
        });
        for (peer, macs, keys) in try_join_all(all).await? {
            lists[0][peer.index()] = macs;
            lists[1][peer.index()] = keys;
        }
        pairs.into_iter().for_each(|(_, pair)| ctx.join(pair));
        Ok(lists)
    }
}

/// That the number of parties is one that the protocol takes.
pub(super) fn check_parties(ctx: &Ctx) -> Result<()> {
    match ctx.parties() {
        2..=MAX_PARTIES => Ok(()),
        n => Err(Error::Refused(format!("{n} parties, where garbling among many takes 2 to {MAX_PARTIES}"))),
    }
}

/// A context for each other party, in order. Everybody forks for all pairs, so that both of a pair give theirs one name.
pub(super) fn pairs(ctx: &mut Ctx) -> Vec<(Party, Ctx)> {
    let (me, n) = (ctx.me(), ctx.parties());
    let mut mine = Vec::new();
    for a in Party::all(n) {
        for b in Party::all(n).filter(|b| *b > a) {
            let pair = ctx.fork("pair");
            match me {
                me if me == a => mine.push((b, pair)),
                me if me == b => mine.push((a, pair)),
                _ => {}
            }
        }
    }
    mine
}

/// Whether the first of a pair's two sides begins with the end that receives base OTs. Evenly spread: public-key operations are dear.
pub(super) fn receives_first(me: Party, peer: Party) -> bool {
    (me < peer) == (me.0 ^ peer.0).is_multiple_of(2)
}

/// Base OTs in one direction; the extension that stands on them gives those of the other direction.
async fn ends(ctx: &mut Ctx, peer: Party, delta: Block) -> Result<Ends> {
    if receives_first(ctx.me(), peer) {
        let first = SoftSpokenSender::with_delta(ctx, Base::Ristretto, peer, WIDTH, Malicious, delta).await?;
        let mut ots = RandomSender::new(peer, Box::new(first));
        let receiver = SoftSpokenReceiver::over(ctx, &mut ots, WIDTH, Malicious).await?;
        return Ok(Ends { sender: ots.into_inner(), receiver: Box::new(receiver) });
    }
    let first = SoftSpokenReceiver::new(ctx, Base::Ristretto, peer, WIDTH, Malicious).await?;
    let mut ots = RandomReceiver::new(peer, Box::new(first));
    let sender = SoftSpokenSender::over(ctx, &mut ots, WIDTH, Malicious, delta).await?;
    Ok(Ends { sender: Box::new(sender), receiver: ots.into_inner() })
}

/// Whether anything under a Δ may still be used: shared by a session and all that it prepared. Burning while a phase runs, so that whatever ends
/// it early leaves it so, and phases under one Δ run one after the other.
#[derive(Clone, Default)]
pub(super) struct Fuse {
    burning: Arc<AtomicBool>,
    begun: Arc<AtomicBool>,
}

impl Fuse {
    pub fn light(&self) -> Result<()> {
        match self.burning.swap(true, Ordering::SeqCst) {
            false => Ok(()),
            true => Err(Error::Misuse("a session is over after an error, and does one thing at a time")),
        }
    }

    pub fn put_out(&self) {
        self.burning.store(false, Ordering::SeqCst);
    }

    /// As [`light`](Fuse::light), for preparing: a check in it that fails may show Δ, so it comes before any inputs do.
    pub fn light_before_inputs(&self) -> Result<()> {
        if self.begun.load(Ordering::SeqCst) {
            return Err(Error::Misuse(
                "a function was computed here already: start a session, with a Δ of its own, for the next",
            ));
        }
        self.light()
    }

    /// As [`light`](Fuse::light), where inputs come: nothing is prepared under this Δ from here on.
    pub fn light_with_inputs(&self) -> Result<()> {
        self.begun.store(true, Ordering::SeqCst);
        self.light()
    }
}
