//! Authenticated bits and ANDs for who computes on shared bits: the steps of the function-independent phase without a function.

use futures::future::try_join_all;
use jointly_core::{Correlate, Cost, Error, Party, Private, Result};
use jointly_math::{Block, Seed};
use jointly_net::Ctx;
use jointly_ot::{
    Base, RandomReceiver, RandomSender, Security::Malicious, SoftSpokenReceiver, SoftSpokenSender, softspoken_spec,
};

use super::{
    claims,
    exposure::Exposure,
    prepare::{Sizes, make},
    session::{Ends, Fuse, Session, WIDTH, check_parties, pairs, receives_first},
    shares::{Shares, others},
    silent::Source,
};

/// A party's Δ and its ends of correlated OT with every other, of which everything takes a branch with a name of its own.
pub struct Roots {
    delta: Private<Block>,
    ends: Vec<Option<Root>>,
}

struct Root {
    sends: SoftSpokenSender,
    receives: SoftSpokenReceiver,
}

/// The branch whose OTs the other direction starts from.
const BACK: &str = "base of the other direction";

impl Roots {
    /// Draws Δ and sets up correlated OTs, both ways, with all parties of `ctx`.
    ///
    /// # Errors
    /// [`Refused`](Error::Refused) if there are too few or too many parties; whatever a party does wrong.
    pub async fn start(ctx: &mut Ctx) -> Result<Roots> {
        check_parties(ctx)?;
        let delta = Private::new(Block::from_bytes(*Seed::random().as_bytes()));
        let all = pairs(ctx).into_iter().map(async |(peer, mut pair)| {
            let root = root(&mut pair, peer, *delta.expose()).await?;
            Ok::<_, Error>((peer, pair, root))
        });
        let mut ends: Vec<Option<Root>> = Party::all(ctx.parties()).map(|_| None).collect();
        for (peer, pair, root) in try_join_all(all).await? {
            ctx.join(pair);
            ends[peer.index()] = Some(root);
        }
        Ok(Roots { delta, ends })
    }

    /// The Δ of this party.
    pub fn delta(&self) -> Block {
        *self.delta.expose()
    }

    /// An end that sends OTs to `peer`, under Δ. Each name once.
    pub fn sender(&self, peer: Party, name: &str) -> Result<SoftSpokenSender> {
        self.root(peer).map(|root| root.sends.branch(name))
    }

    /// The end of `peer`'s [`sender`](Self::sender).
    pub fn receiver(&self, peer: Party, name: &str) -> Result<SoftSpokenReceiver> {
        self.root(peer).map(|root| root.receives.branch(name))
    }

    fn root(&self, peer: Party) -> Result<&Root> {
        let root = self.ends.get(peer.index()).and_then(Option::as_ref);
        root.ok_or(Error::Misuse("OTs are with other parties"))
    }

    /// `bits` random shared bits and `ands` ANDs: x, y and z.
    pub async fn make(
        &self,
        ctx: &mut Ctx,
        bits: usize,
        ands: usize,
        exposure: &Exposure,
    ) -> Result<(Shares, [Shares; 3])> {
        let branch = |root: &Option<Root>| {
            let root = root.as_ref()?;
            let (sender, receiver) = (root.sends.branch(ctx.path()), root.receives.branch(ctx.path()));
            Some(Ends { sender: Box::new(sender), receiver: Box::new(receiver) })
        };
        let mut session = Session {
            delta: self.delta.clone(),
            fuse: Fuse::default(),
            ends: self.ends.iter().map(branch).collect(),
            silent: self.ends.iter().map(|_| None).collect(),
            exposure: exposure.clone(),
        };
        let (masks, triples) = make(&mut session, ctx, Sizes { ands, masks: bits, source: Source::Short }).await?;
        Ok((masks, [triples.x, triples.y, triples.z]))
    }
}

/// Base OTs in one direction; the extension that stands on them gives those of the other direction.
async fn root(ctx: &mut Ctx, peer: Party, delta: Block) -> Result<Root> {
    if receives_first(ctx.me(), peer) {
        let sends = SoftSpokenSender::with_delta(ctx, Base::Ristretto, peer, WIDTH, Malicious, delta).await?;
        let mut ots = RandomSender::new(peer, Box::new(sends.branch(BACK)));
        let receives = SoftSpokenReceiver::over(ctx, &mut ots, WIDTH, Malicious).await?;
        return Ok(Root { sends, receives });
    }
    let receives = SoftSpokenReceiver::new(ctx, Base::Ristretto, peer, WIDTH, Malicious).await?;
    let mut ots = RandomReceiver::new(peer, Box::new(receives.branch(BACK)));
    let sends = SoftSpokenSender::over(ctx, &mut ots, WIDTH, Malicious, delta).await?;
    Ok(Root { sends, receives })
}

/// What [`Roots::start`] costs `party`: at most so many rounds.
pub fn start_cost(parties: u16, party: Party) -> Cost {
    let setups = others(party, parties).map(|peer| claims::setup(party, peer));
    setups.fold(Cost::FREE, |a, b| Cost { rounds: a.rounds.max(b.rounds), bytes: a.bytes + b.bytes })
}

/// What [`Roots::make`] costs each of `parties`.
pub fn make_cost(parties: u16, bits: usize, ands: usize) -> Cost {
    claims::prepare(parties.into(), Sizes { ands, masks: bits, source: Source::Short })
}

/// What `n` correlated OTs with one other party cost, with as many the other way.
pub fn ots_cost(n: usize) -> Cost {
    let [sends, receives] =
        [0, 1].map(|end| (softspoken_spec(WIDTH, Malicious).cost)(Correlate::Extend { before: 0, n }, Party(end)));
    Cost { rounds: sends.rounds, bytes: sends.bytes + receives.bytes }
}
